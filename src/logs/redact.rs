//! Takes secrets out of a line. At debug level gitlab-runner prints its whole configuration, every runner's token in
//! it, and each job's environment.

use super::line::{Hidden, MASK};
use crate::secret::Secret;
use aho_corasick::{AhoCorasick, packed};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// What nearly no line has: without one of these there is nothing to hide. Several times faster than the rules.
const HINTS: [&str; 33] = [
    "oken",
    "OKEN",
    "assw",
    "ASSW",
    "assph",
    "ASSPH",
    "ecret",
    "ECRET",
    "key",
    "Key",
    "KEY",
    "rivate",
    "PRIVATE",
    "redential",
    "REDENTIAL",
    "_AUTH",
    "\"auth",
    "earer ",
    "EARER ",
    "asic ",
    "BASIC ",
    "GR1348941",
    "glrt",
    "glpat-",
    "gldt-",
    "glcbt-",
    "glptt-",
    "glft-",
    "glsoat-",
    "glagent-",
    "glimt-",
    "gloas-",
    "glffct-",
];

/// Finds them.
enum Finder {
    /// By looking at many bytes at once: the automaton's walk, byte by byte, was a third of the time of a line.
    Packed(packed::Searcher),
    /// Where the processor cannot do that.
    Automaton(AhoCorasick),
}

static FINDER: LazyLock<Option<Finder>> = LazyLock::new(|| {
    let packed = packed::Config::new().builder().extend(HINTS).build().map(Finder::Packed);
    packed.or_else(|| AhoCorasick::new(HINTS).ok().map(Finder::Automaton))
});

fn has_hint(text: &str) -> bool {
    match &*FINDER {
        Some(Finder::Packed(searcher)) => searcher.find(text).is_some(),
        Some(Finder::Automaton(automaton)) => automaton.is_match(text),
        None => true,
    }
}

/// Each has the secret as its group `s`.
static RULES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // The password in a URL: first, because where it ends is known.
        r"://[^\s/:@]*:(?<s>[^\s/@]+)@",
        // GitLab's own tokens, wherever they stand (its docs, "Token prefixes"); GR1348941: registration tokens.
        r"(?<s>\b(?:gl(?:rt|rtr|pat|dt|cbt|ptt|ft|soat|agent|imt|oas|ffct)-|GR1348941)[A-Za-z0-9_.=-]{4,})",
        // A header: `PRIVATE-TOKEN: x`, `Authorization: Bearer x`, `Private-Token:[x]`.
        r"(?i)\b(?:private|job|deploy|runner)-token:? ?\[?(?<s>[^\s\]]+)",
        r"(?i)\b(?:bearer|basic) (?<s>[A-Za-z0-9_.~+/=-]{8,})",
        // Docker's credentials: the JSON whole, as deep as it is nested, and where it is cut the value of each key.
        r#"DOCKER_AUTH_CONFIG\\*["']?(?:=|: ?)\$?(?:\\*["'])?(?<s>\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*\})"#,
        r#"(?i)\\*["'](?:auth|identitytoken|registrytoken|password)\\*["'] ?: ?\\*["'](?<s>[^"'\\]+)"#,
        // A variable of a job's environment, in quotes, or up to the next blank.
        r#"["'](?:[A-Z0-9_]*(?:TOKEN|PASSWORD|PASSWD|SECRET|PASSPHRASE|CREDENTIAL|PRIVATE|_KEY|_AUTH)[A-Z0-9_]*)=(?<s>(?:[^"'\\]|\\.)+)["']"#,
        r#"\b[A-Z0-9_]*(?:TOKEN|PASSWORD|PASSWD|SECRET|PASSPHRASE|CREDENTIAL|PRIVATE|_KEY|_AUTH)[A-Z0-9_]*=(?<s>[^\s"',\]]+)"#,
        // The same as key and value of YAML, JSON or logrus: `token: x`, `"token":"x"`, `token=x`.
        r#"(?i)\b[a-z0-9_.-]*(?:token|passw(?:or)?d|passphrase|secret|(?:secret|access|private|api|account)[_-]?key|credentials?)["']?(?:: ?|=|:)["'](?<s>(?:[^"'\\]|\\.)+)["']"#,
        r#"(?i)\b[a-z0-9_.-]*(?:token|passw(?:or)?d|passphrase|secret|(?:secret|access|private|api|account)[_-]?key|credentials?)(?:: ?|=)\[?(?<s>[^\s"',}\[\]]+)"#,
    ]
    .iter()
    .filter_map(|rule| Regex::new(rule).ok())
    .collect()
});

/// What is no secret though it stands where one would.
fn is_nothing(value: &str) -> bool {
    matches!(value, "null" | "nil" | "<nil>" | "true" | "false" | "0" | "[]" | "{}") || value.contains("MASKED")
}

