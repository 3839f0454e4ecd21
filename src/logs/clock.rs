//! Times: reading those in a log, turning the host's monotonic clock into a time of day, showing them.

use crate::problem::{Problem, Result};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Reads an RFC 3339 time at the start of `bytes`; gives it and how many bytes it takes. By hand, because every record
/// of a k8s-file begins with one.
pub fn rfc3339(bytes: &[u8]) -> Option<(Timestamp, usize)> {
    let head: &[u8; 19] = bytes.first_chunk()?;
    let pair = |at: usize| -> i64 { i64::from(head[at] & 15) * 10 + i64::from(head[at + 1] & 15) };
    let shape = head.iter().zip(b"0000-00-00T00:00:00");
    if !shape.into_iter().fold(true, |all, (c, of)| all & if *of == b'0' { c.is_ascii_digit() } else { c == of }) {
        return None;
    }
    let (year, month, day) = (pair(0) * 100 + pair(2), pair(5), pair(8));
    let (hour, minute, second) = (pair(11), pair(14), pair(17));
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let digits = |from: usize, n: usize| -> Option<i64> {
        bytes
            .get(from..from + n)?
            .iter()
            .try_fold(0, |all, c| c.is_ascii_digit().then(|| all * 10 + i64::from(c - b'0')))
    };
    let fixed = |at: usize, c: u8| (bytes.get(at) == Some(&c)).then_some(());
    let mut at = 19;
    let mut nanos: i64 = 0;
    if bytes.get(at) == Some(&b'.') {
        let mut n = 0;
        while let Some(c) = bytes.get(at + 1 + n).filter(|c| c.is_ascii_digit()) {
            nanos = nanos * 10 + i64::from(c - b'0');
            n += 1;
            if n > 9 {
                return None;
            }
        }
        if n == 0 {
            return None;
        }
        nanos *= 10_i64.pow(9 - n as u32);
        at += 1 + n;
    }
    let offset = match bytes.get(at)? {
        b'Z' => {
            at += 1;
            0
        }
        sign @ (b'+' | b'-') => {
            fixed(at + 3, b':')?;
            let seconds = digits(at + 1, 2)? * 3600 + digits(at + 4, 2)? * 60;
            at += 6;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Some((Timestamp::new(seconds, nanos as i32).ok()?, at))
}

/// Days since 1970-01-01 of a date in the Gregorian calendar (Howard Hinnant, "chrono-compatible date algorithms").
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Returns what `--since` takes: RFC 3339, or how long ago (`90s`, `10m`, `2h`, `3d`, and together, `1h30m`).
///
/// # Errors
/// It is neither.
pub fn since(text: &str, now: Timestamp) -> Result<Timestamp> {
    let bad = || {
        Problem::usage(
            format!("`{}` is no time.", crate::text::sanitize::sanitize(text)),
            "Give RFC 3339 (2026-11-24T10:00:00Z), or how long ago: 90s, 10m, 2h, 3d.",
        )
    };
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let mut seconds: i64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(bad());
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let n: i64 = rest[..end].parse().map_err(|_| bad())?;
        let mut behind = rest[end..].chars();
        let unit = match behind.next() {
            Some('s') | None => 1,
            Some('m') => 60,
            Some('h') => 3600,
            Some('d') => 86_400,
            Some(_) => return Err(bad()),
        };
        seconds = n.checked_mul(unit).and_then(|n| seconds.checked_add(n)).ok_or_else(bad)?;
        rest = behind.as_str();
    }
    now.checked_sub(SignedDuration::from_secs(seconds)).map_err(|_| bad())
}

/// Turns the number in journald's prefix (seconds of the host's monotonic clock) into a time of day, by the lines of
/// the same log that say both. Says nothing until it has seen one, and again after the host was restarted.
#[derive(Clone, Debug, Default)]
pub struct Monotonic {
    /// Time of day at the clock's zero.
    zero: Option<Timestamp>,
    last: i64,
    /// The host was restarted since the first line.
    restarted: bool,
}

impl Monotonic {
    /// Returns whether it can say anything.
    pub fn is_set(&self) -> bool {
        self.zero.is_some()
    }

    /// Takes what one found out that has read ahead, where that holds for the first line too.
    pub fn set_by(&mut self, ahead: &Self) {
        if !ahead.restarted {
            self.zero = ahead.zero;
        }
    }

    /// Returns the time of day of `micros` on that clock. `said` is a time in the message itself, to the second.
    pub fn time(&mut self, micros: i64, said: Option<Timestamp>) -> Option<Timestamp> {
        if micros + 5_000_000 < self.last {
            (self.zero, self.restarted) = (None, true); // the clock went back by more than lines overtake each other: another boot
        }
        self.last = micros;
        let span = SignedDuration::from_micros(micros);
        if let Some(said) = said {
            // A message is written up to a second after the second it names began.
            let off = self.zero.and_then(|zero| zero.checked_add(span).ok()).map(|time| said.duration_since(time));
            if off.is_none_or(|off| off > SignedDuration::ZERO || off < SignedDuration::from_secs(-5)) {
                self.zero = said.checked_sub(span).ok();
            }
        }
        self.zero?.checked_add(span).ok()
    }
}

/// How much of a time is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Show {
    /// Nothing.
    None,
    /// `14:05:09.123`.
    #[default]
    Time,
    /// `2026-11-24 14:05:09.123 +0100`.
    Full,
}

