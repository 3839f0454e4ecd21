//! The keys while an operation runs.

use crate::tui::act::Act;
use crate::tui::keys::binding::{ANYWHERE, Binding, SCROLL, ch, ctrl, table};
use crate::tui::model::Model;

table! { OPERATION:
    [ctrl('c')] Act::Stop, "stop", "stop what runs; what was done stays done";
    [ch('+')] Act::Wait, "wait longer", "give what runs as long as it takes, in place of its time-out";
}

/// Returns the tables that count.
pub(crate) fn tables(_: &Model) -> Vec<&'static [Binding]> {
    vec![OPERATION, SCROLL, ANYWHERE]
}

/// Returns whether something can be done now.
pub(crate) fn allowed(model: &Model, act: Act) -> bool {
    act != Act::Wait || model.operation.as_ref().is_some_and(|operation| !operation.patient && !operation.stopping)
}
