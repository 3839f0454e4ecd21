//! A runner's token that is replaced by a new one. From the moment in which GitLab answers the old one is no one's: so the
//! answer is written to `work/rotated-….json` by curl itself, and stays there until the configuration has it.

use super::{Place, Request, ask_into};
use crate::config::document::Runner;
use crate::gitlab::check_token;
use crate::host::Host;
use crate::host::state_folder::{self, cannot_write};
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Returns the file that has the new token of a runner. It is named after the part of the old one that gitlab-runner
/// shows in its log.
pub fn file(host: &dyn Host, runner: &Runner) -> PathBuf {
    let token = runner.token.expose_str();
    let short: String = token.strip_prefix("glrt-").unwrap_or(token).chars().take(9).collect();
    let safe: String = short.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    state_folder::work(host).join(format!("rotated-{safe}.json"))
}

/// Returns all such files.
pub fn files(host: &dyn Host) -> Vec<PathBuf> {
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("rotated-"));
    host.list(&state_folder::work(host)).unwrap_or_default().into_iter().filter(named).collect()
}

/// Returns the new token of a runner that the configuration has not got yet, and when it expires.
pub fn waiting(host: &dyn Host, runner: &Runner) -> Option<(Secret, Option<Timestamp>)> {
    let text = Secret::new(host.read(&file(host, runner)).ok()?);
    let value: Value = serde_json::from_slice(text.expose()).ok()?;
    let expires = value["token_expires_at"].as_str().and_then(|at| at.parse().ok());
    Some((check_token(value["token"].as_str()?).ok()?, expires))
}

/// Has GitLab replace a runner's token, and returns the new one and when it expires; where it did so for an earlier run,
/// that one's counts.
///
/// # Errors
/// GitLab refuses, or nobody answers.
pub fn rotate(host: &dyn Host, place: &Place, runner: &Runner) -> Result<(Secret, Option<Timestamp>)> {
    if let Some(new) = waiting(host, runner) {
        return Ok(new);
    }
    host.settings().refuse_change()?;
    let file = file(host, runner);
    host.write(&file, b"").map_err(|e| cannot_write(&file, &e))?;
    let body = json!({"token": runner.token.expose_str()});
    let request = Request::new("POST", &runner.url, "runners/reset_authentication_token").json(&body);
    let answer = ask_into(host, place, &request, &file)?;
    match waiting(host, runner) {
        // A proxy may say of a token that it is of another kind of text; the old one is gone all the same.
        Some(new) if answer.did() => Ok(new),
        _ if answer.ok() => {
            Err(Problem::new("GitLab's answer has no token in it.", format!("Look at it: {}.", file.display())))
        }
        _ => {
            let _ = host.remove(&file); // there is nothing in it
            Err(answer.refused(&format!("GitLab did not replace the token of the runner {}.", runner.name)))
        }
    }
}