/// Writes times in the local zone. Thousands of lines share a second, so its text is kept.
#[derive(Debug)]
pub struct Local {
    zone: TimeZone,
    second: i64,
    date: String,
    time: String,
    offset: String,
}

impl Local {
    /// In the machine's zone.
    pub fn system() -> Self {
        Self::new(TimeZone::system())
    }

    /// In this zone.
    pub fn new(zone: TimeZone) -> Self {
        Self { zone, second: i64::MIN, date: String::new(), time: String::new(), offset: String::new() }
    }

    /// Appends the time as `show` wants it, and a blank; as many blanks where there is none.
    pub fn write(&mut self, time: Option<Timestamp>, show: Show, to: &mut Vec<u8>) {
        let width = match show {
            Show::None => return,
            Show::Time => 13,
            Show::Full => 30,
        };
        let Some(time) = time else {
            to.extend(std::iter::repeat_n(b' ', width));
            return;
        };
        let second = time.as_second();
        if second != self.second {
            let zoned = time.to_zoned_datetime(self.zone.clone());
            self.second = second;
            self.date = zoned.strftime("%Y-%m-%d ").to_string();
            self.time = zoned.strftime("%H:%M:%S").to_string();
            self.offset = zoned.strftime("%z ").to_string();
        }
        if show == Show::Full {
            to.extend_from_slice(self.date.as_bytes());
        }
        to.extend_from_slice(self.time.as_bytes());
        let millis = time.subsec_nanosecond().unsigned_abs() / 1_000_000;
        let digit = |n: u32| b'0' + (n % 10) as u8;
        to.extend_from_slice(&[b'.', digit(millis / 100), digit(millis / 10), digit(millis), b' ']);
        if show == Show::Full {
            to.extend_from_slice(self.offset.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_times_are_read_as_jiff_reads_them() {
        for text in [
            "2026-11-24T08:42:06.179694422+00:00",
            "2026-11-24T10:14:15.345827000Z",
            "2024-02-29T23:59:59-05:30",
            "1969-12-31T23:59:59.5Z",
            "2100-03-01T00:00:00Z",
        ] {
            let line = format!("{text} stdout F x");
            assert_eq!(rfc3339(line.as_bytes()), Some((text.parse().unwrap(), text.len())));
        }
        for text in ["", "2026-11-24", "2026-11-24T08:42:06", "2026-13-24T08:42:06Z", "2026-11-24T08:42:06.Z", "x"] {
            assert_eq!(rfc3339(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn since_takes_times_and_how_long_ago() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        for (text, time) in [
            ("10m", "2026-11-24T11:50:00Z"),
            ("1h30m", "2026-11-24T10:30:00Z"),
            ("90", "2026-11-24T11:58:30Z"),
            ("2d", "2026-11-22T12:00:00Z"),
            ("2026-11-24T10:00:00+01:00", "2026-11-24T09:00:00Z"),
        ] {
            assert_eq!(since(text, now).unwrap().to_string(), time);
        }
        for text in ["", "xx", "10y", "99999999999999999999s", "m"] {
            assert!(since(text, now).is_err(), "{text}");
        }
    }

    #[test]
    fn the_monotonic_clock_is_set_by_what_the_log_says() {
        let mut clock = Monotonic::default();
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        assert_eq!(clock.time(5_000_000, None), None);
        assert_eq!(clock.time(6_300_000, at("2026-11-24T10:05:35Z")), at("2026-11-24T10:05:35Z"));
        assert_eq!(clock.time(7_300_000, None), at("2026-11-24T10:05:36Z"));
        // 2.0 s later the message names the third second: the first was set 0.x s too early.
        assert_eq!(clock.time(8_200_000, at("2026-11-24T10:05:37Z")), at("2026-11-24T10:05:37Z"));
        assert_eq!(clock.time(8_900_000, at("2026-11-24T10:05:37Z")), at("2026-11-24T10:05:37.7Z"));
        assert_eq!(clock.time(900_000, None), None, "the host was restarted");
    }

    #[test]
    fn shown_in_the_local_zone() {
        let mut local = Local::new(TimeZone::fixed(jiff::tz::offset(1)));
        let mut out = vec![];
        for show in [Show::Time, Show::Full, Show::None] {
            local.write("2026-11-24T10:05:36.0425Z".parse().ok(), show, &mut out);
        }
        assert_eq!(String::from_utf8_lossy(&out), "11:05:36.042 2026-11-24 11:05:36.042 +0100 ");
        out.clear();
        local.write(None, Show::Full, &mut out);
        assert_eq!(out.len(), "2026-11-24 11:05:36.042 +0100 ".len());
    }
}
