//! The log as it is looked at: a bounded ring of lines, followed or held still.

use super::input::TextField;
use crate::logs::line::{self, Line, Source};
use std::collections::VecDeque;

/// Most lines kept.
pub const KEPT: usize = 10_000;

/// A line of the log, or a word of ours between two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The container said it.
    Line(Line),
    /// We say it: the container ended, is back.
    Ruler(String),
}

impl Entry {
    /// What it says.
    pub fn text(&self) -> &str {
        match self {
            Self::Line(line) => line.text(),
            Self::Ruler(text) => text,
        }
    }
}

/// What the stream gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A sanitised line of the console.
    Line(String),
    /// Something happened to the container.
    Ruler(String),
}

/// The log being looked at.
#[derive(Debug)]
pub struct LogView {
    entries: VecDeque<Entry>,
    /// How many have left the ring.
    gone: usize,
    /// The line on top while held still, counted from the very first.
    top: usize,
    /// Whether the end is in sight and stays so.
    pub follow: bool,
    /// How many came since it was held still.
    pub fresh: usize,
    /// Columns scrolled to the right.
    pub left: usize,
    /// Whether long lines are broken.
    pub wrap: bool,
    /// Which programs are shown: systemd, podman, gitlab-runner.
    pub sources: [bool; 3],
    /// What is being typed behind `/`.
    pub typing: Option<TextField>,
    /// What is searched for, in lower case where the case does not matter.
    pub search: String,
    /// The line that was found last, counted from the very first.
    pub hit: Option<usize>,
    /// A word about the search.
    pub notice: String,
}

impl Default for LogView {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            gone: 0,
            top: 0,
            follow: true,
            fresh: 0,
            left: 0,
            wrap: false,
            sources: [true; 3],
            typing: None,
            search: String::new(),
            hit: None,
            notice: String::new(),
        }
    }
}

/// The place of a program among the three.
pub fn index(source: Source) -> usize {
    match source {
        Source::Systemd => 0,
        Source::Podman => 1,
        Source::Runner => 2,
    }
}

impl LogView {
    /// Takes what came.
    pub fn push(&mut self, pieces: Vec<Piece>) {
        for piece in pieces {
            let entry = match piece {
                Piece::Line(text) => {
                    if text.starts_with("systemd ") && text.contains(" running in system mode") {
                        self.add(Entry::Ruler("the container starts".into()));
                    }
                    Entry::Line(line::parse(&text))
                }
                Piece::Ruler(text) => Entry::Ruler(text),
            };
            self.add(entry);
        }
        let over = self.entries.len().saturating_sub(KEPT);
        self.entries.drain(..over);
        self.gone += over;
        self.top = self.top.max(self.gone);
    }

    fn add(&mut self, entry: Entry) {
        self.fresh += usize::from(!self.follow && self.shows(&entry));
        self.entries.push_back(entry);
    }

    fn shows(&self, entry: &Entry) -> bool {
        match entry {
            Entry::Line(line) => self.sources[index(line.source)],
            Entry::Ruler(_) => true,
        }
    }

