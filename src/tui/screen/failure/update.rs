//! After a failure: the same once more, something else first, or back.

use crate::steps::Step;
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Purpose, Screen, Then};

/// Handles a key on the page.
pub(crate) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    if model.then == Then::Climb {
        model.then = Then::Stay; // who goes somewhere is not taken elsewhere
    }
    match act {
        Act::Main => again(model),
        Act::PutBack => go::put_back(model),
        Act::Back | Act::Edit if model.changing() => go::close_change(model),
        Act::Back => match model.failure.as_ref().map(|failure| failure.purpose) {
            Some(Purpose::Operate(_) | Purpose::Fetch | Purpose::Update) => go::to_home(model),
            _ => go::go_back(model),
        },
        Act::Log => go::open_log(model),
        Act::Edit => go::edit_step(model),
        Act::Print => {
            go::open_admin(model);
            vec![]
        }
        _ => vec![],
    }
}

/// Does the same again, from a fresh look.
fn again(model: &mut Model) -> Vec<Effect> {
    match model.failure.as_ref().map(|failure| failure.purpose) {
        Some(Purpose::Step(Step::Registration)) if model.wants.vault.tokens.is_empty() => go::edit_step(model),
        Some(Purpose::Step(step)) => go::apply_step(model, step, true),
        Some(Purpose::Operate(verb)) => go::plan_operation(model, verb),
        Some(Purpose::Change) => propose_again(model),
        // The access token is asked for in the form.
        Some(Purpose::Make) => go::go_back(model),
        Some(Purpose::Fetch | Purpose::Update) => go::open_update(model),
        None => vec![],
    }
}

/// Plans the same text once more.
fn propose_again(model: &mut Model) -> Vec<Effect> {
    match (model.change.clone(), &model.editor) {
        (Some(offer), _) => go::propose_again(model, *offer),
        (None, Some(editor)) => {
            let text = editor.buffer.text();
            go::propose(model, None, text)
        }
        // A way back that could not even be planned.
        (None, None) => match model.from.last() {
            Some(Screen::History | Screen::Version) => go::put_back_to(model),
            _ => go::put_back(model),
        },
    }
}
