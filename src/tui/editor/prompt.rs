//! What is asked for on the status line: something to search for, to replace, or a line to go to.

use super::place::Place;
use crate::tui::input::TextField;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Text to search for.
    Search,
    /// Text to search for, and what to put in its place.
    Replace,
    /// A line's number.
    Line,
}

/// The question, and what was typed so far.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What is asked for.
    pub ask: Ask,
    /// One field, or two.
    pub fields: Vec<TextField>,
    /// The field that takes the keys.
    pub focus: usize,
    /// Where the cursor was.
    pub from: Place,
}

impl Prompt {
    /// Returns what is searched for, or the line.
    pub fn text(&self) -> &str {
        self.fields[0].text()
    }

    /// Returns what is put in its place.
    pub fn other(&self) -> &str {
        self.fields.get(1).map(TextField::text).unwrap_or_default()
    }
}
