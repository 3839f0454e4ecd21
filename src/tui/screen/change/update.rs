//! A change of the configuration: looked at, applied, and the way back.

use crate::change::Offer;
use crate::problem::{Kind, Result};
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::keys::key_on;
use crate::tui::message::Effect;
use crate::tui::model::{Failure, Model, Operation, Purpose, Screen, Then};

/// It was planned, or cannot be.
pub(crate) fn on_proposed(model: &mut Model, result: Result<Offer>) -> Vec<Effect> {
    model.notice.clear();
    let change = match result {
        Ok(change) => change,
        Err(problem) if problem.kind == Kind::Nothing => {
            // Nothing is wrong, so nothing failed, and it would be no other at another try.
            model.notice = format!("{} {}", problem.what, problem.advice);
            return vec![];
        }
        Err(problem) => {
            model.failure = Some(Failure { purpose: Purpose::Change, problem });
            if matches!(model.screen, Screen::History | Screen::Version) {
                go::come_from(model, model.screen);
            }
            go::show(model, Screen::Failure);
            return vec![];
        }
    };
    model.failure = None;
    let keep = key_on(model, Screen::Editor, Act::Keep);
    if let (Some(editor), None) = (&mut model.editor, &change.back) {
        if change.proposal.renewed > 0 {
            editor.set(&change.proposal.new);
        } else if editor.buffer.text() != change.proposal.new {
            editor.notice = format!("The text was changed meanwhile: {keep} again.");
            return vec![];
        }
        editor.kept(editor.buffer.state()); // the work file has it now
        editor.notice.clear();
        editor.standing = Some(change.standing.clone());
        let effects = go::forget_restored(editor);
        if !change.does_something() {
            editor.notice = "Nothing to do: the runner works with this configuration.".into();
            go::show(model, Screen::Editor);
            return effects;
        }
        model.change = Some(Box::new(change));
        go::show(model, Screen::Change);
        return effects;
    }
    model.change = Some(Box::new(change));
    if matches!(model.screen, Screen::History | Screen::Version) {
        go::come_from(model, model.screen);
    }
    go::show(model, Screen::Change);
    vec![]
}

/// Has the change planned again.
fn propose(change: Offer, now: bool) -> Effect {
    Effect::Propose { standing: Some(change.standing), text: change.proposal.new, now, back: change.back }
}

/// A key while the change is looked at.
pub(crate) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    let Some(change) = model.change.clone() else { return go::to_home(model) };
    match act {
        Act::Main => {
            model.operation = Some(Operation::new(Purpose::Change, Some(&change.proposal.plan), model.now));
            // What is being looked at now will be old.
            (model.round, model.looking, model.then) = (model.round + 1, false, Then::Stay);
            model.fresh.clear();
            go::show(model, Screen::Operation);
            vec![Effect::Change(change)]
        }
        Act::Now => {
            let now = !change.wish.now;
            vec![propose(*change, now)]
        }
        Act::GiveUp => {
            let Some(privileged) = change.proposal.privileged else { return vec![] };
            model.wants.answers.privileged = Some(!privileged);
            let now = change.wish.now;
            vec![Effect::Decide { privileged: !privileged }, propose(*change, now)]
        }
        Act::Back | Act::Edit => go::close_change(model),
        _ => vec![],
    }
}
