//! Two containers, field by field, as `podman inspect` tells of them: all that was decided when they were made or by
//! `podman update` and `network connect` since; not what differs from one to the next or while one runs.
//!
//! What is left out was seen to differ between a container and its twin on 4.3, 5.4, 5.8 and 6.1. All else counts, so
//! that a field of a later podman does.

use serde_json::Value;
use std::collections::BTreeMap;

/// The fields of a container that must be the same in its successor, by name.
pub type Fields = BTreeMap<String, Value>;

/// A field that differs: what it was, and what it would be; nothing where it is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field.
    pub field: String,
    /// In the old one.
    pub old: Value,
    /// In the new one.
    pub new: Value,
}

impl Difference {
    /// Says it in words. What may be a secret is named and not shown.
    pub fn words(&self) -> String {
        let shown = |value: &Value| match value {
            Value::Null => "nothing".to_owned(),
            value => value.to_string(),
        };
        if ["env ", "label ", "annotation ", "Config.Health", "command"].iter().any(|kind| self.field.starts_with(kind))
        {
            return match (&self.old, &self.new) {
                (_, Value::Null) => format!("{} (would be gone)", self.field),
                (Value::Null, _) => format!("{} (was not there)", self.field),
                _ => format!("{} (would have another value)", self.field),
            };
        }
        format!("{} ({}, would be {})", self.field, shown(&self.old), shown(&self.new))
    }
}

/// Sections of `podman inspect` that say how a container was made; those in them that have a rule of their own below.
const SECTIONS: [(&str, &[&str]); 2] = [
    ("Config", &["Annotations", "CreateCommand", "Env", "Hostname", "Image", "Labels", "Secrets"]),
    (
        "HostConfig",
        &[
            "Annotations",
            "Binds",
            "ConsoleSize",
            "IDMappings",
            "LogConfig",
            "NanoCpus",
            "PortBindings",
            "Ulimits",
            "UsernsMode",
        ],
    ),
];

/// Variables that podman itself gives each container.
const OWN_VARIABLES: [&str; 4] = ["HOSTNAME", "container", "container_uuid", "TERM"];

/// Annotations that podman makes, some when the container starts. Those of its own options (`…autoremove=FALSE`) were
/// all written by 4.3, and are by 5.4 only where they are TRUE; each option has a field, too.
const OWN_ANNOTATIONS: [&str; 5] = [
    "io.container.manager",
    "io.kubernetes.cri-o.",
    "io.podman.annotations.",
    "org.opencontainers.image.",
    "org.systemd.property.",
];

/// Returns the fields that differ. `old` may have run, `new` has not.
pub fn differences(old: &Value, new: &Value) -> Vec<Difference> {
    let (old, new) = (fields(old), fields(new));
    let names: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let get = |fields: &Fields, name: &String| fields.get(name).cloned().unwrap_or_default();
    names
        .into_iter()
        .map(|name| Difference { field: name.clone(), old: get(&old, name), new: get(&new, name) })
        .filter(|found| found.old != found.new && !only_ran(found) && !other_default(found))
        .collect()
}

/// What a container has because it has run: a home, and the limits that all get.
fn only_ran(found: &Difference) -> bool {
    found.new.is_null() && ["env HOME", "ulimit RLIMIT_NOFILE", "ulimit RLIMIT_NPROC"].contains(&&*found.field)
}

/// A container keeps slirp4netns where a podman has made it that took it unasked (before 5.0); a later one takes pasta.
fn other_default(found: &Difference) -> bool {
    found.field == "HostConfig.NetworkMode" && found.old == "slirp4netns" && found.new == "pasta"
}

