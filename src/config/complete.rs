//! What may stand at the cursor, and what stands there.

use super::keys::{Key, Version};
use std::ops::Range;

/// What the cursor's place may hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The bytes that an item takes the place of.
    pub replace: Range<usize>,
    /// Best first.
    pub items: Vec<Item>,
}

/// One possibility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What to insert.
    pub text: String,
    /// A word about it.
    pub detail: String,
}

/// The help for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHelp {
    /// `runners[].docker.image`.
    pub path: &'static str,
    /// What it means, in our words; may be empty.
    pub meaning: &'static str,
    /// What the value is, in words.
    pub kind: String,
    /// The values that are understood; may be empty.
    pub values: Vec<&'static str>,
    /// What it is where it is missing; may be empty.
    pub default: &'static str,
    /// The first version that knows it; `None` for 10.0 and before.
    pub since: Option<Version>,
    /// The executors it is for; empty for all.
    pub executors: &'static str,
    /// What to use instead; empty where it is not deprecated.
    pub deprecated: &'static str,
}

impl KeyHelp {
    /// The help of a key.
    pub fn of(key: &Key) -> Self {
        Self {
            path: key.path,
            meaning: key.description,
            kind: key.kind.to_string(),
            values: key.values.clone(),
            default: key.default,
            since: key.since,
            executors: key.executors,
            deprecated: key.deprecated,
        }
    }
}

/// What may be typed at a byte of the text: keys, sections, values. Empty where nothing is known.
pub fn complete(text: &str, at: usize) -> Completion {
    let _ = text;
    Completion { replace: at..at, items: Vec::new() }
}

/// The key, or section, that stands at a byte of the text, or whose value does.
pub fn help_at(text: &str, at: usize) -> Option<KeyHelp> {
    let _ = (text, at);
    None
}
