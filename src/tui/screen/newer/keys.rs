//! The keys of a newer image.

use crate::image_update::Proposal;
use crate::tui::act::Act;
use crate::tui::keys::binding::{ANYWHERE, Binding, ENTER, ESC, SCROLL, ch, table};
use crate::tui::model::Model;

table! { UPDATE:
    [ENTER] Act::Main, "update", "make the container of the new image; the one before comes back where it does not work";
    [ch('!')] Act::Now, "end the jobs now", "end running jobs rather than wait for them, or wait after all";
    [ch('f')] Act::Pull, "pull", "pull the image";
    [ch('B')] Act::Build, "build", "build the image";
    [ch('r')] Act::Look, "look again", "look at the images again";
    [ESC, ch('b')] Act::Back, "back", "back; nothing was changed";
}

/// Returns the tables that count.
pub(crate) fn tables(_: &Model) -> Vec<&'static [Binding]> {
    vec![UPDATE, SCROLL, ANYWHERE]
}

/// What was planned, where there is anything to do.
pub(crate) fn proposal(model: &Model) -> Option<&Proposal> {
    model.update.as_ref()?.as_ref().ok().filter(|proposal| proposal.does_something())
}

/// Returns whether something can be done now.
pub(crate) fn allowed(model: &Model, act: Act) -> bool {
    match act {
        Act::Main => proposal(model).is_some(),
        Act::Now => proposal(model).is_some_and(|found| found.jobs.as_ref().is_none_or(|jobs| !jobs.is_empty())),
        Act::Pull | Act::Build | Act::Look => model.update.is_some(),
        _ => true,
    }
}

/// Returns the word for a key in the line at the bottom.
pub(crate) fn hint(model: &Model, binding: &Binding) -> &'static str {
    match (binding.act, proposal(model)) {
        (Act::Main, Some(proposal)) if proposal.begun.is_some() => "go on with it",
        (Act::Now, Some(proposal)) if proposal.now => "wait for the jobs",
        _ => binding.hint,
    }
}
