//! Doing what is to be done: on threads, which report back through the mailbox.

mod edit;
mod operation;
mod update;

use super::editor::check;
use super::follow::{self, Reins};
use super::listening::Listening;
use super::mailbox::Mailbox;
use super::message::{Effect, Message};
use super::model::Model;
use crate::canary;
use crate::change::{self, unsaved};
use crate::config::complete::Completion;
use crate::container::limits;
use crate::host::{Host, interrupt, podman, process};
use crate::lifecycle;
use crate::logs::save;
use crate::problem::{Problem, Result};
use crate::steps::{Report, Setup, Step};
use crate::target::Target;
use crate::{doctor, image_update, ladder, preflight, state, status, volumes};
use operation::Watcher;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the children that only look are waited for at the end.
const LEFT: Duration = Duration::from_secs(1);

/// What does the work.
pub(super) struct Runner {
    target: Target,
    post: Mailbox,
    /// The round of looking that counts.
    round: Arc<AtomicU64>,
    /// Stops what changes something, or climbs.
    stop: Arc<AtomicBool>,
    /// What runs has as long as it takes.
    patient: Arc<AtomicBool>,
    /// Stops the log, or lets it wait.
    log: Reins,
    /// What is dear to ask.
    memory: Arc<Mutex<status::Memory>>,
    /// What makes another look worthwhile.
    listening: Listening,
    /// Stops saving it.
    stop_saving: Arc<AtomicBool>,
    /// What changes something: it is waited for at the end.
    operation: Option<JoinHandle<()>>,
}

impl Runner {
    /// A runner for this target.
    pub(super) fn new(target: Target, post: Mailbox) -> Self {
        Self {
            target,
            post,
            round: Arc::default(),
            stop: Arc::default(),
            patient: Arc::default(),
            log: Reins::default(),
            memory: Arc::default(),
            listening: Listening::default(),
            stop_saving: Arc::default(),
            operation: None,
        }
    }

    /// The machine.
    pub(super) fn host(&self) -> Arc<dyn Host> {
        self.target.host.clone()
    }

