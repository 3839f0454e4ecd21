//! The editor of the configuration: text in, text out, and all that is known about it while it is typed.
//!
//! [`Buffer`](buffer::Buffer) is the text; [`check`] what is worked out about it on other threads; [`prompt`] what is asked
//! for a search, a replacement or a line; [`recipe`] whole changes by name. What they do is beside each: `search`,
//! `apply_recipe`, [`clip`] the clipboard.

mod apply_recipe;
pub mod buffer;
pub mod check;
pub mod clip;
mod line_ends;
mod lines;
pub mod place;
pub mod prompt;
pub mod recipe;
mod search;
pub mod toml;

use crate::change::Standing;
use crate::change::unsaved::Unsaved;
use crate::config::complete::KeyHelp;
use crate::config::source::Source;
use crate::secret::Secret;
use buffer::{Buffer, Kind};
use check::{Asked, Popup, Reader, Seen, Snapshot, question};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use place::{Changed, Place, byte};
use prompt::Prompt;
use recipe::Recipes;
use std::ops::Range;
use std::sync::Arc;
use toml::Class;
use tui_textarea::CursorMove;

/// Up to this many bytes all secrets are looked for with each key; above, what cannot be told from its own line is
/// hidden a moment later.
const SMALL: usize = 32_000;

/// A configuration being edited.
pub struct Editor {
    /// The text and the cursor.
    pub buffer: Buffer,
    /// Whether secrets may be seen.
    pub reveal: bool,
    /// What is wrong, for the text's version.
    pub seen: Asked<u64, Seen>,
    /// What the key at the cursor means.
    pub help: Asked<(u64, usize), Option<KeyHelp>>,
    /// What may stand at the cursor, where that was asked.
    pub popup: Option<Popup>,
    /// What is asked on the status line.
    pub prompt: Option<Prompt>,
    /// The recipes, where they are looked at.
    pub recipes: Option<Recipes>,
    /// A word about what was just done.
    pub notice: String,
    /// Where the text came from, where it changes a configuration that is at work.
    pub standing: Option<Box<Standing>>,
    /// What the work file said when it was read, or written last.
    pub work: Option<Secret>,
    /// What this was begun from, where that is a text that nobody saved.
    pub restored: Option<Unsaved>,
    /// It is to be kept as soon as it has been looked at.
    pub keeping: bool,
    reader: Reader,
    snapshot: Option<Arc<Snapshot>>,
    clip: Secret,
    /// What is searched for, where it goes over several lines.
    sought: Option<regex::Regex>,
    saved: u64,
    touched: bool,
}

impl Editor {
    /// Opens a text.
    ///
    /// # Errors
    /// It cannot be edited here; the sentence says why.
    pub fn new(text: &Secret) -> Result<Self, String> {
        let mut editor = Self {
            buffer: Buffer::new(text)?,
            reveal: false,
            seen: Asked::default(),
            help: Asked::default(),
            popup: None,
            prompt: None,
            recipes: None,
            notice: String::new(),
            standing: None,
            work: None,
            restored: None,
            keeping: false,
            reader: Reader::default(),
            snapshot: None,
            clip: Secret::new(""),
            sought: None,
            saved: 0,
            touched: false,
        };
        editor.seen.answer.secrets = check::hidden(&Source::new(text.expose_str()));
        Ok(editor)
    }

    /// Returns the same, for who will read it, and as a change of what is at work.
    pub fn of(mut self, reader: Reader, standing: Option<Box<Standing>>) -> Self {
        (self.reader, self.standing) = (reader, standing);
        self
    }

    /// Returns whether there is something that was not kept.
    pub fn unsaved(&self) -> bool {
        self.buffer.state() != self.saved
    }

    /// Returns whether it is as it was opened, and nothing was kept.
    pub fn untouched(&self) -> bool {
        !self.touched
    }

    /// The text of this state was kept.
    pub fn kept(&mut self, state: u64) {
        self.buffer.close_step();
        (self.saved, self.touched) = (state, true);
        self.notice = "Kept.".into();
    }

    /// Returns a copy of the text, made once a version.
    pub fn snapshot(&mut self) -> Arc<Snapshot> {
        let version = self.buffer.version();
        match &self.snapshot {
            Some(snapshot) if snapshot.version == version => snapshot.clone(),
            _ => {
                let snapshot = Arc::new(Snapshot { version, text: self.buffer.text(), reader: self.reader });
                self.snapshot = Some(snapshot.clone());
                snapshot
            }
        }
    }

