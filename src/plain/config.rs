//! `pipglr config …`.

use super::Tone;
use super::status::print_json;
use crate::config::lint::{self, Context, Severity};
use crate::problem::{Exit, Problem, Result};
use std::io::Read;
use std::path::Path;

/// Prints what is wrong with a file, or with standard input (`-`): `file:line:column: severity: message`, the hint
/// below. Ends with 3 where there is an error; warnings alone end with 0, since gitlab-runner takes the file.
///
/// # Errors
/// The file cannot be read.
pub fn lint(file: &Path, json: bool, tone: Tone) -> Result<Exit> {
    let (bytes, name) = read(file)?;
    let findings = lint::lint_bytes(&bytes, &Context::default());
    if json {
        print_json(&findings)?;
    } else {
        for finding in &findings {
            let (word, color) = match finding.severity {
                Severity::Error => ("error", 31),
                Severity::Warning => ("warning", 33),
            };
            let place = format!("{name}:{}:{}", finding.line, finding.column);
            println!("{place}: {}: {}", tone.paint(word, color), finding.message);
            if !finding.hint.is_empty() {
                println!("    {}", finding.hint);
            }
        }
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        match (errors, findings.len() - errors) {
            (0, 0) => println!("{name}: nothing is wrong."),
            (errors, warnings) => println!("{name}: {errors} error(s), {warnings} warning(s)."),
        }
    }
    let found = findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if found { Exit::Found } else { Exit::Done })
}

/// A file, or standard input for `-`, and its name for messages.
fn read(file: &Path) -> Result<(Vec<u8>, String)> {
    let stdin = file.as_os_str() == "-";
    let name = if stdin { "standard input".to_owned() } else { file.display().to_string() };
    let mut bytes = Vec::new();
    let read = if stdin {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(file).map(|read| bytes = read)
    };
    read.map_err(|e| {
        Problem::usage(format!("{name} cannot be read: {e}."), "Name the configuration file, or - for standard input.")
    })?;
    Ok((bytes, name))
}
