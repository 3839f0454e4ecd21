//! What went wrong, said so that the reader knows what to do next.

use crate::text::addressed::addressed;
use crate::text::mask::mask;
use std::borrow::Cow;
use std::fmt;

/// Exit codes, as `pipglr --help` and assets/docs/verbs.md promise them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Something failed.
    Failed = 1,
    /// Wrong usage: an option, an answer.
    Usage = 2,
    /// A check found something.
    Found = 3,
    /// Root is needed and was not given; the commands are printed.
    NeedsRoot = 4,
    /// Ctrl-C.
    Interrupted = 130,
}

/// What kind of failure it is: what the code goes by, and the exit code follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something failed.
    Failed,
    /// A program, a file or a container is not there.
    NotFound,
    /// There is nothing that it could be done to, and nothing is wrong: trying again would find the same.
    Nothing,
    /// A command took longer than it may.
    TimedOut,
    /// Wrong usage: an option, an answer.
    Usage,
    /// Nobody is there any more to be asked.
    Ended,
    /// A check found something.
    Found,
    /// Somebody else has changed the secret meanwhile.
    Conflict,
    /// Somebody else has changed the text on its way to the secret.
    Crossed,
    /// A server could not be asked.
    Away,
    /// Root is needed and was not given; the commands are printed.
    NeedsRoot,
    /// The user stopped it.
    Interrupted,
}

impl Kind {
    /// Returns what the process ends with when this ends it.
    pub fn exit(self) -> Exit {
        match self {
            Self::Failed
            | Self::NotFound
            | Self::Nothing
            | Self::TimedOut
            | Self::Away
            | Self::Conflict
            | Self::Crossed => Exit::Failed,
            Self::Usage | Self::Ended => Exit::Usage,
            Self::Found => Exit::Found,
            Self::NeedsRoot => Exit::NeedsRoot,
            Self::Interrupted => Exit::Interrupted,
        }
    }
}

/// Every error of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What failed, one sentence.
    pub what: String,
    /// The tool's own words, sanitised, last lines last.
    pub said: Vec<String>,
    /// The cause in our words; empty where it is not known.
    pub cause: String,
    /// What to do next.
    pub advice: String,
    /// What kind of failure it is.
    pub kind: Kind,
}

/// The result of nearly everything here.
pub type Result<T> = std::result::Result<T, Problem>;

impl Problem {
    /// A failure with what to do about it.
    pub fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        let (what, advice) = (without_secrets(what), without_secrets(advice));
        Self { what, said: Vec::new(), cause: String::new(), advice, kind: Kind::Failed }
    }

    /// Wrong usage or a wrong answer.
    pub fn usage(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(what, advice).kind(Kind::Usage)
    }

    /// The user stopped it.
    pub fn interrupted() -> Self {
        Self::new("Stopped.", "Nothing that was done is lost: run pipglr again and it goes on from here.")
            .kind(Kind::Interrupted)
    }

    /// Sets the kind.
    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Returns what the process ends with when this ends it.
    pub fn exit(&self) -> Exit {
        self.kind.exit()
    }

    /// Sets the cause.
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = without_secrets(cause);
        self
    }

    /// Sets the tool's own words.
    pub fn said(mut self, said: Vec<String>) -> Self {
        self.said = said.into_iter().map(without_secrets).collect();
        self
    }
}

/// A failure quotes what was typed and what a tool said: either may hold a token.
fn without_secrets(text: impl Into<String>) -> String {
    let text = text.into();
    match mask(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(clean) => clean,
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", addressed(&self.what))?;
        for line in &self.said {
            writeln!(f, "  | {line}")?;
        }
        if !self.cause.is_empty() {
            writeln!(f, "cause: {}", addressed(&self.cause))?;
        }
        write!(f, "next:  {}", addressed(&self.advice))
    }
}

impl std::error::Error for Problem {}
