//! What changed between two texts, without their secrets.

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

/// A difference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Three lines around each change, as in a unified diff. Empty where the texts are the same.
    pub lines: Vec<Line>,
    /// What cannot be seen in the lines: `runners[0].token changed`, or line ends.
    pub notes: Vec<String>,
}

/// What changed from `old` to `new`.
pub fn diff(old: &str, new: &str) -> Diff {
    let _ = (old, new);
    Diff::default()
}
