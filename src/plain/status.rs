//! `pipglr status`.

use super::{Printer, Tone};
use crate::problem::{Exit, Problem, Result};
use crate::status::{self, Memory};
use crate::steps::Setup;
use crate::text::plural::count;
use crate::text::sanitize::sanitize;
use crate::text::size::human;

/// Prints the ladder and what stands beside it.
///
/// # Errors
/// podman is missing or fails.
pub fn run(setup: &Setup, json: bool, tone: Tone) -> Result<Exit> {
    let status = status::gather(setup, &mut Memory::default(), &Printer::new(true))?;
    if json {
        print_json(&status)?;
    } else {
        for rung in &status.rungs {
            say!("{} {}: {}", tone.mark(rung.ok), rung.id, rung.detail);
            for line in &rung.said {
                say!("     | {}", sanitize(line));
            }
            if let Some(advice) = &rung.advice {
                say!("     cause: {}", advice.cause);
                say!("     next:  {}", advice.fix);
            }
        }
        say!("\ncontainer   {}, {}{}", status.container.state, status.container.image, stale(&status));
        for runner in &status.runners {
            say!("runner      {} at {}", sanitize(&runner.name), sanitize(&runner.url));
        }
        if let Some(concurrent) = status.concurrent {
            say!("concurrent  {concurrent}");
        }
        if status.privileged {
            let name = &setup.wants.name;
            say!(
                "rights      all (--privileged), more than an image of today asks for: `podman rm -f {name}`, then `pipglr setup`"
            );
        }
        if let Some(first) = status.findings.first() {
            let findings = count(status.findings.len(), "finding");
            say!("config      {findings}, the first: {} `pipglr config lint` says more", sanitize(&first.message));
        }
        for volume in &status.volumes {
            say!("volume      {} {}", volume.name, volume.bytes.map_or("missing".into(), human));
        }
        say!("at boot     {}", if status.boot { "starts" } else { "does not start" });
    }
    Ok(if status.healthy { Exit::Done } else { Exit::Found })
}

fn stale(status: &status::Status) -> &'static str {
    if status.container.config_current || status.container.state == "missing" {
        ""
    } else {
        ", with an older configuration than the secret: `pipglr setup` makes it again"
    }
}

/// Prints a value as JSON.
///
/// # Errors
/// It cannot be written as JSON.
pub fn print_json(value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| Problem::new(format!("No JSON could be made: {e}."), "Report this as a bug."))?;
    say!("{text}");
    Ok(())
}
