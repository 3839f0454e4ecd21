//! Who reads the configuration on this host, and what its runners were registered with: what lint is to know.

use crate::config::document;
use crate::config::keys::Version;
use crate::config::lint::Context;
use crate::container::limits;
use crate::gitlab::TokenKind;
use crate::host::podman::{self, Container};
use crate::host::{Host, ask};
use crate::secret::Secret;
use std::time::Duration;

/// Returns what this host knows of the reader of a configuration; `text` is the one that its runners are in.
pub fn reader(host: &dyn Host, name: &str, container: Option<&Container>, text: &Secret) -> Context {
    let runs = container.is_some_and(Container::running);
    let (runner, controllers) = std::thread::scope(|scope| {
        let controllers = scope.spawn(|| limits::controllers(host, container, name));
        (runs.then(|| runner(host, name)).flatten(), controllers.join().unwrap_or_default())
    });
    let config = std::str::from_utf8(text.expose()).ok().and_then(|text| document::read(text).ok());
    let token = config.and_then(|config| Some(config.runners.first()?.token.clone()));
    let token = token.filter(|token| !token.expose().is_empty()).map(|token| TokenKind::of(&token));
    Context { runner, token, controllers, here: true }
}

/// The gitlab-runner that reads it: the running container's.
fn runner(host: &dyn Host, name: &str) -> Option<Version> {
    let cmd = podman::exec(name, None, &["gitlab-runner", "--version"]).timeout(Some(Duration::from_secs(5)));
    let done = ask(host, &cmd).ok()?;
    done.text().lines().find(|line| line.starts_with("Version:")).and_then(Version::parse)
}
