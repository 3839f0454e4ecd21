//! One finding.

use crate::host::subid_diagram::Picture;
use crate::plan::{Action, Plan};
use crate::problem::Problem;
use crate::steps::{Report, State, Step};
use serde::Serialize;

/// How it stands with one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Not as it should be; the fix fixes it.
    Fixable,
    /// Not as it should be; only a user can fix it.
    Blocked,
    /// It works, but read it.
    Warning,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Check {
    /// Its name.
    pub id: String,
    /// How it stands.
    pub status: Status,
    /// What was found.
    pub found: String,
    /// What is needed.
    pub needed: String,
    /// Why, and where only a user can fix it: how.
    pub why: String,
    /// The commands that fix it.
    pub fix: Vec<String>,
    /// Whether root must run them.
    pub needs_root: bool,
    /// The same as a plan.
    #[serde(skip)]
    pub plan: Plan,
    /// Who has which IDs, where that explains it.
    #[serde(skip)]
    pub pictures: Vec<Picture>,
    /// The step that fixes it, where one does.
    #[serde(skip)]
    pub step: Option<Step>,
}

impl Check {
    /// As it should be.
    pub(super) fn ok(id: &str, found: impl Into<String>, needed: &str, why: &str) -> Self {
        Self {
            id: id.into(),
            status: Status::Ok,
            found: found.into(),
            needed: needed.into(),
            why: why.into(),
            fix: vec![],
            needs_root: false,
            plan: Plan::default(),
            pictures: vec![],
            step: None,
        }
    }

    /// It works, but read it.
    pub(super) fn warning(self, how: &str) -> Self {
        Self { status: Status::Warning, ..self }.told(how)
    }

    /// Only a user can fix it; how.
    pub(super) fn blocked(self, how: &str) -> Self {
        Self { status: Status::Blocked, ..self }.told(how)
    }

    /// The plan fixes it.
    pub(super) fn fixed_by(self, actions: Vec<Action>) -> Self {
        let plan = Plan::from(actions);
        Self {
            status: Status::Fixable,
            fix: plan.all().flat_map(Action::shell).collect(),
            needs_root: plan.needs_root(),
            plan,
            ..self
        }
    }

    fn told(mut self, how: &str) -> Self {
        if !how.is_empty() {
            self.why = format!("{} {how}", self.why);
        }
        self
    }

    /// It could not be looked at.
    pub(super) fn problem(id: &str, why: &str, problem: &Problem) -> Self {
        let found = problem.said.last().map_or_else(|| problem.what.clone(), |said| format!("{} {said}", problem.what));
        Self::ok(id, found, "", why).blocked(&problem.advice)
    }

    /// A probe that broke.
    pub(super) fn broken(name: &str) -> Self {
        let id = name.to_lowercase().replace(' ', "_");
        Self::ok(&id, "pipglr itself broke while looking at this", "", "").blocked("Report it as a bug, please.")
    }

    /// A step's facts.
    pub(super) fn of_report(report: &Report) -> Vec<Self> {
        report
            .facts
            .iter()
            .map(|fact| {
                let check = Self::ok(&fact.what.replace(' ', "_"), fact.found.clone(), &fact.needed, report.step.why());
                let mut check = match &report.state {
                    _ if fact.ok => check,
                    State::Blocked(problem) => check.blocked(&format!("{} {}", problem.what, problem.advice)),
                    _ => check.fixed_by(report.plan.all().cloned().collect()),
                };
                if report.step == Step::Image && check.status == Status::Fixable {
                    check.status = Status::Warning; // setup gets it
                }
                if check.status != Status::Ok {
                    check.pictures.clone_from(&report.pictures);
                }
                check.step = Some(report.step);
                check
            })
            .collect()
    }
}
