//! Where the secrets of a configuration are, also of one that is broken: rather too much is hidden than too little. What
//! is secret in any text is known in [`crate::text::mask`]; here is what the keys of gitlab-runner add to it.

use super::keys::{self, Kind, Secrecy};
use super::toml_places::{self, Place, What};
use crate::text::mask::{self, Inside};
use std::ops::Range;

pub use crate::text::mask::DOTS;

/// A secret value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretValue {
    /// Its bytes, without quotes.
    pub span: Range<usize>,
    /// Its key's path, `runners[0].token`; empty where it is in no key's value, as in a comment.
    pub key: String,
}

/// Returns all secrets of a text, in order. They do not overlap.
pub fn find(text: &str) -> Vec<SecretValue> {
    let mut found = Vec::new();
    let places = toml_places::places(text);
    let mut last_key: Option<&Place> = None;
    for place in &places {
        match place.what {
            What::Value => value(text, place, &mut found),
            What::Key => {
                leftover(text, last_key, place.span.start, &mut found);
                last_key = Some(place);
            }
            What::Header => leftover(text, last_key.take(), place.span.start, &mut found),
        }
    }
    leftover(text, last_key, text.len(), &mut found);
    let comments = toml_places::comments(text);
    for comment in &comments {
        let body = &text[comment.clone()];
        if let Some((name, rest)) = body.trim_start_matches(['#', ' ', '\t']).split_once('=')
            && telling(name.trim())
        {
            found.push(hidden(trimmed(text, comment.end - rest.len()..comment.end)));
        }
        found.extend(mask::find(body).into_iter().map(|range| hidden(moved(&range, comment.start))));
    }
    found.extend(list_words(text, &places));
    found.extend(keys_lines(text));
    found.extend(mask::tokens(text).map(hidden));
    merged(found)
}

/// A secret that is in no key's value as such.
fn hidden(span: Range<usize>) -> SecretValue {
    SecretValue { span, key: String::new() }
}

fn moved(range: &Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

/// The bodies of private keys, also of those in comments.
fn keys_lines(text: &str) -> Vec<SecretValue> {
    let mut inside = Inside::default();
    let mut start = 0;
    let mut found = Vec::new();
    for line in text.split('\n') {
        if inside.is_open() || line.contains("PRIVATE KEY") {
            found.extend(inside.line(line).map(|range| hidden(moved(&range, start))));
        }
        start += line.len() + 1;
    }
    found
}

/// In a list of words what follows an option that tells: `command = ["redis-server", "--requirepass", "x"]`. The words of
/// a list are looked at as one line, however they are written.
fn list_words(text: &str, places: &[Place]) -> Vec<SecretValue> {
    let values: Vec<&Place> = places.iter().filter(|place| place.what == What::Value).collect();
    let one_line = |place: &Place| !text[place.span.clone()].contains('\n');
    let in_one_list = |a: &&Place, b: &&Place| (a.runner, &a.path) == (b.runner, &b.path) && one_line(a) && one_line(b);
    let mut found = Vec::new();
    for list in values.chunk_by(in_one_list).filter(|list| list.len() > 1) {
        let (start, end) = (list[0].span.start, list[list.len() - 1].span.end);
        let line = text[start..end].replace(['\r', '\n'], " ");
        let secrets: Vec<Range<usize>> = mask::find(&line).iter().map(|range| moved(range, start)).collect();
        for place in list {
            let word = trimmed(text, place.span.clone());
            let within = secrets.iter().map(|range| range.start.max(word.start)..range.end.min(word.end));
            found.extend(within.map(|span| SecretValue { span, key: place.key() }));
        }
    }
    found
}

/// Sorted, and what overlaps made one.
fn merged(mut found: Vec<SecretValue>) -> Vec<SecretValue> {
    found.retain(|secret| !secret.span.is_empty());
    found.sort_by_key(|secret| (secret.span.start, usize::MAX - secret.span.end));
    let mut merged: Vec<SecretValue> = Vec::with_capacity(found.len());
    for secret in found {
        match merged.last_mut() {
            Some(last) if secret.span.start < last.span.end => {
                last.span.end = last.span.end.max(secret.span.end);
                if last.key.is_empty() {
                    last.key = secret.key;
                }
            }
            _ => merged.push(secret),
        }
    }
    merged
}

/// Whether a name tells of a secret; of a key that gitlab-runner does not know, rather than not.
fn telling(name: &str) -> bool {
    mask::tells(name) || name.to_ascii_lowercase().ends_with("_key")
}

/// The part without quotes and blanks around it.
fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let raw = &text[span.clone()];
    let inner = raw.trim();
    let start = span.start + (raw.len() - raw.trim_start().len());
    for quotes in ["\"\"\"", "'''", "\"", "'"] {
        if let Some(rest) = inner.strip_prefix(quotes) {
            let rest = rest.strip_suffix(quotes).unwrap_or(rest);
            return start + quotes.len()..start + quotes.len() + rest.len();
        }
    }
    start..start + inner.len()
}

