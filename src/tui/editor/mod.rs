//! The editor of the configuration: text in, text out, and what is wrong with it as it is typed.

pub mod toml;

use super::input::TextField;
use crate::config::document::{self, Diagnostic};
use crate::secret::Secret;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::{CursorMove, DataCursor, TextArea, WrapMode};

/// What is kept of a text that a list of lines does not show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// A byte order mark in front.
    bom: bool,
    /// Every line ends with CR LF.
    crlf: bool,
    /// The last line has an end.
    end: bool,
}

/// A configuration being edited.
pub struct Editor {
    /// The text and the cursor.
    pub area: TextArea<'static>,
    /// What is what, line by line.
    pub spans: Vec<Vec<toml::Span>>,
    /// What is wrong.
    pub errors: Vec<Diagnostic>,
    /// Whether secrets may be seen.
    pub reveal: bool,
    /// What is searched for, while it is being typed.
    pub search: Option<TextField>,
    /// A word about what was just done.
    pub notice: String,
    form: Form,
    saved: Secret,
    opened: Secret,
}

impl Editor {
    /// Opens a text.
    pub fn new(text: &Secret) -> Self {
        let (form, lines) = split(text.expose_str());
        let mut area = TextArea::new(lines);
        area.set_wrap_mode(WrapMode::None);
        area.set_tab_length(2);
        area.set_max_histories(10_000);
        area.set_cursor_line_style(ratatui::style::Style::new());
        area.set_cursor_style(ratatui::style::Style::new());
        area.set_line_number_style(ratatui::style::Style::new().add_modifier(ratatui::style::Modifier::DIM));
        let mut editor = Self {
            area,
            spans: vec![],
            errors: vec![],
            reveal: false,
            search: None,
            notice: String::new(),
            form,
            saved: text.clone(),
            opened: text.clone(),
        };
        editor.changed();
        editor
    }

    /// The text as it would be saved.
    pub fn text(&self) -> Secret {
        let end = if self.form.crlf { "\r\n" } else { "\n" };
        let mut text = if self.form.bom { "\u{feff}".to_owned() } else { String::new() };
        text.push_str(&self.area.lines().join(end));
        if self.form.end {
            text.push_str(end);
        }
        Secret::new(text)
    }

    /// Whether there is something that was not kept.
    pub fn unsaved(&self) -> bool {
        self.text() != self.saved
    }

    /// Whether it is as it was opened.
    pub fn untouched(&self) -> bool {
        self.saved == self.opened
    }

    /// It was kept.
    pub fn kept(&mut self, text: Secret) {
        self.saved = text;
        self.notice = "Kept.".into();
    }

    /// The error on the cursor's line, else the first.
    pub fn error(&self) -> Option<&Diagnostic> {
        let line = self.area.cursor().0 + 1;
        self.errors.iter().find(|error| error.line == line).or_else(|| self.errors.first())
    }

    /// Moves the cursor to a line, from 1.
    pub fn go_to(&mut self, line: usize) {
        self.area.move_cursor(CursorMove::Jump(u16::try_from(line.saturating_sub(1)).unwrap_or(u16::MAX), 0));
    }

    /// Takes a key that belongs to the text. `page` is how many lines are in sight.
    pub fn key(&mut self, key: KeyEvent, page: u16) {
        self.notice.clear();
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let (at, last) = (self.area.cursor(), self.area.lines().len() - 1);
        let area = &mut self.area;
        let mut go = |to| {
            area.move_cursor(to);
            false
        };
        let changed = match key.code {
            KeyCode::Up => go(CursorMove::Up),
            KeyCode::Down => go(CursorMove::Down),
            KeyCode::Left if control => go(CursorMove::WordBack),
            KeyCode::Right if control => go(CursorMove::WordForward),
            KeyCode::Left => go(CursorMove::Back),
            KeyCode::Right => go(CursorMove::Forward),
            KeyCode::Home if control => go(CursorMove::Top),
            KeyCode::End if control => go(CursorMove::Bottom),
            KeyCode::Home => go(CursorMove::Head),
            KeyCode::End => go(CursorMove::End),
            KeyCode::PageUp | KeyCode::PageDown => {
                let DataCursor(line, column) = at;
                let by = usize::from(page.max(2) - 1);
                let line = if key.code == KeyCode::PageUp { line.saturating_sub(by) } else { line + by };
                let short = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
                go(CursorMove::Jump(short(line.min(last)), short(column)))
            }
            _ if control => false,
            _ => self.area.input_without_shortcuts(tui_textarea::Input::from(key)),
        };
        if changed {
            self.changed();
        }
    }

