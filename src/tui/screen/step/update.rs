//! One step: done, prepared, or gone on from.

use crate::steps::{State, Step};
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Overlay, Question, Screen, Then};

/// Handles a key on the page.
pub(crate) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    if model.then == Then::Climb {
        model.then = Then::Stay; // who goes somewhere is not taken elsewhere
    }
    match act {
        Act::Main => return main(model),
        Act::Number(number) => {
            if let Some(step) = Step::ALL.into_iter().find(|step| step.number() == Some(number)) {
                go::show_step(model, step);
            }
        }
        Act::Look => return go::look_at(model, &Step::ALL),
        Act::Back => return go::go_back(model),
        Act::Edit => return go::edit_step(model),
        Act::Print => go::open_admin(model),
        Act::Previous | Act::Next => show_beside(model, act == Act::Next),
        Act::Overview => go::show(model, Screen::Review),
        Act::Recreate if model.wants.recreate_volumes => {
            model.wants.recreate_volumes = false;
            return go::look_at(model, &[Step::Volumes]);
        }
        Act::Recreate => go::open_overlay(model, Overlay::Confirm(Question::Recreate)),
        Act::Toggle if model.step == Step::Image => {
            model.wants.build = None;
            return go::look_at(model, &[Step::Image]);
        }
        Act::Toggle => return toggle_boot(model),
        _ => {}
    }
    vec![]
}

/// Enter on a step.
fn main(model: &mut Model) -> Vec<Effect> {
    let step = model.step;
    match model.state().cloned() {
        Some(State::Ready) if !model.fresh.contains(&step) => vec![],
        Some(State::Ready) => go::apply_step(model, step, false),
        Some(State::Asks(_)) => go::edit_step(model),
        Some(State::Waits(earlier)) => {
            go::show_step(model, earlier);
            vec![]
        }
        Some(State::Done) => match model.unfinished() {
            None => go::climb_ladder(model),
            // The next one in order that is not done, else the first that is not.
            Some(first) => {
                let later = Step::ALL.into_iter().find(|other| *other > step && !model.done(*other));
                go::show_step(model, later.unwrap_or(first));
                vec![]
            }
        },
        Some(State::Blocked(_)) | None => go::look_at(model, &Step::ALL),
    }
}

fn show_beside(model: &mut Model, next: bool) {
    let steps = model.steps();
    let at = steps.iter().position(|step| *step == model.step).unwrap_or(0);
    let to = if next { (at + 1).min(steps.len() - 1) } else { at.saturating_sub(1) };
    if let Some(step) = steps.get(to) {
        go::show_step(model, *step);
    }
}

/// Plans to recreate the volumes; the plan is shown first.
pub(crate) fn recreate_volumes(model: &mut Model) -> Vec<Effect> {
    model.wants.recreate_volumes = true;
    go::look_at(model, &[Step::Volumes])
}

fn toggle_boot(model: &mut Model) -> Vec<Effect> {
    let on = model.wants.answers.start_at_boot != Some(true);
    model.wants.answers.start_at_boot = Some(on);
    if !on {
        model.notice =
            "It is not switched off where it is on: that is `systemctl --user disable podman-restart`.".into();
    }
    let mut effects = vec![Effect::SaveAnswers(model.wants.answers.clone())];
    effects.extend(go::look_at(model, &[Step::Startup]));
    effects
}
