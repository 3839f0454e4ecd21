//! What changed between two texts, without their secrets.

use super::secrets;
use super::source::BOM;
use crate::text::sanitize::sanitize;
use similar::{Algorithm, ChangeTag, capture_diff_slices, group_diff_ops};
use std::collections::BTreeMap;
use std::fmt;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is in both.
    Same,
    /// Only in the old text.
    Removed,
    /// Only in the new text.
    Added,
    /// A word about the place: `@@ -1,4 +1,5 @@`.
    Head,
}

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What became of it.
    pub change: Change,
    /// The line, secrets masked and controls made visible, without its end.
    pub text: String,
}

/// A difference. `Display` writes it as a unified diff, the notes below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Three lines around each change. Empty where the lines are the same.
    pub lines: Vec<Line>,
    /// What cannot be seen in the lines: `runners[0].token changed`, or line ends.
    pub notes: Vec<String>,
}

impl Diff {
    /// Returns whether the two texts are the same, byte for byte.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.notes.is_empty()
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            let sign = match line.change {
                Change::Same => " ",
                Change::Removed => "-",
                Change::Added => "+",
                Change::Head => "",
            };
            writeln!(f, "{sign}{}", line.text)?;
        }
        for note in &self.notes {
            writeln!(f, "# {note}")?;
        }
        Ok(())
    }
}

/// Returns what changed from `old` to `new`.
pub fn diff(old: &str, new: &str) -> Diff {
    if old == new {
        return Diff::default();
    }
    let (old_lines, new_lines) = (lines(old), lines(new));
    let (old_masked, new_masked) = (secrets::mask(old), secrets::mask(new));
    let (old_shown, new_shown) = (lines(&old_masked), lines(&new_masked));
    let ops = capture_diff_slices(Algorithm::Myers, &old_lines, &new_lines);
    let mut all = Vec::new();
    for group in group_diff_ops(ops, 3) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let (old_range, new_range) =
            (first.old_range().start..last.old_range().end, first.new_range().start..last.new_range().end);
        let head =
            format!("@@ -{},{} +{},{} @@", old_range.start + 1, old_range.len(), new_range.start + 1, new_range.len());
        all.push(Line { change: Change::Head, text: head });
        for op in &group {
            for change in op.iter_changes(&old_lines[..], &new_lines[..]) {
                let (change, shown) = match (change.tag(), change.old_index(), change.new_index()) {
                    (ChangeTag::Delete, Some(index), _) => (Change::Removed, old_shown.get(index)),
                    (ChangeTag::Insert, _, Some(index)) => (Change::Added, new_shown.get(index)),
                    (_, _, Some(index)) => (Change::Same, new_shown.get(index)),
                    _ => continue,
                };
                all.push(Line { change, text: shown.map_or(String::new(), |line| visible(line)) });
            }
        }
    }
    Diff { lines: all, notes: notes(old, new) }
}

/// The lines without their ends and without a byte order mark.
fn lines(text: &str) -> Vec<&str> {
    let text = text.strip_prefix(BOM).unwrap_or(text);
    text.split_inclusive('\n')
        .map(|line| line.strip_suffix('\n').unwrap_or(line))
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .collect()
}

/// A line that is safe to show, its indentation kept.
fn visible(line: &str) -> String {
    let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
    format!("{}{}", &line[..blank].replace('\t', "    "), sanitize(&line[blank..]))
}

fn notes(old: &str, new: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let (before, after) = (by_key(old), by_key(new));
    for (key, values) in &before {
        match after.get(key) {
            None => notes.push(format!("{key} removed")),
            Some(now) if now != values => notes.push(format!("{key} changed")),
            Some(_) => {}
        }
    }
    notes.extend(after.keys().filter(|key| !before.contains_key(*key)).map(|key| format!("{key} added")));
    let crlf = |text: &str| (text.matches("\r\n").count(), text.matches('\n').count());
    let name = |(crlf, all): (usize, usize)| match crlf {
        0 => "LF",
        crlf if crlf == all => "CRLF",
        _ => "mixed",
    };
    if name(crlf(old)) != name(crlf(new)) && crlf(old).1 > 0 && crlf(new).1 > 0 {
        notes.push(format!("line ends were {}, and are {}", name(crlf(old)), name(crlf(new))));
    }
    let flag = |was: bool, is: bool, what: &str| match (was, is) {
        (false, true) => Some(format!("{what} added")),
        (true, false) => Some(format!("{what} removed")),
        _ => None,
    };
    notes.extend(flag(old.starts_with(BOM), new.starts_with(BOM), "byte order mark"));
    if !old.is_empty() && !new.is_empty() {
        notes.extend(flag(old.ends_with('\n'), new.ends_with('\n'), "line end at the end of the file"));
    }
    if notes.is_empty() && lines(old) == lines(new) {
        notes.push("only line ends changed".into());
    }
    notes
}

/// The secrets of a text, by their keys; those of comments are left out.
fn by_key(text: &str) -> BTreeMap<String, Vec<&str>> {
    let mut map: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for secret in secrets::find(text).into_iter().filter(|secret| !secret.key.is_empty()) {
        map.entry(sanitize(&secret.key)).or_default().push(&text[secret.span]);
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "concurrent = 1\n\n[[runners]]\n  name = \"box\"\n  token = \"glrt-canary-aaaaaaaaaaaa\"\n  environment = [\"PASSWORD=canary\"]\n";

    #[test]
    fn a_change_with_what_is_around_it() {
        let new = OLD.replace("= 1", "= 4");
        let diff = diff(OLD, &new);
        assert_eq!(
            diff.to_string(),
            "@@ -1,4 +1,4 @@\n-concurrent = 1\n+concurrent = 4\n \n [[runners]]\n   name = \"box\"\n"
        );
        assert!(super::diff(OLD, OLD).is_empty());
    }

    #[test]
    fn a_secret_is_never_shown_and_its_change_is() {
        let new =
            OLD.replace("glrt-canary-aaaaaaaaaaaa", "glrt-canary-bbbbbbbbbbbb").replace("=canary", "=other-canary");
        let text = diff(OLD, &new).to_string();
        assert!(!text.contains("canary"), "{text}");
        assert!(text.contains("-  token = \"••••••••\"\n-  environment = [\"PASSWORD=••••••••\"]\n+  token"), "{text}");
        assert!(text.contains("# runners[0].token changed\n"), "{text}");
        assert!(text.contains("# runners[0].environment PASSWORD changed\n"), "{text}");
        let gone = diff(OLD, "concurrent = 1\n").to_string();
        assert!(gone.contains("# runners[0].token removed") && !gone.contains("canary"), "{gone}");
    }

    #[test]
    fn what_lines_do_not_show_is_noted() {
        let crlf = OLD.replace('\n', "\r\n");
        assert_eq!(diff(OLD, &crlf).notes, ["line ends were LF, and are CRLF"]);
        assert!(diff(OLD, &crlf).lines.is_empty());
        assert_eq!(diff(OLD, &format!("\u{feff}{OLD}")).notes, ["byte order mark added"]);
        assert_eq!(diff(OLD, OLD.trim_end()).notes, ["line end at the end of the file removed"]);
        assert_eq!(diff("a = 1\r\nb = 2\n", "a = 1\nb = 2\r\n").notes, ["only line ends changed"]);
    }

    #[test]
    fn controls_are_made_visible() {
        let shown = diff("", "a = \"\u{1b}[31mred\u{202e}\"\n").to_string();
        assert!(!shown.contains('\u{1b}') && shown.contains("\\u{202e}"), "{shown:?}");
    }
}
