//! A host that is set up, and the ladder.

use super::doctor::Cure;
use super::{doctor, editor, from, go_to, open, show, show_step};
use crate::host::Cmd;
use crate::ladder::Rung;
use crate::plan::{Action, Plan};
use crate::problem::{Exit, Result};
use crate::steps::Step;
use crate::tui::keys::Act;
use crate::tui::message::Effect;
use crate::tui::model::{Climb, Job, Model, Overlay, Purpose, Question, REFRESH, Screen};

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
    (model.home.gathering, model.home.asked) = (true, model.now);
    vec![Effect::Gather(model.wants.clone())]
}

/// Every few seconds.
pub fn tick(model: &mut Model) -> Vec<Effect> {
    if model.now < model.home.asked + REFRESH { vec![] } else { gather(model) }
}

/// A key at home.
pub fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Edit => return editor::open_editor(model),
        Act::Log => return super::log::open(model),
        Act::Doctor => return doctor::go(model),
        Act::Restart => open(model, Overlay::Confirm(Question::Restart)),
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
        Act::Look => return gather(model),
        _ => {}
    }
    vec![]
}

/// Returns what Enter leads to at home: to what fixes the lowest rung that does not hold.
pub fn cure(model: &Model) -> Option<Cure> {
    let status = model.home.status.as_ref()?.as_ref().ok()?;
    Cure::of(status.wrong()?.advice.as_ref()?.remedy)
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
    if matches!(model.screen, Screen::Step | Screen::Admin) {
        from(model, Screen::Step);
    }
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
            let mut effects = vec![Effect::Stop];
            effects.extend(super::back(model));
            return effects;
        }
        _ => {}
    }
    vec![]
}
