//! From a record to a line: whose it is, how serious, when, about which job.

use super::clean::Cleaner;
use super::clock::{self, Monotonic};
use super::level::{self, Level};
use super::line::{Line, Paint};
use super::redact;
use crate::source::Source;
use crate::text::mask::Inside;
use jiff::Timestamp;
use memchr::memmem;
use std::num::NonZeroU64;

/// Makes lines of records, one after the other; remembers what a line may need of those before it.
#[derive(Debug, Default)]
pub struct Parser {
    cleaner: Cleaner,
    clock: Monotonic,
    /// gitlab-runner's message that goes on over several console lines: its process, and its level.
    open: Option<(u32, Level)>,
    /// A private key that is being printed: by which process.
    key: (u32, Inside),
}

impl Parser {
    /// Returns whether the clock of the lines' prefixes can be turned into a time of day.
    pub fn clock_is_set(&self) -> bool {
        self.clock.is_set()
    }

    /// Takes the clock of a parser that has read ahead.
    pub fn set_clock_by(&mut self, ahead: &Self) {
        self.clock.set_by(&ahead.clock);
    }

    /// Takes a record: its own time where it has one, its bytes without the line end, and how many more there were
    /// before it was cut.
    pub fn line(&mut self, time: Option<Timestamp>, bytes: &[u8], cut: usize) -> Line {
        let end = bytes.iter().rposition(|c| *c != b'\r').map_or(0, |at| at + 1);
        self.cleaner.clean(&bytes[..end]);
        if cut > 0 {
            self.cleaner.text.push_str(&format!(" … [cut: {cut} bytes more]"));
        }
        let whole = self.cleaner.text.as_str();
        let prefix = prefix(whole);
        let body = prefix.as_ref().map_or(0, |prefix| prefix.body);
        let source = prefix.as_ref().map_or(Source::Systemd, |prefix| Source::named(&whole[prefix.name.clone()]));
        let text = &whole[body..];
        let colour = colour(&self.cleaner.paint, body);
        let level = match source {
            Source::Runner => {
                let own = level::of_runner(text).or_else(|| level::of_logrus(text)).or(colour);
                let pid = prefix.as_ref().map_or(0, |prefix| prefix.pid);
                let carried = self.open.filter(|(open, _)| *open == pid).map(|(_, level)| level);
                let level = own.or(carried).unwrap_or_default();
                // Every message ends with `ESC[0;m`: one that begins a colour and does not end it goes on.
                if let Some(last) = self.cleaner.paint.last() {
                    self.open = (!self.cleaner.reset && last.colour.is_some()).then_some((pid, level));
                } else if self.cleaner.reset {
                    self.open = None;
                }
                level
            }
            Source::Podman => level::of_logrus(text).or_else(|| level::of_podman(text)).or(colour).unwrap_or_default(),
            _ => colour.or_else(|| level::of_systemd(text)).unwrap_or_default(),
        };
        let job = if source == Source::Runner { job(text) } else { None };
        let time = time.or_else(|| match &prefix {
            Some(Prefix { micros: Some(micros), .. }) => self.clock.time(*micros, said(text)),
            _ => said(text),
        });
        let paint = &mut self.cleaner.paint;
        let pid = prefix.as_ref().map_or(0, |prefix| prefix.pid);
        let hidden = if self.key.0 == pid || !self.key.1.is_open() {
            self.key.0 = pid;
            redact::redact(whole, body, &mut self.key.1, |was, now| move_paint(paint, was, now))
        } else {
            redact::redact(whole, body, &mut Inside::default(), |was, now| move_paint(paint, was, now))
        };
        let (whole, hidden) = match hidden {
            None => (Box::from(whole), Vec::new()),
            Some((whole, hidden)) => (whole.into_boxed_str(), hidden),
        };
        // A token where a program's name would stand: that is no prefix.
        let body = if hidden.first().is_some_and(|first| (first.at as usize) < body) { 0 } else { body };
        Line { time, source, level, job, body: body as u32, whole, paint: Box::from(&paint[..]), hidden: hidden.into() }
    }
}

/// Colours behind what was replaced keep their place in the text; of those within it the last one counts, behind it.
fn move_paint(paint: &mut Vec<Paint>, was: std::ops::Range<usize>, now: usize) {
    for paint in paint.iter_mut() {
        let at = paint.at as usize;
        if at >= was.end {
            paint.at = (at - was.len() + now) as u32;
        } else if at > was.start {
            paint.at = (was.start + now) as u32;
        }
    }
    let places: Vec<u32> = paint.iter().map(|paint| paint.at).collect();
    let mut next = places.iter().skip(1);
    paint.retain(|paint| next.next() != Some(&paint.at));
}

/// journald's prefix on the console.
struct Prefix {
    /// Microseconds of the host's monotonic clock; `None` where a saved log has the program's name alone.
    micros: Option<i64>,
    name: std::ops::Range<usize>,
    pid: u32,
    /// Where the message begins.
    body: usize,
}

