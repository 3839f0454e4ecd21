//! A journal's entries over several lines each: `journalctl -o verbose` and `-o json-pretty`.

use super::decode::{LINE, Out, Partial, Record, fitting};
use super::saved;
use jiff::Timestamp;
use regex::bytes::Regex;
use std::sync::LazyLock;

/// An object is not collected beyond this: it is then no entry of a journal.
const MOST: usize = 4 * LINE;

/// `Tue 2026-11-24 10:14:15.345827 UTC [s=…;i=…]`, in the words of any locale.
static HEADER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\S+ (?<day>\d{4}-\d\d-\d\d) (?<clock>\d\d:\d\d:\d\d\.\d+) (?<zone>\S+) \[s=").ok());

/// What has come of an entry.
#[derive(Debug, Default)]
pub(super) struct Entries {
    time: Option<Timestamp>,
    object: Vec<u8>,
}

/// Whether a log is of this kind, by its first lines.
pub(super) fn are(head: &[u8]) -> bool {
    let mut lines = head.split(|c| *c == b'\n').filter(|line| !line.is_empty());
    match lines.next() {
        Some(b"{") => lines.any(|line| line.trim_ascii_start().starts_with(b"\"MESSAGE\"")),
        first => first.is_some_and(|first| header(first).is_some()),
    }
}

impl Entries {
    /// Takes a line of an entry; gives the entry's message where it is whole.
    pub(super) fn line(&mut self, line: &[u8], partial: &mut Partial, out: Out) {
        if line == b"{" || !self.object.is_empty() {
            if self.object.len() + line.len() <= MOST {
                self.object.extend_from_slice(line);
            }
            if line == b"}" {
                saved::json(&std::mem::take(&mut self.object), partial, out);
            }
        } else if let Some(time) = header(line) {
            self.time = time;
        } else if let Some(text) = line.strip_prefix(b"    MESSAGE=") {
            let kept = fitting(text, LINE);
            out(Record { time: self.time, text: &text[..kept], cut: text.len() - kept });
        }
    }
}

/// The time that an entry's first line says; `None` within where its zone is not known.
fn header(line: &[u8]) -> Option<Option<Timestamp>> {
    let found = HEADER.as_ref()?.captures(line)?;
    let text = |name| found.name(name).and_then(|part| std::str::from_utf8(part.as_bytes()).ok());
    Some(match (text("day"), text("clock"), text("zone")) {
        (Some(day), Some(clock), Some("UTC" | "GMT")) => format!("{day}T{clock}Z").parse().ok(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::decode::{Decoder, Format};
    use super::*;

    fn read(log: &str) -> Vec<(Option<String>, String)> {
        assert_eq!(Format::detect(log.as_bytes()), Format::Entries, "{log}");
        let (mut decoder, mut all) = (Decoder::new(Format::Entries), vec![]);
        let mut take = |record: Record| {
            let time = record.time.map(|time| time.to_string());
            all.push((time, String::from_utf8_lossy(record.text).into_owned()));
        };
        log.as_bytes().chunks(7).for_each(|chunk| decoder.feed(chunk, &mut take));
        decoder.end(&mut take);
        all
    }

    #[test]
    fn entries_of_several_lines_give_a_line_each() {
        let said = [(Some("2026-11-24T10:14:15.345827Z".to_owned()), "[ 1.5] gitlab-runner[4]: x".to_owned())];
        let verbose = "Tue 2026-11-24 10:14:15.345827 UTC [s=a;i=1;b=b;m=1;t=1;x=1]\n    PRIORITY=6\n    \
                       CONTAINER_NAME=pipglr\n    MESSAGE=[ 1.5] gitlab-runner[4]: x\n    _PID=7\n";
        assert_eq!(read(verbose), said);
        let pretty = "{\n\t\"__REALTIME_TIMESTAMP\" : \"1795515255345827\",\n\t\"CONTAINER_NAME\" : \"pipglr\",\n\t\
                      \"MESSAGE\" : \"[ 1.5] gitlab-runner[4]: x\"\n}\n";
        assert_eq!(read(pretty), said);
        assert_eq!(read(&pretty.repeat(3)).len(), 3);
        assert_ne!(Format::detect(b"{\n  \"level\": \"error\"\n}\n"), Format::Entries);
    }
}
