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
    walk.flush();
    walk.places
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
                self.flush();
                if let Some((start, _)) = self.in_header.take() {
                    self.place(self.header.clone(), What::Header, start..part.span.start);
                }
            }
            _ => {}
        }
    }
}
