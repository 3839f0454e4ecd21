//! Starting, stopping and restarting the container, for both faces: by the unit that runs it where there is one, and
//! with its running jobs waited for.

use crate::apply::{Progress, Sudo, apply};
use crate::boot;
use crate::change;
use crate::container;
use crate::container::jobs::Job;
use crate::container::recreate::{self, Wanted};
use crate::container::stopping::{self, Jobs};
use crate::container::{draining, jobs, pausing, state_volume};
use crate::host::podman::{self, Container};
use crate::host::systemd::{self, Unit};
use crate::host::{Cmd, ask, interrupt};
use crate::names;
use crate::plan::{Action, Plan};
use crate::problem::{Problem, Result};
use crate::secret::Vault;
use crate::target::Target;
use crate::teardown::{self, Choice};
use crate::volumes;
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
    /// It runs on, and gitlab-runner in it takes no new jobs.
    Pause,
    /// It takes jobs again.
    Resume,
    /// It goes, with all that pipglr made, and GitLab is told.
    Teardown,
    /// It runs on; what no job used for a day goes from its disk.
    Prune,
}

impl Verb {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Teardown => "teardown",
            Self::Prune => "volumes prune",
        }
    }

    /// What is typed for the container of this name.
    pub fn typed(self, container: &str) -> String {
        names::typed(self.name(), container)
    }

    /// Returns what it is done to.
    pub fn of_what(self) -> &'static str {
        match self {
            Self::Pause | Self::Resume | Self::Teardown => "the runner",
            Self::Prune => "the volumes",
            _ => "the container",
        }
    }

    /// Its name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Stop => "Stop",
            Self::Restart => "Restart",
            Self::Pause => "Pause",
            Self::Resume => "Resume",
            Self::Teardown => "Tear down",
            Self::Prune => "Prune",
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
    /// The running jobs; `None` where the container does not say.
    pub jobs: Option<Vec<Job>>,
    /// Jobs are ended, not waited for.
    pub now: bool,
}

impl Operation {
    /// Whether it ends jobs that run, or may: that is asked about once more.
    pub fn ends_jobs(&self) -> bool {
        self.now && self.jobs.as_ref().is_none_or(|jobs| !jobs.is_empty())
    }

    /// Returns why it is not done where nobody is there to be asked whether jobs are ended. `name` is the container's.
    pub fn unasked(&self, name: &str) -> Problem {
        let typed = self.verb.typed(name);
        Problem::usage(
            format!("{} That needs a yes, and nobody is there to be asked.", of_jobs(self.jobs.as_deref(), self.now)),
            format!("`{typed} --now --yes` says it beforehand; `{typed}` waits for running jobs. Nothing was changed."),
        )
    }

    /// Whether it waits for jobs, so that it may be wanted at once.
    pub fn waits(&self) -> bool {
        !self.now
            && matches!(self.verb, Verb::Stop | Verb::Restart)
            && self.jobs.as_ref().is_none_or(|jobs| !jobs.is_empty())
    }

    /// Says what becomes of the running jobs.
    pub fn words(&self) -> String {
        match &self.jobs {
            Some(jobs) if self.verb == Verb::Teardown && !jobs.is_empty() => {
                format!("It waits for {}. {GOES}", jobs::words(jobs))
            }
            _ if self.verb == Verb::Teardown => GOES.into(),
            _ if self.verb == Verb::Prune => self.plan.warnings.concat(),
            _ if self.verb == Verb::Resume => "gitlab-runner asks for jobs again.".into(),
            Some(jobs) if self.verb == Verb::Pause && !jobs.is_empty() => {
                format!("No new job is taken; it goes on with {}.", jobs::words(jobs))
            }
            _ if self.verb == Verb::Pause => "No new job is taken; what runs goes on.".into(),
            jobs => of_jobs(jobs.as_deref(), self.now),
        }
    }
}

