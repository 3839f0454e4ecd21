//! What a setup came to: whether it changed something, how each step stood, and the commands.

use crate::commands::output::print_json;
use crate::plan::Action;
use crate::problem::{Exit, Result};
use crate::steps::{Report, State};

/// What a setup came to, as `--json` prints it.
#[derive(Debug, Default, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Outcome {
    /// Whether anything was done; of a dry run, whether anything would be.
    pub changed: bool,
    steps: Vec<StepOutcome>,
    /// The commands that change something, as a shell would take them.
    actions: Vec<String>,
}

/// How a step stood before.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct StepOutcome {
    id: &'static str,
    state: &'static str,
}

impl Outcome {
    /// Adds a step as it stood before.
    pub(crate) fn add(&mut self, report: &Report) {
        let state = match report.state {
            State::Done => "done",
            State::Ready => "ready",
            State::Asks(_) => "asks",
            State::Waits(_) => "waits",
            State::Blocked(_) => "blocked",
        };
        self.changed |= report.state != State::Done;
        self.steps.push(StepOutcome { id: report.step.id(), state });
        self.actions.extend(report.plan.all().flat_map(Action::shell));
    }

    /// Prints it, where that was asked for.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub(crate) fn print(&self, json: bool) -> Result<Exit> {
        if json {
            print_json(self)?;
        }
        Ok(Exit::Done)
    }
}
