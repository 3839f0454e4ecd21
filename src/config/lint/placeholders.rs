//! What a template or a manual left in a configuration for somebody to fill in, and nobody did.

use super::Findings;
use super::section::{Found, Section};
use crate::text::mask;

/// Words of place-holders, in capitals; each is too long to be in a random token by chance, above all in one without a digit.
const WORDS: [&str; 13] = [
    "TOKEN",
    "REDACTED",
    "CHANGEME",
    "CHANGE_ME",
    "CHANGE-ME",
    "REPLACE",
    "EXAMPLE",
    "PLACEHOLDER",
    "INSERT",
    "SECRET",
    "HIDDEN",
    "YOUR_",
    "YOUR-",
];

/// Checks the values that a text cannot do without.
pub(super) fn check(root: &Section, found: &mut Findings) {
    for runner in &root.sections("runners") {
        // A mask of pipglr's own is an error already.
        if let Some((_, at)) = runner.text("token").filter(|(text, _)| mask::masks(text).is_empty() && is_token(text)) {
            let message = "The token is a place-holder, as of a template or a manual: GitLab will refuse it.";
            let hint = "Take the runner authentication token (glrt-…) from the runner's page in GitLab.";
            warn(found, at, message, hint);
        }
        if let Some((text, at)) = runner.text("url").filter(|(text, _)| is_url(text)) {
            let what = if unfilled(text) { "a template has not filled it in" } else { "it is a place-holder" };
            let hint = "Write the whole address: \"https://gitlab.example.com/\".";
            warn(found, at, &format!("The url names no server ({what}): it cannot be reached."), hint);
        }
    }
}

fn warn(found: &mut Findings, at: Found, message: &str, hint: &str) {
    found.warning(at.span, at.path, message).hint(hint);
}

/// Whether a template (of Ansible, Helm, Jinja, Terraform) should have put something in place of a part of it.
pub(super) fn unfilled(text: &str) -> bool {
    [("{{", "}}"), ("{%", "%}"), ("<%", "%>")]
        .iter()
        .any(|(open, close)| text.split_once(open).is_some_and(|(_, rest)| rest.contains(close)))
}

/// Whether an address is none: no server's has such signs.
pub(super) fn is_url(text: &str) -> bool {
    text.contains(['<', '>', '{', '}'])
}

/// Whether a token is none. Nothing of it is ever repeated.
pub(super) fn is_token(text: &str) -> bool {
    let text = text.trim();
    let rest = text.rsplit_once("glrt-").map_or(text, |(_, rest)| rest);
    let rest = match rest.split_once('_') {
        Some((kind, rest)) if kind.len() == 2 && kind.starts_with('t') => rest,
        _ => rest,
    };
    if rest.is_empty() || text.contains('$') {
        return false;
    }
    let capitals = rest.to_ascii_uppercase();
    let word = WORDS.iter().any(|word| capitals.contains(word)) && !rest.contains(|c: char| c.is_ascii_digit());
    word || rest.contains(['<', '>', '{', '}', '[', ']', '…'])
        || rest.contains("...")
        || rest.chars().all(|c| matches!(c, 'x' | 'X' | '*' | '.' | '#' | '_'))
}

#[cfg(test)]
mod tests {
    use super::{is_token, unfilled};

    #[test]
    fn what_nobody_filled_in() {
        for none in [
            "YOUR_RUNNER_TOKEN",
            "<your token here>",
            "glrt-YOUR-TOKEN",
            "REDACTED",
            "glrt-xxxxxxxxxxxxxxxxxxxx",
            "...",
            "{{ gitlab_runner_token }}",
            "glrt-t1_CHANGEME",
            "[token]",
            "glrt-…",
            "will-be-set-by-register-token",
        ] {
            assert!(is_token(none), "{none}");
        }
        for one in [
            "glrt-t1_aaaaaaaaaaaaaaaaaaaa",
            "abcdefghijklmnopqrst",
            "glrt-",
            "",
            "$RUNNER_TOKEN",
            "${TOKEN}",
            "glrt-t3_Token0aBcDeFgHiJkLm",
            "4ba3544e008e7e06041b009522d876",
            "acme-glrt-t1_ZxYwVuTsRqPoNmLkJiHg",
        ] {
            assert!(!is_token(one), "{one}");
        }
        assert!(unfilled("{{.Release.Namespace}}") && unfilled("a-{% if x %}b"));
        assert!(!unfilled("}} {{") && !unfilled("gitlab-runner-%s") && !unfilled("${HOME}"));
    }
}
