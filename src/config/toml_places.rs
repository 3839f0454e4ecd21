//! What the place in a text is for: which section, which key, and whether a key, a value or a header is being typed.
//! The text may be broken, as it is while somebody types.

use super::source::BOM;
use std::ops::Range;
use toml_parser::parser::{Event, EventKind, RecursionGuard, parse_document};

/// Deeper nesting is not followed.
const DEPTH: u32 = 80;

/// One thing in a TOML text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// What it is.
    pub kind: EventKind,
    /// Where, in bytes of the whole text.
    pub span: Range<usize>,
}

/// All parts of a text, broken or not, in order.
pub(super) fn parts(text: &str) -> Vec<Part> {
    let toml = text.strip_prefix(BOM).unwrap_or(text);
    let offset = text.len() - toml.len();
    let source = toml_parser::Source::new(toml);
    let tokens = source.lex().into_vec();
    let mut parts = Vec::with_capacity(tokens.len());
    let mut receiver = |event: Event| {
        let span = event.span();
        parts.push(Part { kind: event.kind(), span: span.start() + offset..span.end() + offset });
    };
    let mut guard = RecursionGuard::new(&mut receiver, DEPTH);
    let mut ignored: Vec<toml_parser::ParseError> = Vec::new();
    parse_document(&tokens, &mut guard, &mut ignored);
    parts
}

/// A key as it is meant: without quotes.
pub(super) fn bare(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

/// A scalar, or a key, with the path it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The path of the value: each part with its name; numbers of array elements are left out.
    pub path: Vec<String>,
    /// Which `[[runners]]` it is in, from 0.
    pub runner: usize,
    /// What stands there.
    pub what: What,
    /// Where.
    pub span: Range<usize>,
}

impl Place {
    /// The path as findings write it: with the number of the runner.
    pub(super) fn key(&self) -> String {
        match self.path.split_first() {
            Some((first, rest)) if first.eq_ignore_ascii_case("runners") && !rest.is_empty() => {
                format!("runners[{}].{}", self.runner, rest.join("."))
            }
            _ => self.path.join("."),
        }
    }
}

/// The comments of a text.
pub(super) fn comments(text: &str) -> Vec<Range<usize>> {
    parts(text).into_iter().filter(|part| part.kind == EventKind::Comment).map(|part| part.span).collect()
}

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The inside of `[…]` or `[[…]]`; `path` is the header's.
    Header,
    /// A key before `=`; `path` is its own.
    Key,
    /// A scalar; `path` is its key's.
    Value,
}

/// Goes through a text and names the path of each header, key and scalar.
pub(super) fn places(text: &str) -> Vec<Place> {
    let mut walk = Walk { text, ..Walk::default() };
    for part in parts(text) {
        walk.step(&part);
    }
    walk.end(text.len());
    walk.places
}

/// What is open at the beginning of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Open {
    /// The header above it.
    pub section: Vec<String>,
    /// Where that header's line begins.
    pub start: usize,
    /// The key whose list or braces, begun on an earlier line, still go on.
    pub value: Option<Vec<String>>,
    /// Whether a text of several lines goes on.
    pub text: bool,
}

/// What is open where the line of a byte begins.
pub(super) fn open_at(text: &str, at: usize) -> Open {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let start = section_start(text, line);
    let slice = &text[start..line];
    let mut walk = Walk { text: slice, ..Walk::default() };
    let mut last = None;
    for part in parts(slice) {
        // What the parser adds to close what is open is not there.
        if part.span.is_empty() {
            continue;
        }
        walk.step(&part);
        last = Some(part);
    }
    let text = last.is_some_and(|part| {
        let raw = &slice[part.span.clone()];
        let quotes = ["\"\"\"", "'''"].into_iter().find(|quotes| raw.starts_with(quotes));
        part.kind == EventKind::Scalar && quotes.is_some_and(|quotes| raw.len() < 6 || !raw.ends_with(quotes))
    });
    let value = (!walk.values.is_empty()).then_some(walk.value);
    Open { section: walk.header, start, value, text }
}

