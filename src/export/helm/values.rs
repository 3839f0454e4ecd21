//! One release: its values, and its Secrets' manifest.

use super::table::{self, CHART, Row};
use super::{NAMESPACE, Note, Release, docker, place};
use crate::config::secrets::DOTS;
use crate::export::File;
use crate::problem::{Problem, Result};
use crate::text::sanitize::sanitize;
use serde::Serialize;
use std::fmt::Write;
use toml::{Table, Value};

/// What the manager needs to do in its namespace, by the kubernetes executor's pages of gitlab-runner 19.4.
const RIGHTS: [(&str, &[&str]); 8] = [
    ("pods", &["create", "delete", "get", "list", "watch"]),
    ("pods/attach", &["create", "delete", "get", "patch"]),
    ("pods/exec", &["create", "delete", "get", "patch"]),
    ("pods/log", &["get", "list"]),
    ("secrets", &["create", "delete", "get", "update"]),
    ("serviceaccounts", &["get"]),
    ("services", &["create", "get"]),
    ("events", &["list", "watch"]),
];

/// The caches whose keys are in a Secret: the section, its Secret's keys.
const CACHES: [(&str, &[&str]); 3] = [
    ("s3", &["accesskey", "secretkey"]),
    ("gcs", &["gcs-access-id", "gcs-private-key"]),
    ("azure", &["azure-account-name", "azure-account-key"]),
];

const IN_CLEAR: &str = "it holds a secret, and all of runners.config stands in clear in a ConfigMap: a CI/CD variable, or a Secret that \
                        the manager's pod mounts";

/// Returns a runner's release. `names`: those that are taken; `many`: there are other runners.
pub(super) fn release(globals: &Table, mut runner: Table, names: &mut Vec<String>, many: bool) -> Result<Release> {
    let mut notes = vec![];
    let mut values = Table::new();
    for (key, value) in globals {
        carry(key, &mut value.clone(), &mut values, &mut notes);
    }
    if many && values.contains_key("concurrent") {
        notes.push(Note::mind(
            "concurrent",
            "here it is shared by all runners, there each release takes so many jobs at once",
        ));
    }
    let name = name(runner.get("name").and_then(Value::as_str).unwrap_or_default(), names);
    let cache = without_secrets(&mut runner, &mut notes);
    let config = config(runner, &mut values, &mut notes);
    for (path, value) in
        [("rbac.create", Value::from(true)), ("rbac.rules", rights()), ("serviceAccount.create", true.into())]
    {
        place(&mut values, path, value);
    }
    place(&mut values, "runners.secret", name.clone().into());
    place(&mut values, "runners.config", config.into());
    let mut secret = secret(&name, &["runner-registration-token", "runner-token"])?;
    if let Some((_, keys)) = cache {
        let cache_name = format!("{name}-cache");
        place(&mut values, "runners.cache.secretName", cache_name.clone().into());
        let _ = write!(secret, "---\n{}", self::secret(&cache_name, keys)?);
    }
    let head = head(&name, &notes);
    Ok(Release {
        values: File { path: format!("values-{name}.yaml"), text: format!("{head}{}", yaml(&values)?) },
        secret: File { path: format!("secret-{name}.yaml"), text: format!("{SECRET_HEAD}{secret}") },
        name,
        notes,
    })
}

const SECRET_HEAD: &str = "\
# To be filled in, then: kubectl apply -f THIS_FILE. With the secrets in it, it belongs into no repository. The token is the
# runner's authentication token, as runner-token; the other one stays empty, and has to be there.
";

fn head(name: &str, notes: &[Note]) -> String {
    let mut text = format!(
        "# Values of the chart {CHART} (https://gitlab.com/gitlab-org/charts/gitlab-runner), by pipglr {}:\n\
         #   kubectl apply -f secret-{name}.yaml    # once it is filled in\n\
         #   helm install {name} gitlab/gitlab-runner -f values-{name}.yaml\n",
        env!("CARGO_PKG_VERSION")
    );
    if !notes.is_empty() {
        text.push_str("#\n# Of the configuration:\n");
    }
    for note in notes {
        let line: String = sanitize(&note.to_string()).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let _ = writeln!(text, "# - {line}");
    }
    text
}

/// Puts a global key, or one of a runner that is a value of the chart's, where the table says.
fn carry(key: &str, value: &mut Value, values: &mut Table, notes: &mut Vec<Note>) {
    let row = table::of(key);
    if value.as_str().is_some_and(|text| text.contains(DOTS)) {
        return notes.push(Note::lost(key, row.map_or(IN_CLEAR, |row| row.mind)));
    }
    match row {
        None => notes.push(Note::lost(key, "it is not known here")),
        Some(Row { how: "drop", .. }) => {}
        Some(Row { how: "metrics", .. }) => {
            let port = value.as_str().and_then(|text| text.rsplit(':').next()?.parse::<u16>().ok());
            place(values, "metrics.enabled", true.into());
            place(values, "metrics.port", i64::from(port.unwrap_or(9252)).into());
        }
        Some(row) if row.how == "same" => place(values, row.to, value.clone()),
        Some(row) => notes.push(Note::lost(row.key, row.mind)),
    }
}

