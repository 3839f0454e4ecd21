//! Looks at the steps: what was found, and what follows when all were looked at.

use crate::problem::Result;
use crate::steps::{Report, Step};
use crate::tui::go;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Then};
use crate::tui::screen::admin;

/// A step was looked at.
pub(super) fn on_looked(model: &mut Model, step: Step, report: Result<Report>) {
    model.reports.insert(step, report);
    model.fresh.insert(step);
}

/// All steps were looked at.
pub(super) fn on_looks_ended(model: &mut Model) -> Vec<Effect> {
    model.looking = false;
    match std::mem::take(&mut model.then) {
        // Also where something is wrong: home says what, the steps only what they would do.
        Then::Start if model.was_set_up() => go::to_home(model),
        Then::Start | Then::Stay => admin::update::on_looks_ended(model),
        // The page is not turned: what is on the next one is read first.
        Then::Climb if model.all_done() => go::climb_ladder(model),
        Then::Climb => vec![],
    }
}