/// How secret the values of a key are; one that is not known is judged by its name, and by the key it may be meant for.
fn secrecy(path: &[String]) -> (Secrecy, bool) {
    let name = path.last().map(String::as_str).unwrap_or_default();
    let mut key = keys::root();
    for part in path {
        match key.child(part) {
            Some(child) => key = child,
            None if matches!(key.kind, Kind::Map(_)) => {
                let secret = key.secret == Secrecy::Maybe || !path[0].eq_ignore_ascii_case("runners") || telling(name);
                let secret = secret && (telling(name) || key.secret == Secrecy::Yes);
                return (if secret { Secrecy::Yes } else { Secrecy::No }, false);
            }
            None => {
                let inside = key.secret == Secrecy::Yes;
                let meant =
                    inside || key.nearest(part).is_some_and(|near| near.secret == Secrecy::Yes && near.name.len() > 3);
                return (if telling(name) || meant { Secrecy::Yes } else { Secrecy::No }, false);
            }
        }
    }
    (key.secret, key.path.contains("http_headers"))
}

fn value(text: &str, place: &Place, found: &mut Vec<SecretValue>) {
    let (secret, whole) = secrecy(&place.path);
    let span = trimmed(text, place.span.clone());
    let key = place.key();
    match secret {
        Secrecy::Yes => found.push(SecretValue { span, key }),
        Secrecy::Maybe if whole => found.push(SecretValue { span, key }),
        Secrecy::Maybe | Secrecy::No => found.extend(parts(text, &place.span, &span, &key)),
    }
}

/// What any text may hide: `NAME=value`, an option, a password in an address. Never more than what is in the quotes.
fn parts(text: &str, whole: &Range<usize>, inner: &Range<usize>, key: &str) -> Vec<SecretValue> {
    // One variable is named, so that it can be said that it changed.
    let name = text[inner.clone()].split_once('=').map(|(name, _)| name).filter(|name| telling(name));
    let key = name.map_or_else(|| key.to_owned(), |name| format!("{key} {name}"));
    let ranges = mask::find(&text[whole.clone()]).into_iter().map(|range| moved(&range, whole.start));
    let within = ranges.map(|range| range.start.max(inner.start)..range.end.min(inner.end));
    within.map(|span| SecretValue { span, key: key.clone() }).collect()
}

/// What stands behind a secret key and is no value as TOML knows it: it is a secret all the same.
fn leftover(text: &str, key: Option<&Place>, next: usize, found: &mut Vec<SecretValue>) {
    let Some(key) = key.filter(|key| secrecy(&key.path).0 == Secrecy::Yes) else { return };
    let end = text[key.span.end..].find('\n').map_or(text.len(), |end| key.span.end + end).min(next.max(key.span.end));
    let hidden = found.last().filter(|last| last.span.start >= key.span.end);
    let from = hidden.map_or(key.span.end, |last| last.span.end).min(end);
    let rest = &text[from..end];
    // Behind a value there may be its quote, the end of braces, and a comment.
    let mark = rest.trim_start_matches(|c: char| c.is_whitespace() || "=\"'{[,}]".contains(c));
    if !mark.is_empty() && !mark.starts_with('#') {
        let start = end - mark.len();
        found.push(SecretValue { span: trimmed(text, start..end), key: key.key() });
    }
}

