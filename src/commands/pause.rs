//! `pause` and `resume`, line by line: the runner takes no new jobs, and takes them again.

use super::Context;
use super::printer::Printer;
use super::setup;
use crate::apply::Sudo;
use crate::host::state_folder::Lock;
use crate::lifecycle::{self, Verb};
use crate::problem::{Exit, Kind, Result};

/// What `pause` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Return when the last running job has ended
    #[arg(long)]
    pub wait: bool,
}

/// Pauses the runner.
///
/// # Errors
/// The container does not run, or does not answer.
pub fn pause(args: &Args, context: &Context) -> Result<Exit> {
    let target = &context.target()?;
    let printer = Printer::new(false);
    let operation = {
        let _lock = Lock::take(&*target.host, "a pause of the runner")?;
        let operation = lifecycle::plan(target, Verb::Pause, false)?;
        if operation.plan.is_empty() {
            say!("The runner is paused already, since {}.", lifecycle::paused_since(target).unwrap_or_default());
        } else {
            say!("{}", operation.words());
            lifecycle::carry_out(target, &operation, Sudo::Silent, &printer)?;
        }
        operation
    };
    if args.wait {
        lifecycle::wait_for_jobs(target, &printer).map_err(|mut problem| {
            if problem.kind == Kind::Interrupted {
                problem.what = "Not waited for any longer; the runner is paused, and its jobs go on.".into();
                problem.advice = "`pipglr pause --wait` waits again.".into();
            }
            problem
        })?;
        say!("No job runs.");
    }
    if !operation.plan.is_empty() {
        say!("Paused: `{}` has it take jobs again.", Verb::Resume.typed(&target.name));
    }
    Ok(Exit::Done)
}

/// Has the runner take jobs again, and climbs the ladder up to its first poll.
///
/// # Errors
/// The container does not run, or the runner does not come up.
pub fn resume(context: &Context) -> Result<Exit> {
    let target = &context.target()?;
    let printer = Printer::new(false);
    let _lock = Lock::take(&*target.host, "a runner that takes jobs again")?;
    let operation = lifecycle::plan(target, Verb::Resume, false)?;
    if operation.plan.is_empty() {
        say!("Nothing to do: the runner is not paused.");
        return Ok(Exit::Done);
    }
    lifecycle::carry_out(target, &operation, Sudo::Silent, &printer)?;
    if let Some(jobs) = lifecycle::jobs(target).filter(|jobs| !jobs.is_empty()) {
        // It was told to end with them, and that cannot be taken back.
        say!("It takes new jobs as soon as {} ended.", lifecycle::have(&jobs));
        return Ok(Exit::Done);
    }
    setup::climb(target, &printer, context.tone)?;
    Ok(Exit::Done)
}
