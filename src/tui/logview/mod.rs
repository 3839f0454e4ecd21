//! The log as it is looked at: what is kept, what of it is shown, what is searched in it; followed or held still.

mod index;
mod prompt;
mod scroll;
mod search;

pub use index::Index;
pub use prompt::{Ask, Save, Typing};
pub use scroll::{Row, breaks};

use crate::logs::clock::Show;
use crate::logs::feed::Options;
use crate::logs::jobs::State;
use crate::logs::{Buffer, Filter, Item, Job, Jobs, Level, Limits, Pattern};
use crate::source::Source;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What is read, as it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// A saved log; the container's where there is none.
    pub file: Option<PathBuf>,
    /// A running job, whose trace is read in place of the container's log.
    pub job: Option<u64>,
    /// Only lines of this time and later.
    pub since: Option<Timestamp>,
    /// Of those that are there already only the last.
    pub tail: Option<usize>,
    /// How much of the times is shown at first.
    pub times: Show,
    /// Whether secrets are shown at first.
    pub reveal: bool,
    /// How much is kept.
    pub limits: Limits,
}

impl Given {
    /// Returns whether it is the container's log.
    pub fn is_the_container_s(&self) -> bool {
        self.file.is_none() && self.job.is_none()
    }

    /// Returns what the pipeline is to give: of a container's log no more than is kept here.
    pub fn options(&self) -> Options {
        let tail = Some(self.tail.unwrap_or(self.limits.lines));
        let live = self.file.is_none();
        Options { since: self.since, tail: if live { tail } else { self.tail }, follow: live, wait: live }
    }
}

/// What lies over the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// The jobs; the chosen one, counted from the newest.
    Jobs(usize),
    /// One line taken apart: its number, and rows scrolled down.
    Line(u64, usize),
    /// What the doctor knows of a line: its number, and rows scrolled down.
    Doctor(u64, usize),
    /// Which levels are shown.
    Levels,
}

/// The log being looked at.
#[derive(Debug)]
pub struct LogView {
    /// What is read.
    pub given: Given,
    /// The log that a trace was opened from.
    pub behind: Option<Given>,
    /// Whether it was opened for its jobs: `Esc` leads from them to where it was opened.
    pub for_jobs: bool,
    /// What is kept.
    pub buffer: Buffer,
    /// The jobs seen.
    pub jobs: Jobs,
    /// What of it is shown.
    pub filter: Filter,
    /// The numbers of what is shown.
    pub(super) shown: Index,
    /// What is searched for.
    pub search: Option<Pattern>,
    /// The numbers of the shown lines that have it.
    pub(super) hits: Index,
    /// A hit that is wanted, as soon as it is known.
    seek: Option<search::Seek>,
    /// Rows and columns for lines.
    pub(super) room: (usize, usize),
    /// The line on top while held still, and how many of its rows are above.
    pub(super) top: (u64, usize),
    /// The line one is at while held still.
    pub(super) cursor: u64,
    /// Where the selection began.
    pub(super) anchor: Option<u64>,
    /// Whether the end is in sight and stays so.
    pub follow: bool,
    /// How many lines to be shown came since it was held still.
    pub fresh: u64,
    /// Columns scrolled to the right.
    pub left: usize,
    /// Whether long lines are broken.
    pub wrap: bool,
    /// How much of the times is shown.
    pub times: Show,
    /// Whether a line has said its time.
    pub timed: bool,
    /// Whether secrets are shown.
    pub reveal: bool,
    /// Lines that were marked.
    pub marks: BTreeSet<u64>,
    /// What is being typed.
    pub typing: Option<Typing>,
    /// What lies over the lines.
    pub panel: Option<Panel>,
    /// How far back from the newest line is shown: one of [`SINCE`].
    since: usize,
    /// How many lines have been saved so far, while that goes on.
    pub saving: Option<u64>,
    /// Whether all has been read that there is.
    pub ended: bool,
    /// Whether the reader was told to wait, so that what is held still can stay.
    pub waits: bool,
    /// A word about what was done last.
    pub notice: String,
}

/// How far back is shown, from the newest line.
pub const SINCE: [(&str, Option<i64>); 5] =
    [("", None), ("10 min", Some(600)), ("1 h", Some(3_600)), ("6 h", Some(21_600)), ("1 day", Some(86_400))];

impl Default for LogView {
    fn default() -> Self {
        Self::new(Given::default())
    }
}

impl LogView {
    /// Returns an empty one.
    pub fn new(given: Given) -> Self {
        Self {
            behind: None,
            for_jobs: false,
            buffer: Buffer::new(given.limits),
            jobs: Jobs::default(),
            filter: Filter::default(),
            shown: Index::default(),
            search: None,
            hits: Index::default(),
            seek: None,
            room: (0, 0),
            top: (0, 0),
            cursor: 0,
            anchor: None,
            follow: true,
            fresh: 0,
            left: 0,
            wrap: false,
            times: given.times,
            timed: false,
            reveal: given.reveal,
            marks: BTreeSet::new(),
            typing: None,
            panel: None,
            since: 0,
            saving: None,
            ended: false,
            waits: false,
            notice: String::new(),
            given,
        }
    }

    /// Returns who writes into it, in the order of their keys.
    pub fn sources(&self) -> [Source; 3] {
        if self.given.job.is_some() { Source::OF_JOB } else { Source::ALL }
    }

