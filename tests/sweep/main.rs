//! A sweep, not samples: every external command and every file access of setup, of a change of the configuration, of
//! the way back, of volumes recreated, of teardown, of an update, of a token that is rotated and of a pause; and at each one
//! everything that can happen to it. After each fault a fresh process, told nothing of it, must reach the same end.
//!
//! What it prints at its end is the table of assets/docs/reliability.md; see `reliability` for its other rows.

// A test stops at the first thing that is not as it should be, its helpers too; what it says is for who runs it.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod boot;
mod changes;
mod create;
mod faulty;
mod old_podman;
mod pause;
mod rotate;
mod setup;
mod state;
#[allow(dead_code, reason = "the suite uses the rest of it")]
#[path = "../support/mod.rs"]
mod support;
mod teardown;
mod two;
mod update;

use faulty::{Fault, Faulty, What, faults_at};
use pipglr::problem::Result;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use support::FakeHost;

/// One thing that pipglr does, from a machine as it is before to a machine as it must be in the end.
trait Flow: Send + Sync {
    fn name(&self) -> String;
    /// A machine as it is before.
    fn machine(&self) -> Arc<FakeHost>;
    /// What is cut off.
    fn first(&self, host: &Arc<Faulty>) -> Result<()>;
    /// What a user may do next; each of these on a machine of its own.
    fn ways_on(&self) -> Vec<&'static str>;
    /// Does it.
    fn next(&self, way: &str, host: &Arc<Faulty>) -> Result<()>;
    /// What must be true right after the fault, whatever comes next: what is lost.
    fn after_the_fault(&self, _host: &FakeHost) -> Vec<String> {
        vec![]
    }
    /// What is not as it must be in the end.
    fn judge(&self, way: &str, run: &Run) -> Verdict;
    /// What no command, no error and no output may hold.
    fn token(&self) -> &str;
}

/// A fault and what came after it.
struct Run {
    machine: Arc<FakeHost>,
    /// How often GitLab has registered, in both runs.
    registered: usize,
    /// What was at hand when the second process began.
    begun_with: String,
}

#[derive(Default)]
struct Verdict {
    lost: Option<String>,
    leaked: Option<String>,
    stuck: Option<String>,
}

#[derive(Debug, Default)]
struct Tally {
    points: usize,
    faults: usize,
    lost: Vec<String>,
    leaked: Vec<String>,
    stuck: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.points += other.points;
        self.faults += other.faults;
        self.lost.extend(other.lost);
        self.leaked.extend(other.leaked);
        self.stuck.extend(other.stuck);
    }

    /// Every fault that makes sense at every point of a flow.
    fn sweep(&mut self, flow: &dyn Flow) {
        let points = {
            let host = Faulty::new(&flow.machine(), None);
            flow.first(&host).unwrap_or_else(|problem| panic!("{}: {problem}", flow.name()));
            host.points.lock().unwrap().clone()
        };
        println!("{:>4} points: {}", points.len(), flow.name());
        self.points += points.len();
        for (number, what) in points.iter().enumerate() {
            for fault in faults_at(what) {
                self.faults += 1;
                for way in flow.ways_on() {
                    self.one(flow, way, number, what, fault);
                }
            }
        }
    }

    /// All flows, side by side.
    fn all(&mut self, flows: &[Box<dyn Flow>]) {
        std::thread::scope(|scope| {
            let threads: Vec<_> = flows
                .iter()
                .map(|flow| {
                    scope.spawn(move || {
                        let mut tally = Self::default();
                        tally.sweep(&**flow);
                        tally
                    })
                })
                .collect();
            for thread in threads {
                self.add(thread.join().unwrap());
            }
        });
    }

    fn one(&mut self, flow: &dyn Flow, way: &str, number: usize, what: &What, fault: Fault) {
        let name = format!("{}: {fault:?} at {number}, {what:?}, then {way}", flow.name());
        let machine = flow.machine();
        let first = Faulty::new(&machine, Some((number, fault)));
        let result = flow.first(&first);
        if let Err(problem) = &result {
            assert!(!problem.what.is_empty() && !problem.advice.is_empty(), "{name}: {problem:?}");
            if format!("{problem:?}").contains(flow.token()) {
                self.leaked.push(format!("{name}: in the error"));
            }
        }
        self.lost.extend(flow.after_the_fault(&machine).into_iter().map(|what| format!("{name}: {what}")));
        // The next process, with the disk in order again; the store is as it was left.
        let second = Faulty::new(&machine, None);
        let begun_with = changes::text_that_waits(&machine);
        if let Err(problem) = flow.next(way, &second) {
            self.stuck.push(format!("{name}: {problem}"));
            return;
        }
        let registered = first.registered.load(Ordering::SeqCst) + second.registered.load(Ordering::SeqCst);
        let verdict = flow.judge(way, &Run { machine: machine.clone(), registered, begun_with });
        let named = |what: Option<String>| what.map(|what| format!("{name}: {what}"));
        self.lost.extend(named(verdict.lost));
        self.leaked.extend(named(verdict.leaked));
        self.stuck.extend(named(verdict.stuck));
        let machine = machine.machine();
        if machine.commands.iter().chain(&machine.changes).any(|words| words.contains(flow.token())) {
            self.leaked.push(format!("{name}: in a command"));
        }
    }
}

