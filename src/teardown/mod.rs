//! What is left of pipglr on a host, and how it goes: what there is ([`found`]) → what is chosen ([`Choice`]) → a plan
//! ([`plan`]), which any run can be cut off in, and the next one goes on with from where the host is.
//!
//! GitLab is told first, while the token and the container are there. What it could not be told stays at hand in
//! `work/unregister.toml`, a configuration of those runners alone.

pub mod found;
pub mod ids;
pub mod plan;

use crate::api::registered::BY_HAND;
use crate::names::typed;
use crate::problem::{Problem, Result};
use crate::target::Target;
use crate::text::sanitize::sanitize;
pub use found::{Found, Unit, find};
pub use plan::{plan, stays};
use std::collections::BTreeSet;

/// Refuses what could not be told to GitLab, unless it is to go on without.
///
/// # Errors
/// GitLab could not be asked about a runner that goes.
pub fn refuse_unasked(target: &Target, found: &Found, choice: &Choice) -> Result<()> {
    let said: Vec<_> = found.unasked().map(|(runner, why)| format!("{}: {why}", sanitize(&runner.name))).collect();
    if said.is_empty() || choice.without_gitlab || !choice.removes(Part::Runners) {
        return Ok(());
    }
    let problem = Problem::new(
        "GitLab could not be asked, so it cannot be told that the runners go; nothing was changed.",
        format!(
            "Try again when it is there; or `{}` goes on without: the tokens are kept, and a later teardown tells it; {BY_HAND}.",
            typed("teardown --without-gitlab", &target.name)
        ),
    );
    Err(problem.said(said))
}

/// A part that can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Part {
    /// The runners stay registered in GitLab.
    Runners,
    /// The container, and with it all that it needs.
    Container,
    /// The unit that runs the container.
    Unit,
    /// The secrets: the configuration, with what gitlab-runner has renewed of it, and an authority of one's own.
    Secrets,
    /// The volumes: the jobs' images and caches.
    Volumes,
    /// The image.
    Image,
    /// The folder of pipglr's state: answers, versions of the configuration, the command log.
    State,
}

/// A part of the host that stays, unless it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Also {
    /// Linger: the user's processes go on after a logout.
    Linger,
    /// The ID range that makes up the number that pipglr needs.
    IdRanges,
}

/// What is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What stays.
    pub keep: BTreeSet<Part>,
    /// What of the host goes too.
    pub also: BTreeSet<Also>,
    /// A runner that GitLab made (`glrt-`) is deleted there, for all machines that use its token.
    pub delete_runners: bool,
    /// GitLab is not asked: the tokens are kept, so that it can be told later.
    pub without_gitlab: bool,
    /// No last copy of the configuration is kept.
    pub without_copy: bool,
    /// Running jobs are ended, not waited for.
    pub now: bool,
}

impl Choice {
    /// Returns whether a part goes. A container that stays keeps what it needs.
    pub fn removes(&self, part: Part) -> bool {
        let needed = [Part::Runners, Part::Unit, Part::Secrets, Part::Volumes, Part::Image].contains(&part);
        let stays = self.keep.contains(&part) || needed && self.keep.contains(&Part::Container);
        !stays
    }
}
