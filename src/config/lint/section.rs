//! Looking things up in what was read: without regard to case, with their places.

use super::walk::Value;
use super::{Findings, value};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// A section, with its path and where it begins.
#[derive(Clone)]
pub(super) struct Section<'t> {
    /// `runners[0].docker`; empty for the global one.
    pub path: String,
    /// Where its header stands, in the whole text.
    pub header: Range<usize>,
    table: &'t DeTable<'t>,
    offset: usize,
}

/// Something that was found under a key.
pub(super) struct Found<'t> {
    /// The path of the key.
    pub path: String,
    /// Where the value stands, in the whole text.
    pub span: Range<usize>,
    /// The value.
    pub value: &'t DeValue<'t>,
}

impl<'t> Section<'t> {
    /// The global section.
    pub(super) fn root(table: &'t DeTable<'t>, found: &Findings) -> Self {
        Self { path: String::new(), header: 0..0, table, offset: found.source.toml().1 }
    }

    /// The path of one of its keys.
    pub(super) fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn entry(&self, name: &str) -> Option<(&'t Spanned<DeString<'t>>, &'t Value<'t>)> {
        // Most keys are spelled as they are in the table.
        self.table
            .get_key_value(name)
            .or_else(|| self.table.iter().find(|(key, _)| key.get_ref().eq_ignore_ascii_case(name)))
    }

    /// A value.
    pub(super) fn get(&self, name: &str) -> Option<Found<'t>> {
        // A value without a place is the parser's guess at one that is not there.
        let (_, value) = self.entry(name).filter(|(_, value)| !value.span().is_empty())?;
        Some(Found { path: self.key(name), span: self.at(value.span()), value: value.get_ref() })
    }

    /// Whether there is such a key.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// A text and its place.
    pub(super) fn text(&self, name: &str) -> Option<(&'t str, Found<'t>)> {
        let found = self.get(name)?;
        Some((found.value.as_str()?, found))
    }

    /// A text that is not empty.
    pub(super) fn filled(&self, name: &str) -> Option<&'t str> {
        self.text(name).map(|(text, _)| text).filter(|text| !text.is_empty())
    }

    /// A whole number and its place.
    pub(super) fn int(&self, name: &str) -> Option<(i64, Found<'t>)> {
        let found = self.get(name)?;
        Some((value::int(found.value)?, found))
    }

    /// Whether it is there and true.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|found| matches!(found.value, DeValue::Boolean(true)))
    }

    /// The texts of a list, with their places.
    pub(super) fn texts(&self, name: &str) -> Vec<(&'t str, Range<usize>)> {
        let Some(found) = self.get(name) else { return Vec::new() };
        let list = found.value.as_array().into_iter().flat_map(|array| array.iter());
        list.filter_map(|entry| Some((entry.get_ref().as_str()?, self.at(entry.span())))).collect()
    }

    /// A section below it.
    pub(super) fn section(&self, name: &str) -> Option<Self> {
        let (key, value) = self.entry(name)?;
        let table = value.get_ref().as_table()?;
        // The place of a section that only has sections below it is its name.
        let header = if value.span().is_empty() { key.span() } else { value.span() };
        Some(Self { path: self.key(name), header: self.at(header), table, offset: self.offset })
    }

    /// The sections of a list below it.
    pub(super) fn sections(&self, name: &str) -> Vec<Self> {
        let entries = self.entry(name).and_then(|(_, value)| value.get_ref().as_array());
        let entries = entries.into_iter().flat_map(|array| array.iter()).enumerate();
        let section = |(index, entry): (usize, &'t Value<'t>)| {
            let table = entry.get_ref().as_table()?;
            Some(Self {
                path: format!("{}[{index}]", self.key(name)),
                header: self.at(entry.span()),
                table,
                offset: self.offset,
            })
        };
        entries.filter_map(section).collect()
    }

    /// How many keys it has.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    fn at(&self, span: Range<usize>) -> Range<usize> {
        span.start + self.offset..span.end + self.offset
    }
}