/// Returns the text with every secret replaced by dots, in as many lines.
pub fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for secret in find(text) {
        masked.push_str(&text[from..secret.span.start]);
        for (index, line) in text[secret.span.clone()].split('\n').enumerate() {
            if index > 0 {
                masked.push('\n');
            }
            if !line.trim().is_empty() {
                masked.push_str(DOTS);
            }
        }
        from = secret.span.end;
    }
    masked.push_str(&text[from..]);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|secret| &text[secret.span]).collect()
    }

    #[test]
    fn every_kind_of_secret_is_found() {
        for (text, secrets) in [
            ("[[runners]]\ntoken = \"abc\" # x", vec!["abc"]),
            ("[[Runners]]\nToken='abc'", vec!["abc"]),
            (
                "[[runners]]\n[runners.cache.s3]\nSecretKey = \"k\"\nAccessKey = \"a\"\nBucketName = \"b\"",
                vec!["k", "a"],
            ),
            ("runners = [{token = \"abc\", name = \"n\"}]", vec!["abc"]),
            ("sentry_dsn = \"https://k@x/1\"", vec!["https://k@x/1"]),
            (
                "[[runners]]\nenvironment = [\"A=b\", \"MY_PASSWORD=p w\", 'DOCKER_AUTH_CONFIG={\"auths\":{}}']",
                vec!["p w", "{\"auths\":{}}"],
            ),
            ("[[runners]]\nurl = \"https://u:p@x/\"", vec!["p"]),
            ("[[runners]]\nclone_url = \"https://tok@x/\"", vec!["tok"]),
            ("[[runners]]\npre_build_script = \"login --password 'hunter2' x\"", vec!["hunter2"]),
            ("[[runners]]\n[runners.autoscaler.plugin_config]\nname = \"n\"\nclient_secret = \"s\"", vec!["s"]),
            ("[[runners]]\ntokn = \"abc\"", vec!["abc"]),
            ("[[runners]]\nmy_password = \"abc\"", vec!["abc"]),
            ("# token = \"abc\"\n# glrt-abcdefghijkl is old\n", vec!["abc", "glrt-abcdefghijkl"]),
            ("[[runners]]\ntoken_expires_at = 0001-01-01T00:00:00Z\nid = 3", vec![]),
            ("[[runners]]\n[runners.machine]\nMachineOptions = [\"amazonec2-secret-key=abc\"]", vec!["abc"]),
            (
                "[[runners.docker.services]]\ncommand = [\n  \"redis\", # r\n  \"--requirepass\",\n  \"abc\",\n]",
                vec!["abc"],
            ),
            ("[[runners]]\nentrypoint = ['docker', 'login', '-u', 'me', '-p', 'abc']", vec!["abc"]),
            ("[[runners]]\nclone_url = \"https://h/?private_token=abc\"", vec!["abc"]),
            (
                "[[runners]]\npre_clone_script = \"\"\"\nexport X_TOKEN='abc\ncurl -H 'PRIVATE-TOKEN: def' h\n\"\"\"",
                vec!["abc", "def"],
            ),
            ("[[runners]]\npre_clone_script = \"export X_TOKEN='abc\"", vec!["abc"]),
            (
                "[[runners]]\nenvironment = [\"A=eyJhbGciOi.eyJzdWIiOi.x\", \"B=https://hooks.slack.com/services/T/B/x\"]",
                vec!["eyJhbGciOi.eyJzdWIiOi.x", "T/B/x"],
            ),
            ("# curl -u me:abc h\n#   PASSPHRASE = \"def\"\n", vec!["abc", "def"]),
            ("x = \"\"\"\n-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\"\"\"", vec!["MIIE"]),
            ("# -----BEGIN PRIVATE KEY-----\n# MIIE\n# -----END PRIVATE KEY-----\n# MIIE", vec!["MIIE"]),
        ] {
            assert_eq!(hidden(text), secrets, "{text}");
        }
    }

    #[test]
    fn what_is_masked_is_toml_still() {
        for text in [
            "[[runners]]\ntoken = \"abc\" # x\nenvironment = [\"A_TOKEN=b\", 'C_SECRET={\"d\":[\"e\"]}']",
            "x = \"export X_TOKEN='abc\"\ny = [\"login\", \"-p\", \"abc\"]\nz = {a_token = \"b\", c = \"d\"}",
            "x = \"\"\"\n-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\"\"\"\ny = 'Cookie: x'",
        ] {
            assert!(toml::from_str::<toml::Table>(text).is_ok());
            assert!(toml::from_str::<toml::Table>(&mask(text)).is_ok(), "{}", mask(text));
        }
    }

    #[test]
    fn what_is_none_stays() {
        for text in [
            "concurrent = 4 # jobs\ncheck_interval = 3\nsession_timeout = 1800\n",
            "[[runners]]\nname = \"build box\"\nurl = \"https://gitlab.example/\"\ntoken_expires_at = 0001-01-01T00:00:00Z\n",
            "[runners.docker]\nimage = \"debian@sha256:0123456789abcdef0123456789abcdef\"\nuser = \"1000:1000\"\n",
            "[runners.cache.s3]\nAuthenticationType = \"iam\"\nBucketName = \"b\"\n",
            "[runners.kubernetes]\nimage_pull_secrets = [\"a\"]\n# the password is with Jane\n",
            "environment = [\"FF_NETWORK_PER_BUILD=1\", \"author=Jane\", \"PWD=/home\"]\n",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    #[test]
    fn broken_texts_show_nothing_either() {
        for text in [
            "[[runners]]\ntoken = canary",
            "[[runners]]\ntoken = \"canary",
            "[[runners]]\ntoken \"canary\"",
            "[[runners]]\ntoken = \"x\" \"canary\"",
            "[[runners]]\ntoken = [\"x\", \"canary\"]",
            "[[runners]\ntoken = \"canary\"",
            "[[runners]]\ntoken = \"\"\"\ncanary\n\"\"\"",
            "[[runners]]\ntoken = {a = \"canary\"}",
            "[runners]\ntoken = 'canary'",
        ] {
            assert!(!mask(text).contains("canary"), "{text:?} became {:?}", mask(text));
            assert_eq!(mask(text).matches('\n').count(), text.matches('\n').count());
        }
    }
}
