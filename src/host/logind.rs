//! Linger and root: what logind and sudo say.

use super::{Cmd, Host, Privilege, ask};
use std::path::Path;

/// Whether the user's processes survive a logout.
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

/// Whether the user's containers with a restart policy are started when the machine boots.
pub fn starts_at_boot(host: &dyn Host) -> bool {
    let cmd = Cmd::new("systemctl", ["--user", "is-enabled", BOOT_UNIT]);
    ask(host, &cmd).is_ok_and(|done| done.text() == "enabled")
}

/// Has the user's containers started at boot; podman ships the unit in every version since 4.3.
pub fn start_at_boot() -> Cmd {
    Cmd::new("systemctl", ["--user", "enable", BOOT_UNIT])
}

/// podman's own unit that starts them.
pub const BOOT_UNIT: &str = "podman-restart.service";
