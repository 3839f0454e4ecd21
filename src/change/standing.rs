//! How it stands with the configuration: the secret, the text that waits, the texts that nobody saved, the history.

use super::history::History;
use super::unsaved::{self, Unsaved};
use crate::host::podman;
use crate::problem::Result;
use crate::secret::Secret;
use crate::secret_store::{self, PLACEHOLDER, Store};
use crate::state;
use crate::target::Target;
use std::path::PathBuf;

/// The secret, as podman has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// There is none.
    Missing,
    /// It can be read.
    There {
        /// Its ID, another one for every content.
        id: String,
        /// Its content.
        text: Secret,
    },
    /// Only the beginning of what waits in `work/` came to podman, which took it for all: whoever wrote into its pipe was
    /// killed (seen on 4.3 to 6.1).
    Cut {
        /// Its ID.
        id: String,
    },
    /// podman has lost the contents of its secrets: it was killed as it wrote them. It stores none any more.
    Lost {
        /// Its ID, where podman still lists it.
        id: Option<String>,
        /// The files that should have the content.
        store: Box<Store>,
    },
}

impl Held {
    /// Returns its content, where podman has it.
    pub fn text(&self) -> Option<&Secret> {
        match self {
            Self::There { text, .. } => Some(text),
            Self::Missing | Self::Cut { .. } | Self::Lost { .. } => None,
        }
    }

    /// Returns what a user should know before it is recreated.
    pub fn warnings(&self) -> Vec<String> {
        if let Self::Lost { store, .. } = self { store.warnings() } else { vec![] }
    }

    /// Returns its ID, where there is one.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::There { id, .. } | Self::Cut { id } => Some(id),
            Self::Lost { id, .. } => id.as_deref(),
            Self::Missing => None,
        }
    }
}

/// A text that was begun, and not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its text.
    pub text: Secret,
    /// Its file.
    pub path: PathBuf,
    /// The secret is not what it was begun from any more: somebody else has changed it.
    pub conflict: bool,
}

/// How it stands with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The secret.
    pub held: Held,
    /// What the work file says; `None` where there is none.
    pub work: Option<Secret>,
    /// What waits to be applied: what the work file says, where that is not the secret.
    pub kept: Option<Kept>,
    /// The texts beside it that nobody saved, the newest last.
    pub unsaved: Vec<Unsaved>,
    /// What was at work before.
    pub history: History,
}

impl Standing {
    /// Returns whether a configuration is stored, or was: a text for it is a change, and not the first one.
    pub fn was_stored(&self) -> bool {
        self.held != Held::Missing || !self.history.is_empty()
    }

    /// Returns the same, where what waits was shown and is to be written over.
    pub fn superseding(self) -> Self {
        Self { kept: None, ..self }
    }
}

/// Looks at the secret, the work file and the history.
///
/// # Errors
/// podman fails, or one of the files cannot be read.
pub fn read_standing(target: &Target) -> Result<Standing> {
    let host = &*target.host;
    let (mut held, history) = (held(target)?, History::read(host)?);
    let path = state::work_file(host);
    let work = state::read_work(host)?.map(Secret::new);
    let begun = |held: &Secret| {
        let rest = work.as_ref().and_then(|work| work.expose().strip_prefix(held.expose()));
        rest.is_some_and(|rest| !rest.is_empty()) && history.newest().is_none_or(|newest| newest.text != *held)
    };
    if let Held::There { id, text } = &held
        && begun(text)
    {
        held = Held::Cut { id: id.clone() };
    }
    let kept = work.clone().and_then(|text| {
        let conflict = held.text().zip(history.newest()).is_some_and(|(held, from)| *held != from.text);
        (held.text() != Some(&text)).then_some(Kept { text, path, conflict })
    });
    let mut unsaved = unsaved::texts(host);
    unsaved.retain(|unsaved| held.text() != Some(&unsaved.text) && work.as_ref() != Some(&unsaved.text));
    Ok(Standing { held, work, kept, unsaved, history })
}

fn held(target: &Target) -> Result<Held> {
    let host = &*target.host;
    let secret = &host.names().config;
    let lost = |id, store| Held::Lost { id, store: Box::new(store) };
    let Some(id) = podman::secret_id(host, secret)? else {
        let store = secret_store::inspect(host)?;
        return Ok(if store.is_broken() { lost(None, store) } else { Held::Missing });
    };
    match podman::secret_content(host, secret, &target.image) {
        Ok(text) if text.expose() != PLACEHOLDER.as_bytes() => Ok(Held::There { id, text }),
        // It could not be read: is it lost, or does something else stand in the way?
        read => match secret_store::inspect(host)? {
            store if store.is_broken() || store.has_lost(secret) => Ok(lost(Some(id), store)),
            _ => read.map(|text| Held::There { id, text }),
        },
    }
}

/// Returns where the configuration is not as it should be, in a sentence that says what to do; `None` where all is
/// well.
pub fn notice(standing: &Standing) -> Option<String> {
    let waits = waits(standing);
    let Some(unsaved) = standing.unsaved.last() else { return waits };
    let unsaved = format!("a text that nobody saved is in {}: `pipglr edit` opens it", unsaved.path.display());
    Some(waits.map_or_else(|| unsaved.clone(), |waits| format!("{waits}; {unsaved}")))
}

fn waits(standing: &Standing) -> Option<String> {
    let on = "`pipglr config apply` goes on with it, `pipglr config undo` discards it";
    Some(match (&standing.held, &standing.kept) {
        (Held::Lost { .. }, None) => {
            "podman has lost the content of the secret config.toml: `pipglr config undo` recreates it".into()
        }
        (Held::Lost { .. }, Some(kept)) => format!(
            "podman has lost the content of the secret config.toml: `pipglr config apply` recreates it from \
             {}, `pipglr config undo` from the version before",
            kept.path.display()
        ),
        (Held::Cut { .. }, _) => {
            "only a part of the new configuration came to podman: `pipglr config apply` stores it again, \
             `pipglr config undo` goes back to the version before"
                .into()
        }
        (Held::There { .. }, Some(kept)) if kept.conflict => {
            format!("a text in {} waits, and the secret was changed meanwhile: {on}", kept.path.display())
        }
        (Held::There { .. }, Some(kept)) => format!("a text in {} was not applied: {on}", kept.path.display()),
        (Held::Missing, Some(_)) if !standing.history.is_empty() => {
            "a change of the configuration was cut off: `pipglr config apply` finishes it, `pipglr config undo` goes \
             back to the version before"
                .into()
        }
        (Held::Missing, Some(_)) => "registered, and not stored yet: `pipglr setup` goes on".into(),
        (Held::Missing, None) if !standing.history.is_empty() => {
            "the secret config.toml is gone: `pipglr config undo` recreates it".into()
        }
        (Held::Missing | Held::There { .. }, None) => return None,
    })
}
