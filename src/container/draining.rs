//! What [`Action::Stop`](crate::plan::Action::Stop) does: gitlab-runner ends its jobs, then the container is stopped.

use super::{jobs, stopping};
use crate::host::{Host, Watch, ask, interrupt, podman};
use crate::problem::{Kind, Problem, Result};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const RUNNER: &str = "runner.service";
/// A healthy container answers within a second, also on a busy machine.
const ANSWER: Duration = Duration::from_secs(15);
/// How often it is asked whether gitlab-runner has ended: each time costs a `podman exec`. At first it is asked sooner.
const PAUSE: Duration = Duration::from_secs(1);
/// The first pause; each is twice as long as the one before.
const FIRST: Duration = Duration::from_millis(100);
/// How long the command that tells it to end waits for that, in seconds; without jobs it is a matter of milliseconds, and
/// nothing has to be asked.
const SOON: &str = "1";
/// What `timeout` says when it ended systemctl: the stop itself goes on.
const STILL: i32 = 124;
/// How often it is asked which jobs still run.
const TALLY: Duration = Duration::from_secs(10);
/// How long nothing is said while the jobs stay the same.
const SILENCE: Duration = Duration::from_secs(60);

/// Has gitlab-runner take no more jobs, waits until those that run have ended (`end`: ends them), and then stops the
/// container, by `by`. Where it comes to an end before, gitlab-runner goes on.
///
/// # Errors
/// The container does not answer, `by` fails, or the watcher stopped it.
pub fn stop(host: &dyn Host, name: &str, end: bool, watch: &dyn Watch, by: impl FnOnce() -> Result<()>) -> Result<()> {
    let drained = drain(host, name, end, watch).and_then(|()| stopped(watch));
    drained.and_then(|()| by()).map_err(|problem| go_on(host, name, problem))
}

fn stopped(watch: &dyn Watch) -> Result<()> {
    if watch.stopped() { Err(Problem::interrupted()) } else { Ok(()) }
}

/// systemd starts it again as soon as its last job has ended: a start takes the place of the stop.
fn go_on(host: &dyn Host, name: &str, problem: Problem) -> Problem {
    let start = podman::exec(name, None, &["systemctl", "start", "--no-block", RUNNER]).timeout(Some(ANSWER));
    let on = interrupt::cleaning(|| ask(host, &start)).is_ok_and(|done| done.ok());
    if !on || problem.kind != Kind::Interrupted {
        return problem;
    }
    Problem {
        what: format!("Stopped, before the container {name} was; gitlab-runner goes on."),
        advice: "Running jobs end as they would have, then it takes new ones. Run pipglr again when it is time.".into(),
        ..problem
    }
}

fn drain(host: &dyn Host, name: &str, end: bool, watch: &dyn Watch) -> Result<()> {
    let tell = |words: &[&str]| podman::exec(name, None, words).timeout(Some(ANSWER));
    let words: &[&str] = if end { &["--no-block", RUNNER] } else { &[RUNNER] };
    let soon: &[&str] = if end { &[] } else { &["timeout", SOON] };
    let stop = tell(&[soon, &["systemctl", "stop"], words].concat());
    let done = host.run(&stop, None, watch)?;
    if !end && done.ok() {
        return Ok(());
    }
    // 5: there is no such unit. What runs in such a container is not known; its own time-outs count.
    if done.code == 5 || (!done.ok() && !runs(host, name)?) {
        return Ok(());
    }
    if !done.ok() && done.code != STILL {
        return Err(podman::failed(&stop, done));
    }
    if end {
        // SIGTERM is what makes gitlab-runner end its jobs and tell GitLab; but any signal after it makes it leave at
        // once, with the jobs running for ever as GitLab sees it (17.5.5). So the one of the stop goes before. It fails
        // where all has ended already.
        host.run(&tell(&["systemctl", "kill", "--signal=SIGTERM", RUNNER]), None, watch)?;
    }
    wait_for(host, name, end, watch)
}

/// Waits until gitlab-runner, which was told to, has ended its last job.
///
/// # Errors
/// The container does not answer, or the watcher stopped it.
pub fn wait(host: &dyn Host, name: &str, watch: &dyn Watch) -> Result<()> {
    wait_for(host, name, false, watch)
}

fn wait_for(host: &dyn Host, name: &str, end: bool, watch: &dyn Watch) -> Result<()> {
    let (mut told, mut wait) = (Told::new(), FIRST);
    while !ended(host, name)? {
        if end && told.begun.elapsed() > Duration::from_secs(stopping::HASTE) {
            break;
        }
        pause(host, watch, wait)?;
        wait = PAUSE.min(wait * 2);
        told.tell(host, name, watch);
    }
    Ok(())
}

/// Whether gitlab-runner has ended.
fn ended(host: &dyn Host, name: &str) -> Result<bool> {
    let show = podman::exec(name, None, &["systemctl", "show", "-p", "ActiveState", RUNNER]).timeout(Some(ANSWER));
    let done = ask(host, &show)?;
    if !done.ok() {
        return if runs(host, name)? { Err(podman::failed(&show, done)) } else { Ok(true) };
    }
    Ok(matches!(done.text().as_str(), "ActiveState=inactive" | "ActiveState=failed"))
}

fn runs(host: &dyn Host, name: &str) -> Result<bool> {
    Ok(podman::container(host, name)?.is_some_and(|container| container.running()))
}

fn pause(host: &dyn Host, watch: &dyn Watch, time: Duration) -> Result<()> {
    const TICK: Duration = Duration::from_millis(100);
    let mut left = time;
    while !left.is_zero() {
        stopped(watch)?;
        host.pause(TICK.min(left));
        left = left.saturating_sub(TICK);
    }
    stopped(watch)
}

/// What was said of the jobs that are waited for.
struct Told {
    begun: Instant,
    asked: Option<Instant>,
    last: Option<(Option<BTreeSet<u64>>, Instant)>,
}

impl Told {
    fn new() -> Self {
        Self { begun: Instant::now(), asked: None, last: None }
    }

    fn tell(&mut self, host: &dyn Host, name: &str, watch: &dyn Watch) {
        if self.asked.is_some_and(|at| at.elapsed() < TALLY) {
            return;
        }
        self.asked = Some(Instant::now());
        let running = jobs::running(host, name).map(|running| running.jobs);
        let jobs = running.as_ref().map(|jobs| jobs.iter().map(|job| job.id).collect());
        if self.last.as_ref().is_some_and(|(last, at)| *last == jobs && at.elapsed() < SILENCE) {
            return;
        }
        let what = match &running {
            Some(jobs) if jobs.is_empty() => "gitlab-runner to end; no job runs".into(),
            Some(jobs) => jobs::words(jobs),
            None => "gitlab-runner to end; it does not say which jobs run".into(),
        };
        watch.line(&format!("waiting for {what} ({} s)", self.begun.elapsed().as_secs()));
        self.last = Some((jobs, Instant::now()));
    }
}
