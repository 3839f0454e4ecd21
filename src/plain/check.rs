//! `pipglr check`.

use super::status::print_json;
use super::{Printer, Tone, setup};
use crate::host::Watch;
use crate::preflight::{self, Looked, Status};
use crate::problem::{Exit, Problem, Result};
use crate::steps::Setup;

/// How it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// As JSON.
    Json,
    /// Root's part of the fixes, as a shell script.
    Script,
}

/// Prints each thing that was looked at, and its fix. `timed`: also how long each probe took, to standard error.
///
/// # Errors
/// The result cannot be printed.
pub fn run(wanted: &Setup, form: Form, timed: bool, tone: Tone) -> Result<Exit> {
    let printer = Printer::new(true);
    let looked = preflight::look(wanted);
    if printer.stopped() {
        return Err(Problem::interrupted());
    }
    if timed {
        print_times(&looked);
    }
    let checks = looked.checks;
    match form {
        Form::Script => {
            say!("{}", preflight::script(&checks, wanted.target.host.user()).trim_end());
            return Ok(Exit::Done);
        }
        Form::Json => print_json(&checks)?,
        Form::Text => {
            let mut before: &[String] = &[];
            for check in &checks {
                let ok = match check.status {
                    Status::Ok => Some(true),
                    Status::Warning => None,
                    Status::Fixable | Status::Blocked => Some(false),
                };
                let needed = if check.status == Status::Ok || check.needed.is_empty() {
                    String::new()
                } else {
                    format!("   needed: {}", check.needed)
                };
                say!("{} {}: {}{needed}", tone.mark(ok), check.id, check.found);
                // What one fix mends together is explained once.
                let again = !check.fix.is_empty() && check.fix == before;
                before = &check.fix;
                if check.status != Status::Ok && !again {
                    say!("     {}", check.why);
                    setup::pictures(&check.pictures);
                    for line in &check.fix {
                        say!("     $ {line}");
                    }
                }
            }
            if checks.iter().any(|check| check.needs_root) {
                say!("\n`pipglr check --script` prints root's part of it as a script for an administrator.");
            }
        }
    }
    let found = checks.iter().any(|check| matches!(check.status, Status::Fixable | Status::Blocked));
    Ok(if found { Exit::Found } else { Exit::Done })
}

fn print_times(looked: &Looked) {
    for (name, time) in &looked.times {
        complain!("{:>7.3} s  {name}", time.as_secs_f64());
    }
    if let Some((name, slowest)) = looked.slowest() {
        let (wall, slowest) = (looked.wall.as_secs_f64(), slowest.as_secs_f64());
        complain!("{wall:>7.3} s  all; the slowest, {name}: {slowest:.3} s; ratio {:.2}", wall / slowest);
    }
}