/// Says what becomes of the running jobs where the container is stopped; `None` where it does not say which they are.
pub fn of_jobs(jobs: Option<&[Job]>, now: bool) -> String {
    match jobs {
        Some([]) => "No job runs.".into(),
        Some(jobs) if now => format!("It ends {}.", jobs::words(jobs)),
        Some(jobs) => format!("It waits for {}.", jobs::words(jobs)),
        None if now => "The container does not say which jobs run.".into(),
        None => "Running jobs are waited for; the container does not say which.".into(),
    }
}
/// What a teardown comes to, where nobody has chosen otherwise.
const GOES: &str = "GitLab is told; the container, its secrets, its volumes, pipglr's state and, where no other needs it, the \
                    image go. A copy of the configuration, linger and the ID ranges stay; `pipglr teardown --dry-run` lists \
                    all of it, and what can be kept.";

/// Plans it. `now`: running jobs are ended.
///
/// # Errors
/// There is no such container, it is not pipglr's, a token would be lost with it, or podman or systemd fails.
pub fn plan(target: &Target, verb: Verb, now: bool) -> Result<Operation> {
    let (host, name) = (&*target.host, target.name.as_str());
    let container = podman::container(host, name)?;
    if let Some(problem) = container.as_ref().and_then(|container| container::foreign(target.names(), container)) {
        return Err(problem);
    }
    if matches!(verb, Verb::Pause | Verb::Resume) {
        return pause_or_resume(target, container.as_ref(), verb);
    }
    if verb == Verb::Teardown {
        return tear_down(target, now);
    }
    if verb == Verb::Prune {
        return prune(target);
    }
    let unit = match &container {
        Some(container) => container.unit.as_ref().map(|unit| systemd::unit(host, unit)).transpose()?,
        None => systemd::find(host, name)?,
    };
    let stops = verb != Verb::Start && container.as_ref().is_some_and(Container::at_work);
    let jobs = if stops { jobs::running(host, name).map(|running| running.jobs) } else { Some(vec![]) };
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
        (Some(container), unit, _) => restart(target, container, unit.as_ref(), how)?,
    };
    let mut plan = Plan::from(actions);
    if let Some(container) = container.as_ref().filter(|_| stops) {
        plan.warnings.extend(stopping::warning(host, container)?);
    }
    Ok(Operation { verb, plan, jobs, now })
}

/// All that is there, and GitLab can be told of.
fn tear_down(target: &Target, now: bool) -> Result<Operation> {
    let choice = Choice { now, ..Choice::default() };
    let found = teardown::find(target, &interrupt::Query::begin())?;
    teardown::refuse_unasked(target, &found, &choice)?;
    let plan = teardown::plan(target, &found, &choice);
    let running = found.container.as_ref().is_some_and(Container::running);
    let jobs =
        if running { jobs::running(&*target.host, &target.name).map(|running| running.jobs) } else { Some(vec![]) };
    Ok(Operation { verb: Verb::Teardown, plan, jobs, now })
}

/// What was not used for a day.
fn prune(target: &Target) -> Result<Operation> {
    let chosen = volumes::choose(&volumes::measure(target)?, None, target.host.now());
    let mut plan = chosen.plan(&target.name);
    plan.warnings.push(chosen.words());
    Ok(Operation { verb: Verb::Prune, plan, jobs: Some(vec![]), now: false })
}

/// Both are done in a container that runs.
fn pause_or_resume(target: &Target, container: Option<&Container>, verb: Verb) -> Result<Operation> {
    let (host, name) = (&*target.host, target.name.as_str());
    if !container.is_some_and(Container::running) {
        let state = container.map_or("missing", |container| container.state.as_str());
        return Err(Problem::new(
            format!("The container {name} does not run ({state}), so its runner takes no jobs."),
            names::starts(name, container.is_some()),
        ));
    }
    let is_paused = pausing::since(host, name).is_some();
    let cmd = match verb {
        Verb::Pause => (!is_paused || pausing::is_forgotten(host, name)).then(|| pausing::pause(name)),
        _ => is_paused.then(|| pausing::resume(name)),
    };
    let jobs = if verb == Verb::Pause { jobs::running(host, name).map(|running| running.jobs) } else { Some(vec![]) };
    Ok(Operation { verb, plan: Plan::from(Vec::from_iter(cmd.map(Action::Run))), jobs, now: false })
}

