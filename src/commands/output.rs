//! How lines are written: with a mark, with or without colour, as JSON.

use crate::problem::{Problem, Result};
use crate::text::addressed::addressed;
use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// Standard output is for JSON alone.
static JSON_ALONE: AtomicBool = AtomicBool::new(false);

/// Sends every line that is printed from now on to standard error: standard output is for JSON alone.
pub fn keep_stdout_for_json() {
    JSON_ALONE.store(true, Ordering::Relaxed);
}

/// Prints a line; see `say!`.
pub fn print_line(line: fmt::Arguments<'_>) {
    let line = line.to_string();
    let line = addressed(&line);
    let _ = match JSON_ALONE.load(Ordering::Relaxed) {
        true => writeln!(std::io::stderr(), "{line}"),
        false => writeln!(std::io::stdout(), "{line}"),
    };
}

/// Prints a line to standard error; see `complain!`.
pub fn complain_line(line: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{}", addressed(&line.to_string()));
}

/// How plain lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tone {
    /// With colour.
    pub color: bool,
}

impl Tone {
    /// Returns a word and a glyph for good and bad; never colour alone.
    pub fn mark(self, ok: Option<bool>) -> String {
        let (glyph, color) = match ok {
            Some(true) => ("ok  ", 32),
            Some(false) => ("FAIL", 31),
            None => ("-   ", 33),
        };
        self.paint(glyph, color)
    }

    /// In a colour (an SGR number), where there are colours.
    pub fn paint(self, text: &str, color: u8) -> String {
        if self.color { format!("\u{1b}[{color}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Prints a value as JSON.
///
/// # Errors
/// It cannot be written as JSON.
pub fn print_json(value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| Problem::new(format!("No JSON could be made: {e}."), "Report this as a bug."))?;
    let _ = writeln!(std::io::stdout(), "{}", addressed(&text));
    Ok(())
}
