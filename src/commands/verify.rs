//! `verify`: whether GitLab accepts each runner; or whether a job would run.

use super::Context;
use super::output::print_json;
use super::printer::Printer;
use crate::canary;
use crate::problem::{Exit, Result};

/// What `verify` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipglr verify
  pipglr verify --job             # a small job in the nested podman; GitLab is not asked
  pipglr verify --json")]
pub struct Args {
    /// Run a small job in the nested podman, without GitLab, and say what stands in the way of jobs
    #[arg(long)]
    job: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Asks, and prints what was answered; ends with 3 where something is not as it should be.
///
/// # Errors
/// Nobody could be asked.
pub fn run(args: &Args, context: &Context) -> Result<Exit> {
    let (target, printer) = (&context.target()?, &Printer::new(true));
    let ask = if args.job { canary::job::run } else { canary::gitlab::ask };
    let findings = ask(target, printer)?;
    let well = findings.iter().all(|finding| finding.ok);
    if args.json {
        print_json(&findings)?;
    } else {
        for finding in &findings {
            let mark = context.tone.mark(Some(finding.ok));
            if args.job {
                say_behind!(&format!("{mark} "), "{}: {}", finding.id, finding.found);
            } else {
                say_behind!(&format!("{mark} "), "{} at {}: {}", finding.runner, finding.url, finding.found);
            }
            if !finding.fix.is_empty() {
                say_behind!("     next:  ", "{}", finding.fix);
            }
        }
    }
    Ok(if well { Exit::Done } else { Exit::Found })
}
