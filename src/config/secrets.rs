//! Where the secrets of a text are, also of one that is broken: rather too much is hidden than too little.

use super::cursor::{self, Place, What};
use super::keys::{self, Kind, Secrecy};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// A secret value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretValue {
    /// Its bytes, without quotes.
    pub span: Range<usize>,
    /// Its key's path, `runners[0].token`; empty where it is in no key's value, as in a comment.
    pub key: String,
}

/// What a secret is shown as; its length is nobody's business either.
pub const DOTS: &str = "••••••••";

/// Words in a name that tell of a secret.
const WORDS: [&str; 10] =
    ["token", "password", "passwd", "secret", "credential", "private", "auth", "apikey", "accesskey", "accountkey"];

/// Names that have such a word, and hold none.
const HARMLESS: [&str; 8] = [
    "token_obtained_at",
    "token_expires_at",
    "authenticationtype",
    "image_pull_secrets",
    "use_service_account_image_pull_secrets",
    "tls-key-file",
    "credentialsfile",
    "ff_disable_automatic_token_rotation",
];

/// All secrets of a text, in order. They do not overlap.
pub fn find(text: &str) -> Vec<SecretValue> {
    let mut found = Vec::new();
    let places = cursor::places(text);
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
    for comment in cursor::comments(text) {
        if let Some((name, rest)) = text[comment.clone()].trim_start_matches(['#', ' ', '\t']).split_once('=')
            && telling(name.trim())
        {
            let end = comment.end;
            found.push(SecretValue { span: trimmed(text, end - rest.len()..end), key: String::new() });
        }
    }
    for token in TOKENS.iter().flat_map(|tokens| tokens.find_iter(text)) {
        found.push(SecretValue { span: token.range(), key: String::new() });
    }
    merged(found)
}

/// What looks like a token wherever it stands: GitLab's, a JSON web token, Amazon's keys.
static TOKENS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"\bgl[a-z]{1,10}-[A-Za-z0-9_.=-]{8,}|\bGR1348941[A-Za-z0-9_-]{4,}|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]+|\bAKIA[0-9A-Z]{12,}",
    )
    .ok()
});

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

/// Whether a name tells of a secret.
fn telling(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let plain: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    !HARMLESS.contains(&lower.as_str())
        && (WORDS.iter().any(|word| plain.contains(word))
            || lower.ends_with("_key")
            || lower.ends_with("_pass")
            || plain == "pass")
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
        Secrecy::Maybe => parts(text, span, &key, found),
        Secrecy::No => userinfo(text, span, &key, found),
    }
}

/// `NAME=value` with a telling name, `--option value`, or a password in an address.
fn parts(text: &str, span: Range<usize>, key: &str, found: &mut Vec<SecretValue>) {
    static OPTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"(?:([A-Za-z_][A-Za-z0-9_.-]*)\s*[=:]\s*|--?([A-Za-z][A-Za-z0-9_-]*)\s+)("[^"]*"|'[^']*'|[^\s"']+)"#,
        )
        .ok()
    });
    let inner = &text[span.clone()];
    // One variable is taken whole, whatever it holds.
    if let Some((name, rest)) = inner.split_once('=')
        && telling(name)
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
    {
        let start = span.end - rest.len();
        found.push(SecretValue { span: start..span.end, key: format!("{key} {name}") });
        return;
    }
    for option in OPTION.iter().flat_map(|option| option.captures_iter(inner)) {
        if let (Some(name), Some(value)) = (option.get(1).or(option.get(2)), option.get(3))
            && telling(name.as_str())
        {
            let at = span.start + value.start()..span.start + value.end();
            found.push(SecretValue { span: trimmed(text, at), key: key.to_owned() });
        }
    }
    userinfo(text, span, key, found);
}

/// The password of `https://user:password@host`.
fn userinfo(text: &str, span: Range<usize>, key: &str, found: &mut Vec<SecretValue>) {
    let mut from = span.start;
    while let Some(at) = text[from..span.end].find("://") {
        let start = from + at + 3;
        let end = text[start..span.end].find(['/', ' ', '"', '\'', '?', '#']).map_or(span.end, |end| start + end);
        if let Some(at) = text[start..end].rfind('@') {
            let secret = text[start..start + at].find(':').map_or(start, |colon| start + colon + 1);
            found.push(SecretValue { span: secret..start + at, key: key.to_owned() });
        }
        from = end.max(start);
    }
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

/// The text with every secret replaced by dots, in as many lines.
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
        ] {
            assert_eq!(hidden(text), secrets, "{text}");
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
