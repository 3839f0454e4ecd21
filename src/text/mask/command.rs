//! A command as it may be shown and logged: what an admin gave a container of their own by `-e`, `--env`, `--label` or
//! `--build-arg` is theirs alone, whatever it looks like.

use super::{MASK, mask};
use crate::text::shell::quote;

/// Options of podman's whose values are `NAME=value`, and the value is hidden.
const HIDING: [&str; 6] = ["-e", "--env", "-l", "--label", "--build-arg", "--annotation"];

/// What pipglr itself sets by such an option, and a user wants to read again; a token in it is hidden all the same.
const OURS: [&str; 12] = [
    "BASE_IMAGE",
    "CI_SERVER_URL",
    "GITLAB_URL",
    "NESTED_PRIVILEGED",
    "PODMAN_LOG_LEVEL",
    "PRUNE_INTERVAL",
    "RUNNER_DOWNLOAD_URL",
    "RUNNER_LOG_LEVEL",
    "RUNNER_NAME",
    "RUNNER_SHA256",
    "RUNNER_VERSION",
    "TARGETARCH",
];

/// Returns the words of a command as a shell takes them, without what is secret in them.
pub fn shown<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    let podman = words.iter().take(3).any(|word| matches!(*word, "podman" | "docker" | "buildah"));
    let mut line = String::new();
    let mut hides = false;
    for word in words {
        let hidden = if podman { assignment(word, hides) } else { None };
        hides = podman && takes_assignment(word);
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&quote(hidden.as_deref().unwrap_or(word)));
    }
    mask(&line).into_owned()
}

/// Whether the next word is `NAME=value`: `-e`, `--env`, also behind other letters (`-ite`).
fn takes_assignment(word: &str) -> bool {
    let flags = word.strip_prefix('-').filter(|flags| !flags.starts_with('-'));
    let last = flags.and_then(|flags| flags.strip_suffix(['e', 'l']));
    HIDING.contains(&word) || last.is_some_and(|flags| !flags.is_empty() && flags.chars().all(|c| "ditqP".contains(c)))
}

/// A word with its value hidden: the next one behind an option, or an option with it (`--env=NAME=value`, `-eNAME=value`).
fn assignment(word: &str, follows: bool) -> Option<String> {
    let own = HIDING.iter().find_map(|option| {
        let rest = word.strip_prefix(option).filter(|rest| !rest.is_empty())?;
        let long = option.starts_with("--");
        rest.strip_prefix('=').or((!long && !rest.starts_with('-')).then_some(rest))
    });
    let pair = if follows { word } else { own? };
    let (name, value) = pair.split_once('=')?;
    let kept = value.is_empty() || OURS.contains(&name);
    (!kept).then(|| format!("{}{name}={MASK}", &word[..word.len() - pair.len()]))
}
