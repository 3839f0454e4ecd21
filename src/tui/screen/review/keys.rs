//! The keys of the page of all steps.

use crate::tui::act::Act;
use crate::tui::keys::binding::{ANYWHERE, Binding, ENTER, ESC, SCROLL, ch, table};
use crate::tui::model::Model;

table! { REVIEW:
    [ENTER] Act::Main, "begin", "begin with the first step that is not done";
    [ch('r')] Act::Look, "look again", "look at the host again";
    [ESC, ch('b')] Act::Back, "back", "back";
    [ch('1')] Act::Number(1), "", "go to step 1";
    [ch('2')] Act::Number(2), "", "go to step 2";
    [ch('3')] Act::Number(3), "", "go to step 3";
    [ch('4')] Act::Number(4), "", "go to step 4";
    [ch('5')] Act::Number(5), "", "go to step 5";
    [ch('6')] Act::Number(6), "1-6 a step", "go to step 6";
}

/// Returns the tables that count.
pub(crate) fn tables(_: &Model) -> Vec<&'static [Binding]> {
    vec![REVIEW, SCROLL, ANYWHERE]
}

/// Returns whether something can be done now.
pub(crate) fn allowed(model: &Model, act: Act) -> bool {
    act != Act::Back || !model.from.is_empty() || model.was_set_up()
}

/// Returns the word for a key in the line at the bottom.
pub(crate) fn hint(model: &Model, binding: &Binding) -> &'static str {
    match binding.act {
        Act::Main if model.looking => "",
        Act::Main if model.all_done() => "home",
        _ => binding.hint,
    }
}