    /// Returns the characters of a line that are not to be seen.
    pub fn hidden(&self, row: usize) -> Vec<Range<usize>> {
        let Some(line) = self.buffer.lines().get(row) else { return vec![] };
        let column = |at: usize| line[..at].chars().count();
        let own = self.buffer.highlight().line(row).iter().filter(|(_, class)| *class == Class::Secret);
        let own = own.map(|(range, _)| column(range.start)..column(range.end));
        let from = self.seen.answer.secrets.partition_point(|(at, _)| *at < row);
        let found = self.seen.answer.secrets[from..].iter().take_while(|(at, _)| *at == row);
        let mut parts: Vec<Range<usize>> = own.chain(found.map(|(_, columns)| columns.clone())).collect();
        parts.retain(|part| !part.is_empty());
        parts.sort_by_key(|part| part.start);
        // Most are found twice.
        parts.dedup_by(|part, before| {
            let meet = part.start <= before.end;
            before.end = if meet { before.end.max(part.end) } else { before.end };
            meet
        });
        parts
    }

    /// Moves the cursor to a line and a column, from 1.
    pub fn go_to(&mut self, line: usize, column: usize) {
        self.buffer.jump((line.saturating_sub(1), column.saturating_sub(1)), false);
        self.buffer.close_step();
    }

    /// On to the next finding, or back to the one before.
    pub fn next_finding(&mut self, back: bool) {
        let (row, column) = self.buffer.cursor();
        match self.seen.answer.next(row, column, back).map(|finding| (finding.line, finding.column)) {
            Some((line, column)) => self.go_to(line, column),
            None => self.notice = "Nothing is wrong with it.".into(),
        }
    }

    /// Takes a key that belongs to the text. `page` is how many lines are in sight.
    pub fn key(&mut self, key: KeyEvent, page: usize) {
        self.notice.clear();
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let (row, column) = self.buffer.cursor();
        let here = (row, column)..(row, column);
        let selected = self.buffer.selection();
        match key.code {
            KeyCode::Char('w') if control => {
                self.buffer.go(CursorMove::WordBack, false);
                self.change(self.buffer.cursor()..here.start, "", Kind::Whole);
            }
            KeyCode::Char(c) if !control => {
                let range = selected.unwrap_or(here);
                self.change(range, c.encode_utf8(&mut [0; 4]), Kind::Type);
            }
            KeyCode::Enter => {
                let line = &self.buffer.lines()[row];
                let blanks: String = line.chars().take(column).take_while(|c| " \t".contains(*c)).collect();
                self.change(selected.unwrap_or(here), &format!("\n{blanks}"), Kind::Whole);
            }
            KeyCode::Tab | KeyCode::BackTab => self.indent(key.code == KeyCode::BackTab, selected.unwrap_or(here)),
            KeyCode::Backspace | KeyCode::Delete => {
                let (kind, to) = match key.code {
                    KeyCode::Backspace => (Kind::Erase, CursorMove::Back),
                    _ => (Kind::Delete, CursorMove::Forward),
                };
                if let Some(selected) = selected {
                    self.change(selected, "", Kind::Whole);
                    return;
                }
                self.buffer.go(to, false);
                let other = self.buffer.cursor();
                let range = if other < here.start { other..here.start } else { here.start..other };
                if range.start != range.end {
                    self.change(range, "", kind);
                }
            }
            code => self.walk(code, control, key.modifiers.contains(KeyModifiers::SHIFT), page),
        }
    }

    /// A key that moves the cursor.
    fn walk(&mut self, code: KeyCode, control: bool, select: bool, page: usize) {
        let (row, column) = self.buffer.cursor();
        let by = page.max(2) - 1;
        let to = match code {
            KeyCode::Up => CursorMove::Up,
            KeyCode::Down => CursorMove::Down,
            KeyCode::Left if control => CursorMove::WordBack,
            KeyCode::Right if control => CursorMove::WordForward,
            KeyCode::Left => CursorMove::Back,
            KeyCode::Right => CursorMove::Forward,
            KeyCode::Home if control => CursorMove::Jump(0, 0),
            KeyCode::End if control => CursorMove::Jump(u16::MAX, u16::MAX),
            KeyCode::Home => CursorMove::Head,
            KeyCode::End => CursorMove::End,
            KeyCode::PageUp => return self.buffer.jump((row.saturating_sub(by), column), select),
            KeyCode::PageDown => return self.buffer.jump((row + by, column), select),
            _ => return,
        };
        self.popup = None;
        self.buffer.close_step();
        self.buffer.go(to, select);
    }

