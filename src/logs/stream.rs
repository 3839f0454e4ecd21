//! Following a container's log: over stops and starts, and from a container to the one that takes its place.

use super::Sink;
use super::decode::Format;
use super::driver::{self, Reader};
use super::feed::{Feed, Options};
use super::life::Life;
use crate::host::podman::{self, Container};
use crate::host::{Host, wake};
use crate::problem::{Kind, Problem, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::time::{Duration, Instant};

/// How often a container that does not run is looked at again: at first, and after half a minute.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// Gives the lines of a container's log, and rulers where something happens to it. Without [`Options::follow`] to the
/// end of what is there, else until the sink wants no more.
///
/// # Errors
/// podman is missing or fails, there is no such container (unless [`Options::wait`]), or its driver keeps no lines.
/// While following only the first look counts: later ones are said in a ruler.
pub fn run(host: &dyn Host, name: &str, options: &Options, sink: &mut dyn Sink) -> Result<()> {
    let first = match podman::container(host, name)? {
        Some(container) => Some(container),
        None if options.wait && options.follow => None,
        None => {
            return Err(Problem::new(
                format!("There is no container {name}."),
                "`pipglr setup` makes it; `--name` names another.",
            ));
        }
    };
    let mut reader = first.as_ref().map(|container| driver::open(host, container)).transpose()?;
    let format = reader.as_ref().map_or(Format::Timestamps, |reader| reader.format());
    let mut feed = Feed::new(format, options, sink);
    if let (Some(reader), Some(container)) = (&mut reader, &first) {
        reader.history(host, options, &mut feed)?;
        if !options.follow || !container.at_work() {
            feed.end(); // a last line without an end is one of those that are there
        }
        feed.all_seen();
        feed.idle();
        if !options.follow {
            return Ok(());
        }
        if !container.at_work() {
            ended(&mut feed, container);
        }
    } else {
        feed.all_seen();
        feed.ruler(None, format!("there is no container {name}; waiting for it"));
    }
    follow(host, name, first, reader, &mut feed)
}

/// Gives the lines of a container's log since a time that are there, or of those the last so many.
///
/// # Errors
/// podman is missing or fails, or the driver keeps no lines.
pub fn past(host: &dyn Host, name: &str, since: Timestamp, tail: usize, sink: &mut dyn Sink) -> Result<()> {
    let options = Options { since: Some(since), tail: Some(tail), ..Options::default() };
    run(host, name, &options, sink)
}

/// Gives what a running container's log says from now on, until the container ends or the sink wants no more.
///
/// # Errors
/// podman is missing or fails, or the driver keeps no lines.
pub fn life(host: &dyn Host, name: &str, sink: &mut dyn Sink) -> Result<()> {
    let Some(container) = podman::container(host, name)?.filter(Container::at_work) else { return Ok(()) };
    let mut reader = driver::open(host, &container)?;
    let options = Options { since: Some(host.now()), tail: Some(0), ..Options::default() };
    let mut feed = Feed::new(reader.format(), &options, sink);
    reader.history(host, &options, &mut feed)?;
    feed.all_seen();
    reader.follow(host, &Life::of(&container), &mut feed)
}

/// What goes on behind what was there: reads while the container runs, waits while it does not.
fn follow(
    host: &dyn Host,
    name: &str,
    mut known: Option<Container>,
    mut reader: Option<Box<dyn Reader>>,
    feed: &mut Feed,
) -> Result<()> {
    let mut since = Instant::now();
    let mut said = String::new();
    let mut say = |feed: &mut Feed, problem: Problem| {
        // That somebody leaves is nothing to tell.
        if problem.kind != Kind::Interrupted && problem.what != said {
            feed.ruler(None, problem.what.clone());
            said = problem.what;
        }
    };
    let mut running = known.as_ref().is_some_and(Container::at_work);
    let mut seen = known.is_some();
    while !feed.stopped() {
        if running && let (Some(container), Some(reader)) = (&known, &mut reader) {
            match reader.follow(host, &Life::of(container), feed) {
                Err(problem) if problem.kind == Kind::Interrupted && feed.stopped() => return Ok(()),
                Err(problem) => say(feed, problem),
                Ok(()) => {}
            }
            since = Instant::now();
        }
        let found = match podman::container(host, name) {
            Ok(found) => found,
            Err(problem) => {
                say(feed, problem);
                pause(host, feed, AGAIN[0]);
                continue;
            }
        };
        match (&known, found) {
            (_, None) => {
                if let Some(gone) = known.take() {
                    feed.end();
                    reader = None;
                    feed.ruler(
                        Some(Timestamp::now()),
                        format!("container {} removed; waiting for {name}", short(&gone.id)),
                    );
                }
                running = false;
            }
            (Some(before), Some(now)) if before.id == now.id => {
                match (running, now.at_work()) {
                    // It was seen running, and its process is gone: podman says so a moment later.
                    (true, true) if now.pid == before.pid => {}
                    (true, _) => {
                        catch_up(host, &mut reader, feed);
                        ended(feed, &now);
                        if now.at_work() {
                            started(feed, &now, "container started again");
                        }
                    }
                    (false, true) => started(feed, &now, "container started again"),
                    (false, false) => {}
                }
                running = now.at_work();
                known = Some(now);
            }
            (before, Some(now)) => {
                if before.is_some() {
                    catch_up(host, &mut reader, feed);
                    feed.end();
                }
                let word = if seen { "container re-created" } else { "container created" };
                seen = true;
                let time = now.started_at.parse::<Timestamp>().ok().filter(|time| time.as_second() > 0);
                let clock = time.map(clock).unwrap_or_default();
                feed.ruler(time, format!("{word} {clock}, new id {}", short(&now.id)));
                match driver::open(host, &now) {
                    Err(problem) => say(feed, problem),
                    Ok(mut next) => {
                        feed.turn_to(next.format());
                        if let Err(problem) = next.history(host, &Options::default(), feed) {
                            say(feed, problem);
                        }
                        feed.idle();
                        reader = Some(next);
                    }
                }
                running = now.at_work() && reader.is_some();
                known = Some(now);
            }
        }
        let quick = running || since.elapsed() < Duration::from_secs(30);
        pause(host, feed, if running { Duration::from_millis(100) } else { AGAIN[usize::from(!quick)] });
    }
    Ok(())
}

/// What was written between the last look and the end.
fn catch_up(host: &dyn Host, reader: &mut Option<Box<dyn Reader>>, feed: &mut Feed) {
    if let Some(reader) = reader
        && reader.more(host, feed).is_ok()
    {
        feed.idle();
    }
}

fn ended(feed: &mut Feed, container: &Container) {
    let time = container.finished_at.parse::<Timestamp>().ok().filter(|time| time.as_second() > 0);
    let clock = time.map(clock).unwrap_or_default();
    let text = match container.state.as_str() {
        "exited" | "stopped" => format!("container ended {clock}, exit code {}", container.exit_code),
        // It has been started again since: how it ended is not known any more.
        "running" | "stopping" => format!("container ended {clock}").trim_end().to_owned(),
        "created" | "configured" | "initialized" => "container has not been started yet".to_owned(),
        state => format!("container is {state}"),
    };
    feed.ruler(time, text);
}

fn started(feed: &mut Feed, container: &Container, word: &str) {
    let time = container.started_at.parse::<Timestamp>().ok();
    feed.ruler(time, format!("{word} {}", time.map(clock).unwrap_or_default()));
}

fn pause(host: &dyn Host, feed: &Feed, time: Duration) {
    let bells = feed.bells();
    if !bells.is_empty() {
        wake::wait(&bells, Some(time));
        return;
    }
    let until = Instant::now() + time;
    while Instant::now() < until && !feed.stopped() {
        host.pause(Duration::from_millis(50).min(time));
    }
}

/// The time of day here.
fn clock(time: Timestamp) -> String {
    time.to_zoned_datetime(TimeZone::system()).strftime("%H:%M:%S").to_string()
}

fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}
