//! `pipglr export script`.

use super::{From, write};
use crate::commands::Context;
use crate::export::script;
use crate::problem::{Exit, Result};
use std::path::PathBuf;

/// What `export script` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file; without it, or with `-`, standard output
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    from: From,
}

/// Examples of its `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  pipglr export script > setup-runner.sh
  pipglr export script --answers answers.toml setup-runner.sh

There: sh setup-runner.sh asks for the token; PIPGLR_TOKEN_FILE=token sh setup-runner.sh reads it from a file.";

/// Writes the script.
///
/// # Errors
/// The host or the answers cannot be read, or the file cannot be written.
pub(super) fn run(args: &Args, context: &Context) -> Result<Exit> {
    let source = args.from.source(context)?;
    write::text(args.file.as_deref(), &script::text(&source)?, args.from.force)?;
    for asked in source.portable.iter().flat_map(|portable| &portable.secrets) {
        complain!("pipglr: the script asks for {}, or reads it from the file that {}FILE names", asked.key, asked.word);
    }
    Ok(Exit::Done)
}
