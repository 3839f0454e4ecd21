//! `pipglr logs --plain`: the log on standard output, made for pipes.

use super::Printer;
use crate::cli::LogsArgs;
use crate::host::{Cmd, Watch, podman};
use crate::logs::line;
use crate::logs::sanitize::sanitize;
use crate::problem::{Exit, Problem, Result};
use crate::steps::Setup;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Prints the container's log, each line with the letter of its program: S systemd, P podman, R gitlab-runner.
///
/// # Errors
/// There is no such container, or the file cannot be read.
pub fn run(setup: &Setup, args: &LogsArgs) -> Result<Exit> {
    if let Some(path) = &args.from {
        let bytes = setup.host.read(path).map_err(|e| {
            Problem::new(format!("{} cannot be read: {e}.", path.display()), "Name a log that was saved.")
        })?;
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<_> = text.lines().collect();
        let skip = args.tail.map_or(0, |n| lines.len().saturating_sub(n as usize));
        let _ = lines[skip..].iter().try_for_each(|line| print(&sanitize(line))); // a closed pipe is no failure
        return Ok(Exit::Done);
    }
    let mut words = vec!["logs".to_owned()];
    words.extend(args.since.iter().flat_map(|since| ["--since".to_owned(), since.clone()]));
    words.extend(args.tail.iter().flat_map(|tail| ["--tail".to_owned(), tail.to_string()]));
    if !args.no_follow {
        words.push("--follow".to_owned());
    }
    words.push(setup.name.clone());
    let cmd = Cmd::podman(words).timeout(None);
    let pipe = Pipe { printer: Printer::new(true), closed: AtomicBool::new(false) };
    match setup.host.run(&cmd, None, &pipe) {
        Ok(done) if done.ok() => Ok(Exit::Done),
        Ok(done) if done.lines.iter().any(|line| line.contains("no such container")) => Err(Problem::new(
            format!("There is no container {}.", setup.name),
            "`pipglr setup` makes it; `--name` names another.",
        )),
        Ok(done) => Err(podman::failed(&cmd, done)),
        Err(problem) if pipe.printer.stopped() => Err(problem),
        Err(_) if pipe.closed.load(Ordering::Relaxed) => Ok(Exit::Done),
        Err(problem) => Err(problem),
    }
}

/// Prints lines until nobody reads them any more.
struct Pipe {
    printer: Printer,
    closed: AtomicBool,
}

impl Watch for Pipe {
    fn line(&self, line: &str) {
        if print(line).is_err() {
            self.closed.store(true, Ordering::Relaxed);
        }
    }

    fn stopped(&self) -> bool {
        self.printer.stopped() || self.closed.load(Ordering::Relaxed)
    }
}

fn print(line: &str) -> io::Result<()> {
    let line = line::parse(line);
    writeln!(io::stdout(), "{} {}", line.source.letter(), line.text)
}
