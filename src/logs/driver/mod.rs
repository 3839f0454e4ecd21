//! Where a container's lines are: in its log driver's own store, read there because podman is a hundred times slower
//! (host/podman/FACTS.md). A driver is a file and a row of [`DRIVERS`]; what none of them can read podman reads.

mod journald;
mod k8s_file;
mod nothing;
mod podman;
mod pump;

use super::decode::Format;
use super::feed::{Feed, Options};
use super::life::Life;
use crate::host::Host;
use crate::host::podman::Container;
use crate::problem::Result;

/// Opens what a driver keeps of a container.
type Open = fn(&dyn Host, &Container) -> Result<Box<dyn Reader>>;

/// The drivers by the names that podman gives them (podman-run(1), `--log-driver`).
const DRIVERS: [(&str, Open); 6] = [
    ("k8s-file", k8s_file::open),
    ("json-file", k8s_file::open),
    ("journald", journald::open),
    ("none", nothing::open),
    ("passthrough", nothing::open),
    ("passthrough-tty", nothing::open),
];

/// Reads one container's store, and knows how far it is.
pub(super) trait Reader {
    /// How its bytes are to be read.
    fn format(&self) -> Format;

    /// What is there already.
    ///
    /// # Errors
    /// It cannot be read.
    fn history(&mut self, host: &dyn Host, options: &Options, feed: &mut Feed) -> Result<()>;

    /// What has come since.
    ///
    /// # Errors
    /// It cannot be read.
    fn more(&mut self, host: &dyn Host, feed: &mut Feed) -> Result<()>;

    /// What comes, until the container ends or nobody wants it any more.
    ///
    /// # Errors
    /// It cannot be read.
    fn follow(&mut self, host: &dyn Host, life: &Life, feed: &mut Feed) -> Result<()>;
}

/// Opens the store of this container.
///
/// # Errors
/// Its log driver keeps nothing.
pub(super) fn open(host: &dyn Host, container: &Container) -> Result<Box<dyn Reader>> {
    let known = DRIVERS.iter().find(|(name, _)| *name == container.log_driver);
    known.map_or(podman::open as Open, |(_, open)| *open)(host, container)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_host::Recorded;

    /// Whatever the driver, and where its store is not to be had: by podman, or not at all.
    #[test]
    fn a_store_that_is_not_there_is_read_by_podman_and_one_that_keeps_nothing_is_named() {
        let host = Recorded::debian();
        for driver in DRIVERS.map(|(name, _)| name).into_iter().chain(["to-come"]) {
            let container = Container { log_driver: driver.into(), ..Container::default() };
            match open(&host, &container) {
                Ok(reader) => assert_eq!(reader.format(), Format::Timestamps, "{driver}"),
                Err(problem) => assert!(problem.what.contains(&format!("`{driver}`")), "{problem}"),
            }
        }
        let journal = host.says("journalctl --version", 0, "systemd 257");
        let container = Container { log_driver: "journald".into(), ..Container::default() };
        assert_eq!(open(&journal, &container).unwrap().format(), Format::Export);
        let file = tempfile::NamedTempFile::new().unwrap();
        let log_path = file.path().display().to_string();
        let container = Container { log_driver: "json-file".into(), log_path, ..Container::default() };
        assert_eq!(open(&journal, &container).unwrap().format(), Format::K8sFile);
    }
}
