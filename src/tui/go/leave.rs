//! Out of the program: what runs is stopped first.

use crate::problem::Exit;
use crate::tui::message::Effect;
use crate::tui::model::Model;

/// Leaves; what runs is stopped first, and waited for.
pub(crate) fn leave(model: &mut Model, exit: Exit) -> Vec<Effect> {
    if model.operation.is_some() && !model.leaving {
        model.leaving = true;
        return stop_operation(model);
    }
    vec![Effect::Stop, Effect::StopLog, Effect::StopSaving, Effect::Quit(exit)]
}

/// Stops what runs.
pub(crate) fn stop_operation(model: &mut Model) -> Vec<Effect> {
    if let Some(operation) = &mut model.operation {
        operation.stopping = true;
    }
    vec![Effect::Stop]
}
