//! An operation, a plan that runs, as the screen shows it.

use super::Purpose;
use crate::plan::{Action, Plan};
use std::collections::VecDeque;
use std::time::Duration;

/// How far an action is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Not begun.
    Todo,
    /// Under way.
    Here,
    /// Done.
    Ok,
    /// Failed.
    Bad,
}

/// Most lines of output kept.
pub const OUTPUT: usize = 2_000;

/// An operation that runs.
#[derive(Debug)]
pub struct Operation {
    /// What for.
    pub purpose: Purpose,
    /// Each action in words, and how far it is.
    pub actions: Vec<(String, Mark)>,
    /// The output; the last lines.
    pub lines: VecDeque<String>,
    /// When it began.
    pub began: Duration,
    /// It was asked to stop.
    pub stopping: bool,
    /// It has as long as it takes.
    pub patient: bool,
    /// Lines scrolled up from the end.
    pub up: usize,
}

impl Operation {
    /// Returns an operation that is about to begin.
    pub fn new(purpose: Purpose, plan: Option<&Plan>, began: Duration) -> Self {
        let actions = plan.map(words).unwrap_or_default();
        Self { purpose, actions, lines: VecDeque::new(), began, stopping: false, patient: false, up: 0 }
    }

    /// Takes output.
    pub fn push(&mut self, lines: Vec<String>) {
        if self.up > 0 {
            self.up += lines.len();
        }
        self.lines.extend(lines);
        let over = self.lines.len().saturating_sub(OUTPUT);
        self.lines.drain(..over);
        self.up = self.up.min(self.lines.len());
    }
}

/// Returns each action of a plan in words.
pub fn words(plan: &Plan) -> Vec<(String, Mark)> {
    plan.all().map(|action| (in_words(action), Mark::Todo)).collect()
}

fn in_words(action: &Action) -> String {
    match action {
        Action::Register { number, of, .. } => format!("registration {number} of {of}"),
        action => action.shell().join("; "),
    }
}
