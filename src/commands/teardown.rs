//! `teardown`, line by line: what there is, what goes, what stays, the question.

use super::printer::Printer;
use super::review::Consent;
use super::{Context, prompt};
use crate::api::registered::{Known, Leave};
use crate::apply::{Sudo, apply};
use crate::container::jobs;
use crate::host::state_folder::Lock;
use crate::names::typed;
use crate::plan::Action;
use crate::problem::{Exit, Problem, Result};
use crate::secret::Vault;
use crate::target::Target;
use crate::teardown::{self, Also, Choice, Found, Part};
use crate::text::plural::count;
use crate::text::sanitize::sanitize;
use std::io::IsTerminal;

/// What `teardown` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Do it without asking for confirmation
    #[arg(long)]
    yes: bool,
    /// What stays, one or several
    #[arg(long, value_enum, value_delimiter = ',')]
    keep: Vec<Part>,
    /// What of the host goes too
    #[arg(long, value_enum, value_delimiter = ',')]
    also: Vec<Also>,
    /// Print what there is and what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// End running jobs instead of waiting for them
    #[arg(long)]
    now: bool,
    /// Delete the runners of glrt- tokens in GitLab, for all machines that use those; without it this machine is taken from
    /// their lists
    #[arg(long)]
    delete_runners: bool,
    /// Do not ask GitLab; the tokens are kept, and a later teardown tells it
    #[arg(long)]
    without_gitlab: bool,
    /// Keep no last copy of the configuration
    #[arg(long)]
    without_copy: bool,
}

const EXAMPLES: &str = "\
Examples:
  pipglr teardown --dry-run                       # what there is, and what would go
  pipglr teardown --keep image,volumes
  pipglr teardown --yes --delete-runners --also linger";

/// Shows what there is, asks, and removes it.
///
/// # Errors
/// The user does not want it, GitLab cannot be asked, or something fails: the next run goes on from there.
pub fn run(args: &Args, context: &Context) -> Result<Exit> {
    let target = &context.target()?;
    let printer = Printer::new(false);
    let consent = Consent { yes: args.yes, interactive: std::io::stdin().is_terminal(), ..Consent::default() };
    let found = teardown::find(target, &printer)?;
    let mut choice = Choice {
        keep: args.keep.iter().copied().collect(),
        also: args.also.iter().copied().collect(),
        delete_runners: args.delete_runners,
        without_gitlab: args.without_gitlab,
        without_copy: args.without_copy,
        now: args.now,
    };
    let mut plan = teardown::plan(target, &found, &choice);
    if plan.is_empty() {
        say!("Nothing to do: nothing of pipglr is here that would go.");
        print_stays(target, &found, &choice);
        return Ok(Exit::Done);
    }
    print_found(&found);
    if let Err(away) = teardown::refuse_unasked(target, &found, &choice) {
        if args.dry_run || consent.yes || !consent.interactive {
            return Err(away);
        }
        complain!("pipglr: {away}\n");
        if !prompt::yes("Go on without GitLab, and keep the tokens for later?")? {
            return Err(Problem::interrupted());
        }
        choice.without_gitlab = true;
    }
    if consent.interactive && !consent.yes && !args.dry_run && has_shared_runners(&found, &choice) {
        choice.delete_runners = prompt::yes("Delete the runner in GitLab too, for every machine that uses its token?")?;
    }
    plan = teardown::plan(target, &found, &choice);
    say!("\nThis goes:");
    for line in plan.all().flat_map(Action::shell) {
        say!("  $ {line}");
    }
    for warning in &plan.warnings {
        say_behind!("note: ", "{warning}");
    }
    print_stays(target, &found, &choice);
    tell_jobs(target, &found, &choice);
    if args.dry_run {
        say!("\nNothing was changed.");
        return Ok(Exit::Done);
    }
    consent.ask("Remove it?")?;
    let _lock = Lock::take(&*target.host, "a teardown")?;
    let sudo = if consent.interactive && !consent.yes { Sudo::Terminal } else { Sudo::Silent };
    apply(&*target.host, &plan, &Vault::default(), sudo, &printer)?;
    say!("\nIt is gone.");
    Ok(Exit::Done)
}

fn print_found(found: &Found) {
    say!("There is:");
    if let Some(container) = &found.container {
        let unit = found.unit.as_ref().map_or(String::new(), |unit| format!(", by the unit {}", unit.unit.name));
        say!("  container {} ({}{unit})", container.name, container.state);
    } else if let Some(unit) = &found.unit {
        say!("  unit {}", unit.unit.name);
    }
    for (runner, known) in &found.runners {
        let known = match known {
            Known::Yes { .. } => "registered",
            Known::No => "GitLab does not know it any more",
            Known::Unasked(_) => "GitLab could not be asked",
        };
        say!("  runner {} at {}: {known}", sanitize(&runner.name), sanitize(&runner.url));
    }
    let rows = [("containers that were left over", found.leftovers.join(", ")), ("secrets", found.secrets.join(", "))];
    let image = found.image.clone().unwrap_or_default();
    for (what, names) in rows.iter().chain(&[("volumes", found.volumes.join(", ")), ("image", image)]) {
        if !names.is_empty() {
            say!("  {what}: {names}");
        }
    }
    if let Some(folder) = found.files.first().and_then(|file| file.parent()) {
        say!("  state: {} in {}", count(found.files.len(), "file"), folder.display());
    }
}

fn print_stays(target: &Target, found: &Found, choice: &Choice) {
    let stays = teardown::stays(target, found, choice);
    if !stays.is_empty() {
        say!("\nThis stays:");
    }
    for line in stays {
        say!("  {line}");
    }
}

fn tell_jobs(target: &Target, found: &Found, choice: &Choice) {
    if !choice.removes(Part::Container) || found.container.as_ref().is_none_or(|container| !container.running()) {
        return;
    }
    match jobs::jobs(&*target.host, &target.name) {
        Some(jobs) if jobs.is_empty() => say!("\nNo job runs."),
        Some(jobs) if choice.now => say!("\nIt ends {}.", jobs::named(&jobs)),
        Some(jobs) => {
            say!("\nIt waits for {}; `{}` ends them.", jobs::named(&jobs), typed("teardown --now", &target.name))
        }
        None => say!("\nRunning jobs are waited for; the container does not say which."),
    }
}

/// Whether a runner stays in GitLab that could be deleted there.
fn has_shared_runners(found: &Found, choice: &Choice) -> bool {
    let shared = |runner| teardown::plan::what(found, choice, runner) == Leave::Machine;
    let asked = choice.removes(Part::Runners) && !choice.without_gitlab;
    asked && found.runners.iter().any(|(runner, known)| *known != Known::No && shared(runner))
}
