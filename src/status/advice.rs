//! What a rung that does not hold means, and what to do about it: one table for `status`, home and the doctor.

use crate::names;
use crate::status::{Status, StatusRung};
use crate::symptoms::Remedy;
use serde::Serialize;

/// Why a rung does not hold, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Advice {
    /// What does it.
    #[serde(skip)]
    pub remedy: Remedy,
    /// What it means.
    pub cause: String,
    /// What to do: a sentence with a command in backticks.
    pub fix: String,
}

fn advice(remedy: Remedy, cause: impl Into<String>, fix: impl Into<String>) -> Option<Advice> {
    Some(Advice { remedy, cause: cause.into(), fix: fix.into() })
}

/// Returns what to do about a rung that does not hold; `None` for one that holds or cannot be known. `name` is the
/// container's.
pub fn of(status: &Status, rung: &StatusRung, name: &str) -> Option<Advice> {
    if rung.ok != Some(false) {
        return None;
    }
    let of_container = ["secret", "volumes", "config", "container"].contains(&rung.id.as_str());
    if let Some(problem) = status.container.mistaken.as_ref().filter(|_| of_container) {
        return advice(Remedy::Setup, &problem.what, &problem.advice);
    }
    let restart = format!("`{}`", names::typed("restart", name));
    match rung.id.as_str() {
        super::ROOM => super::room::advice(status, name),
        "linger" => advice(
            Remedy::Persistent,
            "The container ends when you log out, and does not start with the machine.",
            "`pipglr setup` switches linger on (step 1).",
        ),
        "id_ranges" => advice(
            Remedy::IdRanges,
            "The jobs' containers need more IDs than are in force.",
            "`pipglr setup` adds them (step 2); root is needed for it.",
        ),
        "secret" if status.container.state == "missing" => advice(
            Remedy::Setup,
            "There is no configuration: no secret config.toml.",
            "`pipglr setup` registers the runner and makes it (steps 3 and 4); one that was lost `pipglr config undo` \
             brings back.",
        ),
        "secret" => advice(
            Remedy::Configuration,
            "podman has no secret config.toml that can be read.",
            "`pipglr config undo` recreates it, from the container or from the versions before.",
        ),
        "volumes" => advice(Remedy::Volumes, "A volume is missing.", "`pipglr setup` makes it (step 5)."),
        "token" => advice(
            Remedy::Edit,
            "A runner's token has expired: GitLab takes it no more.",
            "Make a new token for the runner in GitLab; `pipglr edit` puts it where the old one is.",
        ),
        "config" => advice(
            Remedy::Startup,
            "gitlab-runner works with another configuration than the one that is stored; a restart does not change that.",
            "`pipglr config apply` has it take what is stored; so does `pipglr setup` (step 6), which makes the container \
             again.",
        ),
        "container" if status.container.state == "missing" && status.container.managed_by.is_some() => {
            let unit = status.container.managed_by.as_deref().unwrap_or_default();
            advice(
                Remedy::Startup,
                format!("The unit {unit} makes the container when it starts, and it is stopped."),
                format!("`systemctl --user restart {unit}`, or `{}`.", names::typed("start", name)),
            )
        }
        "container" if status.container.network_gone => advice(
            Remedy::Setup,
            "An older podman made the container with slirp4netns, which this one no longer has, so it cannot start.",
            "`pipglr setup` moves it to pasta, and starts it (`podman system migrate` does the first by hand).",
        ),
        "container" => container(&status.container.state, &rung.detail, name),
        "systemd" => advice(
            Remedy::Restart,
            "A service in the container failed.",
            format!("`pipglr logs` says why; cure that, then {restart}."),
        ),
        "podman" => advice(
            Remedy::Restart,
            "The nested podman does not answer, or makes no network, so no job can run.",
            format!("{restart}; if it comes back, `pipglr logs` says why podman does not start."),
        ),
        "runner" if status.paused_since.is_some() => advice(
            Remedy::Resume,
            "The runner is paused: it takes no jobs.",
            format!("`{}` has it take jobs again.", names::typed("resume", name)),
        ),
        "runner" => advice(
            Remedy::Edit,
            "gitlab-runner does not run, or was restarted just now.",
            "Most often it is the configuration: `pipglr edit` shows what is wrong with it, `pipglr config undo` \
             applies the version before again.",
        ),
        "gitlab" if status.runners.iter().any(|runner| runner.rotation_waits) => advice(
            Remedy::Gitlab,
            "A runner's token was replaced in GitLab, and the new one is not applied yet.",
            format!("`{}` goes on with it: the new token is here.", names::typed("runner rotate", name)),
        ),
        "gitlab" if status.runners.iter().any(|runner| runner.verified == Some(false)) => advice(
            Remedy::Edit,
            "GitLab does not know the runner's token, as the runner was removed there, or its token was changed.",
            "Make a new runner in GitLab, and put its token in place of the old one: `pipglr edit`.",
        ),
        "gitlab" => advice(
            Remedy::Edit,
            "GitLab does not answer the runner as it should.",
            "`pipglr doctor` looks for the reason; `url` may be wrong: `pipglr edit`.",
        ),
        "poll" => advice(
            Remedy::Restart,
            "gitlab-runner has asked for no job that GitLab answered.",
            format!("Wait a minute, and look again: `pipglr status`. Then {restart}."),
        ),
        _ => None,
    }
}

