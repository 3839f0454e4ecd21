//! The unit that starts a container that is there: where podman has no quadlet, or no quadlet can run the container.
//!
//! It is one that ends and counts as up: where systemd does not learn which process is the container's monitor (podman 4.3
//! in the test host), another kind is taken for ended and started for ever. podman's own `--restart` brings back a
//! container that ends by itself.

use super::quadlet::{NETWORK, START, STOP, STOP_UNIT};
use super::{Change, files};
use crate::host::podman::Container;
use crate::host::systemd::{self, Unit};
use crate::host::{Cmd, Host, program};
use crate::plan::Action;
use crate::secret::Secret;
use std::path::Path;

/// Returns the path of this host's podman.
pub(super) fn podman(host: &dyn Host) -> String {
    program(host, "podman").map_or_else(|| "/usr/bin/podman".into(), |path| path.display().to_string())
}

/// Returns the unit's text, with this podman.
pub(super) fn text(podman: &str, container: &Container) -> String {
    let time = if container.stop_timeout < STOP { format!(" --time {STOP}") } else { String::new() };
    let name = &container.name;
    format!(
        "# Written by `pipglr boot enable`; `pipglr boot disable` removes it.\n[Unit]\nDescription=GitLab runner, container \
         {name}\nStartLimitIntervalSec=0\n\n[Service]\nType=oneshot\nRemainAfterExit=yes\n{NETWORK}\nExecStart={podman} start \
         {name}\n# Running jobs are waited for.\nExecStop={podman} stop{time} {name}\nRestart=on-failure\nRestartSec=10\n\
         SuccessExitStatus=130 143\nTimeoutStartSec={START}\nTimeoutStopSec={STOP_UNIT}\n\n[Install]\nWantedBy=default.target\n"
    )
}

/// Returns what puts the unit in place; the container goes on as it is.
pub(super) fn put(host: &dyn Host, name: &str, text: &str) -> Vec<Action> {
    let path = files::unit(host, name);
    let checked = checked(host, &path, text);
    let enable = Cmd::new("systemctl", ["--user", "enable", "--now", &format!("{name}.service")]).timeout(None);
    let put = [Action::Save { path, text: Secret::new(text) }, Action::Run(systemd::reload()), Action::Run(enable)];
    checked.into_iter().chain(put).collect()
}

/// Returns what has systemd look at its text before anything is changed.
pub(super) fn checked(host: &dyn Host, path: &Path, text: &str) -> Vec<Action> {
    files::checked(host, path, text, |_, beside| Cmd::new("systemd-analyze", ["--user", "verify", beside])).into()
}

/// Returns what takes it away; the container goes on as it is.
pub(super) fn give_up(host: &dyn Host, name: &str, unit: &Unit) -> Change {
    let actions = vec![
        Action::Run(Cmd::new("systemctl", ["--user", "disable", &unit.name])),
        Action::Remove(files::unit(host, name)),
        Action::Run(systemd::reload()),
    ];
    Change {
        plan: actions.into(),
        ..Change::nothing(format!("{} is removed; the container goes on as it is.", unit.name))
    }
}
