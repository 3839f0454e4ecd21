//! What is known about a text beside the text itself: what is wrong, what is secret, what a key means, what may stand
//! at the cursor. All of it is worked out on another thread, from a copy of the text with its version.

use super::buffer::Buffer;
use super::place::Changed;
use crate::config::cgroups::Controllers;
use crate::config::complete::{Completion, KeyHelp, complete, help_at};
use crate::config::keys::Version;
use crate::config::lint::{Context, Finding, Severity, lint};
use crate::config::secrets;
use crate::config::source::Source;
use crate::gitlab::TokenKind;
use crate::secret::Secret;
use std::ops::Range;

/// A copy of a text, as it was at a version.
#[derive(Debug, PartialEq)]
pub struct Snapshot {
    /// Which.
    pub version: u64,
    /// What it said.
    pub text: Secret,
    /// Who will read it.
    pub reader: Reader,
}

/// Who will read the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reader {
    /// The gitlab-runner in the container, where that is known.
    pub runner: Option<Version>,
    /// The kind of this host's tokens, where that is known.
    pub token: Option<TokenKind>,
    /// The controllers of cgroups that jobs have.
    pub controllers: Controllers,
}

/// A part of a line that is underlined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The line, from 0.
    pub row: usize,
    /// The characters; at least one, which may be behind the end.
    pub columns: Range<usize>,
    /// How bad it is.
    pub severity: Severity,
}

/// What was seen in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// What is wrong, in the order of the lines.
    pub findings: Vec<Finding>,
    /// Where.
    pub marks: Vec<Mark>,
    /// Secrets, as lines (from 0) and characters.
    pub secrets: Vec<(usize, Range<usize>)>,
}

/// Looks for all that is wrong, and for all secrets.
pub fn check_text(snapshot: &Snapshot) -> Seen {
    let text = snapshot.text.expose_str();
    let source = Source::new(text);
    let Reader { runner, token, controllers } = snapshot.reader;
    let findings = lint(text, &Context { runner, token, controllers, here: true });
    let mut marks = vec![];
    for finding in &findings {
        for (row, columns) in pieces(&source, &finding.span) {
            let columns = columns.start..columns.end.max(columns.start + 1);
            marks.push(Mark { row, columns, severity: finding.severity });
        }
    }
    marks.sort_by_key(|mark| (mark.row, std::cmp::Reverse(mark.severity)));
    Seen { findings, marks, secrets: hidden(&source) }
}

/// Returns the secrets of a text, as lines and characters.
pub fn hidden(source: &Source) -> Vec<(usize, Range<usize>)> {
    secrets::find(source.text).iter().flat_map(|secret| pieces(source, &secret.span)).collect()
}

/// A part of a text, line by line.
fn pieces(source: &Source, span: &Range<usize>) -> Vec<(usize, Range<usize>)> {
    let ((first, left), (last, right)) = (source.place(span.start), source.place(span.end));
    let whole = |line: usize| source.line_text(line).chars().count();
    (first..=last)
        .map(|line| {
            let from = if line == first { left - 1 } else { 0 };
            let to = if line == last { right - 1 } else { whole(line) };
            (line - 1, from..to)
        })
        .filter(|(row, columns)| *row + 1 == first || !columns.is_empty())
        .collect()
}

impl Seen {
    /// Moves what is behind a change along with its line, until it is looked at anew.
    pub fn shift(&mut self, changed: Changed) {
        let Changed { row, removed, added } = changed;
        if removed == added {
            return;
        }
        let place = |at: usize| match at {
            at if at >= row + removed => Some(at + added - removed),
            at if at < row + added => Some(at),
            _ => None,
        };
        self.marks.retain_mut(|mark| place(mark.row).inspect(|to| mark.row = *to).is_some());
        self.secrets.retain_mut(|(at, _)| place(*at).inspect(|to| *at = *to).is_some());
        self.findings.retain_mut(|finding| place(finding.line - 1).inspect(|to| finding.line = *to + 1).is_some());
    }

    /// Returns the marks of a line; the worst last.
    pub fn marks(&self, row: usize) -> &[Mark] {
        let from = self.marks.partition_point(|mark| mark.row < row);
        let to = self.marks.partition_point(|mark| mark.row <= row);
        &self.marks[from..to]
    }

    /// Returns how many errors, and how many warnings.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        (errors, self.findings.len() - errors)
    }

    /// Returns the first error.
    pub fn error(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Error)
    }

    /// Returns the finding at a place: on it, else the nearest on its line.
    pub fn at(&self, row: usize, column: usize) -> Option<&Finding> {
        let here = self.findings.iter().filter(|finding| finding.line == row + 1);
        here.min_by_key(|finding| (finding.column.abs_diff(column + 1), finding.severity))
    }

    /// Returns the finding at a place, else the nearest.
    pub fn nearest(&self, row: usize, column: usize) -> Option<&Finding> {
        let far = |finding: &&Finding| {
            (finding.line.abs_diff(row + 1), finding.column.abs_diff(column + 1), finding.severity)
        };
        self.findings.iter().min_by_key(far)
    }

    /// Returns the finding after a place, or before it; round the end.
    pub fn next(&self, row: usize, column: usize, back: bool) -> Option<&Finding> {
        let here = (row + 1, column + 1);
        let at = |finding: &&Finding| (finding.line, finding.column);
        match back {
            false => self.findings.iter().find(|finding| at(finding) > here).or_else(|| self.findings.first()),
            true => self.findings.iter().rev().find(|finding| at(finding) < here).or_else(|| self.findings.last()),
        }
    }
}