/// `[ 7069.214247] gitlab-runner[46]: message`: by hand what
/// `^\[ *(\d+\.\d+)\] ([^\s\[\]:]+)(?:\[(\d+)\])?: ?(.*)$` says.
fn prefix(text: &str) -> Option<Prefix> {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'[') {
        return bare(text);
    }
    let digit = |c: u8| c.is_ascii_digit();
    let seconds = 1 + run(bytes, 1, |c| c == b' ');
    let dot = seconds + run(bytes, seconds, digit);
    if dot == seconds || bytes.get(dot) != Some(&b'.') {
        return None;
    }
    let end = dot + 1 + run(bytes, dot + 1, digit);
    if end == dot + 1 || !bytes[end..].starts_with(b"] ") {
        return None;
    }
    let (name, pid, at) = program(text, end + 2)?;
    let fraction: i64 = text[dot + 1..end].bytes().chain(std::iter::repeat(b'0')).take(6).fold(0, digits);
    let whole: i64 = text[seconds..dot].bytes().take(12).fold(0, digits);
    Some(Prefix { micros: Some(whole * 1_000_000 + fraction), name, pid, body: at })
}

/// `gitlab-runner[46]: message`, as a saved journal names a program that has no console between: only the programs that
/// are told apart, since any text may begin so.
fn bare(text: &str) -> Option<Prefix> {
    const PROGRAMS: [&str; 6] = ["gitlab-runner[", "podman[", "conmon[", "netavark[", "aardvark-dns[", "systemd["];
    if !PROGRAMS.iter().any(|program| text.starts_with(program)) {
        return None;
    }
    let (name, pid, body) = program(text, 0)?;
    Some(Prefix { micros: None, name, pid, body })
}

/// `name[pid]: ` at a place: the name, the process, and where the message begins.
fn program(text: &str, name: usize) -> Option<(std::ops::Range<usize>, u32, usize)> {
    let bytes = text.as_bytes();
    let digit = |c: u8| c.is_ascii_digit();
    let mut at = name + run(bytes, name, |c| !matches!(c, b' ' | b'[' | b']' | b':'));
    if at == name {
        return None;
    }
    let name = name..at;
    let mut pid = 0;
    if bytes.get(at) == Some(&b'[') {
        let digits = run(bytes, at + 1, digit);
        if digits == 0 {
            return None;
        }
        pid = text[at + 1..at + 1 + digits].bytes().take(10).fold(0, self::digits).try_into().ok()?;
        at += 1 + digits;
        if bytes.get(at) != Some(&b']') {
            return None;
        }
        at += 1;
    }
    if bytes.get(at) != Some(&b':') {
        return None;
    }
    at += 1 + usize::from(bytes.get(at + 1) == Some(&b' '));
    Some((name, pid, at))
}

/// How many bytes from a place on are of a kind.
fn run(bytes: &[u8], from: usize, is: impl Fn(u8) -> bool) -> usize {
    bytes[from..].iter().take_while(|c| is(**c)).count()
}

fn digits(number: i64, digit: u8) -> i64 {
    number * 10 + i64::from(digit - b'0')
}

/// The level that the colour at the start of the message says. journald's by priority: red error, 185 (a yellow)
/// warning, bold notice; gitlab-runner's: white and bold debug, yellow warning, red the rest.
fn colour(paint: &[Paint], body: usize) -> Option<Level> {
    let first = paint.first().filter(|paint| paint.at as usize <= body)?;
    match (first.colour?, first.bold) {
        (1 | 9, _) => Some(Level::Error),
        (3 | 11 | 185, _) => Some(Level::Warning),
        (7, true) => Some(Level::Debug),
        _ => None,
    }
}

/// `job=1002` (runner and text format) or `"job":1002`.
fn job(text: &str) -> Option<NonZeroU64> {
    static FINDER: std::sync::LazyLock<memmem::Finder> = std::sync::LazyLock::new(|| memmem::Finder::new("job"));
    for at in FINDER.find_iter(text.as_bytes()) {
        let before = at.checked_sub(1).map(|before| text.as_bytes()[before]);
        let behind = &text.as_bytes()[at + 3..];
        let number = match before {
            Some(b' ') => behind.strip_prefix(b"="),
            Some(b'"') => behind.strip_prefix(b"\":"),
            _ => None,
        };
        if let Some(number) = number {
            let n = number.iter().take_while(|c| c.is_ascii_digit()).count().min(19);
            if let Some(job) =
                std::str::from_utf8(&number[..n]).ok().and_then(|n| n.parse().ok()).and_then(NonZeroU64::new)
            {
                return Some(job);
            }
        }
    }
    None
}

