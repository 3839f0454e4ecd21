//! A host that is set up.

use crate::container::work::Look;
use crate::lifecycle::{Operation, Verb};
use crate::logs::jobs::Ended;
use crate::problem::Result;
use crate::status::{Ask, Status};
use crate::steps::Step;
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::message::Effect;
use crate::tui::model::{Failure, Model, Overlay, Purpose, Question, Screen};

/// Looks again where it is time, and where it was not on the screen: what happened meanwhile was not heard.
pub(crate) fn on_tick(model: &mut Model) -> Vec<Effect> {
    if model.home.away || model.now >= model.home.schedule.due() { go::gather(model) } else { vec![] }
}

/// The host was looked at.
pub(crate) fn on_status(model: &mut Model, status: Result<Box<Status>>) -> Vec<Effect> {
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
pub(crate) fn on_news(model: &mut Model, ask: Ask) -> Vec<Effect> {
    model.home.ask = model.home.ask.max(ask);
    model.home.schedule.news(model.now);
    vec![]
}

/// A key at home.
pub(crate) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Edit => return go::open_editor(model),
        Act::Log => return go::open_log(model),
        Act::Jobs => return go::open_jobs(model),
        Act::Trace => return open_trace(model),
        Act::Start => return go::plan_operation(model, Verb::Start),
        Act::Restart => return go::plan_operation(model, Verb::Restart),
        Act::Halt => return go::plan_operation(model, Verb::Stop),
        Act::TearDown => return go::plan_operation(model, Verb::Teardown),
        Act::Rest => return go::plan_operation(model, Verb::Pause),
        Act::Resume => return go::plan_operation(model, Verb::Resume),
        Act::PutBack => return go::put_back(model),
        Act::History => return go::open_history(model),
        Act::Update => return go::open_update(model),
        Act::Doctor => return go::open_doctor(model),
        Act::Volumes => return go::open_volumes(model),
        Act::TryJob => return go::climb_and_try_job(model),
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

/// The trace of the one job that runs; of several one is chosen.
fn open_trace(model: &mut Model) -> Vec<Effect> {
    let status = model.home.status.as_ref().and_then(|status| status.as_ref().ok());
    match status.map(|status| &*status.jobs) {
        Some([job]) => go::open_trace(model, job.id),
        _ => go::open_jobs(model),
    }
}

/// The jobs that run, and what they take.
pub(crate) fn on_work(model: &mut Model, look: Look) -> Vec<Effect> {
    model.home.load.see(&look);
    if let Some(Ok(status)) = &mut model.home.status {
        status.jobs = look.jobs;
    }
    vec![]
}

/// How today's jobs ended.
pub(crate) fn on_today(model: &mut Model, today: Ended) -> Vec<Effect> {
    model.home.today = Some(today);
    vec![]
}

/// It was planned, or cannot be: what stops the container is asked about first.
pub(crate) fn on_planned(model: &mut Model, verb: Verb, result: Result<Operation>) -> Vec<Effect> {
    model.notice.clear();
    if !matches!(model.screen, Screen::Home | Screen::Doctor | Screen::Failure | Screen::Volumes)
        || !model.overlays.is_empty()
    {
        return vec![]; // the user has gone on to something else
    }
    match result {
        Ok(operation) if operation.plan.is_empty() => {
            if verb == Verb::Prune {
                model.notice = "Nothing to do: all was used within the last day, or a job uses it.".into();
                return vec![];
            }
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
