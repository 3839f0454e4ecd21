//! What stands in the way beside the steps: shown on the first page, and looked at again until it is gone.

use super::look;
use crate::preflight::{Check, Status};
use crate::steps::Step;
use crate::tui::message::Effect;
use crate::tui::model::{Model, PATIENCE};

/// Looks.
pub fn begin(model: &mut Model) -> Vec<Effect> {
    model.checking = true;
    vec![Effect::Check(model.wants.clone())]
}

/// What was found; what a step mends is the step's.
pub fn ended(model: &mut Model, mut checks: Vec<Check>) -> Vec<Effect> {
    checks.retain(|check| check.step.is_none() && matches!(check.status, Status::Blocked | Status::Fixable));
    let gone = !model.checks.is_empty() && checks.is_empty();
    model.checks = checks;
    model.checking = false;
    model.look_at = model.now + PATIENCE;
    super::clamp(model);
    if gone {
        model.notice = "Nothing stands in the way any more.".into();
        return look(model, &Step::ALL);
    }
    vec![]
}

/// While something stands in the way somebody may be mending it.
pub fn tick(model: &mut Model) -> Vec<Effect> {
    if model.checking || model.checks.is_empty() || model.now < model.look_at {
        return vec![];
    }
    begin(model)
}
