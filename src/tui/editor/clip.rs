//! Copy, cut and paste. What goes to the terminal's clipboard (OSC 52) leaves this program: tokens that are not shown
//! do not go with it.

use super::Editor;
use super::buffer::Kind;
use super::place::Place;
use crate::secret::Secret;
use crate::tui::act::Act;
use crate::tui::keys::binding::key_of;
use crate::tui::screen::editor::keys::EDITOR;
use std::ops::Range;

/// What terminals take at most, before they are in base64.
const LARGEST: usize = 70_000;

impl Editor {
    /// Copies what is selected, or the line; gives what is for the terminal.
    pub fn copy(&mut self) -> Option<Secret> {
        let (range, _) = self.cuttable();
        self.take(&range)
    }

    /// Returns the same, and removes it.
    pub fn cut(&mut self) -> Option<Secret> {
        let (range, whole) = self.cuttable();
        let copied = self.take(&range);
        self.change(whole, "", Kind::Whole);
        copied
    }

    /// What is selected, else the line the cursor is on: to copy, and to remove.
    fn cuttable(&self) -> (Range<Place>, Range<Place>) {
        if let Some(selection) = self.buffer.selection() {
            return (selection.clone(), selection);
        }
        let (row, lines) = (self.buffer.cursor().0, self.buffer.lines());
        let end = |row: usize| (row, lines[row].chars().count());
        let whole = match row {
            _ if row + 1 < lines.len() => (row, 0)..(row + 1, 0),
            0 => (0, 0)..end(0),
            _ => end(row - 1)..end(row),
        };
        ((row, 0)..end(row), whole)
    }

    fn take(&mut self, range: &Range<Place>) -> Option<Secret> {
        let line = self.buffer.selection().is_none();
        let end = if line { "\n" } else { "" };
        let text = Secret::new(self.buffer.slice(range) + end);
        if text.expose().is_empty() {
            return None;
        }
        let (outside, masked) = self.shown(range, end);
        self.clip = text;
        let what = if line { "The line" } else { "The selection" };
        let limit = outside.expose().len() > LARGEST;
        self.notice = match (limit, masked) {
            (true, _) => {
                let put = key_of(EDITOR, Act::Put);
                format!("{what} is copied; too large for the terminal's clipboard, {put} puts it in here.")
            }
            (_, true) => {
                format!(
                    "{what} is copied; outside with its tokens masked ({} shows them).",
                    key_of(EDITOR, Act::Reveal)
                )
            }
            _ => format!("{what} is copied."),
        };
        (!limit).then_some(outside)
    }

    /// A part of the text as it is on the screen, and whether something of it is masked.
    fn shown(&self, range: &Range<Place>, end: &str) -> (Secret, bool) {
        let mut text = String::new();
        let mut masked = false;
        for row in range.start.0..=range.end.0 {
            let line = &self.buffer.lines()[row];
            let from = if row == range.start.0 { range.start.1 } else { 0 };
            let to = if row == range.end.0 { range.end.1 } else { usize::MAX };
            let hidden = if self.reveal { vec![] } else { self.hidden(row) };
            let mut inside = false;
            for (column, c) in line.chars().enumerate().skip(from).take_while(|(column, _)| *column < to) {
                let hide = hidden.iter().any(|part| part.contains(&column));
                match (hide, inside) {
                    (false, _) => text.push(if self.buffer.cr() == Some(c) { '\r' } else { c }),
                    (true, false) => text.push_str("[MASKED]"),
                    (true, true) => {}
                }
                (inside, masked) = (hide, masked || hide);
            }
            if row < range.end.0 {
                text.push('\n');
            }
        }
        text.push_str(end);
        (Secret::new(text), masked)
    }

    /// Puts in what was copied here.
    pub fn put(&mut self) {
        let text = self.clip.clone();
        if text.expose().is_empty() {
            self.notice = "Nothing was copied here; the terminal's own paste works too.".into();
        } else {
            self.insert(text.expose_str());
        }
    }

    /// Takes a paste of the terminal; what would move its cursor goes.
    pub fn paste(&mut self, text: &str) {
        let cr = self.buffer.cr();
        let clean: String = text
            .replace("\r\n", "\n")
            .replace('\r', "\n")
            .chars()
            .filter(|c| (!c.is_control() || "\n\t".contains(*c)) && Some(*c) != cr)
            .collect();
        self.insert(&clean);
    }
}

/// Returns what tells a terminal to put text into its clipboard (OSC 52).
pub fn osc52(text: &Secret) -> Secret {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut sequence = Vec::with_capacity(text.expose().len() * 4 / 3 + 16);
    sequence.extend_from_slice(b"\x1b]52;c;");
    for part in text.expose().chunks(3) {
        let bits = part.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for index in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * index)) as usize & 63];
            sequence.push(if index <= part.len() { digit } else { b'=' });
        }
    }
    sequence.push(7);
    Secret::new(sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64() {
        for (text, expected) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar?", "Zm9vYmFyPw==")]
        {
            assert_eq!(osc52(&Secret::new(text)).expose_str(), format!("\x1b]52;c;{expected}\x07"));
        }
    }

    #[test]
    fn a_token_leaves_only_where_it_is_seen() {
        let mut editor = Editor::new(&Secret::new("a = 1\n  token = \"glrt-xyz\"\n")).unwrap();
        editor.buffer.select_all();
        assert_eq!(editor.copy().unwrap().expose_str(), "a = 1\n  token = \"[MASKED]\"");
        editor.reveal = true;
        editor.buffer.select_all();
        assert_eq!(editor.cut().unwrap().expose_str(), "a = 1\n  token = \"glrt-xyz\"");
        assert_eq!(editor.buffer.text().expose_str(), "\n");
        editor.reveal = false;
        editor.put();
        assert_eq!(editor.buffer.text().expose_str(), "a = 1\n  token = \"glrt-xyz\"\n", "here it is whole");
    }

    #[test]
    fn a_line_is_cut_with_its_end() {
        let mut editor = Editor::new(&Secret::new("a\r\nb\r\nc")).unwrap();
        editor.buffer.jump((1, 1), false);
        editor.cut();
        assert_eq!(editor.buffer.text().expose_str(), "a\r\nc");
        editor.cut();
        assert_eq!(editor.buffer.text().expose_str(), "a");
        editor.put();
        assert_eq!(editor.buffer.text().expose_str(), "ac\r\n");
        editor.buffer.undo();
        editor.cut();
        assert_eq!(editor.buffer.text().expose_str(), "");
    }

    #[test]
    fn a_paste_is_cleaned() {
        let mut editor = Editor::new(&Secret::new("\r\n")).unwrap();
        editor.paste("a = 1\r\n\u{1b}[31mb = 2\u{7}\u{9b}1m\rc");
        assert_eq!(editor.buffer.text().expose_str(), "a = 1\r\n[31mb = 21m\r\nc\r\n");
    }
}
