//! Starting, stopping and restarting the container, for both faces: by the unit that runs it where there is one, and
//! with its running jobs waited for.

use crate::apply::{Progress, Sudo, apply};
use crate::change;
use crate::container;
use crate::container::stopping::{self, Jobs};
use crate::container::{jobs, recreate};
use crate::host::podman::{self, Container};
use crate::host::systemd::{self, Unit};
use crate::host::{Cmd, ask, logind};
use crate::names;
use crate::plan::{Action, Plan};
use crate::problem::{Problem, Result};
use crate::secret::Vault;
use crate::target::Target;
use std::collections::BTreeSet;

/// What is to become of the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// It runs.
    Start,
    /// It does not.
    Stop,
    /// It stops, and runs again.
    Restart,
}

impl Verb {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }

    /// What is typed for the container of this name.
    pub fn typed(self, container: &str) -> String {
        names::typed(self.name(), container)
    }

    /// Its name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Stop => "Stop",
            Self::Restart => "Restart",
        }
    }
}

/// An operation that was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// What for.
    pub verb: Verb,
    /// How; empty where the container is as it should be.
    pub plan: Plan,
    /// The running jobs' IDs; `None` where the container does not say.
    pub jobs: Option<BTreeSet<u64>>,
    /// Jobs are ended, not waited for.
    pub now: bool,
}

impl Operation {
    /// Says what becomes of the running jobs.
    pub fn words(&self) -> String {
        match &self.jobs {
            Some(jobs) if jobs.is_empty() => "No job runs.".into(),
            Some(jobs) if self.now => format!("It ends {}.", jobs::named(jobs)),
            Some(jobs) => format!("It waits for {}.", jobs::named(jobs)),
            None if self.now => "The container does not say which jobs run.".into(),
            None => "Running jobs are waited for; the container does not say which.".into(),
        }
    }
}

/// Plans it. `now`: running jobs are ended.
///
/// # Errors
/// There is no such container, it is not pipglr's, a token would be lost with it, or podman or systemd fails.
pub fn plan(target: &Target, verb: Verb, now: bool) -> Result<Operation> {
    let (host, name) = (&*target.host, target.name.as_str());
    let container = podman::container(host, name)?;
    if let Some(problem) = container.as_ref().and_then(|container| container::foreign(name, container)) {
        return Err(problem);
    }
    let unit = match &container {
        Some(container) => container.unit.as_ref().map(|unit| systemd::unit(host, unit)).transpose()?,
        None => systemd::find(host, name)?,
    };
    let stops = verb != Verb::Start && container.as_ref().is_some_and(Container::at_work);
    let jobs = if stops { jobs::jobs(host, name) } else { Some(BTreeSet::new()) };
    let how = match (now, &jobs) {
        (false, _) => Jobs::Wait,
        (true, Some(jobs)) if !jobs.is_empty() => Jobs::End,
        (true, _) => Jobs::Ignore,
    };
    let actions = match (&container, &unit, verb) {
        (None, None, _) => without_container(target, verb)?,
        (None, Some(unit), Verb::Stop) => {
            if unit.is_up() {
                vec![Action::Run(unit.cmd("stop"))]
            } else {
                vec![]
            }
        }
        (None, Some(unit), verb) => vec![Action::Run(unit.cmd(verb.name()))],
        (Some(container), unit, Verb::Start) => start(target, container, unit.as_ref())?,
        (Some(container), unit, Verb::Stop) => stop(target, container, unit.as_ref(), how)?,
        (Some(container), unit, Verb::Restart) => restart(target, container, unit.as_ref(), how)?,
    };
    let mut plan = Plan::from(actions);
    if let Some(container) = container.as_ref().filter(|_| stops) {
        plan.warnings.extend(stopping::warning(host, container)?);
    }
    Ok(Operation { verb, plan, jobs, now })
}

/// One that goes when it stops was stopped: the command that makes it again is at hand.
fn without_container(target: &Target, verb: Verb) -> Result<Vec<Action>> {
    let name = &target.name;
    let (again, forget) = recreate::again(&*target.host, name)?;
    if again.is_empty() {
        return Err(Problem::new(format!("There is no container {name}."), "`pipglr setup` makes it."));
    }
    Ok(if verb == Verb::Stop { vec![] } else { again.into_iter().chain(forget).collect() })
}