/// The TOML of `runners.config`: what any executor has, and docker's section as that of Kubernetes.
fn config(runner: Table, values: &mut Table, notes: &mut Vec<Note>) -> String {
    let mut kept = Table::new();
    let mut kubernetes = Table::new();
    for (key, mut value) in runner {
        let path = format!("runners[].{}", key.to_ascii_lowercase());
        match (key.to_ascii_lowercase().as_str(), value) {
            ("docker", Value::Table(section)) => kubernetes = docker::section(&section, notes),
            ("feature_flags", Value::Table(mut flags)) => {
                flags.retain(|flag, _| table::of(&format!("{path}.{flag}")).is_none_or(|row| row.how != "drop"));
                if !flags.is_empty() {
                    kept.insert(key, flags.into());
                }
            }
            ("name", Value::String(name)) if name.contains(['$', '`', '"', '\\']) => {
                notes.push(Note::lost(&path, "the chart gives it to a shell, which would read it otherwise"));
            }
            ("executor", Value::String(executor)) if !["docker", "kubernetes"].contains(&executor.as_str()) => {
                notes.push(Note::lost(&path, "there, it is kubernetes; only docker's section is carried over"));
            }
            (_, other) => {
                value = other;
                match table::of(&path) {
                    Some(_) => carry(&path, &mut value, values, notes),
                    None => drop(kept.insert(key, value)),
                }
            }
        }
    }
    // What a cluster has already comes before what is made of docker's.
    let own = kept.remove("kubernetes").and_then(|own| own.try_into::<Table>().ok());
    kubernetes.extend(own.unwrap_or_default());
    kept.insert("kubernetes".into(), kubernetes.into());
    let root = Table::from_iter([("runners".to_owned(), Value::Array(vec![kept.into()]))]);
    let text = toml::to_string(&root).unwrap_or_default();
    // The chart reads it as a template; the one that is meant as such is ours.
    text.replace("{{", "{{ \"{{\" }}").replace(NAMESPACE, "{{ .Release.Namespace }}")
}

/// Takes out what holds a secret; gives the cache whose keys they are.
fn without_secrets(runner: &mut Table, notes: &mut Vec<Note>) -> Option<(&'static str, &'static [&'static str])> {
    let mut found = vec![];
    for own in ["token", "Token"] {
        runner.remove(own);
    }
    taken_out(runner, "runners", &mut found);
    let of_cache =
        |path: &String, cache: &str| path.to_ascii_lowercase().starts_with(&format!("runners.cache.{cache}."));
    let cache = CACHES.into_iter().find(|(cache, _)| found.iter().any(|path| of_cache(path, cache)));
    for path in found {
        match cache.filter(|(cache, _)| of_cache(&path, cache)) {
            Some(_) => notes.push(Note::mind(&path, "it goes into the Secret of the cache (runners.cache.secretName)")),
            None => notes.push(Note::lost(&path, IN_CLEAR)),
        }
    }
    cache
}

fn taken_out(table: &mut Table, path: &str, found: &mut Vec<String>) {
    table.retain(|key, value| {
        let path = format!("{path}.{key}");
        let hides = |value: &Value| value.as_str().is_some_and(|text| text.contains(DOTS));
        match value {
            Value::Table(inner) => taken_out(inner, &path, found),
            Value::Array(list) => list.retain_mut(|value| match value {
                Value::Table(inner) => {
                    taken_out(inner, &path, found);
                    true
                }
                value if hides(value) => {
                    let name = value.as_str().and_then(|text| text.split_once('=')).map(|(name, _)| name);
                    found.push(name.map_or_else(|| path.clone(), |name| format!("{path} {name}")));
                    false
                }
                _ => true,
            }),
            value if hides(value) => {
                found.push(path);
                return false;
            }
            _ => {}
        }
        true
    });
}

/// A name that Kubernetes takes, and that no other release has.
fn name(of: &str, taken: &mut Vec<String>) -> String {
    let plain: String = of.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let joined: String = words.join("-").chars().take(40).collect();
    // A release's name begins with a letter.
    let base = match joined.trim_end_matches('-') {
        "" => "runner".to_owned(),
        name if name.starts_with(|c: char| c.is_ascii_digit()) => format!("runner-{name}"),
        name => name.to_owned(),
    };
    // The Secret of its cache is called after it, too.
    let free = |name: &String| [name, &format!("{name}-cache")].iter().all(|name| !taken.contains(name));
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    let name = std::iter::once(base.clone()).chain(numbered).find(free).unwrap_or(base);
    taken.extend([name.clone(), format!("{name}-cache")]);
    name
}

fn rights() -> Value {
    let rule = |(resource, verbs): (&str, &[&str])| {
        let list = |words: &[&str]| Value::Array(words.iter().map(|word| Value::from(*word)).collect());
        Value::Table(Table::from_iter([
            ("apiGroups".to_owned(), list(&[""])),
            ("resources".to_owned(), list(&[resource])),
            ("verbs".to_owned(), list(verbs)),
        ]))
    };
    Value::Array(RIGHTS.into_iter().map(rule).collect())
}

fn secret(name: &str, keys: &[&str]) -> Result<String> {
    let data: Table = keys.iter().map(|key| ((*key).to_owned(), Value::from(""))).collect();
    let mut manifest = Table::new();
    for (path, value) in [
        ("apiVersion", "v1".into()),
        ("kind", "Secret".into()),
        ("metadata.name", name.into()),
        ("type", "Opaque".into()),
        ("stringData", Value::Table(data)),
    ] {
        place(&mut manifest, path, value);
    }
    yaml(&manifest)
}

/// As YAML whose strings are strings to those who read YAML 1.1 (PyYAML, helm): `on`, `1_000` and the like are quoted.
fn yaml(value: &impl Serialize) -> Result<String> {
    serde_saphyr::to_string(value)
        .map_err(|e| Problem::new(format!("No YAML could be made: {e}."), "Report this as a bug."))
}
