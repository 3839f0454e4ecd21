//! What need not wait for another step is done beside it.

use crate::apply::{Progress, Sudo};
use crate::host::{Watch, interrupt};
use crate::plan::Action;
use crate::problem::Result;
use crate::steps::{Report, Setup, State, Step};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Looks at all steps, side by side; in their order.
pub(super) fn look_at_all(setup: &Setup) -> Vec<(Step, Result<Report>)> {
    thread::scope(|scope| {
        let threads = Step::ALL.map(|step| (step, scope.spawn(move || setup.check(step))));
        let joined = |thread: thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(|(step, thread)| (step, joined(thread))).collect()
    })
}

/// A step that was done beside another.
pub(super) struct Beside {
    /// What was seen before.
    pub report: Report,
    /// What was said meanwhile.
    pub lines: Vec<String>,
    /// What became of it.
    pub done: Result<Report>,
}

/// Registers, and makes the volumes beside it: they have nothing to do with each other, and GitLab takes its time.
///
/// # Errors
/// The registration fails. The volumes' failure is told in their turn.
pub(super) fn register(
    setup: &Setup,
    report: &Report,
    sudo: Sudo,
    watch: &dyn Progress,
) -> (Result<Report>, Option<Beside>) {
    let volumes = setup.check(Step::Volumes).ok();
    // What is recreated takes the container with it: that waits for its turn.
    let volumes = volumes.filter(|report| report.state == State::Ready && !setup.wants.recreate_volumes);
    thread::scope(|scope| {
        let volumes = volumes.map(|report| {
            scope.spawn(move || {
                let heard = Heard::default();
                let done = setup.carry_out(&report, sudo, &heard);
                Beside { report, done, lines: heard.0.into_inner().unwrap_or_else(PoisonError::into_inner) }
            })
        });
        let registered = setup.carry_out(report, sudo, watch);
        let volumes = volumes.map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        (registered, volumes)
    })
}

/// Keeps what is said until it is its turn.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Heard {
    fn push(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

impl Progress for Heard {
    fn begin(&self, _index: usize, action: &Action) {
        action.shell().into_iter().for_each(|line| self.push(format!("  $ {line}")));
    }
}

impl Watch for Heard {
    fn line(&self, line: &str) {
        self.push(format!("    {line}"));
    }
    fn stopped(&self) -> bool {
        interrupt::stopped()
    }
    fn patient(&self) -> bool {
        interrupt::patient()
    }
}