/// The places of the secrets, in order, none over another.
fn find(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut in_urls = 0;
    for (index, rule) in RULES.iter().enumerate() {
        for captures in rule.captures_iter(text) {
            let Some(secret) = captures.name("s").filter(|secret| !is_nothing(secret.as_str())) else { continue };
            if !found[..in_urls].iter().any(|known| known.start == secret.start()) {
                found.push(secret.range());
            }
        }
        if index == 0 {
            in_urls = found.len();
        }
    }
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for range in found {
        match apart.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

/// Whether there may be a secret in it. Nearly always not.
pub fn suspicious(text: &str) -> bool {
    has_hint(text) || has_password_in_url(text.as_bytes())
}

fn has_password_in_url(text: &[u8]) -> bool {
    memchr::memrchr(b'@', text).is_some_and(|at| memchr::memmem::find(&text[..at], b"://").is_some())
}

/// What the text holds in place of its secrets, and these; `None` where it has none. `moved` is told each change, in
/// order: the bytes that were there, counted in the text as it is so far, and how many there are now.
pub(super) fn redact(text: &str, mut moved: impl FnMut(Range<usize>, usize)) -> Option<(String, Vec<Hidden>)> {
    if !suspicious(text) {
        return None;
    }
    let found = find(text);
    if found.is_empty() {
        return None;
    }
    let mut clean = String::with_capacity(text.len());
    let mut hidden = Vec::with_capacity(found.len());
    let mut from = 0;
    for range in found {
        clean.push_str(&text[from..range.start]);
        let at = clean.len();
        hidden.push(Hidden { at: at as u32, was: Secret::new(&text[range.clone()]) });
        clean.push_str(MASK);
        moved(at..at + range.len(), MASK.len());
        from = range.end;
    }
    clean.push_str(&text[from..]);
    Some((clean, hidden))
}

/// The text without its secrets.
pub fn mask(text: &str) -> String {
    redact(text, |_, _| ()).map_or_else(|| text.to_owned(), |(clean, _)| clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked() {
        for (text, clean) in [
            ("    token: glrt-t1_abcdefghijKLMNOP1234", "    token: [MASKED]"),
            ("    token: fakeFr25uvwxyzABCDEF", "    token: [MASKED]"),
            ("    - DB_PASSWORD=hunter2", "    - DB_PASSWORD=[MASKED]"),
            ("Env:[CI=true CI_JOB_TOKEN=abc.def CI_JOB_ID=7]", "Env:[CI=true CI_JOB_TOKEN=[MASKED] CI_JOB_ID=7]"),
            (r#"["A=b","MY_SECRET=two words","C=d"]"#, r#"["A=b","MY_SECRET=[MASKED]","C=d"]"#),
            (r#"{"token":"abc","name":"x"}"#, r#"{"token":"[MASKED]","name":"x"}"#),
            ("PRIVATE-TOKEN: glpat-0123456789", "PRIVATE-TOKEN: [MASKED]"),
            ("Job-Token:[abcdef]", "Job-Token:[[MASKED]]"),
            ("Authorization: Bearer eyJhbGciOi.x.y", "Authorization: Bearer [MASKED]"),
            ("https://gitlab-ci-token:s3cr3t@gitlab.com/a.git", "https://gitlab-ci-token:[MASKED]@gitlab.com/a.git"),
            ("using GR1348941abcdefgh now", "using [MASKED] now"),
            ("secretkey: AKIA1234", "secretkey: [MASKED]"),
            ("AWS_SECRET_ACCESS_KEY=abc/def+g", "AWS_SECRET_ACCESS_KEY=[MASKED]"),
            (
                r#"- DOCKER_AUTH_CONFIG={"auths":{"r.example":{"auth":"Zm9vOmJhcg=="}}} x"#,
                "- DOCKER_AUTH_CONFIG=[MASKED] x",
            ),
            (
                r#"export DOCKER_AUTH_CONFIG=$\'{"auths":{"r":{"auth":"Zm9v"}}}\'\nexport A=b"#,
                r"export DOCKER_AUTH_CONFIG=[MASKED]'[MASKED]\'\nexport A=b",
            ),
            (r#"{\"auths\":{\"r\":{\"auth\":\"Zm9vOmJhcg==\"}}}"#, r#"{\"auths\":{\"r\":{\"auth\":\"[MASKED]\"}}}"#),
            (
                r#"DOCKER_AUTH_CONFIG={"auths":{"r":{"auth":"Zm9vOmJh"#,
                r#"DOCKER_AUTH_CONFIG=[MASKED]"auths":{"r":{"auth":"[MASKED]"#,
            ),
            ("password=a token=b", "password=[MASKED] token=[MASKED]"),
        ] {
            assert_eq!(mask(text), clean);
        }
    }

    #[test]
    fn every_hint_is_found_wherever_it_stands() {
        for hint in HINTS {
            for before in 0..70 {
                let text = format!("{}{hint}{}", "x".repeat(before), "y".repeat(70 - before));
                assert!(has_hint(&text), "{text}");
            }
            assert!(has_hint(hint) && !has_hint(&hint[1..]), "{hint}");
        }
        assert!(!has_hint("Checking for jobs... received  job=1002 repo_url=http://gitlab.example/group/project.git"));
    }

    #[test]
    fn what_is_none_stays() {
        for text in [
            "ERROR: Registering runner... forbidden (check registration token)  runner=GR134894 status=POST http://h/",
            "Checking for jobs... received  job=1 repo_url=http://host.containers.internal:8930/g/p.git runner=t1_proofp",
            "    tokenobtainedat: 0001-01-01T00:00:00Z",
            "    token: \"\"",
            "ssh: null",
            "systemd-ask-password-wall.path: Deactivated successfully.",
            "403 Forbidden - invalid token supplied",
            "no secret with name or id \"REGISTRATION_TOKEN\": no such secret",
            "glrt- tokens are new",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    #[test]
    fn nothing_of_it_is_left_and_it_comes_back_whole() {
        let line =
            super::super::line::parse("[1.5] gitlab-runner[4]: \u{1b}[31;1mERROR: token: s3cr3t-x y\u{1b}[0;m  job=7");
        assert_eq!(line.text(), "ERROR: token: [MASKED] y  job=7");
        assert!(line.masked() && !format!("{line:?}").contains("s3cr3t"));
        assert_eq!(line.shown(true), "ERROR: token: s3cr3t-x y  job=7");
        let paint: Vec<_> = line.paint().map(|paint| paint.at as usize).collect();
        assert_eq!(paint, [0, line.text().find("  job").unwrap()]);
    }
}
