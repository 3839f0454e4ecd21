//! How long a container lives.

use crate::host::Bell;
use crate::host::podman::Container;

/// A container's first process, as this machine sees it. Its end is the container's: neither podman's events nor the
/// end of `podman logs -f` can be relied on (host/podman/FACTS.md).
pub(super) struct Life {
    pid: u32,
    /// When the process started, in the kernel's ticks: another process may get its number.
    since: Option<String>,
}

impl Life {
    /// That of this container, as podman knows it.
    pub(super) fn of(container: &Container) -> Self {
        Self { pid: container.pid, since: birth(container.pid) }
    }

    /// Rings at its end.
    pub(super) fn bell(&self) -> Option<Bell> {
        Bell::ended(self.pid).filter(|_| self.goes_on())
    }

    /// Whether it is there yet.
    pub(super) fn goes_on(&self) -> bool {
        self.since.is_some() && birth(self.pid) == self.since
    }
}

/// Field 22 of `/proc/PID/stat` (proc(5)); the second, in brackets, may hold blanks.
fn birth(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let behind = stat.rsplit_once(") ")?.1;
    let state = behind.chars().next()?;
    (state != 'Z' && state != 'X').then(|| behind.split(' ').nth(19).map(str::to_owned))?
}
