//! The body of a private key, PEM: line by line, or on one line.

use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// So many lines a key may have; behind more the word BEGIN was talk.
const LINES: usize = 200;

static BEGIN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?<s>[^\x22'\n]*)").ok());

/// Follows lines into a key and out of it.
#[derive(Clone, Debug, Default)]
pub struct Inside(usize);

impl Inside {
    /// Returns whether a key has begun and not ended.
    pub fn is_open(&self) -> bool {
        self.0 > 0
    }

    /// Finds what of a line is a key's body, without the marks of a comment and the quotes around it.
    pub fn line(&mut self, line: &str) -> Option<Range<usize>> {
        const END: &str = "-----END ";
        if let Some(body) = BEGIN.as_ref().and_then(|begin| begin.captures(line)?.name("s")) {
            let end = body.as_str().find(END);
            self.0 = if end.is_some() { 0 } else { LINES };
            let body = body.start()..end.map_or(body.end(), |end| body.start() + end);
            return Some(trimmed(line, body)).filter(|body| !body.is_empty());
        }
        self.0 = self.0.checked_sub(1)?;
        if let Some(end) = line.find(END) {
            self.0 = 0;
            return Some(trimmed(line, 0..end)).filter(|body| !body.is_empty());
        }
        let body = trimmed(line, 0..line.len());
        let is_body = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=\\".contains(&b));
        // Of the headers (`DEK-Info: …`) only the value tells something.
        (!body.is_empty() && is_body(&line[body.clone()])).then_some(body)
    }
}

fn trimmed(line: &str, range: Range<usize>) -> Range<usize> {
    let text = &line[range.clone()];
    let start = range.start + text.len() - text.trim_start_matches([' ', '\t', '#', '"', '\'', '|', '>', '-']).len();
    let end = range.end - (text.len() - text.trim_end_matches([' ', '\t', '\r', '"', '\'', ',']).len());
    start..end.max(start)
}
