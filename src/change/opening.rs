//! The text that an edit begins with.

use super::external_editor;
use super::reader;
use super::standing::{Held, Standing, notice, read_standing};
use crate::answers::Answers;
use crate::config::document;
use crate::config::lint;
use crate::container::{recreate, rotated_tokens};
use crate::host::Host;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::state;
use crate::target::Target;

/// A configuration, opened to be edited.
#[derive(Debug)]
pub struct Opening {
    /// The text that waits, else the secret's; with the tokens that GitLab has renewed.
    pub text: Secret,
    /// How many those are.
    pub renewed: usize,
    /// How it stands with the configuration: what the change of it is planned from.
    pub standing: Standing,
    /// Who will read it, for the lint.
    pub reader: lint::Context,
    /// What an editor that was killed has left, where that could not be collected.
    pub left: Option<Problem>,
}

/// Opens the configuration; first what an editor that was killed has left is saved.
///
/// # Errors
/// There is none, it cannot be read or is no text, or podman fails.
pub fn open(target: &Target) -> Result<Opening> {
    let host = &*target.host;
    let left = external_editor::collect_left(host, &external_editor::place(host)).err();
    let standing = read_standing(target)?;
    let text = standing.kept.as_ref().map(|kept| &kept.text).or(standing.held.text());
    let text = text.ok_or_else(|| absent(&standing))?;
    let text = document::utf8(text.expose().to_vec(), &state::work_file(host)).map(Secret::new)?;
    // The first configuration has the number of jobs that was answered, as step 4 would set it.
    let asked = state::load_answers(host).concurrent.filter(|_| !standing.was_stored());
    let text = asked.and_then(|jobs| document::set_concurrent(text.expose_str(), jobs).ok()).map_or(text, Secret::new);
    let container = recreate::current(host, &target.name)?;
    let (text, renewed) = rotated_tokens::carried(host, container.as_ref(), &text);
    let reader = reader::reader(host, &target.name, container.as_ref(), &text);
    Ok(Opening { text, renewed, standing, reader, left })
}

/// Takes the number of jobs of a first configuration that was edited and waits for an answer: what step 4 sets is what the
/// text says.
///
/// # Errors
/// The state folder cannot be written.
pub fn answer_by(host: &dyn Host, standing: &Standing, text: &Secret) -> Result<()> {
    if standing.was_stored() {
        return Ok(());
    }
    let jobs = document::read(text.expose_str()).ok().and_then(|config| config.concurrent);
    let concurrent = jobs.and_then(|jobs| u32::try_from(jobs).ok()).filter(|jobs| *jobs > 0);
    state::save_answers(host, &Answers { concurrent, ..state::load_answers(host) })
}

/// Returns why there is no configuration to read, and what to do.
pub fn absent(standing: &Standing) -> Problem {
    let advice = match (&standing.held, notice(standing)) {
        (_, Some(notice)) => format!("{notice}."),
        (Held::Missing, None) => {
            "`pipglr setup` makes it. Where a container still runs with it: `pipglr config undo`.".into()
        }
        (_, None) => "`pipglr status` looks at it.".into(),
    };
    let what = match standing.held {
        Held::Missing => "There is no configuration to be read: podman has no secret config.toml.",
        _ => "There is no configuration to be read: podman has not the whole of the secret config.toml.",
    };
    Problem::new(what, advice)
}
