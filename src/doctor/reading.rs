//! A raw line of a log, wherever it was saved, taken apart for the doctor.

use crate::logs::line::{self, Source};
use crate::logs::sanitize::sanitize;
use jiff::Timestamp;
use regex::Regex;
use std::sync::LazyLock;

/// What the doctor needs of a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The program; `None` where the line does not say.
    pub source: Option<Source>,
    /// What it says, sanitised.
    pub text: String,
    /// Seconds of a clock: since 1970 where the line was saved with its time, else the host's monotonic clock.
    pub time: Option<Time>,
}

/// A time on one of two clocks; those of different clocks cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Time {
    /// Seconds since 1970.
    Day(f64),
    /// Seconds of the host's monotonic clock, since it booted.
    Monotonic(f64),
}

impl Time {
    /// Now, by the day.
    pub fn now() -> Self {
        Self::Day(Timestamp::now().as_millisecond() as f64 / 1000.0)
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

/// What may stand before journald's own prefix: podman's `--timestamps`, and the stream and mark of a k8s-file
/// (`2026-11-24T10:14:15.3Z stdout F `); journalctl's `Nov 24 10:14:15 host pipglr[812]: `; `logs --plain`'s letter.
static BEFORE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^(?:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)) (?:std(?:out|err) [FP] )?",
        r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ [^\s\[\]:]+\[\d+\]: )"
    ))
    .ok()
});

static CLOCK: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\[ *(\d+\.\d+)\] [^\s\[\]:]+(?:\[\d+\])?:").ok());

/// Takes a line apart.
pub fn read(raw: &str) -> Reading {
    let clean = sanitize(raw);
    let mut rest = clean.as_str();
    let mut time = None;
    if let Some(found) = BEFORE.as_ref().and_then(|before| before.captures(rest)) {
        let day = found.get(1).and_then(|at| at.as_str().parse::<Timestamp>().ok());
        time = day.map(|day| Time::Day(day.as_millisecond() as f64 / 1000.0));
        rest = &rest[found[0].len()..];
    }
    for (letter, source) in [("S ", Source::Systemd), ("P ", Source::Podman), ("R ", Source::Runner)] {
        if let Some(text) = rest.strip_prefix(letter) {
            return Reading { source: Some(source), text: text.to_owned(), time };
        }
    }
    let Some(clock) = CLOCK.as_ref().and_then(|clock| clock.captures(rest)) else {
        return Reading { source: None, text: rest.to_owned(), time };
    };
    let time = time.or_else(|| clock[1].parse().ok().map(Time::Monotonic));
    let line = line::parse(rest);
    Reading { source: Some(line.source), text: line.text, time }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wherever_it_was_saved() {
        let day = Some(Time::Day(1_795_515_255.345));
        for (raw, source, text, time) in [
            ("[ 6543.6] podman[67]: x", Some(Source::Podman), "x", Some(Time::Monotonic(6543.6))),
            (
                "2026-11-24T10:14:15.345827000Z [ 1.5] gitlab-runner[4]: \u{1b}[31;1mERROR: \u{1b}[0;my\r",
                Some(Source::Runner),
                "ERROR: y",
                day,
            ),
            ("2026-11-24T10:14:15.345827000+00:00 stdout F [ 1.5] systemd[1]: z", Some(Source::Systemd), "z", day),
            (
                "Nov 24 10:14:15 box pipglr[812]: [ 1.5] systemd[1]: z",
                Some(Source::Systemd),
                "z",
                Some(Time::Monotonic(1.5)),
            ),
            ("R Job succeeded", Some(Source::Runner), "Job succeeded", None),
            ("E: setgroups 65534 failed", None, "E: setgroups 65534 failed", None),
        ] {
            assert_eq!(read(raw), Reading { source, text: text.into(), time }, "{raw}");
        }
    }

    #[test]
    fn two_clocks_do_not_meet() {
        assert_eq!(Time::Day(70.0).since(Time::Day(10.0)), Some(60.0));
        assert_eq!(Time::Day(70.0).since(Time::Monotonic(10.0)), None);
        assert_eq!(Time::Monotonic(3.0).since(Time::Monotonic(9000.0)), None);
    }
}
