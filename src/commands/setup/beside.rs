//! What need not wait for another step is done beside it.

use crate::apply::{Progress, Sudo};
use crate::host::{Watch, interrupt};
use crate::plan::Action;
use crate::problem::Result;
use crate::steps::{Report, Setup, State, Step};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Looks at all steps, side by side; in their order.
pub(super) fn look_at_all(setup: &Setup) -> Vec<(Step, Result<Report>)> {
    thread::scope(|scope| {
        let threads = Step::ALL.map(|step| (step, scope.spawn(move || setup.check(step))));
        threads.into_iter().map(|(step, thread)| (step, joined(thread))).collect()
    })
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
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

/// Registers, and does beside it what need not wait for its end: the volumes have nothing to do with it, and GitLab takes
/// its time; and the configuration is whole as soon as the last runner is in it, while podman still clears away what
/// registered.
///
/// # Errors
/// The registration fails. Another step's failure is told in its turn.
pub(super) fn register(
    setup: &Setup,
    report: &Report,
    sudo: Sudo,
    watch: &dyn Progress,
) -> (Result<Report>, Vec<Beside>) {
    let volumes = setup.check(Step::Volumes).ok();
    // What is recreated takes the container with it: that waits for its turn.
    let volumes = volumes.filter(|report| report.state == State::Ready && !setup.wants.recreate_volumes);
    let ((saved, all), (stored, over)) = (channel(), channel());
    thread::scope(|scope| {
        let configuration = scope.spawn(move || {
            let _stored: Sender<()> = stored; // it ends with this thread, which says so
            all.recv().ok()?;
            let report = setup.check(Step::Configuration).ok()?;
            (report.state == State::Ready && report.allows.is_empty()).then(|| do_beside(setup, report, sudo))
        });
        let volumes = volumes.map(|report| scope.spawn(move || do_beside(setup, report, sudo)));
        let last = report.plan.actions.iter().rposition(|action| matches!(action, Action::Register { .. }));
        let watch = UntilSaved {
            watch,
            last,
            actions: report.plan.actions.len(),
            saved: Mutex::new(Some(saved)),
            over: Mutex::new(over),
        };
        let registered = setup.carry_out(report, sudo, &watch);
        drop(watch);
        (registered, joined(configuration).into_iter().chain(volumes.map(joined)).collect())
    })
}

fn do_beside(setup: &Setup, report: Report, sudo: Sudo) -> Beside {
    let heard = Heard::default();
    let done = setup.carry_out(&report, sudo, &heard);
    Beside { report, done, lines: heard.0.into_inner().unwrap_or_else(PoisonError::into_inner) }
}

/// Watches a registration, and says when the last runner is in the file. What clears up behind it changes podman's secrets,
/// whose files are looked at from outside before the configuration is stored: it waits for that.
struct UntilSaved<'a> {
    watch: &'a dyn Progress,
    /// The number of the last registration.
    last: Option<usize>,
    /// How many actions come before the clearing up.
    actions: usize,
    saved: Mutex<Option<Sender<()>>>,
    over: Mutex<Receiver<()>>,
}

impl UntilSaved<'_> {
    fn saved(&self) -> Option<Sender<()>> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Progress for UntilSaved<'_> {
    fn begin(&self, index: usize, action: &Action) {
        if index >= self.actions {
            drop(self.saved()); // never, if not by now
            let _ = self.over.lock().unwrap_or_else(PoisonError::into_inner).recv(); // nothing comes: it ends
        }
        self.watch.begin(index, action);
    }

    fn end(&self, index: usize, ok: bool) {
        self.watch.end(index, ok);
        if let Some(saved) =
            self.saved.lock().unwrap_or_else(PoisonError::into_inner).take_if(|_| ok && Some(index) == self.last)
        {
            let _ = saved.send(());
        }
    }
}

impl Watch for UntilSaved<'_> {
    fn line(&self, line: &str) {
        self.watch.line(line);
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Registers with `ok`, clears up, and says whether the configuration was stored before that.
    fn stored_first(ok: bool) -> bool {
        let ((saved, all), (stored, over)) = (channel(), channel());
        let is_stored = AtomicBool::new(false);
        let watch =
            UntilSaved { watch: &(), last: Some(1), actions: 2, saved: Some(saved).into(), over: Mutex::new(over) };
        thread::scope(|scope| {
            let is_stored = &is_stored;
            scope.spawn(move || {
                let _stored: Sender<()> = stored;
                if all.recv().is_ok() {
                    thread::sleep(std::time::Duration::from_millis(50));
                    is_stored.store(true, Ordering::SeqCst);
                }
            });
            watch.end(0, true);
            watch.end(1, ok);
            watch.begin(2, &Action::Remove(PathBuf::new()));
            is_stored.load(Ordering::SeqCst)
        })
    }

    #[test]
    fn what_clears_up_behind_a_registration_waits_for_the_configuration_where_there_is_one() {
        assert!(stored_first(true));
        assert!(!stored_first(false));
    }
}
