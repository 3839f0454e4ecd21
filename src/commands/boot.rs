//! `pipglr boot`: what starts the container when the machine starts.

use super::config::is_interactive;
use super::output::print_json;
use super::printer::Printer;
use super::review::Consent;
use super::{Context, setup};
use crate::apply::{Sudo, apply};
use crate::boot::{self, By, Change};
use crate::container::recreate;
use crate::host::logind;
use crate::host::state_folder::Lock;
use crate::lifecycle;
use crate::names::typed;
use crate::plan::Action;
use crate::problem::{Exit, Result};
use crate::secret::Vault;
use crate::target::Target;
use serde::Serialize;

/// How it is called.
pub const EXAMPLES: &str = "\
Examples:
  pipglr boot show
  pipglr boot enable --dry-run    # the unit that would be written, and the commands
  pipglr boot disable";

/// What `boot` does.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Have the machine start the container: by a quadlet made from it, or by a unit where podman has none
    #[command(after_help = "\
Examples:
  pipglr boot enable              # running jobs are waited for
  pipglr boot enable --dry-run
  pipglr boot enable --yes --now  # asks nothing, ends running jobs")]
    Enable(Args),
    /// Have nothing start it: the container as it was before
    #[command(after_help = "\
Examples:
  pipglr boot disable             # running jobs are waited for
  pipglr boot disable --dry-run
  pipglr boot disable --yes --now")]
    Disable(Args),
    /// What starts the container when the machine starts
    Show(ShowArgs),
}

/// What `boot enable` and `boot disable` take.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Do it without asking for confirmation
    #[arg(long)]
    yes: bool,
    /// Print what would be written and run, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// End running jobs instead of waiting for them
    #[arg(long)]
    now: bool,
}

/// What `boot show` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pipglr boot show\n  pipglr boot show --json")]
pub struct ShowArgs {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// What `boot show --json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Shown {
    /// Whether something starts the container when the machine starts.
    starts: bool,
    /// The kind of what starts it.
    by: Option<By>,
    /// The unit.
    unit: Option<String>,
    /// How it stands: `active`, `inactive`, `failed`, …
    active: Option<String>,
    /// The file that somebody wrote for it.
    file: Option<String>,
    /// Whether pipglr wrote it.
    by_pipglr: bool,
    /// In what it differs from what this pipglr writes, where an earlier one has written it.
    older: Option<String>,
    /// Whether linger is on: without, nothing of the user's starts before a login.
    linger: bool,
}

/// Does what was typed.
///
/// # Errors
/// It cannot be done, or the runner does not come up.
pub fn run(verb: Verb, context: &Context) -> Result<Exit> {
    match verb {
        Verb::Show(args) => show(&args, context),
        Verb::Enable(args) => change(true, &args, context),
        Verb::Disable(args) => change(false, &args, context),
    }
}

fn show(args: &ShowArgs, context: &Context) -> Result<Exit> {
    let target = context.target()?;
    let (host, name) = (&*target.host, &target.name);
    let found = boot::look(host, name)?;
    let shown = Shown {
        starts: found.as_ref().is_some_and(boot::Starter::at_boot),
        by: found.as_ref().map(|found| found.by),
        unit: found.as_ref().map(|found| found.unit.name.clone()),
        active: found.as_ref().map(|found| found.unit.active.clone()),
        file: found.as_ref().map(|found| found.unit.file.display().to_string()),
        by_pipglr: found.as_ref().is_some_and(|found| found.ours),
        older: found.as_ref().and_then(boot::Starter::older),
        linger: logind::lingers(host),
    };
    if args.json {
        print_json(&shown)?;
        return Ok(Exit::Done);
    }
    let Some(found) = &found else {
        let there = recreate::current(host, name)?.is_some();
        say!("Nothing starts the container {name} when this machine starts: {}.", boot::advise(there, name));
        return Ok(Exit::Done);
    };
    let kind = match found.by {
        By::Quadlet => "a quadlet",
        By::Unit => "a unit",
        By::PodmanRestart => "podman's own unit",
    };
    let whose = if found.ours { "of pipglr's" } else { "that pipglr did not write" };
    let starts = if shown.starts { "starts" } else { "does not start" };
    say!("{} {starts} the container {name} when this machine starts. It is {}.", found.unit.name, found.unit.active);
    match found.by {
        By::PodmanRestart => {
            say!("{kind}: all containers with `--restart always`. `{}` has one of its own.", typed("boot enable", name))
        }
        _ => say!("{kind} {whose}: {}", found.unit.file.display()),
    }
    if let Some(older) = &shown.older {
        say_behind!("note: ", "{}", boot::renews(older, name));
    }
    if !shown.linger {
        say_behind!("note: ", "linger is off, so nothing of yours starts before you log in: `pipglr setup`.");
    }
    Ok(Exit::Done)
}

fn change(enable: bool, args: &Args, context: &Context) -> Result<Exit> {
    let target = &context.target()?;
    let what = if enable { "boot enable" } else { "boot disable" };
    let _lock = if args.dry_run { None } else { Some(Lock::take(&*target.host, &format!("a {what}"))?) };
    let plan = if enable { boot::enable } else { boot::disable };
    let change = plan(target, args.now)?;
    say!("{}", change.words);
    if change.plan.is_empty() {
        say!("Nothing to do.");
        return Ok(Exit::Done);
    }
    for warning in &change.plan.warnings {
        say_behind!("note: ", "{warning}");
    }
    if args.dry_run {
        print(&change);
        return Ok(Exit::Done);
    }
    if change.jobs.as_ref().is_none_or(|jobs| !jobs.is_empty()) {
        say!("{}", lifecycle::of_jobs(change.jobs.as_deref(), args.now));
    }
    Consent { yes: args.yes, interactive: is_interactive(), ..Consent::default() }.ask("Do it?")?;
    let stops = change
        .plan
        .actions
        .iter()
        .any(|action| matches!(action, Action::Run(cmd) if cmd.args.iter().any(|word| word == "start")));
    carry_out(target, &change, enable)?;
    if stops {
        setup::climb(target, &Printer::new(false), context.tone)?;
    }
    Ok(Exit::Done)
}

fn carry_out(target: &Target, change: &Change, enable: bool) -> Result<()> {
    let done = apply(&*target.host, &change.plan, &Vault::default(), Sudo::Silent, &Printer::new(false));
    done.map_err(|mut problem| {
        let (again, back) = if enable { ("boot enable", "boot disable") } else { ("boot disable", "boot enable") };
        problem.advice = format!(
            "{} `{}` goes on from here, `{}` goes back.",
            problem.advice,
            typed(again, &target.name),
            typed(back, &target.name)
        );
        problem
    })
}

/// What would be written and run.
fn print(change: &Change) {
    if let Some((path, text)) = &change.file {
        say!("\n{}:", path.display());
        boot::shown(text).lines().for_each(|line| say!("  {line}"));
    }
    say!("");
    for line in change.plan.actions.iter().flat_map(Action::shell) {
        say!("  {line}");
    }
}
