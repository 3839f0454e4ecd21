//! Who reads the configuration on this host, and what its runners were registered with: what lint is to know.

use crate::config::cgroups::{ASK, Controllers};
use crate::config::document;
use crate::config::keys::Version;
use crate::config::lint::Context;
use crate::container::limits;
use crate::gitlab::TokenKind;
use crate::host::podman::{self, Container};
use crate::host::{Finished, Host, ask};
use crate::secret::Secret;
use std::time::Duration;

/// Returns what this host knows of the reader of a configuration; `text` is the one that its runners are in.
pub fn reader(host: &dyn Host, name: &str, container: Option<&Container>, text: &Secret) -> Context {
    let told = container.filter(|container| container.running()).and_then(|_| ask_container(host, name));
    let (runner, controllers) = told.unwrap_or_else(|| (None, limits::controllers_given(host)));
    let config = std::str::from_utf8(text.expose()).ok().and_then(|text| document::read(text).ok());
    let token = config.and_then(|config| Some(config.runners.first()?.token.clone()));
    let token = token.filter(|token| !token.expose().is_empty()).map(|token| TokenKind::of(&token));
    Context { runner, token, controllers, here: true }
}

/// The gitlab-runner that reads it, and the controllers that jobs have, as the running container says.
fn ask_container(host: &dyn Host, name: &str) -> Option<(Option<Version>, Controllers)> {
    let both = format!("gitlab-runner --version; echo; {ASK}");
    let cmd = podman::exec(name, None, &["sh", "-c", &both]).timeout(Some(Duration::from_secs(5)));
    let text = ask(host, &cmd).ok().filter(Finished::ok)?.text();
    let version = text.lines().find(|line| line.starts_with("Version:")).and_then(Version::parse);
    Some((version, Controllers::read(text.lines().next_back().unwrap_or_default())))
}