/// Since when the runner takes no jobs, where it was paused.
pub fn paused_since(target: &Target) -> Option<String> {
    pausing::since(&*target.host, &target.name)
}

/// The jobs that run; `None` where the container does not say.
pub fn jobs(target: &Target) -> Option<BTreeSet<u64>> {
    jobs::jobs(&*target.host, &target.name)
}

/// `job 7 has`, `jobs 7, 12 have`.
pub fn have(jobs: &BTreeSet<u64>) -> String {
    format!("{} {}", jobs::named(jobs), if jobs.len() == 1 { "has" } else { "have" })
}

/// Waits until gitlab-runner has ended its last job.
///
/// # Errors
/// The container does not answer, or the watcher stopped it: the runner stays paused.
pub fn wait_for_jobs(target: &Target, watch: &dyn Progress) -> Result<()> {
    draining::wait(&*target.host, &target.name, watch)
}

/// One that goes when it stops was stopped: the command that recreates it is at hand.
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
        if let Some(since) = pausing::since(host, name) {
            return Err(Problem::new(
                format!("The container {name} runs; its runner was paused {since}."),
                format!("`{}` has it take jobs again.", Verb::Resume.typed(name)),
            ));
        }
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
        None => again(target, container, recreate::held(target.names(), container), Jobs::Wait),
    }
}

/// Plans what brings a container up, also by making it again; nothing of it may be lost by that.
fn again(target: &Target, container: &Container, secret: Option<&str>, jobs: Jobs) -> Result<Vec<Action>> {
    let wanted = Wanted { secret, label: target.run_label()?, jobs, ..Wanted::of(target, Some(container)) };
    let again = recreate::plan(wanted)?;
    if again.losses.is_empty() { Ok(again.actions) } else { Err(recreate::would_lose(&target.name, &again.losses)) }
}

fn stop(target: &Target, container: &Container, unit: Option<&Unit>, jobs: Jobs) -> Result<Vec<Action>> {
    let name = target.name.as_str();
    if !container.at_work() && !unit.is_some_and(Unit::is_up) {
        return Ok(vec![]);
    }
    if let Some(unit) = unit {
        keep_token(target, container)?;
        return Ok(stopping::by_unit(name, container, unit, "stop", jobs));
    }
    let mut actions = vec![];
    if container.auto_remove {
        keep_token(target, container)?;
        actions.push(recreate::keep(&*target.host, name, container, target.run_label()?, false)?);
    }
    actions.extend(stopping::stop(name, container, jobs));
    Ok(actions)
}

fn restart(target: &Target, container: &Container, unit: Option<&Unit>, jobs: Jobs) -> Result<Vec<Action>> {
    let name = target.name.as_str();
    if let Some(unit) = unit {
        keep_token(target, container)?;
        return Ok(stopping::by_unit(name, container, unit, "restart", jobs));
    }
    if !container.at_work() {
        return start(target, container, None);
    }
    if container.auto_remove {
        keep_token(target, container)?;
        return again(target, container, None, jobs);
    }
    let start = Action::Run(Cmd::podman(["start", name]));
    Ok(stopping::stop(name, container, jobs).into_iter().chain([start]).collect())
}

/// The container of a unit, and one that goes when it stops, take a renewed token with them, but one in the volume for it.
fn keep_token(target: &Target, container: &Container) -> Result<()> {
    if state_volume::folder(container).is_some() || change::stale(target, &change::read_standing(target)?)? == 0 {
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
    if operation.verb == Verb::Prune
        && let Ok(left) = volumes::measure(target)
    {
        // Growth is counted from here on; where that cannot be kept, no more is known than before.
        let begin = vec![volumes::growth::begin(host, &left)].into();
        let _ = apply(host, &begin, &Vault::default(), Sudo::Silent, &());
    }
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
    let at_boot = if boot::starts(&*target.host, &target.name) { ", and so does a start of this machine" } else { "" };
    format!("The container {} is stopped. `pipglr start` starts it{at_boot}.", target.name)
}
