//! `pipglr export`: the same setup for elsewhere.

mod ansible;
mod helm;
mod quadlet;
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
    /// The unit file that podman makes the container from; it is not installed
    #[command(after_help = quadlet::EXAMPLES)]
    Quadlet(quadlet::Args),
    /// A playbook that runs `pipglr setup --answers FILE` on many hosts, with nothing but ansible.builtin
    #[command(after_help = ansible::EXAMPLES)]
    Ansible(ansible::Args),
    /// Values for the official gitlab-runner chart, a file a runner; what a cluster cannot have is named
    #[command(after_help = helm::EXAMPLES)]
    Helm(helm::Args),
}

/// Examples of its `--help`.
pub const EXAMPLES: &str = "\
Examples:
  pipglr export script > setup-runner.sh          # what this host has, as commands
  pipglr export quadlet                           # the container's unit file
  pipglr export ansible DIR                       # a playbook for many hosts
  pipglr export helm DIR                          # values for the gitlab-runner chart";

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
        Verb::Quadlet(args) => quadlet::run(&args, context),
        Verb::Ansible(args) => ansible::run(&args, context),
        Verb::Helm(args) => helm::run(&args, context),
    }
}