    /// Does it. The screen's own effects (suspend, quit) are the loop's.
    pub(super) fn run(&mut self, effect: Effect) {
        let post = self.post.clone();
        match effect {
            Effect::Look { round, wants, steps } => {
                self.round.store(round, Ordering::SeqCst);
                let (newest, target) = (self.round.clone(), self.target.clone());
                spawn(post.clone(), Message::LooksEnded(round), move || {
                    check_steps(&Setup { target, wants }, round, &newest, &steps, &post)
                });
            }
            Effect::Check(wants) => {
                let target = self.target.clone();
                spawn(post.clone(), Message::Checked(vec![]), move || {
                    post.post(Message::Checked(preflight::check_host(&Setup { target, wants }).checks));
                });
            }
            Effect::Apply { wants, purpose, plan } => {
                self.operate(move |target, watch| operation::apply_plan(&Setup { target, wants }, purpose, plan, watch))
            }
            Effect::Make { wants, user, wanted } => self.operate(move |target, watch| {
                operation::make(&mut Setup { target, wants }, &user, &wanted, watch).map(|()| None)
            }),
            Effect::Measure => self.ask(Message::Measured, |target| measure(&target).map(Box::new)),
            Effect::Plan(verb, now) => {
                let planned = move |planned| Message::Planned(verb, planned);
                self.ask(planned, move |target| lifecycle::plan(&target, verb, now).map(Box::new))
            }
            Effect::Operate(operation) => {
                self.operate(move |target, watch| operation::carry_out(&target, &operation, watch).map(|()| None))
            }
            Effect::Wait => self.patient.store(true, Ordering::SeqCst),
            Effect::Stop => self.stop.store(true, Ordering::SeqCst),
            Effect::Climb => {
                let watch = self.watcher(true);
                self.ask(Message::Climbed, move |target| {
                    let mut tell = |rung: &ladder::Rung| post.post(Message::Rung(rung.clone()));
                    ladder::climb(&target, true, &mut tell, &watch)
                });
            }
            Effect::TryJob => {
                let watch = self.watcher(true);
                self.ask(Message::Tried, move |target| canary::job::run(&target, &watch));
            }
            Effect::Gather(ask) => {
                let memory = self.memory.clone();
                self.ask(Message::Status, move |target| {
                    let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                    memory.ask(ask);
                    status::gather(&target, &mut memory, &()).map(Box::new)
                });
            }
            Effect::Examine(wants) => {
                let watch = self.watcher(true);
                self.ask(Message::Diagnosed, move |target| doctor::host::examine(&Setup { target, wants }, &watch));
            }
            Effect::Records => post.post(Message::Records(self.target.host.records())),
            Effect::Open => self.ask(Message::Opened, |target| edit::open(&target).map(Box::new)),
            Effect::Keep { from, text } => {
                self.ask(Message::Kept, move |target| change::keep_first(&target, from, &text).map(|()| text))
            }
            Effect::Forget(unsaved) => unsaved::forget(&*self.target.host, &unsaved),
            Effect::Lint(snapshot) => {
                spawn(post.clone(), Message::Linted(snapshot.version, None), move || {
                    let seen = Box::new(check::check_text(&snapshot));
                    post.post(Message::Linted(snapshot.version, Some(seen)));
                });
            }
            Effect::Explain(snapshot, at) => {
                spawn(post.clone(), Message::Explained(snapshot.version, at, None), move || {
                    let help = check::explanation(&snapshot, at).map(Box::new);
                    post.post(Message::Explained(snapshot.version, at, help));
                });
            }
            Effect::Complete(snapshot, at) => {
                spawn(post.clone(), Message::Completed(snapshot.version, at, Completion::default()), move || {
                    post.post(Message::Completed(snapshot.version, at, check::completion(&snapshot, at)));
                });
            }
            Effect::Lend(text) => self.ask(Message::Edited, move |target| edit::lend(&*target.host, &post, &text)),
            Effect::Propose { standing, text, now, back } => self.ask(Message::Proposed, move |target| {
                let kept = || post.post(Message::Waits(text.clone()));
                edit::propose(&target, standing, &text, now, back, &kept).map(Box::new)
            }),
            Effect::PutBack => self.ask(Message::Proposed, |target| change::offer_way_back(&target).map(Box::new)),
            Effect::Versions => self.ask(Message::Versions, |target| change::read_versions(&target)),
            Effect::PutBackTo(at) => {
                self.ask(Message::Proposed, move |target| change::offer_version(&target, at).map(Box::new))
            }
            Effect::Change(change) => {
                self.operate(move |target, watch| edit::carry_out(&target, &change, watch).map(|()| None))
            }
            Effect::ProposeUpdate { now } => {
                self.ask(Message::UpdateProposed, move |target| image_update::propose(&target, now).map(Box::new))
            }
            Effect::FetchImage(source) => self.operate(move |target, watch| update::fetch(target, &source, watch)),
            Effect::Update(proposal) => self.operate(move |target, watch| update::carry_out(&target, &proposal, watch)),
            Effect::Decide { privileged } => self.notice(limits::decide(&*self.target.host, privileged)),
            Effect::SaveAnswers(answers) => self.notice(state::save_answers(&*self.target.host, &answers)),
            Effect::FollowLog(given) => {
                self.log.stop();
                self.log = Reins::default();
                let reins = self.log.clone();
                let target = self.target.clone();
                spawn(post.clone(), Message::LogEnded(Err(bug())), move || {
                    follow::read(&target, &given, &post, reins);
                });
            }
            Effect::HoldLog(wait) => self.log.wait.store(wait, Ordering::SeqCst),
            Effect::StopLog => self.log.stop(),
            Effect::SaveLog { items, path, reveal } => {
                self.stop_saving = Arc::default();
                let (stop, at) = (self.stop_saving.clone(), path.clone());
                self.ask(
                    move |saved| Message::Saved(at.clone(), saved),
                    move |target| {
                        let mut told = Instant::now();
                        let mut progress = |lines| {
                            if told.elapsed() > Duration::from_millis(100) {
                                told = Instant::now();
                                post.post(Message::Saving(lines));
                            }
                            !stop.load(Ordering::SeqCst)
                        };
                        match &items {
                            Some(items) => save::items(&*target.host, items.iter(), &path, reveal, &mut progress),
                            None => save::all(&*target.host, &target.name, &path, reveal, &mut progress),
                        }
                    },
                );
            }
            Effect::StopSaving => self.stop_saving.store(true, Ordering::SeqCst),
            Effect::Suspend | Effect::Mouse(_) | Effect::Copy(_) | Effect::Quit(_) => {}
        }
    }

