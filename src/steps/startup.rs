//! Step 6: the container.

use super::{Fact, Report, Row, Setup, Shows, State, Step, as_it_is, authority};
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
use crate::host::{Cmd, Host};
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
    let foreign = container.as_ref().and_then(|container| container::foreign(names, container));
    let ours = container.as_ref().filter(|_| foreign.is_none());
    let report = match (podman::secret_id(host, &names.config)?, foreign) {
        (None, _) => before_secret(setup, ours)?,
        (Some(_), Some(problem)) => Report::not_yet(Step::Startup, vec![], State::Blocked(problem)),
        (Some(secret), None) => with_secret(setup, ours, &secret)?,
    };
    Ok(report.showing(ours.map(|_| Shows::Container)))
}

/// What will be run, as far as it is known.
fn before_secret(setup: &Setup, container: Option<&Container>) -> Result<Report> {
    let run = setup.target.run_label()?.map(|run| limited(setup, run));
    let facts = container.map(|container| state_of(&setup.target.name, Some(container)));
    let report = Report::not_yet(Step::Startup, facts.into_iter().collect(), State::Waits(Step::Configuration));
    Ok(report.preview(run.into_iter().map(Action::Run).collect::<Vec<_>>()))
}

fn with_secret(setup: &Setup, container: Option<&Container>, secret: &str) -> Result<Report> {
    let (host, name, names) = (&*setup.target.host, &setup.target.name, setup.target.names());
    let blocked = |facts, problem| Ok(Report::not_yet(Step::Startup, facts, State::Blocked(problem)));
    let held = held(setup, container, secret);
    let mut facts = vec![state_of(name, container)];
    if container.is_some() {
        let now = "as the secret is now";
        facts.push(Fact::new(
            "its config.toml",
            if held.is_some() { now } else { "older than the secret" },
            now,
            held.is_some(),
        ));
    }
    let mut plan = Plan::default();
    let store = authority::store(setup)?;
    let trusts = match container {
        Some(container) => trusts(host, container, store.is_empty(), &mut facts, &mut plan)?,
        None => true,
    };
    let why = if held.is_some() { "to trust the authority" } else { "to take the new configuration" };
    let current = held.is_some() && trusts;
    if let Some(container) = container.filter(|_| !current) {
        plan.warnings.push(format!("The container {name} is recreated, {why}; running jobs are waited for."));
        if !state_volume::outlives(host, container)?
            && let Ok(text) = podman::secret_content(host, &names.config, &setup.target.image)
            && rotated_tokens::carried(host, Some(container), &text).1 > 0
        {
            return blocked(facts, token_would_go());
        }
    }
    let jobs = if setup.wants.now { Jobs::End } else { Jobs::Wait };
    let (secret, label) = (Some(held.unwrap_or(secret)).filter(|_| trusts), authority::run_label(setup)?);
    let again = recreate::plan(Wanted { secret, label, jobs, ..Wanted::of(&setup.target, container) })?;
    if !again.losses.is_empty() {
        return blocked(facts, recreate::would_lose(name, &again.losses));
    }
    plan.actions.extend(again.actions);
    plan.warnings.extend(again.warnings);
    let ours = [name.clone(), recreate::next_name(name), recreate::moved_name(name)];
    let others: Vec<_> =
        podman::users_of(host, &names.storage)?.into_iter().filter(|name| !ours.contains(name)).collect();
    if let (false, [other, ..]) = (current, others.as_slice()) {
        return blocked(facts, others::from_before(host)?.unwrap_or_else(|| shared(other, &names.storage)));
    }
    let (again, forget) = recreate::again(host, name)?;
    if container.is_none() {
        // A unit that is stopped removes its container, and would remove one made beside it, or replace it. Where no
        // manager of units answers, none of them runs.
        if let Some(unit) = systemd::of_container(host, name, &names.storage).ok().flatten() {
            if !unit.starts_container(name) {
                return blocked(facts, runs_another(&unit.name, &names.storage));
            }
            facts.push(Fact::new("made by the unit", unit.name.clone(), "", true));
            plan.actions = store;
            plan.actions.push(Action::Run(unit.cmd(if unit.is_up() { "restart" } else { "start" })));
            return Ok(Report::ready(Step::Startup, facts, plan));
        }
        if plan.is_empty() {
            plan.actions = again;
        }
        if plan.is_empty() {
            match first(setup)? {
                Ok(actions) => plan.actions.extend(actions),
                Err(state) => return Ok(Report::not_yet(Step::Startup, facts, state)),
            }
        }
        plan.actions.extend(recreate::clear_tried(host, name)?);
    }
    // One that runs and stays is not started.
    let mut verb = match container {
        Some(_) if !current => "recreate it",
        Some(container) if container.running() => "clear it up",
        _ => ROW.verb,
    };
    plan.actions.extend(forget);
    if setup.wants.answers.start_at_boot == Some(true) {
        let on = boot::starts(host, name);
        facts.push(Fact::new("starts at boot", if on { "yes" } else { "no" }, "yes", on));
        if let (false, Some(_)) = (on, container) {
            if !plan.is_empty() {
                let words = "It starts at boot only when this is done: `pipglr setup` again, or `pipglr boot enable`, has it so.";
                plan.warnings.push(words.into());
            } else {
                match boot::enable(&setup.target, setup.wants.now) {
                    Ok(change) => (plan, verb) = (change.plan, "start it at boot"),
                    Err(problem) => return blocked(facts, problem),
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

/// The ID of the secret that the container has, where gitlab-runner works with what the secret says now: where it was made
/// with another one, it may have been given this since.
fn held<'a>(setup: &Setup, container: Option<&'a Container>, secret: &'a str) -> Option<&'a str> {
    let (host, names, container) = (&*setup.target.host, setup.target.names(), container?);
    if has_secret(container, secret) {
        return Some(secret);
    }
    let copies = copies::read_copies(host, container)?;
    // One whose content podman has lost is not what anybody was given.
    let text = podman::secret_content(host, &names.config, &setup.target.image).ok()?;
    if *copies.agreed() == text { recreate::held(names, container) } else { None }
}

/// Whether the container trusts the authority that is given, which the store has (`stored`).
fn trusts(
    host: &dyn Host,
    container: &Container,
    stored: bool,
    facts: &mut Vec<Fact>,
    plan: &mut Plan,
) -> Result<bool> {
    if stored && authority::is_trusted(host, container)? {
        return Ok(true);
    }
    let Some(unit) = &container.unit else {
        facts.push(Fact::new("its authority", "not the one that is given", "the one that is given", false));
        return Ok(false);
    };
    // A unit's own file says what its container trusts.
    let line = format!("`Secret={},mode=0444`", host.names().secret_mount(&FIRST.authority));
    plan.warnings.push(format!("The unit {unit} makes the container: {line} in its file has it trust the authority."));
    Ok(true)
}

/// What makes the first container; or why none can be made yet.
fn first(setup: &Setup) -> Result<std::result::Result<Vec<Action>, State>> {
    let (host, name) = (&*setup.target.host, &setup.target.name);
    let Some(run) = authority::run_label(setup)? else { return Ok(Err(State::Waits(Step::Image))) };
    let mut actions = Vec::from_iter(recreate::clear(host, name)?);
    let run = limited(setup, run);
    if setup.wants.answers.start_at_boot == Some(true) && !boot::starts(host, name) {
        match boot::first(&setup.target, run) {
            Ok(more) => actions.extend(more),
            Err(problem) => return Ok(Err(State::Blocked(problem))),
        }
    } else {
        actions.push(Action::Run(run));
    }
    Ok(Ok(actions))
}

/// The command with the limits that the answers give the container.
fn limited(setup: &Setup, run: Cmd) -> Cmd {
    limits::of_new(run, &limits::possible(&*setup.target.host, &setup.wants.answers).0)
}

fn state_of(name: &str, container: Option<&Container>) -> Fact {
    let state = container.map_or("missing", |container| container.state.as_str());
    Fact::new(&format!("container {name}"), state, "running", container.is_some_and(Container::running))
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
