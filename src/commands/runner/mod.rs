//! `pipglr runner`: runners through GitLab's API.

mod create;
mod list;
mod rotate;
pub(super) mod user_token;

#[cfg(test)]
pub(crate) use list::Row;

use super::Context;
use crate::problem::{Exit, Result};

/// How it is called.
pub const EXAMPLES: &str = "\
Examples:
  pipglr runner create --url https://gitlab.example/ --group acme/tools
  pipglr runner list
  pipglr runner rotate";

/// What `runner` does.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Have GitLab make a runner, and set it up here
    Create(create::Args),
    /// The runners of this host, and what GitLab knows of them
    List(list::Args),
    /// Give the runners new tokens, in place of those that they have
    Rotate(rotate::Args),
}

/// Does it.
///
/// # Errors
/// What the verb says.
pub fn run(verb: Verb, context: &Context) -> Result<Exit> {
    match verb {
        Verb::Create(args) => create::run(&args, context),
        Verb::List(args) => list::run(&args, context),
        Verb::Rotate(args) => rotate::run(&args, context),
    }
}
