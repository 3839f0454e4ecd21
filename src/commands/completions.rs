//! `pipglr completions bash|zsh|fish`: what a shell needs to complete pipglr's words.

use crate::problem::{Exit, Problem, Result};
use clap::Command;
use clap_complete::aot::{Shell as Known, generate};
use std::io::Write;

/// What `completions` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  pipglr completions bash > ~/.local/share/bash-completion/completions/pipglr
  pipglr completions zsh > ~/.zfunc/_pipglr     # ~/.zfunc in fpath, before compinit
  pipglr completions fish > ~/.config/fish/completions/pipglr.fish";

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Prints the script that a shell reads.
///
/// # Errors
/// It cannot be printed.
pub fn run(args: &Args, mut program: Command) -> Result<Exit> {
    let shell = match args.shell {
        Shell::Bash => Known::Bash,
        Shell::Zsh => Known::Zsh,
        Shell::Fish => Known::Fish,
    };
    // In memory first: clap_complete panics where standard output is closed.
    let (name, mut script) = (program.get_name().to_owned(), Vec::new());
    generate(shell, &mut program, name, &mut script);
    std::io::stdout().lock().write_all(&script).map_err(|e| {
        Problem::new(format!("The script cannot be printed: {e}."), "Write it to a file: `pipglr completions bash`.")
    })?;
    Ok(Exit::Done)
}