    /// Two blanks in front of the lines, or away from there; at the cursor where nothing is selected.
    fn indent(&mut self, back: bool, range: Range<Place>) {
        if !back && range.start.0 == range.end.0 {
            self.change(range, "  ", Kind::Whole);
            return;
        }
        let (first, last) = (range.start.0, range.end.0);
        let lines = &self.buffer.lines()[first..=last];
        let (width, at) = (lines[lines.len() - 1].chars().count(), self.buffer.cursor());
        let moved = |line: &String| match back {
            true => line.strip_prefix("  ").or(line.strip_prefix(['\t', ' '])).unwrap_or(line).to_owned(),
            false if line.is_empty() => String::new(),
            false => format!("  {line}"),
        };
        let new: Vec<String> = lines.iter().map(moved).collect();
        if new != lines {
            self.change((first, 0)..(last, width), &new.join("\n"), Kind::Whole);
            self.buffer.jump(at, false);
        }
    }

    /// Puts text in at the cursor, or in the place of what is selected; a step of its own.
    pub fn insert(&mut self, text: &str) {
        let here = self.buffer.cursor();
        self.change(self.buffer.selection().unwrap_or(here..here), text, Kind::Whole);
    }

    /// Changes the text; says so where it cannot. Says whether it did.
    pub fn change(&mut self, range: Range<Place>, text: &str, kind: Kind) -> bool {
        if range.start == range.end && text.is_empty() {
            return false;
        }
        let changed = self.buffer.replace(range, text, kind);
        self.changed(changed)
    }

    /// Puts a whole text in the place of this one, as one step. Says whether it did.
    pub fn set(&mut self, text: &Secret) -> bool {
        if *text == self.buffer.text() {
            return false;
        }
        let changed = self.buffer.set(text);
        self.changed(changed)
    }

    fn changed(&mut self, changed: Result<Changed, String>) -> bool {
        match changed {
            Ok(changed) => {
                self.seen.answer.shift(changed);
                if self.buffer.bytes() < SMALL {
                    let snapshot = self.snapshot();
                    self.seen.answer.secrets = check::hidden(&Source::new(snapshot.text.expose_str()));
                }
                true
            }
            Err(why) => {
                self.notice = why;
                false
            }
        }
    }

    /// Takes the last step back.
    pub fn undo(&mut self) {
        self.popup = None;
        self.notice.clear();
        match self.buffer.undo() {
            Some(changed) => _ = self.changed(Ok(changed)),
            None => self.notice = "There is nothing to undo.".into(),
        }
    }

    /// Makes it again.
    pub fn redo(&mut self) {
        self.popup = None;
        self.notice.clear();
        match self.buffer.redo() {
            Some(changed) => _ = self.changed(Ok(changed)),
            None => self.notice = "There is nothing to redo.".into(),
        }
    }

    /// Returns whether Tab asks what may stand here: behind a word, on a line that is not all blank before the cursor.
    pub fn completes(&self) -> bool {
        let (row, column) = self.buffer.cursor();
        let line = &self.buffer.lines()[row];
        let before = line[..byte(line, column)].chars().next_back();
        self.buffer.selection().is_none() && before.is_some_and(|c| c.is_alphanumeric() || "_.[\"'=".contains(c))
    }

    /// Puts the chosen possibility in; one step.
    pub fn accept(&mut self) {
        let Some(popup) = &self.popup else { return };
        if !popup.list.current(question(&self.buffer)) {
            return; // the list is of another text; the new one is a moment away
        }
        let range = popup.list.answer.replace.clone();
        let item = popup.list.answer.items.get(popup.chosen).map(|item| item.text.clone());
        self.popup = None;
        if let Some(text) = item {
            let places = self.buffer.place(range.start)..self.buffer.place(range.end);
            self.change(places, &text, Kind::Whole);
            // Behind a key its values follow.
            if text.trim_end().ends_with('=') {
                self.popup = Some(Popup { unasked: true, ..Popup::default() });
            }
        }
    }
}

impl std::fmt::Debug for Editor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Editor({} lines)", self.buffer.lines().len())
    }
}

#[cfg(test)]
mod tests;
