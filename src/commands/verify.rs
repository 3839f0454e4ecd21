//! `verify`: whether GitLab accepts each runner.

use super::Context;
use super::output::print_json;
use super::printer::Printer;
use crate::canary;
use crate::problem::{Exit, Result};

/// What `verify` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Asks, and prints what was answered; ends with 3 where something is not as it should be.
///
/// # Errors
/// Nobody could be asked.
pub fn run(args: &Args, context: &Context) -> Result<Exit> {
    let findings = canary::gitlab::ask(&context.target()?, &Printer::new(true))?;
    let well = findings.iter().all(|finding| finding.ok);
    if args.json {
        print_json(&findings)?;
    } else {
        for finding in &findings {
            let mark = context.tone.mark(Some(finding.ok));
            say!("{mark} {} at {}: {}", finding.runner, finding.url, finding.found);
            if !finding.fix.is_empty() {
                say!("     next:  {}", finding.fix);
            }
        }
    }
    Ok(if well { Exit::Done } else { Exit::Found })
}
