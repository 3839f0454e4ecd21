//! A host that is set up, and the ladder.

use super::{editor, open, show, show_step};
use crate::host::Cmd;
use crate::ladder::Rung;
use crate::plan::{Action, Plan};
use crate::problem::{Exit, Result};
use crate::status::{Ask, Status};
use crate::steps::Step;
use crate::tui::keys::Act;
use crate::tui::message::Effect;
use crate::tui::model::{Climb, Job, Model, Overlay, Purpose, Question, Screen};

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
    vec![Effect::Gather(model.wants.clone(), std::mem::take(&mut model.home.ask))]
}

/// Looks again where it is time, and where it was not on the screen: what happened meanwhile was not heard.
pub fn tick(model: &mut Model) -> Vec<Effect> {
    let away = std::mem::take(&mut model.home.away);
    if away || model.now >= model.home.schedule.due() { gather(model) } else { vec![] }
}

/// The host was looked at.
pub fn seen(model: &mut Model, status: Result<Box<Status>>) -> Vec<Effect> {
    let well = status.as_ref().is_ok_and(|status| status.healthy);
    model.home.gathering = false;
    model.home.schedule.seen(model.now, well);
    model.home.status = Some(status);
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
        Act::Doctor => return super::doctor::go(model),
        Act::Restart => open(model, Overlay::Confirm(Question::Restart)),
        Act::Volumes => {
            show_step(model, Step::Volumes);
            return super::look(model, &Step::ALL);
        }
        Act::Overview => {
            model.from = vec![Screen::Home];
            show(model, Screen::Review);
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

/// Stops and starts the container; nothing of it is lost.
pub fn restart(model: &mut Model) -> Vec<Effect> {
    let name = &model.wants.name;
    let plan = Plan::from(vec![
        Action::Run(Cmd::podman(["stop", name]).timeout(None)),
        Action::Run(Cmd::podman(["start", name])),
    ]);
    model.job = Some(Job::new(Purpose::Restart, Some(&plan), model.now));
    show(model, Screen::Job);
    vec![Effect::Apply { wants: model.wants.clone(), purpose: Purpose::Restart, plan: Some(plan) }]
}

/// Climbs the ladder, waiting at each rung.
pub fn climb(model: &mut Model) -> Vec<Effect> {
    model.step = Step::Startup;
    model.climb = Climb { climbing: true, ..Climb::default() };
    show(model, Screen::Ladder);
    vec![Effect::Climb(model.wants.clone())]
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
        Err(problem) if problem.exit == Exit::Interrupted => {
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
            show_step(model, Step::Startup);
            return vec![Effect::Stop];
        }
        _ => {}
    }
    vec![]
}
