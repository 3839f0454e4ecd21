//! What changes something: the lock is held, and the screen sees how far it is.

use crate::api::creation::Wanted;
use crate::apply::{Progress, Sudo, apply};
use crate::host::state_folder::Lock;
use crate::host::{Watch, interrupt};
use crate::lifecycle::{self, Operation};
use crate::plan::{Action, Plan};
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::steps::{Report, Setup, State, creating};
use crate::target::Target;
use crate::tui::act::Act;
use crate::tui::keys::binding::key_of;
use crate::tui::mailbox::Mailbox;
use crate::tui::message::Message;
use crate::tui::model::Purpose;
use crate::tui::screen::failure::keys::FAILURE;
use crate::tui::screen::step::keys::STEP;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Applies a plan with the lock held, and verifies the step.
pub(super) fn apply_plan(
    setup: &Setup,
    purpose: Purpose,
    plan: Option<Plan>,
    watch: &Watcher,
) -> Result<Option<Report>> {
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
                State::Asks(what) => {
                    let advice = format!("Enter it ({}).", key_of(FAILURE, Act::Edit));
                    return Err(Problem::new(format!("This needs {what}."), advice));
                }
                State::Waits(other) => {
                    let advice = format!("Go back to that step ({}).", key_of(STEP, Act::Previous));
                    return Err(Problem::new(format!("{} comes first.", other.title()), advice));
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

/// Has GitLab make a runner, with the lock held.
pub(super) fn make(setup: &mut Setup, user: &Secret, wanted: &Wanted, watch: &Watcher) -> Result<()> {
    let _lock = Lock::take(&*setup.target.host, "the making of a runner")?;
    let created = creating::make(setup, user, wanted, watch)?;
    watch.post.post(Message::Made(created, wanted.description.clone()));
    Ok(())
}

/// Starts, stops or restarts the container, with the lock held.
pub(super) fn carry_out(target: &Target, operation: &Operation, watch: &Watcher) -> Result<()> {
    let _lock = Lock::take(&*target.host, &format!("a {} of the container", operation.verb.name()))?;
    lifecycle::carry_out(target, operation, Sudo::Terminal, watch)
}

/// Watches a plan for the screen.
pub(super) struct Watcher {
    pub(super) post: Mailbox,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) patient: Arc<AtomicBool>,
    /// Whether lines are not told.
    pub(super) quiet: bool,
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
