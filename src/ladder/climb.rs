//! The way up: what is inside the container is seen by one process, GitLab is asked by another beside it, and each rung is
//! judged as soon as what it needs is known.

use super::inside::{self, Inside};
use super::{
    Dear, Look, PAUSE, Rung, RungId, accepts, container, inside as judge_inside, makes_networks, nested, reasons,
};
use super::{touch_network, verified, verify};
use crate::host::{Disk, Finished, Go, Watch, interrupt::Query};
use crate::problem::{Kind, Problem, Result};
use crate::target::Target;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Instant;

/// How far it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Climbed {
    /// All rungs; above one that does not hold they have `ok: None`.
    pub rungs: Vec<Rung>,
    /// What was learnt by rungs that were reached.
    pub dear: Dear,
    /// How much room there is in the container's folders; empty where nobody could look.
    pub disks: Vec<(String, Disk)>,
}

/// What comes while it is climbed.
enum Event {
    /// This was seen in the container.
    Seen(Inside),
    /// Nobody looks there any more.
    Left(Result<()>),
    /// GitLab was asked, or the nested podman for a network.
    Learnt(RungId, Result<Finished>),
}

/// Climbs. See [`super::climb`]; what is dear to learn may be `known`.
pub fn climb(
    target: &Target,
    known: Dear,
    wait: bool,
    tell: &mut dyn FnMut(&Rung),
    watch: &dyn Watch,
) -> Result<Climbed> {
    let rung = |id| Rung { id, ok: None, detail: String::new(), said: vec![] };
    let rungs = RungId::ALL.map(rung).to_vec();
    tell(&rungs[0]);
    let mut climb = Climb { target, wait, tell, rungs, at: 0, begun: Instant::now(), failed: false };
    while !climb.judge(container(target)?) {
        if watch.stopped() {
            return Err(Problem::interrupted());
        }
        target.host.pause(PAUSE);
    }
    let stop = AtomicBool::new(false);
    let (dear, disks) = thread::scope(|scope| {
        let (send, events) = channel();
        let look = || {
            drop(scope.spawn({
                let (send, stop) = (send.clone(), &stop);
                move || look_inside(target, wait, stop, &send)
            }))
        };
        let ask = |id: RungId, again: bool| {
            let (send, stop) = (send.clone(), &stop);
            scope.spawn(move || {
                if again {
                    target.host.pause(PAUSE);
                }
                let watch = Stop(stop, Query::begin());
                let learnt = if id == RungId::Gitlab { verify(target, &watch) } else { touch_network(target, &watch) };
                send.send(Event::Learnt(id, learnt))
            });
        };
        let (mut seen, mut looking): (Option<Inside>, _) = (None, false);
        let mut dear = known;
        // GitLab, and the network.
        let mut asking = [false; 2];
        let climbed = loop {
            while let Some(id) = climb.current() {
                let seen = match id {
                    RungId::Gitlab => dear.verified.as_ref().map(verified),
                    RungId::Podman => seen.as_ref().and_then(|seen| nested(seen, dear.network.as_ref())),
                    id => seen.as_ref().map(|seen| judge_inside(id, seen)),
                };
                // What was not seen yet does not hold yet, and may have its time over.
                let seen = seen.or_else(|| wait.then(|| Look::NotYet(String::new())));
                if !seen.is_some_and(|seen| climb.judge(seen)) {
                    break;
                }
            }
            let Some(id) = climb.current() else { break Ok(()) };
            if watch.stopped() {
                break Err(Problem::interrupted());
            }
            let answers = seen.as_ref().is_some_and(|seen| seen.podman().is_ok());
            // For these it is waited elsewhere.
            let outside = id == RungId::Gitlab || (id == RungId::Podman && answers);
            if !looking && (seen.is_none() || !outside) {
                if seen.is_some() {
                    target.host.pause(PAUSE);
                }
                look();
                looking = true;
            }
            let runs = |seen: &Inside| matches!(judge_inside(RungId::Runner, seen), Look::Holds(_));
            for (n, (rung, learnt, good, ready)) in [
                (RungId::Gitlab, &dear.verified, accepts as fn(&Finished) -> bool, seen.as_ref().is_some_and(runs)),
                (
                    RungId::Podman,
                    &dear.network,
                    makes_networks,
                    seen.as_ref().is_some_and(|seen| seen.podman().is_ok()),
                ),
            ]
            .into_iter()
            .enumerate()
            {
                let first = learnt.is_none() && (ready || !wait);
                let again = id == rung && learnt.as_ref().is_some_and(|done| !good(done));
                if !asking[n] && (first || again) {
                    ask(rung, again);
                    asking[n] = true;
                }
            }
            match events.recv_timeout(PAUSE) {
                Ok(Event::Seen(inside)) => seen = Some(inside),
                Ok(Event::Left(left)) => match left {
                    Ok(()) => looking = false,
                    Err(problem) => break Err(problem),
                },
                Ok(Event::Learnt(RungId::Gitlab, Ok(done))) => (dear.verified, asking[0]) = (Some(done), false),
                Ok(Event::Learnt(_, Ok(done))) => (dear.network, asking[1]) = (Some(done), false),
                Ok(Event::Learnt(_, Err(problem))) => break Err(problem),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break Err(Problem::interrupted()), // not while `send` is here
            }
        };
        stop.store(true, Ordering::SeqCst);
        climbed.map(|()| (dear, seen.map(|seen| seen.disks()).unwrap_or_default()))
    })?;
    let reached = |id| climb.rungs.iter().any(|rung| rung.id == id && rung.ok.is_some());
    let (gitlab, podman) = (reached(RungId::Gitlab), reached(RungId::Podman));
    let Dear { verified, network } = dear;
    Ok(Climbed {
        dear: Dear { verified: verified.filter(|_| gitlab), network: network.filter(|_| podman) },
        rungs: climb.rungs,
        disks,
    })
}

