//! `start`, `stop`, `restart`, line by line.

use super::Context;
use super::config::is_interactive;
use super::printer::Printer;
use super::{prompt, setup};
use crate::apply::Sudo;
use crate::host::state_folder::Lock;
use crate::lifecycle::{self, Verb};
use crate::names;
use crate::problem::{Exit, Result};

/// What `stop` and `restart` take.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// End running jobs instead of waiting for them
    #[arg(long)]
    pub now: bool,
    /// Do not ask before jobs are ended
    #[arg(long)]
    pub yes: bool,
}

/// How a start is called.
pub const START: &str = "\
Examples:
  pipglr start";

/// How a stop is called.
pub const STOP: &str = "\
Examples:
  pipglr stop                     # waits for running jobs; Ctrl-C gives the wait up
  pipglr stop --now               # ends them, and asks before it does
  pipglr stop --now --yes         # asks nothing: where nobody is there to be asked";

/// How a restart is called.
pub const RESTART: &str = "\
Examples:
  pipglr restart                  # waits for running jobs
  pipglr restart --now            # ends them, and asks before it does
  pipglr restart --now --yes      # asks nothing: where nobody is there to be asked";

/// Does it, and climbs the ladder where the container is to run.
///
/// # Errors
/// It cannot be done, or the runner does not come up.
pub fn run(verb: Verb, args: &Args, context: &Context) -> Result<Exit> {
    let target = &context.target()?;
    let printer = Printer::new(false);
    let _lock = Lock::take(&*target.host, &format!("a {} of the container", verb.name()))?;
    let name = &target.name;
    let operation = lifecycle::plan(target, verb, args.now)?;
    if operation.plan.is_empty() {
        let how = if verb == Verb::Stop { "does not run" } else { "runs" };
        say!("Nothing to do: the container {name} {how}.");
        return Ok(Exit::Done);
    }
    let asks = operation.ends_jobs() && !args.yes;
    if asks && !is_interactive() {
        return Err(operation.unasked(name));
    }
    for warning in &operation.plan.warnings {
        say_behind!("note: ", "{warning}");
    }
    if verb != Verb::Start {
        let typed = names::typed(verb.name(), name);
        let more = if operation.waits() { format!(" `{typed} --now` ends them instead.") } else { String::new() };
        say!("{}{more}", operation.words());
    }
    if asks && !prompt::yes("End them now?")? {
        say!("Nothing was done; the jobs go on.");
        return Ok(Exit::Interrupted);
    }
    lifecycle::carry_out(target, &operation, Sudo::Silent, &printer)?;
    if verb == Verb::Stop {
        say!("{}", lifecycle::after_stop(target));
    } else if let Some(since) = lifecycle::paused_since(target) {
        say!("The container {name} runs; its runner is paused since {since}: `{}`.", Verb::Resume.typed(name));
    } else {
        setup::climb(target, &printer, context.tone)?;
    }
    Ok(Exit::Done)
}
