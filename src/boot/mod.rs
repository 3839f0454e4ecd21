//! What starts the container when the machine starts: a quadlet that pipglr writes, from the container as it is; where
//! podman or the container is none for that, a unit that starts the container that is there. What an admin wrote is
//! taken as it is.

mod elsewhere;
mod files;
mod give_back;
mod quadlet;
mod take_over;
mod waking;

use crate::container::jobs::Job;
use crate::container::recreate::command::Command;
use crate::container::stopping::Jobs;
use crate::container::written_before::{self, Renewed};
use crate::container::{self, jobs, recreate, state_volume};
use crate::host::logind::BOOT_UNIT;
use crate::host::podman::Container;
use crate::host::systemd::{self, Unit};
use crate::host::{Cmd, Host};
use crate::plan::{Action, Plan};
use crate::problem::{Problem, Result};
use crate::target::Target;
use crate::{change, names};
pub use elsewhere::{Files, for_another_host};
pub use files::shown;
pub use quadlet::is_of_unit;
use serde::Serialize;
use std::path::PathBuf;
pub use take_over::{exported, first, renewal};

/// A kind of starter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// A file from which podman makes a unit, which makes the container.
    Quadlet,
    /// Another unit.
    Unit,
    /// podman's own unit, which starts all containers with `--restart always`.
    PodmanRestart,
}

/// A unit that starts the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Starter {
    /// Its kind.
    pub by: By,
    /// The unit.
    pub unit: Unit,
    /// pipglr wrote it.
    pub ours: bool,
    /// As this pipglr writes it, where an earlier one has written it otherwise.
    pub renewed: Option<Renewed>,
}

impl Starter {
    /// Whether it does so when the machine starts.
    pub fn at_boot(&self) -> bool {
        self.unit.wanted
    }

    /// In what it differs from what this pipglr writes, in words, where an earlier one has written it.
    pub fn older(&self) -> Option<String> {
        self.renewed.as_ref().map(|renewed| renewed.why.clone())
    }
}

/// Returns the unit that starts the container of this name; one that does when the machine starts goes before one that
/// does not.
///
/// # Errors
/// systemd cannot be asked.
pub fn look(host: &dyn Host, name: &str) -> Result<Option<Starter>> {
    let units = systemd::all(host, name)?;
    let by = |unit: &Unit| match unit {
        unit if unit.starts_container(name) => Some(if unit.is_quadlet() { By::Quadlet } else { By::Unit }),
        unit if unit.wakes_container(name) => Some(By::Unit),
        unit if unit.name == BOOT_UNIT && unit.wanted => Some(By::PodmanRestart),
        _ => None,
    };
    let ours = [files::quadlet(host, name), files::unit(host, name)];
    let starters = units.into_iter().filter_map(|unit| {
        let (by, ours) = (by(&unit)?, ours.contains(&unit.file));
        let text = if ours { written_before::text(host, &unit) } else { None };
        Some(Starter { by, renewed: text.and_then(|text| written_before::renewed(&text)), unit, ours })
    });
    Ok(starters.min_by_key(|starter| (!starter.at_boot(), starter.by == By::PodmanRestart)))
}

/// Whether the container of this name is started when the machine is.
pub fn starts(host: &dyn Host, name: &str) -> bool {
    look(host, name).ok().flatten().is_some_and(|starter| starter.at_boot())
}

/// Returns what has the machine start a container of this name; one that is not there must be made first.
pub fn advise(there: bool, name: &str) -> String {
    match there {
        true => format!("`{}` has it do so", names::typed("boot enable", name)),
        false => format!("there is no container {name}, `{}` makes it", names::typed("setup", name)),
    }
}

/// Says what renews a unit that an earlier pipglr has written, and in what it differs.
pub fn renews(older: &str, name: &str) -> String {
    format!("an earlier pipglr has written it: {older}; `{}` renews it", names::typed("boot enable", name))
}

/// What `boot enable` or `boot disable` is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// How; empty where all is so already.
    pub plan: Plan,
    /// What is said of it, or why there is nothing to do.
    pub words: String,
    /// The file that is written, and what it says; it may hold what an admin gave the container.
    pub file: Option<(PathBuf, String)>,
    /// The running jobs that are waited for; `None` where the container does not say.
    pub jobs: Option<Vec<Job>>,
}

impl Change {
    fn nothing(words: String) -> Self {
        Self { words, jobs: Some(vec![]), ..Self::default() }
    }
}

/// Plans that the container is started when the machine is. `now`: running jobs are ended.
///
/// # Errors
/// There is no container, it is not pipglr's, somebody else's unit is in the way, or podman or systemd fails.
pub fn enable(target: &Target, now: bool) -> Result<Change> {
    // Planning tries containers, too: what is left is looked for before.
    let left = recreate::clear_tried(&*target.host, &target.name)?;
    let mut change = taken(target, now)?;
    change.plan.actions.extend(left);
    Ok(change)
}

