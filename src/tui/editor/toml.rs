//! Which part of a TOML text is what, line by line: for colours, and for hiding secrets.

use super::place::Changed;
use crate::config::keys::{self, Secrecy};
use std::collections::HashSet;
use std::ops::Range;
use std::sync::OnceLock;

/// What a part of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `# …`
    Comment,
    /// `[…]`, `[[…]]`
    Header,
    /// Before the `=`.
    Key,
    /// A string, quotes included.
    Text,
    /// The value of a key that holds a secret, quotes not included.
    Secret,
}

/// A part of a line, in bytes.
pub type Span = (Range<usize>, Class);

/// The names of keys whose values nobody should read over a shoulder, wherever they stand.
fn is_secret(name: &str) -> bool {
    static NAMES: OnceLock<HashSet<String>> = OnceLock::new();
    let secret = |key: &&keys::Key| key.secret == Secrecy::Yes;
    let names = || keys::all().iter().filter(secret).map(|key| key.name.to_ascii_lowercase()).collect();
    NAMES.get_or_init(names).contains(&name.to_ascii_lowercase())
}

/// What every line of a text is made of; renewed only where the text changed.
pub struct Highlight {
    lines: Vec<Vec<Span>>,
    /// The string that is open where each line begins.
    before: Vec<Open>,
}

impl Highlight {
    /// Goes through all lines.
    pub fn new<S: AsRef<str>>(lines: &[S]) -> Self {
        let (mut all, mut before, mut open) = (Vec::with_capacity(lines.len()), Vec::with_capacity(lines.len()), None);
        for line in lines {
            before.push(open);
            all.push(scan(line.as_ref(), &mut open));
        }
        Self { lines: all, before }
    }

    /// Returns the parts of a line, in order.
    pub fn line(&self, row: usize) -> &[Span] {
        self.lines.get(row).map(Vec::as_slice).unwrap_or_default()
    }

    /// Goes through the lines that changed, and on as far as it matters to those behind them.
    pub fn renew<S: AsRef<str>>(&mut self, lines: &[S], changed: Changed) {
        let Changed { row, removed, added } = changed;
        self.lines.splice(row..row + removed, std::iter::repeat_n(Vec::new(), added));
        let first = self.before.get(row).copied().flatten();
        self.before.splice(row..row + removed, std::iter::repeat_n(None, added));
        let mut open = first;
        for (index, line) in lines.iter().enumerate().skip(row) {
            if index >= row + added && self.before[index] == open {
                break;
            }
            self.before[index] = open;
            self.lines[index] = scan(line.as_ref(), &mut open);
        }
    }
}

/// A string that goes on over the line's end: its quotes, and whether it is a secret.
type Open = Option<(&'static str, bool)>;

fn scan(line: &str, open: &mut Open) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = 0;
    let mut secret = false;
    if let Some((quotes, hidden)) = *open {
        let (end, closed) = string_end(line, 0, quotes);
        spans.push((0..end, if hidden { Class::Secret } else { Class::Text }));
        if !closed {
            return spans;
        }
        *open = None;
        at = end;
    } else if let Some(key) = key(line) {
        let name = line[key.clone()].trim_matches(['"', '\'']);
        let last = name.rsplit('.').next().unwrap_or(name).trim().trim_matches(['"', '\'']);
        secret = is_secret(last);
        at = key.end;
        spans.push((key, Class::Key));
    } else if line.trim_start().starts_with('[') {
        let start = line.len() - line.trim_start().len();
        let end = comment(line, start).unwrap_or(line.len());
        let end = start + line[start..end].trim_end().len();
        spans.push((start..end, Class::Header));
        at = end;
    }
    while let Some(found) = line[at..].find(['"', '\'', '#']) {
        let start = at + found;
        if line[start..].starts_with('#') {
            spans.push((start..line.len(), Class::Comment));
            break;
        }
        let quotes = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|q| line[start..].starts_with(q)).unwrap_or("\"");
        let (end, closed) = string_end(line, start + quotes.len(), quotes);
        if secret {
            let inner = start + quotes.len()..if closed { end - quotes.len() } else { end };
            spans.push((start..inner.start, Class::Text));
            spans.push((inner.clone(), Class::Secret));
            spans.push((inner.end..end, Class::Text));
        } else {
            spans.push((start..end, Class::Text));
        }
        if !closed && quotes.len() == 3 {
            *open = Some((quotes, secret));
            return spans;
        }
        at = end;
    }
    if secret && let Some((Range { end, .. }, Class::Key)) = spans.last().cloned() {
        // A value without quotes is not valid, and a secret all the same while it is being typed.
        spans.push((end..line.len(), Class::Secret));
    }
    spans
}

