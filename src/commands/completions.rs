//! `pipglr completions bash|zsh|fish`: what a shell needs to complete pipglr's words.

use crate::commands::output;
use crate::problem::Exit;
use clap::Command;
use clap_complete::aot::{Shell as Known, generate};

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
pub fn run(args: &Args, mut program: Command) -> Exit {
    output::print_bytes(script(args.shell, &mut program).as_bytes());
    Exit::Done
}

/// Returns what clap_complete makes of the words, and what a shell has to ask for: numbers of jobs, versions of the
/// configuration. (Its own engine that asks the program is unstable, and would start it at every Tab.)
fn script(shell: Shell, program: &mut Command) -> String {
    let (known, asked) = match shell {
        Shell::Bash => (Known::Bash, include_str!("../../assets/completions/bash")),
        Shell::Zsh => (Known::Zsh, include_str!("../../assets/completions/zsh")),
        Shell::Fish => (Known::Fish, include_str!("../../assets/completions/fish")),
    };
    // In memory first: clap_complete panics where standard output is closed.
    let (name, mut words) = (program.get_name().to_owned(), Vec::new());
    generate(known, program, name, &mut words);
    let words = String::from_utf8_lossy(&words);
    match shell {
        Shell::Bash | Shell::Fish => format!("{words}{asked}"),
        // There an argument names the function that knows it, and all functions stand before what runs the first.
        Shell::Zsh => {
            let knowing = words.lines().map(|line| match line.split_once(" -- ").map(|(name, _)| name) {
                Some("'::id") => line.replace(":_default'", ":_pipglr_running'"),
                Some("'::file") if !line.contains("standard output") => line.replace(":_files'", ":_pipglr_versions'"),
                _ => line.to_owned(),
            });
            let words = knowing.collect::<Vec<_>>().join("\n");
            match words.split_once("\nif [ \"$funcstack[1]\"") {
                Some((functions, end)) => format!("{functions}\n{asked}\nif [ \"$funcstack[1]\"{end}\n"),
                None => format!("{words}\n{asked}"),
            }
        }
    }
}
