//! What the volumes hold: measured, pruned, recreated.

use crate::lifecycle::Verb;
use crate::steps::Step;
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Overlay, Question, Screen};

/// Handles a key on it.
pub(crate) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Prune => go::plan_operation(model, Verb::Prune),
        Act::Look => go::measure(model),
        Act::Recreate => {
            go::come_from(model, Screen::Volumes);
            go::show_step(model, Step::Volumes);
            go::open_overlay(model, Overlay::Confirm(Question::Recreate));
            go::look_at(model, &Step::ALL)
        }
        Act::Back => go::go_back(model),
        _ => vec![],
    }
}
