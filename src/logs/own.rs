//! What `pipglr logs` printed, lines or JSON: somebody keeps it in a file, and has it looked at later or elsewhere.

use super::level::Level;
use crate::source::Source;
use jiff::Timestamp;
use regex::bytes::Regex;
use std::sync::LazyLock;

/// A time or the blanks in its place, the letter of the program, that of the level. Lines without any room for a time
/// (`--times none`) look too much like others.
static PRINTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let time = r"(?:(?<day>\d{4}-\d\d-\d\d) )?(?<clock>\d\d:\d\d:\d\d\.\d{3}) (?:(?<zone>[+-]\d{4}) )?";
    Regex::new(&format!(r"^(?s-u)(?:{time}| {{30}}| {{13}})(?<program>[SPR]) (?<level>[ dWEF]) ")).ok()
});

/// Whether a line is one that `pipglr logs` printed.
pub(super) fn is_printed(line: &[u8]) -> bool {
    PRINTED.as_ref().is_some_and(|printed| printed.is_match(line))
}

/// Returns the time of a line that `pipglr logs` printed, where it says a date too, and the line as the console had it;
/// `None` where it is none.
pub(super) fn console(line: &[u8]) -> Option<(Option<Timestamp>, Vec<u8>)> {
    // A byte that no other line begins with costs less than the expression.
    line.first().filter(|first| first.is_ascii_digit() || **first == b' ')?;
    let found = PRINTED.as_ref()?.captures(line)?;
    let part = |name| found.name(name).and_then(|part| std::str::from_utf8(part.as_bytes()).ok());
    let time = match (part("day"), part("clock"), part("zone")) {
        (Some(day), Some(clock), Some(zone)) => format!("{day}T{clock}{zone}").parse().ok(),
        _ => None,
    };
    let source =
        Source::ALL.into_iter().find(|source| part("program") == Some(source.letter().encode_utf8(&mut [0; 4])))?;
    let level = Level::ALL.into_iter().find(|level| part("level") == Some(level.letter().encode_utf8(&mut [0; 4])))?;
    Some((time, said(source, level, line.get(found.get(0)?.end()..)?)))
}

/// Returns the console's line of an object that `pipglr logs --json` printed: of its `source`, `level` and `text`.
pub(super) fn of_object(source: &str, level: &str, text: &[u8]) -> Option<Vec<u8>> {
    let source = Source::ALL.into_iter().find(|known| known.word() == source)?;
    Some(said(source, Level::named(level).unwrap_or_default(), text))
}

/// Returns text as its program has it on the console. The process is not known; the level, which gitlab-runner writes in
/// words, others have by a colour alone.
fn said(source: Source, level: Level, text: &[u8]) -> Vec<u8> {
    let colour: &[u8] = match level {
        Level::Error | Level::Fatal if source != Source::Runner => b"\x1b[31m",
        Level::Warning if source != Source::Runner => b"\x1b[33m",
        _ => b"",
    };
    let end: &[u8] = if colour.is_empty() { b"" } else { b"\x1b[0m" };
    [source.word().as_bytes(), b"[0]: ", colour, text, end].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_lines_are_told_from_others() {
        let text = |line: &str| console(line.as_bytes()).map(|(_, text)| String::from_utf8_lossy(&text).into_owned());
        for (line, said) in [
            ("10:00:00.500 R E ERROR: x", "gitlab-runner[0]: ERROR: x"),
            ("2026-11-24 14:05:09.123 +0100 P   x", "podman[0]: x"),
            ("             S E x", "systemd[0]: \u{1b}[31mx\u{1b}[0m"),
            ("                              S   ", "systemd[0]: "),
        ] {
            assert_eq!(text(line).as_deref(), Some(said), "{line}");
            assert!(is_printed(line.as_bytes()));
        }
        for line in ["", "S   x", "10:00:00.500 x", "10:00:00.500 R X x", "10:00:00 R   x", "            S   x", "é"] {
            assert_eq!(text(line), None, "{line}");
            assert!(!is_printed(line.as_bytes()));
        }
        let time = console(b"2026-11-24 14:05:09.123 +0100 R   x").unwrap().0.unwrap();
        assert_eq!(time.to_string(), "2026-11-24T13:05:09.123Z");
        assert_eq!(of_object("elsewhere", "error", b"x"), None);
    }
}
