//! Step 6: the container.

use super::registration::CONFIG_SECRET;
use super::{Fact, Report, Setup, State, Step};
use crate::host::podman::{self, Container};
use crate::host::{Cmd, logind};
use crate::plan::{Action, Plan};
use crate::problem::{Problem, Result};

/// Why.
pub const WHY: &str =
    "The container runs in the background: systemd in it starts gitlab-runner and the podman for the jobs.";

/// Looks at the container and whether it has the secret as it is now; plans to start it, or to make it again.
///
/// # Errors
/// podman fails, or the `run` label is not one to run.
pub fn look(setup: &Setup) -> Result<Report> {
    let host = &*setup.host;
    let Some(secret) = podman::secret_id(host, CONFIG_SECRET)? else {
        let run = setup.label("run")?.map(|label| Action::Run(label.name(&setup.name).cmd()));
        let preview: Vec<_> = run.into_iter().collect();
        return Ok(Report::not_yet(Step::Startup, vec![], State::Waits(Step::Configuration)).preview(preview));
    };
    let container = podman::container(host, &setup.name)?;
    if let Some(problem) = container.as_ref().and_then(|container| foreign(&setup.name, container)) {
        return Ok(Report::not_yet(Step::Startup, vec![], State::Blocked(problem)));
    }
    let state = container.as_ref().map_or("missing", |container| container.state.as_str());
    let running = container.as_ref().is_some_and(Container::running);
    let current = container.as_ref().is_some_and(|container| has_secret(container, &secret));
    let mut facts = vec![Fact::new(&format!("container {}", setup.name), state, "running", running)];
    if container.is_some() {
        facts.push(Fact::new(
            "its config.toml",
            if current { "as the secret is now" } else { "older than the secret" },
            "as the secret is now",
            current,
        ));
    }
    let mut plan = Plan::default();
    if let Some(container) = container.filter(|_| !current) {
        // A container keeps the secret it was made with, over every restart (facts/podman.md).
        plan.warnings.push(format!(
            "The container {} is made again, to take the new configuration; running jobs are waited for.",
            setup.name
        ));
        plan.actions.extend(remove(&setup.name, &container));
    } else if current && !running {
        plan.actions.push(Action::Run(Cmd::podman(["start", &setup.name])));
    }
    if !current {
        let Some(label) = setup.label("run")? else {
            return Ok(Report::not_yet(Step::Startup, facts, State::Waits(Step::Image)));
        };
        let others: Vec<_> = podman::users_of(host, STORAGE)?.into_iter().filter(|name| *name != setup.name).collect();
        if let [other, ..] = others.as_slice() {
            return Ok(Report::not_yet(Step::Startup, facts, State::Blocked(shared(other))));
        }
        plan.actions.push(Action::Run(label.name(&setup.name).cmd()));
    }
    if setup.answers.start_at_boot == Some(true) {
        let on = logind::starts_at_boot(host);
        facts.push(Fact::new("starts at boot", if on { "yes" } else { "no" }, "yes", on));
        if !on {
            plan.actions.push(Action::Run(logind::start_at_boot()));
        }
    }
    if plan.is_empty() {
        return Ok(Report::done(Step::Startup, facts));
    }
    Ok(Report::ready(Step::Startup, facts, plan))
}

/// The volume that two containers must never share: each has a podman of its own on it.
const STORAGE: &str = "pipglr-storage";

/// The problem of a container of that name that pipglr did not make: ours mounts the config secret.
pub fn foreign(name: &str, container: &Container) -> Option<Problem> {
    if container.secrets.iter().any(|(secret, _)| secret == CONFIG_SECRET) {
        return None;
    }
    Some(Problem::new(
        format!("There is a container {name} that pipglr did not make: it has no secret config.toml."),
        format!(
            "Give the runner another name (`--name`), or rename or remove that container yourself: `podman rename {name} …`."
        ),
    ))
}

fn shared(other: &str) -> Problem {
    Problem::new(
        format!("The container {other} uses the volume {STORAGE}, and two podmans cannot share one store."),
        format!("Go on with that one (`--name {other}`), or remove it first: `podman rm {other}`."),
    )
}

/// Whether the container holds the secret with this ID: the ID changes with every new content, on every version.
pub fn has_secret(container: &Container, id: &str) -> bool {
    container.secrets.iter().any(|(name, held)| name == CONFIG_SECRET && held == id)
}

/// Stops the container, which waits for running jobs as long as its own stop time-out says, and removes it.
pub fn remove(name: &str, container: &Container) -> Vec<Action> {
    let stop = Cmd::podman(["stop", name]).timeout(None);
    let stop = container.running().then_some(Action::Run(stop));
    stop.into_iter().chain([Action::Run(Cmd::podman(["rm", name]))]).collect()
}
