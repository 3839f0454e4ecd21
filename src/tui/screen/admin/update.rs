//! An administrator is waited for.

use crate::problem::Result;
use crate::steps::Step;
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::message::Effect;
use crate::tui::model::{Model, PATIENCE, Screen};

/// The host was looked at: is root still needed?
pub(crate) fn on_looks_ended(model: &mut Model) -> Vec<Effect> {
    if model.screen != Screen::Admin {
        return vec![];
    }
    model.look_at = model.now + PATIENCE;
    if model.reports.get(&model.step).is_none_or(Result::is_err) || !model.admin_lines().is_empty() {
        return vec![];
    }
    model.failure = None;
    if model.done(model.step) {
        go::show(model, Screen::Step);
        model.notice = format!("{}: it was done.", model.step.title());
        return go::look_at(model, &Step::ALL);
    }
    go::show(model, Screen::Step);
    model.notice = "Root's part was done; the rest needs no root.".into();
    vec![]
}

/// While an administrator is waited for, the host is looked at again and again.
pub(crate) fn on_tick(model: &mut Model) -> Vec<Effect> {
    if model.looking || model.now < model.look_at {
        return vec![];
    }
    let mut steps: Vec<Step> = model.admin_steps().map(|report| report.step).collect();
    if !steps.contains(&model.step) {
        steps.push(model.step);
    }
    go::look_at(model, &steps)
}

/// Handles a key on the page.
pub(crate) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Look => go::look_at(model, &Step::ALL),
        Act::Back => go::go_back(model),
        _ => vec![],
    }
}
