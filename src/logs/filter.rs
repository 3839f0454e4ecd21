//! What of a log is looked at, and what is searched in it.

use super::level::Level;
use super::line::Item;
use crate::source::Source;
use jiff::Timestamp;
use regex::{Regex, RegexBuilder};
use std::num::NonZeroU64;
use std::ops::Range;

/// Something to search for: a regular expression, or the text as it stands where it is none. Capitals count only where
/// there is one in it.
#[derive(Clone, Debug)]
pub struct Pattern {
    typed: String,
    regex: Option<Regex>,
    /// Why it is taken as it stands.
    pub literal_because: Option<String>,
}

/// Two are the same where the same was typed.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.typed == other.typed
    }
}

impl Pattern {
    /// Of what was typed; never fails.
    pub fn new(typed: &str) -> Self {
        let build = |pattern: &str| {
            RegexBuilder::new(pattern).case_insensitive(!has_capital(typed)).size_limit(1 << 20).build()
        };
        let (regex, why) = match build(typed) {
            Ok(regex) => (Some(regex), None),
            Err(e) => {
                let why = e.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                (build(&regex::escape(typed)).ok(), Some(why))
            }
        };
        Self { typed: typed.to_owned(), regex, literal_because: why }
    }

    /// Returns what was typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// Returns whether it is in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.as_ref().is_some_and(|regex| regex.is_match(text))
    }

    /// Returns where it is, in bytes; empty matches are none.
    pub fn find_iter<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let found = self.regex.iter().flat_map(move |regex| regex.find_iter(text));
        found.map(|found| found.range()).filter(|range| !range.is_empty())
    }
}

/// A capital that is no escape (`\S`, `\W`).
fn has_capital(typed: &str) -> bool {
    let mut escaped = false;
    typed.chars().any(|c| {
        let capital = c.is_uppercase() && !escaped;
        escaped = c == '\\' && !escaped;
        capital
    })
}

/// Which items are shown. Rulers always are, except before `since` and behind `until`.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// By [`Source`].
    pub sources: [bool; 6],
    /// By [`Level::ALL`].
    pub levels: [bool; 5],
    /// Only what matches.
    pub pattern: Option<Pattern>,
    /// Only what does not match, instead.
    pub inverted: bool,
    /// Only of this time and later. What has no time is shown.
    pub since: Option<Timestamp>,
    /// Only of this time and earlier.
    pub until: Option<Timestamp>,
    /// Only about this job.
    pub job: Option<NonZeroU64>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            sources: [true; 6],
            levels: [true; 5],
            pattern: None,
            inverted: false,
            since: None,
            until: None,
            job: None,
        }
    }
}

impl Filter {
    /// Returns whether a source is shown.
    pub fn source(&mut self, source: Source) -> &mut bool {
        &mut self.sources[source as usize]
    }

    /// Shows this level and the more serious, hides the rest.
    pub fn at_least(&mut self, level: Level) {
        self.levels = Level::ALL.map(|each| each >= level);
    }

    /// Returns whether it is shown.
    pub fn shows(&self, item: &Item) -> bool {
        if let Some(time) = item.time()
            && (self.since.is_some_and(|since| time < since) || self.until.is_some_and(|until| time > until))
        {
            return false;
        }
        let Item::Line(line) = item else { return true };
        self.sources[line.source as usize]
            && self.levels[line.level as usize]
            && (self.job.is_none() || self.job == line.job)
            && self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(line.text()) != self.inverted)
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::parse;
    use super::*;

    #[test]
    fn patterns() {
        let found = |typed: &str, text: &str| Pattern::new(typed).find_iter(text).collect::<Vec<_>>();
        assert_eq!(found("job", "Job job"), [0..3, 4..7]);
        assert_eq!(found("Job", "Job job"), std::slice::from_ref(&(0..3)));
        assert_eq!(found(r"j\Sb", "Job jib"), [0..3, 4..7]);
        assert_eq!(found("(job", "a (Job b"), std::slice::from_ref(&(2..6)));
        assert!(Pattern::new("(job").literal_because.is_some());
        assert!(found("x*", "aaa").is_empty());
        assert!(found("", "aaa").is_empty());
    }

    #[test]
    fn every_condition_hides() {
        let line = |text: &str, time: &str| {
            Item::Line(super::super::parse::Parser::default().line(time.parse().ok(), text.as_bytes(), 0))
        };
        let item = line("[1.0] gitlab-runner[4]: WARNING: x  job=7", "2026-11-24T10:00:00Z");
        let shows = |change: &dyn Fn(&mut Filter)| {
            let mut filter = Filter::default();
            change(&mut filter);
            filter.shows(&item)
        };
        assert!(shows(&|_| ()));
        assert!(!shows(&|f| *f.source(Source::Runner) = false));
        assert!(shows(&|f| *f.source(Source::Podman) = false));
        assert!(shows(&|f| f.at_least(Level::Warning)));
        assert!(!shows(&|f| f.at_least(Level::Error)));
        assert!(shows(&|f| f.job = NonZeroU64::new(7)));
        assert!(!shows(&|f| f.job = NonZeroU64::new(8)));
        assert!(shows(&|f| f.pattern = Some(Pattern::new("warn"))));
        assert!(!shows(&|f| (f.pattern, f.inverted) = (Some(Pattern::new("warn")), true)));
        assert!(!shows(&|f| f.since = "2026-11-24T10:00:01Z".parse().ok()));
        assert!(!shows(&|f| f.until = "2026-11-24T09:59:59Z".parse().ok()));
        let mut filter = Filter { since: "2026-11-24T10:00:01Z".parse().ok(), ..Filter::default() };
        assert!(filter.shows(&Item::Line(parse("no time"))));
        filter.sources = [false; 6];
        assert!(!filter.shows(&Item::Line(parse("no time"))));
    }
}