/// The time in logrus's text or JSON.
fn said(text: &str) -> Option<Timestamp> {
    let time = match text.strip_prefix("time=\"") {
        Some(rest) => rest,
        None if text.starts_with('{') => &text[text.find("\"time\":\"")? + 8..],
        None => return None,
    };
    clock::rfc3339(time.as_bytes()).map(|(time, _)| time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(lines: &[&str]) -> Vec<Line> {
        let mut parser = Parser::default();
        lines.iter().map(|line| parser.line(None, line.as_bytes(), 0)).collect()
    }

    #[test]
    fn a_token_in_the_place_of_a_name() {
        let lines = parsed(&["[1.0] glrt-abcdefgh[4]: token: abc", "[1.0] token: abc"]);
        assert_eq!((lines[0].prefix(), lines[0].text()), ("", "[1.0] [MASKED][4]: token: [MASKED]"));
        assert_eq!(lines[0].shown(true), "[1.0] glrt-abcdefgh[4]: token: abc");
        assert_eq!((lines[1].prefix(), lines[1].text()), ("[1.0] token: ", "[MASKED]"));
        assert_eq!(lines[1].shown(true), "abc");
    }

    #[test]
    fn colours_stay_where_they_were_in_a_line_with_secrets() {
        let line = &parsed(&[
            "token: ab\u{1b}[31mcd\u{1b}[32mefghijklm\u{1b}[33m x \u{1b}[34mtoken: abcdefghijklmnop\u{1b}[35m y\u{1b}[36mz",
        ])[0];
        assert_eq!(line.text(), "token: [MASKED] x token: [MASKED] yz");
        let paint: Vec<_> = line.paint().map(|p| (&line.text()[p.at as usize..], p.colour.unwrap())).collect();
        assert_eq!(paint, [(" x token: [MASKED] yz", 3), ("token: [MASKED] yz", 4), (" yz", 5), ("z", 6)]);
    }

    #[test]
    fn the_identifier_decides() {
        for (line, source, text) in [
            ("[ 7069.214247] gitlab-runner[46]: Job succeeded", Source::Runner, "Job succeeded"),
            ("[   12.5] /usr/bin/podman[9]: x", Source::Podman, "x"),
            ("[12.5] conmon[139]: conmon 2d20 <nwarn>: y", Source::Podman, "conmon 2d20 <nwarn>: y"),
            ("[12.5] systemd[1]: Started a: b", Source::Systemd, "Started a: b"),
            ("[12.5] kernel: x", Source::Systemd, "x"),
            ("Detected virtualization podman.", Source::Systemd, "Detected virtualization podman."),
            ("[  OK  ] Reached target x", Source::Systemd, "[  OK  ] Reached target x"),
            ("[1.2] gitlab-runner[4: x", Source::Systemd, "[1.2] gitlab-runner[4: x"),
            ("[1.2] gitlab-runner[99999999999]: x", Source::Systemd, "[1.2] gitlab-runner[99999999999]: x"),
            ("[.5] a: b", Source::Systemd, "[.5] a: b"),
            ("[1.5]", Source::Systemd, "[1.5]"),
            ("[1.5] gitlab-runner[4]:", Source::Runner, ""),
        ] {
            let found = &parsed(&[line])[0];
            assert_eq!((found.source, found.text()), (source, text), "{line}");
        }
        assert_eq!(parsed(&["[1.2] gitlab-runner[46]: x"])[0].program(), "gitlab-runner[46]");
    }

    #[test]
    fn levels_jobs_and_times() {
        let lines = parsed(&[
            "[ 6546.957368] gitlab-runner[46]: \u{1b}[0;33mWARNING: Job failed: exit code 3\r",
            "[ 6546.957476] gitlab-runner[46]:       \u{1b}[0;m  \u{1b}[0;33mduration_s\u{1b}[0;m=1.36 \u{1b}[0;33mjob\u{1b}[0;m=1003",
            "[1.0] gitlab-runner[46]: {\"job\":1006,\"level\":\"error\",\"time\":\"2026-11-24T10:14:35Z\"}",
            "[2.5] podman[67]: time=\"2026-11-24T10:14:36Z\" level=error msg=\"x\"",
            "[3.5] systemd[1]: \u{1b}[0;1;38:5:185mx: Failed with result 'exit-code'.\u{1b}[0m",
            "[4.5] systemd[1]: \u{1b}[0;1;39mSystem is tainted: unmerged-bin\u{1b}[0m\r\r",
            "[5.5] gitlab-runner[46]: \u{1b}[37;1mlistenaddress: \"\"",
            "[5.6] gitlab-runner[46]: sessionserver:",
            "[5.6] podman[67]: between",
            "[5.7] gitlab-runner[46]: \u{1b}[0;m  \u{1b}[37;1mbuilds\u{1b}[0;m=0",
            "[5.8] gitlab-runner[46]: Updating job...   \u{1b}[0;m  job-status\u{1b}[0;m= job\u{1b}[0;m=7",
        ]);
        let levels: Vec<_> = lines.iter().map(|line| line.level.word()).collect();
        let jobs: Vec<_> = lines.iter().map(|line| line.job.map_or(0, NonZeroU64::get)).collect();
        assert_eq!(
            levels,
            ["warning", "warning", "error", "error", "warning", "info", "debug", "debug", "info", "debug", "info"]
        );
        assert_eq!(jobs, [0, 1003, 1006, 0, 0, 0, 0, 0, 0, 0, 7]);
        assert_eq!(lines[4].time.unwrap().to_string(), "2026-11-24T10:14:37.5Z");
    }
}