    /// Returns the jobs as they are listed: those that run, then those that do not, the newest first.
    pub fn listed_jobs(&self) -> Vec<&Job> {
        let mut jobs: Vec<&Job> = self.jobs.iter().rev().collect();
        jobs.sort_by_key(|job| job.state != State::Running);
        jobs
    }

    /// Takes what came. What is held still stays where it is.
    pub fn push(&mut self, items: Vec<Item>) {
        for item in items {
            let number = self.buffer.end();
            let shows = self.filter.shows(&item);
            self.shown.push(number, shows);
            if let Some(search) = &self.search {
                self.hits.push(number, shows && has(&item, search));
            }
            self.fresh += u64::from(!self.follow && shows);
            if let Item::Line(line) = &item {
                self.jobs.see(line);
            }
            let timed = item.time().is_some();
            self.buffer.push(item);
            if timed && !self.timed {
                self.timed = true;
                self.resize(self.room.0, self.room.1);
            }
        }
        let gone = self.buffer.gone();
        self.shown.forget(gone);
        self.hits.forget(gone);
        if self.top.0 < gone {
            self.top = (gone, 0);
        }
        self.cursor = self.cursor.max(gone);
        if self.marks.first().is_some_and(|mark| *mark < gone) {
            self.marks = self.marks.split_off(&gone);
        }
        if self.seek.is_some() {
            self.sought();
        }
    }

    /// Returns whether something is still to be asked of older lines.
    pub fn busy(&self) -> bool {
        !self.shown.complete(&self.buffer) || self.search.is_some() && !self.hits.complete(&self.buffer)
    }

    /// Does a piece of that.
    pub fn work(&mut self) {
        let Self { buffer, filter, shown, hits, search, .. } = self;
        if !shown.complete(buffer) {
            shown.work(buffer, |item| filter.shows(item));
        }
        if let Some(search) = search.as_ref().filter(|_| !hits.complete(buffer)) {
            hits.work(buffer, |item| has(item, search) && filter.shows(item));
        }
        self.sought();
    }

    /// Changes what is shown. What is held still stays as near to where it was as it can.
    pub fn refilter(&mut self, change: impl FnOnce(&mut Filter)) {
        change(&mut self.filter);
        self.shown.reset(self.buffer.end());
        self.hits.reset(self.buffer.end());
        self.top.1 = 0;
        self.work();
    }

    /// All levels, then the more and more serious ones hidden less: errors, warnings, no debug, all.
    pub fn next_level(&mut self) {
        let least = Level::ALL.into_iter().find(|level| self.filter.levels[*level as usize]);
        let next = match least {
            Some(Level::Debug) => Level::Error,
            Some(Level::Error | Level::Fatal) | None => Level::Warning,
            Some(Level::Warning) => Level::Info,
            Some(Level::Info) => Level::Debug,
        };
        self.refilter(|filter| filter.at_least(next));
    }

    /// The next of [`SINCE`].
    pub fn next_since(&mut self) {
        self.since = (self.since + 1) % SINCE.len();
        let newest = self.buffer.iter().rev().find_map(Item::time);
        let ago = SINCE[self.since].1.map(SignedDuration::from_secs);
        let since = newest.zip(ago).and_then(|(newest, ago)| newest.checked_sub(ago).ok());
        self.refilter(|filter| filter.since = since);
    }

    /// In words, how far back is shown; empty where all is.
    pub fn since(&self) -> &'static str {
        SINCE[self.since].0
    }

    /// Returns the line one is at: the newest while following.
    pub fn here(&self) -> Option<u64> {
        let (_, last) = self.shown.ends()?;
        Some(if self.follow { last } else { self.shown.get(self.shown.place(self.cursor)).unwrap_or(last) })
    }

    /// Returns the first and the last of the selection; the line one is at where there is none.
    pub fn selection(&self) -> Option<(u64, u64)> {
        let here = self.here()?;
        let other = self.anchor.unwrap_or(here);
        Some((here.min(other), here.max(other)))
    }

    /// Returns the numbers of what is selected.
    pub fn selected(&self) -> impl Iterator<Item = (u64, &Item)> {
        let (first, last) = self.selection().unwrap_or((1, 0));
        self.shown
            .iter_from(self.shown.place(first))
            .take_while(move |number| *number <= last)
            .filter_map(|number| Some((number, self.buffer.get(number)?)))
    }

    /// Returns what is shown, oldest first.
    pub fn all_shown(&self) -> impl Iterator<Item = &Item> {
        self.shown.iter_from(0).filter_map(|number| self.buffer.get(number))
    }

    /// Returns how many lines are shown.
    pub fn len_shown(&self) -> usize {
        self.shown.count()
    }

    /// Returns whether the reader must wait, because what is held still would be let go for what comes.
    pub fn crowded(&self) -> bool {
        let limits = self.given.limits;
        let (len, bytes) = (self.buffer.len(), self.buffer.bytes());
        let full = len > limits.lines / 5 * 4 || bytes > limits.bytes / 5 * 4;
        let before = self.top.0.saturating_sub(self.buffer.gone()) as usize;
        !self.follow && full && before < len / 5
    }
}

/// Whether something is in an item.
fn has(item: &Item, pattern: &Pattern) -> bool {
    !pattern.typed().is_empty() && pattern.is_match(item.text())
}
