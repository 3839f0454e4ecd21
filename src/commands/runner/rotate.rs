//! `runner rotate`: new tokens for the runners, by GitLab's API and the change that every configuration goes through.

use crate::change::{self, Wish, rotate};
use crate::commands::Context;
use crate::commands::review::{self, Consent};
use crate::host::state_folder::Lock;
use crate::problem::{Exit, Result};
use crate::text::plural::count;
use crate::text::sanitize::sanitize;
use std::io::IsTerminal;

/// What `runner rotate` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pipglr runner rotate\n  pipglr runner rotate --only build-box --yes")]
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
pub(super) fn run(args: &Args, context: &Context) -> Result<Exit> {
    let target = &context.target()?;
    let consent = Consent { yes: args.yes, interactive: std::io::stdin().is_terminal(), ..Consent::default() };
    let rotation = rotate::read(target, args.only.as_deref())?;
    for (runner, waits) in &rotation.runners {
        let how = if *waits { "its new token is here, and is brought to work" } else { "gets a new token" };
        say!("{} at {}: {how}", sanitize(&runner.name), sanitize(&runner.url));
    }
    say!("The old ones end at once: another machine that uses one of them is locked out.");
    consent.ask(&format!("Replace {}?", count(rotation.runners.len(), "token")))?;
    let lock = Lock::take(&*target.host, "the rotation of a token")?;
    let text = rotation.replace(target)?;
    drop(lock);
    let offer = change::offer_unlinted(target, rotation.standing.clone(), &text, Wish::default())?;
    let done = review::run(target, offer, Consent { yes: true, ..consent }, context.tone)?;
    rotation.forget(target)?;
    Ok(done)
}
