//! The doctor's page: what is wrong, and the way to what fixes it.

use super::keys::DOCTOR;
use super::view;
use crate::doctor::Diagnosis;
use crate::problem::{Kind, Result};
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::keys::binding::key_of;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};
use crate::tui::view::layout;

/// Handles the answer.
pub(crate) fn on_diagnosed(model: &mut Model, result: Result<Diagnosis>) -> Vec<Effect> {
    model.doctor.asking = false;
    if !result.as_ref().is_err_and(|problem| problem.kind == Kind::Interrupted) {
        (model.doctor.said, model.doctor.at) = (Some(result), 0);
    } else if model.screen == Screen::Doctor {
        model.notice = format!("Stopped; {} looks again.", key_of(DOCTOR, Act::Look));
    }
    vec![]
}

/// Handles a key on it.
pub(crate) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    let last = model.doctor.findings().len().saturating_sub(1);
    match act {
        // What is chosen is read to its end before another is.
        Act::Previous if model.scroll > if model.doctor.at == 0 { 0 } else { rows(model).0 } => model.scroll -= 1,
        Act::Next if model.scroll < end(model, last) => model.scroll += 1,
        Act::Previous if model.doctor.at > 0 => choose(model, model.doctor.at - 1),
        Act::Next if model.doctor.at < last => choose(model, model.doctor.at + 1),
        Act::Look => return go::examine(model),
        Act::Log => return with_stop(go::open_log(model)),
        Act::Main => match go::doctor_cure(model) {
            Some(go::Cure::Restart) => return go::lead(model, go::Cure::Restart),
            Some(cure) => return with_stop(go::lead(model, cure)),
            None => {}
        },
        Act::Back => return with_stop(go::go_back(model)),
        _ => {}
    }
    vec![]
}

/// The look is not needed any more.
fn with_stop(effects: Vec<Effect>) -> Vec<Effect> {
    let mut all = vec![Effect::Stop];
    all.extend(effects);
    all
}

/// How far one scrolls for the end of what is chosen; behind the last finding is the end of the page.
fn end(model: &Model, last: usize) -> usize {
    let limit = limit(model);
    let height = usize::from(layout::page(model.size).height).max(1);
    if model.doctor.at == last { limit } else { rows(model).1.saturating_sub(height).min(limit) }
}

/// Another finding; it is brought into sight.
fn choose(model: &mut Model, at: usize) {
    model.doctor.at = at;
    let (first, behind) = rows(model);
    let height = usize::from(layout::page(model.size).height).max(1);
    if behind > model.scroll + height {
        model.scroll = behind - height;
    }
    model.scroll = model.scroll.min(first).min(limit(model));
}

/// Returns the first row of the finding that is chosen, and the one after it.
fn rows(model: &Model) -> (usize, usize) {
    view::rows(model, layout::page(model.size).width)
}

/// Returns how far the page can be scrolled.
fn limit(model: &Model) -> usize {
    let area = layout::page(model.size);
    view::lines(model, area.width).len().saturating_sub(usize::from(area.height))
}
