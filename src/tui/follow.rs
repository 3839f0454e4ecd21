//! Following the container's log for good: over restarts, and from a container to the one that takes its place.

use super::logview::Piece;
use super::mailbox::Mailbox;
use crate::host::{Cmd, Host, Watch, podman};
use crate::problem::Exit;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// How often a container that does not run is looked at again.
const AGAIN: Duration = Duration::from_secs(1);
/// The lines remembered to know where a new stream goes on.
const REMEMBERED: usize = 2_000;

/// Takes the lines, and knows those it has had.
pub struct LogWatch {
    post: Mailbox,
    stop: Arc<AtomicBool>,
    seam: Mutex<Seam>,
}

/// Where one stream ends and the next begins: podman's `logs -f` ends somewhere in the next run of the container, so
/// the next one is begun a little before that run, and what came already is left out.
#[derive(Default)]
struct Seam {
    recent: VecDeque<String>,
    /// Nothing new has come from this stream yet.
    joining: bool,
    /// Lines without a time, which may or may not have come already.
    undecided: Vec<String>,
}

impl LogWatch {
    /// A watch that has seen nothing yet.
    pub fn new(post: Mailbox, stop: Arc<AtomicBool>) -> Self {
        Self { post, stop, seam: Mutex::default() }
    }

    fn seam(&self) -> MutexGuard<'_, Seam> {
        self.seam.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// A stream has ended; the next one may say again what this one said.
    fn ended(&self) {
        for line in self.seam().end() {
            self.post.log(Piece::Line(line));
        }
    }
}

impl Seam {
    /// Takes a line; gives those that are new.
    fn take(&mut self, line: &str) -> Vec<String> {
        let mut fresh = vec![];
        if self.joining {
            if !line.starts_with('[') {
                self.undecided.push(line.to_owned());
                return fresh;
            }
            if self.recent.iter().any(|known| known == line) {
                self.undecided.clear();
                return fresh;
            }
            self.joining = false;
            fresh = std::mem::take(&mut self.undecided);
        }
        fresh.push(line.to_owned());
        self.recent.extend(fresh.iter().cloned());
        self.recent.drain(..self.recent.len().saturating_sub(REMEMBERED));
        fresh
    }

    fn end(&mut self) -> Vec<String> {
        self.joining = true;
        std::mem::take(&mut self.undecided)
    }
}

impl Watch for LogWatch {
    fn line(&self, line: &str) {
        for line in self.seam().take(line) {
            self.post.log(Piece::Line(line));
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

/// Follows until it is stopped.
pub fn follow(host: &dyn Host, name: &str, watch: &LogWatch) {
    let mut shown = false;
    let mut said = String::new();
    let mut say = |text: String| {
        if text != said {
            watch.post.log(Piece::Ruler(text.clone()));
            said = text;
        }
    };
    while !watch.stopped() {
        match podman::container(host, name) {
            Err(problem) => say(problem.what),
            Ok(None) => say(format!("there is no container {name}; waiting for it")),
            // A container that has ended has a log too: it is shown once.
            Ok(Some(container)) if container.running() || !shown => {
                let since = container.started_at.parse::<jiff::Timestamp>().ok();
                let since = since.and_then(|at| at.checked_sub(jiff::SignedDuration::from_secs(1)).ok());
                let from = match since {
                    Some(at) if shown => ["--since".to_owned(), at.to_string()],
                    _ => ["--tail".to_owned(), "1000".to_owned()],
                };
                let words = ["logs".to_owned()].into_iter().chain(from).chain(["-f".to_owned(), name.to_owned()]);
                match host.run(&Cmd::podman(words).timeout(None), None, watch) {
                    Err(problem) if problem.exit == Exit::Interrupted => return,
                    Err(problem) => say(problem.what),
                    Ok(_) => {}
                }
                watch.ended();
                shown = true;
            }
            Ok(Some(container)) => {
                say(format!("{name} is {}, exit code {}; waiting for it", container.state, container.exit_code));
            }
        }
        let until = Instant::now() + AGAIN;
        while Instant::now() < until && !watch.stopped() {
            host.pause(Duration::from_millis(50));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_stream_goes_on_where_the_old_one_ended() {
        let mut seam = Seam::default();
        for line in ["systemd 257", "[1.0] a", "Halting", "systemd 257", "[2.0] b"] {
            assert_eq!(seam.take(line), [line]);
        }
        assert!(seam.end().is_empty());
        let again: Vec<_> = ["Halting", "systemd 257", "[2.0] b", "plain", "[2.1] c", "[2.0] b"]
            .iter()
            .flat_map(|line| seam.take(line))
            .collect();
        assert_eq!(again, ["plain", "[2.1] c", "[2.0] b"]);
        seam.end();
        assert!(seam.take("systemd 257").is_empty());
        assert_eq!(seam.end(), ["systemd 257"], "not lost where nothing came behind it");
    }
}
