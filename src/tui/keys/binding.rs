//! A key, and what it does: the lines of the tables, and the tables that all screens share.

use crate::tui::act::Act;
use crossterm::event::KeyCode;

pub use crate::settings::KeyName as Key;

/// A line of a table.
#[derive(Debug)]
pub struct Binding {
    /// The keys that do it.
    pub keys: &'static [Key],
    /// What they do.
    pub act: Act,
    /// In the line at the bottom; empty where it is not there.
    pub hint: &'static str,
    /// On the `?` page.
    pub help: &'static str,
}

/// Returns a line of a table.
pub const fn bind(keys: &'static [Key], act: Act, hint: &'static str, help: &'static str) -> Binding {
    Binding { keys, act, hint, help }
}

/// Returns the first key of a table that does something: what a page says of a key is what the key does.
pub fn key_of(table: &[Binding], act: Act) -> String {
    let keys = table.iter().filter(|line| line.act == act).flat_map(|line| line.keys);
    keys.map(|key| key.name()).next().unwrap_or_default()
}

/// Returns the key of a character.
pub const fn ch(c: char) -> Key {
    Key(KeyCode::Char(c), false)
}

/// Returns the key of a character with Ctrl.
pub const fn ctrl(c: char) -> Key {
    Key(KeyCode::Char(c), true)
}

/// Returns a key without Ctrl.
pub const fn code(code: KeyCode) -> Key {
    Key(code, false)
}

/// What most tables do first.
pub const ENTER: Key = code(KeyCode::Enter);
/// What leads back.
pub const ESC: Key = code(KeyCode::Esc);

/// A table of keys.
macro_rules! table {
    ($name:ident: $([$($key:expr),+] $act:expr, $hint:literal, $help:literal;)*) => {
        pub(crate) const $name: &[$crate::tui::keys::binding::Binding] =
            &[$($crate::tui::keys::binding::bind(&[$($key),+], $act, $hint, $help)),*];
    };
}
pub(crate) use table;

table! { SCROLL:
    [code(KeyCode::Up), ch('k')] Act::Up, "", "a line up";
    [code(KeyCode::Down), ch('j'), ctrl('n')] Act::Down, "", "a line down";
    [code(KeyCode::PageUp), ctrl('b')] Act::PageUp, "", "a page up";
    [code(KeyCode::PageDown), ctrl('f')] Act::PageDown, "scroll", "a page down";
    [code(KeyCode::Home), ch('g')] Act::Top, "", "to the top";
    [code(KeyCode::End), ch('G')] Act::Bottom, "", "to the end";
}
table! { ANYWHERE:
    [ctrl('p'), ch(':')] Act::Palette, "", "all that can be done, by name";
    [ch('m'), code(KeyCode::F(9))] Act::Mouse, "", "have the wheel scroll here, or leave the mouse to the terminal, which selects with it";
    [ch('c')] Act::Commands, "commands", "every command that was run, with its exit code and time";
    [ch('?'), code(KeyCode::F(1))] Act::Help, "keys", "this page";
    [ch('q')] Act::Quit, "quit", "leave";
    [ctrl('c')] Act::Stop, "", "stop what runs, or leave";
    [ctrl('z')] Act::Suspend, "", "to the shell; `fg` comes back";
}
table! { TYPING:
    [ctrl('p')] Act::Palette, "", "all that can be done, by name";
    [code(KeyCode::F(9))] Act::Mouse, "", "have the wheel scroll here, or leave the mouse to the terminal, which selects with it";
    [code(KeyCode::F(1))] Act::Help, "keys", "this page";
    [ctrl('c')] Act::Stop, "", "leave the program";
}
table! { COMMANDS:
    [ch('&')] Act::Questions, "all", "also the commands that only asked, or only those that changed something or failed";
    [ch('w')] Act::Wrap, "whole scripts", "the whole of what a shell was given, or only its beginning";
}
table! { OVERLAY:
    [ESC, ENTER] Act::Back, "back", "back";
}
table! { PALETTE:
    [ENTER] Act::Main, "do it", "do the chosen one";
    [code(KeyCode::Up), ctrl('p')] Act::Up, "", "the one before";
    [code(KeyCode::Down), ctrl('n')] Act::Down, "", "the next one";
    [code(KeyCode::PageUp)] Act::PageUp, "", "ten before";
    [code(KeyCode::PageDown)] Act::PageDown, "", "the tenth after";
    [ESC] Act::Back, "back", "back";
}
table! { CONFIRM:
    [ch('y')] Act::Yes, "yes", "yes";
    [ch('n'), ESC] Act::Back, "no", "no";
    [ctrl('c')] Act::Stop, "", "leave the program";
}
table! { END_JOBS:
    [ch('y')] Act::Yes, "yes", "yes";
    [ch('e')] Act::End, "end them", "end the running jobs instead of waiting for them";
}
