//! What the answers ask of a host that is set up: a changed configuration is a change like any other, by the same
//! transaction as `config apply`.

use super::{Fact, Report, Setup, State, Step, configuration};
use crate::change;
use crate::config::document;
use crate::config::lint::{self, Severity};
use crate::container::{recreate, rotated_tokens};
use crate::plan::Plan;
use crate::problem::Result;
use crate::secret::Secret;
use std::path::Path;

/// Returns the report of a change to what the answers name and the secret has otherwise; `None` where they agree.
/// A field that the answers do not name stays as it is.
///
/// # Errors
/// `config_file` cannot be read, or podman fails.
pub(super) fn check(setup: &Setup, held: &Secret, fact: Fact) -> Result<Option<Report>> {
    let new = wanted(setup, held)?;
    if new == *held {
        return Ok(None);
    }
    let standing = change::read_standing(&setup.target)?;
    let blocked = |fact, problem| Ok(Some(Report::not_yet(Step::Configuration, vec![fact], State::Blocked(problem))));
    let findings = lint::lint_bytes(new.expose(), &lint::Context::default());
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let lines = errors.map(|finding| format!("line {}: {}", finding.line, finding.message)).collect();
    if let Err(problem) = change::refuse(lines) {
        return blocked(fact, problem);
    }
    let proposal = change::propose(&setup.target, &standing, &new, setup.wants.now)?;
    if !proposal.losses.is_empty() {
        return blocked(fact, recreate::would_lose(&setup.target.name, &proposal.losses));
    }
    let mut facts = vec![fact, Fact::new("configuration", "not as the answers say", "as the answers say", false)];
    facts.extend(concurrent(setup, held));
    let mut plan: Plan = proposal.plan;
    if proposal.recreates && !setup.wants.now {
        plan.warnings.push(format!(
            "The container {} is recreated, to take the new configuration; running jobs are waited for (`--now` ends them).",
            setup.target.name
        ));
    }
    Ok(Some(Report::ready(Step::Configuration, facts, plan)))
}

fn concurrent(setup: &Setup, held: &Secret) -> Option<Fact> {
    let asked = setup.wants.answers.concurrent?;
    let found = document::read(held.expose_str()).ok()?.concurrent.unwrap_or(1);
    let same = found == i64::from(asked);
    Some(Fact::new("concurrent", found.to_string(), &asked.to_string(), same))
}

/// Returns the configuration that the answers ask for: `config_file` where they name one, with what it leaves to the
/// host (token, ID, name), and `concurrent`.
fn wanted(setup: &Setup, held: &Secret) -> Result<Secret> {
    let answers = &setup.wants.answers;
    let mut text = document::utf8(held.expose().to_vec(), Path::new("The secret config.toml"))?;
    if let Some(path) = &answers.config_file {
        text = document::fill_tokens(&configuration::base(&*setup.target.host, path)?, &text)?;
    }
    // Into a file it is always written, as at the registration: else the two would differ by it.
    if let Some(concurrent) = answers.concurrent
        && (answers.config_file.is_some() || document::read(&text)?.concurrent.unwrap_or(1) != i64::from(concurrent))
    {
        text = document::set_concurrent(&text, concurrent)?;
    }
    let text = Secret::new(text);
    // A token in the file may be one that GitLab has renewed since.
    Ok(rotated_tokens::later(&text, held).unwrap_or(text))
}
