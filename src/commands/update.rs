//! `pipglr update`: a newer image, line by line.

use super::Context;
use super::config::is_interactive;
use super::image::BuildArgs;
use super::output::{keep_stdout_for_json, print_json};
use super::printer::{Printer, tell_rung};
use super::prompt;
use super::review::Consent;
use crate::apply::Sudo;
use crate::change::Wish;
use crate::container::recreate;
use crate::host::state_folder::Lock;
use crate::image_update::{self, Contents, Proposal, Source};
use crate::ladder::Rung;
use crate::plan::{Action, Plan};
use crate::problem::{Exit, Kind, Problem, Result};
use crate::steps::{Report, Setup, Step};
use crate::target::Target;
use serde::Serialize;
use std::time::Instant;

/// What `update` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Pull the image first
    #[arg(long, conflicts_with = "build")]
    pull: bool,
    /// Build it first, with these options
    #[arg(long)]
    build: bool,
    /// How it is built.
    #[command(flatten)]
    with: BuildArgs,
    /// Do it without asking for confirmation
    #[arg(long)]
    yes: bool,
    /// End running jobs instead of waiting for them
    #[arg(long)]
    now: bool,
    /// Print what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// At the end, as JSON: whether the image was changed, what is in both, the commands
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  pipglr update                   # to the image that the container's image name means by now
  pipglr update --pull            # pulls it first
  pipglr update --build --base-image docker.io/library/debian:testing-slim
  pipglr --image localhost/pipglr:mine update --dry-run
  pipglr update --yes --json      # asks nothing; ends with 1 where it went back to the image before";

/// What an update came to, as `--json` prints it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Outcome {
    /// Whether the container is of another image than before; of a dry run, whether it would be.
    changed: bool,
    /// Whether the new image did not work.
    failed: bool,
    /// What the new image is called.
    image: String,
    /// What is in the image before.
    from: Contents,
    /// What is in the new one.
    to: Contents,
    /// The commands that change something, as a shell would take them.
    actions: Vec<String>,
    /// Why it failed, with the lines of the log that say so.
    why: Vec<String>,
}

/// Brings the image where that is asked for, shows what is newer, asks, and does it.
///
/// # Errors
/// The image cannot be had, the user does not want it, or the runner did not come up with it: the image before is back.
pub fn run(args: Args, context: &Context) -> Result<Exit> {
    if args.json {
        keep_stdout_for_json();
    }
    let setup = context.setup()?;
    let source = source(&args)?;
    let printer = Printer::new(false);
    bring(&setup, &source, args.dry_run, &printer)?;
    let target = &setup.target;
    let consent = Consent {
        yes: args.yes,
        wish: Wish::from(args.now),
        interactive: is_interactive() && !args.json && !args.dry_run,
        without_lint: false,
    };
    if args.dry_run && source != Source::Local && target.found_image()?.is_none() {
        say!("\nWhat is in it is known when it is here. Nothing was changed.");
        return Ok(Exit::Done);
    }
    let mut proposal = image_update::propose(target, args.now)?;
    if !proposal.does_something() {
        say!("Nothing to do: the container {} is of the image that {} means.", target.name, target.image);
        return print(&args, &outcome(&proposal, false, None)).map(|()| Exit::Done);
    }
    show(target, &proposal);
    if args.dry_run {
        proposal.plan.all().flat_map(Action::shell).for_each(|line| say!("  $ {line}"));
        say!("\nNothing was changed.");
        return print(&args, &outcome(&proposal, true, None)).map(|()| Exit::Done);
    }
    if !agreed(target, &mut proposal, consent)? {
        return Err(unwanted());
    }
    let begun = Instant::now();
    let done = {
        let _lock = Lock::take(&*target.host, "an update of the image")?;
        let mut tell = |rung: &Rung| tell_rung(rung, context.tone);
        image_update::carry_out(target, &proposal, Sudo::Silent, &printer, &mut tell)
    };
    print(&args, &outcome(&proposal, done.is_ok(), done.as_ref().err()))?;
    done?;
    say!("\nThe runner works with {} ({:.1} s).", proposal.image, begun.elapsed().as_secs_f64());
    Ok(Exit::Done)
}

fn source(args: &Args) -> Result<Source> {
    match (args.pull, args.build) {
        (true, _) => Ok(Source::Pull),
        (_, true) => Ok(Source::Build(args.with.clone().options()?)),
        _ if args.with.any() => {
            Err(Problem::usage("Nothing is built without `--build`.", "Add `--build`, or leave its options out."))
        }
        _ => Ok(Source::Local),
    }
}

/// Pulls or builds the image, where that is asked for.
fn bring(setup: &Setup, source: &Source, dry_run: bool, printer: &Printer) -> Result<()> {
    let plan: Plan = image_update::fetch(&setup.target, source);
    if plan.is_empty() {
        return Ok(());
    }
    if dry_run {
        plan.all().flat_map(Action::shell).for_each(|line| say!("  $ {line}"));
        return Ok(());
    }
    let _lock = Lock::take(&*setup.target.host, "the image")?;
    setup.carry_out(&Report::ready(Step::Image, vec![], plan), Sudo::Silent, printer).map(drop)
}

fn show(target: &Target, proposal: &Proposal) {
    if let Some(begun) = &proposal.begun {
        say_behind!("note: ", "{}.", begun.words(&target.name));
    }
    say!("\n{}", proposal.image);
    let rows = proposal.from.beside(&proposal.to);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    for [what, old, new] in &rows {
        match old == new {
            true => say!("  {what:first$}  {old}"),
            false => say!("  {what:first$}  {old:second$}  → {new}"),
        }
    }
    for warning in &proposal.plan.warnings {
        say_behind!("note: ", "{warning}");
    }
    say!("\nThe container is recreated of it. {} {}", proposal.words(), proposal.keeps(&target.name));
}

/// Asks, also what becomes of running jobs.
fn agreed(target: &Target, proposal: &mut Proposal, consent: Consent) -> Result<bool> {
    // `--yes` was said before anybody knew: what would be lost for good is for a user to agree to.
    if !proposal.losses.is_empty() && (consent.yes || !consent.interactive) {
        return Err(recreate::would_lose(&target.name, &proposal.losses));
    }
    let jobs = proposal.jobs.as_ref().is_none_or(|jobs| !jobs.is_empty());
    if !jobs || proposal.now || consent.yes || !consent.interactive {
        return consent.ask("Update it?").map(|()| true);
    }
    match prompt::line("Wait for them (w), end them now (n), or change nothing (q)", "w")?.as_str() {
        "w" => Ok(true),
        "n" => image_update::propose(target, true).map(|ended| *proposal = ended).map(|()| true),
        _ => Ok(false),
    }
}

fn unwanted() -> Problem {
    Problem::new("Nothing was changed.", "Run it again when it is time.").kind(Kind::Interrupted)
}

fn outcome(proposal: &Proposal, changed: bool, failed: Option<&Problem>) -> Outcome {
    let why = failed.map(|problem| [problem.what.clone()].into_iter().chain(problem.said.clone()).collect());
    Outcome {
        changed: changed && proposal.does_something(),
        failed: failed.is_some(),
        image: proposal.image.clone(),
        from: proposal.from.clone(),
        to: proposal.to.clone(),
        actions: proposal.plan.all().flat_map(Action::shell).collect(),
        why: why.unwrap_or_default(),
    }
}

fn print(args: &Args, outcome: &Outcome) -> Result<()> {
    if args.json { print_json(outcome) } else { Ok(()) }
}
