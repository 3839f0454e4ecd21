//! Runners that get new tokens in place of those that they have. From GitLab's answer on the old one is no one's, so the
//! new one is on the disk by then ([`rotation`]) and stays there until the configuration has it: cut off anywhere, the
//! next rotation goes on with it.

use super::standing::{Standing, read_standing};
use crate::api::{Place, rotation};
use crate::config::document::{self, Runner};
use crate::container::{copies, recreate};
use crate::host::state_folder::cannot_write;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::target::Target;

/// What is to be rotated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// How it stands with the configuration.
    pub standing: Standing,
    /// The runners that get new tokens, and whether GitLab has given one already.
    pub runners: Vec<(Runner, bool)>,
    text: Secret,
}

/// Looks which runners there are, with the tokens that they have now. `only`: the one of this name.
///
/// # Errors
/// There is none, another text waits to be applied, or podman fails.
pub fn read(target: &Target, only: Option<&str>) -> Result<Rotation> {
    let host = &*target.host;
    let standing = read_standing(target)?;
    if let Some(kept) = &standing.kept {
        return Err(Problem::new(
            format!("Another text waits to be applied: {}.", kept.path.display()),
            "`pipglr config apply` goes on with it, `pipglr config undo` discards it. Then rotate.",
        ));
    }
    let container = recreate::current(host, &target.name)?;
    let works = container.as_ref().and_then(|container| copies::read_copies(host, container));
    let text = works.map(|copies| copies.works().clone()).or_else(|| standing.held.text().cloned());
    let text = text.ok_or_else(|| {
        Problem::new("There is no configuration that could be read.", "`pipglr status` says what is wrong.")
    })?;
    let mut runners = document::read(text.expose_str())?.runners;
    runners.retain(|runner| only.is_none_or(|only| runner.name == only));
    if runners.is_empty() {
        return Err(Problem::usage("There is no such runner.", "`pipglr runner list` names them."));
    }
    let runners = runners.into_iter().map(|runner| {
        let waits = rotation::waiting(host, &runner).is_some();
        (runner, waits)
    });
    Ok(Rotation { runners: runners.collect(), standing, text })
}

impl Rotation {
    /// Has GitLab replace the tokens, and returns the configuration with the new ones.
    ///
    /// # Errors
    /// GitLab refuses, or nobody answers; those that were replaced before are kept.
    pub fn replace(&self, target: &Target) -> Result<Secret> {
        let host = &*target.host;
        let place = Place::without_container(host, &target.image)?;
        let mut text = self.text.expose_str().to_owned();
        for (runner, _) in &self.runners {
            let token = rotation::rotate(host, &place, runner)?;
            text = text.replace(runner.token.expose_str(), token.expose_str());
        }
        Ok(Secret::new(text))
    }

    /// Removes the files that have the new tokens, now that the configuration has them; also what an earlier rotation
    /// has left, but for what a runner waits for that was not rotated now.
    ///
    /// # Errors
    /// One cannot be removed.
    pub fn forget(&self, target: &Target) -> Result<()> {
        let host = &*target.host;
        let mut others = document::read(self.text.expose_str())?.runners;
        others.retain(|other| !self.runners.iter().any(|(runner, _)| runner == other));
        let kept: Vec<_> = others.iter().map(|other| rotation::file(host, other)).collect();
        for file in rotation::files(host).into_iter().filter(|file| !kept.contains(file)) {
            host.remove(&file).map_err(|e| cannot_write(&file, &e))?;
        }
        Ok(())
    }
}
