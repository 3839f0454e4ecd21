//! Leaving the program: asked about where something would be lost.

use crate::problem::Exit;
use crate::tui::go;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Overlay, Question, Screen};

/// `q`: asks only where something would be lost.
pub(super) fn quit(model: &mut Model) -> Vec<Effect> {
    let question = match (model.operation.is_some(), model.unsaved().is_some()) {
        (true, _) => Question::Leave,
        (_, true) => Question::LeaveUnsaved,
        _ => {
            let exit = match (&model.failure, model.screen) {
                (Some(failure), Screen::Failure) => failure.problem.exit(),
                _ => Exit::Done,
            };
            return go::leave(model, exit);
        }
    };
    go::open_overlay(model, Overlay::Confirm(question));
    vec![]
}

/// Ctrl-C: stops what runs; leaves where nothing does.
pub(super) fn stop(model: &mut Model) -> Vec<Effect> {
    if let Some(operation) = &model.operation {
        // Pressed again it leaves: what runs was already told to stop.
        return if operation.stopping { vec![Effect::Quit(Exit::Interrupted)] } else { go::stop_operation(model) };
    }
    if (model.climb.climbing || model.climb.trying) && model.screen == Screen::Ladder {
        return vec![Effect::Stop];
    }
    if model.unsaved().is_some() {
        go::open_overlay(model, Overlay::Confirm(Question::LeaveUnsaved));
        return vec![];
    }
    go::leave(model, Exit::Interrupted)
}
