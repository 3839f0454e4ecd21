//! What stands before a container's line in a log that somebody saved: journalctl's and syslog's shapes, compose's
//! prefix, the marks of a job's trace; or a JSON object around it.

use super::clock::rfc3339;
use super::decode::{Out, Partial, Record};
use crate::source::Source;
use jiff::Timestamp;
use regex::bytes::{Captures, Regex};
use std::sync::LazyLock;

/// The shapes, of which one is before a line. `from` is where the message begins if its program names itself only here;
/// `zone` is that of `day`, `zulu` a whole time.
static SHAPES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let program = r"(?<from>[^\s\[\]:]+)";
    let pid = r"\[\d+\]";
    [
        // journalctl's default, and syslog's old one; %b of any locale.
        format!(r"^(?:<\d+>)?[^\s\[]{{1,12}} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? \S+ {program}(?:{pid})?: ?"),
        // short-iso, short-iso-precise, and rsyslog's of today.
        format!(r"^(?<zulu>\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)) \S+ {program}{pid}: ?"),
        // short-full.
        format!(
            r"^[^\s\d]\S{{0,9}} (?<day>\d{{4}}-\d\d-\d\d) (?<clock>\d\d:\d\d:\d\d(?:\.\d+)?) (?<zone>\S+) \S+ {program}(?:{pid})?: ?"
        ),
        // RFC 5424.
        r"^<\d+>1 (?<zulu>\S+) \S+ (?<app>\S+) (?<pid>\S+) \S+ (?:-|(?:\[[^\]]*\])+) ?(?:\xEF\xBB\xBF)?".to_owned(),
        // short-monotonic, short-unix.
        format!(r"^(?:\[ *\d+\.\d+\]|\d{{9,11}}\.\d+) [^\s\[\]:]+ {program}{pid}: ?"),
        // A job's trace, with FF_TIMESTAMPS.
        r"^(?<zulu>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) \d\d[OE](?:\+| |$)".to_owned(),
    ]
    .iter()
    .filter_map(|shape| Regex::new(&format!("(?s-u){shape}")).ok())
    .collect()
});

/// `pipglr  | `, in a colour or not; `[pod/NAME/CONTAINER] ` of kubectl; and what an editor has put before the first line.
static COMPOSE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let compose = r"(?:\x1b\[[0-9;]*m)*[A-Za-z0-9][A-Za-z0-9_.-]* +\|(?:\x1b\[[0-9;]*m)* ";
    Regex::new(&format!(r"(?-u)^(?:\xEF\xBB\xBF)?(?:{compose}|\[pod/[^\]\s]+\] )?")).ok()
});

/// Whether one of the first lines of a log has something before the container's own.
pub(super) fn is_wrapped(head: &[u8]) -> bool {
    let lines = head.split(|c| *c == b'\n').filter(|line| !line.is_empty());
    lines.take(20).any(|line| shape(line).is_some() || compose(line) > 0)
}

/// Whether a log is JSON objects with a line each: the journal's, or those of Docker's driver.
pub(super) fn is_json(first: &[u8]) -> bool {
    object(first).is_some_and(|object| object.contains_key("MESSAGE") || object.contains_key("log"))
}

fn shape(line: &[u8]) -> Option<Captures<'_>> {
    SHAPES.iter().find_map(|shape| shape.captures(line))
}

/// Takes away what is before a line; gives the time that it says.
pub(super) fn unwrap(line: &[u8]) -> (Option<Timestamp>, &[u8]) {
    let line = &line[compose(line)..];
    let Some(found) = shape(line) else {
        // compose's and podman's own time stamps.
        return match rfc3339(line) {
            Some((time, at)) if line.get(at).is_none_or(|c| *c == b' ') => {
                (Some(time), line.get(at + 1..).unwrap_or_default())
            }
            _ => (None, line),
        };
    };
    let text = |name| found.name(name).and_then(|part| std::str::from_utf8(part.as_bytes()).ok());
    let time = match (text("zulu"), text("day"), text("clock"), text("zone")) {
        (Some(zulu), ..) => zulu.parse().ok(),
        (_, Some(day), Some(clock), Some("UTC" | "GMT")) => format!("{day}T{clock}Z").parse().ok(),
        _ => None,
    };
    let rest = &line[found.get(0).map_or(0, |whole| whole.end())..];
    match found.name("from") {
        Some(from) if is_own(from.as_bytes(), rest) => (time, &line[from.start()..]),
        _ => (time, rest),
    }
}

