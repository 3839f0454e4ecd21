//! Searching and replacing: what is typed into the [`Prompt`] moves the cursor at once.

use super::Editor;
use super::buffer::Kind;
use super::place::{Place, byte};
use super::prompt::{Ask, Prompt};
use crate::tui::input::TextField;
use crossterm::event::KeyEvent;
use std::ops::Range;

impl Editor {
    /// Asks.
    pub fn ask(&mut self, ask: Ask) {
        self.popup = None;
        let fields = vec![TextField::default(); if ask == Ask::Replace { 2 } else { 1 }];
        self.prompt = Some(Prompt { ask, fields, focus: 0, from: self.buffer.cursor() });
    }

    /// Takes a key for the question.
    pub fn prompt_key(&mut self, key: KeyEvent) {
        let Some(prompt) = &mut self.prompt else { return };
        let focus = prompt.focus;
        if prompt.fields[focus].key(key) {
            self.prompt_changed();
        }
    }

    /// Takes a paste for it.
    pub fn prompt_paste(&mut self, text: &str) {
        let Some(prompt) = &mut self.prompt else { return };
        let focus = prompt.focus;
        if prompt.fields[focus].insert(text.trim()) {
            self.prompt_changed();
        }
    }

    fn prompt_changed(&mut self) {
        let Some(Prompt { ask, focus: 0, from, .. }) = self.prompt else { return };
        if ask != Ask::Line {
            let text = self.prompt.as_ref().map(|prompt| prompt.text().to_owned()).unwrap_or_default();
            self.buffer.jump(from, false);
            self.find(&text);
        }
    }

    /// On to the other field.
    pub fn prompt_field(&mut self) {
        if let Some(prompt) = &mut self.prompt {
            prompt.focus = (prompt.focus + 1) % prompt.fields.len();
        }
    }

    /// Enter: done, or one more place replaced.
    pub fn answer(&mut self) {
        let Some(prompt) = self.prompt.clone() else { return };
        match prompt.ask {
            Ask::Search => self.prompt = None,
            Ask::Line => {
                self.prompt = None;
                match prompt.text().trim().parse::<usize>() {
                    Ok(line) => self.go_to(line, 1),
                    Err(_) => self.notice = "That is no line number.".into(),
                }
            }
            Ask::Replace if prompt.focus == 0 => self.prompt_field(),
            Ask::Replace => self.replace_one(prompt.text(), prompt.other()),
        }
    }

    /// Searches for text as it stands, from the cursor on; capitals count where there are any.
    pub fn find(&mut self, text: &str) {
        let pattern = pattern(text);
        let marked = self.buffer.mark(pattern.as_deref());
        let found = pattern.is_none() || marked && self.buffer.seek(false, true);
        self.notice = if found { String::new() } else { format!("`{text}` is not in the text.") };
    }

    /// On to the next place, or back to the one before.
    pub fn next(&mut self, back: bool) {
        if !self.buffer.seek(back, false) {
            self.notice = "Nothing to search for: Ctrl-F asks.".into();
        }
    }

    /// Replaces at the cursor, where it stands on a place, and goes on to the next.
    fn replace_one(&mut self, text: &str, by: &str) {
        let Some(pattern) = regex(text) else { return };
        let (row, column) = self.buffer.cursor();
        let line = &self.buffer.lines()[row];
        let start = byte(line, column);
        let here = pattern.find_at(line, start).filter(|found| found.start() == start);
        if let Some(found) = here {
            let width = found.as_str().chars().count();
            self.change((row, column)..(row, column + width), by, Kind::Whole);
        }
        if !self.buffer.seek(false, true) {
            self.notice = format!("`{text}` is not in the text any more.");
        }
    }

    /// Replaces everywhere, as one step.
    pub fn replace_all(&mut self) {
        let Some(prompt) = self.prompt.take() else { return };
        let Some(pattern) = regex(prompt.text()) else { return };
        let lines = self.buffer.lines();
        let hit = |line: &String| pattern.is_match(line);
        let (Some(first), Some(last)) = (lines.iter().position(hit), lines.iter().rposition(hit)) else {
            self.notice = format!("`{}` is not in the text.", prompt.text());
            return;
        };
        let mut count = 0;
        let by = |_: &regex::Captures| {
            count += 1;
            prompt.other().to_owned()
        };
        let range: Range<Place> = (first, 0)..(last, lines[last].chars().count());
        let old = self.buffer.slice(&range);
        let new = pattern.replace_all(&old, by).into_owned();
        if self.change(range, &new, Kind::Whole) {
            self.buffer.jump((first, 0), false);
            self.notice = format!("Replaced {count} {}.", if count == 1 { "place" } else { "places" });
        }
    }
}

/// Text as a pattern; `None` for none.
fn pattern(text: &str) -> Option<String> {
    let escaped = regex::escape(text);
    let plain = text.chars().any(char::is_uppercase);
    (!text.is_empty()).then(|| if plain { escaped } else { format!("(?i){escaped}") })
}

fn regex(text: &str) -> Option<regex::Regex> {
    regex::Regex::new(&pattern(text)?).ok()
}
