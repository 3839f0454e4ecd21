//! A text and the places in it.

use std::ops::Range;

/// A UTF-8 byte order mark; gitlab-runner skips one.
pub const BOM: &str = "\u{feff}";

/// Where bytes are in a text: lines and columns as an editor counts them.
#[derive(Debug)]
pub struct Source<'a> {
    /// The whole text.
    pub text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Source<'a> {
    /// Looks for the lines.
    pub fn new(text: &'a str) -> Self {
        let first = if text.starts_with(BOM) { BOM.len() } else { 0 };
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(first).chain(ends).collect() }
    }

    /// Returns what TOML is read from, and how many bytes stand before it.
    pub fn toml(&self) -> (&'a str, usize) {
        (&self.text[self.starts[0]..], self.starts[0])
    }

    /// Returns line and column of a byte, both from 1, the column in characters.
    pub fn place(&self, at: usize) -> (usize, usize) {
        let at = boundary(self.text, at);
        let line = self.starts.partition_point(|start| *start <= at).max(1);
        let before = self.text.get(self.starts[line - 1]..at).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// Returns the bytes of a line (from 1), without its end.
    pub fn line(&self, line: usize) -> Range<usize> {
        let start = self.starts.get(line - 1).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        start..start + self.text[start..end].trim_end_matches(['\n', '\r']).len()
    }

    /// Returns the text of a line (from 1), without its end.
    pub fn line_text(&self, line: usize) -> &'a str {
        &self.text[self.line(line)]
    }

    /// Returns how many lines there are; at least one.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }
}

/// Returns the nearest place at or before a byte that is no middle of a character.
pub fn boundary(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let source = Source::new("\u{feff}ä = 1\r\nb\n");
        assert_eq!(source.lines(), 3);
        assert_eq!(source.place(3), (1, 1));
        assert_eq!(source.place(6), (1, 3), "columns are characters");
        assert_eq!(source.place(4), (1, 1), "a middle of a character is its start");
        assert_eq!(source.place(11), (2, 1));
        assert_eq!((source.line_text(1), source.line_text(2), source.line_text(3)), ("ä = 1", "b", ""));
        assert_eq!(source.place(999), (3, 1));
        assert_eq!(Source::new("").place(0), (1, 1));
    }
}
