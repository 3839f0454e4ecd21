//! How the host stands, as last seen: by the ladder, at home, by the doctor.

use crate::canary;
use crate::change::Listed;
use crate::container::load::Load;
use crate::doctor::{Diagnosis, Finding};
use crate::ladder::Rung;
use crate::logs::jobs::Ended;
use crate::problem::{Problem, Result};
use crate::status::{Ask, Status};
use crate::tui::schedule::Schedule;

/// The ladder being climbed.
#[derive(Debug, Default)]
pub struct Climb {
    /// As far as known.
    pub rungs: Vec<Rung>,
    /// Whether it goes on.
    pub climbing: bool,
    /// What stopped it, where it is not a rung.
    pub problem: Option<Problem>,
    /// Whether a small job is to be tried where it holds.
    pub tries: bool,
    /// Whether a small job is being tried.
    pub trying: bool,
    /// What became of it.
    pub tried: Option<Result<Vec<canary::Finding>>>,
}

impl Climb {
    /// Whether all rungs hold, and it is over.
    pub fn is_up(&self) -> bool {
        !self.climbing && !self.rungs.is_empty() && self.rungs.iter().all(|rung| rung.ok == Some(true))
    }
}

/// How the host stands, as last seen.
#[derive(Debug, Default)]
pub struct Home {
    /// What was seen.
    pub status: Option<Result<Box<Status>>>,
    /// Whether it is being looked at.
    pub gathering: bool,
    /// When it is looked at again.
    pub schedule: Schedule,
    /// What the next look is to ask again.
    pub ask: Ask,
    /// It was not on the screen.
    pub away: bool,
    /// How today's jobs ended, as far as the log tells.
    pub today: Option<Ended>,
    /// What the jobs and the whole take and took.
    pub load: Load,
}

/// What the doctor says of the host and the log.
#[derive(Debug, Default)]
pub struct Doctor {
    /// What was found last.
    pub said: Option<Result<Diagnosis>>,
    /// Whether it is looking.
    pub asking: bool,
    /// The finding that is explained.
    pub at: usize,
}

impl Doctor {
    /// All that was found.
    pub fn findings(&self) -> &[Finding] {
        self.said.as_ref().and_then(|said| said.as_ref().ok()).map_or(&[], |said| &said.findings)
    }
}

/// The versions of the configuration.
#[derive(Debug, Default)]
pub struct History {
    /// The newest first; `None` while they are read.
    pub versions: Option<Result<Vec<Listed>>>,
    /// The one that is chosen.
    pub at: usize,
}

impl History {
    /// Returns all of them, as far as they are known.
    pub fn versions(&self) -> &[Listed] {
        self.versions.as_ref().and_then(|read| read.as_ref().ok()).map_or(&[], Vec::as_slice)
    }

    /// Returns the one that is chosen.
    pub fn chosen(&self) -> Option<&Listed> {
        self.versions().get(self.at)
    }
}