/// Returns all fields that count.
pub fn fields(inspect: &Value) -> Fields {
    let mut fields = Fields::new();
    let mut put = |name: String, value: Value| {
        let value = sorted(value);
        let empty = match &value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Number(number) => number.as_f64() == Some(0.0),
            Value::Array(list) => list.is_empty(),
            Value::Object(object) => object.is_empty(),
            Value::Bool(true) => false,
        };
        // Versions differ in whether nothing is null, empty or not there.
        if !empty {
            fields.insert(name, value);
        }
    };
    let (config, host) = (&inspect["Config"], &inspect["HostConfig"]);
    for (section, apart) in SECTIONS {
        for (name, value) in inspect[section].as_object().into_iter().flatten() {
            if !apart.contains(&name.as_str()) {
                put(format!("{section}.{name}"), value.clone());
            }
        }
    }
    for name in ["Image", "Pod", "Driver", "Rootfs"] {
        // While it runs, `Rootfs` is there for every container on some; `--rootfs` alone has no image.
        if name != "Rootfs" || inspect["Image"] == "" {
            put(name.into(), inspect[name].clone());
        }
    }
    // As one text, for its order counts.
    put(
        "command".into(),
        Value::Array(std::iter::once(&inspect["Path"]).chain(list(&inspect["Args"])).cloned().collect::<Vec<_>>())
            .to_string()
            .into(),
    );
    for pair in list(&config["Env"]).filter_map(Value::as_str) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !OWN_VARIABLES.contains(&name) && !secret_variables(config).any(|secret| secret == name) {
            put(format!("env {name}"), format!("={value}").into());
        }
    }
    let short = |id: &Value| id.as_str().unwrap_or_default().chars().take(12).collect::<String>();
    if config["Hostname"].as_str() != Some(&short(&inspect["Id"])) {
        put("Config.Hostname".into(), config["Hostname"].clone());
    }
    for (kind, values) in [("label", &config["Labels"]), ("annotation", &config["Annotations"])] {
        for (name, value) in values.as_object().into_iter().flatten() {
            let own = kind == "annotation" && OWN_ANNOTATIONS.iter().any(|own| name.starts_with(own));
            if !own {
                put(format!("{kind} {name}"), format!("={}", value.as_str().unwrap_or_default()).into());
            }
        }
    }
    let folder = inspect["StaticDir"].as_str().unwrap_or("?");
    let mut log = host["LogConfig"].clone();
    if log["Path"].as_str().is_some_and(|path| path.starts_with(folder)) {
        log["Path"] = Value::Null;
    }
    for (name, value) in log.as_object().into_iter().flatten() {
        put(format!("HostConfig.LogConfig.{name}"), value.clone());
    }
    for limit in list(&host["Ulimits"]) {
        put(format!("ulimit {}", limit["Name"].as_str().unwrap_or_default()), limit.clone());
    }
    // While it runs there are also those that the runtime has made in the container's own folder (`-v x:/y:O`), and an
    // owner that was changed (`:U`) is done with (5.4).
    for mount in list(&inspect["Mounts"]).filter(|mount| !is_made(mount, inspect)) {
        let mut mount = mount.clone();
        if let Some(options) = mount["Options"].as_array_mut() {
            options.retain(|option| option != "U");
        }
        put(format!("mount {}", mount["Destination"].as_str().unwrap_or_default()), mount);
    }
    // With `--publish-all` any that are free; with `--userns=auto` the IDs here, and "private" while it runs (5.4).
    if host["PublishAllPorts"] != true {
        put("HostConfig.PortBindings".into(), host["PortBindings"].clone());
    }
    if host["UsernsMode"] != "private" {
        put("HostConfig.UsernsMode".into(), host["UsernsMode"].clone());
    }
    for (name, maps) in host["IDMappings"].as_object().into_iter().flatten() {
        let sizes = list(maps).filter_map(Value::as_str).map(|map| {
            let mut parts = map.split(':');
            serde_json::json!([parts.next(), parts.nth(1)])
        });
        put(format!("HostConfig.IDMappings.{name}"), Value::Array(sizes.collect()));
    }
    let own = [short(&inspect["Id"]), text(&inspect["Name"]), text(&config["Hostname"])];
    // One that is not running lists its mode as a network, too ("pasta", 5.4).
    let mode = host["NetworkMode"].as_str().and_then(|mode| mode.split(':').next()).unwrap_or_default();
    let networks = inspect["NetworkSettings"]["Networks"].as_object().into_iter().flatten();
    for (name, network) in networks.filter(|(name, _)| *name != mode) {
        let aliases = list(&network["Aliases"]).filter(|alias| !own.iter().any(|own| *alias == own)).cloned().collect();
        put(
            format!("network {name}"),
            serde_json::json!({"joined": true, "aliases": Value::Array(aliases), "given": list(&network["Given"]).collect::<Vec<_>>()}),
        );
    }
    fields
}

