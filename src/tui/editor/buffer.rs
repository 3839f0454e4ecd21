//! The text being edited: tui-textarea's lines and cursor, and a history of our own on top, whose steps are words and
//! whole changes rather than characters.
//!
//! All changes go through [`Buffer::replace`], so that what follows a text (colours, undo, version) is renewed for the
//! lines that changed and not for all of them.

use super::line_ends::LineEnds;
use super::place::{Changed, Place, byte};
use super::toml::Highlight;
use crate::config::lint::SECRET_LIMIT;
use crate::secret::Secret;
use ratatui::style::{Modifier, Style};
use std::ops::Range;
use tui_textarea::{CursorMove, DataCursor, TextArea, WrapMode};

/// The widget counts lines and columns of the screen in 16 bits.
pub const LINES: usize = 65_000;
/// The same, for one line.
pub const COLUMNS: usize = 60_000;

/// What belongs to the same step of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A character was typed.
    Type,
    /// The character before the cursor went.
    Erase,
    /// The character behind the cursor went.
    Delete,
    /// A step of its own.
    Whole,
}

/// One step of the history.
#[derive(Clone)]
struct Edit {
    at: Place,
    removed: String,
    added: String,
    kind: Kind,
    /// The state before it, and after it.
    states: (u64, u64),
    line_ends: (LineEnds, LineEnds),
}

/// The text, the cursor and the selection.
pub struct Buffer {
    area: TextArea<'static>,
    highlight: Highlight,
    ends: LineEnds,
    past: Vec<Edit>,
    future: Vec<Edit>,
    /// Whether the last step may still grow.
    open: bool,
    version: u64,
    state: u64,
    /// How many states there have been.
    states: u64,
    bytes: usize,
}

impl Buffer {
    /// Takes a text.
    ///
    /// # Errors
    /// It is larger than a secret may be, or than the widget can show; the sentence says which.
    pub fn new(text: &Secret) -> Result<Self, String> {
        let bytes = text.expose().len();
        let (ends, lines) = LineEnds::split(text.expose_str());
        fits(bytes, lines.len(), lines.iter().map(|line| line.chars().count()).max().unwrap_or(0))?;
        let highlight = Highlight::new(&lines);
        let mut area = TextArea::new(lines);
        area.set_wrap_mode(WrapMode::None);
        area.set_tab_length(2);
        area.set_max_histories(0);
        area.set_cursor_line_style(Style::new());
        area.set_cursor_style(Style::new());
        area.set_selection_style(Style::new().add_modifier(Modifier::REVERSED));
        area.set_search_style(Style::new().add_modifier(Modifier::REVERSED));
        let (past, future) = (vec![], vec![]);
        Ok(Self { area, highlight, ends, past, future, open: false, version: 0, state: 0, states: 0, bytes })
    }

