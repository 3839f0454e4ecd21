//! `runner list`: the runners of this host, and what GitLab knows of them.

use super::user_token;
use crate::api::registered::{self, Known};
use crate::api::{Place, Request, ask};
use crate::commands::Context;
use crate::commands::output::print_json;
use crate::commands::printer::Printer;
use crate::gitlab::TokenKind;
use crate::problem::{Exit, Result};
use crate::secret::Secret;
use crate::target::Target;
use crate::teardown::found::registered_here;
use crate::text::mask;
use crate::text::sanitize::sanitize;
use serde::Serialize;
use serde_json::Value;

/// What `runner list` takes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pipglr runner list\n  pipglr runner list --json\n  pipglr runner list --token-file access-token   # with tags, state and last contact; scope `read_api`"
)]
pub struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    token: user_token::From,
}

/// A runner of this host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Row {
    /// Its name here.
    name: String,
    /// Its server.
    url: String,
    /// The kind of its token, in GitLab's words.
    token_kind: &'static str,
    /// Whether GitLab knows it; `null` where it could not be asked.
    known: Option<bool>,
    /// Its number in GitLab.
    id: Option<u64>,
    /// When its token expires.
    token_expires_at: Option<String>,
    /// What was seen, in words.
    found: String,
    /// What GitLab tells a user of it; only where an access token was given.
    details: Option<Details>,
}

/// What GitLab tells a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Details {
    /// Its name in GitLab.
    description: String,
    /// `online`, `offline`, `stale`, `never_contacted`.
    status: String,
    /// Whether it is paused in GitLab.
    paused: bool,
    /// Its tags.
    tags: Vec<String>,
    /// When GitLab heard from it last.
    contacted_at: Option<String>,
    /// The machines that use its token, by their system IDs; `null` where GitLab does not tell.
    machines: Option<Vec<String>>,
}

/// Asks, and prints.
///
/// # Errors
/// podman fails, or the access token is refused.
pub(super) fn run(args: &Args, context: &Context) -> Result<Exit> {
    let target = &context.target()?;
    let user = args.token.is_given().then(|| args.token.token()).transpose()?;
    let rows = rows(target, user.as_ref(), &Printer::new(true))?;
    if args.json {
        print_json(&rows)?;
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        say!("No runner is registered here. `pipglr setup` registers one, `pipglr runner create` makes one.");
    }
    for row in &rows {
        let id = row.id.map_or(String::new(), |id| format!(", runner {id}"));
        say!("{} {} at {}{id}: {}", context.tone.mark(row.known), row.name, row.url, row.found);
        if let Some(expires) = &row.token_expires_at {
            say!("     its token expires {expires}");
        }
        if let Some(details) = &row.details {
            let paused = if details.paused { ", paused" } else { "" };
            let tags = if details.tags.is_empty() { "none".into() } else { details.tags.join(", ") };
            say!("     {}: {}{paused}; tags: {tags}", details.description, details.status);
            let machines = details.machines.as_ref().map_or(0, Vec::len);
            // Its registration counts as one: gitlab-runner made up a system ID for it, too.
            if machines > 2 {
                say!("     {} machines use its token{}", machines - 1, locked_out(row.token_expires_at.is_some()));
            }
        }
    }
    Ok(Exit::Done)
}

fn rows(target: &Target, user: Option<&Secret>, watch: &Printer) -> Result<Vec<Row>> {
    let host = &*target.host;
    let place = Place::find(host, &target.name, &target.image)?;
    let shown = |text: &str| sanitize(&mask::mask(text));
    let row = |runner: &crate::config::document::Runner| -> Result<Row> {
        let known = registered::known(host, &place, runner, watch)?;
        let (found, id, expires) = match &known {
            Known::Yes { id, expires } => ("GitLab knows it".to_owned(), *id, expires.clone()),
            Known::No => ("GitLab does not know its token".to_owned(), None, None),
            Known::Unasked(why) => (why.clone(), None, None),
        };
        let details = match (user, id) {
            (Some(user), Some(id)) => {
                let request = Request::new("GET", &runner.url, &format!("runners/{id}")).with_token_of_user(user);
                let answer = ask(host, &place, &request, watch)?;
                let told = answer.json().filter(|_| answer.ok());
                let told = told.ok_or_else(|| answer.refused(&format!("GitLab does not tell of the runner {id}.")))?;
                let request = Request::new("GET", &runner.url, &format!("runners/{id}/managers"));
                let machines = ask(host, &place, &request.with_token_of_user(user), watch)?;
                Some(details(&told, machines.json().filter(|_| machines.ok()).as_ref()))
            }
            _ => None,
        };
        Ok(Row {
            name: shown(&runner.name),
            url: shown(&runner.url),
            token_kind: TokenKind::of(&runner.token).name(),
            known: match known {
                Known::Yes { .. } => Some(true),
                Known::No => Some(false),
                Known::Unasked(_) => None,
            },
            id,
            token_expires_at: expires,
            found: shown(&found),
            details,
        })
    };
    registered_here(target)?.iter().map(row).collect()
}

/// What comes of it.
fn locked_out(expires: bool) -> &'static str {
    match expires {
        true => {
            ", which expires: when one of them renews it, the others are locked out. Each needs a runner of its own"
        }
        false => "",
    }
}

/// `machines` is GitLab's list of the runner's managers; an older GitLab has none.
fn details(told: &Value, machines: Option<&Value>) -> Details {
    let text = |key: &str| told[key].as_str().map(sanitize);
    Details {
        description: text("description").unwrap_or_default(),
        status: text("status").unwrap_or_default(),
        paused: told["paused"].as_bool().unwrap_or_default(),
        tags: told["tag_list"].as_array().into_iter().flatten().filter_map(Value::as_str).map(sanitize).collect(),
        contacted_at: text("contacted_at"),
        machines: machines
            .and_then(Value::as_array)
            .map(|all| all.iter().filter_map(|one| one["system_id"].as_str()).map(sanitize).collect()),
    }
}
