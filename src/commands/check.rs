//! `pipglr check`.

use super::Context;
use super::output::{Tone, print_json};
use super::printer::Printer;
use crate::host::Watch;
use crate::preflight::{self, Check, Looked, Status};
use crate::problem::{Exit, Problem, Result};

/// What `check` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// As JSON
    #[arg(long, conflicts_with = "script")]
    json: bool,
    /// Root's part of the fixes, as a shell script for an administrator
    #[arg(long)]
    script: bool,
}

const EXAMPLES: &str = "\
Examples:
  pipglr check                    # ends with 3 where something stands in the way
  pipglr check --script > root.sh # for an administrator
  pipglr check --json";

/// Prints each thing that was looked at, and its fix; with `-v` also how long each probe took, to standard error.
///
/// # Errors
/// The result cannot be printed.
pub fn run(args: &Args, context: &Context) -> Result<Exit> {
    let printer = Printer::new(true);
    let setup = context.resumed()?;
    let looked = preflight::check_host(&setup);
    if printer.stopped() {
        return Err(Problem::interrupted());
    }
    if context.verbose() {
        print_times(&looked);
    }
    let checks = looked.checks;
    if args.script {
        say!("{}", preflight::script(&checks, setup.target.host.user()).trim_end());
        return Ok(Exit::Done);
    }
    if args.json {
        print_json(&checks)?;
    } else {
        print(&checks, context.tone);
    }
    let found = checks.iter().any(|check| matches!(check.status, Status::Fixable | Status::Blocked));
    Ok(if found { Exit::Found } else { Exit::Done })
}

fn print(checks: &[Check], tone: Tone) {
    let mut before: &[String] = &[];
    for check in checks {
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
        say_behind!(&format!("{} ", tone.mark(ok)), "{}: {}{needed}", check.id, check.found);
        // What one fix cures together is explained once.
        let again = !check.fix.is_empty() && check.fix == before;
        before = &check.fix;
        if check.status != Status::Ok && !again {
            say_behind!("     ", "{}", check.why);
            super::setup::pictures(&check.pictures);
            for line in &check.fix {
                say!("     $ {line}");
            }
        }
    }
    if checks.iter().any(|check| check.status == Status::Fixable) {
        say!();
        say_behind!("", "`pipglr` does what can be done here, step by step, and asks before each.");
    }
    if checks.iter().any(|check| check.needs_root) {
        say_behind!("", "`pipglr check --script` prints root's part of it as a script for an administrator.");
    }
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