/// Where the section around a byte begins: at its header's line, or at the top.
pub(super) fn section_start(text: &str, at: usize) -> usize {
    let mut end = at;
    while let Some(line) = text[..end].rfind('\n') {
        if text[line + 1..].trim_start_matches([' ', '\t']).starts_with('[') && line + 1 < at {
            return line + 1;
        }
        end = line;
    }
    0
}

/// Where the section around a byte ends: at the next header's line, or at the end.
pub(super) fn section_end(text: &str, at: usize) -> usize {
    let mut start = at;
    while let Some(line) = text[start..].find('\n') {
        start += line + 1;
        if text[start..].trim_start_matches([' ', '\t']).starts_with('[') {
            return start;
        }
    }
    text.len()
}

#[derive(Default)]
struct Walk<'a> {
    text: &'a str,
    places: Vec<Place>,
    header: Vec<String>,
    in_header: Option<(usize, bool)>,
    /// Paths of the tables around, for inline tables; the last is where keys go.
    tables: Vec<Vec<String>>,
    /// The key that is being read, part by part.
    key: Vec<String>,
    key_span: Option<Range<usize>>,
    /// The key whose value is being read, for each bracket that is open.
    value: Vec<String>,
    values: Vec<Vec<String>>,
    runners: usize,
}

impl Walk<'_> {
    fn place(&mut self, path: Vec<String>, what: What, span: Range<usize>) {
        self.places.push(Place { path, runner: self.runners.saturating_sub(1), what, span });
    }

    fn base(&self) -> Vec<String> {
        self.tables.last().unwrap_or(&self.header).clone()
    }

    fn flush(&mut self) {
        if let Some(span) = self.key_span.take() {
            let mut path = self.base();
            path.append(&mut self.key);
            self.place(path, What::Key, span);
        }
        self.key.clear();
    }

    /// The text ends, and with it a header that is being typed.
    fn end(&mut self, at: usize) {
        self.flush();
        if let Some((start, _)) = self.in_header.take() {
            self.place(self.header.clone(), What::Header, start..at);
        }
    }

    fn step(&mut self, part: &Part) {
        let text = &self.text[part.span.clone()];
        match part.kind {
            EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                self.flush();
                self.tables.clear();
                self.values.clear();
                self.header.clear();
                self.in_header = Some((part.span.end, part.kind == EventKind::ArrayTableOpen));
            }
            EventKind::StdTableClose | EventKind::ArrayTableClose => {
                if let Some((start, array)) = self.in_header.take() {
                    if array && self.header.len() == 1 && self.header[0].eq_ignore_ascii_case("runners") {
                        self.runners += 1;
                    }
                    self.place(self.header.clone(), What::Header, start..part.span.start.max(start));
                }
            }
            EventKind::SimpleKey if self.in_header.is_some() => self.header.push(bare(text).to_owned()),
            EventKind::SimpleKey => {
                let start = self.key_span.as_ref().map_or(part.span.start, |span| span.start);
                self.key_span = Some(start..part.span.end);
                self.key.push(bare(text).to_owned());
            }
            EventKind::KeyValSep => {
                let mut path = self.base();
                path.extend(self.key.iter().cloned());
                self.value = path;
                self.flush();
            }
            EventKind::InlineTableOpen => {
                self.tables.push(self.value.clone());
                self.values.push(self.value.clone());
            }
            EventKind::ArrayOpen => self.values.push(self.value.clone()),
            EventKind::InlineTableClose | EventKind::ArrayClose => {
                self.flush();
                if part.kind == EventKind::InlineTableClose {
                    self.tables.pop();
                }
                self.value = self.values.pop().unwrap_or_default();
            }
            EventKind::Scalar => self.place(self.value.clone(), What::Value, part.span.clone()),
            EventKind::Newline if self.values.is_empty() => {
                self.end(part.span.start);
            }
            _ => {}
        }
    }
}
