//! The new container, tried before anything is changed: made under another name, compared with the old one, removed.

use super::command::Command;
use super::compare::{Difference, differences};
use super::networks;
use super::resolve::{self, Made};
use super::{MAKE, carry};
use crate::host::interrupt::{self, Query};
use crate::host::podman::{self, Container};
use crate::host::{Cmd, Host, ask};
use crate::problem::{Problem, Result};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The name of a container that is tried: another one for each, since two pipglr may try at the same time.
fn name(name: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("{name}-probe-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Returns which of these containers a run that was killed has left: their process is gone.
pub(super) fn left<'a>(host: &dyn Host, of: &str, names: &'a [String]) -> Vec<&'a String> {
    let gone = |name: &&String| {
        let process = name.strip_prefix(of).and_then(|name| name.strip_prefix("-probe-")?.split('-').next());
        process.is_some_and(|pid| pid.parse::<u32>().is_ok() && host.meta(&Path::new("/proc").join(pid)).is_err())
    };
    names.iter().filter(gone).collect()
}

/// A command that podman takes, and what a container made by it would lack.
pub struct Tried {
    /// The command.
    pub made: Made,
    /// What differs all the same.
    pub losses: Vec<Difference>,
}

/// Tries a command, with what only podman knows of the container carried into it, but for the fields that are `meant` to
/// differ.
///
/// # Errors
/// podman does not take it, or cannot be asked.
pub(super) fn tried(host: &dyn Host, of: &str, old: &Container, command: Command, meant: &[String]) -> Result<Tried> {
    let probe = |host: &dyn Host, of: &str, made: &Made, old: &serde_json::Value| {
        let mut losses = probe(host, of, made, old)?;
        losses.retain(|lost| !meant.contains(&lost.field));
        Result::Ok(losses)
    };
    let old = &networks::known(host, old)?;
    let mut made = resolve::resolved(host, command, old)?;
    let mut losses = probe(host, of, &made, old)?;
    // Twice: a file of variables that says something else by now is taken out, and only then is seen what else it said.
    for _ in 0..2 {
        if losses.is_empty() {
            break;
        }
        carry::carry(&mut made, &losses, old);
        let left = probe(host, of, &made, old)?;
        if left == std::mem::replace(&mut losses, left.clone()) {
            break;
        }
    }
    Ok(Tried { made, losses })
}

/// What differs between a container and the one that this command makes. That one never runs, and gets no secret: they
/// may be gone at this moment, and nobody but the command decides about them.
fn probe(host: &dyn Host, of: &str, made: &Made, old: &serde_json::Value) -> Result<Vec<Difference>> {
    let name = name(of);
    let mut without = made.clone();
    without.command.remove(&["secret"]);
    let words = without.command.create(&name);
    let cmd = Cmd::podman(words).timeout(Some(MAKE)).env(without.env);
    // Its own new volumes go with it; one that another container has stays (seen on 4.3 and 5.4).
    let removal = Cmd::podman(["rm", "--force", "--volumes", &name]);
    let remove = || interrupt::cleaning(|| ask(host, &removal));
    let _owed = interrupt::owe();
    let new = (|| {
        let mut done = host.run(&cmd, None, &Query::begin())?;
        if !done.ok() {
            // A run that was killed may have left one, or its name in podman's storage.
            remove()?;
            done = host.run(&cmd, None, &Query::begin())?;
        }
        if !done.ok() {
            return Err(Problem {
                advice:
                    "Nothing was changed. The container was made with options that podman does not take any more: make \
                         it again by hand, then go on."
                        .into(),
                ..podman::failed(&cmd, done)
            });
        }
        let new = podman::container(host, &name)?.ok_or_else(|| {
            Problem::new(format!("The container {name}, just made, is gone."), "Did somebody remove it? Try again.")
        })?;
        networks::known(host, &new)
    })();
    let removed = remove();
    let new = new?;
    let removed = removed?;
    if !removed.ok() {
        return Err(podman::failed(&removal, removed));
    }
    Ok(differences(old, &new))
}