    /// Takes a paste; what would move the cursor of a terminal goes.
    pub fn paste(&mut self, text: &str) {
        let clean: String = text
            .replace("\r\n", "\n")
            .replace('\r', "\n")
            .chars()
            .filter(|c| !c.is_control() || "\n\t".contains(*c))
            .collect();
        self.area.insert_str(clean);
        self.changed();
    }

    /// Takes the last change back.
    pub fn undo(&mut self) {
        self.notice = if self.area.undo() { String::new() } else { "There is nothing to undo.".into() };
        self.changed();
    }

    /// Makes it again.
    pub fn redo(&mut self) {
        self.notice = if self.area.redo() { String::new() } else { "There is nothing to redo.".into() };
        self.changed();
    }

    /// Searches for what was typed, as it stands; from the cursor on, or from behind it.
    pub fn find(&mut self, text: &str, from_here: bool) {
        let pattern = regex::escape(text);
        let pattern = if text.chars().any(char::is_uppercase) { pattern } else { format!("(?i){pattern}") };
        let valid = self.area.set_search_pattern(if text.is_empty() { "" } else { &pattern }).is_ok();
        self.notice = match text.is_empty() || (valid && self.area.search_forward(from_here)) {
            true => String::new(),
            false => format!("`{text}` is not in the text."),
        };
    }

    /// On to the next place, or back to the one before.
    pub fn next(&mut self, back: bool) {
        if self.area.search_pattern().is_some() {
            _ = if back { self.area.search_back(false) } else { self.area.search_forward(false) };
        }
    }

    fn changed(&mut self) {
        self.spans = toml::spans(self.area.lines());
        self.errors = document::check(&self.area.lines().join("\n"));
    }
}

impl std::fmt::Debug for Editor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Editor({} lines)", self.area.lines().len())
    }
}

/// A text as lines. One whose line ends are mixed keeps its CRs in the lines.
fn split(text: &str) -> (Form, Vec<String>) {
    let (bom, text) = text.strip_prefix('\u{feff}').map_or((false, text), |rest| (true, rest));
    let ends = text.matches('\n').count();
    let crlf = ends > 0 && text.matches("\r\n").count() == ends;
    let (end, text) = text.strip_suffix('\n').map_or((false, text), |rest| (true, rest));
    let cut = |line: &str| (if crlf { line.strip_suffix('\r').unwrap_or(line) } else { line }).to_owned();
    (Form { bom, crlf, end }, text.split('\n').map(cut).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(editor: &mut Editor, code: KeyCode) {
        editor.key(KeyEvent::new(code, KeyModifiers::NONE), 10);
    }

    #[test]
    fn every_byte_comes_back() {
        for text in
            ["", "\n", "a", "a\n", "a\r\nb\r\n", "\u{feff}a = 1\r\nb", "a\r\nb\nc", "a\n\n", "\ta\r\n\r\n", "a\r"]
        {
            let editor = Editor::new(&Secret::new(text));
            assert_eq!(editor.text().expose_str(), text);
            assert!(!editor.unsaved());
        }
    }

    #[test]
    fn errors_follow_the_typing() {
        let mut editor = Editor::new(&Secret::new("a = 1\n"));
        press(&mut editor, KeyCode::End);
        press(&mut editor, KeyCode::Backspace);
        assert_eq!(editor.errors[0].line, 1);
        assert!(editor.unsaved());
        editor.undo();
        assert!(editor.errors.is_empty() && !editor.unsaved());
        editor.redo();
        assert!(!editor.errors.is_empty());
    }

    #[test]
    fn searching() {
        let mut editor = Editor::new(&Secret::new("one\ntwo\none.x\n"));
        editor.find("one", true);
        editor.next(false);
        assert_eq!(editor.area.cursor(), (2, 0));
        editor.find("one.x", true);
        assert!(editor.notice.is_empty());
        editor.find("o.e", true);
        assert!(!editor.notice.is_empty(), "the search takes text, not patterns");
    }

    #[test]
    fn a_paste_is_cleaned() {
        let mut editor = Editor::new(&Secret::new("\r\n"));
        editor.paste("a = 1\r\n\u{1b}[31mb = 2");
        assert_eq!(editor.text().expose_str(), "a = 1\r\n[31mb = 2\r\n");
    }
}
