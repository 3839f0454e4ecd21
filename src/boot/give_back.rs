//! A container that a quadlet of pipglr's makes becomes one of podman's alone again.

use super::{Change, Starter, files, keep_token};
use crate::container::jobs::Job;
use crate::container::recreate::compare::Difference;
use crate::container::recreate::{self};
use crate::container::state_volume;
use crate::container::stopping::{self, Jobs};
use crate::host::podman::Container;
use crate::host::{Cmd, systemd};
use crate::plan::{Action, Plan};
use crate::problem::{Problem, Result};
use crate::target::Target;

/// In what a quadlet's container differs from the one before: by podman's own options, and by what pipglr has written.
const MEANT: [&str; 16] = [
    "HostConfig.AutoRemove",
    "HostConfig.RestartPolicy",
    "HostConfig.CgroupParent",
    "HostConfig.ContainerIDFile",
    "HostConfig.LogConfig.Path",
    "Config.sdNotifyMode",
    "Config.sdNotifySocket",
    "Config.Healthcheck",
    "Config.HealthcheckOnFailureAction",
    "Config.HealthLogDestination",
    "Config.HealthcheckMaxLogCount",
    "Config.HealthcheckMaxLogSize",
    "Config.StartupHealthCheck",
    "Config.StopTimeout",
    "label PODMAN_SYSTEMD_UNIT",
    "label io.containers.autoupdate",
];

/// Plans the rest of it, where a run was cut off whose unit is gone already; `None` where none was.
pub(super) fn rest(target: &Target, container: Option<&Container>) -> Result<Option<Change>> {
    let (host, name) = (&*target.host, target.name.as_str());
    let Ok(before) = host.read(&files::before(host, name)) else { return Ok(None) };
    if container.is_some_and(|container| container.unit.is_some()) {
        return Ok(None);
    }
    let mut actions = vec![];
    if host.read(&files::quadlet(host, name)).is_ok() {
        // systemd does not know it yet.
        actions.extend(forgotten(target));
    }
    if let (None, Some(make)) = (container, recreate::read(&before)) {
        actions.extend(recreate::clear(host, name)?);
        actions.push(Action::Run(make));
    }
    if !container.is_some_and(Container::running) {
        let stopping = container.filter(|container| container.at_work());
        actions.extend(stopping.map(|container| stopping::stop(name, container, Jobs::Wait)).unwrap_or_default());
        actions.push(Action::Run(Cmd::podman(["start", name])));
    }
    actions.push(Action::Remove(files::before(host, name)));
    let words = "Nothing starts it when the machine starts; what was cut off is finished.".into();
    Ok(Some(Change { plan: actions.into(), ..Change::nothing(words) }))
}

/// What has systemd forget the quadlet.
fn forgotten(target: &Target) -> [Action; 3] {
    let (host, name) = (&*target.host, target.name.as_str());
    let (quadlet, variables) = (files::quadlet(host, name), files::variables(host, name));
    [Action::Remove(quadlet), Action::Remove(variables), Action::Run(systemd::reload())]
}

/// Plans it.
pub(super) fn plan(
    target: &Target,
    starter: &Starter,
    container: Option<&Container>,
    jobs: Option<Vec<Job>>,
    how: Jobs,
) -> Result<Change> {
    let (host, name) = (&*target.host, target.name.as_str());
    let unknown = |why: String| {
        Problem::new(
            format!(
                "{} cannot be read: {why}. It has the command of the container without a unit.",
                files::before(host, name).display()
            ),
            format!(
                "`pipglr stop`, then remove {} and run `systemctl --user daemon-reload`: `pipglr setup` makes a container as \
                 the image says.",
                starter.unit.file.display()
            ),
        )
    };
    let before = host.read(&files::before(host, name)).map_err(|e| unknown(e.to_string()))?;
    let before = recreate::read(&before).ok_or_else(|| unknown("it is no command".into()))?;
    let mut actions = vec![];
    let make = match container.filter(|container| container.unit.is_some()) {
        Some(container) => {
            let made_by = std::iter::once(before.program.clone()).chain(before.args.iter().cloned()).collect();
            let meant = MEANT.map(str::to_owned);
            let mut tried = recreate::tried(host, container, Some(made_by), target.run_label()?, &meant)?;
            keep_token(target, &tried.made.command)?;
            if !tried.losses.is_empty() {
                let losses: Vec<_> = tried.losses.iter().map(Difference::words).collect();
                return Err(recreate::would_lose(name, &losses));
            }
            for (variable, value) in before.env {
                if !tried.made.env.iter().any(|(known, _)| *known == variable) {
                    tried.made.env.push((variable, value));
                }
            }
            recreate::create(&tried.made, name)
        }
        None => before,
    };
    match container {
        Some(container) if container.unit.is_some() => {
            let stop = stopping::by_unit(name, container, &starter.unit, "stop", how);
            let gets_state = state_volume::comes(host, container, &container.image_id)?;
            actions.extend(if gets_state {
                state_volume::moved(target.names(), name, container, how, stop)
            } else {
                stop
            });
        }
        _ if starter.unit.is_up() => actions.push(Action::Run(starter.unit.cmd("stop"))),
        _ => {}
    }
    // One that was made by a run that was cut off stays.
    let there = container.is_some_and(|container| container.unit.is_none());
    actions.extend(if there { None } else { recreate::clear(host, name)? });
    actions.extend((!there).then_some(Action::Run(make)));
    actions.extend(forgotten(target));
    actions.extend([Action::Run(Cmd::podman(["start", name])), Action::Remove(files::before(host, name))]);
    let words = format!(
        "The container is made as it was before `pipglr boot enable`, and started; its log so far is in {}.",
        files::log(host, name).display()
    );
    let warnings = container.map(|container| stopping::warning(host, container)).transpose()?.flatten();
    let plan = Plan { warnings: warnings.into_iter().collect(), ..actions.into() };
    Ok(Change { plan, words, file: None, jobs })
}