/// Looks into the container, once or until all holds, and tells what it sees.
fn look_inside(target: &Target, wait: bool, stop: &AtomicBool, to: &Sender<Event>) {
    let cmd = inside::cmd(&target.name, wait).query();
    let mut lines = String::new();
    let mut told = false;
    let mut tell = |bytes: &[u8]| {
        lines.push_str(&String::from_utf8_lossy(bytes));
        while let Some((look, rest)) = lines.split_once("\n.\n") {
            told |= to.send(Event::Seen(Inside::read(look.lines()))).is_ok();
            lines = rest.to_owned();
        }
    };
    let done = if wait {
        target.host.stream(&cmd, &[], &mut |bytes| {
            bytes.into_iter().for_each(&mut tell);
            if stop.load(Ordering::SeqCst) { Go::Stop } else { Go::On }
        })
    } else {
        target.host.run(&cmd, None, &Stop(stop, Query::begin())).inspect(|done| tell(&done.stdout))
    };
    let left = match done {
        Ok(done) => {
            if !told || !done.ok() {
                let _ = to.send(Event::Seen(Inside::failed(done)));
            }
            Ok(())
        }
        // What does not answer in time does not hold.
        Err(problem) if problem.kind == Kind::TimedOut => {
            let lines = vec![problem.what];
            let _ = to.send(Event::Seen(Inside::failed(Finished { code: -1, lines, ..Finished::default() })));
            Ok(())
        }
        Err(problem) => Err(problem),
    };
    let _ = to.send(Event::Left(left)); // nobody may listen any more
}

/// Stops with the climb, too.
struct Stop<'a>(&'a AtomicBool, Query);

impl Watch for Stop<'_> {
    fn stopped(&self) -> bool {
        self.0.load(Ordering::SeqCst) || self.1.stopped()
    }
    fn patient(&self) -> bool {
        self.1.patient()
    }
}

struct Climb<'a> {
    target: &'a Target,
    wait: bool,
    tell: &'a mut dyn FnMut(&Rung),
    rungs: Vec<Rung>,
    /// The rung that is looked at.
    at: usize,
    /// Since when.
    begun: Instant,
    failed: bool,
}

impl Climb<'_> {
    /// The rung that is looked at; `None` at the top, and behind one that failed.
    fn current(&self) -> Option<RungId> {
        (!self.failed).then(|| self.rungs.get(self.at).map(|rung| rung.id)).flatten()
    }

    /// Takes what was seen of the rung, and goes on to the next where that is decided.
    fn judge(&mut self, look: Look) -> bool {
        let Some(rung) = self.rungs.get_mut(self.at) else { return true };
        let (ok, detail) = match look {
            Look::Holds(detail) => (Some(true), detail),
            Look::NotYet(detail) if self.wait && self.begun.elapsed() < rung.id.patience() => (None, detail),
            Look::NotYet(detail) | Look::Fails(detail) => (Some(false), detail),
        };
        let news = (ok, &detail) != (rung.ok, &rung.detail);
        (rung.ok, rung.detail) = (ok, detail);
        if ok == Some(false) {
            self.failed = true;
            rung.said = reasons(self.target, rung.id.source());
        }
        if news {
            (self.tell)(rung);
        }
        if ok == Some(true) {
            (self.at, self.begun) = (self.at + 1, Instant::now());
            if let Some(next) = self.rungs.get(self.at) {
                (self.tell)(next);
            }
        }
        ok.is_some()
    }
}
