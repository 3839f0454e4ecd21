//! The configuration that a container still has when the secret is gone: what was handed over to it, else the copy that
//! podman made when it made the container.

use super::copies;
use crate::host::podman::{self, Container};
use crate::host::{Cmd, Host, ask};
use crate::names::FIRST;
use crate::secret::Secret;
use std::path::Path;

/// Returns what the container has, whether it runs or not; `None` where it cannot be read.
///
/// podman's copy lies in podman's own folder for the container. Were it to lie elsewhere one day, a running container can
/// be asked from inside.
pub fn text(host: &dyn Host, name: &str, container: &Container) -> Option<Secret> {
    if let Some(copies) = copies::read_copies(host, container).filter(copies::Copies::is_handed_over) {
        return Some(copies.agreed().clone());
    }
    let read = |cmd: &Cmd| ask(host, cmd).ok().filter(|done| done.ok()).map(|done| done.stdout);
    let copy = Path::new(&container.folder).join("secrets").join(&host.names().config);
    let copy = (!container.folder.is_empty()).then(|| podman::unshared(&["cat", &copy.to_string_lossy()]));
    let found = copy.as_ref().and_then(read).filter(|text| !text.is_empty());
    let found = found.or_else(|| {
        let text = container.running().then(|| read(&inside(name))).flatten().and_then(podman::whole)?;
        (!text.is_empty()).then_some(text)
    });
    found.map(Secret::new)
}

fn inside(name: &str) -> Cmd {
    podman::exec(name, None, &["sh", "-c", &format!("cat /run/secrets/{} && {}", FIRST.config, podman::PRINT_END)])
}
