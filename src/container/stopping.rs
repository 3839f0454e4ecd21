//! How the container is stopped, so that no time-out of anybody ends a job that is waited for.
//!
//! `podman stop`, a unit of systemd and podman's own clean-up each end the container after a time of their own. So
//! gitlab-runner is asked first, in the container, to end its jobs and to take no more; only when it has ended is the
//! container stopped, which is then a matter of seconds ([`Action::Stop`], done by [`super::draining`]).

use crate::host::podman::Container;
use crate::host::systemd::{self, Unit};
use crate::host::{Cmd, Host};
use crate::plan::Action;
use crate::problem::Result;
use std::time::Duration;

/// What becomes of running jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jobs {
    /// They are waited for.
    #[default]
    Wait,
    /// They are ended, and GitLab is told so.
    End,
    /// There are none, as far as the container says; and it is not waited for.
    Ignore,
    /// The container has never come up: there can be none, and what runs in it may hear nothing.
    Failed,
}

/// How long jobs are waited for, in seconds, where the container itself would be stopped sooner: as the image's
/// `run` label says.
const PATIENCE: u64 = 3660;
/// How long a job may take, in seconds: the image's runner.service waits for an hour, GitLab's own default.
const JOB: u64 = 3600;
/// Where jobs are not waited for, in seconds: gitlab-runner takes up to 30 to end them and to tell GitLab.
pub const HASTE: u64 = 60;
/// What never came up has this long, in seconds.
const FAILED: u64 = 10;

/// Plans the stop of a container, by podman.
pub fn stop(name: &str, container: &Container, jobs: Jobs) -> Vec<Action> {
    let time = match jobs {
        Jobs::Wait => (container.stop_timeout < PATIENCE).then_some(PATIENCE),
        Jobs::End | Jobs::Ignore => Some(HASTE),
        Jobs::Failed => Some(FAILED),
    };
    let time = time.map(|time| vec!["--time".to_owned(), time.to_string()]).unwrap_or_default();
    let words = std::iter::once("stop".to_owned()).chain(time).chain([name.to_owned()]);
    drained(name, container, jobs, Cmd::podman(words).timeout(None))
}

/// Plans a stop or restart of a container that a unit runs, by that unit.
pub fn by_unit(name: &str, container: &Container, unit: &Unit, verb: &str, jobs: Jobs) -> Vec<Action> {
    by(name, container, unit.cmd(verb), jobs)
}

fn by(name: &str, container: &Container, cmd: Cmd, jobs: Jobs) -> Vec<Action> {
    // The unit's own patience is for jobs.
    let first = if jobs == Jobs::Failed { stop(name, container, jobs) } else { vec![] };
    first.into_iter().chain(drained(name, container, jobs, cmd)).collect()
}

/// Plans a restart of a container by the unit of this name. `time`: how long it is waited for, once no job runs any more;
/// a unit that waits until what it starts is well may take longer to give up.
///
/// # Errors
/// systemd does not know the unit.
pub fn restart(
    host: &dyn Host,
    name: &str,
    container: &Container,
    unit: &str,
    jobs: Jobs,
    time: Option<Duration>,
) -> Result<Vec<Action>> {
    Ok(by(name, container, systemd::unit(host, unit)?.cmd("restart").timeout(time), jobs))
}

fn drained(name: &str, container: &Container, jobs: Jobs, by: Cmd) -> Vec<Action> {
    // Podman lets nothing into one that is paused, and stops none (4.3 to 6.1).
    let paused = container.state == "paused";
    let unpause = paused.then(|| Action::Run(Cmd::podman(["unpause", name])));
    // Told to stop already, podman lets nothing more into it either: its jobs have the time that this stop gives them.
    let stop = if matches!(jobs, Jobs::Ignore | Jobs::Failed) || !(container.running() || paused) {
        Action::Run(by)
    } else {
        Action::Stop { name: name.to_owned(), end: jobs == Jobs::End, by }
    };
    unpause.into_iter().chain([stop]).collect()
}

/// Says what a user should know of the time-outs before a container is stopped whose unit gives jobs too little
/// time; `None` where there is nothing to be said.
///
/// # Errors
/// systemd does not know the unit.
pub fn warning(host: &dyn Host, container: &Container) -> Result<Option<String>> {
    let Some(name) = container.unit.as_deref().filter(|_| container.at_work()) else { return Ok(None) };
    let unit = systemd::unit(host, name)?;
    Ok(unit.kills_after(container).filter(|seconds| *seconds < JOB).map(|seconds| too_short(&unit, seconds, container)))
}

