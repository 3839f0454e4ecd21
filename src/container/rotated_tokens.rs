//! What gitlab-runner has renewed in the container, and the secret does not say yet.
//!
//! The text that was agreed to for the container is compared with the one gitlab-runner works with: the secret itself may
//! have been changed meanwhile.

use super::copies;
use crate::config::rotated_tokens;
use crate::host::Host;
use crate::host::podman::Container;
use crate::secret::Secret;

/// Returns a text with the tokens that were renewed since, and how many. One that is not TOML stays as it is, and all
/// do where there is no container.
pub fn carried(host: &dyn Host, container: Option<&Container>, text: &Secret) -> (Secret, usize) {
    let copies = container.and_then(|container| copies::read_copies(host, container));
    copies.map_or_else(|| (text.clone(), 0), |copies| copies.carried(text))
}

/// Returns an older version with the tokens that were renewed up to a newer one; `None` where there are none.
pub fn later(older: &Secret, newer: &Secret) -> Option<Secret> {
    let text = |secret: &Secret| std::str::from_utf8(secret.expose()).map(str::to_owned).ok();
    let (older, newer) = (text(older)?, text(newer)?);
    let (carried, count) = rotated_tokens::carry(&older, &rotated_tokens::find_later(&older, &newer)).ok()?;
    (count > 0).then(|| Secret::new(carried))
}

/// Returns what was taken over, in a sentence.
pub fn notice(count: usize) -> String {
    let what = if count == 1 { "the token of a runner" } else { &*format!("the tokens of {count} runners") };
    format!("GitLab has renewed {what}; taken over from gitlab-runner, for the old one does not work any more.")
}