fn taken(target: &Target, now: bool) -> Result<Change> {
    let (host, name) = (&*target.host, target.name.as_str());
    let container = container(target)?;
    let starter = look(host, name)?.filter(|starter| starter.by != By::PodmanRestart);
    let by_unit = container.as_ref().and_then(|container| container.unit.as_deref());
    match (&container, &starter) {
        (_, Some(Starter { unit, ours: false, .. })) => return theirs(unit),
        (Some(_), None) if by_unit.is_some() => {
            return Err(Problem::new(
                format!("The unit {} runs the container, and it is not one of yours.", by_unit.unwrap_or_default()),
                "`systemctl cat` shows it; whoever wrote it says whether it starts when the machine does.",
            ));
        }
        (Some(_), Some(starter)) if by_unit.is_some() => {
            return take_over::renewed(target, starter, " already");
        }
        (None, Some(starter)) if starter.by == By::Quadlet => {
            // A run that was cut off got so far, or somebody has stopped it.
            let up = starter.unit.is_up();
            let mut change = take_over::renewed(target, starter, if up { " already" } else { "; it is started now" })?;
            change.plan.actions.extend((!up).then(|| Action::Run(starter.unit.cmd("start"))));
            return Ok(change);
        }
        (None, _) => {
            return Err(Problem::new(format!("There is no container {name}."), "`pipglr setup` makes it."));
        }
        (Some(_), _) => {}
    }
    let Some(container) = container else { return Ok(Change::default()) };
    files::refuse_another(host, name)?;
    let (jobs, how) = running(target, &container, now);
    take_over::plan(target, &container, starter.as_ref(), jobs, how)
}

/// Plans that the container is not started when the machine is: one of podman's alone, as it was before `enable`.
///
/// # Errors
/// Somebody else's unit starts it, a token would be lost, or podman or systemd fails.
pub fn disable(target: &Target, now: bool) -> Result<Change> {
    let left = recreate::clear_tried(&*target.host, &target.name)?;
    let mut change = given_back(target, now)?;
    change.plan.actions.extend(left);
    Ok(change)
}

fn given_back(target: &Target, now: bool) -> Result<Change> {
    let (host, name) = (&*target.host, target.name.as_str());
    let container = container(target)?;
    let starter = look(host, name)?;
    let of_one = starter.as_ref().is_some_and(|starter| starter.by != By::PodmanRestart);
    if let (false, Some(change)) = (of_one, give_back::rest(target, container.as_ref())?) {
        return Ok(change);
    }
    match starter {
        None => Ok(Change::nothing("Nothing starts it when the machine starts.".into())),
        Some(Starter { by: By::PodmanRestart, .. }) => {
            let plan = Plan {
                actions: vec![Action::Run(Cmd::new("systemctl", ["--user", "disable", BOOT_UNIT]))],
                warnings: vec![format!(
                    "{BOOT_UNIT} starts all your containers with `--restart always`, not this one alone."
                )],
                ..Plan::default()
            };
            Ok(Change { plan, ..Change::nothing(format!("{BOOT_UNIT} starts no container any more.")) })
        }
        Some(Starter { ours: false, unit, .. }) => Err(Problem::new(
            format!(
                "The unit {} starts the container, and pipglr did not write it: {}.",
                unit.name,
                unit.file.display()
            ),
            format!("It is yours to change: `systemctl --user cat {}` shows it. Nothing was changed.", unit.name),
        )),
        Some(starter) if starter.by == By::Quadlet => {
            let (jobs, how) = match &container {
                Some(container) => running(target, container, now),
                None => (Some(vec![]), Jobs::Ignore),
            };
            give_back::plan(target, &starter, container.as_ref(), jobs, how)
        }
        Some(starter) => Ok(waking::give_up(host, name, &starter.unit)),
    }
}

/// The container, where it is ours and nothing else is under way with it.
fn container(target: &Target) -> Result<Option<Container>> {
    let container = recreate::current(&*target.host, &target.name)?;
    let Some(found) = &container else { return Ok(None) };
    if let Some(problem) = container::foreign(target.names(), found) {
        return Err(problem);
    }
    if found.name != target.name || found.paused() {
        return Err(Problem::new(
            format!(
                "The container {} is {}.",
                found.name,
                if found.paused() { "paused" } else { "in the midst of a change" }
            ),
            format!("`{}` goes on with it; then run this again.", names::typed("start", &target.name)),
        ));
    }
    Ok(container)
}

/// The jobs that run, and what becomes of them.
fn running(target: &Target, container: &Container, now: bool) -> (Option<Vec<Job>>, Jobs) {
    if !container.at_work() {
        return (Some(vec![]), Jobs::Ignore);
    }
    let jobs = jobs::running(&*target.host, &target.name).map(|running| running.jobs);
    let how = match (now, &jobs) {
        (false, _) => Jobs::Wait,
        (true, Some(jobs)) if !jobs.is_empty() => Jobs::End,
        (true, _) => Jobs::Ignore,
    };
    (jobs, how)
}

/// A unit that an admin wrote.
fn theirs(unit: &Unit) -> Result<Change> {
    if unit.wanted {
        return Ok(Change::nothing(format!(
            "{} starts it already, and is taken as it is: {}.",
            unit.name,
            unit.file.display()
        )));
    }
    let how = if unit.is_quadlet() {
        format!(
            "`[Install]` and `WantedBy=default.target` in its file, then `systemctl --user daemon-reload`, make it start: {}.",
            unit.file.display()
        )
    } else {
        format!("`systemctl --user enable {}` makes it start.", unit.name)
    };
    Err(Problem::new(
        format!(
            "The unit {} runs the container, pipglr did not write it, and nothing starts it when the machine starts.",
            unit.name
        ),
        how,
    ))
}

/// A renewed token that only the container has would go with it, where the one that this command makes has no volume for it.
fn keep_token(target: &Target, command: &Command) -> Result<()> {
    if state_volume::is_in(command) || change::stale(target, &change::read_standing(target)?)? == 0 {
        return Ok(());
    }
    Err(Problem::new(
        "GitLab has renewed a token, and only the container has the new one; it would be lost with the container.",
        "`pipglr config apply` stores it; then run this again.",
    ))
}
