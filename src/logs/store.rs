//! Where a container's lines are: in the log driver's own store, read there because podman is a hundred times slower
//! (host/podman/FACTS.md), else with podman.

use crate::host::podman::Container;
use crate::host::{Cmd, Host, ask};
use crate::problem::{Problem, Result};
use jiff::Timestamp;
use std::path::PathBuf;

use super::decode::Format;

/// A store that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// The file of the driver `k8s-file` (which `json-file` is too).
    File(PathBuf),
    /// The journal.
    Journal,
    /// `podman logs`.
    Podman,
}

impl Store {
    /// The store of this container.
    ///
    /// # Errors
    /// Its log driver keeps nothing.
    pub fn of(host: &dyn Host, container: &Container) -> Result<Self> {
        match container.log_driver.as_str() {
            driver @ ("none" | "passthrough" | "passthrough-tty") => Err(Problem::new(
                format!("The container has the log driver `{driver}`, which keeps no lines."),
                "Re-create it with `--log-driver k8s-file`: `pipglr image labels` shows its command.",
            )),
            "k8s-file" | "json-file" if std::fs::File::open(&container.log_path).is_ok() => {
                Ok(Self::File(PathBuf::from(&container.log_path)))
            }
            "journald" if ask(host, &Cmd::new("journalctl", ["--version"])).is_ok_and(|done| done.ok()) => {
                Ok(Self::Journal)
            }
            _ => Ok(Self::Podman),
        }
    }

    /// How its bytes are to be read.
    pub fn format(&self) -> Format {
        match self {
            Self::File(_) => Format::K8sFile,
            Self::Journal => Format::Export,
            Self::Podman => Format::Timestamps,
        }
    }
}

/// What the journal has of a container: all of it, or the last so many entries, or what came behind a cursor.
pub fn journalctl(id: &str, since: Option<Timestamp>, last: Option<usize>, behind: &str, follow: bool) -> Cmd {
    let mut words = vec![
        "--quiet".to_owned(),
        "--output=export".into(),
        "--output-fields=MESSAGE,CONTAINER_PARTIAL_MESSAGE".into(),
    ];
    words.extend(since.map(|since| format!("--since=@{}", since.as_second())));
    words.extend(last.map(|last| format!("--lines={last}")));
    if !behind.is_empty() {
        words.push(format!("--after-cursor={behind}"));
    }
    if follow {
        words.extend(["--follow".to_owned(), "--no-tail".to_owned()]);
    }
    words.push(format!("CONTAINER_ID_FULL={id}"));
    Cmd::new("journalctl", words).timeout(None)
}

/// `podman logs`, with times.
pub fn podman_logs(id: &str, since: Option<Timestamp>, follow: bool) -> Cmd {
    let mut words = vec!["logs".to_owned(), "--timestamps".to_owned()];
    words.extend(since.into_iter().flat_map(|since| ["--since".to_owned(), since.to_string()]));
    if follow {
        words.push("--follow".to_owned());
    }
    words.push(id.to_owned());
    Cmd::podman(words).timeout(None)
}

/// How many messages journald dropped of this user since `since`, where this user may read that.
pub fn suppressed(host: &dyn Host, since: Timestamp) -> Option<u64> {
    let words = [
        "--quiet".to_owned(),
        "--output=cat".into(),
        format!("--since=@{}", since.as_second()),
        // SD_MESSAGE_JOURNAL_DROPPED, systemd's sd-messages.h
        "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e".into(),
    ];
    let done = ask(host, &Cmd::new("journalctl", words)).ok()?;
    let unit = format!("user@{}.service", host.user().uid);
    let dropped: u64 = done
        .text()
        .lines()
        .filter(|line| line.contains(&unit))
        .filter_map(|line| line.strip_prefix("Suppressed ")?.split(' ').next()?.parse::<u64>().ok())
        .sum();
    (dropped > 0).then_some(dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands() {
        let since = "2026-11-24T10:00:00Z".parse().ok();
        assert_eq!(
            journalctl("abc", None, Some(9), "s=1;i=2", true).shell(),
            "journalctl --quiet '--output=export' '--output-fields=MESSAGE,CONTAINER_PARTIAL_MESSAGE' '--lines=9' \
             '--after-cursor=s=1;i=2' --follow --no-tail 'CONTAINER_ID_FULL=abc'"
        );
        assert_eq!(
            podman_logs("abc", since, true).shell(),
            "podman logs --timestamps --since 2026-11-24T10:00:00Z --follow abc"
        );
    }
}
