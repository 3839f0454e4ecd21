//! The cheap look before the rules: nearly no line of a log has anything to hide, and this is several times faster.

use aho_corasick::{AhoCorasick, packed};
use std::sync::LazyLock;

/// What nearly no line has: without one of these, and without an address with a `@`, there is nothing to hide. Not more
/// than 64, and none shorter than three bytes: else they are no longer found many bytes at once.
pub(super) const HINTS: [&str; 57] = [
    "oken",
    "OKEN",
    "pass",
    "Pass",
    "PASS",
    "ecret",
    "ECRET",
    "key",
    "Key",
    "KEY",
    "rivate",
    "PRIVATE",
    "redential",
    "REDENTIAL",
    "auth",
    "Auth",
    "AUTH",
    "earer ",
    "EARER ",
    "asic ",
    "BASIC ",
    "PAT=",
    "_PAT",
    "_pat",
    "PWD",
    "pwd",
    "Pwd",
    "GR1348941",
    "glrt",
    "glpat-",
    "gldt-",
    "glcbt-",
    "glptt-",
    "glft-",
    "glsoat-",
    "glagent-",
    "glimt-",
    "gloas-",
    "glffct-",
    "glwt-",
    "AKIA",
    "ASIA",
    "AIza",
    "xox",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "eyJ",
    "hook",
    "HOOK",
    "ookie",
    "OOKIE",
    "ignature",
    "sig=",
    "_session",
];

/// Finds them.
enum Finder {
    /// By looking at many bytes at once: the automaton's walk, byte by byte, was a third of the time of a line.
    Packed(packed::Searcher),
    /// Where the processor cannot do that.
    Automaton(AhoCorasick),
}

static FINDER: LazyLock<Option<Finder>> = LazyLock::new(|| {
    let hints = || HINTS.iter().copied().chain(MORE);
    let packed = packed::Config::new().builder().extend(hints()).build().map(Finder::Packed);
    packed.or_else(|| AhoCorasick::new(hints()).ok().map(Finder::Automaton))
});

/// Options that tell of a secret though no word in them does: `-u user:password`, `login -p x`.
const MORE: [&str; 5] = ["-u ", "-u\"", "--user", "--creds", "login"];

/// Returns whether there may be a secret in it. Nearly always not.
pub fn suspicious(text: &str) -> bool {
    has_hint(text) || has_user_in_url(text.as_bytes())
}

fn has_hint(text: &str) -> bool {
    match &*FINDER {
        Some(Finder::Packed(searcher)) => searcher.find(text).is_some(),
        Some(Finder::Automaton(automaton)) => automaton.is_match(text),
        None => true,
    }
}

fn has_user_in_url(text: &[u8]) -> bool {
    memchr::memrchr(b'@', text).is_some_and(|at| memchr::memmem::find(&text[..at], b"://").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hint_is_found_wherever_it_stands() {
        for hint in HINTS.into_iter().chain(MORE) {
            for before in 0..70 {
                let text = format!("{}{hint}{}", "x".repeat(before), "y".repeat(70 - before));
                assert!(has_hint(&text), "{text}");
            }
            assert!(has_hint(hint), "{hint}");
        }
        assert!(!has_hint("Checking for jobs... received  job=1002 repo_url=http://gitlab.example/group/project.git"));
        assert!(matches!(*FINDER, Some(Finder::Packed(_))) || !cfg!(target_arch = "x86_64"));
    }
}
