//! What a sweep on a real machine gave, kept for the table that `cargo test --test sweep -- --nocapture` prints.

use std::fs;
use std::path::Path;

/// One row of it.
#[derive(Debug, Default)]
pub struct Row {
    name: String,
    /// Points that were swept.
    pub points: usize,
    /// Points that there are; 0 where all were swept.
    pub all: usize,
    pub faults: usize,
    pub lost: Vec<String>,
    pub leaked: Vec<String>,
    pub stuck: Vec<String>,
}

impl Row {
    pub fn new(name: String) -> Self {
        Self { name, ..Self::default() }
    }

    /// Keeps the row, good or bad; and fails where something was lost, leaked or stuck.
    pub fn finish(self) {
        let Self { name, points, all, faults, lost, leaked, stuck } = self;
        let points = format!("{points}/{}", all.max(points));
        let counts = format!("{points} | {faults} | {} | {} | {}", lost.len(), leaked.len(), stuck.len());
        println!(
            "{name}: points {points}, faults {faults}, lost {}, leaked {}, stuck {}",
            lost.len(),
            leaked.len(),
            stuck.len()
        );
        keep(&name, &format!("| {name} | {counts} |"));
        let wrong: Vec<_> = lost.into_iter().chain(leaked).chain(stuck).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// Keeps a line of the table, with the time, in place of the last one of that name.
pub fn keep(name: &str, line: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reliability");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
    fs::write(file, format!("{line} {:.0} |\n", jiff::Timestamp::now())).unwrap();
}
