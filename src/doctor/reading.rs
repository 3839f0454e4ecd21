//! What the doctor needs of a line, wherever the log was saved.

use super::Story;
use crate::logs::decode::{Decoder, Format, Record};
use crate::logs::encoding::Text;
use crate::logs::line::Line;
use crate::logs::parse::Parser;
use crate::source::Source;
use jiff::Timestamp;
use memchr::memchr;
use regex::Regex;
use std::io::{self, Read};
use std::sync::LazyLock;

/// A line, without its secrets, harmless to show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading<'a> {
    /// The program; `None` where the line does not say.
    pub source: Option<Source>,
    /// What it says.
    pub text: &'a str,
    /// When.
    pub time: Option<Time>,
    /// A job itself has printed it.
    pub job: bool,
}

/// A time on one of two clocks; those of different clocks cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Time {
    /// Seconds since 1970, where the line was saved with its time.
    Day(f64),
    /// Seconds of the host's monotonic clock, since it booted: journald's prefix.
    Monotonic(f64),
}

impl Time {
    /// Returns a time of day.
    pub fn of(time: Timestamp) -> Self {
        Self::Day(time.as_millisecond() as f64 / 1000.0)
    }

    /// Seconds from `earlier` to this; `None` where they are of two clocks, or the host booted between.
    pub fn since(self, earlier: Self) -> Option<f64> {
        match (self, earlier) {
            (Self::Day(now), Self::Day(then)) | (Self::Monotonic(now), Self::Monotonic(then)) if now >= then => {
                Some(now - then)
            }
            _ => None,
        }
    }
}

impl<'a> Reading<'a> {
    /// Of a line that is known; `time` is its record's, where the log has one.
    pub fn of(line: &'a Line, time: Option<Timestamp>) -> Self {
        let source = (!line.prefix().is_empty()).then_some(line.source);
        let time = time.map(Time::of).or_else(|| monotonic(line.prefix()));
        Self { source, text: line.text(), time, job: false }
    }
}

/// journald's prefix: `[ 7069.214247] gitlab-runner[46]: `.
fn monotonic(prefix: &str) -> Option<Time> {
    let (seconds, _) = prefix.strip_prefix('[')?.split_once(']')?;
    seconds.trim().parse().ok().map(Time::Monotonic)
}

/// With what a job's trace shows that it is one: gitlab-runner's greeting, its sections.
const TRACE: [&str; 4] =
    ["Running with gitlab-runner ", "section_start:", "section_end:", "Executing \"step_script\" stage"];

/// With what gitlab-runner's own words in a trace begin; all else there may be the job's.
const IN_TRACE: [&str; 5] = [
    "ERROR: Job failed",
    "ERROR: Preparation failed",
    "WARNING: Preparation failed",
    "WARNING: Failed to pull image",
    "ERROR: Failed to",
];

/// A line as `pipglr logs --plain` prints it: a time, S, P or R, the level's letter.
static OURS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3} (?:[+-]\d{4} )?| {13}| {30})?([SPR]) [ dWEF] ").ok()
});

/// Tells the story of a log, to its end. Memory does not grow with it.
///
/// # Errors
/// It cannot be read.
pub fn tell(from: &mut dyn Read, story: &mut Story) -> io::Result<()> {
    let mut from = Text::new(from)?;
    let mut chunk = vec![0; 64 * 1024];
    let mut decoder: Option<Decoder> = None;
    let (mut parser, mut trace, mut lines) = (Parser::default(), false, 0);
    loop {
        let n = match from.read(&mut chunk) {
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let decoder = decoder.get_or_insert_with(|| Decoder::new(Format::detect(&chunk[..n])));
        if n == 0 {
            decoder.end(&mut |record| one(&mut parser, &mut trace, record, story));
            return Ok(());
        }
        // An entry of a journal's export is many lines, which nobody counts.
        if decoder.format() == Format::Export {
            decoder.feed(&chunk[..n], &mut |record| one(&mut parser, &mut trace, record, story));
            continue;
        }
        // By the file's lines: what a driver has cut into several records is in the one that ends it.
        let mut rest = &chunk[..n];
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(memchr(b'\n', rest).map_or(rest.len(), |at| at + 1));
            rest = behind;
            decoder.feed(piece, &mut |record| one(&mut parser, &mut trace, record, story));
            if piece.ends_with(b"\n") {
                lines += 1;
                story.lines_are(lines);
            }
        }
    }
}