    /// The lines to be seen, each with its number counted from the very first.
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = (usize, &Entry)> {
        self.entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| self.shows(entry))
            .map(|(index, entry)| (index + self.gone, entry))
    }

    /// How many lines are kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing came yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many lines have been let go.
    pub fn gone(&self) -> usize {
        self.gone
    }

    /// The lines in sight, where `height` rows of `width` columns are free.
    pub fn window(&self, height: usize, width: usize) -> Vec<(usize, &Entry)> {
        let rows =
            |entry: &Entry| if self.wrap { entry.text().chars().count().div_ceil(width.max(1)).max(1) } else { 1 };
        let mut room = height;
        let mut fits = |entry: &Entry| {
            let fits = room > 0;
            room = room.saturating_sub(rows(entry));
            fits
        };
        if self.follow {
            // The last one must be seen to its end, so one that does not fit whole is left out.
            let mut used = 0;
            let mut lines: Vec<_> = self
                .shown()
                .rev()
                .take_while(|(_, entry)| {
                    used += rows(entry);
                    used <= height || used == rows(entry)
                })
                .collect();
            lines.reverse();
            return lines;
        }
        self.shown().skip_while(|(number, _)| *number < self.top).take_while(|(_, entry)| fits(entry)).collect()
    }

    /// Moves by so many lines, up where negative; stops following, or follows again where it comes to the end.
    pub fn scroll(&mut self, by: isize, height: usize, width: usize) {
        self.hold(height, width);
        let numbers: Vec<usize> = self.shown().map(|(number, _)| number).collect();
        let at = numbers.iter().position(|number| *number >= self.top).unwrap_or(0);
        let last = numbers.len().saturating_sub(height.max(1));
        let to = at.saturating_add_signed(by);
        if by > 0 && to >= last && !self.wrap {
            self.to_end();
        } else {
            self.top = numbers.get(to.min(numbers.len().saturating_sub(1))).copied().unwrap_or(self.gone);
        }
    }

    /// Holds it still as it is.
    pub fn hold(&mut self, height: usize, width: usize) {
        if self.follow {
            self.top = self.window(height, width).first().map_or(self.gone, |(number, _)| *number);
            self.follow = false;
            self.fresh = 0;
        }
    }

    /// To the first line that is kept.
    pub fn to_start(&mut self) {
        (self.follow, self.top) = (false, self.gone);
    }

    /// To the end, and on with it.
    pub fn to_end(&mut self) {
        (self.follow, self.fresh) = (true, 0);
    }

    /// Whether a line has what is searched for; where, in bytes, each time.
    pub fn hits(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        if self.search.is_empty() {
            return vec![];
        }
        let folded = if self.search.chars().any(char::is_uppercase) { text.to_owned() } else { text.to_lowercase() };
        if folded.len() != text.len() {
            return vec![]; // lower case of another length: the places would be wrong
        }
        folded
            .match_indices(&self.search)
            .map(|(at, found)| at..at + found.len())
            .filter(|range| text.is_char_boundary(range.start) && text.is_char_boundary(range.end))
            .collect()
    }

    /// On to the next line that has it, or back to the one before; round the end.
    pub fn find(&mut self, back: bool, height: usize, width: usize) {
        self.notice.clear();
        let hits: Vec<usize> =
            self.shown().filter(|(_, entry)| !self.hits(entry.text()).is_empty()).map(|(number, _)| number).collect();
        let from = self.hit.unwrap_or(if back { usize::MAX } else { self.top });
        let next = if back {
            hits.iter().rev().find(|number| **number < from).or(hits.last())
        } else {
            hits.iter().find(|number| **number > from || self.hit.is_none() && **number >= from).or(hits.first())
        };
        match next {
            Some(number) => {
                self.hold(height, width);
                self.hit = Some(*number);
                // In the middle, and the page full.
                let shown: Vec<usize> = self.shown().map(|(number, _)| number).collect();
                let at = shown.iter().position(|other| other == number).unwrap_or(0);
                let to = at.saturating_sub(height / 2).min(shown.len().saturating_sub(height));
                self.top = shown.get(to).copied().unwrap_or(self.gone);
            }
            None => self.notice = format!("`{}` is not in the log.", self.search),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(n: usize) -> LogView {
        let mut view = LogView::default();
        view.push((0..n).map(|i| Piece::Line(format!("[1.0] gitlab-runner[1]: line {i}"))).collect());
        view
    }

    fn first(view: &LogView) -> String {
        view.window(10, 80)[0].1.text().to_owned()
    }

    #[test]
    fn what_is_held_still_stays_put_and_counts() {
        let mut view = filled(100);
        assert_eq!(first(&view), "line 90");
        view.scroll(-5, 10, 80);
        assert_eq!(first(&view), "line 85");
        view.push(vec![Piece::Line("x".into()); 7]);
        assert_eq!((first(&view).as_str(), view.fresh), ("line 85", 7));
        view.scroll(1000, 10, 80);
        assert!(view.follow && view.fresh == 0);
    }

    #[test]
    fn the_ring_is_bounded() {
        let mut view = filled(KEPT + 5);
        assert_eq!((view.len(), view.gone()), (KEPT, 5));
        view.to_start();
        assert_eq!(first(&view), "line 5");
    }

    #[test]
    fn sources_and_search() {
        let mut view = filled(50);
        view.push(vec![Piece::Line("[2.0] podman[3]: Needle".into()), Piece::Ruler("ended".into())]);
        view.search = "needle".into();
        view.find(false, 10, 80);
        assert_eq!(view.hit, Some(50));
        assert!(view.window(10, 80).iter().any(|(_, entry)| entry.text() == "Needle"));
        view.sources[1] = false;
        view.find(false, 10, 80);
        assert!(!view.notice.is_empty());
        view.sources = [false; 3];
        view.to_end();
        assert_eq!(view.window(10, 80).len(), 1, "a ruler is always shown");
    }

    #[test]
    fn one_giant_line_is_shown_where_lines_are_broken() {
        let mut view = LogView { wrap: true, ..LogView::default() };
        view.push(vec![Piece::Line("y".repeat(5000))]);
        assert_eq!(view.window(10, 80).len(), 1);
        assert!(view.window(0, 0).len() <= 1);
    }
}
