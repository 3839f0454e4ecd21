//! A container that answers one question and is thrown away.

use super::remove_at_once;
use crate::host::interrupt::{self, Query};
use crate::host::{Cmd, Finished, Host, ask};
use crate::problem::Result;
use crate::secret::Secret;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The least exit code of `podman run` that is not what ran in it but podman's own, or that of a signal.
const PODMAN_FAILED: i32 = 125;

/// How their names begin.
const ONCE: &str = "pipglr-once-";

/// Returns whether a container of this name is one of them.
pub fn is_one(name: &str) -> bool {
    name.starts_with(ONCE)
}

/// What runs in it, and with what.
#[derive(Clone, Debug, Default)]
pub struct Once<'a> {
    /// Options of `podman run` beside those that every such container has.
    pub options: &'a [&'a str],
    /// The image.
    pub image: &'a str,
    /// The command, program first.
    pub words: &'a [&'a str],
    /// What it reads from standard input.
    pub input: Option<&'a Secret>,
    /// Its time-out; `None` for that of any query.
    pub timeout: Option<Duration>,
    /// Whether it is on the network.
    pub network: bool,
}

impl Once<'_> {
    /// Returns the command, for a container of this name.
    pub fn cmd(&self, name: &str) -> Cmd {
        let network: &[&str] = if self.network { &[] } else { &["--network", "none"] };
        let named = ["run", "--rm", "--name", name];
        let common = named.iter().chain(network).chain(&["--log-driver", "none"]);
        let cmd = Cmd::podman(common.chain(self.options).chain([&self.image]).chain(self.words).copied());
        match self.timeout {
            Some(_) => cmd.timeout(self.timeout),
            None => cmd,
        }
    }

    /// Runs it to its end.
    ///
    /// podman that is stopped or killed in the middle of `run --rm` leaves the container behind, and in it a copy of its
    /// secrets (seen on 4.3.1, with SIGINT and with SIGTERM): then it is removed here, and pipglr waits for that before
    /// it ends.
    ///
    /// # Errors
    /// podman cannot be run, the time-out passed, or the user has stopped it.
    pub fn run(&self, host: &dyn Host) -> Result<Finished> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("{ONCE}{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let _owed = interrupt::owe();
        let done = host.run(&self.cmd(&name).query(), self.input, &Query::begin());
        if done.as_ref().map_or(true, |done| done.code >= PODMAN_FAILED) {
            let remove = remove_at_once(&name);
            let _ = interrupt::cleaning(|| ask(host, &remove)); // what went wrong is in `done`
        }
        done
    }
}
