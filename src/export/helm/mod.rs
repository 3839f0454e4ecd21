//! Values for the official gitlab-runner chart, one file a runner: the chart takes exactly one `[[runners]]` a release.
//! No secret is in them. What a cluster cannot have is named, each with its reason.

mod docker;
pub mod table;
mod units;
mod values;

use super::File;
use crate::config::{document, secrets};
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use std::fmt;
use toml::{Table, Value};

/// Stands for the release's namespace until the text is escaped; nobody writes such a character.
const NAMESPACE: &str = "\u{e000}";

/// Something that did not go over, or is to be minded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    key: String,
    why: String,
    lost: bool,
}

impl Note {
    fn lost(key: &str, why: &str) -> Self {
        Self { key: key.replace("[]", ""), why: why.into(), lost: true }
    }

    fn mind(key: &str, why: &str) -> Self {
        Self { lost: false, ..Self::lost(key, why) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.lost { "not carried over" } else { "mind" };
        write!(f, "{}: {what}: {}", self.key, self.why)
    }
}

/// A release of the chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its name, which is also that of its Secret.
    pub name: String,
    /// The values, with what could not be had before them.
    pub values: File,
    /// The Secrets' manifest, to be filled in.
    pub secret: File,
    /// What did not go over, or is to be minded.
    pub notes: Vec<Note>,
}

/// Returns the releases of a configuration, one a runner.
///
/// # Errors
/// It is no configuration, or has no runner.
pub fn releases(config: &Secret) -> Result<Vec<Release>> {
    let text = config.expose_str();
    document::read(text)?;
    // From here on there is no secret in it: what is one is dots.
    let masked = secrets::mask(text).parse::<Table>();
    let root = masked.map_err(|_| {
        Problem::new(
            "A secret stands in the configuration where no value is.",
            "Put it right in `pipglr edit`, then try again.",
        )
    })?;
    let (mut globals, mut runners) = (Table::new(), vec![]);
    for (key, value) in root {
        match value {
            Value::Array(list) if key.eq_ignore_ascii_case("runners") => {
                runners = list.into_iter().filter_map(|runner| runner.try_into::<Table>().ok()).collect();
            }
            value => drop(globals.insert(key, value)),
        }
    }
    if runners.is_empty() {
        return Err(Problem::usage("The configuration has no [[runners]].", "Register one first: `pipglr setup`."));
    }
    let mut names = vec![];
    let many = runners.len() > 1;
    runners.into_iter().map(|runner| values::release(&globals, runner, &mut names, many)).collect()
}

/// Puts a value at a dotted path; a table that is there is gone into.
fn place(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => drop(table.insert(path.to_owned(), value)),
        Some((first, rest)) => {
            let inner = table.entry(first).or_insert_with(|| Table::new().into());
            if let Some(inner) = inner.as_table_mut() {
                place(inner, rest, value);
            }
        }
    }
}
