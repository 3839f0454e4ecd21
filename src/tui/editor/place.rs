//! Places in a text of lines, and which lines a change replaced.

/// Line and column, both from 0, the column in characters.
pub type Place = (usize, usize);

/// What happened to the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The first line that changed, from 0.
    pub row: usize,
    /// So many lines from there on were replaced
    pub removed: usize,
    /// by so many.
    pub added: usize,
}

/// Returns the byte of a character of a line; its end for what is beyond.
pub fn byte(line: &str, column: usize) -> usize {
    if line.is_ascii() {
        return column.min(line.len());
    }
    line.char_indices().nth(column).map_or(line.len(), |(at, _)| at)
}
