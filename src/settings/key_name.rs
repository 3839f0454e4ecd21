//! A key by its name, as the `?` page prints it: `Ctrl-T`, `F2`, `PgDn`, `x`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::{Deserialize, Deserializer, de};
use std::cmp::Ordering;
use std::str::FromStr;

/// A key: its code, and whether Ctrl is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyName(pub KeyCode, pub bool);

/// The names of the keys that are no character; the first of a key is the one that is printed.
const NAMES: [(&str, KeyCode); 17] = [
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("↑", KeyCode::Up),
    ("Up", KeyCode::Up),
    ("↓", KeyCode::Down),
    ("Down", KeyCode::Down),
    ("←", KeyCode::Left),
    ("Left", KeyCode::Left),
    ("→", KeyCode::Right),
    ("Right", KeyCode::Right),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("Space", KeyCode::Char(' ')),
];

impl KeyName {
    /// Returns the key that was pressed.
    pub fn of(event: KeyEvent) -> Self {
        Self(event.code, event.modifiers.contains(KeyModifiers::CONTROL))
    }

    /// Returns whether this key was pressed.
    pub fn is(self, event: KeyEvent) -> bool {
        self == Self::of(event)
    }

    /// Returns what pressing it is to a program.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.0, if self.1 { KeyModifiers::CONTROL } else { KeyModifiers::NONE })
    }

    /// Returns its name, as it is printed on keyboards.
    pub fn name(self) -> String {
        let name = match self.0 {
            KeyCode::F(n) => format!("F{n}"),
            KeyCode::Char(c) if c != ' ' && self.1 => c.to_ascii_uppercase().to_string(),
            KeyCode::Char(c) if c != ' ' => c.to_string(),
            code => NAMES.iter().find(|(_, known)| *known == code).map_or("", |(name, _)| name).to_owned(),
        };
        if self.1 { format!("Ctrl-{name}") } else { name }
    }
}

impl FromStr for KeyName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let lower = text.to_lowercase();
        let (name, control) = match lower.strip_prefix("ctrl-") {
            Some(rest) if !rest.is_empty() => (&text[text.len() - rest.len()..], true),
            _ => (text, false),
        };
        let wrong = || format!("there is no key `{text}`: write it as the `?` page does, such as Ctrl-T, F2, PgDn, x");
        let mut chars = name.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) if c.is_control() => return Err(wrong()),
            (Some(c), None) if control => KeyCode::Char(c.to_ascii_lowercase()),
            (Some(c), None) if NAMES.iter().all(|(name, _)| *name != c.to_string()) => KeyCode::Char(c),
            _ => match NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
                Some((_, code)) => *code,
                None => {
                    let number = name.strip_prefix(['F', 'f']).and_then(|number| number.parse().ok());
                    KeyCode::F(number.filter(|number| (1..=24).contains(number)).ok_or_else(wrong)?)
                }
            },
        };
        Ok(Self(code, control))
    }
}

impl<'a> Deserialize<'a> for KeyName {
    fn deserialize<D: Deserializer<'a>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

impl Ord for KeyName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(&other.name())
    }
}

impl PartialOrd for KeyName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_printed() {
        for name in ["Ctrl-T", "F2", "PgDn", "x", "X", "Space", "Shift-Tab", "↑", ":", "Ctrl-Home"] {
            assert_eq!(name.parse::<KeyName>().map(KeyName::name).as_deref(), Ok(name));
        }
        assert_eq!("ctrl-t".parse::<KeyName>(), "Ctrl-T".parse());
        assert_eq!("up".parse::<KeyName>(), "↑".parse());
        for name in ["", "Ctrl-", "F0", "F99", "Hyper-x", "xx"] {
            assert!(name.parse::<KeyName>().is_err(), "{name}");
        }
    }
}
