//! How serious a line is.

use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// From the least to the most serious.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Said only when asked for more.
    Debug,
    /// All that says nothing else.
    #[default]
    Info,
    /// May need a look.
    Warning,
    /// Something failed.
    Error,
    /// The program ended by it.
    Fatal,
}

impl Level {
    /// All, the least serious first.
    pub const ALL: [Self; 5] = [Self::Debug, Self::Info, Self::Warning, Self::Error, Self::Fatal];

    /// Returns the word for it, as in `--json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// Returns one letter for the margin; a blank for what is nothing special.
    pub fn letter(self) -> char {
        match self {
            Self::Debug => 'd',
            Self::Info => ' ',
            Self::Warning => 'W',
            Self::Error => 'E',
            Self::Fatal => 'F',
        }
    }

    /// Reads logrus's names (gitlab-runner and podman use it), in any case.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "trace" | "debug" => Self::Debug,
            "info" => Self::Info,
            "warning" | "warn" => Self::Warning,
            "error" => Self::Error,
            "fatal" | "panic" => Self::Fatal,
            _ => return None,
        })
    }
}

/// Returns the level that gitlab-runner's own format says by its first word (`WARNING: `, `ERROR: `, `FATAL: `,
/// `PANIC: `); Go's own `panic: ` too. Debug it says by colour alone (white, bold).
pub fn of_runner(text: &str) -> Option<Level> {
    let (word, level) = match text.as_bytes().first()? {
        b'W' => ("WARNING: ", Level::Warning),
        b'E' => ("ERROR: ", Level::Error),
        b'F' => ("FATAL: ", Level::Fatal),
        b'P' => ("PANIC: ", Level::Fatal),
        b'p' => ("panic: ", Level::Fatal),
        _ => return None,
    };
    text.starts_with(word).then_some(level)
}

/// Returns the level in logrus's text (`level=error`) and JSON (`"level":"error"`) formats, whoever writes them.
pub fn of_logrus(text: &str) -> Option<Level> {
    if text.starts_with("time=\"") || text.starts_with("level=") {
        let at = text.get(..80.min(text.len())).unwrap_or(text).find("level=")?;
        let word = text[at + 6..].split([' ', '"']).next()?;
        return Level::named(word);
    }
    if text.starts_with('{') {
        let at = text.find("\"level\":\"")?;
        return Level::named(text[at + 9..].split('"').next()?);
    }
    None
}

/// Returns the level of what podman and its helpers say without logrus: `Error: …`, conmon's `<nwarn>`.
pub fn of_podman(text: &str) -> Option<Level> {
    if text.starts_with("Error: ") {
        return Some(Level::Error);
    }
    let head = text.get(..64.min(text.len())).unwrap_or(text);
    let at = memchr::memchr(b'<', head.as_bytes()).filter(|at| head[..*at].ends_with(' '))?;
    match head[at + 1..].split('>').next()?.trim_start_matches('n') {
        "error" => Some(Level::Error),
        "warn" => Some(Level::Warning),
        "debug" => Some(Level::Debug),
        _ => None,
    }
}

/// systemd's words for what failed, the more serious first.
const FAILED: [(&str, Level); 10] = [
    ("Failed to start ", Level::Error),
    ("Start request repeated too quickly", Level::Error),
    ("[FAILED]", Level::Error),
    ("Freezing execution", Level::Error),
    ("Failed with result ", Level::Warning),
    ("status=1/FAILURE", Level::Warning),
    ("Dependency failed for ", Level::Warning),
    ("[DEPEND]", Level::Warning),
    ("Suppressed ", Level::Warning),
    ("Failed to ", Level::Warning),
];

/// All of them in one pass.
static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(FAILED.map(|(words, _)| words)).ok()
});

/// Returns the level in systemd's words, for the lines whose colour does not say it.
pub fn of_systemd(text: &str) -> Option<Level> {
    let found = FINDER.as_ref()?.find_iter(text);
    found.filter_map(|found| FAILED.get(found.pattern().as_usize())).map(|(_, level)| *level).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_says_it_in_its_own_way() {
        for (level, found) in [
            (Some(Level::Warning), of_runner("WARNING: Job failed: exit code 3")),
            (Some(Level::Fatal), of_runner("PANIC: Failed to register the runner.")),
            (Some(Level::Error), of_runner("ERROR: Job failed (system failure): x")),
            (None, of_runner("Checking for jobs... received")),
            (None, of_runner("x: ERROR: y")),
            (Some(Level::Error), of_logrus("time=\"2026-11-24T10:05:35Z\" level=error msg=\"failed to move\"")),
            (Some(Level::Info), of_logrus("time=\"2026-11-24T10:14:37Z\" level=info")),
            (Some(Level::Warning), of_logrus("{\"level\":\"warning\",\"msg\":\"x\"}")),
            (None, of_logrus("msg about level=error in the middle")),
            (Some(Level::Warning), of_podman("conmon 2d20f3 <nwarn>: Failed to add inotify watch")),
            (Some(Level::Error), of_podman("conmon 2d20f3 <error>: x")),
            (None, of_podman("Trying to pull localhost/nope:latest...")),
            (Some(Level::Warning), of_systemd("podman.socket: Failed with result 'service-start-limit-hit'.")),
            (Some(Level::Error), of_systemd("Failed to start podman.service - Podman API service.")),
            (None, of_systemd("Started runner.service - GitLab Runner.")),
        ] {
            assert_eq!(found, level);
        }
    }
}