/// Returns what may stand at a byte of a text.
pub fn completion(snapshot: &Snapshot, at: usize) -> Completion {
    complete(snapshot.text.expose_str(), at)
}

/// Returns what the key at a byte of a text means.
pub fn explanation(snapshot: &Snapshot, at: usize) -> Option<KeyHelp> {
    help_at(snapshot.text.expose_str(), at)
}

/// Something that is worked out on another thread, one at a time; only an answer to the newest question counts.
#[derive(Clone, Debug)]
pub struct Asked<Q, A> {
    /// What was asked last and not answered yet.
    under_way: Option<Q>,
    /// What the answer is to.
    answered: Option<Q>,
    /// The answer.
    pub answer: A,
}

impl<Q: Copy + PartialEq, A: Default> Default for Asked<Q, A> {
    fn default() -> Self {
        Self { under_way: None, answered: None, answer: A::default() }
    }
}

impl<Q: Copy + PartialEq, A> Asked<Q, A> {
    /// Returns whether to ask now: nothing is under way, and this was not answered.
    pub fn ask(&mut self, question: Q) -> bool {
        let new = self.under_way.is_none() && self.answered != Some(question);
        if new {
            self.under_way = Some(question);
        }
        new
    }

    /// Takes an answer, where it is to what is asked now; says whether it was.
    pub fn take(&mut self, to: Q, now: Q, answer: A) -> bool {
        if self.under_way == Some(to) {
            self.under_way = None;
        }
        let counts = to == now;
        if counts {
            (self.answered, self.answer) = (Some(to), answer);
        }
        counts
    }

    /// Returns whether the answer is to this.
    pub fn current(&self, question: Q) -> bool {
        self.answered == Some(question)
    }
}

/// A list of what may stand at the cursor.
#[derive(Clone, Debug, Default)]
pub struct Popup {
    /// The list; of the text's version and the byte.
    pub list: Asked<(u64, usize), Completion>,
    /// The one that is chosen.
    pub chosen: usize,
    /// Nobody asked for it: an empty list is not worth a word.
    pub unasked: bool,
}

impl Popup {
    /// Moves the choice; round the ends.
    pub fn step(&mut self, by: isize) {
        let count = self.list.answer.items.len().max(1) as isize;
        self.chosen = (self.chosen as isize + by).rem_euclid(count) as usize;
    }
}

/// Cursor and version, as a question.
pub fn question(buffer: &Buffer) -> (u64, usize) {
    (buffer.version(), buffer.offset(buffer.cursor()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(line: usize, column: usize, severity: Severity) -> Finding {
        let (key, message, hint) = (String::new(), "m".into(), String::new());
        Finding { line, column, severity, key, message, hint, span: 0..0 }
    }

    #[test]
    fn an_old_answer_does_not_count_and_another_is_asked_for() {
        let mut asked: Asked<u64, u8> = Asked::default();
        assert!(asked.ask(1));
        assert!(!asked.ask(2), "one at a time");
        assert!(!asked.take(1, 2, 7), "the text has changed meanwhile");
        assert_eq!(asked.answer, 0);
        assert!(asked.ask(2));
        assert!(asked.take(2, 2, 9) && asked.current(2) && asked.answer == 9);
        assert!(!asked.ask(2));
    }

    #[test]
    fn from_finding_to_finding_and_round() {
        use Severity::{Error, Warning};
        let findings = vec![finding(2, 3, Warning), finding(2, 9, Error), finding(5, 1, Error)];
        let seen = Seen { findings, ..Seen::default() };
        let line = |found: Option<&Finding>| found.map(|finding| (finding.line, finding.column));
        assert_eq!(line(seen.next(0, 0, false)), Some((2, 3)));
        assert_eq!(line(seen.next(1, 2, false)), Some((2, 9)));
        assert_eq!(line(seen.next(4, 0, false)), Some((2, 3)));
        assert_eq!(line(seen.next(1, 2, true)), Some((5, 1)));
        assert_eq!(line(seen.at(1, 7)), Some((2, 9)));
        assert_eq!(seen.at(0, 0), None);
        assert_eq!(seen.counts(), (2, 1));
    }

    #[test]
    fn lines_that_move_take_their_findings_along() {
        let mut seen = Seen {
            findings: vec![finding(1, 1, Severity::Error), finding(4, 1, Severity::Error)],
            marks: vec![Mark { row: 3, columns: 0..1, severity: Severity::Error }],
            secrets: vec![(1, 0..2), (3, 0..2)],
        };
        seen.shift(Changed { row: 0, removed: 3, added: 1 });
        assert_eq!(seen.findings.iter().map(|finding| finding.line).collect::<Vec<_>>(), [1, 2]);
        assert_eq!((seen.marks[0].row, seen.secrets), (1, vec![(1, 0..2)]));
    }

    #[test]
    fn a_part_of_several_lines() {
        let text = "ab\r\ncd\r\nef";
        assert_eq!(pieces(&Source::new(text), &(1..9)), [(0, 1..2), (1, 0..2), (2, 0..1)]);
        assert_eq!(pieces(&Source::new(text), &(2..2)), [(0, 2..2)]);
    }
}