fn too_short(unit: &Unit, seconds: u64, container: &Container) -> String {
    let edit = if unit.system { "sudo systemctl edit" } else { "systemctl --user edit" };
    let own = if container.stop_timeout < JOB {
        format!(", and `--stop-timeout {PATIENCE}` (in a quadlet `StopTimeout={PATIENCE}`) for the container itself")
    } else {
        String::new()
    };
    format!(
        "A stop of the unit {0} ends all jobs after {seconds} s. pipglr lets them end before it; a shutdown or another's \
         `systemctl stop` does not. `{edit} {0}` cures that: `[Service]`, `TimeoutStopSec={1}`{own}.",
        unit.name,
        PATIENCE + 60
    )
}

/// Stops the container, which waits for running jobs, and removes it.
pub fn remove(name: &str, container: &Container) -> Vec<Action> {
    let stop = if container.at_work() { stop(name, container, Jobs::Wait) } else { vec![] };
    // One that goes by itself when it stops is no failure with `--force`.
    let force = container.auto_remove.then_some("--force");
    let rm = Cmd::podman(["rm"].into_iter().chain(force).chain([name]));
    stop.into_iter().chain([Action::Run(rm)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::podman::tests::recorded;
    use crate::host::systemd::tests::recorded as unit;

    fn lines(actions: &[Action]) -> Vec<String> {
        actions.iter().flat_map(Action::shell).collect()
    }

    #[test]
    fn jobs_are_waited_for_or_ended_before_anything_stops_the_container() {
        let stopped = |container: &Container, jobs| lines(&stop("pipglr", container, jobs));
        const DRAIN: &str = "podman exec pipglr systemctl stop runner.service";
        let end = [
            "podman exec pipglr systemctl stop --no-block runner.service",
            "podman exec pipglr systemctl kill '--signal=SIGTERM' runner.service",
        ];
        let (ours, admins) = (recorded("runlabel-5.4"), recorded("admin-5.4"));
        assert_eq!(stopped(&ours, Jobs::Wait), [DRAIN, "podman stop pipglr"]);
        assert_eq!(stopped(&admins, Jobs::Wait), [DRAIN, "podman stop --time 3660 pipglr"]);
        assert_eq!(stopped(&ours, Jobs::End), [end[0], end[1], "podman stop --time 60 pipglr"]);
        assert_eq!(stopped(&ours, Jobs::Ignore), ["podman stop --time 60 pipglr"]);
        for (version, restart) in [
            ("4.3", "systemctl --user restart container-pipglr.service"),
            ("6.1", "systemctl --user restart pipglr.service"),
        ] {
            let by_unit = |jobs| lines(&by_unit("pipglr", &ours, &unit(version), "restart", jobs));
            assert_eq!(by_unit(Jobs::Wait), [DRAIN, restart]);
            assert_eq!(by_unit(Jobs::End), [end[0], end[1], restart]);
            assert_eq!(by_unit(Jobs::Ignore), [restart]);
        }
    }

    #[test]
    fn into_a_container_that_is_being_stopped_or_paused_podman_lets_nothing() {
        let state = |state: &str| Container { state: state.into(), ..recorded("runlabel-5.4") };
        for jobs in [Jobs::Wait, Jobs::End] {
            assert!(!lines(&stop("pipglr", &state("stopping"), jobs)).join("\n").contains("exec"));
        }
        assert_eq!(
            lines(&stop("pipglr", &state("paused"), Jobs::Wait))[..2],
            ["podman unpause pipglr", "podman exec pipglr systemctl stop runner.service"]
        );
    }

    #[test]
    fn a_unit_that_gives_jobs_too_little_time_is_named_with_what_cures_it() {
        let hasty = recorded("admin-5.4"); // 10 s
        let words = too_short(&unit("5.4"), unit("5.4").kills_after(&hasty).unwrap(), &hasty);
        assert_eq!(
            words,
            "A stop of the unit pipglr.service ends all jobs after 10 s. pipglr lets them end before it; a shutdown or \
             another's `systemctl stop` does not. `systemctl --user edit pipglr.service` cures that: `[Service]`, \
             `TimeoutStopSec=3720`, and `--stop-timeout 3660` (in a quadlet `StopTimeout=3660`) for the container itself."
        );
        let patient = recorded("runlabel-5.4");
        assert!(!too_short(&unit("5.4"), 90, &patient).contains("--stop-timeout"));
    }
}
