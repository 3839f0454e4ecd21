//! `pipglr doctor`.

use super::status::print_json;
use super::{Printer, Tone};
use crate::doctor::{Diagnosis, Finding, Severity, Story, host, reading};
use crate::problem::{Exit, Problem, Result};
use crate::steps::Setup;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Longest line that is looked at; of a longer one the rest is passed over.
const LINE: u64 = 64 * 1024;

/// Looks at the host and the container's log, and prints what is wrong.
///
/// # Errors
/// podman fails in a way that the checks do not explain.
pub fn run(setup: &Setup, json: bool, tone: Tone) -> Result<Exit> {
    let diagnosis = host::examine(setup, &Printer::new(true))?;
    print(&diagnosis, &setup.name, "on this host and in the container's log", json, tone)
}

/// Looks at a saved log alone: needs no podman, and may be from elsewhere.
///
/// # Errors
/// The file cannot be read.
pub fn of_file(path: &Path, name: &str, json: bool, tone: Tone) -> Result<Exit> {
    let unreadable = |e: std::io::Error| {
        Problem::usage(format!("{} cannot be read: {e}.", path.display()), "Name a log that was saved.")
    };
    let mut reader = BufReader::new(File::open(path).map_err(unreadable)?);
    let (mut story, mut line, mut lines) = (Story::default(), Vec::new(), 0);
    while reader.by_ref().take(LINE).read_until(b'\n', &mut line).map_err(unreadable)? > 0 {
        if line.last() != Some(&b'\n') {
            reader.skip_until(b'\n').map_err(unreadable)?;
        }
        story.line(reading::read(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r'])));
        line.clear();
        lines += 1;
    }
    let place = format!("in {} lines of {}", lines, path.display());
    print(&Diagnosis::of_log(&story.tell(None)), name, &place, json, tone)
}

fn print(diagnosis: &Diagnosis, name: &str, place: &str, json: bool, tone: Tone) -> Result<Exit> {
    if json {
        print_json(&diagnosis.findings)?;
    } else {
        let (past, now): (Vec<&Finding>, Vec<_>) =
            diagnosis.findings.iter().partition(|finding| finding.past.is_some());
        now.iter().for_each(|finding| one(finding, name, tone));
        if now.is_empty() {
            println!("Nothing found {place}.");
        }
        if !past.is_empty() {
            println!("\nPast, for your information:");
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
    println!("{mark} {} ({place})", finding.id);
    println!("     | {}", finding.text);
    println!("     cause: {}", finding.cause);
    if finding.past.is_none() {
        println!("     next:  {}", finding.fix);
    }
    if let Some(remedy) = finding.remedy {
        println!("     with:  {}", remedy.says(name));
    }
    if finding.past.is_none() && !finding.doc.is_empty() {
        println!("     see:   {}", finding.doc);
    }
}
