//! `pipglr export ansible DIR`.

use super::{From, write};
use crate::commands::Context;
use crate::export::ansible;
use crate::problem::{Exit, Result};
use std::path::PathBuf;

/// What `export ansible` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder; it is made where there is none
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    from: From,
}

/// Examples of its `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  pipglr export ansible runners/
  pipglr export ansible runners/ --answers answers.toml

There: the comment at the top of playbook.yml says how it is run; --check says what would change.";

/// Writes the playbook and what belongs to it.
///
/// # Errors
/// The host or the answers cannot be read, or the folder is not empty or cannot be written.
pub(super) fn run(args: &Args, context: &Context) -> Result<Exit> {
    let source = args.from.source(context)?;
    write::folder(&args.folder, &ansible::files(&source)?, args.from.force)?;
    say!("Next: put the token into group_vars/pipglr/vault.yml, and see the top of playbook.yml.");
    Ok(Exit::Done)
}
