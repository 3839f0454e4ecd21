//! What comes in, and what is to be done: both are data.

use super::act::Act;
use super::editor::check::{Reader, Seen, Snapshot};
use super::logview::Given;
use super::model::Purpose;
use crate::answers::Answers;
use crate::api::creation::{Created, Wanted};
use crate::canary;
use crate::change::external_editor::Edited;
use crate::change::unsaved::Unsaved;
use crate::change::{Listed, Offer, Standing};
use crate::config::complete::{Completion, KeyHelp};
use crate::container::work::Look;
use crate::doctor::Diagnosis;
use crate::host::Record;
use crate::image_update::{Proposal, Source};
use crate::ladder::Rung;
use crate::lifecycle::{Operation, Verb};
use crate::logs::Item;
use crate::logs::jobs::Ended;
use crate::plan::Plan;
use crate::preflight::Check;
use crate::problem::{Exit, Result};
use crate::secret::Secret;
use crate::status::{Ask, Status};
use crate::steps::{Report, Step, Wants};
use crate::volumes::Held;
use crossterm::event::KeyEvent;
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A configuration, opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The text to edit.
    pub text: Secret,
    /// What the work file said.
    pub work: Option<Secret>,
    /// The newest text that nobody saved.
    pub unsaved: Option<Unsaved>,
    /// Where it came from, where it changes a configuration that is at work.
    pub standing: Option<Box<Standing>>,
    /// Who will read it.
    pub reader: Reader,
    /// What should be known about it; may be empty.
    pub notice: String,
}

/// What happened.
#[derive(Debug)]
pub enum Message {
    /// A key.
    Key(KeyEvent),
    /// A paste.
    Paste(Secret),
    /// The wheel was turned: up or down.
    Wheel(Act),
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
    OperationPlan(Plan),
    /// An action began.
    OperationBegan(usize),
    /// An action ended.
    OperationEnded(usize, bool),
    /// Lines of output.
    OperationLines(Vec<String>),
    /// All is over; a step's new report where it belongs to one.
    OperationDone(Result<Option<Report>>),
    /// GitLab made a runner, of this name.
    Made(Created, String),
    /// A rung changed.
    Rung(Rung),
    /// The climb is over.
    Climbed(Result<Vec<Rung>>),
    /// A small job was tried.
    Tried(Result<Vec<canary::Finding>>),
    /// How the host stands.
    Status(Result<Box<Status>>),
    /// The host may not stand as it was seen last; with what is to be asked again.
    News(Ask),
    /// This runs now.
    Work(Box<Look>),
    /// Today's jobs have ended so.
    Today(Ended),
    /// What the volumes hold.
    Measured(Result<Box<Held>>),
    /// What the doctor found.
    Diagnosed(Result<Diagnosis>),
    /// The commands run so far.
    Records(Vec<Record>),
    /// The configuration to edit.
    Opened(Result<Box<Opened>>),
    /// The text was written to the work file, or not.
    Kept(Result<Secret>),
    /// A change's text was written to the work file, and waits there.
    Waits(Secret),
    /// What was seen in a version of the text; `None` where looking broke.
    Linted(u64, Option<Box<Seen>>),
    /// What the key at a byte of a version means.
    Explained(u64, usize, Option<Box<KeyHelp>>),
    /// What may stand at a byte of a version.
    Completed(u64, usize, Completion),
    /// What came back from the user's own editor.
    Edited(Result<Edited>),
    /// The versions of the configuration, the newest first.
    Versions(Result<Vec<Listed>>),
    /// A change, ready to be looked at; or why there is none.
    Proposed(Result<Box<Offer>>),
    /// An operation on the container was planned, or cannot be.
    Planned(Verb, Result<Box<Operation>>),
    /// A newer image was looked at, or cannot be.
    UpdateProposed(Result<Box<Proposal>>),
    /// More of the log.
    Log(Vec<Item>),
    /// Nothing more of it comes.
    LogEnded(Result<()>),
    /// So many lines of it are saved.
    Saving(u64),
    /// All are, to this file; or not.
    Saved(PathBuf, Result<u64>),
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
    /// Have GitLab make a runner.
    Make {
        /// With what is wanted.
        wants: Wants,
        /// The user's access token.
        user: Secret,
        /// The runner.
        wanted: Box<Wanted>,
    },
    /// Plan a start, stop or restart of the container; `true`: running jobs are ended.
    Plan(Verb, bool),
    /// Measure what the volumes hold.
    Measure,
    /// Try a small job in the nested podman.
    TryJob,
    /// Do it, as it was planned.
    Operate(Box<Operation>),
    /// Stop what runs.
    Stop,
    /// Give what runs as long as it takes.
    Wait,
    /// Climb the ladder.
    Climb,
    /// See how the host stands, and ask again what is named.
    Gather(Ask),
    /// Have the doctor look at the host and the log.
    Examine(Wants),
    /// Fetch the commands run so far.
    Records,
    /// Read the configuration to edit: the work file, else the secret.
    Open,
    /// Write the work file, with a first configuration.
    Keep {
        /// What it said when it was opened, or was written last.
        from: Option<Secret>,
        /// What it is to say.
        text: Secret,
    },
    /// Remove a text that nobody saved: it is saved now, or not wanted.
    Forget(Unsaved),
    /// Look for what is wrong with a text.
    Lint(Arc<Snapshot>),
    /// Look for what the key at a byte means.
    Explain(Arc<Snapshot>, usize),
    /// Look for what may stand at a byte.
    Complete(Arc<Snapshot>, usize),
    /// Put text into the terminal's clipboard.
    Copy(Secret),
    /// Have the text edited by the user's own editor.
    Lend(Secret),
    /// Keep a text, have it judged, and plan how it is applied.
    Propose {
        /// What was read before it was edited; where absent, the host is looked at anew.
        standing: Option<Box<Standing>>,
        /// The text.
        text: Secret,
        /// End running jobs rather than wait for them.
        now: bool,
        /// Where the text comes from, where it is an old one.
        back: Option<String>,
    },
    /// Store whether a container with `--privileged` is to have it when it is recreated.
    Decide {
        /// Whether it is.
        privileged: bool,
    },
    /// Plan how the version before is applied.
    PutBack,
    /// Read the versions of the configuration.
    Versions,
    /// Plan how the one of this time is applied again.
    PutBackTo(Timestamp),
    /// Put a change to work.
    Change(Box<Offer>),
    /// Look into the container's image and the one that its name means, and plan the update.
    ProposeUpdate {
        /// End running jobs rather than wait for them.
        now: bool,
    },
    /// Pull or build the image.
    FetchImage(Source),
    /// Have the container made of the new image.
    Update(Box<Proposal>),
    /// Save the answers.
    SaveAnswers(Answers),
    /// Read the log, and go on with what comes.
    FollowLog(Given),
    /// Let its reader wait, or go on.
    HoldLog(bool),
    /// Stop reading it.
    StopLog,
    /// Save lines of the log to a new file; without lines all that the container's log has.
    SaveLog {
        /// The lines.
        items: Option<Vec<Item>>,
        /// The file.
        path: PathBuf,
        /// Whether secrets are to be in it.
        reveal: bool,
    },
    /// Stop saving.
    StopSaving,
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Ctrl-Z.
    Suspend,
    /// The end.
    Quit(Exit),
}
