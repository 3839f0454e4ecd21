//! How the texts of the configuration differ: the secret, what the container was made with, what gitlab-runner was given
//! since, and what it works with.

use crate::change::Held;
use crate::container::copies::Copies;
use crate::container::recreate::has_secret;
use crate::host::podman::Container;
use std::fmt::Write;

/// The difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Drift {
    /// The container works with the secret as it is now.
    pub current: bool,
    /// How it stands, in words.
    pub words: String,
}

impl Drift {
    /// Compares what is held with what the container says of itself; `None` where there is no secret.
    pub(super) fn of(held: &Held, container: &Container, copies: Option<&Copies>) -> Option<Self> {
        let made_with = has_secret(container, held.id()?);
        let (text, handed) = (held.text(), copies.filter(|copies| copies.is_handed_over()));
        // The text counts: a way back stores the same one under another ID.
        let current = copies.map_or(made_with, |copies| Some(copies.agreed()) == text);
        let mut words = match (current, handed) {
            (true, None) => "the container has the secret as it is now",
            (true, Some(_)) => {
                "gitlab-runner was given the secret as it is now, and keeps it over a restart"
            }
            (false, None) => "the container has an older config.toml than the secret",
            (false, Some(_)) => {
                "gitlab-runner was given another config.toml than the secret is now, and the container was made with yet \
                 another"
            }
        }
        .to_owned();
        let inside = copies.map(Copies::changed_inside).unwrap_or_default();
        if !inside.is_empty() {
            let _ = write!(
                words,
                "; somebody has changed gitlab-runner's own file in the container ({}): `pipglr config apply` puts it right",
                inside.join(", ")
            );
        }
        let renewed = copies.zip(text).map_or(0, |(copies, text)| copies.carried(text).1);
        if current && renewed > 0 {
            words =
                "GitLab has renewed a token, and only the container has the new one: `pipglr config apply` stores it"
                    .into();
        }
        Some(Self { current: current && inside.is_empty(), words })
    }
}
