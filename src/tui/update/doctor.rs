//! The doctor's page: what is wrong, and the way to what mends it.

use super::{back, editor, from, go_to, log, show_step};
use crate::doctor::Diagnosis;
use crate::lifecycle::Verb;
use crate::problem::{Kind, Result};
use crate::steps::Step;
use crate::symptoms::Remedy;
use crate::tui::keys::Act;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};
use crate::tui::view;

/// What a key can lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// A step of the wizard.
    Step(Step),
    /// The first step that is not done.
    Setup,
    /// The editor of the configuration.
    Edit,
    /// A restart of the container.
    Restart,
    /// The log.
    Log,
}

impl Cure {
    /// Of what mends it; `None` where that is not ours to do.
    pub fn of(remedy: Remedy) -> Option<Self> {
        Some(match remedy {
            Remedy::Persistent => Self::Step(Step::Persistent),
            Remedy::IdRanges => Self::Step(Step::IdRanges),
            Remedy::Registration => Self::Step(Step::Registration),
            Remedy::Configuration => Self::Step(Step::Configuration),
            Remedy::Volumes | Remedy::NewVolumes => Self::Step(Step::Volumes),
            Remedy::Startup => Self::Step(Step::Startup),
            Remedy::ImageBuild => Self::Step(Step::Image),
            Remedy::Edit => Self::Edit,
            Remedy::Restart => Self::Restart,
            Remedy::Logs => Self::Log,
            Remedy::Setup => Self::Setup,
            Remedy::Host | Remedy::Gitlab | Remedy::Job => return None,
        })
    }

    /// What Enter does, for the line at the bottom.
    pub fn word(self) -> &'static str {
        match self {
            Self::Step(_) | Self::Setup => "go to the step",
            Self::Edit => "edit the configuration",
            Self::Restart => "restart",
            Self::Log => "log",
        }
    }
}

/// What Enter leads to on the finding that is chosen.
pub fn cure(model: &Model) -> Option<Cure> {
    let finding = model.doctor.findings().get(model.doctor.at)?;
    Cure::of(finding.remedy.filter(|_| finding.past.is_none())?)
}

/// Opens it, and asks.
pub fn go(model: &mut Model) -> Vec<Effect> {
    go_to(model, Screen::Doctor);
    ask(model)
}

fn ask(model: &mut Model) -> Vec<Effect> {
    if model.doctor.asking {
        return vec![];
    }
    model.doctor.asking = true;
    vec![Effect::Examine(model.wants.clone())]
}

/// The answer.
pub fn told(model: &mut Model, result: Result<Diagnosis>) -> Vec<Effect> {
    model.doctor.asking = false;
    if !result.as_ref().is_err_and(|problem| problem.kind == Kind::Interrupted) {
        (model.doctor.said, model.doctor.at) = (Some(result), 0);
    } else if model.screen == Screen::Doctor {
        model.notice = "Stopped; r looks again.".into();
    }
    super::clamp(model);
    vec![]
}

/// A key on it.
pub fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    let last = model.doctor.findings().len().saturating_sub(1);
    match act {
        // What is chosen is read to its end before another is.
        Act::Previous if model.scroll > if model.doctor.at == 0 { 0 } else { view::doctor_rows(model).0 } => {
            model.scroll -= 1
        }
        Act::Next if model.scroll < end(model, last) => model.scroll += 1,
        Act::Previous if model.doctor.at > 0 => choose(model, model.doctor.at - 1),
        Act::Next if model.doctor.at < last => choose(model, model.doctor.at + 1),
        Act::Look => return ask(model),
        Act::Log => return with_stop(log::open(model)),
        Act::Main => match cure(model) {
            Some(Cure::Restart) => return lead(model, Cure::Restart),
            Some(cure) => return with_stop(lead(model, cure)),
            None => {}
        },
        Act::Back => return with_stop(back(model)),
        _ => {}
    }
    vec![]
}

/// Goes to what fixes it.
pub fn lead(model: &mut Model, cure: Cure) -> Vec<Effect> {
    let step = match cure {
        Cure::Step(step) => step,
        Cure::Setup => model.unfinished().unwrap_or(Step::Startup),
        Cure::Edit => return editor::open_editor(model),
        Cure::Log => return log::open(model),
        Cure::Restart => return super::home::plan(model, Verb::Restart),
    };
    from(model, model.screen);
    show_step(model, step);
    super::look(model, &Step::ALL)
}

/// The look is not needed any more.
fn with_stop(effects: Vec<Effect>) -> Vec<Effect> {
    let mut all = vec![Effect::Stop];
    all.extend(effects);
    all
}

/// How far one scrolls for the end of what is chosen; behind the last finding is the end of the page.
fn end(model: &Model, last: usize) -> usize {
    let limit = view::scroll_limit(model);
    let height = usize::from(view::body(model.size).height).max(1);
    if model.doctor.at == last { limit } else { view::doctor_rows(model).1.saturating_sub(height).min(limit) }
}

/// Another finding; it is brought into sight.
fn choose(model: &mut Model, at: usize) {
    model.doctor.at = at;
    let (first, behind) = view::doctor_rows(model);
    let height = usize::from(view::body(model.size).height).max(1);
    if behind > model.scroll + height {
        model.scroll = behind - height;
    }
    model.scroll = model.scroll.min(first).min(view::scroll_limit(model));
}
