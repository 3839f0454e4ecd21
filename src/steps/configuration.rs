//! Step 4: config.toml as a podman secret.

use super::{Fact, Report, Row, Setup, State, Step, as_it_is, converge};
use crate::apply::crossed;
use crate::change::{self, Held, Undo};
use crate::config::document::{self, Config};
use crate::host::{Host, podman};
use crate::plan::{Action, Edit, Plan};
use crate::problem::{Kind, Problem, Result};
use crate::secret::Secret;
use crate::text::plural::count;
use crate::{secret_store, state};
use jiff::Timestamp;
use std::path::Path;

/// The row of this step.
pub(super) const ROW: Row = Row {
    step: Step::Configuration,
    number: Some(4),
    id: "configuration",
    title: "Configuration",
    why: "The configuration holds tokens, so it lives in podman as a secret. Now is the time to look at it, and to \
                       set how many jobs run at once.",
    verb: "store it",
    check,
    explain: as_it_is,
};

/// Looks for the secret and for an uncommitted work file; plans to commit it.
///
/// # Errors
/// podman fails.
pub fn check(setup: &Setup) -> Result<Report> {
    let host = &*setup.target.host;
    let (path, secret) = (state::work_file(host), format!("secret {}", host.names().config));
    if state::read_work(host)?.is_none() {
        if let Some(report) = lost(setup)? {
            return Ok(report);
        }
        let there = podman::secret_id(host, &host.names().config)?.is_some();
        let fact = Fact::new(&secret, if there { "there" } else { "missing" }, "there", there);
        if there {
            return committed(setup, fact);
        }
        let standing = change::read_standing(&setup.target)?;
        return Ok(Report::not_yet(Step::Configuration, vec![fact], State::Waits(Step::Registration))
            .preview(change::commit(&setup.target, &standing, None, vec![])));
    }
    let standing = change::read_standing(&setup.target)?;
    let found = match (&standing.held, &standing.kept) {
        (Held::Missing, _) => "missing",
        (Held::Lost { .. }, _) => "listed, and its content lost",
        (Held::Cut { .. }, _) => "there, with only a part of the work file",
        (Held::There { .. }, Some(_)) => "there, older than the work file",
        (Held::There { .. }, None) => "there, the same as the work file",
    };
    let mut facts = vec![Fact::new(&secret, found, "there", false)];
    let Some(kept) = &standing.kept else {
        let stale = standing.work.map(|text| Action::RemoveIf { path, text });
        return Ok(Report::ready(Step::Configuration, facts, Vec::from_iter(stale).into()).called("clear it up"));
    };
    if kept.conflict {
        return Ok(Report::not_yet(Step::Configuration, facts, State::Blocked(crossed::conflict(host))));
    }
    let config = match document::utf8(kept.text.expose().to_vec(), &path).and_then(|text| document::read(&text)) {
        Ok(config) => config,
        Err(problem) => return Ok(Report::not_yet(Step::Configuration, facts, State::Blocked(problem))),
    };
    // What was answered is about the first configuration; a later one is as the user wrote it.
    let newest = standing.history.newest();
    let first = standing.held == Held::Missing && newest.is_none_or(|version| registered_after(&kept.text, version.at));
    let mut edits = Vec::new();
    if first {
        if config.runners.is_empty() && setup.wants.answers.config_file.is_none() {
            return Ok(Report::not_yet(Step::Configuration, facts, State::Waits(Step::Registration)));
        }
        if let Some(base) = &setup.wants.answers.config_file {
            facts.push(Fact::new("configuration", "as registered", &base.display().to_string(), false));
            edits.push(Edit::Base(base.clone()));
        }
        if let Some(concurrent) = concurrent(setup, &config) {
            let found = config.concurrent.map_or("missing".into(), |n| n.to_string());
            let needed = format!("{concurrent} (jobs at once; {})", count(config.runners.len(), "runner"));
            facts.push(Fact::new("concurrent", found, &needed, false));
            edits.push(Edit::Concurrent(concurrent));
        }
    }
    let edits = match edited(host, &path, &kept.text, edits) {
        Ok(edits) => edits,
        Err(problem) => return Ok(Report::not_yet(Step::Configuration, facts, State::Blocked(problem))),
    };
    let actions = change::commit(&setup.target, &standing, None, edits);
    let plan = Plan { actions, warnings: standing.held.warnings(), finally: vec![] };
    Ok(Report::ready(Step::Configuration, facts, plan))
}

/// The edits one after another, each with what the work file then says: that, and nothing that is read later, is stored.
fn edited(host: &dyn Host, path: &Path, text: &Secret, edits: Vec<Edit>) -> Result<Vec<Action>> {
    let mut text = document::utf8(text.expose().to_vec(), path)?;
    let mut actions = vec![];
    for edit in edits {
        text = match &edit {
            Edit::Concurrent(n) => document::set_concurrent(&text, *n)?,
            Edit::Base(path) => document::fill_tokens(&base(host, path)?, &text)?,
        };
        actions.push(Action::Edit { path: path.to_owned(), edit, text: Secret::new(&*text) });
    }
    Ok(actions)
}