/// The container does not run: why, as far as its state and exit code say it.
fn container(state: &str, detail: &str, name: &str) -> Option<Advice> {
    let start = format!("`{}` starts it", names::typed("start", name));
    match state {
        "missing" => advice(
            Remedy::Setup,
            "There is no container: it was never made, or it was removed.",
            "`pipglr setup` makes it; what is done is passed over.",
        ),
        "paused" => advice(
            Remedy::Startup,
            "Somebody has paused the container: its processes are frozen, and GitLab hears nothing.",
            format!("`{}` lets it go on.", names::typed("start", name)),
        ),
        "stopping" => advice(
            Remedy::Startup,
            "The container was told to stop, and waits for running jobs, up to an hour.",
            format!("Wait for it, then {start}."),
        ),
        "created" | "configured" | "initialized" => advice(
            Remedy::Startup,
            "The container has not run since it was made, or since the machine was started.",
            format!("{start}."),
        ),
        _ => {
            let code: i64 = detail.rsplit(' ').next().and_then(|code| code.parse().ok()).unwrap_or(0);
            let cause = match code {
                0 | 130 | 143 => "The container was stopped, or the machine was shut down.".to_owned(),
                137 => {
                    "The container was killed (signal 9): by hand, for want of memory, or because it took longer to \
                        stop than it was given."
                        .to_owned()
                }
                ..0 => "The container ended unseen by podman: it was killed with it, or the machine was.".to_owned(),
                code => format!("The container ended by itself, with exit code {code}."),
            };
            advice(Remedy::Startup, cause, format!("{start}; `pipglr logs` says how it ended."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ladder::RungId;
    use crate::status::StatusContainer;

    fn advised(state: &str, id: &str, detail: &str) -> Advice {
        let container = StatusContainer { state: state.into(), ..StatusContainer::default() };
        let status = Status { container, ..Status::default() };
        let rung = StatusRung { id: id.into(), ok: Some(false), detail: detail.into(), ..StatusRung::default() };
        of(&status, &rung, "box").unwrap_or_else(|| panic!("{id} has no advice"))
    }

    #[test]
    fn every_rung_has_advice_with_a_command() {
        let own = ["linger", "id_ranges", "secret", "volumes", "config"];
        for id in own.into_iter().chain(RungId::ALL.map(RungId::id)) {
            for state in ["missing", "running", "exited", "stopped", "paused", "stopping", "created"] {
                let Advice { cause, fix, .. } = advised(state, id, "exited, exit code 1");
                assert!(fix.contains("`p") && fix.ends_with('.') && cause.ends_with('.'), "{id}: {cause} {fix}");
            }
        }
    }

    #[test]
    fn a_container_that_does_not_run_is_told_apart() {
        let about = |state, detail| advised(state, "container", detail);
        assert!(about("exited", "exited, exit code 137").cause.contains("killed"));
        assert!(about("exited", "exited, exit code 0").cause.contains("was stopped"));
        assert!(about("exited", "exited, exit code 3").cause.contains("exit code 3"));
        assert!(about("paused", "paused, exit code 0").fix.contains("`pipglr start --name box`"));
        assert!(about("exited", "").fix.contains("`pipglr start --name box`"));
    }

    #[test]
    fn what_holds_needs_no_advice() {
        let rung = |ok| StatusRung { id: "runner".into(), ok, ..StatusRung::default() };
        assert_eq!(of(&Status::default(), &rung(Some(true)), "box"), None);
        assert_eq!(of(&Status::default(), &rung(None), "box"), None);
    }
}
