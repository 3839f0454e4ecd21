//! `pipglr status`.

use super::{Printer, Tone};
use crate::logs::sanitize::sanitize;
use crate::problem::{Exit, Problem, Result};
use crate::status;
use crate::steps::Setup;

/// Prints the ladder and what stands beside it.
///
/// # Errors
/// podman is missing or fails.
pub fn run(setup: &Setup, json: bool, tone: Tone) -> Result<Exit> {
    let status = status::gather(setup, &Printer::new(true))?;
    if json {
        print_json(&status)?;
    } else {
        for rung in &status.rungs {
            println!("{} {}: {}", tone.mark(rung.ok), rung.id, rung.detail);
        }
        println!("\ncontainer   {}, {}{}", status.container.state, status.container.image, stale(&status));
        for runner in &status.runners {
            println!("runner      {} at {}", sanitize(&runner.name), sanitize(&runner.url));
        }
        if let Some(concurrent) = status.concurrent {
            println!("concurrent  {concurrent}");
        }
        for volume in &status.volumes {
            println!("volume      {} {}", volume.name, volume.bytes.map_or("missing".into(), human));
        }
        println!("at boot     {}", if status.boot { "starts" } else { "does not start" });
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
    println!("{text}");
    Ok(())
}

/// Bytes for people: `1.4 GB`.
pub fn human(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if size < 1000.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{size:.1} {unit}") };
        }
        size /= 1000.0;
    }
    format!("{size:.1} TB")
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_for_people() {
        for (bytes, text) in [(0, "0 B"), (999, "999 B"), (1_400_000_000, "1.4 GB"), (3_000_000_000_000, "3.0 TB")] {
            assert_eq!(super::human(bytes), text);
        }
    }
}
