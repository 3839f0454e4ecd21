//! A change that is offered: checked, planned, and ready to be looked at. What is offered, both faces show and ask about.

use super::standing::{Standing, read_standing};
use super::undo::{Undo, undo};
use super::{Proposal, Wish, image_lint, keep, propose, propose_with};
use crate::apply;
use crate::config::diff::{Diff, diff};
use crate::container::copies;
use crate::host::podman::Container;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::target::Target;
use std::thread;

/// A change, ready to be looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// What is to be done.
    pub proposal: Proposal,
    /// How the host stands; what it is planned from.
    pub standing: Box<Standing>,
    /// What differs, without secrets.
    pub diff: Diff,
    /// Where the new text comes from, where it is an old one: "the version of …".
    pub back: Option<String>,
    /// How it is to be made.
    pub wish: Wish,
}

impl Offer {
    /// Plans a change, and nothing else.
    fn plan(target: &Target, standing: Standing, text: &Secret, wish: Wish, back: Option<String>) -> Result<Self> {
        let proposal = propose(target, &standing, text, wish)?;
        Ok(Self::of(standing, proposal, wish, back))
    }

    fn of(standing: Standing, proposal: Proposal, wish: Wish, back: Option<String>) -> Self {
        let old = proposal.old.as_ref().map_or("", |old| old.expose_str());
        let diff = diff(old, proposal.new.expose_str());
        Self { proposal, standing: Box::new(standing), diff, back, wish }
    }

    /// Returns the same change, planned once more, and made in another way.
    ///
    /// # Errors
    /// As [`propose`].
    pub fn again(self, target: &Target, wish: Wish) -> Result<Self> {
        Self::plan(target, *self.standing, &self.proposal.new, wish, self.back)
    }

    /// Returns whether jobs run that would have to be waited for.
    pub fn has_jobs(&self) -> bool {
        self.proposal.jobs.as_ref().is_some_and(|jobs| !jobs.is_empty())
    }

    /// Returns whether there is something to do.
    pub fn does_something(&self) -> bool {
        !self.proposal.plan.is_empty()
    }

    /// Returns whether the secret was changed by somebody else since the text was begun.
    pub fn conflicts(&self) -> bool {
        self.standing.kept.as_ref().is_some_and(|kept| kept.conflict)
    }
}

/// Offers a text, while the image's gitlab-runner reads it. `standing` is read beside that, which takes about as long.
///
/// # Errors
/// gitlab-runner does not take it, or as `standing` and [`propose`].
pub fn offer(target: &Target, standing: impl FnOnce() -> Result<Standing>, text: &Secret, wish: Wish) -> Result<Offer> {
    let (standing, (taken, copies)) = thread::scope(|scope| {
        let checked = scope.spawn(|| image_lint::check(target, text));
        (standing(), checked.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let standing = standing?; // where another text waits that is what counts
    let copies = |container: &Container| {
        let its = copies.filter(|_| container.running() && container.name == target.name);
        its.or_else(|| copies::read_copies(&*target.host, container))
    };
    let proposal = propose_with(target, &standing, text, wish, copies)?;
    taken.map(|()| Offer::of(standing, proposal, wish, None))
}

/// Offers a text without asking a gitlab-runner: somebody knows it better.
///
/// # Errors
/// As [`propose`].
pub fn offer_unlinted(target: &Target, standing: Standing, text: &Secret, wish: Wish) -> Result<Offer> {
    Offer::plan(target, standing, text, wish, None)
}

/// Offers a text that was typed. It is kept first, so that nothing of it can be lost, which `kept` is told. `read`: how
/// it stood when the text was opened; absent where the text is to take the place of whatever is there by now.
///
/// # Errors
/// Somebody else has changed the secret since ([`Kind::Conflict`](crate::problem::Kind)), another text waits, or as
/// [`offer`]. Also then the text is kept, where `kept` was told.
pub fn offer_typed(
    target: &Target,
    read: Option<Standing>,
    text: &Secret,
    wish: Wish,
    kept: &dyn Fn(),
) -> Result<Offer> {
    let read = match read {
        Some(read) => read,
        None => {
            let mut read = read_standing(target)?;
            // What waits there by now is another's, unless it is this text.
            read.work = read.work.filter(|work| work == text);
            read
        }
    };
    let there = read.work.as_ref() == Some(text);
    if !there && (read.held.text() != Some(text) || read.work.is_some()) {
        keep(target, &read, text, &())?;
        kept();
    }
    // What was read must still be what is there: else the other's version would be overwritten unseen.
    let fresh = read_standing(target)?;
    if fresh.held != read.held {
        return Err(apply::crossed::conflict(&*target.host));
    }
    offer(target, || Ok(fresh), text, wish)
}

/// Offers a text that was in force before; `from` says which. It goes over what waits, and is read by no gitlab-runner
/// before: what a lint would say of it is no reason to be without it.
///
/// # Errors
/// As [`propose`].
pub fn offer_old(target: &Target, standing: Standing, text: &Secret, from: String, wish: Wish) -> Result<Offer> {
    Offer::plan(target, standing.superseding(), text, wish, Some(from))
}

/// Offers the way back from a change that is at work or failed: the version before it, or the secret as it is, where
/// the change did not come as far as that.
///
/// # Errors
/// There is nothing to go back to, or as [`propose`].
pub fn offer_way_back(target: &Target) -> Result<Offer> {
    let standing = read_standing(target)?;
    let (text, from) = match undo(target, &standing)? {
        Undo::Back(text, from) => (text, from),
        Undo::Drop(_) => match standing.held.text().cloned() {
            Some(text) => (text, "the secret as it is".to_owned()),
            None => return Err(Problem::new("There is no version to go back to.", "`pipglr edit` opens the text.")),
        },
    };
    offer_old(target, standing, &text, from, Wish::default())
}
