//! The account's other containers of pipglr's: each with its own secrets, volumes, unit and files ([`crate::names`]).

use super::recreate::{moved_name, next_name};
use crate::host::podman;
use crate::host::{Host, state_folder};
use crate::names::Names;
use crate::problem::Result;
use std::collections::BTreeMap;

/// Another container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Other {
    /// Its name.
    pub name: String,
    /// Its state, as podman has it; `None` where there is none yet: its setup was begun.
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

/// Returns the command that opens another container.
pub fn opens(name: &str) -> String {
    format!("pipglr --name {name}")
}