/// The key before a `=`, where the line begins with one.
fn key(line: &str) -> Option<Range<usize>> {
    let start = line.len() - line.trim_start().len();
    if line[start..].starts_with(['[', '#', '=']) {
        return None;
    }
    let mut quote = None;
    for (index, c) in line[start..].char_indices() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('=', None) => return Some(start..start + line[start..start + index].trim_end().len()),
            ('#' | '[' | '{' | ',', None) => return None,
            _ => {}
        }
    }
    None
}

/// Where a comment begins behind a header.
fn comment(line: &str, from: usize) -> Option<usize> {
    let mut quote = None;
    for (index, c) in line[from..].char_indices() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('#', None) => return Some(from + index),
            _ => {}
        }
    }
    None
}

/// Where a string ends, and whether it is closed on this line.
fn string_end(line: &str, from: usize, quotes: &str) -> (usize, bool) {
    let escapes = quotes.starts_with('"');
    let mut at = from;
    while at < line.len() {
        if escapes && line[at..].starts_with('\\') {
            let next = line[at + 1..].chars().next().map_or(0, char::len_utf8);
            at += 1 + next;
        } else if line[at..].starts_with(quotes) {
            return (at + quotes.len(), true);
        } else {
            at += line[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    (line.len(), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(line: &str) -> Vec<(&str, Class)> {
        spans(&[line])[0].iter().map(|(range, class)| (&line[range.clone()], *class)).collect()
    }

    fn spans(lines: &[&str]) -> Vec<Vec<Span>> {
        Highlight::new(lines).lines
    }

    #[test]
    fn keys_strings_headers_comments() {
        use Class::{Comment, Header, Key, Text};
        assert_eq!(parts("  [[runners]] # x"), [("[[runners]]", Header), ("# x", Comment)]);
        assert_eq!(parts("name = \"a # \\\" b\" # c"), [("name", Key), ("\"a # \\\" b\"", Text), ("# c", Comment)]);
        assert_eq!(parts("volumes = [\"/ä\", '/b']"), [("volumes", Key), ("\"/ä\"", Text), ("'/b'", Text)]);
        assert_eq!(parts("concurrent = 4"), [("concurrent", Key)]);
        assert_eq!(parts("\"/x#y\","), [("\"/x#y\"", Text)]);
    }

    #[test]
    fn secrets_are_found_also_half_typed_and_over_lines() {
        use Class::{Key, Secret, Text};
        assert_eq!(parts("Token = \"abc\""), [("Token", Key), ("\"", Text), ("abc", Secret), ("\"", Text)]);
        assert_eq!(parts("token = \"abc"), [("token", Key), ("\"", Text), ("abc", Secret), ("", Text)]);
        assert_eq!(parts("token = abc"), [("token", Key), (" = abc", Secret)]);
        assert_eq!(parts("s3.SecretKey='k'")[2], ("k", Secret));
        let long = spans(&["password = \"\"\"one", "two\"\"\" # x"]);
        assert_eq!(long[1], [(0..6, Secret), (7..10, Class::Comment)]);
    }

    #[test]
    fn a_change_renews_what_it_matters_to() {
        let mut lines = vec!["a = 1", "b = \"\"\"", "# text", "\"\"\"", "# comment"];
        let mut highlight = Highlight::new(&lines);
        assert_eq!(highlight.line(2), [(0..6, Class::Text)]);
        lines.splice(1..2, ["b = 1", "c = 2"]);
        highlight.renew(&lines, Changed { row: 1, removed: 1, added: 2 });
        let fresh = Highlight::new(&lines);
        assert_eq!((&highlight.lines, &highlight.before), (&fresh.lines, &fresh.before));
        assert_eq!(highlight.line(3), [(0..6, Class::Comment)]);
    }

    #[test]
    fn nothing_panics() {
        for line in ["\"\\", "'", "\"\"\"", "a = \"\\ä", "= 3", "[", "[\"#", "ä='", "", "\u{feff}a=1", "token ="] {
            spans(&[line, line]);
        }
    }
}
