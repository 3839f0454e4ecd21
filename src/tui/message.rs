//! What comes in, and what is to be done: both are data.

use super::logview::Piece;
use super::model::{Purpose, Wants};
use crate::answers::Answers;
use crate::host::Record;
use crate::ladder::Rung;
use crate::plan::Plan;
use crate::preflight::Check;
use crate::problem::{Exit, Result};
use crate::secret::Secret;
use crate::status::Status;
use crate::steps::{Report, Step};
use crossterm::event::KeyEvent;
use std::time::Duration;

/// What happened.
#[derive(Debug)]
pub enum Message {
    /// A key.
    Key(KeyEvent),
    /// A paste.
    Paste(Secret),
    /// The terminal is this large now: columns, rows.
    Resize(u16, u16),
    /// This much time has passed since the start.
    Tick(Duration),
    /// SIGINT from outside.
    Interrupt,
    /// What was learnt on the way: podman's version, and the GitLab server that the image names.
    Host {
        /// podman's version; empty where it could not be had.
        podman: String,
        /// The image's own server.
        url: Option<String>,
    },
    /// A step was looked at.
    Looked {
        /// In which round.
        round: u64,
        /// Which.
        step: Step,
        /// What was found.
        report: Result<Report>,
    },
    /// All that was to be looked at was.
    LooksEnded(u64),
    /// The preflight has ended.
    Checked(Vec<Check>),
    /// The plan that is being applied, where it was made only now.
    JobPlan(Plan),
    /// An action began.
    JobBegan(usize),
    /// An action ended.
    JobEnded(usize, bool),
    /// Lines of output.
    JobLines(Vec<String>),
    /// All is over; a step's new report where it belongs to one.
    JobDone(Result<Option<Report>>),
    /// A rung changed.
    Rung(Rung),
    /// The climb is over.
    Climbed(Result<Vec<Rung>>),
    /// How the host stands.
    Status(Result<Box<Status>>),
    /// The commands run so far.
    Records(Vec<Record>),
    /// The configuration to edit.
    Opened(Result<Secret>),
    /// The text was written to the work file, or not.
    Kept(Result<Secret>),
    /// More of the log.
    Log(Vec<Piece>),
    /// Answers could not be saved, or the like: said, and no more.
    Notice(String),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Look at these steps.
    Look {
        /// The round.
        round: u64,
        /// With what is wanted.
        wants: Wants,
        /// Which.
        steps: Vec<Step>,
    },
    /// See what stands in the way, beside the steps.
    Check(Wants),
    /// Apply a plan, and verify the step.
    Apply {
        /// With what is wanted.
        wants: Wants,
        /// What for.
        purpose: Purpose,
        /// The plan as it was shown; where absent the step is looked at anew first.
        plan: Option<Plan>,
    },
    /// Stop what runs.
    Stop,
    /// Give what runs as long as it takes.
    Wait,
    /// Climb the ladder.
    Climb(Wants),
    /// See how the host stands.
    Gather(Wants),
    /// Fetch the commands run so far.
    Records,
    /// Read the configuration to edit: the work file, else the secret.
    Open(Wants),
    /// Write the work file.
    Keep(Wants, Secret),
    /// Remove the work file that nothing was changed in.
    Drop(Wants),
    /// Save the answers.
    SaveAnswers(Answers),
    /// Follow the log.
    FollowLog(Wants),
    /// Stop following it.
    StopLog,
    /// Ctrl-Z.
    Suspend,
    /// The end.
    Quit(Exit),
}
