//! What stands before a container's line in a log that somebody saved: journalctl's and syslog's shapes, the prefixes of
//! compose, kubectl, stern and others, the marks of a job's trace; or a JSON object around it. All shapes are one table.

use super::clock::rfc3339;
use super::decode::{Out, Partial, Record};
use super::own;
use crate::source::Source;
use jiff::Timestamp;
use regex::bytes::{Captures, Regex};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// Something that is before a line.
struct Shape {
    /// What it looks like. `from` is where the message begins if its program names itself only here, `rest` where it begins
    /// in any case; `zone` is that of `day`, `zulu` a whole time. PROGRAM and PID stand for a program's name and process.
    before: &'static str,
    /// More may follow it: it is what a collector puts around another's line.
    outer: bool,
    /// Lines that have it, each with nothing but a message behind.
    #[cfg(test)]
    seen: &'static [&'static str],
}

/// A row of the table.
macro_rules! shape {
    ($outer:literal, $before:expr, $($seen:literal),+) => {
        Shape {
            before: $before,
            outer: $outer,
            #[cfg(test)]
            seen: &[$($seen),+],
        }
    };
}

/// The outer ones first, the likeliest first, the loosest last.
const TABLE: &[Shape] = &[
    // What an editor has put before the first line.
    shape!(true, r"^\xEF\xBB\xBF", "\u{feff}", "\u{feff}Nov 24 10:14:15 box pipglr[812]: "),
    // docker compose, podman-compose, docker service; in a colour or not.
    shape!(
        true,
        r"^(?:\x1b\[[0-9;]*m)*(?:[A-Za-z0-9][A-Za-z0-9_.@-]*|\[[A-Za-z0-9][A-Za-z0-9_.-]*\]) +\|(?:\x1b\[[0-9;]*m)* ",
        "pipglr  | ",
        "\u{1b}[36mpipglr-1 |\u{1b}[0m ",
        "pipglr-1  | 2026-11-24T10:14:15.345827000Z ",
        "[pipglr] | ",
        "pipglr.1.k3xw9abc@box    | "
    ),
    // kubectl logs --prefix.
    shape!(true, r"^\[pod/[^\]\s]+\] ", "[pod/pipglr-0/pipglr] "),
    // journalctl's default, and syslog's old one; %b of any locale; with a host or without.
    shape!(
        false,
        r"^(?:<\d+>)?[^\s\[\]]{1,12} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? (?:[^\s\[\]]*[^\s\[\]:] )?PROGRAM(?:PID)?: ?",
        "Nov  4 10:14:15 box pipglr[812]: ",
        "Nov 24 10:14:15.345827 box.example ci-runner[812]: ",
        "<30>Nov 24 10:14:15 box pipglr[812]: ",
        "Dez 24 10:14:15 box pipglr[812]: ",
        "déc. 24 10:14:15 box pipglr[812]: ",
        "11月 24 10:14:15 box pipglr[812]: ",
        "Nov 24 10:14:15 pipglr[812]: "
    ),
    // short-iso, short-iso-precise, and rsyslog's of today.
    shape!(
        false,
        r"^(?<zulu>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)) (?:[^\s\[\]]+ )?PROGRAMPID: ?",
        "2026-11-24T10:14:15+0100 box pipglr[812]: ",
        "2026-11-24T10:14:15.345827+01:00 box pipglr[812]: ",
        "2026-11-24T10:14:15+0100 pipglr[812]: "
    ),
    // short-full, with-unit.
    shape!(
        false,
        r"^[^\s\d]\S{0,9} (?<day>\d{4}-\d\d-\d\d) (?<clock>\d\d:\d\d:\d\d(?:\.\d+)?) (?<zone>\S+) \S+ PROGRAM(?:PID)?: ?",
        "Tue 2026-11-24 10:14:15 CET box pipglr[812]: ",
        "Di 2026-11-24 10:14:15.345827 UTC box user@1000.service/pipglr.service[812]: "
    ),
    // RFC 5424.
    shape!(
        false,
        r"^<\d+>1 (?<zulu>\S+) \S+ (?<app>\S+) (?<pid>\S+) \S+ (?:-|(?:\[[^\]]*\])+) ?(?:\xEF\xBB\xBF)?",
        "<30>1 2026-11-24T10:14:15.345827+00:00 box pipglr 812 - - ",
        "<30>1 2026-11-24T10:14:15Z box pipglr 812 ID47 [a@1 b=\"c\"] "
    ),
    // short-monotonic, short-delta, short-unix.
    shape!(
        false,
        r"^(?:\[ *\d+\.\d+(?: <[ \d.]*>)?\]|\d{9,11}\.\d+) [^\s\[\]:]+ PROGRAMPID: ?",
        "[ 7069.214247] box pipglr[812]: ",
        "[ 7069.214247 <    0.000012 >] box pipglr[812]: ",
        "1795000000.123456 box pipglr[812]: "
    ),
    // A job's trace, with FF_TIMESTAMPS.
    shape!(
        false,
        r"^(?<zulu>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) \d\d[OE](?:\+| |$)",
        "2026-11-24T10:14:15.345827Z 00O "
    ),
    // Whatever else a collector writes before the console's own stamp: stern, podman logs --names, logcli, aws logs tail.
    shape!(
        false,
        r"^(?:[^\s\[]+ +){0,3}?(?:(?<zulu>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)) )?(?:[^\[]{1,160} |\{[^}]*\} )?(?<rest>\[ *\d+\.\d{6}\] [^\s\[\]:]+\[\d+\]: )",
        "pipglr-0 pipglr 2026-11-24T10:14:15.345827123Z ",
        "pipglr-0 pipglr ",
        "pipglr ",
        "2026-11-24 10:14:15,345 ",
        "2026-11-24T10:14:15Z {job=\"ci\", unit=\"pipglr\"} ",
        "2026-11-24T10:14:15.345000+00:00 box/pipglr ",
        "24.11.2026 10:14:15 INFO "
    ),
];

