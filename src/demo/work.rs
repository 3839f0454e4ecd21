//! What the pretend jobs take of processor and memory, and what they print: as the programs that pipglr has in the
//! container tell it.

use super::clock::after;
use super::runner::{Job, Runner};
use jiff::Timestamp;
use std::time::Duration;

/// A program's own number, which it says first.
const NUMBER: &str = "4242";
/// So often it is told what the jobs take, in seconds.
const AGAIN: f64 = 5.0;

/// What a job's containers print, behind its first so many seconds; then one line a second.
const TRACE: [(f64, &str, &str); 5] = [
    (0.4, "= stage prepare_executor", ""),
    (2.0, "= stage get_sources", ""),
    (2.3, "predefined 1", "Fetching changes with git depth set to 20..."),
    (3.1, "predefined 1", "Checking out 8f2c1d3e as detached HEAD..."),
    (4.0, "= stage step_script", ""),
];

/// How far one who follows has read.
#[derive(Debug, Default)]
pub(super) struct Followed {
    begun: bool,
    /// The jobs at the last look, and when it was.
    seen: Option<(Vec<u64>, f64)>,
    to: Option<Timestamp>,
}

impl Followed {
    /// What comes next, and whether more may: `None` where this program is not one that is followed.
    pub(super) fn next(&mut self, runner: &Runner, words: &[&str], now: Timestamp) -> Option<(Vec<u8>, bool)> {
        let ["sh", "-c", script, "sh", rest @ ..] = words else { return None };
        let (text, more) = match rest {
            [_] if looks(script) => self.look(runner, now),
            [job, follow] if script.contains("ctr.log") => {
                let (text, more) = self.trace(runner, job.parse().ok()?, now);
                (text, more && !follow.is_empty())
            }
            _ => return None,
        };
        let number = if std::mem::replace(&mut self.begun, true) { String::new() } else { format!("{NUMBER}\n") };
        Some(((number + &text).into_bytes(), more))
    }

    /// A look where other jobs run or it is time; none where nothing runs is the last one.
    fn look(&mut self, runner: &Runner, now: Timestamp) -> (String, bool) {
        let (_, at) = runner.clock(now);
        let jobs: Vec<u64> = runner.running(now).map(|job| job.id).collect();
        let old = |(seen, then): &(Vec<u64>, f64)| *seen == jobs && at - then < AGAIN;
        if self.seen.as_ref().is_some_and(old) {
            return (String::new(), true);
        }
        let more = !jobs.is_empty();
        self.seen = Some((jobs, at));
        (look(runner, at, now), more)
    }

    fn trace(&mut self, runner: &Runner, id: u64, now: Timestamp) -> (String, bool) {
        let Some(job) = runner.running(now).find(|job| job.id == id) else { return (String::new(), false) };
        let fixed = TRACE.into_iter().map(|(at, of, text)| (at, of, text.to_owned()));
        let steps = (1..200_u32).map(|step| (4.0 + f64::from(step), "build 2", format!("step {step} of it is done")));
        let mut told = String::new();
        for (seconds, of, text) in fixed.chain(steps) {
            let at = after(job.from, Duration::from_secs_f64(seconds));
            if at > now || at >= job.to || self.to.is_some_and(|to| at <= to) {
                continue;
            }
            self.to = Some(at);
            told += &if text.is_empty() { format!("{of}\n") } else { format!("{of} {at:.9} stdout F {text}\n") };
        }
        (told, true)
    }
}

/// Whether this is the program that tells what the jobs take, which goes on by itself.
pub(super) fn looks(script: &str) -> bool {
    script.contains("memory.current")
}

fn look(runner: &Runner, at: f64, now: Timestamp) -> String {
    let mut look = format!("{}listed\n{}\n/proc/uptime:{at:.2} {at:.2}\n", runner.list(now), runner.containers(now));
    let mut memory = 61_000_000;
    for job in runner.running(now) {
        let (id, (cpu, kib)) = (job.id, takes(job, now));
        look += &format!("/proc/{id}/status:RssAnon:\t{kib} kB\n");
        look += &format!("/proc/{id}/stat:{id} (sh) S 1 {id} {id} 0 -1 4 0 0 0 0 {:.0} 0 0 0 20 0 1 0\n", cpu * 100.0);
        memory += kib * 1024;
    }
    let own = at * 0.004;
    let cpu = runner.begun(now).map(|job| takes(job, now).0).sum::<f64>() + own;
    look + &format!("/sys/fs/cgroup/cpu.stat:usage_usec {:.0}\n/sys/fs/cgroup/memory.current:{memory}\n.\n", cpu * 1e6)
}

/// Seconds of a processor up to this time, and memory in KiB: both go up and down.
fn takes(job: &Job, now: Timestamp) -> (f64, u64) {
    let seconds = now.min(job.to).duration_since(job.from).as_secs_f64().max(0.0);
    let wave = (1.0 - (seconds * 0.4).cos()) / 2.0;
    let share = if job.id.is_multiple_of(2) { 0.35 } else { 0.8 };
    (seconds * share + wave * share, (90_000.0 + seconds * 4_000.0 + wave * 60_000.0 * share) as u64)
}
