//! The keys of the doctor.

use crate::tui::act::Act;
use crate::tui::go::doctor_cure;
use crate::tui::keys::binding::{ANYWHERE, Binding, ENTER, ESC, SCROLL, ch, code, table};
use crate::tui::model::Model;
use crossterm::event::KeyCode;

table! { DOCTOR:
    [ENTER] Act::Main, "go to the step", "go to what fixes it";
    [code(KeyCode::Up), ch('k')] Act::Previous, "", "the finding before";
    [code(KeyCode::Down), ch('j')] Act::Next, "the next", "the next finding";
    [ch('r')] Act::Look, "look again", "look at the host and the log again";
    [ch('l')] Act::Log, "log", "the container's log";
    [ESC, ch('b')] Act::Back, "back", "back";
}

/// Returns the tables that count.
pub(crate) fn tables(_: &Model) -> Vec<&'static [Binding]> {
    vec![DOCTOR, SCROLL, ANYWHERE]
}

/// Returns whether something can be done now.
pub(crate) fn allowed(model: &Model, act: Act) -> bool {
    match act {
        Act::Main => doctor_cure(model).is_some(),
        Act::Previous | Act::Next => model.doctor.findings().len() > 1,
        _ => true,
    }
}

/// Returns the word for a key in the line at the bottom.
pub(crate) fn hint(model: &Model, binding: &Binding) -> &'static str {
    match binding.act {
        Act::Main => doctor_cure(model).map_or(binding.hint, |cure| cure.word()),
        _ => binding.hint,
    }
}
