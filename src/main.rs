//! pipglr: arguments in, exit code out.

#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::todo)]

use clap::Parser;
use pipglr::cli::{self, Cli};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse(); // wrong usage ends here, with 2
    match cli::run(cli) {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(problem) => {
            eprintln!("pipglr: {problem}");
            ExitCode::from(problem.exit as u8)
        }
    }
}
