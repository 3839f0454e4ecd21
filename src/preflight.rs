//! `check`: what stands in the way of a runner on this host, and its fix. Changes nothing.

use crate::host::podman::{self, Version};
use crate::plan::Action;
use crate::problem::Problem;
use crate::steps::{Report, Setup, State, Step};
use serde::Serialize;

/// How it stands with one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Not as it should be; the fix mends it.
    Fixable,
    /// Not as it should be; only a person can mend it.
    Blocked,
    /// It works, but read it.
    Warning,
}

/// One thing that was looked at (design/contract.md, "JSON").
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name.
    pub id: String,
    /// How it stands.
    pub status: Status,
    /// What was found.
    pub found: String,
    /// What is needed.
    pub needed: String,
    /// Why.
    pub why: String,
    /// The commands that mend it.
    pub fix: Vec<String>,
    /// Whether root must run them.
    pub needs_root: bool,
}

/// Looks at all of it. What cannot be looked at is itself a finding.
pub fn look(setup: &Setup) -> Vec<Check> {
    let mut checks = vec![podman_version(setup)];
    if checks[0].status == Status::Blocked {
        return checks; // nothing else can be asked without podman
    }
    for step in [Step::Persistent, Step::IdRanges, Step::Image] {
        match setup.look(step) {
            Ok(report) => checks.extend(of_report(&report)),
            Err(problem) => checks.push(blocked(step.title(), step.why(), &problem)),
        }
    }
    checks
}

fn podman_version(setup: &Setup) -> Check {
    let why = "podman runs the container, and the jobs in it.";
    let needed = format!("{} or newer", Version::OLDEST);
    match podman::version(&*setup.host) {
        Err(problem) => Check { needed, ..blocked("podman", why, &problem) },
        Ok(version) => Check {
            id: "podman".into(),
            status: if version >= Version::OLDEST { Status::Ok } else { Status::Warning },
            found: version.to_string(),
            needed,
            why: why.into(),
            fix: vec![],
            needs_root: false,
        },
    }
}

fn blocked(id: &str, why: &str, problem: &Problem) -> Check {
    let id = id.to_lowercase().replace(' ', "_");
    let found = problem.said.last().map_or_else(|| problem.what.clone(), |said| format!("{} {said}", problem.what));
    Check {
        id,
        status: Status::Blocked,
        found,
        needed: String::new(),
        why: format!("{why} {}", problem.advice),
        fix: vec![],
        needs_root: false,
    }
}

fn of_report(report: &Report) -> Vec<Check> {
    let fix: Vec<String> = report.plan.all().flat_map(Action::shell).collect();
    report
        .facts
        .iter()
        .map(|fact| Check {
            id: fact.what.replace(' ', "_"),
            status: match &report.state {
                _ if fact.ok => Status::Ok,
                State::Blocked(_) => Status::Blocked,
                _ if report.step == Step::Image => Status::Warning, // setup gets it
                _ => Status::Fixable,
            },
            found: fact.found.clone(),
            needed: fact.needed.clone(),
            why: report.step.why().into(),
            fix: if fact.ok { vec![] } else { fix.clone() },
            needs_root: !fact.ok && report.plan.needs_root(),
        })
        .collect()
}
