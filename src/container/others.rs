//! The account's other containers of pipglr's: each with its own secrets, volumes, unit and files ([`crate::names`]).

use super::foreign;
use super::recreate::{moved_name, next_name};
use crate::host::podman::{self, throwaway};
use crate::host::{Host, state_folder};
use crate::names::{FIRST, Names};
use crate::problem::{Problem, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// Another container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Other {
    /// Its name.
    pub name: String,
    /// Its state, as podman has it; `null` where there is none: its setup was begun, or its teardown.
    pub state: Option<String>,
}

/// Returns the other containers, by name: those that podman has, and those that were begun.
///
/// # Errors
/// podman fails.
pub fn find(host: &dyn Host) -> Result<Vec<Other>> {
    let own = &host.names().container;
    let mut found: BTreeMap<String, Option<String>> =
        state_folder::begun(host).into_iter().map(|name| (name, None)).collect();
    let family = [own.clone(), next_name(own), moved_name(own)];
    for name in podman::of_our_images(host)?.into_iter().filter(|name| !family.contains(name)) {
        // What registers, or is tried, or stands aside for a moment, has not this name's secret.
        let Some(container) = podman::container(host, &name)? else { continue };
        let config = Names::of(&name).config;
        if container.secrets.iter().any(|(secret, _)| *secret == config) {
            found.insert(name, Some(container.state));
        }
    }
    found.remove(own);
    Ok(found.into_iter().map(|(name, state)| Other { name, state }).collect())
}

/// Returns what is to be said where the first container is looked for and one of another name has its secrets and volumes:
/// pipglr once gave them to all; `None` where none has, or one of them is asked for.
///
/// # Errors
/// podman fails.
pub fn from_before(host: &dyn Host) -> Result<Option<Problem>> {
    let own = &host.names().container;
    if *own != FIRST.container {
        return Ok(None);
    }
    let family = [own.clone(), next_name(own), moved_name(own)];
    for name in podman::of_our_images(host)?.into_iter().filter(|name| !family.contains(name)) {
        // One that is thrown away may have been given the secret to read it.
        let Some(container) = podman::container(host, &name)?.filter(|_| !throwaway::is_one(&name)) else { continue };
        let is_first_s = container.secrets.iter().any(|(secret, _)| *secret == FIRST.config);
        if is_first_s && let Some(problem) = foreign(&Names::of(&name), &container) {
            return Ok(Some(problem));
        }
    }
    Ok(None)
}

impl Other {
    /// Returns how it is, and the command that opens it.
    pub fn words(&self) -> String {
        format!("{}: `pipglr --name {}`", self.state.as_deref().unwrap_or("no container"), self.name)
    }
}
