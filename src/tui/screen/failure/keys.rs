//! The keys of what failed.

use crate::problem::Kind;
use crate::steps::Step;
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::keys::binding::{ANYWHERE, Binding, ENTER, ESC, SCROLL, ch, table};
use crate::tui::model::Model;

table! { FAILURE:
    [ENTER] Act::Main, "try again", "look again, and try it again";
    [ch('e')] Act::Edit, "edit", "change what it is done with: the form, the configuration, how the image is built";
    [ch('z')] Act::PutBack, "put the old one back", "apply the configuration before this one again";
    [ch('p')] Act::Print, "print for an admin", "show root's part for an administrator, and wait until it was run";
    [ch('l')] Act::Log, "log", "the container's log";
    [ESC, ch('b')] Act::Back, "back", "back";
}

/// Returns the tables that count.
pub(crate) fn tables(_: &Model) -> Vec<&'static [Binding]> {
    vec![FAILURE, SCROLL, ANYWHERE]
}

/// Returns whether something can be done now.
pub(crate) fn allowed(model: &Model, act: Act) -> bool {
    match act {
        Act::Edit if model.changing() => model.editor.is_some(),
        Act::Edit => go::can_edit(model),
        // Where the way back itself is what failed, Enter tries it again.
        Act::PutBack => model.changing() && (model.change.is_some() || model.editor.is_some()),
        Act::Print => {
            model.admin_can() || model.failure.as_ref().is_some_and(|failure| failure.problem.kind == Kind::NeedsRoot)
        }
        Act::Log => model.step == Step::Startup || model.changing(),
        _ => true,
    }
}

/// Returns the word for a key in the line at the bottom.
pub(crate) fn hint(model: &Model, binding: &Binding) -> &'static str {
    if binding.act == Act::Edit { go::edit_word(model, binding.hint) } else { binding.hint }
}
