//! The keys of the forms.

use crate::tui::act::Act;
use crate::tui::form::Field;
use crate::tui::keys::binding::{Binding, ENTER, ESC, TYPING, code, ctrl, table};
use crate::tui::model::Model;
use crossterm::event::KeyCode;

table! { FORM:
    [ENTER] Act::Main, "go on", "check all fields and go on";
    [code(KeyCode::Tab), code(KeyCode::Down)] Act::NextField, "next field", "the next field";
    [code(KeyCode::BackTab), code(KeyCode::Up)] Act::PreviousField, "", "the field before";
    [ctrl('n')] Act::Another, "another token", "begin another token (several different ones may also be pasted at once, one a line)";
    [ctrl('g')] Act::Make, "have it made", "have GitLab make the runner, with an access token of yours";
    [code(KeyCode::F(6))] Act::CopyNext, "copy", "copy the address to the terminal's clipboard; again: the next one";
    [ESC] Act::Back, "back", "back to the step; what was typed stays";
}

/// Returns the tables that count.
pub(crate) fn tables(_: &Model) -> Vec<&'static [Binding]> {
    vec![FORM, TYPING]
}

/// Returns whether something can be done now in the registration form.
pub(crate) fn allowed(model: &Model, act: Act) -> bool {
    act != Act::Another || model.form.as_ref().is_some_and(|form| form.focus == Field::Token)
}

/// Returns whether something can be done now in the form of building the image.
pub(crate) fn allowed_building(_: &Model, act: Act) -> bool {
    !matches!(act, Act::Another | Act::Make)
}

/// Returns whether something can be done now in the form of a runner that GitLab makes.
pub(crate) fn allowed_making(_: &Model, act: Act) -> bool {
    !matches!(act, Act::Another | Act::Make | Act::CopyNext)
}