static SHAPES: LazyLock<Vec<(Regex, bool)>> = LazyLock::new(|| {
    let named = |shape: &Shape| {
        let before = shape.before.replace("PROGRAM", r"(?<from>[^\s\[\]:]+)").replace("PID", r"\[\d+\]");
        Some((Regex::new(&format!("(?s-u){before}")).ok()?, shape.outer))
    };
    TABLE.iter().filter_map(named).collect()
});

/// What a JSON object may call the line that it holds, and its time.
const LINES: [&str; 7] = ["MESSAGE", "log", "line", "message", "textPayload", "body", "text"];
const TIMES: [&str; 5] = ["__REALTIME_TIMESTAMP", "time", "timestamp", "@timestamp", "ts"];

/// Whether one of the first lines of a log has something before the container's own.
pub(super) fn is_wrapped(head: &[u8]) -> bool {
    let lines = head.split(|c| *c == b'\n').filter(|line| !line.is_empty());
    lines.take(20).any(|line| own::is_printed(line) || shape(line).is_some())
}

/// Whether a log is JSON objects with a line each: the journal's, those of Docker's driver, or of a collector of logs.
pub(super) fn is_json(first: &[u8]) -> bool {
    // What happened to the container is an `event` of our own, and may stand first.
    object(first).is_some_and(|object| LINES.iter().chain(&["event"]).any(|name| object.contains_key(*name)))
}

fn shape(line: &[u8]) -> Option<(Captures<'_>, bool)> {
    let has_more = |found: &Captures| found.name("rest").is_none_or(|rest| rest.start() > 0);
    SHAPES.iter().find_map(|(shape, outer)| Some((shape.captures(line).filter(has_more)?, *outer)))
}

/// Takes away what is before a line; gives the time that it says.
pub(super) fn unwrap(mut line: &[u8]) -> (Option<Timestamp>, &[u8]) {
    // A byte order mark, a collector's prefix, and a line within.
    for _ in 0..3 {
        let Some((found, outer)) = shape(line) else { break };
        let rest = found.name("rest").map_or_else(|| found.get(0).map_or(0, |all| all.end()), |rest| rest.start());
        if outer {
            line = &line[rest..];
            continue;
        }
        let text = |name| found.name(name).and_then(|part| std::str::from_utf8(part.as_bytes()).ok());
        let time = match (text("zulu"), text("day"), text("clock"), text("zone")) {
            (Some(zulu), ..) => zulu.parse().ok(),
            (_, Some(day), Some(clock), Some("UTC" | "GMT")) => format!("{day}T{clock}Z").parse().ok(),
            _ => None,
        };
        return match found.name("from") {
            Some(from) if is_own(from.as_bytes(), &line[rest..]) => (time, &line[from.start()..]),
            _ => (time, &line[rest..]),
        };
    }
    // compose's and podman's own time stamps.
    match rfc3339(line) {
        Some((time, at)) if line.get(at).is_none_or(|c| *c == b' ') => {
            (Some(time), line.get(at + 1..).unwrap_or_default())
        }
        _ => (None, line),
    }
}

