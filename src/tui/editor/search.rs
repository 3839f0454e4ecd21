//! Searching and replacing: what is typed into the [`Prompt`] moves the cursor at once. The widget searches line by line;
//! what goes over several lines is searched for here.

use super::Editor;
use super::buffer::Kind;
use super::place::{Place, byte};
use super::prompt::{Ask, Prompt};
use crate::tui::act::Act;
use crate::tui::input::TextField;
use crate::tui::keys::binding::key_of;
use crate::tui::screen::editor::keys::EDITOR;
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
        let text = if text == "\n" { text } else { text.trim() };
        let line = text.replace("\r\n", "\n").replace(['\r', '\n'], LINE_END);
        if prompt.fields[focus].insert(&line) {
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
        let lines = text.contains(LINE_END);
        self.sought = regex(text).filter(|_| lines);
        let pattern = pattern(text).filter(|_| !lines);
        let marked = self.buffer.mark(pattern.as_deref());
        let none = pattern.is_none() && self.sought.is_none();
        let found = none || (marked || lines) && self.seek(false, true);
        self.notice = if found { String::new() } else { format!("`{text}` is not in the text.") };
    }

    /// On to the next place, or back to the one before.
    pub fn next(&mut self, back: bool) {
        if !self.seek(back, false) {
            self.notice = format!("Nothing to search for: {} asks.", key_of(EDITOR, Act::Search));
        }
    }

    /// Replaces at the cursor, where it stands on a place, and goes on to the next.
    fn replace_one(&mut self, text: &str, by: &str) {
        let Some(pattern) = regex(text) else { return };
        let (whole, at) = self.whole();
        let here = pattern.find_at(&whole, at).filter(|found| found.start() == at);
        if let Some(found) = here {
            let range = place(&whole, found.start())..place(&whole, found.end());
            self.change(range, &by.replace(LINE_END, "\n"), Kind::Whole);
        }
        if !self.seek(false, true) {
            self.notice = format!("`{text}` is not in the text any more.");
        }
    }

    /// All lines, and the byte that the cursor is at.
    fn whole(&self) -> (String, usize) {
        let (lines, (row, column)) = (self.buffer.lines(), self.buffer.cursor());
        let before: usize = lines[..row].iter().map(|line| line.len() + 1).sum();
        (lines.join("\n"), before + byte(&lines[row], column))
    }

    /// Moves the cursor to the next place, round the ends of the text. What goes over several lines is selected there.
    fn seek(&mut self, back: bool, from_here: bool) -> bool {
        let Some(pattern) = &self.sought else { return self.buffer.seek(back, from_here) };
        let (whole, at) = self.whole();
        let found: Vec<Range<usize>> = pattern.find_iter(&whole).map(|found| found.range()).collect();
        let next = match back {
            true => found.iter().rfind(|found| found.start < at).or(found.last()),
            false => found.iter().find(|found| found.start > at || from_here && found.start == at).or(found.first()),
        };
        let Some(found) = next else { return false };
        self.buffer.jump(place(&whole, found.end), false);
        self.buffer.jump(place(&whole, found.start), true);
        true
    }

    /// Replaces everywhere, as one step.
    pub fn replace_all(&mut self) {
        let Some(prompt) = self.prompt.take() else { return };
        let Some(pattern) = regex(prompt.text()) else { return };
        self.sought = None;
        let whole = self.whole().0;
        let mut found = pattern.find_iter(&whole).map(|found| found.range());
        let Some(begin) = found.next() else {
            self.notice = format!("`{}` is not in the text.", prompt.text());
            return;
        };
        let end = found.last().unwrap_or_else(|| begin.clone()).end;
        let (first, last) = (place(&whole, begin.start).0, place(&whole, end).0);
        let mut count = 0;
        let by = |_: &regex::Captures| {
            count += 1;
            prompt.other().replace(LINE_END, "\n")
        };
        let range: Range<Place> = (first, 0)..(last, self.buffer.lines()[last].chars().count());
        let old = self.buffer.slice(&range);
        let new = pattern.replace_all(&old, by).into_owned();
        if self.change(range, &new, Kind::Whole) {
            self.buffer.jump((first, 0), false);
            self.notice = format!("Replaced {count} {}.", if count == 1 { "place" } else { "places" });
        }
    }
}

/// What stands for a line's end in what is typed.
const LINE_END: &str = "↵";

/// The place of a byte.
fn place(whole: &str, at: usize) -> Place {
    let before = &whole[..at];
    (before.matches('\n').count(), before.rsplit('\n').next().unwrap_or_default().chars().count())
}

/// Text as a pattern; `None` for none.
fn pattern(text: &str) -> Option<String> {
    let escaped = regex::escape(&text.replace(LINE_END, "\n"));
    let plain = text.chars().any(char::is_uppercase);
    (!text.is_empty()).then(|| if plain { escaped } else { format!("(?i){escaped}") })
}

fn regex(text: &str) -> Option<regex::Regex> {
    regex::Regex::new(&pattern(text)?).ok()
}
