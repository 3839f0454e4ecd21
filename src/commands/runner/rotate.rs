//! `runner rotate`: new tokens for the runners, by GitLab's API and the change that every configuration goes through.

use crate::api::{Place, rotation};
use crate::change::{self, Wish};
use crate::commands::Context;
use crate::commands::printer::Printer;
use crate::commands::review::{self, Consent};
use crate::config::document;
use crate::container::copies;
use crate::container::recreate;
use crate::host::state_folder::{Lock, cannot_write};
use crate::problem::{Exit, Problem, Result};
use crate::secret::Secret;
use crate::text::plural::count;
use crate::text::sanitize::sanitize;
use std::io::IsTerminal;

/// What `runner rotate` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pipglr runner rotate\n  pipglr runner rotate --only 'build box' --yes")]
pub struct Args {
    /// The runner of this name alone
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Do it without asking for confirmation
    #[arg(long)]
    yes: bool,
}

/// Asks, has GitLab replace the tokens, and brings them to work. Cut off anywhere, the next one goes on.
///
/// # Errors
/// There is no such runner, GitLab refuses, or as `config apply`.
pub fn run(args: &Args, context: &Context) -> Result<Exit> {
    let target = &context.target()?;
    let host = &*target.host;
    let consent = Consent { yes: args.yes, interactive: std::io::stdin().is_terminal(), ..Consent::default() };
    let standing = change::read_standing(target)?;
    if let Some(kept) = &standing.kept {
        return Err(Problem::new(
            format!("Another text waits to be applied: {}.", kept.path.display()),
            "`pipglr config apply` goes on with it, `pipglr config undo` drops it. Then rotate.",
        ));
    }
    let container = recreate::current(host, &target.name)?;
    let works = container.as_ref().and_then(|container| copies::read_copies(host, container));
    let text = works.map(|copies| copies.works().clone()).or_else(|| standing.held.text().cloned());
    let Some(text) = text else {
        return Err(Problem::new(
            "There is no configuration that could be read.",
            "`pipglr status` says what is wrong.",
        ));
    };
    let mut runners = document::read(text.expose_str())?.runners;
    runners.retain(|runner| args.only.as_ref().is_none_or(|only| runner.name == *only));
    if runners.is_empty() {
        return Err(Problem::usage("There is no such runner.", "`pipglr runner list` names them."));
    }
    for runner in &runners {
        let waits = rotation::waiting(host, runner).is_some();
        let how = if waits { "its new token is here, and is brought to work" } else { "gets a new token" };
        say!("{} at {}: {how}", sanitize(&runner.name), sanitize(&runner.url));
    }
    say!("The old ones end at once: another machine that uses one of them is locked out.");
    consent.ask(&format!("Replace {}?", count(runners.len(), "token")))?;
    let place = Place::without_container(host, &target.image)?;
    let mut new = text.expose_str().to_owned();
    {
        let _printer = Printer::new(true);
        let _lock = Lock::take(host, "the rotation of a token")?;
        for runner in &runners {
            let token = rotation::rotate(host, &place, runner)?;
            new = new.replace(runner.token.expose_str(), token.expose_str());
        }
    }
    let offer = change::offer_unlinted(target, standing, &Secret::new(new), Wish::default())?;
    let done = review::run(target, offer, Consent { yes: true, ..consent }, context.tone)?;
    for runner in &runners {
        let file = rotation::file(host, runner);
        host.remove(&file).map_err(|e| cannot_write(&file, &e))?;
    }
    Ok(done)
}
