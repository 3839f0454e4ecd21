//! The driver `journald`: the journal's entries of a container, where journalctl can read them.

use super::pump::{pump, pump_history};
use super::{Reader, podman};
use crate::host::podman::Container;
use crate::host::{Cmd, Host, ask};
use crate::logs::decode::Format;
use crate::logs::feed::{Feed, Options};
use crate::logs::life::Life;
use crate::problem::Result;
use jiff::{SignedDuration, Timestamp};

/// journald's limit: messages within this time (journald.conf(5), RateLimitIntervalSec=, RateLimitBurst=). The burst is
/// larger where much disk is free (37,490 were seen, host/podman/FACTS.md), never smaller.
const INTERVAL: SignedDuration = SignedDuration::from_secs(30);
const BURST: u64 = 10_000;

/// Whether journald may have dropped lines.
#[derive(Default)]
struct Limit {
    begun: Option<(Timestamp, u64)>,
    said: bool,
}

impl Limit {
    /// Called when lines have come.
    fn on_lines(&mut self, host: &dyn Host, feed: &mut Feed) {
        let Some(newest) = feed.newest else { return };
        match self.begun {
            Some((begun, lines)) if newest.duration_since(begun) <= INTERVAL => {
                let came = feed.lines - lines;
                if came >= BURST && !self.said {
                    self.said = true;
                    say(host, feed, came, begun);
                }
            }
            _ => *self = Self { begun: Some((newest, feed.lines)), said: false },
        }
    }
}

fn say(host: &dyn Host, feed: &mut Feed, came: u64, begun: Timestamp) {
    let lost = match suppressed(host, begun) {
        Some(n) => format!("journald's rate limit dropped {n} messages of this user"),
        None => format!("{came} lines within 30 s: journald's rate limit may have dropped more"),
    };
    feed.ruler(feed.newest, format!("{lost}; the log driver k8s-file keeps them all (--log-driver k8s-file)"));
}

/// The journal's entries of one container.
struct Journal {
    id: String,
    limit: Limit,
}

/// Reads the journal, and with podman where there is no journalctl.
///
/// # Errors
/// Never.
pub(super) fn open(host: &dyn Host, container: &Container) -> Result<Box<dyn Reader>> {
    if ask(host, &Cmd::new("journalctl", ["--version"])).is_ok_and(|done| done.ok()) {
        return Ok(Box::new(Journal { id: container.id.clone(), limit: Limit::default() }));
    }
    podman::open(host, container)
}

impl Reader for Journal {
    fn format(&self) -> Format {
        Format::Export
    }

    fn history(&mut self, host: &dyn Host, options: &Options, feed: &mut Feed) -> Result<()> {
        let mut entries = options.tail.map(|tail| tail.saturating_mul(2).saturating_add(64));
        let mut before = None;
        loop {
            let cmd = journalctl(&self.id, options.since, entries, "", false);
            let mut windows = Windows::default();
            pump_history(host, &cmd, feed, &mut |feed| windows.on_lines(feed.newest, feed.lines))?;
            // Where the last entries were not enough, because lines were joined, all are read; so they are where there
            // are no more.
            if entries.is_none() || feed.is_full() || feed.stopped() || before == Some(feed.lines) {
                if let Some((came, begun)) = windows.worst.filter(|(came, _)| *came >= BURST) {
                    feed.end();
                    feed.all_seen();
                    say(host, feed, came, begun);
                }
                return Ok(());
            }
            before = Some(feed.lines);
            feed.again(Format::Export);
            entries = entries.map(|entries| entries.saturating_mul(4));
        }
    }

    fn more(&mut self, host: &dyn Host, feed: &mut Feed) -> Result<()> {
        let cmd = journalctl(&self.id, None, None, &feed.cursor(), false);
        feed.restart();
        pump(host, &cmd, None, feed, &mut |feed| self.limit.on_lines(host, feed))
    }

    fn follow(&mut self, host: &dyn Host, life: &Life, feed: &mut Feed) -> Result<()> {
        let cmd = journalctl(&self.id, None, None, &feed.cursor(), true);
        feed.restart();
        pump(host, &cmd, Some(life), feed, &mut |feed| self.limit.on_lines(host, feed))
    }
}

/// The most lines that came within journald's interval.
#[derive(Default)]
struct Windows {
    begun: Option<(Timestamp, u64)>,
    worst: Option<(u64, Timestamp)>,
}

impl Windows {
    fn on_lines(&mut self, newest: Option<Timestamp>, lines: u64) {
        let Some(newest) = newest else { return };
        match self.begun {
            Some((begun, before)) if newest.duration_since(begun) <= INTERVAL => {
                let came = lines - before;
                if self.worst.is_none_or(|(worst, _)| came > worst) {
                    self.worst = Some((came, begun));
                }
            }
            _ => self.begun = Some((newest, lines)),
        }
    }
}

/// What the journal has of a container: all of it, or the last so many entries, or what came behind a cursor.
fn journalctl(id: &str, since: Option<Timestamp>, last: Option<usize>, behind: &str, follow: bool) -> Cmd {
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

/// How many messages journald dropped of this user since `since`, where this user may read that.
fn suppressed(host: &dyn Host, since: Timestamp) -> Option<u64> {
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
        assert_eq!(
            journalctl("abc", None, Some(9), "s=1;i=2", true).shell(),
            "journalctl --quiet '--output=export' '--output-fields=MESSAGE,CONTAINER_PARTIAL_MESSAGE' '--lines=9' \
             '--after-cursor=s=1;i=2' --follow --no-tail 'CONTAINER_ID_FULL=abc'"
        );
    }
}
