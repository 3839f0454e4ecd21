//! The stores that only a program can read: the journal, and what podman keeps in its own way.

use super::Life;
use crate::host::podman;
use crate::host::{Bell, Cmd, Go, Host};
use crate::logs::feed::{Feed, Options};
use crate::logs::store::{journalctl, podman_logs, suppressed};
use crate::problem::{Kind, Result};
use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, Instant};

/// How long lines may still come behind the container's end.
const AFTER: Duration = Duration::from_millis(500);
/// journald's limit: messages within this time (journald.conf(5), RateLimitIntervalSec=, RateLimitBurst=). The burst is
/// larger where much disk is free (37,490 were seen, host/podman/FACTS.md), never smaller.
const INTERVAL: SignedDuration = SignedDuration::from_secs(30);
const BURST: u64 = 10_000;

/// Streams a command into the feed; `life` is watched where it is given. Gives whether the command ended by itself.
fn pump(host: &dyn Host, cmd: &Cmd, life: Option<&Life>, feed: &mut Feed, limit: &mut Limit) -> Result<bool> {
    let wanted = feed.bells();
    let end = life.and_then(Life::bell);
    let may_sleep = !wanted.is_empty() && (life.is_none() || end.is_some());
    let bells: Vec<Bell> = wanted.into_iter().chain(end).collect();
    let mut came = Instant::now();
    let mut held = false;
    let result = host.stream(cmd, &bells, &mut |chunk| {
        if feed.stopped() {
            return Go::Stop;
        }
        if let Some(bytes) = chunk {
            feed.bytes(bytes);
            feed.shown();
            (came, held) = (Instant::now(), true);
            return Go::On;
        }
        if held && life.is_some() {
            feed.idle();
            limit.look(host, feed);
            held = false;
        }
        match life {
            Some(life) if !life.goes_on() => {
                if came.elapsed() > AFTER {
                    Go::Stop
                } else {
                    Go::On
                }
            }
            _ if may_sleep => Go::Sleep,
            _ => Go::On,
        }
    });
    match result {
        Ok(done) if done.ok() => Ok(true),
        Ok(done) => Err(podman::failed(cmd, done)),
        Err(problem) if problem.kind == Kind::Interrupted => Ok(false),
        Err(problem) => Err(problem),
    }
}

/// Whether journald may have dropped lines.
#[derive(Default)]
pub(super) struct Limit {
    begun: Option<(Timestamp, u64)>,
    said: bool,
}

impl Limit {
    /// Called when lines have come.
    fn look(&mut self, host: &dyn Host, feed: &mut Feed) {
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
pub(super) struct Journal {
    id: String,
    limit: Limit,
}

impl Journal {
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), limit: Limit::default() }
    }

    pub fn history(&mut self, host: &dyn Host, options: &Options, feed: &mut Feed) -> Result<()> {
        let mut entries = options.tail.map(|tail| tail.saturating_mul(2).saturating_add(64));
        let mut before = None;
        loop {
            let cmd = journalctl(&self.id, options.since, entries, "", false);
            let mut windows = Windows::default();
            pump_history(host, &cmd, feed, &mut windows)?;
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
            feed.again(crate::logs::decode::Format::Export);
            entries = entries.map(|entries| entries.saturating_mul(4));
        }
    }

    pub fn more(&mut self, host: &dyn Host, feed: &mut Feed) -> Result<()> {
        let cmd = journalctl(&self.id, None, None, &feed.cursor(), false);
        feed.restart();
        pump(host, &cmd, None, feed, &mut self.limit).map(|_| ())
    }

    pub fn follow(&mut self, host: &dyn Host, life: &Life, feed: &mut Feed) -> Result<()> {
        let cmd = journalctl(&self.id, None, None, &feed.cursor(), true);
        feed.restart();
        pump(host, &cmd, Some(life), feed, &mut self.limit).map(|_| ())
    }
}

/// The most lines that came within journald's interval.
#[derive(Default)]
struct Windows {
    begun: Option<(Timestamp, u64)>,
    worst: Option<(u64, Timestamp)>,
}

impl Windows {
    fn look(&mut self, newest: Option<Timestamp>, lines: u64) {
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

fn pump_history(host: &dyn Host, cmd: &Cmd, feed: &mut Feed, windows: &mut Windows) -> Result<()> {
    let result = host.stream(cmd, &[], &mut |chunk| {
        if let Some(bytes) = chunk {
            feed.bytes(bytes);
            windows.look(feed.newest, feed.lines);
        }
        if feed.stopped() { Go::Stop } else { Go::On }
    });
    match result {
        Ok(done) if done.ok() => Ok(()),
        Ok(done) => Err(podman::failed(cmd, done)),
        Err(problem) if problem.kind == Kind::Interrupted => Ok(()),
        Err(problem) => Err(problem),
    }
}

/// `podman logs` of one container.
pub(super) struct Logs {
    id: String,
}

impl Logs {
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned() }
    }

    /// Without `--tail`, which podman before 4.7 does not do right for all drivers.
    pub fn history(&mut self, host: &dyn Host, options: &Options, feed: &mut Feed) -> Result<()> {
        pump_history(host, &podman_logs(&self.id, options.since, false), feed, &mut Windows::default())
    }

    pub fn more(&mut self, host: &dyn Host, feed: &mut Feed) -> Result<()> {
        feed.skip_known();
        let result = pump(host, &podman_logs(&self.id, feed.newest, false), None, feed, &mut Limit::default());
        feed.skip_nothing();
        result.map(|_| ())
    }

    pub fn follow(&mut self, host: &dyn Host, life: &Life, feed: &mut Feed) -> Result<()> {
        feed.skip_known();
        let result = pump(host, &podman_logs(&self.id, feed.newest, true), Some(life), feed, &mut Limit::default());
        feed.skip_nothing();
        result.map(|_| ())
    }
}
