//! `pipglr export`: the same setup for elsewhere.

mod script;
mod write;

use super::Context;
use crate::export::source::Source;
use crate::problem::{Exit, Result};
use std::path::PathBuf;

/// What can be exported.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// The six steps as a POSIX script with the README's words; it asks for the token
    #[command(after_help = script::EXAMPLES)]
    Script(script::Args),
}

/// Examples of its `--help`.
pub const EXAMPLES: &str = "\
Examples:
  pipglr export script > setup-runner.sh          # what this host has, as commands";

/// Where an export comes from, and what may be written over.
#[derive(Debug, clap::Args)]
struct From {
    /// Answers (TOML), as for `setup`; without it what this host has is exported
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
}

impl From {
    fn source(&self, context: &Context) -> Result<Source> {
        let setup = match &self.answers {
            Some(path) => context.answered(path)?,
            None => context.resumed()?,
        };
        Source::look(&setup, self.answers.is_some())
    }
}

/// Exports what was asked for.
///
/// # Errors
/// As those of each.
pub fn run(verb: Verb, context: &Context) -> Result<Exit> {
    match verb {
        Verb::Script(args) => script::run(&args, context),
    }
}
