//! `pipglr doctor`.

use super::Context;
use super::output::{Tone, print_json};
use super::printer::Printer;
use crate::canary;
use crate::doctor::{Diagnosis, Finding, Story, host, reading};
use crate::named_file;
use crate::problem::{Exit, Problem, Result};
use crate::symptoms::Severity;
use crate::text::plural::count;
use crate::text::sanitize::sanitize;
use std::io;
use std::path::{Path, PathBuf};

/// What `doctor` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A saved log alone, from here or elsewhere; - is standard input
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  pipglr doctor                   # this host, and the container's log
  pipglr doctor --log saved.log   # a log from anywhere
  pipglr doctor --json";

/// Looks at the host and the container's log, or at a saved log alone, and prints what is wrong.
///
/// # Errors
/// The file cannot be read, or podman fails in a way that the checks do not explain.
pub fn run(args: &Args, context: &Context) -> Result<Exit> {
    if let Some(file) = &args.log {
        return of_file(file, context.name(), args.json, context.tone);
    }
    let diagnosis = host::examine(&context.setup()?, &Printer::new(true))?;
    let exit = print(&diagnosis, context.name(), "on this host and in the container's log", args.json, context.tone)?;
    if !args.json && diagnosis.runs {
        say!();
        say_behind!("", "{}", canary::job::offer(context.name()));
    }
    Ok(exit)
}

/// Looks at a saved log alone: needs no podman, and may be from elsewhere. `-` is standard input.
fn of_file(path: &Path, name: &str, json: bool, tone: Tone) -> Result<Exit> {
    let shown = match path == Path::new("-") {
        true => "standard input".to_owned(),
        false => sanitize(&path.display().to_string()),
    };
    let mut story = Story::default();
    let read = if path == Path::new("-") {
        reading::tell(&mut io::stdin().lock(), &mut story)
    } else {
        named_file::open(path).and_then(|mut file| reading::tell(&mut file, &mut story))
    };
    read.map_err(|e| Problem::usage(format!("{shown} cannot be read: {e}."), "Name a log that was saved."))?;
    let told = story.tell(None);
    print(&Diagnosis::of_log(&told), name, &format!("in {} of {shown}", count(told.lines, "line")), json, tone)
}

fn print(diagnosis: &Diagnosis, name: &str, place: &str, json: bool, tone: Tone) -> Result<Exit> {
    if json {
        print_json(&diagnosis.findings)?;
    } else {
        let (past, now): (Vec<&Finding>, Vec<_>) =
            diagnosis.findings.iter().partition(|finding| finding.past.is_some());
        now.iter().for_each(|finding| one(finding, name, tone));
        if now.is_empty() {
            say!("Nothing found {place}.");
        }
        if !past.is_empty() {
            say!("\nPast, for your information:");
            past.iter().for_each(|finding| one(finding, name, tone));
        }
    }
    Ok(if diagnosis.found() { Exit::Found } else { Exit::Done })
}

fn one(finding: &Finding, name: &str, tone: Tone) {
    let mark = match (&finding.past, finding.severity) {
        (None, Severity::Error) => tone.mark(Some(false)),
        _ => tone.mark(None),
    };
    let place =
        finding.line.map_or_else(|| finding.source.to_owned(), |line| format!("line {line}, {}", finding.source));
    say!("{mark} {} ({place})", finding.id);
    say_behind!("     | ", "{}", finding.text);
    say_behind!("     cause: ", "{}", finding.cause);
    if finding.past.is_none() {
        say_behind!("     next:  ", "{}", finding.fix);
    }
    if let Some(remedy) = finding.remedy {
        say_behind!("     with:  ", "{}", remedy.says(name));
    }
    if finding.past.is_none() && !finding.doc.is_empty() {
        say_behind!("     see:   ", "{}", finding.doc);
    }
}