    /// Returns the widget, to be drawn.
    pub fn area(&self) -> &TextArea<'static> {
        &self.area
    }

    /// Returns what is what, line by line.
    pub fn highlight(&self) -> &Highlight {
        &self.highlight
    }

    /// Returns the lines, without their ends.
    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// Returns where the cursor is.
    pub fn cursor(&self) -> Place {
        let DataCursor(row, column) = self.area.cursor();
        (row, column)
    }

    /// Another one after every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns the same for the same text in the history: what was undone is as it was.
    pub fn state(&self) -> u64 {
        self.state
    }

    /// Returns how large the text is, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the text as it would be saved: a copy of all of it.
    pub fn text(&self) -> Secret {
        self.ends.join(self.area.lines(), self.bytes)
    }

    /// Returns how many bytes of [`Buffer::text`] are before a place.
    pub fn offset(&self, (row, column): Place) -> usize {
        self.ends.offset(self.area.lines(), row, column)
    }

    /// Returns the place of a byte of [`Buffer::text`].
    pub fn place(&self, at: usize) -> Place {
        self.ends.place(self.area.lines(), at)
    }

    /// Returns what stands for a carriage return inside a line, where there are any.
    pub fn cr(&self) -> Option<char> {
        self.ends.cr()
    }

    /// Moves the cursor; the selection grows with it, or ends.
    pub fn go(&mut self, to: CursorMove, select: bool) {
        match (select, self.area.is_selecting()) {
            (true, false) => self.area.start_selection(),
            (false, true) => self.area.cancel_selection(),
            _ => {}
        }
        self.area.move_cursor(to);
    }

    /// Moves the cursor to a place, as near as there is one.
    pub fn jump(&mut self, (row, column): Place, select: bool) {
        let short = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        self.go(CursorMove::Jump(short(row), short(column)), select);
    }

    /// Returns what is selected; `None` where nothing is.
    pub fn selection(&self) -> Option<Range<Place>> {
        self.area.selection_range().filter(|(from, to)| from < to).map(|(from, to)| from..to)
    }

    /// Selects all of it.
    pub fn select_all(&mut self) {
        self.jump((0, 0), false);
        self.jump((usize::MAX, usize::MAX), true);
    }

    /// Ends the selection.
    pub fn unselect(&mut self) {
        self.area.cancel_selection();
    }

    /// Returns the text between two places, its lines ended by LF.
    pub fn slice(&self, range: &Range<Place>) -> String {
        let ((top, left), (bottom, right)) = (range.start, range.end);
        let lines = self.area.lines();
        let part = |row: usize, from: usize, to: usize| &lines[row][byte(&lines[row], from)..byte(&lines[row], to)];
        if top == bottom {
            return part(top, left, right).to_owned();
        }
        let mut text = part(top, left, usize::MAX).to_owned();
        for line in &lines[top + 1..bottom] {
            text.push('\n');
            text.push_str(line);
        }
        text.push('\n');
        text.push_str(part(bottom, 0, right));
        text
    }

    /// Puts text in the place of another; the cursor is then behind it.
    ///
    /// # Errors
    /// The text would be larger than it may be; nothing is changed then.
    pub fn replace(&mut self, range: Range<Place>, text: &str, kind: Kind) -> Result<Changed, String> {
        self.step(range, text, kind, self.ends)
    }

    /// Puts a whole text in the place of this one, as one step: only the lines that differ change.
    ///
    /// # Errors
    /// As [`Buffer::replace`].
    pub fn set(&mut self, text: &Secret) -> Result<Changed, String> {
        let (ends, new) = LineEnds::split(text.expose_str());
        let old = self.area.lines();
        let same = |(a, b): &(&String, &String)| a == b;
        let least = old.len().min(new.len());
        let head = old.iter().zip(&new).take_while(same).count().min(least - 1);
        let tail = old.iter().rev().zip(new.iter().rev()).take_while(same).count().min(least - 1 - head);
        let last = old.len() - 1 - tail;
        let range = (head, 0)..(last, old[last].chars().count());
        let added = new[head..new.len() - tail].join("\n");
        self.step(range, &added, Kind::Whole, ends)
    }

    fn step(&mut self, range: Range<Place>, text: &str, kind: Kind, ends: LineEnds) -> Result<Changed, String> {
        let removed = self.slice(&range);
        let (lost, won) = (removed.matches('\n').count(), text.matches('\n').count());
        let (width, end) = (ends.width(), ends.end_width());
        let bytes = (self.bytes + width(text) + won * (end - 1)).saturating_sub(width(&removed) + lost * (end - 1));
        let longest = text.split('\n').map(|line| line.chars().count()).max().unwrap_or(0);
        let rest = self.area.lines()[range.end.0].chars().count().saturating_sub(range.end.1);
        fits(bytes, self.area.lines().len() + won - lost, range.start.1 + longest + rest)?;
        let line_ends = (self.ends, ends);
        self.ends = ends;
        let changed = self.splice(range.clone(), text);
        if line_ends.0 != line_ends.1 {
            self.bytes = self.text().expose().len();
        } else {
            self.bytes = bytes;
        }
        let before = self.state;
        self.states += 1;
        self.state = self.states;
        self.future.clear();
        if !(line_ends.0 == line_ends.1 && self.open && self.join(&range, &removed, text, kind)) {
            let (added, states) = (text.to_owned(), (before, self.state));
            self.past.push(Edit { at: range.start, removed, added, kind, states, line_ends });
        }
        self.open = kind != Kind::Whole;
        Ok(changed)
    }

    /// Whether it went into the last step.
    fn join(&mut self, range: &Range<Place>, removed: &str, text: &str, kind: Kind) -> bool {
        let state = self.state;
        let Some(last) = self.past.last_mut().filter(|last| last.kind == kind) else { return false };
        let blank = |text: &str| text.chars().next_back().is_some_and(char::is_whitespace);
        match kind {
            // A word and the blanks behind it.
            Kind::Type => {
                let new_word = blank(&last.added) && !blank(text);
                if range.start != range.end || end(last.at, &last.added) != range.start || new_word || text == "\n" {
                    return false;
                }
                last.added.push_str(text);
            }
            Kind::Erase => {
                if range.end != last.at || removed == "\n" {
                    return false;
                }
                last.at = range.start;
                last.removed.insert_str(0, removed);
            }
            Kind::Delete => {
                if range.start != last.at || removed == "\n" {
                    return false;
                }
                last.removed.push_str(removed);
            }
            Kind::Whole => return false,
        }
        last.states.1 = state;
        true
    }

    /// What is typed next is a step of its own.
    pub fn close_step(&mut self) {
        self.open = false;
    }

    /// Takes the last step back.
    pub fn undo(&mut self) -> Option<Changed> {
        let edit = self.past.pop()?;
        self.ends = edit.line_ends.0;
        let changed = self.splice(edit.at..end(edit.at, &edit.added), &edit.removed);
        self.state = edit.states.0;
        self.future.push(edit);
        self.recount();
        Some(changed)
    }

    /// Makes it again.
    pub fn redo(&mut self) -> Option<Changed> {
        let edit = self.future.pop()?;
        self.ends = edit.line_ends.1;
        let changed = self.splice(edit.at..end(edit.at, &edit.removed), &edit.added);
        self.state = edit.states.1;
        self.past.push(edit);
        self.recount();
        Some(changed)
    }

    fn recount(&mut self) {
        self.open = false;
        self.bytes = self.ends.bytes(self.area.lines());
    }

    fn splice(&mut self, range: Range<Place>, text: &str) -> Changed {
        let before = self.area.lines().len();
        self.jump(range.start, false);
        if range.start != range.end {
            self.jump(range.end, true);
            if text.is_empty() {
                self.area.cut();
            }
        }
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (None, _) => {}
            (Some('\n'), None) => {
                if self.area.is_selecting() {
                    self.area.cut(); // the widget's newline leaves a selection where it is
                }
                self.area.insert_newline();
            }
            (Some(c), None) => self.area.insert_char(c),
            _ => _ = self.area.insert_str(text),
        }
        self.area.cancel_selection();
        let removed = range.end.0 - range.start.0 + 1;
        let added = (self.area.lines().len() + removed).saturating_sub(before);
        self.version += 1;
        let changed = Changed { row: range.start.0, removed, added };
        self.highlight.renew(self.area.lines(), changed);
        changed
    }

    /// Has what matches marked; nothing where there is no pattern.
    pub fn mark(&mut self, pattern: Option<&str>) -> bool {
        self.area.set_search_pattern(pattern.unwrap_or_default()).is_ok()
    }

    /// Returns whether something is searched for.
    pub fn marked(&self) -> bool {
        self.area.search_pattern().is_some()
    }

    /// Moves the cursor to the next match.
    pub fn seek(&mut self, back: bool, from_here: bool) -> bool {
        self.area.cancel_selection();
        self.area.search_pattern().is_some()
            && if back { self.area.search_back(from_here) } else { self.area.search_forward(from_here) }
    }
}

/// Returns where text ends that begins at a place.
pub fn end((row, column): Place, text: &str) -> Place {
    let lines = text.matches('\n').count();
    let last = text.rsplit('\n').next().unwrap_or_default().chars().count();
    if lines == 0 { (row, column + last) } else { (row + lines, last) }
}

fn fits(bytes: usize, lines: usize, columns: usize) -> Result<(), String> {
    if bytes >= SECRET_LIMIT {
        return Err(format!("{bytes} bytes: a podman secret must be smaller than {SECRET_LIMIT}."));
    }
    if lines > LINES {
        return Err(format!("{lines} lines: this editor shows at most {LINES}."));
    }
    if columns > COLUMNS {
        return Err(format!("A line of {columns} characters: this editor shows at most {COLUMNS}."));
    }
    Ok(())
}
