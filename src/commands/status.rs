//! `pipglr status`.

use super::Context;
use super::output::print_json;
use super::printer::Printer;
use crate::api::creation;
use crate::boot;
use crate::container::limits;
use crate::names;
use crate::problem::{Exit, Result};
use crate::status::{self, Memory, Stage};
use crate::text::plural::count;
use crate::text::sanitize::sanitize;
use crate::text::size::human;

/// What `status` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  pipglr status                   # ends with 3 where the runner is not healthy
  pipglr status --json
  pipglr --name second status     # of another container";

/// Prints the ladder and what stands beside it.
///
/// # Errors
/// podman is missing or fails.
pub fn run(args: &Args, context: &Context) -> Result<Exit> {
    let tone = context.tone;
    let status = status::gather(&context.target()?, &mut Memory::default(), &Printer::new(true))?;
    if args.json {
        print_json(&status)?;
    } else {
        for rung in &status.rungs {
            let detail = if rung.detail.is_empty() { String::new() } else { format!(": {}", rung.detail) };
            say_behind!(&format!("{} ", tone.mark(rung.ok)), "{}{detail}", rung.id);
            for line in &rung.said {
                say_behind!("     | ", "{}", sanitize(line));
            }
            if let Some(advice) = &rung.advice {
                say_behind!("     cause: ", "{}", advice.cause);
                say_behind!("     next:  ", "{}", advice.fix);
            }
        }
        say!();
        say_behind!("container   ", "{}, {}{}", status.container.state, status.container.image, stale(&status));
        if let Some(newer) = status.container.newer_image(context.name()) {
            say_behind!("            ", "{newer}");
        }
        if let Some(unit) = &status.container.managed_by {
            say_behind!("run by      ", "{unit}");
        }
        if let Some(version) = &status.runner_version {
            say_behind!("version     ", "gitlab-runner {}", sanitize(version));
        }
        for runner in &status.runners {
            say_behind!("runner      ", "{} at {}", sanitize(&runner.name), sanitize(&runner.url));
            if let Some(expiry) = &runner.expiry {
                let mark = if expiry.stage == Stage::Far { "" } else { "warning: " };
                say_behind!("            ", "{mark}{}", expiry.words);
            }
            if runner.rotation_waits {
                let rotate = names::typed("runner rotate", context.name());
                say_behind!("            ", "a new token waits: `{rotate}` was cut off, and goes on with it");
            }
        }
        if let Some(id) = status.created_waits {
            say_behind!("waits       ", "{}", creation::words(id, context.name()));
        }
        if let Some(concurrent) = status.concurrent {
            say_behind!("concurrent  ", "{concurrent}");
        }
        if status.container.state != "missing" {
            say_behind!("limits      ", "{}, {}", limits::memory(status.memory), limits::processes(status.pids_limit));
            say_behind!("            ", "{}", limits::of_jobs(status.job_limits));
        }
        for job in &status.jobs {
            say_behind!("job         ", "{}", super::jobs::line(job).trim_start());
        }
        if status.privileged {
            say_behind!(
                "rights      ",
                "all (--privileged), more than it needs: `privileged = false` in the answers (`pipglr setup \
                 --answers FILE`) gives it up when the container is next re-created"
            );
        }
        if let Some(first) = status.findings.first() {
            let findings = count(status.findings.len(), "finding");
            say_behind!(
                "config      ",
                "{findings}, the first: {} `pipglr config lint` says more",
                sanitize(&first.message)
            );
        }
        for volume in &status.volumes {
            say_behind!("volume      ", "{} {}", volume.name, volume.bytes.map_or("missing".into(), human));
        }
        for disk in &status.disks {
            say_behind!("room        ", "{}{}", disk.words(), if disk.short { ": short" } else { "" });
        }
        for other in &status.others {
            say_behind!("beside it   ", "{}, {}", other.name, other.words());
        }
        match &status.boot_by {
            Some(unit) => say!("at boot     {unit} starts it"),
            None => {
                let there = status.container.state != "missing";
                say_behind!("at boot     ", "does not start: {}", boot::advise(there, context.name()));
            }
        }
        if let Some(older) = &status.boot_older {
            say_behind!("            ", "{}", boot::renews(older, context.name()));
        }
    }
    Ok(if status.healthy { Exit::Done } else { Exit::Found })
}

fn stale(status: &status::Status) -> &'static str {
    let container = &status.container;
    if container.config_current || container.state == "missing" || container.mistaken.is_some() {
        ""
    } else {
        ", with an older configuration than the secret has: `pipglr setup` recreates it"
    }
}
