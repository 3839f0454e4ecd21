//! The versions that are stored, as both faces list them: what each changed, which is in force, and the way back to one.

use super::history::Version;
use super::offer::{Offer, offer_old};
use super::standing::read_standing;
use super::undo::back_to;
use super::{Wish, crossed, is_in_force};
use crate::config::diff::{Change, Diff, diff};
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::target::Target;
use crate::text::plural::count;
use jiff::Timestamp;

/// A version in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The version.
    pub version: Version,
    /// What it changed of the one before it, without secrets; of the oldest: all of it.
    pub diff: Diff,
    /// The same in a line.
    pub words: String,
    /// Where it is what the secret says: whether the runner works with it.
    pub stored: Option<bool>,
}

/// Reads the versions that are stored, the newest first.
///
/// # Errors
/// podman fails, or the history cannot be read.
pub fn read_versions(target: &Target) -> Result<Vec<Listed>> {
    let standing = read_standing(target)?;
    let in_force = is_in_force(target, &standing)?;
    Ok(listed(standing.history.versions(), standing.held.text(), in_force))
}

/// Returns versions, the oldest first, as they are listed, the newest first.
pub fn listed(versions: &[Version], held: Option<&Secret>, in_force: bool) -> Vec<Listed> {
    let before = std::iter::once(None).chain(versions.iter().map(Some));
    let listed = versions.iter().zip(before).map(|(version, before)| {
        let diff = diff(before.map_or("", |before| before.text.expose_str()), version.text.expose_str());
        let words = if before.is_some() { in_a_line(&diff) } else { "the oldest that is kept".into() };
        let stored = (held == Some(&version.text)).then_some(in_force);
        Listed { version: version.clone(), diff, words, stored }
    });
    let mut listed: Vec<Listed> = listed.collect();
    listed.reverse();
    listed
}

/// Returns a difference in a line: what a key became, else the first line that is new, and how many more there are.
fn in_a_line(diff: &Diff) -> String {
    let lines = |which: Change| diff.lines.iter().filter(move |line| line.change == which).map(|line| line.text.trim());
    let words = |which| lines(which).filter(|text| !text.is_empty()).collect::<Vec<_>>();
    let (gone, came) = (words(Change::Removed), words(Change::Added));
    let key = |line: &str| line.split_once('=').map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()));
    let (one, of) = match (gone.as_slice(), came.as_slice()) {
        // Only what is masked differs, or no line does.
        (gone, came) if gone == came => return diff.notes.join(", "),
        ([first, ..], [new, ..]) => match (key(first), key(new)) {
            (Some((old, was)), Some((key, is))) if old == key => {
                let note = was.find(" #").map_or("", |at| &was[at..]); // it says nothing where it stays
                let (was, is) = was.strip_suffix(note).zip(is.strip_suffix(note)).unwrap_or((&was, &is));
                (format!("{key} = {}, was {}", is.trim(), was.trim()), 2)
            }
            _ => (format!("+ {new}"), 1),
        },
        (_, [new, ..]) => (format!("+ {new}"), 1),
        ([first, ..], _) => (format!("- {first}"), 1),
        ([], []) => return diff.notes.join(", "),
    };
    match gone.len() + came.len() - of {
        0 => one,
        more => format!("{one}; {} more", count(more, "line")),
    }
}

/// Offers the way back to one of them. A text that waits is not written over: it is applied or discarded first.
///
/// # Errors
/// It is gone, another text waits, or as [`propose`](super::propose).
pub fn offer_version(target: &Target, at: Timestamp) -> Result<Offer> {
    let standing = read_standing(target)?;
    if let Some(kept) = &standing.kept {
        return Err(crossed::waits(kept));
    }
    let gone = || Problem::new("That version is not there any more.", "`pipglr config history` lists those that are.");
    let version = standing.history.versions().iter().find(|version| version.at == at).ok_or_else(gone)?;
    let (text, from) = back_to(version, standing.held.text());
    offer_old(target, standing, &text, from, Wish::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "concurrent = 1\n\n[[runners]]\n  name = \"box\"\n  token = \"glrt-canary-aaaaaaaaaaaa\"\n";

    fn words(old: &str, new: &str) -> String {
        in_a_line(&diff(old, new))
    }

    #[test]
    fn what_a_version_changed_is_said_in_a_line_without_its_secrets() {
        let more = OLD.replace("= 1", "= 4");
        assert_eq!(words(OLD, &more), "concurrent = 4, was 1");
        let noted = |text: &str| text.replacen('\n', "  # jobs\n", 1);
        assert_eq!(words(&noted(OLD), &noted(&more)), "concurrent = 4, was 1");
        assert_eq!(words(&noted(OLD), &more), "concurrent = 4, was 1  # jobs");
        assert_eq!(words(OLD, &OLD.replace("\n\n", "\ncheck_interval = 3\n\n")), "+ check_interval = 3");
        assert_eq!(words(&more, "concurrent = 4\n"), "- [[runners]]; 2 lines more");
        assert_eq!(words(OLD, &more.replace("box", "big")), "concurrent = 4, was 1; 2 lines more");
        let token = OLD.replace("aaaaaaaaaaaa", "bbbbbbbbbbbb");
        assert_eq!(words(OLD, &token), "runners[0].token changed");
        assert_eq!(words(OLD, &OLD.replace('\n', "\r\n")), "line ends were LF, and are CRLF");
    }

    #[test]
    fn the_newest_is_first_and_the_one_that_the_secret_says_is_marked() {
        let version = |n: i64, text: &str| Version {
            at: Timestamp::from_second(n).unwrap(),
            path: format!("/s/history/{n}").into(),
            text: Secret::new(text),
        };
        let versions = [version(1, OLD), version(2, &OLD.replace("= 1", "= 4"))];
        let listed = listed(&versions, Some(&versions[0].text), true);
        let seen: Vec<_> = listed.iter().map(|one| (one.words.as_str(), one.stored)).collect();
        assert_eq!(seen, [("concurrent = 4, was 1", None), ("the oldest that is kept", Some(true))]);
        assert!(!format!("{:?}", listed[1].diff).contains("canary"));
    }
}
