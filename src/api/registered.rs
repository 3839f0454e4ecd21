//! A runner as GitLab has it, asked about and unregistered with its own token.
//!
//! `gitlab-runner unregister --all-runners` ends with 0 when nothing worked, and of a `glrt-` token it removes this
//! machine's entry alone (17.5.5, 19.4.0): so GitLab is asked itself, and its answer counts.

use super::{Place, Request, SYSTEM_ID, ask};
use crate::config::document::Runner;
use crate::gitlab::TokenKind;
use crate::host::{Host, Watch};
use crate::problem::{Kind, Problem, Result};
use serde_json::json;

/// What GitLab says of a runner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It knows its token.
    Yes {
        /// The runner's number.
        id: Option<u64>,
        /// When its token expires, RFC 3339.
        expires: Option<String>,
    },
    /// It does not: there is nothing to unregister.
    No,
    /// It could not be asked; in words, why.
    Unasked(String),
}

/// What is taken from GitLab's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// This machine's entry; the runner stays, with its tags, and other machines that use its token go on.
    Machine,
    /// The runner.
    Runner,
}

impl Leave {
    /// Returns the right call for a token: one that GitLab made for a runner (`glrt-`) may be used on several machines,
    /// one that came of a registration is this machine's own. `whole`: the runner goes in any case.
    pub fn of(runner: &Runner, whole: bool) -> Self {
        match TokenKind::of(&runner.token) {
            TokenKind::Authentication | TokenKind::Prefixed if !whole => Self::Machine,
            _ => Self::Runner,
        }
    }

    /// Returns the endpoint.
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::Machine => "runners/managers",
            Self::Runner => "runners",
        }
    }
}

/// How a runner goes where GitLab is not told by pipglr.
pub const BY_HAND: &str =
    "by hand: Settings, CI/CD, Runners of its project or group (or Admin, CI/CD, Runners), Delete runner";

fn request(method: &'static str, runner: &Runner, endpoint: &str) -> Request {
    Request::new(method, &runner.url, endpoint).tls(&runner.tls_ca_file, &runner.tls_cert_file, &runner.tls_key_file)
}

/// Returns the request by which gitlab-runner itself asks whether GitLab knows a runner: from its container with its system
/// ID, without which GitLab lists one more machine of the runner.
pub fn verification(place: &Place, runner: &Runner) -> Request {
    let token = runner.token.expose_str();
    let body = match place {
        Place::Container(_) => json!({"token": token, "system_id": SYSTEM_ID}),
        Place::Image { .. } | Place::Here { .. } => json!({"token": token}),
    };
    request("POST", runner, "runners/verify").json(&body)
}

/// Asks whether GitLab knows a runner.
///
/// # Errors
/// The user has stopped it.
pub fn known(host: &dyn Host, place: &Place, runner: &Runner, watch: &dyn Watch) -> Result<Known> {
    match ask(host, place, &verification(place, runner), watch) {
        Ok(answer) if answer.ok() => {
            let told = answer.json().unwrap_or_default();
            let expires = told["token_expires_at"].as_str().map(str::to_owned);
            Ok(Known::Yes { id: told["id"].as_u64(), expires })
        }
        Ok(answer) if answer.is_gitlabs() && [401, 403].contains(&answer.status) => Ok(Known::No),
        Ok(answer) => Ok(Known::Unasked(answer.words())),
        Err(problem) if problem.kind == Kind::Interrupted => Err(problem),
        Err(problem) => Ok(Known::Unasked(problem.what)),
    }
}

/// Takes a runner, or this machine of it, from GitLab's list. What is not there any more is as it should be.
///
/// # Errors
/// GitLab could not be asked, refuses, or answers otherwise than GitLab does: the runner stays there, and its token here.
pub fn leave(host: &dyn Host, place: &Place, runner: &Runner, what: Leave, watch: &dyn Watch) -> Result<()> {
    let body = match what {
        Leave::Machine => json!({"token": runner.token.expose_str(), "system_id": SYSTEM_ID}),
        Leave::Runner => json!({"token": runner.token.expose_str()}),
    };
    let advice = format!(
        "It stays in GitLab. `pipglr teardown` goes on when GitLab can be asked; `pipglr teardown --without-gitlab` goes on \
         without, and keeps the token so that it can be done later; {BY_HAND}. Nothing was removed here yet; `pipglr restart` \
         has the runner take jobs again."
    );
    let told = |problem: Problem| Problem { advice: advice.clone(), ..problem };
    let answer = ask(host, place, &request("DELETE", runner, what.endpoint()).json(&body), watch)
        .map_err(|problem| if problem.kind == Kind::Away { told(problem) } else { problem })?;
    let left = match answer.status {
        // What gitlab-runner takes for a yes as well; a page or another server's JSON with status 200 is none.
        204 => true,
        // It knows the machine no more.
        404 => what == Leave::Machine && answer.is_gitlabs(),
        // It does not know the token; a proxy that lets nobody delete says the same.
        403 => answer.is_gitlabs() && known(host, place, runner, watch)? == Known::No,
        _ => false,
    };
    if left {
        return Ok(());
    }
    Err(told(answer.refused(&format!("GitLab did not unregister the runner {}.", runner.name))))
}
