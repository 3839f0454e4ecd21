//! What no driver here can read itself, podman can: a hundred times slower (host/podman/FACTS.md).

use super::Reader;
use super::pump::{pump, pump_history};
use crate::host::podman::Container;
use crate::host::{Cmd, Host};
use crate::logs::decode::Format;
use crate::logs::feed::{Feed, Options};
use crate::logs::life::Life;
use crate::problem::Result;
use jiff::Timestamp;

/// `podman logs` of one container.
struct Logs {
    id: String,
}

/// Reads with podman, whatever the driver.
///
/// # Errors
/// Never.
pub(super) fn open(_host: &dyn Host, container: &Container) -> Result<Box<dyn Reader>> {
    Ok(Box::new(Logs { id: container.id.clone() }))
}

impl Reader for Logs {
    fn format(&self) -> Format {
        Format::Timestamps
    }

    /// Without `--tail`, which podman before 4.7 does not do right for all drivers.
    fn history(&mut self, host: &dyn Host, options: &Options, feed: &mut Feed) -> Result<()> {
        pump_history(host, &podman_logs(&self.id, options.since, false), feed, &mut |_| {})
    }

    fn more(&mut self, host: &dyn Host, feed: &mut Feed) -> Result<()> {
        feed.skip_known();
        let result = pump(host, &podman_logs(&self.id, feed.newest, false), None, feed, &mut |_| {});
        feed.skip_nothing();
        result
    }

    fn follow(&mut self, host: &dyn Host, life: &Life, feed: &mut Feed) -> Result<()> {
        feed.skip_known();
        let result = pump(host, &podman_logs(&self.id, feed.newest, true), Some(life), feed, &mut |_| {});
        feed.skip_nothing();
        result
    }
}

/// `podman logs`, with times.
fn podman_logs(id: &str, since: Option<Timestamp>, follow: bool) -> Cmd {
    let mut words = vec!["logs".to_owned(), "--timestamps".to_owned()];
    words.extend(since.into_iter().flat_map(|since| ["--since".to_owned(), since.to_string()]));
    if follow {
        words.push("--follow".to_owned());
    }
    words.push(id.to_owned());
    Cmd::podman(words).timeout(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands() {
        let since = "2026-11-24T10:00:00Z".parse().ok();
        assert_eq!(
            podman_logs("abc", since, true).shell(),
            "podman logs --timestamps --since 2026-11-24T10:00:00Z --follow abc"
        );
    }
}
