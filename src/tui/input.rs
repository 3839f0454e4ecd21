//! One-line inputs. The one for secrets keeps a single, wiped copy: no undo, no yank, nothing to reallocate.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt;
use zeroize::Zeroizing;

/// A line of text being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextField {
    text: String,
    /// In characters.
    cursor: usize,
    /// The text is a proposal: the first that is typed or pasted takes its place.
    proposed: bool,
}

/// Longest text of a field, in bytes.
const LONGEST: usize = 4096;

impl TextField {
    /// Returns a field that holds `text`, with the cursor behind it.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.chars().count(), text, proposed: false }
    }

    /// Returns a field that proposes `text`: what is typed or pasted takes its place, as in a browser.
    pub fn proposing(text: impl Into<String>) -> Self {
        let field = Self::new(text);
        Self { proposed: !field.text.is_empty(), ..field }
    }

    /// Returns whether the text is a proposal still.
    pub fn is_proposal(&self) -> bool {
        self.proposed
    }

    /// Returns what was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns where the cursor is, in characters.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Puts another text in.
    pub fn set(&mut self, text: impl Into<String>) {
        *self = Self::new(text);
    }

    /// Takes a paste; a whole address takes the place of the one that is there: within it, it would be none.
    pub fn paste(&mut self, text: &str) {
        let text = text.trim();
        self.proposed |= text.contains("://") && self.text.contains("://");
        self.insert(text);
    }

    /// Takes a key; says whether the text changed.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let last = self.text.chars().count();
        if self.proposed && matches!(key.code, KeyCode::Backspace | KeyCode::Delete) {
            self.set("");
            return true;
        }
        self.proposed &= matches!(key.code, KeyCode::Char(_));
        match key.code {
            KeyCode::Char('u') if control => self.set(""),
            KeyCode::Char('a') if control => (self.cursor, self.proposed) = (0, false),
            KeyCode::Char('e') if control => (self.cursor, self.proposed) = (last, false),
            KeyCode::Char(c) if !control => return self.insert(&c.to_string()),
            KeyCode::Left => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Right => self.cursor = (self.cursor + 1).min(last),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = last,
            KeyCode::Backspace if self.cursor > 0 => {
                self.cursor -= 1;
                self.text.remove(self.byte(self.cursor));
            }
            KeyCode::Delete if self.cursor < last => {
                self.text.remove(self.byte(self.cursor));
            }
            _ => return false,
        }
        matches!(key.code, KeyCode::Char('u') | KeyCode::Backspace | KeyCode::Delete)
    }

    /// Puts text in at the cursor, without what cannot be typed on one line.
    pub fn insert(&mut self, text: &str) -> bool {
        let text: String = text.trim_matches(['\r', '\n']).chars().filter(|c| !c.is_control()).collect();
        if text.is_empty() || self.text.len() + text.len() > LONGEST {
            return false;
        }
        if self.proposed {
            self.set("");
        }
        self.text.insert_str(self.byte(self.cursor), &text);
        self.cursor += text.chars().count();
        true
    }

    fn byte(&self, chars: usize) -> usize {
        self.text.char_indices().nth(chars).map_or(self.text.len(), |(at, _)| at)
    }
}

/// Secrets being typed, one a line; only ever shown as dots.
pub struct SecretField(Zeroizing<String>);

impl Default for SecretField {
    fn default() -> Self {
        Self(Zeroizing::new(String::with_capacity(LONGEST)))
    }
}

impl fmt::Debug for SecretField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretField({} characters)", self.0.chars().count())
    }
}

impl SecretField {
    /// Returns what was typed.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the lines that have something on them.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.lines().filter(|line| !line.trim().is_empty())
    }

    /// Takes a key; says whether it changed.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        match key.code {
            KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => self.clear(),
            KeyCode::Char(_) if key.modifiers.contains(KeyModifiers::CONTROL) => return false,
            KeyCode::Char(c) => return self.push(c),
            KeyCode::Backspace => return self.0.pop().is_some(),
            _ => return false,
        }
        true
    }

    /// Takes a paste: blanks around it go, its lines stay.
    pub fn paste(&mut self, text: &str) {
        for (index, line) in text.trim().lines().enumerate() {
            if index > 0 {
                self.another();
            }
            for c in line.trim().chars() {
                self.push(c);
            }
        }
    }

    /// Takes a whole secret as one of its own, unless it is there already.
    pub fn add(&mut self, secret: &str) {
        if !self.lines().any(|line| line.trim() == secret) {
            self.another();
            self.paste(secret);
        }
    }

    /// Begins another secret.
    pub fn another(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with('\n') {
            self.push('\n');
        }
    }

    /// Takes the last secret away.
    pub fn drop_last(&mut self) {
        let text = self.0.trim_end_matches('\n');
        let at = text.rfind('\n').map_or(0, |at| at + 1);
        self.0.truncate(at);
    }

    /// Wipes it.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Never beyond the capacity: growing would leave a copy behind.
    fn push(&mut self, c: char) -> bool {
        let fits = self.0.len() + c.len_utf8() <= LONGEST;
        if fits {
            self.0.push(c);
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    #[test]
    fn typing_and_moving() {
        let mut field = TextField::new("häus");
        field.key(key(KeyCode::Left));
        field.key(key(KeyCode::Backspace));
        field.key(key(KeyCode::Char('漢')));
        assert_eq!((field.text(), field.cursor()), ("hä漢s", 3));
        field.key(key(KeyCode::Home));
        field.key(key(KeyCode::Delete));
        field.insert("a\nb\r\n");
        assert_eq!(field.text(), "abä漢s");
        field.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
        assert_eq!(field.text(), "");
    }

    #[test]
    fn a_proposal_gives_way_to_what_is_typed_and_stays_where_it_is_edited() {
        let with = |keys: &[KeyCode]| {
            let mut field = TextField::proposing("https://gitlab.com/");
            for code in keys {
                field.key(key(*code));
            }
            field.text().to_owned()
        };
        assert_eq!(with(&[KeyCode::Char('h'), KeyCode::Char('i')]), "hi");
        assert_eq!(with(&[KeyCode::Backspace]), "");
        assert_eq!(with(&[KeyCode::End, KeyCode::Char('x')]), "https://gitlab.com/x");
        assert_eq!(with(&[KeyCode::Left, KeyCode::Backspace]), "https://gitlab.co/");
        let mut field = TextField::proposing("https://gitlab.com/");
        field.insert("https://gitlab.example/");
        assert_eq!(field.text(), "https://gitlab.example/");
        // An address is no part of another one; any other text is what it says.
        field.key(key(KeyCode::Char('x')));
        field.paste(" https://other.example/\n");
        assert_eq!(field.text(), "https://other.example/");
        field.paste("group");
        assert_eq!(field.text(), "https://other.example/group");
    }

    #[test]
    fn a_secret_is_trimmed_and_never_shown() {
        let mut field = SecretField::default();
        field.paste("  glrt-one\r\n glrt-two \n\n");
        assert_eq!(field.lines().collect::<Vec<_>>(), ["glrt-one", "glrt-two"]);
        assert!(!format!("{field:?}").contains("glrt"));
        let place = field.expose().as_ptr();
        field.paste(&"x".repeat(2 * LONGEST));
        assert_eq!(field.expose().len(), LONGEST);
        assert_eq!(field.expose().as_ptr(), place, "grown: an unwiped copy was left behind");
    }
}
