//! Step 6: the container.

use super::{Fact, Report, Row, Setup, State, Step, as_it_is, authority};
use crate::answers::Allow;
use crate::boot;
use crate::container;
use crate::container::copies;
use crate::container::limits;
use crate::container::others;
use crate::container::recreate::{self, Wanted, has_secret};
use crate::container::rotated_tokens;
use crate::container::state_volume;
use crate::container::stopping::Jobs;
use crate::host::podman::{self, Container};
use crate::host::systemd;
use crate::names::FIRST;
use crate::plan::{Action, Plan};
use crate::problem::{Problem, Result};

/// The row of this step.
pub(super) const ROW: Row = Row {
    step: Step::Startup,
    number: Some(6),
    id: "startup",
    title: "Startup",
    why: "The container runs in the background: systemd in it starts gitlab-runner and the podman for the jobs.",
    verb: "start it",
    check,
    explain: as_it_is,
};

/// Looks at the container and whether it has the secret as it is now; plans to start it, or to make it again.
///
/// # Errors
/// podman fails, or the `run` label is not one to run.
pub fn check(setup: &Setup) -> Result<Report> {
    let host = &*setup.target.host;
    let (container, names) = (recreate::current(host, &setup.target.name)?, host.names());
    let Some(secret) = podman::secret_id(host, &names.config)? else {
        let run =
            setup.target.run_label()?.map(|run| limits::of_new(run, &limits::possible(host, &setup.wants.answers).0));
        let preview: Vec<_> = run.into_iter().map(Action::Run).collect();
        let ours = container.filter(|container| container::foreign(names, container).is_none());
        let facts = ours.map(|container| state_of(&setup.target.name, Some(&container)));
        let report = Report::not_yet(Step::Startup, facts.into_iter().collect(), State::Waits(Step::Configuration));
        return Ok(report.preview(preview));
    };
    if let Some(problem) = container.as_ref().and_then(|container| container::foreign(names, container)) {
        return Ok(Report::not_yet(Step::Startup, vec![], State::Blocked(problem)));
    }
    // Where the container was made with another one, gitlab-runner may have been given it since.
    let copies = container.as_ref().filter(|container| !has_secret(container, &secret));
    let copies = copies.and_then(|container| copies::read_copies(host, container));
    // One whose content podman has lost is not what anybody was given.
    let text = copies.as_ref().and_then(|_| podman::secret_content(host, &names.config, &setup.target.image).ok());
    let handed = copies.as_ref().is_some_and(|copies| Some(copies.agreed()) == text.as_ref());
    let current = handed || container.as_ref().is_some_and(|container| has_secret(container, &secret));
    let mut facts = vec![state_of(&setup.target.name, container.as_ref())];
    if container.is_some() {
        facts.push(Fact::new(
            "its config.toml",
            if current { "as the secret is now" } else { "older than the secret" },
            "as the secret is now",
            current,
        ));
    }
    let store = authority::store(setup)?;
    let trusts = match &container {
        Some(container) => store.is_empty() && authority::is_trusted(host, container)?,
        None => true,
    };
    let mut plan = Plan::default();
    if let Some(unit) = container.as_ref().and_then(|container| container.unit.as_ref()).filter(|_| !trusts) {
        let line = format!("`Secret={},mode=0444`", names.secret_mount(&FIRST.authority));
        plan.warnings
            .push(format!("The unit {unit} makes the container: {line} in its file has it trust the authority."));
    } else if !trusts {
        facts.push(Fact::new("its authority", "not the one that is given", "the one that is given", false));
    }
    // A unit's own file says what its container trusts.
    let trusts = trusts || container.as_ref().is_some_and(|container| container.unit.is_some());
    let why = if current { "to trust the authority" } else { "to take the new configuration" };
    let current = current && trusts;
    if container.is_some() && !current {
        plan.warnings
            .push(format!("The container {} is recreated, {why}; running jobs are waited for.", setup.target.name));
    }
    if container.is_some()
        && !current
        && !container.as_ref().map_or(Ok(false), |container| state_volume::outlives(host, container))?
        && let Ok(text) = podman::secret_content(host, &names.config, &setup.target.image)
        && rotated_tokens::carried(host, container.as_ref(), &text).1 > 0
    {
        return Ok(Report::not_yet(Step::Startup, facts, State::Blocked(token_would_go())));
    }
    let wait = if setup.wants.now { Jobs::End } else { Jobs::Wait };
    let held = match &container {
        Some(container) if handed => recreate::held(names, container),
        _ => Some(secret.as_str()),
    };
    let held = held.filter(|_| trusts);
    let label = authority::run_label(setup)?;
    let wanted = Wanted { secret: held, label, jobs: wait, ..Wanted::of(&setup.target, container.as_ref()) };
    let again = recreate::plan(wanted)?;
    if !again.losses.is_empty() {
        let problem = recreate::would_lose(&setup.target.name, &again.losses);
        return Ok(Report::not_yet(Step::Startup, facts, State::Blocked(problem)));
    }
    plan.actions.extend(again.actions);
    plan.warnings.extend(again.warnings);
    let name = &setup.target.name;
    let ours = [name.clone(), recreate::next_name(name), recreate::moved_name(name)];
    let others: Vec<_> =
        podman::users_of(host, &names.storage)?.into_iter().filter(|name| !ours.contains(name)).collect();
    if let (false, [other, ..]) = (current, others.as_slice()) {
        return Ok(Report::not_yet(
            Step::Startup,
            facts,
            State::Blocked(others::from_before(host)?.unwrap_or_else(|| shared(other, &names.storage))),
        ));
    }
    let (again, forget) = recreate::again(host, &setup.target.name)?;
    if container.is_none() {
        // A unit that is stopped removes its container, and would remove one made beside it, or replace it. Where no
        // manager of units answers, none of them runs.
        if let Some(unit) = systemd::of_container(host, name, &names.storage).ok().flatten() {
            if !unit.starts_container(name) {
                return Ok(Report::not_yet(
                    Step::Startup,
                    facts,
                    State::Blocked(runs_another(&unit.name, &names.storage)),
                ));
            }
            facts.push(Fact::new("made by the unit", unit.name.clone(), "", true));
            plan.actions = store;
            plan.actions.push(Action::Run(unit.cmd(if unit.is_up() { "restart" } else { "start" })));
            return Ok(Report::ready(Step::Startup, facts, plan));
        }
    }
    if container.is_none() && plan.is_empty() {
        plan.actions = again;
    }
    if container.is_none() && plan.is_empty() {
        match authority::run_label(setup)? {
            Some(run) => {
                plan.actions.extend(recreate::clear(host, &setup.target.name)?);
                let run = limits::of_new(run, &limits::possible(host, &setup.wants.answers).0);
                if setup.wants.answers.start_at_boot == Some(true) && !boot::starts(host, &setup.target.name) {
                    match boot::first(&setup.target, run) {
                        Ok(actions) => plan.actions.extend(actions),
                        Err(problem) => return Ok(Report::not_yet(Step::Startup, facts, State::Blocked(problem))),
                    }
                } else {
                    plan.actions.push(Action::Run(run));
                }
            }
            None => return Ok(Report::not_yet(Step::Startup, facts, State::Waits(Step::Image))),
        }
    }
    // One that runs and stays is not started.
    let mut verb = match &container {
        Some(_) if !current => "recreate it",
        Some(container) if container.running() => "clear it up",
        _ => ROW.verb,
    };
    if container.is_none() {
        plan.actions.extend(recreate::clear_tried(host, &setup.target.name)?);
    }
    plan.actions.extend(forget);
    if setup.wants.answers.start_at_boot == Some(true) {
        let on = boot::starts(host, &setup.target.name);
        facts.push(Fact::new("starts at boot", if on { "yes" } else { "no" }, "yes", on));
        if let (false, Some(_)) = (on, &container) {
            if !plan.is_empty() {
                let words = "It starts at boot only when this is done: `pipglr setup` again, or `pipglr boot enable`, has it so.";
                plan.warnings.push(words.into());
            } else {
                match boot::enable(&setup.target, setup.wants.now) {
                    Ok(change) => (plan, verb) = (change.plan, "start it at boot"),
                    Err(problem) => return Ok(Report::not_yet(Step::Startup, facts, State::Blocked(problem))),
                }
            }
        }
    }
    plan.actions.splice(0..0, store);
    if plan.is_empty() {
        return Ok(Report::done(Step::Startup, facts));
    }
    let allows: &[Allow] = if plan.actions.contains(&Action::Run(podman::migrate())) { &[Allow::Migrate] } else { &[] };
    Ok(Report::ready(Step::Startup, facts, plan).called(verb).allowed_by(allows))
}