/// Whether a message of this program is its own, not one that it passes on from a container.
fn is_own(program: &[u8], message: &[u8]) -> bool {
    let named = std::str::from_utf8(program).is_ok_and(|name| Source::named(name) != Source::Systemd);
    let systemd = program == b"systemd" || program == b"kernel";
    (named || systemd) && message.first() != Some(&b'[')
}

fn object(line: &[u8]) -> Option<Map<String, Value>> {
    // json-seq and json-sse have something before each.
    let line = line.strip_prefix(b"\x1e").or_else(|| line.strip_prefix(b"data: ")).unwrap_or(line);
    if line.first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice(line).ok()
}

/// A time in words, or since 1970 in whole seconds, or thousandths, millionths or billionths of them, told by how many
/// digits there are.
fn moment(value: &Value) -> Option<Timestamp> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let Ok(number) = text.parse::<i64>() else { return text.parse().ok() };
    match text.len() {
        ..=11 => Timestamp::from_second(number),
        12..=14 => Timestamp::from_millisecond(number),
        15..=17 => Timestamp::from_microsecond(number),
        _ => Timestamp::from_nanosecond(number.into()),
    }
    .ok()
}

/// Takes the line out of a JSON object; gives one that is none as it is.
pub(super) fn json(line: &[u8], partial: &mut Partial, out: Out) {
    let Some(object) = object(line) else { return out(Record { time: None, text: line, cut: 0 }) };
    let text = |name: &str| object.get(name).and_then(|value| value.as_str());
    let time = TIMES.iter().find_map(|name| moment(object.get(*name)?));
    let Some((name, value)) = LINES.iter().find_map(|name| Some((*name, object.get(*name)?))) else { return };
    // What is not UTF-8 comes as a list of bytes.
    let message = match value {
        Value::String(message) => message.as_bytes().to_vec(),
        Value::Array(bytes) => bytes.iter().filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).collect(),
        _ => return,
    };
    if let (Some(source), Some(level)) = (text("source"), text("level"))
        && let Some(line) = own::of_object(source, level, &message)
    {
        partial.push(time, &line, 0);
        return partial.end(out);
    }
    // Docker's driver cuts long lines in pieces; the journal's entries say it; others have whole lines.
    let whole = message.ends_with(b"\n") || name != "log" || object.get("time").is_none();
    let more = text("CONTAINER_PARTIAL_MESSAGE") == Some("true") || !whole;
    let mut lines = message.strip_suffix(b"\n").unwrap_or(&message).split(|c| *c == b'\n').peekable();
    let program = text("SYSLOG_IDENTIFIER").filter(|_| !object.contains_key("CONTAINER_NAME"));
    while let Some(line) = lines.next() {
        match program.filter(|program| partial.is_empty() && is_own(program.as_bytes(), line)) {
            Some(program) => {
                let pid = text("_PID").or_else(|| text("SYSLOG_PID")).unwrap_or("0");
                partial.push(time, &[format!("{program}[{pid}]: ").as_bytes(), line].concat(), 0);
            }
            // A collector may have read a file that has a shape of its own.
            None if matches!(name, "MESSAGE" | "log") => partial.push(time, line, 0),
            None => {
                let (own, line) = unwrap(line);
                partial.push(own.or(time), line, 0);
            }
        }
        if !(more && lines.peek().is_none()) {
            partial.end(&mut |record: Record| out(record));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "[ 812.250000] gitlab-runner[46]: ERROR: x";

    #[test]
    fn what_is_before_a_line_is_taken_away() {
        for before in TABLE.iter().flat_map(|shape| shape.seen) {
            let line = format!("{before}{SAID}");
            assert_eq!(String::from_utf8_lossy(unwrap(line.as_bytes()).1), SAID, "{line}");
            assert!(is_wrapped(line.as_bytes()), "{line}");
        }
        let line = b"2026-11-24T10:14:15.345827Z 00O+ERROR: x";
        assert_eq!(unwrap(line).1, b"ERROR: x");
    }

    #[test]
    fn a_line_that_has_nothing_before_it_stays() {
        for line in [
            SAID,
            "[ 7069.214247] systemd[1]: Started a: b",
            "systemd 257.13 running in system mode (+PAM)",
            "Error: a | b: c",
            "Detected virtualization podman.",
            "2026-11-24 10:14:15 host x",
            "",
        ] {
            assert_eq!(unwrap(line.as_bytes()).1, line.as_bytes());
            assert!(!is_wrapped(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_program_that_is_named_only_there_keeps_its_name() {
        for (line, text) in [
            ("Nov 24 10:14:15 box gitlab-runner[84]: ERROR: x", "gitlab-runner[84]: ERROR: x"),
            ("2026-11-24T10:14:15+0000 box podman[67]: x", "podman[67]: x"),
            ("Nov 24 10:14:15 box podman[67]: [ 1.5] gitlab-runner[4]: x", "[ 1.5] gitlab-runner[4]: x"),
            ("Nov 24 10:14:15 box pipglr[67]: systemd 257 running", "systemd 257 running"),
        ] {
            assert_eq!(String::from_utf8_lossy(unwrap(line.as_bytes()).1), text);
        }
    }

    #[test]
    fn times_with_a_zone_are_read() {
        let time = |line: &str| unwrap(line.as_bytes()).0.map(|time| time.to_string());
        let at = Some("2026-11-24T10:14:15Z".to_owned());
        assert_eq!(time("2026-11-24T11:14:15+0100 box pipglr[812]: x"), at);
        assert_eq!(time("Tue 2026-11-24 10:14:15 UTC box pipglr[812]: x"), at);
        assert_eq!(time("<30>1 2026-11-24T10:14:15+00:00 box pipglr 812 - - x"), at);
        assert_eq!(time("Nov 24 10:14:15 box pipglr[812]: x"), None, "of which year?");
        assert_eq!(time("Tue 2026-11-24 10:14:15 CET box pipglr[812]: x"), None);
    }

    #[test]
    fn json_of_two_kinds() {
        let read = |lines: &[&str]| {
            let (mut partial, mut all) = (Partial::default(), vec![]);
            for line in lines {
                json(line.as_bytes(), &mut partial, &mut |record: Record| {
                    all.push((String::from_utf8_lossy(record.text).into_owned(), record.time.is_some()));
                });
            }
            all
        };
        let journal = r#"{"__REALTIME_TIMESTAMP":"1795000000000000","CONTAINER_NAME":"p","MESSAGE":"[ 1.5] a[4]: x"}"#;
        assert_eq!(read(&[journal]), [("[ 1.5] a[4]: x".to_owned(), true)]);
        let own = r#"{"SYSLOG_IDENTIFIER":"gitlab-runner","_PID":"7","MESSAGE":[120,255]}"#;
        assert_eq!(read(&[own]), [("gitlab-runner[7]: x\u{fffd}".to_owned(), false)]);
        let cut =
            [r#"{"log":"one ","time":"2026-11-24T10:14:15Z"}"#, r#"{"log":"two\n","time":"2026-11-24T10:14:15Z"}"#];
        assert_eq!(read(&cut), [("one two".to_owned(), true)]);
        for (name, time, stamp) in [
            ("line", "timestamp", "\"1795515255345827000\""),
            ("line", "timestamp", "\"2026-11-24T10:14:15.345Z\""),
            ("message", "@timestamp", "\"2026-11-24T10:14:15.345Z\""),
            ("message", "timestamp", "1795515255345"),
            ("log", "ts", "1795515255"),
            ("body", "time", "\"1795515255345827\""),
        ] {
            let object = format!(r#"{{"labels":{{}},"{name}":"[ 1.500000] a[4]: x","{time}":{stamp}}}"#);
            assert!(is_json(object.as_bytes()), "{object}");
            if name != "log" || time != "time" {
                assert_eq!(read(&[&object]), [("[ 1.500000] a[4]: x".to_owned(), true)], "{object}");
            }
            let year = moment(&serde_json::from_str(stamp).unwrap()).unwrap().to_string();
            assert!(year.starts_with("2026-11-24T10:14:15"), "{year}");
        }
        let collected = r#"{"line":"2026-11-24T10:14:15Z stdout F [ 1.500000] a[4]: x"}"#;
        assert_eq!(read(&[collected]), [("[ 1.500000] a[4]: x".to_owned(), true)]);
        assert!(is_json(journal.as_bytes()) && is_json(cut[0].as_bytes()));
        assert!(!is_json(br#"{"level":"error","msg":"x"}"#) && !is_json(b"{"));
    }
}
