//! `verify`: whether GitLab accepts each runner, asked as gitlab-runner asks; and `verify --job`, whether a job would run,
//! without GitLab.

pub mod gitlab;
mod images;
pub mod job;
mod verdict;

use crate::change;
use crate::container::copies;
use crate::host::podman;
use crate::names::{starts, typed};
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::target::Target;
use crate::text::mask::mask;
use crate::text::sanitize::sanitize;
use serde::Serialize;

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// What: `gitlab`; of a job `podman`, `disk`, `ids`, `network`, `job`, `service`, `registry`.
    pub id: &'static str,
    /// Of which runner: its name.
    pub runner: String,
    /// Its server.
    pub url: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was seen.
    pub found: String,
    /// What to do about it; empty where nothing is to be done.
    pub fix: String,
}

/// Of which runner a finding is.
#[derive(Clone, Debug, Default)]
struct Of {
    runner: String,
    url: String,
}

impl Of {
    fn finding(&self, id: &'static str, ok: bool, found: impl AsRef<str>, fix: impl Into<String>) -> Finding {
        let shown = |text: &str| sanitize(&mask(text));
        let (runner, url) = (shown(&self.runner), shown(&self.url));
        Finding { id, runner, url, ok, found: shown(found.as_ref()), fix: fix.into() }
    }
}

/// Returns the configuration that gitlab-runner works with, of a container that runs.
///
/// # Errors
/// It does not run, or there is no configuration; `why` says why it has to.
fn configuration(target: &Target, why: &str) -> Result<Secret> {
    let (host, name) = (&*target.host, target.name.as_str());
    let found = podman::container(host, name)?;
    let is_there = found.is_some();
    let Some(container) = found.filter(podman::Container::running) else {
        return Err(Problem::new(format!("The container {name} does not run, and {why}."), starts(name, is_there)));
    };
    let works = copies::read_copies(host, &container).map(|copies| copies.works().clone());
    works.or_else(|| change::read_standing(target).ok()?.held.text().cloned()).ok_or_else(|| {
        Problem::new(
            "There is no configuration that could be read.",
            format!("`{}` says what is wrong.", typed("status", name)),
        )
    })
}