fn start(target: &Target, container: &Container, unit: Option<&Unit>) -> Result<Vec<Action>> {
    let (host, name) = (&*target.host, target.name.as_str());
    if container.running() {
        // It may run without gitlab-runner: a stop was cut off when that had ended already.
        let show = podman::exec(name, None, &["systemctl", "show", "-p", "ActiveState", "runner.service"]);
        let ended = matches!(ask(host, &show)?.text().as_str(), "ActiveState=inactive" | "ActiveState=failed");
        let start = podman::exec(name, None, &["systemctl", "start", "runner.service"]);
        return Ok(if ended { vec![Action::Run(start)] } else { vec![] });
    }
    if container.state == "paused" {
        return Ok(vec![Action::Run(Cmd::podman(["unpause", name]))]);
    }
    match unit {
        Some(unit) => Ok(vec![Action::Run(unit.cmd("start"))]),
        // With the secret that it has: a start changes nothing else.
        None => again(target, container, recreate::held(container), Jobs::Wait),
    }
}

/// Plans what brings a container up, also by making it again; nothing of it may be lost by that.
fn again(target: &Target, container: &Container, secret: Option<&str>, jobs: Jobs) -> Result<Vec<Action>> {
    let (host, name) = (&*target.host, target.name.as_str());
    let again = recreate::plan(host, name, Some(container), secret, target.run_label()?, jobs)?;
    if again.losses.is_empty() { Ok(again.actions) } else { Err(recreate::would_lose(name, &again.losses)) }
}

fn stop(target: &Target, container: &Container, unit: Option<&Unit>, jobs: Jobs) -> Result<Vec<Action>> {
    let name = target.name.as_str();
    if !container.at_work() && !unit.is_some_and(Unit::is_up) {
        return Ok(vec![]);
    }
    if let Some(unit) = unit {
        keep_token(target)?;
        return Ok(stopping::by_unit(name, container, unit, "stop", jobs));
    }
    let mut actions = vec![];
    if container.auto_remove {
        keep_token(target)?;
        actions.push(recreate::keep(&*target.host, name, container, target.run_label()?, false)?);
    }
    actions.extend(stopping::stop(name, container, jobs));
    Ok(actions)
}

fn restart(target: &Target, container: &Container, unit: Option<&Unit>, jobs: Jobs) -> Result<Vec<Action>> {
    let name = target.name.as_str();
    if let Some(unit) = unit {
        keep_token(target)?;
        return Ok(stopping::by_unit(name, container, unit, "restart", jobs));
    }
    if !container.at_work() {
        return start(target, container, None);
    }
    if container.auto_remove {
        keep_token(target)?;
        return again(target, container, None, jobs);
    }
    let start = Action::Run(Cmd::podman(["start", name]));
    Ok(stopping::stop(name, container, jobs).into_iter().chain([start]).collect())
}

/// The container of a unit, and one that goes when it stops, take a renewed token with them.
fn keep_token(target: &Target) -> Result<()> {
    if change::stale(target, &change::look(target)?)? == 0 {
        return Ok(());
    }
    Err(Problem::new(
        "GitLab has renewed a token, and only the container has the new one; a stop removes this container, and the \
         token would be lost.",
        "`pipglr config apply` stores it and makes the container again.",
    ))
}

/// Applies an operation's plan, and looks whether it lasts.
///
/// # Errors
/// What failed, or what was stopped runs again.
pub fn carry_out(target: &Target, operation: &Operation, sudo: Sudo, watch: &dyn Progress) -> Result<()> {
    let host = &*target.host;
    apply(host, &operation.plan, &Vault::default(), sudo, watch)?;
    let name = &target.name;
    if operation.verb == Verb::Stop && podman::container(host, name)?.is_some_and(|found| found.running()) {
        return Err(Problem::new(
            format!("The container {name} was stopped, and runs again: something on this host starts it."),
            "A unit of systemd does that: `systemctl --user list-units` names them. Stop that one.",
        ));
    }
    Ok(())
}

/// Says how the container stands after a stop.
pub fn after_stop(target: &Target) -> String {
    let boot = if logind::starts_at_boot(&*target.host) { ", and so does a start of this machine" } else { "" };
    format!("The container {} is stopped. `pipglr start` starts it{boot}.", target.name)
}
