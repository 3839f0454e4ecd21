//! Tokens by their looks, wherever they stand: GitLab's own (its docs, "Token prefixes"), and those of others that a
//! configuration or a job's log is likely to hold.

use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// What [`token_kind`] calls the kind that a runner needs.
pub const RUNNER_TOKEN: &str = "runner authentication token";

/// What GitLab's tokens begin with, and what each is in its words. An instance may put a prefix of its own in front (`acme-glrt-…`).
const GITLAB: [(&str, &str); 14] = [
    ("glrt-", RUNNER_TOKEN),
    ("glrtr-", RUNNER_TOKEN),
    ("GR1348941", "registration token (legacy)"),
    ("glpat-", "access token of a person, project or group"),
    ("gldt-", "deploy token"),
    ("glcbt-", "CI/CD job token"),
    ("glptt-", "pipeline trigger token"),
    ("glft-", "feed token"),
    ("glsoat-", "SCIM token"),
    ("glagent-", "token of an agent for Kubernetes"),
    ("glimt-", "incoming mail token"),
    ("gloas-", "secret of an OAuth application"),
    ("glffct-", "feature flags client token"),
    ("glwt-", "workspace token"),
];

/// The shapes, each the whole token. What is behind a prefix has no quote, blank or bracket in it, so that a mask takes
/// nothing along that the text around needs.
static SHAPES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let prefixes: Vec<&str> = GITLAB.iter().map(|(prefix, _)| *prefix).collect();
    let others = [
        r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]+)*", // a JSON web token
        r"\b(?:AKIA|ASIA)[0-9A-Z]{12,}",                                   // Amazon
        r"\bAIza[A-Za-z0-9_-]{30,}",                                       // Google
        r"\bxox[a-z]-[A-Za-z0-9-]{8,}",                                    // Slack
        r"\bgh[pousr]_[A-Za-z0-9]{16,}",                                   // GitHub
        r"\b(?:github|dckr)_pat_[A-Za-z0-9_-]{16,}",                       // GitHub, Docker Hub
        r"\bAGE-SECRET-KEY-1[0-9A-Z]{20,}",                                // age, sops
    ]
    .join("|");
    Regex::new(&format!("(?:{})[A-Za-z0-9_.=-]{{4,}}|{others}", prefixes.join("|"))).ok()
});

/// Finds the tokens of a text, in order.
pub(super) fn find(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let shapes = SHAPES.iter().flat_map(move |shapes| shapes.find_iter(text));
    shapes.filter(|token| !is_a_word(token.as_str())).map(|token| token.range())
}

/// Whether it is only talk of tokens: "a glrt-token".
fn is_a_word(token: &str) -> bool {
    let body = token.split_once('-').map_or(token, |(_, body)| body);
    token.starts_with("gl") && body.len() < 8 && body.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

/// Returns whether a text is a token, or has one in it: in an address, behind a name, with an instance's own prefix.
pub fn looks_like_token(text: &str) -> bool {
    find(text).next().is_some()
}

/// Returns where tokens stand in a text, an instance's own prefix included.
pub fn tokens_in(text: &str) -> Vec<Range<usize>> {
    let prefix = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let begins = |at: usize| match text[..at].strip_suffix('-') {
        Some(before) => before.trim_end_matches(prefix).len(),
        None => at,
    };
    find(text).map(|token| begins(token.start)..token.end).collect()
}

/// Returns what kind of token of GitLab stands in a text, in its words (`deploy token`); `None` where there is none.
pub fn token_kind(text: &str) -> Option<&'static str> {
    let token = find(text).map(|range| &text[range]).next()?;
    begun_kind(token)
}

/// Returns what kind of token of GitLab a text begins as, however short it is yet; an instance's own prefix may stand
/// in front.
pub fn begun_kind(text: &str) -> Option<&'static str> {
    let begins = |prefix: &str| text.starts_with(prefix) || text.contains(&format!("-{prefix}"));
    GITLAB.iter().find(|(prefix, _)| begins(prefix)).map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_known_by_their_looks() {
        for (token, kind) in [
            ("glrt-t1_abcdefghijKLMNOP1234", Some("runner authentication token")),
            ("glrt-t1_abc.01.xyz", Some("runner authentication token")),
            ("glrtr-abcdefghij0123456789", Some("runner authentication token")),
            ("acme-glrt-abcdefghij0123456789", Some("runner authentication token")),
            ("https://glrt-abcdefghij0123456789/", Some("runner authentication token")),
            ("GR1348941abcdefgh", Some("registration token (legacy)")),
            ("glpat-0123456789abcdefghij", Some("access token of a person, project or group")),
            ("glcbt-64_abcdefghijklmnop", Some("CI/CD job token")),
            ("glft-abcdefghijklmnop1234", Some("feed token")),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdef", None),
            ("AKIAIOSFODNN7EXAMPLE", None),
            ("xoxb-0123456789-abcdef", None),
            ("ghp_0123456789abcdefghij0123456789abcdef", None),
        ] {
            assert!(looks_like_token(token), "{token}");
            assert_eq!(token_kind(token), kind, "{token}");
        }
    }

    #[test]
    fn names_and_addresses_are_no_tokens() {
        for text in [
            "https://gitlab.example/group/project",
            "http://[::1]:8080/-/settings/ci_cd",
            "build box",
            "my-glrt-runner",
            "a glrt-token",
            "glrt-",
            "GR134894",
            "glibc-2.36-9+deb12u4",
            "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "keyJar.properties.x",
        ] {
            assert!(!looks_like_token(text), "{text}");
        }
    }
}
