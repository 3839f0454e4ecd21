//! Linger and root: what logind and sudo say.

use super::{Cmd, Host, Privilege, ask};
use std::path::Path;

/// Returns whether the user's processes survive a logout.
///
/// The file is the one sign that can be read also while the user is not logged in (FACTS.md).
pub fn lingers(host: &dyn Host) -> bool {
    let name = &host.user().name;
    host.read(&Path::new("/var/lib/systemd/linger").join(name)).is_ok()
}

/// Switches linger on: without root where polkit allows it for oneself.
pub fn enable_linger(host: &dyn Host) -> Cmd {
    Cmd::new("loginctl", ["enable-linger", &host.user().name]).privilege(Privilege::RootIfRefused)
}

/// How root can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// sudo asks for nothing.
    Free,
    /// sudo is there and wants a password, on a terminal.
    Password,
    /// There is no sudo.
    None,
}

/// Asks sudo, without letting it ask back.
pub fn root(host: &dyn Host) -> Root {
    match ask(host, &Cmd::new("sudo", ["-n", "true"])) {
        Ok(done) if done.ok() => Root::Free,
        Ok(_) => Root::Password,
        Err(_) => Root::None,
    }
}

/// podman's own unit that starts a user's containers with `--restart always` when the machine starts; every version since
/// 4.3 has it.
pub const BOOT_UNIT: &str = "podman-restart.service";