const MISSING: &str = "missing";
const CONTAINER: &str = "container ";

fn state_of(name: &str, container: Option<&Container>) -> Fact {
    let state = container.map_or(MISSING, |container| container.state.as_str());
    Fact::new(&format!("{CONTAINER}{name}"), state, "running", container.is_some_and(Container::running))
}

/// Whether a look at this step found a container of ours, whatever its state.
pub fn found_container(report: &Report) -> bool {
    report.facts.iter().any(|fact| fact.what.starts_with(CONTAINER) && fact.found != MISSING)
}

/// A token that only the container has is lost with it.
fn token_would_go() -> Problem {
    Problem::new(
        "GitLab has renewed a token, and only the container has the new one; it would be lost with the container.",
        "`pipglr config apply` stores it and makes the container again.",
    )
}

fn runs_another(unit: &str, volume: &str) -> Problem {
    Problem::new(
        format!("The unit {unit} runs a container on the volume {volume}, and two podmans cannot share one store."),
        format!(
            "Go on with that one (`--name`, as `podman ps --all` or its file has it), or remove that unit first; \
             `systemctl --user cat {unit}` shows it."
        ),
    )
}

fn shared(other: &str, volume: &str) -> Problem {
    Problem::new(
        format!("The container {other} uses the volume {volume}, and two podmans cannot share one store."),
        format!("Go on with that one (`--name {other}`), or remove it first: `podman rm {other}`."),
    )
}