/// The variables that secrets come as: 4.3 shows the content, later ones the secret's name or the variable's.
fn secret_variables(config: &Value) -> impl Iterator<Item = String> + '_ {
    let secrets = list(&config["Secrets"]).map(|secret| text(&secret["Name"]));
    let words = list(&config["CreateCommand"]).filter_map(Value::as_str);
    let targets = words.filter(|word| word.contains("type=env")).flat_map(|word| {
        word.trim_start_matches("--secret=").split(',').map(|part| part.trim_start_matches("target=").to_owned())
    });
    secrets.chain(targets)
}

/// Returns whether the runtime has made a mount's source, in the container's own folder.
pub fn is_made(mount: &Value, inspect: &Value) -> bool {
    let folder = inspect["StaticDir"].as_str().unwrap_or("?");
    mount["Source"].as_str().is_some_and(|source| source.starts_with(folder))
}

/// Returns a list's items; none where it is no list.
pub fn list(value: &Value) -> std::slice::Iter<'_, Value> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The same with the lists in it in order: podman gives them in any.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(mut list) => {
            list.sort_by_key(Value::to_string);
            Value::Array(list)
        }
        Value::Object(object) => object.into_iter().map(|(name, value)| (name, sorted(value))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What podman told of two containers that ran, one made by the `run` label and one with much that is an admin's own,
    /// each followed by one that the same command had just made. Some were made before podman was a newer one.
    const TWINS: [(&str, &str); 6] = [
        ("4.3", include_str!("../../../tests/inspect/twins-4.3.json")),
        ("5.4", include_str!("../../../tests/inspect/twins-5.4.json")),
        ("5.8", include_str!("../../../tests/inspect/twins-5.8.json")),
        ("6.1", include_str!("../../../tests/inspect/twins-6.1.json")),
        ("4.3 under 5.4", include_str!("../../../tests/inspect/twins-4.3-under-5.4.json")),
        ("5.4 under 6.1", include_str!("../../../tests/inspect/twins-5.4-under-6.1.json")),
    ];

    fn twins() -> impl Iterator<Item = (&'static str, Value, Value)> {
        TWINS.iter().flat_map(|(version, text)| {
            let all: Vec<Value> = serde_json::from_str(text).unwrap();
            all.chunks(2).map(|pair| (*version, pair[0].clone(), pair[1].clone())).collect::<Vec<_>>()
        })
    }

    #[test]
    fn one_that_has_run_and_its_twin_differ_in_nothing() {
        for (version, old, new) in twins() {
            assert_ne!(old, new, "they are two");
            assert_eq!(differences(&old, &new), [], "{version}, {}", old["Name"]);
        }
    }

    #[test]
    fn all_that_was_decided_about_it_is_a_difference() {
        let missing = |old: &Value, pointer: &str| {
            let mut new = old.clone();
            *new.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = Value::Null;
            differences(old, &new).into_iter().map(|found| found.field).collect::<Vec<_>>()
        };
        for (version, old, new) in twins().filter(|(_, old, _)| old["Name"] == "rich") {
            for (pointer, field) in [
                ("/Config/Healthcheck", "Config.Healthcheck"),
                ("/Config/Hostname", "Config.Hostname"),
                ("/Config/Labels/mine", "label mine"),
                ("/Config/StopTimeout", "Config.StopTimeout"),
                ("/Config/Tty", "Config.Tty"),
                ("/HostConfig/RestartPolicy", "HostConfig.RestartPolicy"),
                ("/HostConfig/PortBindings", "HostConfig.PortBindings"),
                ("/HostConfig/NetworkMode", "HostConfig.NetworkMode"),
                ("/Mounts", "mount /cache"),
                ("/NetworkSettings/Networks", "network build"),
                ("/Image", "Image"),
                ("/Args", "command"),
            ] {
                assert!(missing(&old, pointer).contains(&field.to_owned()), "{version}: {pointer}");
            }
            // Gone, it may be the limit that all get as they start.
            let mut new = new;
            new["HostConfig"]["Ulimits"][0]["Soft"] = 7.into();
            assert!(differences(&old, &new)[0].field.starts_with("ulimit "), "{version}");
            assert!(missing(&old, "/Config/Env").contains(&"env FOO".to_owned()), "{version}");
        }
    }

    #[test]
    fn a_field_nobody_knows_yet_counts_and_nothing_is_nothing() {
        let differ = |old: Value, new: Value| {
            differences(&json!({"HostConfig": old}), &json!({"HostConfig": new}))
                .iter()
                .map(Difference::words)
                .collect::<Vec<String>>()
        };
        let none: [&str; 0] = [];
        assert_eq!(differ(json!({"Later": [1, 2]}), json!({"Later": [2, 1]})), none, "podman gives lists in any order");
        assert_eq!(differ(json!({"A": null, "B": "", "C": 0, "D": false, "E": {}}), json!({"A": []})), none);
        assert_eq!(differ(json!({"Later": 7}), json!({})), ["HostConfig.Later (7, would be nothing)"]);
    }

    /// Seen on 5.4 with `-v ./d:/d:U`, `-v ./d:/e:O`, `--userns=auto`, `-P`.
    #[test]
    fn what_podman_makes_anew_for_each_is_no_difference() {
        let mount = |target: &str, source: &str, options: Value| json!({"Type": "bind", "Source": source, "Destination": target, "Options": options});
        let container = |id: &str, mounts: Value, ids: &str, mode: &str, port: &str| {
            json!({"StaticDir": format!("/c/{id}/userdata"), "Mounts": mounts, "HostConfig": {
                "IDMappings": {"UidMap": [format!("0:{ids}:1024")]}, "UsernsMode": mode, "PublishAllPorts": true,
                "PortBindings": {"99/tcp": [{"HostPort": port}]},
            }})
        };
        let made = mount("/e", "/c/one/userdata/overlay/7/merge", json!(["lowerdir=/d"]));
        let old = container("one", json!([mount("/d", "/d", json!(["rbind"])), made]), "1", "private", "35797");
        let new = container("two", json!([mount("/d", "/d", json!(["U", "rbind"]))]), "1025", "", "41483");
        assert_eq!(differences(&old, &new), []);
    }

    #[test]
    fn what_may_be_a_secret_is_named_and_not_shown() {
        let of = |env: &str, label: &str| json!({"Config": {"Env": [format!("A={env}")], "Labels": {"mine": label}}});
        let words: Vec<_> = differences(&of("canary1", "canary2"), &of("", "")).iter().map(Difference::words).collect();
        assert_eq!(words, ["env A (would have another value)", "label mine (would have another value)"]);
        // The variable of a secret has its content on 4.3, and its name later.
        let secret = |value: &str| json!({"Config": {"Env": [format!("T={value}")], "CreateCommand": ["--secret=s,type=env,target=T"]}});
        assert_eq!(differences(&secret("canary"), &secret("*******")), []);
    }
}
