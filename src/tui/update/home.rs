//! A host that is set up, and the ladder.

use super::doctor::Cure;
use super::{doctor, editor, from, go_to, open, show, show_step};
use crate::ladder::Rung;
use crate::lifecycle::{Operation, Verb};
use crate::problem::{Kind, Result};
use crate::status::{Ask, Status};
use crate::steps::Step;
use crate::tui::keys::Act;
use crate::tui::message::Effect;
use crate::tui::model::{Climb, Failure, Job, Model, Overlay, Purpose, Question, Screen};

/// To the home screen, with a fresh look.
pub fn go(model: &mut Model) -> Vec<Effect> {
    model.from.clear();
    model.changed = false;
    show(model, Screen::Home);
    gather(model)
}

fn gather(model: &mut Model) -> Vec<Effect> {
    if model.home.gathering {
        return vec![];
    }
    (model.home.gathering, model.home.away) = (true, false);
    model.home.schedule.begin(model.now);
    vec![Effect::Gather(std::mem::take(&mut model.home.ask))]
}

/// Looks again where it is time, and where it was not on the screen: what happened meanwhile was not heard.
pub fn tick(model: &mut Model) -> Vec<Effect> {
    if model.home.away || model.now >= model.home.schedule.due() { gather(model) } else { vec![] }
}

/// The host was looked at.
pub fn seen(model: &mut Model, status: Result<Box<Status>>) -> Vec<Effect> {
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
pub fn news(model: &mut Model, ask: Ask) -> Vec<Effect> {
    model.home.ask = model.home.ask.max(ask);
    model.home.schedule.news(model.now);
    vec![]
}

/// A key at home.
pub fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Edit => return editor::open_editor(model),
        Act::Log => return super::log::open(model),
        Act::Start => return plan(model, Verb::Start),
        Act::Restart => return plan(model, Verb::Restart),
        Act::Halt => return plan(model, Verb::Stop),
        Act::Doctor => return doctor::go(model),
        Act::Volumes => {
            from(model, Screen::Home);
            show_step(model, Step::Volumes);
            return super::look(model, &Step::ALL);
        }
        Act::Main => return cure(model).map(|cure| doctor::lead(model, cure)).unwrap_or_default(),
        Act::Overview => {
            go_to(model, Screen::Review);
            return super::look(model, &Step::ALL);
        }
        Act::Look => {
            news(model, Ask::All);
            return gather(model);
        }
        _ => {}
    }
    vec![]
}

/// Returns what Enter leads to at home: to what fixes the lowest rung that does not hold.
pub fn cure(model: &Model) -> Option<Cure> {
    let status = model.home.status.as_ref()?.as_ref().ok()?;
    Cure::of(status.wrong()?.advice.as_ref()?.remedy)
}

/// Has a start, stop or restart of the container planned.
pub fn plan(model: &mut Model, verb: Verb) -> Vec<Effect> {
    model.notice = if verb == Verb::Start { "looking at the container…" } else { "looking which jobs run…" }.into();
    vec![Effect::Plan(verb)]
}

/// It was planned, or cannot be: what stops the container is asked about first.
pub fn planned(model: &mut Model, verb: Verb, result: Result<Operation>) -> Vec<Effect> {
    model.notice.clear();
    if !matches!(model.screen, Screen::Home | Screen::Doctor | Screen::Failure) || !model.overlays.is_empty() {
        return vec![]; // the person has gone on to something else
    }
    match result {
        Ok(operation) if operation.plan.is_empty() => {
            model.notice = format!("Nothing to do to {} the container.", verb.name());
            show(model, Screen::Home);
            gather(model)
        }
        Ok(operation) => {
            model.operation = Some(Box::new(operation));
            if verb == Verb::Start {
                return operate(model);
            }
            open(model, Overlay::Confirm(Question::Operate));
            vec![]
        }
        Err(problem) => {
            model.failure = Some(Failure { purpose: Purpose::Operate(verb), problem });
            show(model, Screen::Failure);
            vec![]
        }
    }
}

/// Does what was planned.
pub fn operate(model: &mut Model) -> Vec<Effect> {
    let Some(operation) = model.operation.take() else { return vec![] };
    model.job = Some(Job::new(Purpose::Operate(operation.verb), Some(&operation.plan), model.now));
    show(model, Screen::Job);
    vec![Effect::Operate(operation)]
}

/// It was done.
pub fn operated(model: &mut Model, verb: Verb) -> Vec<Effect> {
    if verb == Verb::Stop {
        model.notice = "The container is stopped; s starts it.".into();
        return go(model);
    }
    climb(model)
}

/// Climbs the ladder, waiting at each rung.
pub fn climb(model: &mut Model) -> Vec<Effect> {
    if matches!(model.screen, Screen::Step | Screen::Admin) {
        from(model, Screen::Step);
    }
    model.step = Step::Startup;
    model.climb = Climb { climbing: true, ..Climb::default() };
    show(model, Screen::Ladder);
    vec![Effect::Climb]
}

/// A rung changed.
pub fn rung(model: &mut Model, rung: Rung) -> Vec<Effect> {
    match model.climb.rungs.iter_mut().find(|known| known.id == rung.id) {
        Some(known) => *known = rung,
        None => model.climb.rungs.push(rung),
    }
    vec![]
}

/// The climb is over.
pub fn climbed(model: &mut Model, result: Result<Vec<Rung>>) -> Vec<Effect> {
    model.climb.climbing = false;
    match result {
        Ok(rungs) => model.climb.rungs = rungs,
        Err(problem) if problem.kind == Kind::Interrupted => {
            if model.screen == Screen::Ladder {
                model.notice = "Stopped; r climbs again.".into();
            }
        }
        Err(problem) => model.climb.problem = Some(problem),
    }
    vec![]
}

/// A key on the ladder.
pub fn on_ladder(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Main => return go(model),
        Act::Look if !model.climb.climbing => return climb(model),
        Act::Log => return super::log::open(model),
        Act::PutBack => return super::change::put_back(model),
        Act::Edit => {
            let mut effects = vec![Effect::Stop];
            effects.extend(editor::open_editor(model));
            return effects;
        }
        Act::Back => {
            let mut effects = vec![Effect::Stop];
            effects.extend(super::back(model));
            return effects;
        }
        _ => {}
    }
    vec![]
}
