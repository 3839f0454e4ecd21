//! The way up: what is inside the container is seen by one process, GitLab is asked by another beside it, and each rung is
//! judged as soon as what it needs is known.

use super::inside::{self, ANSWER, Inside};
use super::{
    Dear, Look, PAUSE, Rung, RungId, accepts, container, heard, inside as judge_inside, makes_networks, nested, reasons,
};
use super::{touch_network, verified, verify};
use crate::config::cgroups::Controllers;
use crate::container::copies::Copies;
use crate::container::jobs::Job;
use crate::host::{Disk, Finished, Go, Watch, interrupt::Query};
use crate::problem::{Problem, Result};
use crate::target::Target;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How far it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Climbed {
    /// All rungs; above one that does not hold they have `ok: None`.
    pub rungs: Vec<Rung>,
    /// What was learnt by rungs that were reached.
    pub dear: Dear,
    /// How much room there is in the container's folders; empty where nobody could look.
    pub disks: Vec<(String, Disk)>,
    /// The jobs that run; `None` where nobody says.
    pub jobs: Option<Vec<Job>>,
    /// The configuration as the container has it; `None` where it does not say.
    pub copies: Option<Copies>,
    /// The controllers of cgroups that jobs have; `None` where nobody says.
    pub controllers: Option<Controllers>,
}

/// What comes while it is climbed.
enum Event {
    /// This was seen in the container.
    Seen(Inside),
    /// Nobody looks there any more; these were not answered.
    Left(Result<()>, Vec<RungId>),
    /// GitLab was asked, or the nested podman for a network.
    Learnt(RungId, Result<Finished>),
}