    /// Asks on a thread, and posts the answer.
    fn ask<T>(
        &self,
        answer: impl Fn(Result<T>) -> Message + Send + 'static,
        work: impl FnOnce(Target) -> Result<T> + Send + 'static,
    ) {
        let _ = self.begin(answer, work);
    }

    /// Changes something on a thread, which is waited for at the end.
    fn operate(&mut self, work: impl FnOnce(Target, &Watcher) -> Result<Option<Report>> + Send + 'static) {
        let watch = self.watcher(false);
        self.round.fetch_add(1, Ordering::SeqCst); // what is being looked at will be old
        self.operation = Some(self.begin(Message::OperationDone, move |target| work(target, &watch)));
    }

    fn begin<T>(
        &self,
        answer: impl Fn(Result<T>) -> Message + Send + 'static,
        work: impl FnOnce(Target) -> Result<T> + Send + 'static,
    ) -> JoinHandle<()> {
        let (target, post) = (self.target.clone(), self.post.clone());
        spawn(post.clone(), answer(Err(bug())), move || post.post(answer(work(target))))
    }

    /// Says what could not be done, and no more.
    fn notice(&self, done: Result<()>) {
        if let Err(problem) = done {
            self.post.post(Message::Notice(problem.what));
        }
    }

    /// Listens to what the screen listens to now.
    pub(super) fn listen(&mut self, model: &Model) {
        match model.listens() {
            Some(to) => self.listening.go_on(&self.target.host, &self.target.name, to, &self.post),
            None => self.listening.stop(),
        }
    }

    /// What watches what begins now, and can be stopped.
    fn watcher(&mut self, quiet: bool) -> Watcher {
        self.stop = Arc::default();
        if !quiet {
            self.patient = Arc::default();
        }
        Watcher { post: self.post.clone(), stop: self.stop.clone(), patient: self.patient.clone(), quiet }
    }

    /// Tells everything to stop, and gives what changes something this long to do so.
    pub(super) fn end(&mut self, patience: Duration) {
        self.stop.store(true, Ordering::SeqCst);
        self.log.stop();
        self.listening.stop();
        self.stop_saving.store(true, Ordering::SeqCst);
        self.round.fetch_add(1, Ordering::SeqCst);
        let until = Instant::now() + patience;
        while self.operation.as_ref().is_some_and(|thread| !thread.is_finished()) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        // Looks that hang: they change nothing, and are not to outlive us.
        interrupt::stop();
        process::settle(patience.min(LEFT));
    }

    /// What tells everything to stop, from any thread.
    pub(super) fn stopper(&self) -> impl Fn() + Send + 'static {
        let (stop, log) = (self.stop.clone(), self.log.clone());
        move || {
            stop.store(true, Ordering::SeqCst);
            log.stop();
        }
    }
}

/// A worker that reports even where it breaks: the screen would wait for ever.
fn spawn(post: Mailbox, broken: Message, work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    std::thread::spawn(move || {
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            post.post(broken);
        }
    })
}

fn bug() -> Problem {
    Problem::new("pipglr itself broke while doing this.", "Try it again, and report it as a bug, please.")
}

fn check_steps(setup: &Setup, round: u64, newest: &AtomicU64, steps: &[Step], post: &Mailbox) {
    if steps.len() == Step::ALL.len() {
        let podman = podman::version(&*setup.target.host).map(|version| version.to_string()).unwrap_or_default();
        let image = setup.target.found_image().ok().flatten();
        let url = image.and_then(|image| image.server().map(str::to_owned));
        post.post(Message::Host { podman, url });
    }
    for step in steps {
        if newest.load(Ordering::SeqCst) != round {
            break;
        }
        post.post(Message::Looked { round, step: *step, report: setup.check(*step) });
    }
    post.post(Message::LooksEnded(round));
}

/// Measures what the volumes hold, beside what they held before.
fn measure(target: &Target) -> Result<volumes::Held> {
    let mut held = volumes::measure(target)?;
    held.growth = volumes::growth::since(&*target.host, &held);
    Ok(held)
}
