//! A change of the configuration that was planned, and waits to be agreed to.

use crate::change::{Proposal, Standing};
use crate::config::diff::Diff;

/// A change, ready to be looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposed {
    /// What is to be done.
    pub proposal: Proposal,
    /// How the host stands; what it is planned from.
    pub standing: Box<Standing>,
    /// What differs, without secrets.
    pub diff: Diff,
    /// Where the new text comes from, where it is an old one: "the version of …".
    pub back: Option<String>,
    /// Running jobs are ended rather than waited for.
    pub now: bool,
}

impl Proposed {
    /// Whether jobs run that would have to be waited for.
    pub fn has_jobs(&self) -> bool {
        self.proposal.jobs.as_ref().is_some_and(|jobs| !jobs.is_empty())
    }

    /// Whether there is something to do.
    pub fn does_something(&self) -> bool {
        !self.proposal.plan.is_empty()
    }
}
