//! `pipglr volumes`: what the jobs' disk holds, and how to make room on it.

use super::output::print_json;
use super::printer::Printer;
use super::{Context, lifecycle as operation, prompt, setup};
use crate::apply::{Sudo, apply};
use crate::container::jobs;

use crate::host::state_folder::Lock;
use crate::lifecycle::Verb as Lifecycle;
use crate::names::{Names, typed};
use crate::problem::{Exit, Problem, Result};
use crate::secret::Vault;
use crate::target::Target;
use crate::text::plural::count;
use crate::text::size::{human, parse};
use crate::volumes::{self, Chosen, GRACE, Held, IDLE, Row, growth, named};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::io::IsTerminal;

/// How it is called.
pub const EXAMPLES: &str = "\
Examples:
  pipglr volumes show
  pipglr volumes prune --keep 20GB --dry-run
  pipglr volumes reset            # both are recreated, empty";

/// What `volumes` does.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// What the volumes hold: images, caches, containers, each with its size and its last use
    Show(ShowArgs),
    /// Remove images and caches that no job uses, the least recently used first
    Prune(PruneArgs),
    /// Make both volumes again, empty; the runner and its configuration stay
    Reset(ResetArgs),
}

/// What `volumes show` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pipglr volumes show\n  pipglr volumes show --json")]
pub struct ShowArgs {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// What `volumes prune` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pipglr volumes prune --dry-run\n  pipglr volumes prune --keep 20GB --yes")]
pub struct PruneArgs {
    /// Remove only until images and caches take this much, 20GB say; without it, all that was not used for a day
    #[arg(long, value_name = "SIZE", value_parser = parse)]
    keep: Option<u64>,
    /// Do it without asking for confirmation
    #[arg(long)]
    yes: bool,
    /// Print what would be removed, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// What `volumes reset` takes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pipglr volumes reset\n  pipglr volumes reset --yes --now      # asks nothing, ends running jobs"
)]
pub struct ResetArgs {
    /// Do it without asking for confirmation
    #[arg(long)]
    yes: bool,
    /// End running jobs
    #[arg(long)]
    now: bool,
}

/// Does it.
///
/// # Errors
/// The container does not run, jobs run, or podman fails.
pub fn run(verb: Verb, context: &Context) -> Result<Exit> {
    let _stops = Printer::new(true); // Ctrl-C ends also what measures in the container
    match verb {
        Verb::Show(args) => show(&args, &context.container()?),
        Verb::Prune(args) => prune(&args, &context.container()?),
        Verb::Reset(args) => reset(&args, context),
    }
}

fn show(args: &ShowArgs, target: &Target) -> Result<Exit> {
    let host = &*target.host;
    let mut held = volumes::measure(target)?.at(host.now());
    held.growth = growth::since(host, &held);
    // Where it cannot be kept, the next look has no more to compare with than this one.
    let kept = growth::keep(host, &held).map(|keep| vec![keep].into());
    let _ = kept.map(|plan| apply(host, &plan, &Vault::default(), Sudo::Silent, &()));
    if args.json {
        print_json(&held)?;
        return Ok(Exit::Done);
    }
    for (name, words) in held.volumes(target.names()) {
        say!("{name:<15} {words}");
    }
    match &held.growth {
        Some(growth) => {
            let since = growth.since.parse().ok();
            say!("since {}: {}.", day(since), growth.words(held.room.map(|room| room.free)));
        }
        None => say!("How fast they grow is told from the next look on."),
    }
    say!("Images that came within the last day: {}.", human(held.came_last_day_bytes));
    list(&held);
    let idle = volumes::choose(&held, None, target.host.now());
    if idle.bytes > 0 {
        say!("\nNot used for a day: {}. `{}` removes that.", human(idle.bytes), typed("volumes prune", &target.name));
    }
    Ok(Exit::Done)
}

/// The images and the volumes, the last used first.
fn list(held: &Held) {
    let rows = held.rows();
    if !rows.is_empty() {
        say!("\n{:>9}  {:<16}  {:<7}", "size", "last used", "");
    }
    for Row { last_used, in_use, bytes, name } in rows {
        say!("{:>9}  {:<16}  {:<6}  {name}", human(bytes), day(last_used), if in_use { "in use" } else { "" });
    }
}

