//! Two changes that meet: whoever comes second stops, and both texts are named.

use super::history::History;
use super::standing::Kept;
use super::unsaved;
use crate::apply::crossed;
use crate::host::Host;
use crate::problem::{Kind, Problem};
use crate::secret::Secret;

/// Another text waits: it is applied or dropped first, and not written over.
pub fn waits(kept: &Kept) -> Problem {
    Problem::new(
        format!("Another text is kept in {}; nothing was changed.", kept.path.display()),
        "`pipglr config apply` without a file applies that one, `pipglr config undo` discards it. Then try again.",
    )
}

/// Where it is that, the text that was to be applied is saved beside the other's, and both are named.
pub fn named(host: &dyn Host, text: &Secret, problem: Problem) -> Problem {
    if problem.kind != Kind::Crossed {
        return problem;
    }
    let version = |history: History| history.versions().iter().find(|v| v.text == *text).map(|v| v.path.clone());
    let mine = match History::read(host).ok().and_then(version) {
        Some(path) => Ok(path),
        None => unsaved::save(host, text),
    };
    match mine {
        Ok(path) => crossed::crossed(host, Some(&path)),
        Err(unwritten) => unwritten.cause(problem.what),
    }
}
