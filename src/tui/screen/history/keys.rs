//! The keys of the versions of the configuration.

use crate::tui::act::Act;
use crate::tui::keys::binding::{ANYWHERE, Binding, ENTER, ESC, SCROLL, ch, table};
use crate::tui::model::{Model, Screen};

table! { HISTORY:
    [ENTER] Act::Main, "what changed", "what it changed of the version before it, without secrets";
    [ch('z')] Act::PutBack, "go back to it", "apply this version again; what differs is shown first";
    [ch('r')] Act::Look, "", "read the versions again";
    [ESC, ch('b')] Act::Back, "back", "back";
}

/// Returns the tables that count.
pub(crate) fn tables(_: &Model) -> Vec<&'static [Binding]> {
    vec![HISTORY, SCROLL, ANYWHERE]
}

/// Returns whether something can be done now.
pub(crate) fn allowed(model: &Model, act: Act) -> bool {
    match act {
        Act::Main => model.screen == Screen::History && model.history.chosen().is_some(),
        Act::Look => model.screen == Screen::History && model.history.versions.is_some(),
        // One that is stored is not gone back to: what has it come in force is in the line of home and `status`.
        Act::PutBack => model.history.chosen().is_some_and(|listed| listed.stored.is_none()),
        _ => true,
    }
}
