//! `pipglr check`.

use super::Tone;
use super::status::print_json;
use crate::preflight::{self, Status};
use crate::problem::{Exit, Result};
use crate::steps::Setup;

/// Prints each thing that was looked at, and its fix.
///
/// # Errors
/// The result cannot be printed.
pub fn run(setup: &Setup, json: bool, tone: Tone) -> Result<Exit> {
    let checks = preflight::look(setup);
    if json {
        print_json(&checks)?;
    } else {
        for check in &checks {
            let ok = match check.status {
                Status::Ok => Some(true),
                Status::Warning => None,
                Status::Fixable | Status::Blocked => Some(false),
            };
            println!("{} {}: {}   needed: {}", tone.mark(ok), check.id, check.found, check.needed);
            if check.status != Status::Ok {
                println!("     {}", check.why);
                for line in &check.fix {
                    println!("     $ {line}");
                }
            }
        }
    }
    let found = checks.iter().any(|check| matches!(check.status, Status::Fixable | Status::Blocked));
    Ok(if found { Exit::Found } else { Exit::Done })
}
