//! What there is to go back to.

use super::history::Version;
use super::standing::{Kept, Standing};
use crate::container;
use crate::container::{copy_in_container, rotated_tokens};
use crate::host::podman;
use crate::problem::{Kind, Problem, Result};
use crate::secret::Secret;
use crate::target::Target;

/// What `config undo` goes back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// The text that was not applied is dropped.
    Drop(Kept),
    /// This text is applied again; and where it comes from, in words.
    Back(Secret, String),
}

/// What there is to go back to: a kept text is dropped; else the version before the secret's; and where podman has
/// lost the secret, what the container still has, else the newest of the history.
///
/// # Errors
/// There is nothing, or podman fails.
pub fn undo(target: &Target, standing: &Standing) -> Result<Undo> {
    if let Some(text) = standing.held.text() {
        return match (&standing.kept, standing.history.before(text)) {
            (Some(kept), _) => Ok(Undo::Drop(kept.clone())),
            (None, Some(version)) => {
                let (back, from) = back_to(version, Some(text));
                Ok(Undo::Back(back, from))
            }
            (None, None) => Err(Problem::new(
                "There is no version before this one.",
                "Each change by pipglr keeps the version before it; the first one is still to come.",
            )
            .kind(Kind::Nothing)),
        };
    }
    let ours = |container: &podman::Container| container::foreign(target.names(), container).is_none();
    let container = podman::container(&*target.host, &target.name)?.filter(ours);
    if let Some(text) = container.as_ref().and_then(|found| copy_in_container::text(&*target.host, &target.name, found))
    {
        return Ok(Undo::Back(text, format!("what the container {} still has", target.name)));
    }
    if let Some(version) = standing.history.newest() {
        let (text, from) = back_to(version, None);
        return Ok(Undo::Back(text, from));
    }
    Err(if container.is_some() {
        Problem::new(
            format!(
                "The secret config.toml is gone, and the container {} has no copy of it that can be read.",
                target.name
            ),
            "Nothing of it is left here: `pipglr setup` registers the runner again.",
        )
    } else {
        Problem::new("There is no configuration to go back to.", "`pipglr setup` registers the runner and makes one.")
    }
    .kind(Kind::Nothing))
}

/// Returns the text of an earlier version, with the tokens that GitLab has renewed up to what is stored now; and where it
/// comes from, in words.
pub fn back_to(version: &Version, held: Option<&Secret>) -> (Secret, String) {
    let from = format!("the version of {:.0}", version.at);
    match held.and_then(|held| rotated_tokens::later(&version.text, held)) {
        Some(text) => (text, format!("{from}, with the token that GitLab has renewed since")),
        None => (version.text.clone(), from),
    }
}
