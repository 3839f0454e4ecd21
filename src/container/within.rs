//! A program of pipglr's own in the container, which would go on without the `podman exec` that started it.

use crate::host::{Host, ask, interrupt, podman};

/// What such a program begins with: its children end with it, and its first line is its number.
pub(crate) const BEGIN: &str = "trap 'trap - TERM; kill 0' TERM INT HUP\necho $$";

/// Ends the program with this number, which it printed first. The image has no `kill` but the shell's.
pub(crate) fn end(host: &dyn Host, name: &str, user: Option<&str>, number: &str) {
    if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        let end = podman::exec(name, user, &["sh", "-c", "kill \"$1\"", "sh", number]);
        let _ = interrupt::cleaning(|| ask(host, &end)); // it ends by itself, only later
    }
}
