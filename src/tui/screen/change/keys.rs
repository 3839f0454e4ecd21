//! The keys of a change before it is applied.

use crate::tui::act::Act;
use crate::tui::keys::binding::{ANYWHERE, Binding, ENTER, ESC, SCROLL, ch, table};
use crate::tui::model::Model;

table! { CHANGE:
    [ENTER] Act::Main, "apply it", "store the configuration, and have the runner work with it";
    [ch('!')] Act::Now, "end the jobs now", "end running jobs rather than wait for them, or wait after all";
    [ch('o')] Act::GiveUp, "give up --privileged", "recreate the container without --privileged, or with it after all";
    [ESC, ch('b')] Act::Back, "back", "back; the text stays as it is";
    [ch('e')] Act::Edit, "", "back to the text";
}

/// Returns the tables that count.
pub(crate) fn tables(_: &Model) -> Vec<&'static [Binding]> {
    vec![CHANGE, SCROLL, ANYWHERE]
}

/// Returns whether something can be done now.
pub(crate) fn allowed(model: &Model, act: Act) -> bool {
    match act {
        Act::Now => model.change.as_ref().is_some_and(|change| change.has_jobs()),
        Act::GiveUp => model.change.as_ref().is_some_and(|change| change.proposal.privileged.is_some()),
        Act::Main => model.change.as_ref().is_some_and(|change| change.does_something()),
        _ => true,
    }
}

/// Returns the word for a key in the line at the bottom.
pub(crate) fn hint(model: &Model, binding: &Binding) -> &'static str {
    match binding.act {
        Act::Now if model.change.as_ref().is_some_and(|change| change.wish.now) => "wait for the jobs",
        Act::GiveUp if model.change.as_ref().is_some_and(|change| change.proposal.privileged == Some(false)) => {
            "keep --privileged"
        }
        _ => binding.hint,
    }
}