/// Returns the text of a `config_file`.
///
/// # Errors
/// It cannot be read, is not TOML, or says nothing at all: a file that was cut off or never filled in, which would take all
/// that is configured away.
pub fn base(host: &dyn Host, path: &Path) -> Result<String> {
    let bytes = host.read_named(path).map_err(|e| {
        let what = format!("`config_file` {} cannot be read: {e}.", path.display());
        Problem::usage(what, "Name the file, with its folder.")
    })?;
    let text = document::utf8(bytes, path).map_err(|problem| problem.kind(Kind::Usage))?;
    if document::says_nothing(&text)? {
        return Err(Problem::usage(
            format!("`config_file` {} has no key in it.", path.display()),
            "Write the configuration into it, or take `config_file` out of the answers: what is configured then stays.",
        )
        .cause("It is empty, or has nothing but comments; all that is configured would go."));
    }
    Ok(text)
}

/// podman has lost what it had: it is recreated of what pipglr has, or of what the container has.
fn lost(setup: &Setup) -> Result<Option<Report>> {
    let (store, secret) = (secret_store::inspect(&*setup.target.host)?, &setup.target.names().config);
    if !store.is_broken() && !store.has_lost(secret) {
        return Ok(None);
    }
    let standing = change::read_standing(&setup.target)?;
    let mut facts = vec![Fact::new(&format!("secret {secret}"), "its content is lost", "there", false)];
    let Ok(Undo::Back(text, from)) = change::undo(&setup.target, &standing) else {
        return Ok(Some(Report::not_yet(Step::Configuration, facts, State::Waits(Step::Registration))));
    };
    facts.push(Fact::new("at hand", from, "", true));
    let actions = change::commit(&setup.target, &standing, Some(&text), vec![]);
    let plan = Plan { actions, warnings: standing.held.warnings(), finally: vec![] };
    Ok(Some(Report::ready(Step::Configuration, facts, plan)))
}

/// What is committed must be readable, or the container would be made with something that gitlab-runner ends by.
fn committed(setup: &Setup, fact: Fact) -> Result<Report> {
    let secret = &setup.target.names().config;
    let text = podman::secret_content(&*setup.target.host, secret, &setup.target.image)?;
    let read = document::utf8(text.expose().to_vec(), Path::new(&format!("The secret {secret}")))
        .and_then(|text| document::read(&text));
    Ok(match read {
        Ok(_) => {
            let report = if setup.wants.converge { converge::check(setup, &text, fact.clone())? } else { None };
            report.unwrap_or_else(|| Report::done(Step::Configuration, vec![fact]))
        }
        Err(problem) => {
            let problem = Problem {
                what: format!("The secret {secret} is not a configuration that gitlab-runner can read."),
                advice: "Fix it: `pipglr edit`, or put the version before back: `pipglr config undo`.".into(),
                ..problem
            };
            Report::not_yet(Step::Configuration, vec![Fact { ok: false, ..fact }], State::Blocked(problem))
        }
    })
}

/// Whether a runner of this text was registered after that time: a new beginning, and no change that was cut off.
/// gitlab-runner writes `token_obtained_at` at each registration.
fn registered_after(text: &Secret, time: Timestamp) -> bool {
    let at =
        |line: &str| line.trim().strip_prefix("token_obtained_at")?.trim_start().strip_prefix('=')?.trim().parse().ok();
    text.expose_str().lines().filter_map(at).any(|at: Timestamp| at > time)
}

/// What `concurrent` is to be set to: the number that was asked for; else, in a configuration that is not the
/// user's own, at least one for each runner. `None` where it is right as it is.
fn concurrent(setup: &Setup, config: &Config) -> Option<u32> {
    let own = setup.wants.answers.config_file.is_some();
    let runners = u32::try_from(config.runners.len()).unwrap_or(1);
    let written = config.concurrent.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    match setup.wants.answers.concurrent {
        Some(asked) => (own || asked != written).then_some(asked),
        None => (!own && written < runners.max(1)).then_some(runners.max(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_registration_is_told_from_a_change_that_was_cut_off() {
        let text = Secret::new("[[runners]]\n  token = \"x\"\n  token_obtained_at = 2026-11-24T10:00:00Z\n");
        assert!(registered_after(&text, "2026-11-24T09:00:00Z".parse().unwrap()));
        assert!(!registered_after(&text, "2026-11-24T11:00:00Z".parse().unwrap()));
        assert!(!registered_after(&Secret::new("token_obtained_at = 1\n"), Timestamp::UNIX_EPOCH));
    }
}
