//! What stands in the way beside the steps: shown on the first page, and looked at again until it is gone.

use crate::preflight::{Check, Status};
use crate::steps::Step;
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::message::Effect;
use crate::tui::model::{Model, PATIENCE, Screen};

/// Looks.
pub(crate) fn check(model: &mut Model) -> Vec<Effect> {
    model.checking = true;
    vec![Effect::Check(model.wants.without_tokens())]
}

/// What was found; what a step fixes is the step's.
pub(crate) fn on_checked(model: &mut Model, mut checks: Vec<Check>) -> Vec<Effect> {
    checks.retain(|check| check.step.is_none() && matches!(check.status, Status::Blocked | Status::Fixable));
    let gone = !model.checks.is_empty() && checks.is_empty();
    model.checks = checks;
    model.checking = false;
    model.look_at = model.now + PATIENCE;
    if gone {
        model.notice = "Nothing stands in the way any more.".into();
        return go::look_at(model, &Step::ALL);
    }
    vec![]
}

/// While something stands in the way somebody may be fixing it.
pub(crate) fn on_tick(model: &mut Model) -> Vec<Effect> {
    if model.checking || model.checks.is_empty() || model.now < model.look_at {
        return vec![];
    }
    check(model)
}

/// Handles a key on the page.
pub(crate) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Main if !model.looking => match model.unfinished() {
            Some(step) => visit(model, step),
            None => go::to_home(model),
        },
        Act::Number(number) => {
            let step = Step::ALL.into_iter().find(|step| step.number() == Some(number));
            step.map(|step| visit(model, step)).unwrap_or_default()
        }
        Act::Look => go::look_at(model, &Step::ALL),
        Act::Back => go::go_back(model),
        _ => vec![],
    }
}

/// Shows a step from which `Esc` comes back here.
fn visit(model: &mut Model, step: Step) -> Vec<Effect> {
    go::come_from(model, Screen::Review);
    go::show_step(model, step);
    vec![]
}
