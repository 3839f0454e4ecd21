//! Registers: what may pass is tried again, and as many registrations as are alike are done by one container. To start
//! and end one takes as long as three registrations (podman 5.4.2).

use super::waits::Waits;
use super::{Progress, Run};
use crate::gitlab;
use crate::host::{Cmd, Finished, Watch};
use crate::plan::Action;
use crate::problem::{Problem, Result};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How often a registration that met a passing refusal is tried in all.
const TRIES: u32 = 3;
/// What is said behind each registration but the last, where several are done in a row: then the next one begins.
const NEXT: &str = "pipglr: registered";
/// What gitlab-runner says last, when the runner is in its file (17.5.5, 19.4.0). podman ends 0.1 to 0.2 s later.
const SAVED: &str = "Configuration (with the authentication token) was saved in";
/// What a label's command has to end with, so that it can be repeated.
const REGISTER: [&str; 2] = ["gitlab-runner", "register"];

/// Registrations in a row, each an action of the plan that begins and ends by itself.
pub(super) struct Row<'a> {
    watch: &'a dyn Progress,
    cmd: &'a Cmd,
    actions: &'a [Action],
    /// The first one's number in the plan.
    first: usize,
    done: AtomicUsize,
}

impl<'a> Row<'a> {
    /// Returns those that `actions` begins with; `None` where it begins with something else. `first` is their number.
    pub(super) fn of(actions: &'a [Action], first: usize, watch: &'a dyn Progress) -> Option<Self> {
        let Some(Action::Register { cmd, .. }) = actions.first() else { return None };
        let alike = |action: &&Action| matches!(action, Action::Register { cmd: other, .. } if other == cmd);
        let most = if cmd.args.ends_with(&REGISTER.map(str::to_owned)) { actions.len() } else { 1 };
        let actions = &actions[..actions.iter().take(most).take_while(alike).count()];
        Some(Self { watch, cmd, actions, first, done: AtomicUsize::new(0) })
    }

    /// How many actions of the plan they are.
    pub(super) fn len(&self) -> usize {
        self.actions.len()
    }

    /// Which one has begun and not ended, by its number in the plan.
    fn at(&self) -> usize {
        self.first + self.done.load(Ordering::SeqCst)
    }

    /// Whether each has ended well, whatever podman has still to do.
    fn is_over(&self) -> bool {
        self.done.load(Ordering::SeqCst) == self.len()
    }

    /// The one that has begun has ended.
    pub(super) fn end(&self, ok: bool) {
        if self.is_over() {
            return;
        }
        self.watch.end(self.at(), ok);
        self.done.fetch_add(usize::from(ok), Ordering::SeqCst);
    }

    /// The command that does all that are left.
    fn cmd(&self) -> Cmd {
        let left = self.first + self.len() - self.at();
        if left == 1 {
            return self.cmd.clone();
        }
        let mut cmd = self.cmd.clone().timeout(self.cmd.timeout.map(|time| time * left as u32));
        // On the stream that gitlab-runner talks on, so that its words come before.
        let program = format!("\"$@\" && for n in $(seq 2 $0); do echo '{NEXT}' >&2 && \"$@\" || exit; done");
        let words = ["sh".to_owned(), "-c".to_owned(), program, left.to_string()];
        let at = cmd.args.len() - REGISTER.len();
        cmd.args.splice(at..at, words);
        cmd
    }
}

impl Watch for Row<'_> {
    fn line(&self, line: &str) {
        let last = self.at() + 1 == self.first + self.len();
        if line != NEXT {
            self.watch.line(line);
            if last && line.contains(SAVED) {
                self.end(true);
            }
            return;
        }
        self.end(true);
        if let Some(next) = self.actions.get(self.at() - self.first) {
            self.watch.begin(self.at(), next);
        }
    }
    fn stopped(&self) -> bool {
        self.watch.stopped()
    }
    fn patient(&self) -> bool {
        self.watch.patient()
    }
    fn on_terminal(&self, run: &mut dyn FnMut()) {
        self.watch.on_terminal(run);
    }
}

impl Run<'_, '_> {
    /// Does them all.
    pub(super) fn register(&self, row: &Row) -> Result<()> {
        let (mut at, mut attempt) = (row.at(), 1);
        loop {
            let done = self.host.run(&row.cmd(), None, &Waits(row))?;
            // Registered once more, a legacy token would make a second runner.
            if done.ok() || row.is_over() {
                return Ok(());
            }
            // Another one is tried as often.
            attempt = if row.at() == at { attempt } else { 1 };
            at = row.at();
            let refusal = gitlab::explain(&done.lines);
            match refusal.and_then(|refusal| refusal.repeat) {
                Some(wait) if attempt < TRIES => {
                    self.watch.line(&format!("… trying again in {} s ({attempt} of {TRIES})", wait.as_secs()));
                    self.wait(wait)?;
                }
                _ => return Err(refused(done, refusal)),
            }
            attempt += 1;
        }
    }

    fn wait(&self, time: Duration) -> Result<()> {
        const TICK: Duration = Duration::from_millis(100);
        let mut left = time;
        while !left.is_zero() {
            if self.watch.stopped() {
                return Err(Problem::interrupted());
            }
            self.host.pause(TICK.min(left));
            left = left.saturating_sub(TICK);
        }
        Ok(())
    }
}

const NOISE: [&str; 7] = [
    "Runtime platform",
    "Running in ",
    "Created missing",
    "Merging configuration",
    "Configuration (with",
    "\t",
    "goroutine",
];

fn refused(done: Finished, refusal: Option<gitlab::Refusal>) -> Problem {
    let mut said = done.lines;
    // Those before it have succeeded.
    let last = said.iter().rposition(|line| line == NEXT).map_or(0, |at| at + 1);
    said.drain(..last);
    // The server's words, without gitlab-runner's greeting before them and its stack trace behind.
    said.retain(|line| !line.trim().is_empty() && !NOISE.iter().any(|noise| line.starts_with(noise)));
    said.drain(..said.len().saturating_sub(8));
    let (cause, advice) = refusal
        .map_or(("", "Read what was said above; the URL and the token are the usual suspects. Then try again."), |r| {
            (r.cause, r.advice)
        });
    Problem::new("GitLab did not register the runner.", advice).cause(cause).said(said)
}
