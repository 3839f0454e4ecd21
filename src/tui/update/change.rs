//! A change of the configuration: looked at, put to work, and the way back.

use super::{look, show};
use crate::change::Standing;
use crate::problem::Result;
use crate::secret::Secret;
use crate::steps::Step;
use crate::tui::keys::Act;
use crate::tui::message::Effect;
use crate::tui::model::{Failure, Job, Model, Purpose, Screen, Then};
use crate::tui::proposed::Proposed;

/// Has a text kept, judged and planned; the difference is shown when that is done.
pub fn propose(model: &mut Model, standing: Option<Box<Standing>>, text: Secret, now: bool) -> Vec<Effect> {
    model.notice = "keeping the text, and asking the image about it…".into();
    vec![Effect::Propose { standing, text, now, back: None }]
}

/// Has the way back to the version before planned.
pub fn put_back(model: &mut Model) -> Vec<Effect> {
    model.notice = "looking for the version before…".into();
    vec![Effect::Stop, Effect::PutBack]
}

/// It was planned, or cannot be.
pub fn proposed(model: &mut Model, result: Result<Proposed>) -> Vec<Effect> {
    model.notice.clear();
    let change = match result {
        Ok(change) => change,
        Err(problem) => {
            model.failure = Some(Failure { purpose: Purpose::Change, problem });
            show(model, Screen::Failure);
            return vec![];
        }
    };
    model.failure = None;
    if let (Some(editor), None) = (&mut model.editor, &change.back) {
        if change.proposal.renewed > 0 {
            editor.set(&change.proposal.new);
        } else if editor.buffer.text() != change.proposal.new {
            editor.notice = "The text was changed meanwhile: Ctrl-S again.".into();
            return vec![];
        }
        editor.kept(editor.buffer.state()); // the work file has it now
        editor.notice.clear();
        editor.standing = Some(change.standing.clone());
        let effects = super::editor::forget(editor);
        if !change.does_something() {
            editor.notice = "Nothing to do: the runner works with this configuration.".into();
            show(model, Screen::Editor);
            return effects;
        }
        model.change = Some(Box::new(change));
        show(model, Screen::Change);
        return effects;
    }
    model.change = Some(Box::new(change));
    show(model, Screen::Change);
    vec![]
}

/// A key while the change is looked at.
pub fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    let Some(change) = model.change.clone() else { return super::home::go(model) };
    match act {
        Act::Main => {
            model.job = Some(Job::new(Purpose::Change, Some(&change.proposal.plan), model.now));
            // What is being looked at now will be old.
            (model.round, model.looking, model.then) = (model.round + 1, false, Then::Stay);
            model.fresh.clear();
            show(model, Screen::Job);
            vec![Effect::Change(change)]
        }
        Act::Now => {
            let (text, standing) = (change.proposal.new, change.standing);
            vec![Effect::Propose { standing: Some(standing), text, now: !change.now, back: change.back }]
        }
        Act::Back => leave(model),
        _ => vec![],
    }
}

/// Back to the text, where there is one.
pub fn leave(model: &mut Model) -> Vec<Effect> {
    let back = model.change.take().is_some_and(|change| change.back.is_some());
    model.failure = None;
    if model.editor.is_some() && !back {
        show(model, Screen::Editor);
        return vec![];
    }
    model.editor = None;
    super::home::go(model)
}

/// After a failure: the same text once more, planned from the host as it is now.
pub fn again(model: &mut Model) -> Vec<Effect> {
    let text = match (&model.change, &model.editor) {
        (Some(change), _) => change.proposal.new.clone(),
        (None, Some(editor)) => editor.buffer.text(),
        (None, None) => return super::home::go(model),
    };
    propose(model, None, text, model.change.as_ref().is_some_and(|change| change.now))
}

/// It was put to work.
pub fn done(model: &mut Model) -> Vec<Effect> {
    let change = model.change.take();
    model.editor = None;
    model.from.clear();
    let Some(change) = change else { return super::home::go(model) };
    // The way back is offered where this very change made something worse.
    model.changed = change.back.is_none() && change.proposal.old.is_some_and(|old| old != change.proposal.new);
    if change.proposal.recreates {
        return super::home::climb(model);
    }
    model.step = Step::Configuration;
    model.notice = "Stored. There is no container yet that could work with it.".into();
    show(model, Screen::Step);
    look(model, &Step::ALL)
}