/// Climbs. See [`super::climb`]; what is dear to learn may be `known`; [`super::look_once`] says
/// what `None` means. Nothing is waited for beyond the `limit`.
pub(super) fn climb(
    target: &Target,
    known: Option<Dear>,
    wait: bool,
    limit: Option<Duration>,
    tell: &mut dyn FnMut(&Rung),
    watch: &dyn Watch,
) -> Result<Climbed> {
    let rung = |id| Rung { id, ok: None, detail: String::new(), said: vec![], rests: false };
    let rungs = RungId::ALL.map(rung).to_vec();
    tell(&rungs[0]);
    let until = limit.filter(|_| !watch.patient()).map(|limit| Instant::now() + limit);
    let mut climb = Climb { target, wait, until, tell, rungs, at: 0, begun: Instant::now(), failed: false };
    let stop = AtomicBool::new(false);
    let (dear, seen) = thread::scope(|scope| {
        let (send, events) = channel();
        let look = |dear: Vec<RungId>| {
            let (send, stop) = (send.clone(), &stop);
            scope.spawn(move || look_inside(target, wait, &dear, stop, &send));
        };
        let ask = |id: RungId, again: bool| {
            let (send, stop) = (send.clone(), &stop);
            scope.spawn(move || {
                let _broken = Broken(&send);
                if again {
                    target.host.pause(PAUSE);
                }
                let watch = Stop(stop, Query::begin());
                let learnt = if id == RungId::Gitlab { verify(target, &watch) } else { touch_network(target, &watch) };
                let _ = send.send(Event::Learnt(id, learnt)); // nobody may listen any more
            });
        };
        let (mut seen, mut looking): (Option<Inside>, bool) = (None, false);
        let ahead = !wait && known.is_none();
        let mut dear = known.unwrap_or_default();
        // What is asked beside a look: while it is waited, GitLab only where the runners' own requests do not tell.
        let mut asking: Vec<RungId> = vec![];
        let beside = |dear: &Dear, asking: &[RungId]| -> Vec<RungId> {
            let of = |id: &RungId| match id {
                RungId::Gitlab => !wait && dear.verified.is_none(),
                _ => dear.network.is_none(),
            };
            [RungId::Gitlab, RungId::Podman].into_iter().filter(|id| of(id) && !asking.contains(id)).collect()
        };
        if ahead {
            asking = beside(&dear, &[]);
            look(asking.clone());
            looking = true;
        }
        let climbed = loop {
            if climb.current() == Some(RungId::Container) {
                match container(target) {
                    Err(problem) => break Err(problem),
                    Ok(found) => {
                        if !climb.judge(found) {
                            if watch.stopped() {
                                break Err(Problem::interrupted());
                            }
                            target.host.pause(PAUSE);
                        }
                    }
                }
                continue;
            }
            while let Some(id) = climb.current() {
                let seen = seen.as_ref();
                let asked = || dear.verified.as_ref().map(verified);
                let seen = match id {
                    RungId::Gitlab => seen.filter(|_| wait).and_then(heard).or_else(asked),
                    RungId::Podman => seen.and_then(|seen| nested(seen, dear.network.as_ref())),
                    id => seen.map(|seen| judge_inside(id, seen)),
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
                let dear = beside(&dear, &asking);
                look(dear.clone());
                asking.extend(dear);
                looking = true;
            }
            let runs = |seen: &Inside| matches!(judge_inside(RungId::Runner, seen), Look::Holds(_));
            let unheard = |seen: &Inside| {
                heard(seen).is_none() && (id == RungId::Gitlab || !seen.part("polls").text().is_empty())
            };
            for (rung, learnt, good, ready) in [
                (
                    RungId::Gitlab,
                    &dear.verified,
                    accepts as fn(&Finished) -> bool,
                    seen.as_ref().is_some_and(|seen| runs(seen) && unheard(seen)),
                ),
                (RungId::Podman, &dear.network, makes_networks, answers),
            ] {
                let first = learnt.is_none() && (ready || !wait);
                let again = id == rung && learnt.as_ref().is_some_and(|done| !good(done));
                if !asking.contains(&rung) && (first || again) {
                    ask(rung, again);
                    asking.push(rung);
                }
            }
            match events.recv_timeout(PAUSE) {
                Ok(Event::Seen(inside)) => seen = Some(inside),
                Ok(Event::Left(left, unanswered)) => match left {
                    Ok(()) => {
                        looking = false;
                        asking.retain(|id| !unanswered.contains(id));
                    }
                    Err(problem) => break Err(problem),
                },
                Ok(Event::Learnt(id, Ok(done))) => {
                    asking.retain(|asked| *asked != id);
                    match id {
                        RungId::Gitlab => dear.verified = Some(done),
                        _ => dear.network = Some(done),
                    }
                }
                Ok(Event::Learnt(_, Err(problem))) => break Err(problem),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break Err(Problem::interrupted()), // not while `send` is here
            }
        };
        stop.store(true, Ordering::SeqCst);
        climbed.map(|()| (dear, seen.unwrap_or_default()))
    })?;
    let reached = |id| climb.rungs.iter().any(|rung| rung.id == id && rung.ok.is_some());
    let (gitlab, podman) = (reached(RungId::Gitlab), reached(RungId::Podman));
    let Dear { verified, network } = dear;
    Ok(Climbed {
        dear: Dear { verified: verified.filter(|_| gitlab), network: network.filter(|_| podman) },
        rungs: climb.rungs,
        disks: seen.disks(),
        jobs: seen.jobs(target.host.now()),
        copies: seen.copies(),
        controllers: seen.controllers(),
    })
}

/// Looks into the container, once or until all holds, and tells what it sees, and what is answered to `dear`.
fn look_inside(target: &Target, wait: bool, dear: &[RungId], stop: &AtomicBool, to: &Sender<Event>) {
    let _broken = Broken(to);
    let cmd = inside::cmd(&target.name, wait, dear).query();
    let mut lines = String::new();
    let (mut told, mut late) = (false, false);
    let mut unanswered = dear.to_vec();
    let (watch, begun) = (Stop(stop, Query::begin()), Instant::now());
    let done = target.host.stream(&cmd, &[], &mut |bytes| {
        lines.push_str(&String::from_utf8_lossy(bytes.unwrap_or_default()));
        while let Some((look, rest)) = lines.split_once("\n.\n") {
            let mut inside = Inside::read(look.lines());
            let Dear { verified, network } = inside.learnt();
            for (id, learnt) in [(RungId::Gitlab, verified), (RungId::Podman, network)] {
                if let Some(done) = learnt {
                    unanswered.retain(|asked| *asked != id);
                    let _ = to.send(Event::Learnt(id, Ok(done)));
                }
            }
            told |= !inside.is_empty() && to.send(Event::Seen(inside)).is_ok();
            lines = rest.to_owned();
        }
        late = !wait && begun.elapsed() > ANSWER && !watch.patient();
        if late || watch.stopped() { Go::Stop } else { Go::On }
    });
    let failed = match done {
        Ok(done) => Ok((!told || !done.ok()).then_some(done)),
        // What does not answer in time does not hold.
        Err(_) if late => {
            let lines = vec![format!("no answer within {} s", ANSWER.as_secs())];
            Ok((!told).then(|| Finished { code: -1, lines, ..Finished::default() }))
        }
        Err(problem) => Err(problem),
    };
    let left = failed.map(|failed| {
        if let Some(done) = failed {
            let _ = to.send(Event::Seen(Inside::failed(done)));
        }
    });
    let _ = to.send(Event::Left(left, unanswered)); // nobody may listen any more
}

/// A look that breaks says so: the climb would wait for it for ever.
struct Broken<'a>(&'a Sender<Event>);

impl Drop for Broken<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.0.send(Event::Left(Err(Problem::interrupted()), vec![])); // nobody may listen any more
        }
    }
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
    /// When nothing is waited for any more.
    until: Option<Instant>,
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
        let late = self.until.is_some_and(|until| Instant::now() >= until);
        let Some(rung) = self.rungs.get_mut(self.at) else { return true };
        let rests = matches!(look, Look::Rests(_));
        let (ok, detail) = match look {
            Look::Holds(detail) => (Some(true), detail),
            Look::NotYet(detail) if self.wait && self.begun.elapsed() < rung.id.patience() && !late => (None, detail),
            Look::NotYet(detail) | Look::Fails(detail) | Look::Rests(detail) => (Some(false), detail),
        };
        let news = (ok, &detail) != (rung.ok, &rung.detail);
        (rung.ok, rung.detail, rung.rests) = (ok, detail, rests);
        if ok == Some(false) {
            self.failed = true;
            if !rests {
                rung.said = reasons(self.target, rung.id.source());
            }
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
