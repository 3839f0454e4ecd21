//! Keys, pastes, and what the host answers to what they ask.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use pipglr::secret::Secret;
use pipglr::tui::editor::check;
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::model::Model;
use pipglr::tui::update::update;
use std::time::Duration;

/// All that is left of a search or a filter.
pub fn settle(model: &mut Model) {
    while model.log.busy() {
        update(model, Message::Tick(Duration::from_secs(1)));
    }
}

/// Keys, one after the other; a word of several letters that is no key is typed.
pub fn keys(model: &mut Model, names: &[&str]) -> Vec<Effect> {
    let mut effects = vec![];
    for name in names {
        effects = press(model, name);
    }
    settle(model);
    effects
}

pub fn type_text(model: &mut Model, text: &str) {
    for c in text.chars() {
        press(model, &c.to_string());
    }
    settle(model);
}

pub fn key(name: &str) -> KeyEvent {
    let (name, modifiers) = match name.strip_prefix("Ctrl-") {
        Some("Space") => ("Space".to_owned(), KeyModifiers::CONTROL),
        Some(letter) => (letter.to_lowercase(), KeyModifiers::CONTROL),
        None => (name.to_owned(), KeyModifiers::NONE),
    };
    if let Some(number) = name.strip_prefix('F').and_then(|number| number.parse().ok()) {
        return KeyEvent::new(KeyCode::F(number), modifiers);
    }
    let code = match name.as_str() {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" => KeyCode::Tab,
        "Shift-Tab" => KeyCode::BackTab,
        "↑" => KeyCode::Up,
        "↓" => KeyCode::Down,
        "←" => KeyCode::Left,
        "→" => KeyCode::Right,
        "PgUp" => KeyCode::PageUp,
        "PgDn" => KeyCode::PageDown,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "Space" => KeyCode::Char(' '),
        "Backspace" => KeyCode::Backspace,
        one => KeyCode::Char(one.chars().next().unwrap()),
    };
    KeyEvent::new(code, modifiers)
}

/// What is on the screen was read.
pub fn read(model: &mut Model) {
    model.deaf_until = Duration::ZERO;
}

/// Presses a key once the screen was read; what the editor wants to know about its text is answered at once.
pub fn press(model: &mut Model, name: &str) -> Vec<Effect> {
    read(model);
    let effects = update(model, Message::Key(key(name)));
    answered(model, effects)
}

pub fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let effects = update(model, Message::Paste(Secret::new(text)));
    answered(model, effects)
}

/// Does what the editor's threads do; gives what else is to be done.
pub fn answered(model: &mut Model, effects: Vec<Effect>) -> Vec<Effect> {
    let mut others = vec![];
    for effect in effects {
        let message = match effect {
            Effect::Lint(text) => Message::Linted(text.version, Some(Box::new(check::check_text(&text)))),
            Effect::Explain(text, at) => {
                Message::Explained(text.version, at, check::explanation(&text, at).map(Box::new))
            }
            Effect::Complete(text, at) => Message::Completed(text.version, at, check::completion(&text, at)),
            other => {
                others.push(other);
                continue;
            }
        };
        let more = update(model, message);
        others.extend(answered(model, more));
    }
    others
}