/// The table of assets/docs/reliability.md: this sweep, and what the last runs on real machines gave (tests/e2e/reliability.rs).
fn print_table(tally: &Tally, two: &Tally) {
    println!("\n| swept | points | faults | lost | leaked | stuck | when |\n|---|---|---|---|---|---|---|");
    let rows = [
        ("pretend machine: setup, edit, apply, undo, new volumes, teardown", tally),
        ("the same, with a second pipglr that keeps, changes or sets up at each point", two),
    ];
    for (name, Tally { points, faults, lost, leaked, stuck }) in rows {
        println!(
            "| {name} | {points}/{points} | {faults} | {} | {} | {} | {:.0} |",
            lost.len(),
            leaked.len(),
            stuck.len(),
            jiff::Timestamp::now()
        );
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reliability");
    let mut rows: Vec<_> = folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    rows.sort();
    rows.iter().filter_map(|row| std::fs::read_to_string(row).ok()).for_each(|row| print!("{row}"));
    if rows.is_empty() {
        println!("(nothing yet from a real machine: cargo test --test e2e -- --ignored --test-threads=1)");
    }
}

#[test]
fn a_container_that_gets_a_unit_or_loses_it_is_never_without_both() {
    let mut tally = Tally::default();
    tally.all(&boot::flows());
    let all: Vec<_> = [&tally.lost, &tally.leaked, &tally.stuck].into_iter().flatten().cloned().collect();
    assert!(all.is_empty(), "{} faults\n{}", tally.faults, all.join("\n"));
    assert!(tally.points > 50 && tally.faults > 300, "the sweep is too small: {tally:?}");
}

/// Cut off anywhere: either nothing was done yet, or a record says what was begun, and the next one goes on with it; and a
/// token that GitLab has given is never nowhere.
#[test]
fn an_update_and_a_rotation_that_are_cut_off_anywhere_are_told_of_and_go_on() {
    let mut tally = Tally::default();
    tally.all(&update::flows().into_iter().chain(rotate::flows()).collect::<Vec<_>>());
    println!("update, runner rotate: {} points, {} faults", tally.points, tally.faults);
    let all: Vec<_> = [&tally.lost, &tally.leaked, &tally.stuck].into_iter().flatten().cloned().collect();
    assert!(all.is_empty(), "{} of {} faults\n{}", all.len(), tally.faults, all.join("\n"));
    assert!(tally.points > 150 && tally.faults > 1000, "the sweep is too small: {tally:?}");
}

/// Cut off anywhere, also between GitLab's answer and the secret: the runner's token is on the disk, and the next one goes on
/// with it or deletes it; neither token is in a command, an error or a file besides.
#[test]
fn a_runner_that_gitlab_made_is_never_lost_and_ends_as_one() {
    let mut tally = Tally::default();
    tally.all(&create::flows());
    println!("runner create: {} points, {} faults", tally.points, tally.faults);
    let all: Vec<_> = [&tally.lost, &tally.leaked, &tally.stuck].into_iter().flatten().cloned().collect();
    assert!(all.is_empty(), "{} of {} faults\n{}", all.len(), tally.faults, all.join("\n"));
    assert!(tally.points > 50 && tally.faults > 300, "the sweep is too small: {tally:?}");
}

/// What was said last holds, whatever was cut off since: the runner takes no jobs, or it does.
#[test]
fn a_pause_outlasts_whatever_is_cut_off() {
    let mut tally = Tally::default();
    tally.all(&pause::flows());
    println!("pause, resume, and what is done meanwhile: {} points, {} faults", tally.points, tally.faults);
    let all: Vec<_> = [&tally.lost, &tally.leaked, &tally.stuck].into_iter().flatten().cloned().collect();
    assert!(all.is_empty(), "{} of {} faults\n{}", all.len(), tally.faults, all.join("\n"));
    assert!(tally.points > 50 && tally.faults > 300, "the sweep is too small: {tally:?}");
}

#[test]
fn a_token_that_gitlab_has_renewed_outlives_every_fault() {
    let mut tally = Tally::default();
    tally.all(&state::flows());
    let all: Vec<_> = [&tally.lost, &tally.leaked, &tally.stuck].into_iter().flatten().cloned().collect();
    assert!(all.is_empty(), "{} faults\n{}", tally.faults, all.join("\n"));
    assert!(tally.points > 100 && tally.faults > 800, "the sweep is too small: {tally:?}");
}

#[test]
fn a_second_container_gets_there_whatever_happens_and_the_first_is_as_it_was() {
    let mut tally = Tally::default();
    tally.all(&setup::beside());
    let all: Vec<_> = [&tally.lost, &tally.leaked, &tally.stuck].into_iter().flatten().cloned().collect();
    assert!(all.is_empty(), "{} faults\n{}", tally.faults, all.join("\n"));
    assert!(tally.points > 50 && tally.faults > 500, "the sweep is too small: {tally:?}");
}

#[test]
fn whatever_happens_wherever_it_happens_the_next_run_gets_there() {
    let mut tally = Tally::default();
    let flows = setup::flows().into_iter().chain(changes::flows()).chain(teardown::flows());
    let flows: Vec<_> = flows.chain(old_podman::flows()).collect();
    tally.all(&flows);
    let two = two::sweep();
    print_table(&tally, &two);
    let both = [&tally, &two].into_iter().flat_map(|tally| [&tally.lost, &tally.leaked, &tally.stuck]);
    let all: Vec<_> = both.flatten().cloned().collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
    assert!(tally.points > 250 && tally.faults > 2000, "the sweep is too small: {tally:?}");
    assert!(two.points > 200 && two.faults > 500, "the sweep of two is too small: {two:?}");
}
