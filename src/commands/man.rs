//! `pipglr man DIR`: the pages of the manual, a file each verb.

use crate::problem::{Exit, Problem, Result};
use clap::Command;
use std::path::PathBuf;

/// What `man` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The folder that the pages are written to; it is made where there is none
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  pipglr man ~/.local/share/man/man1     # then: man pipglr, man pipglr-setup";

/// Writes the pages.
///
/// # Errors
/// The folder cannot be written.
pub fn run(args: &Args, program: Command) -> Result<Exit> {
    let folder = &args.folder;
    let written = std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(program, folder));
    written.map_err(|e| {
        Problem::new(
            format!("The pages cannot be written to {}: {e}.", folder.display()),
            "Name a folder that is yours, such as ~/.local/share/man/man1.",
        )
    })?;
    say!("The pages are in {}; `man pipglr` shows the first.", folder.display());
    Ok(Exit::Done)
}