fn day(at: Option<Timestamp>) -> String {
    let at = at.map(|at| at.to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string());
    at.unwrap_or_else(|| "unknown".into())
}

fn prune(args: &PruneArgs, target: &Target) -> Result<Exit> {
    let held = volumes::measure(target)?;
    let chosen = volumes::choose(&held, args.keep, target.host.now());
    if chosen == Chosen::default() {
        let least = if args.keep.is_some() { GRACE } else { IDLE };
        say!(
            "Nothing to do: {}.",
            match args.keep {
                Some(keep) if held.images_bytes + held.caches_bytes <= keep =>
                    format!("images and caches take no more than {}", human(keep)),
                _ => format!("all was used within the last {}, or a job uses it", span(least)),
            }
        );
        return Ok(Exit::Done);
    }
    for image in &chosen.images {
        say!("  {:>9}  {:<16}  {}", human(image.bytes), day(image.last_used), named(image));
    }
    for cache in &chosen.caches {
        say!("  {:>9}  {:<16}  volume {}", human(cache.bytes), day(cache.last_used), cache.name);
    }
    say!("{}", chosen.words());
    if args.dry_run || !agreed(args.yes, "Remove them?")? {
        return Ok(Exit::Done);
    }
    let lock = Lock::take(&*target.host, "a pruning of the volumes")?;
    let done = apply(&*target.host, &chosen.plan(&target.name), &Vault::default(), Sudo::Silent, &Printer::new(false));
    drop(lock);
    let left = volumes::measure(target)?;
    let begin = vec![growth::begin(&*target.host, &left)].into();
    let _ = apply(&*target.host, &begin, &Vault::default(), Sudo::Silent, &()); // no more is known then than before
    let freed = held.storage_bytes.zip(left.storage_bytes).map(|(before, after)| before.saturating_sub(after));
    say!("Freed {}.", freed.map_or_else(|| "unknown".into(), human));
    done.map(|()| Exit::Done)
}

fn span(time: jiff::SignedDuration) -> String {
    match time.as_hours() {
        0 => count(usize::try_from(time.as_mins()).unwrap_or(0), "minute"),
        hours => count(usize::try_from(hours).unwrap_or(0), "hour"),
    }
}

fn reset(args: &ResetArgs, context: &Context) -> Result<Exit> {
    let target = &context.target()?;
    let running = jobs::jobs(&*target.host, &target.name).unwrap_or_default();
    if !running.is_empty() && !args.now {
        return Err(Problem::new(
            format!("The runner works on {}.", jobs::named(&running)),
            format!("Wait until nothing runs, or end what runs: `{}`.", typed("volumes reset --now", &target.name)),
        ));
    }
    let Names { storage, cache, .. } = target.names();
    match volumes::measure(target) {
        Ok(Held { storage_bytes: Some(images), cache_bytes: Some(caches), .. }) => say!(
            "{storage} and {cache} are recreated, empty: that frees {}. Images and caches are fetched again when jobs need them.",
            human(images + caches)
        ),
        _ => say!("{storage} and {cache} are recreated, empty."),
    }
    if !agreed(args.yes, "Do it?")? {
        return Ok(Exit::Done);
    }
    if !running.is_empty() {
        operation::run(Lifecycle::Stop, &operation::Args { now: true, yes: true }, context)?; // it was asked
    }
    let forget = vec![growth::forget(&*target.host)].into();
    let _ = apply(&*target.host, &forget, &Vault::default(), Sudo::Silent, &());
    setup::run(&setup::Args { yes: true, recreate_volumes: true, ..setup::Args::default() }, context)
}

/// Whether it is agreed to: by the option, or by somebody who is there to be asked.
///
/// # Errors
/// Nobody is there.
fn agreed(yes: bool, question: &str) -> Result<bool> {
    if yes {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Problem::usage("Nobody is there to confirm it.", "Give `--yes`."));
    }
    prompt::yes(question)
}
