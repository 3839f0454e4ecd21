//! A container that an older podman made with slirp4netns, which podman 6 no longer has: it cannot start (4.3.1 to 6.1.1).

use crate::host::Host;
use crate::host::podman::{self, Container};
use crate::problem::Result;

/// Returns whether this podman cannot start the container for the sake of its network; `podman system migrate` moves it
/// to pasta.
///
/// # Errors
/// podman cannot be run.
pub fn is_gone(host: &dyn Host, container: &Container) -> Result<bool> {
    let mode = container.inspect.0["HostConfig"]["NetworkMode"].as_str().unwrap_or_default();
    Ok(mode.starts_with("slirp4netns") && !podman::version(host)?.capabilities().slirp4netns)
}
