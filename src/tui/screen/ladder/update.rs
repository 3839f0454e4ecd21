//! The ladder, climbed rung by rung.

use super::keys::LADDER;
use crate::canary::Finding;
use crate::ladder::Rung;
use crate::problem::{Kind, Result};
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::keys::binding::key_of;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};

/// A rung changed.
pub(crate) fn on_rung(model: &mut Model, rung: Rung) -> Vec<Effect> {
    match model.climb.rungs.iter_mut().find(|known| known.id == rung.id) {
        Some(known) => *known = rung,
        None => model.climb.rungs.push(rung),
    }
    vec![]
}

/// The climb is over.
pub(crate) fn on_climbed(model: &mut Model, result: Result<Vec<Rung>>) -> Vec<Effect> {
    model.climb.climbing = false;
    match result {
        Ok(rungs) => model.climb.rungs = rungs,
        Err(problem) if problem.kind == Kind::Interrupted => {
            if model.screen == Screen::Ladder {
                model.notice = format!("Stopped; {} climbs again.", key_of(LADDER, Act::Look));
            }
        }
        Err(problem) => model.climb.problem = Some(problem),
    }
    let tries = std::mem::take(&mut model.climb.tries);
    if tries && model.screen == Screen::Ladder && model.climb.is_up() { try_job(model) } else { vec![] }
}

fn try_job(model: &mut Model) -> Vec<Effect> {
    (model.climb.trying, model.climb.tried) = (true, None);
    vec![Effect::TryJob]
}

/// A small job was tried.
pub(crate) fn on_tried(model: &mut Model, result: Result<Vec<Finding>>) -> Vec<Effect> {
    model.climb.trying = false;
    model.climb.tried = match result {
        Err(problem) if problem.kind == Kind::Interrupted => None,
        result => Some(result),
    };
    vec![]
}

/// Handles a key on the ladder.
pub(crate) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Main => return go::to_home(model),
        Act::Look if !model.climb.climbing => return go::climb_ladder(model),
        Act::TryJob if !model.climb.trying => return try_job(model),
        Act::Log => return go::open_log(model),
        Act::PutBack => return go::put_back(model),
        Act::Edit => {
            let mut effects = vec![Effect::Stop];
            effects.extend(go::open_editor(model));
            return effects;
        }
        Act::Back => {
            let mut effects = vec![Effect::Stop];
            effects.extend(go::go_back(model));
            return effects;
        }
        _ => {}
    }
    vec![]
}
