//! The versions of the configuration that were applied, the newest last: `history/` in the state folder.

use crate::host::{Host, state_folder};
use crate::plan::Action;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use jiff::{SignedDuration, Timestamp};
use std::path::PathBuf;

/// RFC 3339, with a name that no shell and no `scp` takes for something else.
const NAME: &str = "%Y-%m-%dT%H-%M-%S.%3fZ.toml";

/// One version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// When it was applied, or first seen.
    pub at: Timestamp,
    /// Its file.
    pub path: PathBuf,
    /// Its text.
    pub text: Secret,
}

/// Returns all versions, the oldest first. What is not one of ours in that folder is passed over.
///
/// # Errors
/// The folder or a file in it cannot be read.
pub fn versions(host: &dyn Host) -> Result<Vec<Version>> {
    let folder = state_folder::history(host);
    let failed = |path: &PathBuf, e: std::io::Error| {
        Problem::new(format!("{} cannot be read: {e}.", path.display()), "Make it readable for you, then try again.")
    };
    let mut versions = vec![];
    for path in host.list(&folder).map_err(|e| failed(&folder, e))? {
        let Some(at) = path.file_name().and_then(|name| name.to_str()).and_then(time) else { continue };
        let text = Secret::new(host.read(&path).map_err(|e| failed(&path, e))?);
        versions.push(Version { at, path, text });
    }
    versions.sort_by_key(|version| version.at);
    Ok(versions)
}

fn time(name: &str) -> Option<Timestamp> {
    let time = jiff::fmt::strtime::parse(NAME, name).ok()?.to_datetime().ok()?;
    time.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// The files of the history while it grows: names, and what makes room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    folder: PathBuf,
    now: Timestamp,
    versions: Vec<Version>,
    /// So many are kept.
    most: usize,
}

impl History {
    /// Returns the history as it is.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(host: &dyn Host) -> Result<Self> {
        let folder = state_folder::history(host);
        Ok(Self { folder, now: host.now(), versions: versions(host)?, most: host.settings().history })
    }

    /// Returns the newest.
    pub fn newest(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// Returns all, the oldest first.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// Returns the newest that is another text.
    pub fn before(&self, text: &Secret) -> Option<&Version> {
        self.versions.iter().rev().find(|version| version.text != *text)
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// Adds a version, and gives its file and what is then to be removed: the same text further back, and what is
    /// older than the last of those that are kept. `None` where it is the newest already.
    pub fn add(&mut self, text: &Secret) -> Option<(PathBuf, Vec<Action>)> {
        if self.newest().is_some_and(|newest| newest.text == *text) {
            return None;
        }
        // After the newest, also where the clock was set back.
        let after = self
            .newest()
            .map_or(self.now, |newest| newest.at.saturating_add(SignedDuration::from_millis(1)).unwrap_or(self.now));
        let at = self.now.max(after);
        let path = self.folder.join(at.strftime(NAME).to_string());
        let (mut gone, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.versions).into_iter().partition(|version| version.text == *text);
        self.versions = kept;
        self.versions.push(Version { at, path: path.clone(), text: text.clone() });
        let over = self.versions.len().saturating_sub(self.most);
        gone.extend(self.versions.drain(..over));
        Some((path, gone.into_iter().map(|version| Action::Remove(version.path)).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::HISTORY;

    fn history(now: &str) -> History {
        History { folder: "/s/history".into(), now: now.parse().unwrap(), versions: vec![], most: HISTORY }
    }

    #[test]
    fn names_are_times_in_their_order_also_when_the_clock_goes_back() {
        let mut history = history("2026-11-24T10:00:00Z");
        let (first, _) = history.add(&Secret::new("a")).unwrap();
        assert_eq!(first.to_str(), Some("/s/history/2026-11-24T10-00-00.000Z.toml"));
        history.now = "2020-01-01T00:00:00Z".parse().unwrap();
        let (second, _) = history.add(&Secret::new("b")).unwrap();
        assert_eq!(second.to_str(), Some("/s/history/2026-11-24T10-00-00.001Z.toml"));
        assert_eq!(time("2026-11-24T10-00-00.001Z.toml"), Some("2026-11-24T10:00:00.001Z".parse().unwrap()));
        assert_eq!((time("notes.txt"), time(".toml")), (None, None));
    }

    #[test]
    fn twenty_are_kept_and_a_text_only_once() {
        let mut history = history("2026-11-24T10:00:00Z");
        for n in 0..HISTORY {
            assert_eq!(history.add(&Secret::new(format!("{n}"))).unwrap().1, []);
        }
        assert!(history.add(&Secret::new("19")).is_none(), "it is the newest already");
        let second = history.versions[1].path.clone();
        assert_eq!(history.add(&Secret::new("1")).unwrap().1, [Action::Remove(second)]);
        let oldest = history.versions[0].path.clone();
        assert_eq!(history.add(&Secret::new("new")).unwrap().1, [Action::Remove(oldest)]);
        assert_eq!(history.versions.len(), HISTORY);
    }
}
