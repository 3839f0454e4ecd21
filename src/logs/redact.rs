//! Takes secrets out of a line. At debug level gitlab-runner prints its whole configuration, every runner's token in
//! it, and each job's environment. What is secret is known in [`crate::text::mask`].

use super::line::Hidden;
use crate::secret::Secret;
use crate::text::mask::{self, Inside, MASK};
use std::ops::Range;

/// What the text holds in place of its secrets, and these; `None` where it has none. `body` is where the message begins,
/// and `key` whether a private key's lines are being printed. `moved` is told each change, in order: the bytes that were
/// there, counted in the text as it is so far, and how many there are now.
pub(super) fn redact(
    text: &str,
    body: usize,
    key: &mut Inside,
    mut moved: impl FnMut(Range<usize>, usize),
) -> Option<(String, Vec<Hidden>)> {
    let found = if key.is_open() { in_key(text, body, key) } else { mask::find_from(text, key) };
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

/// A line of a key is hidden as one; what else is said meanwhile, as ever.
fn in_key(text: &str, body: usize, key: &mut Inside) -> Vec<Range<usize>> {
    let hidden: Vec<_> =
        key.line(&text[body..]).map(|range| body + range.start..body + range.end).into_iter().collect();
    if hidden.is_empty() { mask::find(text) } else { hidden }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_private_key_is_hidden_line_by_line() {
        let mut parser = super::super::parse::Parser::default();
        let mut shown = |line: &str| parser.line(None, line.as_bytes(), 0).text().to_owned();
        for (line, text) in [
            ("[1.0] gitlab-runner[4]: -----BEGIN RSA PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----"),
            ("[1.0] gitlab-runner[4]: MIIEpAIBAAKCAQEAcanary", "[MASKED]"),
            ("[1.0] systemd[1]: Started", "Started"),
            ("[1.0] gitlab-runner[4]: canary+/==", "[MASKED]"),
            ("[1.0] gitlab-runner[4]: -----END RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"),
            ("[1.0] gitlab-runner[4]: plain", "plain"),
        ] {
            assert_eq!(shown(line), text);
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
