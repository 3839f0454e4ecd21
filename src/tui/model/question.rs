//! What is asked before it is done.

/// What is asked before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Leave although something runs.
    Leave,
    /// Leave although something is not kept.
    LeaveUnsaved,
    /// Close the editor although something is not kept.
    CloseUnsaved,
    /// Recreate the volumes.
    Recreate,
    /// Stop or restart the container, as it was planned.
    Operate,
}

impl Question {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Leave => "Something is still running. Stop it and leave?",
            Self::LeaveUnsaved => "The text has unsaved changes. Discard them and leave?",
            Self::CloseUnsaved => "The text has unsaved changes. Discard them and go back?",
            Self::Recreate => "Recreate both volumes? Images and caches in them are fetched again by later jobs.",
            Self::Operate => "Do it?",
        }
    }
}
