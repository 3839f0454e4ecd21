//! An operation: begun, ended, and what follows it.

use crate::lifecycle::Verb;
use crate::problem::{Exit, Kind, Problem, Result};
use crate::steps::{Report, Step};
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::keys::key_on;
use crate::tui::message::Effect;
use crate::tui::model::{Failure, Mark, Model, Purpose, Screen, Then};
use crate::tui::view::layout;

/// An action of the plan began or ended.
pub(crate) fn on_marked(model: &mut Model, index: usize, mark: Mark) -> Vec<Effect> {
    if let Some(action) = model.operation.as_mut().and_then(|operation| operation.actions.get_mut(index)) {
        action.1 = mark;
    }
    vec![]
}

/// The plan was applied and the step verified, or something failed.
pub(crate) fn on_done(model: &mut Model, result: Result<Option<Report>>) -> Vec<Effect> {
    let Some(operation) = model.operation.take() else { return vec![] };
    if model.leaving {
        return go::leave(model, Exit::Interrupted);
    }
    match result {
        Ok(report) => {
            model.failure = None;
            if let Some(report) = report {
                model.reports.insert(report.step, Ok(report));
            }
            finished(model, operation.purpose)
        }
        Err(problem) => {
            let mut effects = failed(model, operation.purpose, problem);
            effects.extend(go::look_at(model, &Step::ALL));
            effects
        }
    }
}

fn finished(model: &mut Model, purpose: Purpose) -> Vec<Effect> {
    match purpose {
        Purpose::Operate(verb) => return operated(model, verb),
        Purpose::Change => return change_applied(model),
        Purpose::Make => {
            go::show(model, Screen::Form);
            return vec![];
        }
        Purpose::Fetch => return go::open_update(model),
        Purpose::Update => return go::climb_ladder(model),
        Purpose::Step(Step::Registration) => {
            // Registered: nobody needs the tokens any more.
            model.wants.vault.tokens.clear();
            model.form = None;
        }
        Purpose::Step(Step::Volumes) => model.wants.recreate_volumes = false,
        Purpose::Step(_) => {}
    }
    if let Purpose::Step(step) = purpose {
        go::show_step(model, step);
        model.notice = format!("{}: done.", step.title());
        if step == Step::Startup {
            model.then = Then::Climb;
        }
    }
    go::look_at(model, &Step::ALL)
}

/// The container was started, stopped or restarted.
fn operated(model: &mut Model, verb: Verb) -> Vec<Effect> {
    if verb == Verb::Stop {
        model.notice = format!("The container is stopped; {} starts it.", at_home(model, Act::Start));
        return go::to_home(model);
    }
    if verb == Verb::Teardown {
        // Nothing is set up any more: the steps.
        let effects = go::look_at(model, &Step::ALL);
        model.notice = "It is gone.".into();
        go::open_screen(model, Screen::Review);
        return effects;
    }
    if verb == Verb::Prune {
        go::show(model, Screen::Volumes);
        model.notice = "Pruned.".into();
        return go::measure(model);
    }
    if verb == Verb::Pause {
        model.notice = format!("The runner takes no new jobs; {} has it take them again.", at_home(model, Act::Resume));
        return go::to_home(model);
    }
    go::climb_ladder(model)
}

/// The key that does something at home.
fn at_home(model: &Model, act: Act) -> String {
    key_on(model, Screen::Home, act)
}

/// A change was applied.
fn change_applied(model: &mut Model) -> Vec<Effect> {
    let change = model.change.take();
    model.editor = None;
    model.from.clear();
    let Some(change) = change else { return go::to_home(model) };
    // The way back is offered where this very change made something worse.
    model.changed = change.back.is_none() && change.proposal.old.is_some_and(|old| old != change.proposal.new);
    if change.proposal.paused {
        let effects = go::to_home(model);
        model.notice = format!("The runner is paused; it works with it from {} on.", at_home(model, Act::Resume));
        return effects;
    }
    if change.proposal.recreates || change.proposal.asks_anew {
        return go::climb_ladder(model);
    }
    if change.proposal.hands_over {
        let changed = model.changed;
        let effects = go::to_home(model);
        model.changed = changed;
        model.notice = match changed {
            true => format!("gitlab-runner works with it; {} takes it back.", at_home(model, Act::PutBack)),
            false => "gitlab-runner works with it.".into(),
        };
        return effects;
    }
    model.step = Step::Configuration;
    model.notice = "Stored. There is no container yet that could work with it.".into();
    go::show(model, Screen::Step);
    go::look_at(model, &Step::ALL)
}

fn failed(model: &mut Model, purpose: Purpose, problem: Problem) -> Vec<Effect> {
    if problem.kind == Kind::Interrupted {
        model.notice = "Stopped. What was done stays done.".into();
        return match purpose {
            Purpose::Step(step) => {
                go::show_step(model, step);
                vec![]
            }
            Purpose::Operate(_) => {
                model.notice = problem.what;
                go::to_home(model)
            }
            Purpose::Change => go::close_change(model),
            Purpose::Make => {
                go::show(model, Screen::Make);
                vec![]
            }
            Purpose::Fetch => go::open_update(model),
            Purpose::Update => {
                model.notice = format!("{} {}", problem.what, problem.advice);
                go::to_home(model)
            }
        };
    }
    model.failure = Some(Failure { purpose, problem });
    match purpose {
        Purpose::Step(_) => go::come_from(model, Screen::Step),
        Purpose::Make => go::come_from(model, Screen::Make),
        _ => {}
    }
    go::show(model, Screen::Failure);
    vec![]
}

/// Handles a key on the page.
pub(crate) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    let page = layout::body(model.size).height.saturating_sub(1).max(1) as usize;
    let Some(operation) = &mut model.operation else { return vec![] };
    if act == Act::Wait {
        operation.patient = true;
        return vec![Effect::Wait];
    }
    // Counted from the end: it is the newest that is wanted.
    let last = operation.lines.len();
    if let Some(at) = act.scrolled(last.saturating_sub(operation.up), page) {
        operation.up = last.saturating_sub(at);
    }
    vec![]
}
