//! The command of a container that has to go before it can be recreated, in a file meanwhile: with volumes recreated.

use super::{clear, command, compare, create, probe, resolve, start, would_lose};
use crate::container::state_volume;
use crate::host::podman::Container;
use crate::host::{Cmd, Host, state_folder};
use crate::plan::Action;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use std::path::PathBuf;

/// Where it is kept.
fn kept(host: &dyn Host) -> PathBuf {
    state_folder::work(host).join("container.json")
}

/// Keeps the command that makes this container again. It may hold what an admin put there, so it is kept as a secret.
/// `full`: there is no room on the disk to try it first.
///
/// # Errors
/// There is no such command, podman does not take it, or the container would lack something.
pub fn keep(host: &dyn Host, name: &str, container: &Container, label: Option<Cmd>, full: bool) -> Result<Action> {
    let mut command = command(host, container, label)?;
    let gets_state = state_volume::comes(host, container, &container.image_id)?;
    let meant = Vec::from_iter(gets_state.then(|| state_volume::mounted(host.names(), &mut command)));
    let made = if full {
        resolve::resolved(host, command, &container.inspect.0)?
    } else {
        let tried = probe::tried(host, name, container, command, &meant)?;
        if !tried.losses.is_empty() {
            return Err(would_lose(name, &tried.losses.iter().map(compare::Difference::words).collect::<Vec<_>>()));
        }
        tried.made
    };
    Ok(Action::Save { path: kept(host), text: written(&create(&made, name)) })
}

/// Returns a command that makes a container as it is kept in a file.
pub fn written(cmd: &Cmd) -> Secret {
    let env: Vec<_> = cmd.env.iter().map(|(name, value)| (name, value.as_ref().map(Secret::expose_str))).collect();
    Secret::new(serde_json::json!({"args": cmd.args, "env": env}).to_string())
}

/// Reads a command that was kept.
pub fn read(kept: &[u8]) -> Option<Cmd> {
    let value: serde_json::Value = serde_json::from_slice(kept).ok()?;
    let args: Vec<String> = serde_json::from_value(value["args"].clone()).ok()?;
    let env: Vec<(String, Option<String>)> = serde_json::from_value(value["env"].clone()).ok()?;
    let env = env.into_iter().map(|(name, value)| (name, value.map(Secret::new))).collect();
    Some(Cmd::podman(args).timeout(Some(super::MAKE)).env(env))
}

/// Returns what makes the container again by its own command, where that was kept; and what forgets it.
///
/// # Errors
/// It was kept, and cannot be read.
pub fn again(host: &dyn Host, name: &str) -> Result<(Vec<Action>, Option<Action>)> {
    let path = kept(host);
    let failed = |why: String| {
        Problem::new(
            format!("{}, which makes the container {name} again as it was, cannot be read: {why}.", path.display()),
            "Make it readable for you, or remove it: the container is then made as the image says.",
        )
    };
    let bytes = match host.read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok((vec![], None)),
        Err(e) => return Err(failed(e.to_string())),
    };
    let cmd = read(&bytes).ok_or_else(|| failed("it is no command".into()))?;
    if !cmd.args.windows(2).any(|pair| pair[0] == "--name" && pair[1] == name) {
        return Ok((vec![], None)); // another container's
    }
    let make = [Action::Run(cmd), start(name)];
    Ok((clear(host, name)?.into_iter().chain(make).collect(), Some(Action::Remove(path))))
}
