//! Step 4: config.toml as a podman secret.

use super::registration::CONFIG_SECRET;
use super::{Fact, Report, Setup, State, Step};
use crate::config::document::{self, Config};
use crate::host::{podman, state};
use crate::plan::{Action, Content, Edit};
use crate::problem::Result;
use std::path::PathBuf;

/// Why.
pub const WHY: &str = "The configuration holds tokens, so it lives in podman as a secret. Now is the time to look at it, and to \
                       set how many jobs run at once.";

/// Looks for the secret and for an uncommitted work file; plans to commit it.
///
/// # Errors
/// podman fails.
pub fn look(setup: &Setup) -> Result<Report> {
    let host = &*setup.host;
    let path = state::work_file(host);
    let secret = podman::secret_id(host, CONFIG_SECRET)?;
    let Some(bytes) = state::read_work(host)? else {
        let there = secret.is_some();
        let fact = Fact::new("secret config.toml", if there { "there" } else { "missing" }, "there", there);
        return Ok(match secret {
            Some(_) => Report::done(Step::Configuration, vec![fact]),
            None => Report::not_yet(Step::Configuration, vec![fact], State::Waits(Step::Registration))
                .preview(commit(setup, path, false)),
        });
    };
    let mut facts = vec![Fact::new(
        "secret config.toml",
        if secret.is_some() { "there, older than the work file" } else { "missing" },
        "there",
        false,
    )];
    let config = match document::utf8(bytes, &path).and_then(|text| document::read(&text)) {
        Ok(config) => config,
        Err(problem) => return Ok(Report::not_yet(Step::Configuration, facts, State::Blocked(problem))),
    };
    if config.runners.is_empty() && setup.answers.config_file.is_none() {
        return Ok(Report::not_yet(Step::Configuration, facts, State::Waits(Step::Registration)));
    }
    let mut actions = Vec::new();
    if let Some(base) = &setup.answers.config_file {
        facts.push(Fact::new("configuration", "as registered", &base.display().to_string(), false));
        actions.push(Action::Edit { path: path.clone(), edit: Edit::Base(base.clone()) });
    }
    if let Some(concurrent) = concurrent(setup, &config) {
        let found = config.concurrent.map_or("missing".into(), |n| n.to_string());
        let needed = format!("{concurrent} (jobs at once; {} runner(s))", config.runners.len());
        facts.push(Fact::new("concurrent", found, &needed, false));
        actions.push(Action::Edit { path: path.clone(), edit: Edit::Concurrent(concurrent) });
    }
    actions.extend(commit(setup, path, secret.is_some()));
    Ok(Report::ready(Step::Configuration, facts, actions.into()))
}

/// What `concurrent` is to be set to: the number that was asked for; else, in a configuration that is not the
/// person's own, at least one for each runner. `None` where it is right as it is.
fn concurrent(setup: &Setup, config: &Config) -> Option<u32> {
    let own = setup.answers.config_file.is_some();
    let runners = u32::try_from(config.runners.len()).unwrap_or(1);
    let written = config.concurrent.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    match setup.answers.concurrent {
        Some(asked) => (own || asked != written).then_some(asked),
        None => (!own && written < runners.max(1)).then_some(runners.max(1)),
    }
}

/// The work file becomes the secret, and goes only when the secret was read back.
fn commit(setup: &Setup, path: PathBuf, replace: bool) -> Vec<Action> {
    let content = Content::File(path.clone());
    vec![
        Action::StoreSecret { name: CONFIG_SECRET.into(), content, replace, image: setup.image.clone() },
        Action::Remove(path),
    ]
}
