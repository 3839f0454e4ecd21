//! A host that is set up.

use crate::lifecycle::{Operation, Verb};
use crate::problem::Result;
use crate::status::{Ask, Status};
use crate::steps::Step;
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::message::Effect;
use crate::tui::model::{Failure, Model, Overlay, Purpose, Question, Screen};

/// Looks again where it is time, and where it was not on the screen: what happened meanwhile was not heard.
pub fn on_tick(model: &mut Model) -> Vec<Effect> {
    if model.home.away || model.now >= model.home.schedule.due() { go::gather(model) } else { vec![] }
}

/// The host was looked at.
pub fn on_status(model: &mut Model, status: Result<Box<Status>>) -> Vec<Effect> {
    let well = status.as_ref().is_ok_and(|status| status.healthy);
    model.home.gathering = false;
    model.home.schedule.seen(model.now, well);
    // A look that was left for what changes the host may be of before it; another one follows.
    if !(model.home.away && model.home.status.is_none()) {
        model.home.status = Some(status);
    }
    vec![]
}

/// Something happened.
pub fn on_news(model: &mut Model, ask: Ask) -> Vec<Effect> {
    model.home.ask = model.home.ask.max(ask);
    model.home.schedule.news(model.now);
    vec![]
}

/// A key at home.
pub fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Edit => return go::open_editor(model),
        Act::Log => return go::open_log(model),
        Act::Start => return go::plan_operation(model, Verb::Start),
        Act::Restart => return go::plan_operation(model, Verb::Restart),
        Act::Halt => return go::plan_operation(model, Verb::Stop),
        Act::Rest => return go::plan_operation(model, Verb::Pause),
        Act::Resume => return go::plan_operation(model, Verb::Resume),
        Act::Doctor => return go::open_doctor(model),
        Act::Volumes => {
            go::come_from(model, Screen::Home);
            go::show_step(model, Step::Volumes);
            return go::look_at(model, &Step::ALL);
        }
        Act::Main => return go::home_cure(model).map(|cure| go::lead(model, cure)).unwrap_or_default(),
        Act::Overview => {
            go::open_screen(model, Screen::Review);
            return go::look_at(model, &Step::ALL);
        }
        Act::Look => {
            on_news(model, Ask::All);
            return go::gather(model);
        }
        _ => {}
    }
    vec![]
}

/// It was planned, or cannot be: what stops the container is asked about first.
pub fn on_planned(model: &mut Model, verb: Verb, result: Result<Operation>) -> Vec<Effect> {
    model.notice.clear();
    if !matches!(model.screen, Screen::Home | Screen::Doctor | Screen::Failure) || !model.overlays.is_empty() {
        return vec![]; // the user has gone on to something else
    }
    match result {
        Ok(operation) if operation.plan.is_empty() => {
            model.notice = format!("Nothing to do to {} {}.", verb.name(), verb.of_what());
            go::show(model, Screen::Home);
            go::gather(model)
        }
        Ok(operation) => {
            model.planned = Some(Box::new(operation));
            if matches!(verb, Verb::Start | Verb::Resume) {
                return go::operate(model);
            }
            go::open_overlay(model, Overlay::Confirm(Question::Operate));
            vec![]
        }
        Err(problem) => {
            model.failure = Some(Failure { purpose: Purpose::Operate(verb), problem });
            go::show(model, Screen::Failure);
            vec![]
        }
    }
}