fn one(parser: &mut Parser, trace: &mut bool, record: Record, story: &mut Story) {
    let line = parser.line(record.time, record.text, record.cut);
    let reading = Reading::of(&line, record.time);
    if reading.source.is_some() {
        return story.line(reading);
    }
    if let Some(found) = OURS.as_ref().and_then(|ours| ours.captures(reading.text)) {
        let source = match &found[1] {
            "S" => Source::Systemd,
            "P" => Source::Podman,
            _ => Source::Runner,
        };
        return story.line(Reading { source: Some(source), text: &reading.text[found[0].len()..], ..reading });
    }
    *trace |= TRACE.iter().any(|mark| reading.text.starts_with(mark));
    let job = *trace && !IN_TRACE.iter().any(|words| reading.text.starts_with(words));
    story.line(Reading { job, ..reading });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wherever_it_was_saved() {
        let broken =
            "gitlab-runner[4]: \u{1b}[31;1mFATAL: \u{1b}[0;mService run failed   error=decoding configuration file: x";
        for raw in [
            format!("[ 1.5] {broken}\r"),
            format!("2026-11-24T10:14:15.345827000Z [ 1.5] {broken}\r"),
            format!("2026-11-24T10:14:15.345827000+00:00 stdout F [ 1.5] {broken}"),
            format!("Nov 24 10:14:15 box pipglr[812]: [ 1.5] {broken}"),
            "10:14:15.345 R F FATAL: Service run failed  error=decoding configuration file: x".to_owned(),
            "R F FATAL: Service run failed  error=decoding configuration file: x".to_owned(),
        ] {
            let mut story = Story::default();
            tell(&mut raw.as_bytes(), &mut story).unwrap();
            let told = story.tell(None);
            assert_eq!(told.seen.len(), 1, "{raw}");
            assert_eq!(told.seen[0].source, Some(Source::Runner), "{raw}");
            assert!(told.seen[0].text.starts_with("FATAL: Service run failed "), "{raw}");
        }
    }

    #[test]
    fn its_line_is_that_of_the_file_also_behind_one_that_was_cut() {
        let at = "2026-11-24T10:14:15.345827000Z";
        let broken = "[ 1.5] gitlab-runner[4]: FATAL: Service run failed   error=decoding configuration file: x";
        for (before, line) in [
            (format!("{at} stdout F one\n"), 2),
            (format!("{at} stdout P one \n{at} stdout P two \n{at} stdout F three\n"), 4),
            (format!("{at} stdout P one \n{at} stderr F two\n{at} stdout F three\n\n"), 5),
        ] {
            let mut story = Story::default();
            tell(&mut format!("{before}{at} stdout F {broken}\n").as_bytes(), &mut story).unwrap();
            let told = story.tell(None);
            assert_eq!((told.seen[0].line, told.lines), (line, line), "{before}");
        }
    }

    #[test]
    fn two_clocks_do_not_meet() {
        assert_eq!(Time::Day(70.0).since(Time::Day(10.0)), Some(60.0));
        assert_eq!(Time::Day(70.0).since(Time::Monotonic(10.0)), None);
        assert_eq!(Time::Monotonic(3.0).since(Time::Monotonic(9000.0)), None);
        assert_eq!(monotonic("[ 7069.25] gitlab-runner[46]: "), Some(Time::Monotonic(7069.25)));
        assert_eq!(monotonic(""), None);
    }
}
