//! One line of the log, and what it is known to be.

use crate::secret::Secret;
use crate::source::Source;
use jiff::Timestamp;
use std::borrow::Cow;
use std::num::NonZeroU64;

use super::level::Level;

/// From a place in the text on, it has this colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    /// Byte of [`Line::text`] (of the whole, see [`Line::whole`], while it is made).
    pub at: u32,
    /// One of the 256 colours; `None` is the terminal's own.
    pub colour: Option<u8>,
    /// Bold.
    pub bold: bool,
}

/// A secret that was taken out of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hidden {
    /// Byte of the whole text where [`MASK`] stands in its place.
    pub at: u32,
    /// What was there.
    pub was: Secret,
}

pub use crate::text::mask::MASK;

/// A line of the console: one message, harmless and without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When it was said: the record's time, else what the message or the clock in its prefix says.
    pub time: Option<Timestamp>,
    /// The program.
    pub source: Source,
    /// How serious it is.
    pub level: Level,
    /// The job it is about, where it says so (`job=1002`).
    pub job: Option<NonZeroU64>,
    pub(super) body: u32,
    pub(super) whole: Box<str>,
    pub(super) paint: Box<[Paint]>,
    pub(super) hidden: Box<[Hidden]>,
}

impl Line {
    /// Returns what it says, behind the journal's prefix.
    pub fn text(&self) -> &str {
        &self.whole[self.body as usize..]
    }

    /// Returns all of it, with the journal's prefix (`[ 7069.214247] gitlab-runner[46]: `).
    pub fn whole(&self) -> &str {
        &self.whole
    }

    /// Returns the journal's prefix; empty where there is none.
    pub fn prefix(&self) -> &str {
        &self.whole[..self.body as usize]
    }

    /// Returns the identifier and process number in the prefix, `gitlab-runner[46]`; empty where there is none.
    pub fn program(&self) -> &str {
        let prefix = self.prefix();
        prefix.split_once("] ").map_or("", |(_, rest)| rest.trim_end_matches([' ', ':']))
    }

    /// Returns the colours that gitlab-runner and journald gave it, by bytes of [`Line::text`].
    pub fn paint(&self) -> impl Iterator<Item = Paint> + '_ {
        self.paint.iter().map(|paint| Paint { at: paint.at.saturating_sub(self.body), ..*paint })
    }

    /// A container of a job said it, and what looks like a prefix is a part of it.
    pub fn of_job(self, source: Source) -> Self {
        Self { source, body: 0, job: None, ..self }
    }

    /// Returns whether secrets were taken out.
    pub fn masked(&self) -> bool {
        !self.hidden.is_empty()
    }

    /// Returns the text as it may be shown: with its secrets only where `reveal` is set, by somebody on purpose. The
    /// colours' places are those of the text without.
    pub fn shown(&self, reveal: bool) -> Cow<'_, str> {
        if !reveal || !self.masked() {
            return Cow::Borrowed(self.text());
        }
        let mut text = String::with_capacity(self.whole.len());
        let mut from = self.body as usize;
        for secret in &self.hidden {
            let at = secret.at as usize;
            text.push_str(&self.whole[from..at]);
            text.push_str(secret.was.expose_str());
            from = at + MASK.len();
        }
        text.push_str(&self.whole[from..]);
        Cow::Owned(text)
    }

    /// About how many bytes of memory it takes.
    pub fn bytes(&self) -> usize {
        let hidden: usize = self.hidden.iter().map(|h| size_of::<Hidden>() + h.was.expose().len()).sum();
        size_of::<Item>() + self.whole.len() + size_of_val(&*self.paint) + hidden
    }
}

/// A word of ours between two lines: something happened to the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruler {
    /// When, where it is known.
    pub time: Option<Timestamp>,
    /// What, one line.
    pub text: String,
}

/// What a log is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// The container said it.
    Line(Line),
    /// We say it.
    Ruler(Ruler),
}

impl Item {
    /// Returns what it says, without secrets.
    pub fn text(&self) -> &str {
        match self {
            Self::Line(line) => line.text(),
            Self::Ruler(ruler) => &ruler.text,
        }
    }

    /// When it was said.
    pub fn time(&self) -> Option<Timestamp> {
        match self {
            Self::Line(line) => line.time,
            Self::Ruler(ruler) => ruler.time,
        }
    }

    /// Returns the line, where it is one.
    pub fn line(&self) -> Option<&Line> {
        match self {
            Self::Line(line) => Some(line),
            Self::Ruler(_) => None,
        }
    }

    /// About how many bytes of memory it takes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Line(line) => line.bytes(),
            Self::Ruler(ruler) => size_of::<Self>() + ruler.text.len(),
        }
    }
}

/// Takes one line of console text apart, whatever is before or behind it.
pub fn parse(line: &str) -> Line {
    super::parse::Parser::default().line(None, line.as_bytes(), 0)
}
