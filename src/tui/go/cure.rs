//! What fixes what is wrong, and the way there.

use super::editor::open_editor;
use super::log::open_log;
use super::look::look_at;
use super::operation::plan_operation;
use super::way::{come_from, show_step};
use crate::lifecycle::Verb;
use crate::steps::Step;
use crate::symptoms::Remedy;
use crate::tui::message::Effect;
use crate::tui::model::Model;

/// What a key can lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cure {
    /// A step of the wizard.
    Step(Step),
    /// The first step that is not done.
    Setup,
    /// The editor of the configuration.
    Edit,
    /// A restart of the container.
    Restart,
    /// Jobs are taken again.
    Resume,
    /// The log.
    Log,
}

impl Cure {
    /// Of what fixes it; `None` where that is not ours to do.
    pub(crate) fn of(remedy: Remedy) -> Option<Self> {
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
            Remedy::Resume => Self::Resume,
            Remedy::Logs => Self::Log,
            Remedy::Setup => Self::Setup,
            Remedy::Host | Remedy::Gitlab | Remedy::Job => return None,
        })
    }

    /// What Enter does, for the line at the bottom.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Step(_) | Self::Setup => "go to the step",
            Self::Edit => "edit the configuration",
            Self::Restart => "restart",
            Self::Resume => "resume",
            Self::Log => "log",
        }
    }
}

/// Returns what Enter leads to on the finding that is chosen.
pub(crate) fn doctor_cure(model: &Model) -> Option<Cure> {
    let finding = model.doctor.findings().get(model.doctor.at)?;
    Cure::of(finding.remedy.filter(|_| finding.past.is_none())?)
}

/// Returns what Enter leads to at home: to what fixes the lowest rung that does not hold.
pub(crate) fn home_cure(model: &Model) -> Option<Cure> {
    let status = model.home.status.as_ref()?.as_ref().ok()?;
    Cure::of(status.wrong()?.advice.as_ref()?.remedy)
}

/// Goes to what fixes it.
pub(crate) fn lead(model: &mut Model, cure: Cure) -> Vec<Effect> {
    let step = match cure {
        Cure::Step(step) => step,
        Cure::Setup => model.unfinished().unwrap_or(Step::Startup),
        Cure::Edit => return open_editor(model),
        Cure::Log => return open_log(model),
        Cure::Restart => return plan_operation(model, Verb::Restart),
        Cure::Resume => return plan_operation(model, Verb::Resume),
    };
    come_from(model, model.screen);
    show_step(model, step);
    look_at(model, &Step::ALL)
}
