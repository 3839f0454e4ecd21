//! What a program prints, on its way into the feed.

use crate::host::podman;
use crate::host::{Bell, Cmd, Go, Host};
use crate::logs::feed::Feed;
use crate::logs::life::Life;
use crate::problem::{Kind, Result};
use std::time::{Duration, Instant};

/// How long lines may still come behind the container's end.
const AFTER: Duration = Duration::from_millis(500);
/// Streams a command into the feed; `life` is watched where it is given. `quiet` is called when lines have come, and none
/// for the moment.
///
/// # Errors
/// The command fails, or the watcher stopped it.
pub(super) fn pump(
    host: &dyn Host,
    cmd: &Cmd,
    life: Option<&Life>,
    feed: &mut Feed,
    quiet: &mut dyn FnMut(&mut Feed),
) -> Result<()> {
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
            quiet(feed);
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
        Ok(done) if done.ok() => Ok(()),
        Ok(done) => Err(podman::failed(cmd, done)),
        Err(problem) if problem.kind == Kind::Interrupted => Ok(()),
        Err(problem) => Err(problem),
    }
}

/// Streams all that a command has into the feed; `came` is called after each piece.
///
/// # Errors
/// The command fails.
pub(super) fn pump_history(host: &dyn Host, cmd: &Cmd, feed: &mut Feed, came: &mut dyn FnMut(&Feed)) -> Result<()> {
    let result = host.stream(cmd, &[], &mut |chunk| {
        if let Some(bytes) = chunk {
            feed.bytes(bytes);
            came(feed);
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