fn compose(line: &[u8]) -> usize {
    COMPOSE.as_ref().and_then(|prefix| prefix.find(line)).map_or(0, |prefix| prefix.end())
}

/// Whether a message of this program is its own, not one that it passes on from a container.
fn is_own(program: &[u8], message: &[u8]) -> bool {
    let named = std::str::from_utf8(program).is_ok_and(|name| Source::named(name) != Source::Systemd);
    let systemd = program == b"systemd" || program == b"kernel";
    (named || systemd) && message.first() != Some(&b'[')
}

fn object(line: &[u8]) -> Option<serde_json::Map<String, serde_json::Value>> {
    // json-seq and json-sse have something before each.
    let line = line.strip_prefix(b"\x1e").or_else(|| line.strip_prefix(b"data: ")).unwrap_or(line);
    if line.first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice(line).ok()
}

/// Takes the line out of a JSON object; gives one that is none as it is.
pub(super) fn json(line: &[u8], partial: &mut Partial, out: Out) {
    let Some(object) = object(line) else { return out(Record { time: None, text: line, cut: 0 }) };
    let text = |name: &str| object.get(name).and_then(|value| value.as_str());
    let micros = || Timestamp::from_microsecond(text("__REALTIME_TIMESTAMP")?.parse().ok()?).ok();
    let time = micros().or_else(|| text("time")?.parse().ok());
    // What is not UTF-8 comes as a list of bytes.
    let message = match object.get("MESSAGE").or_else(|| object.get("log")) {
        Some(serde_json::Value::String(message)) => message.as_bytes().to_vec(),
        Some(serde_json::Value::Array(bytes)) => {
            bytes.iter().filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).collect()
        }
        _ => return,
    };
    let whole = message.ends_with(b"\n") || object.contains_key("MESSAGE");
    let more = text("CONTAINER_PARTIAL_MESSAGE") == Some("true") || !whole;
    let mut lines = message.strip_suffix(b"\n").unwrap_or(&message).split(|c| *c == b'\n').peekable();
    let program = text("SYSLOG_IDENTIFIER").filter(|_| !object.contains_key("CONTAINER_NAME"));
    while let Some(line) = lines.next() {
        match program.filter(|program| partial.is_empty() && is_own(program.as_bytes(), line)) {
            Some(program) => {
                let pid = text("_PID").or_else(|| text("SYSLOG_PID")).unwrap_or("0");
                partial.push(time, &[format!("{program}[{pid}]: ").as_bytes(), line].concat(), 0);
            }
            None => partial.push(time, line, 0),
        }
        if !(more && lines.peek().is_none()) {
            partial.end(&mut |record: Record| out(record));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "[ 812.25] gitlab-runner[46]: ERROR: x";

    #[test]
    fn what_is_before_a_line_is_taken_away() {
        for before in [
            "Nov  4 10:14:15 box pipglr[812]: ",
            "Nov 24 10:14:15.345827 box.example ci-runner[812]: ",
            "<30>Nov 24 10:14:15 box pipglr[812]: ",
            "Dez 24 10:14:15 box pipglr[812]: ",
            "déc. 24 10:14:15 box pipglr[812]: ",
            "11月 24 10:14:15 box pipglr[812]: ",
            "2026-11-24T10:14:15+0100 box pipglr[812]: ",
            "2026-11-24T10:14:15.345827+01:00 box pipglr[812]: ",
            "Tue 2026-11-24 10:14:15 CET box pipglr[812]: ",
            "Di 2026-11-24 10:14:15.345827 UTC box user@1000.service/pipglr.service[812]: ",
            "<30>1 2026-11-24T10:14:15.345827+00:00 box pipglr 812 - - ",
            "<30>1 2026-11-24T10:14:15Z box pipglr 812 ID47 [a@1 b=\"c\"] ",
            "[ 7069.214247] box pipglr[812]: ",
            "1795000000.123456 box pipglr[812]: ",
            "pipglr  | ",
            "\u{1b}[36mpipglr-1 |\u{1b}[0m ",
            "pipglr-1  | 2026-11-24T10:14:15.345827000Z ",
            "[pod/pipglr-0/pipglr] ",
            "\u{feff}",
            "\u{feff}Nov 24 10:14:15 box pipglr[812]: ",
        ] {
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
        assert!(is_json(journal.as_bytes()) && is_json(cut[0].as_bytes()));
        assert!(!is_json(br#"{"level":"error","msg":"x"}"#) && !is_json(b"{"));
    }
}
