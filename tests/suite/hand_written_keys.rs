//! What the screen says of a key is what the key does: words about keys take them from the tables.

use regex::Regex;
use std::path::{Path, PathBuf};

/// Keys that are in no table of ours: sudo's, and the digits' neighbours in fields that count.
const NOT_OURS: &[&str] = &["sudo may ask for your password (Ctrl-C goes back)", "N parallel jobs need"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn no_letter_of_a_key_is_written_by_hand() {
    // "; z takes it back", "Ctrl-Z takes it back", "here: u"; but not "{} s".
    let key = r"(?:^|[^}] |\()(?:Ctrl-[A-Z]|F[0-9]+|[b-zB-HJ-Z/&!?])(?:[ ,:;)][ a-z]|$)";
    let (key, literal) = (Regex::new(key).unwrap(), Regex::new(r#""((?:[^"\\]|\\.)*)""#).unwrap());
    let (mut seen, mut wrong) = (0, vec![]);
    for path in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/tui"))) {
        let name = path.display().to_string();
        if name.ends_with("keys.rs") || name.contains("/keys/") || name.ends_with("tests.rs") {
            continue; // the tables themselves
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for words in literal.captures_iter(line).map(|found| found[1].to_owned()) {
                seen += 1;
                if words.len() > 6 && key.is_match(&words) && !NOT_OURS.iter().any(|other| words.contains(other)) {
                    wrong.push(format!("{name}: {words}"));
                }
            }
        }
    }
    assert!(seen > 300, "{seen}");
    assert!(wrong.is_empty(), "take the key from its table, by `key_of` or `key_on`:\n{}", wrong.join("\n"));
}
