//! The keys of what the volumes hold.

use crate::tui::act::Act;
use crate::tui::keys::binding::{ANYWHERE, Binding, ESC, SCROLL, ch, table};
use crate::tui::model::Model;

table! { VOLUMES:
    [ch('P')] Act::Prune, "prune", "remove images and caches that were not used for a day; it says first how much goes";
    [ch('n')] Act::Recreate, "recreate", "recreate both volumes, empty; it says first what is stopped for it";
    [ch('r')] Act::Look, "measure again", "measure again";
    [ESC, ch('b')] Act::Back, "back", "back";
}

/// Returns the tables that count.
pub(crate) fn tables(_: &Model) -> Vec<&'static [Binding]> {
    vec![VOLUMES, SCROLL, ANYWHERE]
}

/// Returns whether something can be done now.
pub(crate) fn allowed(model: &Model, act: Act) -> bool {
    match act {
        Act::Prune => matches!(model.held, Some(Ok(_))),
        Act::Look => model.held.is_some(),
        _ => true,
    }
}
