//! Doing what is to be done: on threads, which report back through the mailbox.

mod edit;
mod update;

use super::editor::check;
use super::follow::{self, Reins};
use super::listening::Listening;
use super::mailbox::Mailbox;
use super::message::{Effect, Message};
use super::model::{Model, Purpose};
use crate::api::creation::Wanted;
use crate::apply::Progress;
use crate::apply::{Sudo, apply};
use crate::canary;
use crate::change::{self, unsaved};
use crate::config::complete::Completion;
use crate::container::limits;
use crate::host::state_folder::Lock;
use crate::host::{Host, Watch, interrupt, podman, process};
use crate::lifecycle::{self, Operation};
use crate::logs::save;
use crate::plan::{Action, Plan};
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::steps::{Report, Setup, State, Step, creating};
use crate::target::Target;
use crate::{doctor, image_update, ladder, preflight, state, status, volumes};
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
        let (target, post) = (self.target.clone(), self.post.clone());
        match effect {
            Effect::Look { round, wants, steps } => {
                self.round.store(round, Ordering::SeqCst);
                let newest = self.round.clone();
                spawn(post.clone(), Message::LooksEnded(round), move || {
                    check_steps(&Setup { target, wants }, round, &newest, &steps, &post)
                });
            }
            Effect::Check(wants) => {
                spawn(post.clone(), Message::Checked(vec![]), move || {
                    post.post(Message::Checked(preflight::check_host(&Setup { target, wants }).checks));
                });
            }
            Effect::Apply { wants, purpose, plan } => {
                let watch = self.begin_operation();
                let failed = Message::OperationDone(Err(bug()));
                self.operation = Some(spawn(post.clone(), failed, move || {
                    let done = apply_plan(&Setup { target, wants }, purpose, plan, &watch);
                    post.post(Message::OperationDone(done));
                }));
            }
            Effect::Make { wants, user, wanted } => {
                let watch = self.begin_operation();
                self.operation = Some(spawn(post.clone(), Message::OperationDone(Err(bug())), move || {
                    let made = make(&mut Setup { target, wants }, &user, &wanted, &watch);
                    post.post(Message::OperationDone(made.map(|()| None)));
                }));
            }
            Effect::Measure => {
                spawn(post.clone(), Message::Measured(Err(bug())), move || {
                    post.post(Message::Measured(measure(&target).map(Box::new)));
                });
            }
            Effect::Plan(verb, now) => {
                spawn(post.clone(), Message::Planned(verb, Err(bug())), move || {
                    let planned = lifecycle::plan(&target, verb, now);
                    post.post(Message::Planned(verb, planned.map(Box::new)));
                });
            }
            Effect::Operate(operation) => {
                let watch = self.begin_operation();
                self.operation = Some(spawn(post.clone(), Message::OperationDone(Err(bug())), move || {
                    post.post(Message::OperationDone(operate(&target, &operation, &watch).map(|()| None)));
                }));
            }
            Effect::Wait => self.patient.store(true, Ordering::SeqCst),
            Effect::Stop => self.stop.store(true, Ordering::SeqCst),
            Effect::Climb => {
                self.stop = Arc::default();
                let watch =
                    Watcher { post: post.clone(), stop: self.stop.clone(), patient: self.patient.clone(), quiet: true };
                spawn(post.clone(), Message::Climbed(Err(bug())), move || {
                    let mut tell = |rung: &ladder::Rung| post.post(Message::Rung(rung.clone()));
                    let climbed = ladder::climb(&target, true, &mut tell, &watch);
                    post.post(Message::Climbed(climbed));
                });
            }
            Effect::TryJob => {
                self.stop = Arc::default();
                let watch =
                    Watcher { post: post.clone(), stop: self.stop.clone(), patient: self.patient.clone(), quiet: true };
                spawn(post.clone(), Message::Tried(Err(bug())), move || {
                    post.post(Message::Tried(canary::job::run(&target, &watch)));
                });
            }
            Effect::Gather(ask) => {
                let memory = self.memory.clone();
                spawn(post.clone(), Message::Status(Err(bug())), move || {
                    let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                    memory.ask(ask);
                    let status = status::gather(&target, &mut memory, &());
                    post.post(Message::Status(status.map(Box::new)));
                });
            }
            Effect::Examine(wants) => {
                self.stop = Arc::default();
                let watch =
                    Watcher { post: post.clone(), stop: self.stop.clone(), patient: self.patient.clone(), quiet: true };
                spawn(post.clone(), Message::Diagnosed(Err(bug())), move || {
                    post.post(Message::Diagnosed(doctor::host::examine(&Setup { target, wants }, &watch)));
                });
            }
            Effect::Records => post.post(Message::Records(target.host.records())),
            Effect::Open => {
                spawn(post.clone(), Message::Opened(Err(bug())), move || {
                    post.post(Message::Opened(edit::open(&target).map(Box::new)));
                });
            }
            Effect::Keep { from, text } => {
                spawn(post.clone(), Message::Kept(Err(bug())), move || {
                    let kept = change::keep_first(&target, from, &text);
                    post.post(Message::Kept(kept.map(|()| text)));
                });
            }
            Effect::Forget(unsaved) => unsaved::forget(&*target.host, &unsaved),
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
            Effect::Lend(text) => {
                spawn(post.clone(), Message::Edited(Err(bug())), move || {
                    post.post(Message::Edited(edit::lend(&*target.host, &post, &text)));
                });
            }
            Effect::Propose { standing, text, now, back } => {
                spawn(post.clone(), Message::Proposed(Err(bug())), move || {
                    let kept = || post.post(Message::Waits(text.clone()));
                    let proposed = edit::propose(&target, standing, &text, now, back, &kept);
                    post.post(Message::Proposed(proposed.map(Box::new)));
                });
            }
            Effect::PutBack => {
                spawn(post.clone(), Message::Proposed(Err(bug())), move || {
                    post.post(Message::Proposed(change::offer_way_back(&target).map(Box::new)));
                });
            }
            Effect::Versions => {
                spawn(post.clone(), Message::Versions(Err(bug())), move || {
                    post.post(Message::Versions(change::read_versions(&target)));
                });
            }
            Effect::PutBackTo(at) => {
                spawn(post.clone(), Message::Proposed(Err(bug())), move || {
                    post.post(Message::Proposed(change::offer_version(&target, at).map(Box::new)));
                });
            }
            Effect::Change(change) => {
                let watch = self.begin_operation();
                self.operation = Some(spawn(post.clone(), Message::OperationDone(Err(bug())), move || {
                    let done = edit::carry_out(&target, &change, &watch);
                    post.post(Message::OperationDone(done.map(|()| None)));
                }));
            }
            Effect::ProposeUpdate { now } => {
                spawn(post.clone(), Message::UpdateProposed(Err(bug())), move || {
                    post.post(Message::UpdateProposed(image_update::propose(&target, now).map(Box::new)));
                });
            }
            Effect::FetchImage(source) => {
                let watch = self.begin_operation();
                self.operation = Some(spawn(post.clone(), Message::OperationDone(Err(bug())), move || {
                    post.post(Message::OperationDone(update::fetch(target, &source, &watch)));
                }));
            }
            Effect::Update(proposal) => {
                let watch = self.begin_operation();
                self.operation = Some(spawn(post.clone(), Message::OperationDone(Err(bug())), move || {
                    post.post(Message::OperationDone(update::carry_out(&target, &proposal, &watch)));
                }));
            }
            Effect::Decide { privileged } => {
                if let Err(problem) = limits::decide(&*target.host, privileged) {
                    post.post(Message::Notice(problem.what));
                }
            }
            Effect::SaveAnswers(answers) => {
                if let Err(problem) = state::save_answers(&*target.host, &answers) {
                    post.post(Message::Notice(problem.what));
                }
            }
            Effect::FollowLog(given) => {
                self.log.stop();
                self.log = Reins::default();
                let reins = self.log.clone();
                spawn(post.clone(), Message::LogEnded(Err(bug())), move || {
                    follow::read(&target, &given, &post, reins);
                });
            }
            Effect::HoldLog(wait) => self.log.wait.store(wait, Ordering::SeqCst),
            Effect::StopLog => self.log.stop(),
            Effect::SaveLog { items, path, reveal } => {
                self.stop_saving = Arc::default();
                let stop = self.stop_saving.clone();
                spawn(post.clone(), Message::Saved(path.clone(), Err(bug())), move || {
                    let mut told = Instant::now();
                    let mut progress = |lines| {
                        if told.elapsed() > Duration::from_millis(100) {
                            told = Instant::now();
                            post.post(Message::Saving(lines));
                        }
                        !stop.load(Ordering::SeqCst)
                    };
                    let saved = match &items {
                        Some(items) => save::items(&*target.host, items.iter(), &path, reveal, &mut progress),
                        None => save::all(&*target.host, &target.name, &path, reveal, &mut progress),
                    };
                    post.post(Message::Saved(path, saved));
                });
            }
            Effect::StopSaving => self.stop_saving.store(true, Ordering::SeqCst),
            Effect::Suspend | Effect::Mouse(_) | Effect::Copy(_) | Effect::Quit(_) => {}
        }
    }

    /// Listens to what the screen listens to now.
    pub(super) fn listen(&mut self, model: &Model) {
        match model.listens() {
            Some(to) => self.listening.go_on(&self.target.host, &self.target.name, to, &self.post),
            None => self.listening.stop(),
        }
    }

    /// Something is about to be changed.
    fn begin_operation(&mut self) -> Watcher {
        (self.stop, self.patient) = Default::default();
        self.round.fetch_add(1, Ordering::SeqCst); // what is being looked at will be old
        Watcher { post: self.post.clone(), stop: self.stop.clone(), patient: self.patient.clone(), quiet: false }
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

/// Applies a plan with the lock held, and verifies the step.
fn apply_plan(setup: &Setup, purpose: Purpose, plan: Option<Plan>, watch: &Watcher) -> Result<Option<Report>> {
    let _lock = Lock::take(&*setup.target.host, "a setup")?;
    let plan = match (plan, purpose) {
        (Some(plan), Purpose::Step(step)) => match setup.left_of(step, plan)? {
            Some(plan) => {
                watch.post.post(Message::OperationPlan(plan.clone()));
                plan
            }
            None => return Ok(None),
        },
        (Some(plan), _) => plan,
        (None, Purpose::Operate(_) | Purpose::Change | Purpose::Make | Purpose::Fetch | Purpose::Update) => {
            Plan::default()
        }
        (None, Purpose::Step(step)) => {
            let report = setup.check(step)?;
            match report.state {
                State::Done => return Ok(Some(report)),
                State::Ready => {}
                State::Blocked(problem) => return Err(problem),
                State::Asks(what) => return Err(Problem::new(format!("This needs {what}."), "Enter it (e).")),
                State::Waits(other) => {
                    return Err(Problem::new(format!("{} comes first.", other.title()), "Go back to that step (b)."));
                }
            }
            watch.post.post(Message::OperationPlan(report.plan.clone()));
            report.plan
        }
    };
    match purpose {
        Purpose::Operate(_) | Purpose::Change | Purpose::Make | Purpose::Fetch | Purpose::Update => {
            apply(&*setup.target.host, &plan, &setup.wants.vault, Sudo::Terminal, watch).map(|()| None)
        }
        Purpose::Step(step) => setup.carry_out(&Report::ready(step, vec![], plan), Sudo::Terminal, watch).map(Some),
    }
}

/// Measures what the volumes hold, beside what they held before.
fn measure(target: &Target) -> Result<volumes::Held> {
    let mut held = volumes::measure(target)?;
    held.growth = volumes::growth::since(&*target.host, &held);
    Ok(held)
}

/// Has GitLab make a runner, with the lock held.
fn make(setup: &mut Setup, user: &Secret, wanted: &Wanted, watch: &Watcher) -> Result<()> {
    let _lock = Lock::take(&*setup.target.host, "the making of a runner")?;
    let created = creating::make(setup, user, wanted, watch)?;
    watch.post.post(Message::Made(created, wanted.description.clone()));
    Ok(())
}

/// Starts, stops or restarts the container, with the lock held.
fn operate(target: &Target, operation: &Operation, watch: &Watcher) -> Result<()> {
    let _lock = Lock::take(&*target.host, &format!("a {} of the container", operation.verb.name()))?;
    lifecycle::carry_out(target, operation, Sudo::Terminal, watch)
}

/// Watches a plan for the screen.
struct Watcher {
    post: Mailbox,
    stop: Arc<AtomicBool>,
    patient: Arc<AtomicBool>,
    quiet: bool,
}

impl Progress for Watcher {
    fn begin(&self, index: usize, action: &Action) {
        if let Action::Register { number, of, .. } = action {
            self.line(&format!("registration {number} of {of}"));
        }
        self.post.post(Message::OperationBegan(index));
    }

    fn end(&self, index: usize, ok: bool) {
        self.post.post(Message::OperationEnded(index, ok));
    }
}

impl Watch for Watcher {
    fn line(&self, line: &str) {
        if !self.quiet {
            self.post.post(Message::OperationLines(vec![line.to_owned()]));
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    fn patient(&self) -> bool {
        self.patient.load(Ordering::SeqCst) || interrupt::patient()
    }

    fn on_terminal(&self, run: &mut dyn FnMut()) {
        let say = "pipglr: root is needed; sudo may ask for your password (Ctrl-C goes back).";
        self.post.on_terminal(say, run);
    }
}
