//! From the bytes of a store to records: a time, and a console line. However the bytes are cut into chunks, the records
//! are the same.

use super::clock::rfc3339;
use super::entries::{self, Entries};
use super::export::Export;
use super::{own, saved};
use jiff::Timestamp;
use memchr::memchr;

/// Longest line kept, in bytes; what is behind is counted.
pub const LINE: usize = 64 * 1024;
/// What a k8s-file record has before its text, generously.
const LEAD: usize = 128;

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `podman logs`: nothing but the lines.
    Raw,
    /// `podman logs --timestamps`: RFC 3339 and a blank before each line.
    Timestamps,
    /// The k8s-file driver's file: `RFC3339 stdout|stderr F|P text`.
    K8sFile,
    /// `journalctl -o export`.
    Export,
    /// Something else before each line: journalctl's other shapes, syslog's, compose's ([`saved`]), our own ([`own`]).
    Wrapped,
    /// A JSON object for each line: `journalctl -o json`, Docker's json-file.
    Json,
    /// Several lines for each: `journalctl -o verbose`, `-o json-pretty`.
    Entries,
}

impl Format {
    /// By the first bytes of a log. What is nothing else is [`Format::Raw`].
    pub fn detect(head: &[u8]) -> Self {
        let mut lines = head.split(|c| *c == b'\n').filter(|line| !line.is_empty());
        let Some(first) = lines.next() else { return Self::Raw };
        if first.starts_with(b"__CURSOR=") || first.starts_with(b"__REALTIME_TIMESTAMP=") {
            Self::Export
        } else if k8s(first).is_some() {
            Self::K8sFile
        } else if saved::is_json(first) {
            Self::Json
        } else if entries::are(head) {
            Self::Entries
        } else if saved::is_wrapped(head) {
            Self::Wrapped
        } else if timestamped(first).is_some() {
            Self::Timestamps
        } else {
            Self::Raw
        }
    }
}

/// One console line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// When the driver took it.
    pub time: Option<Timestamp>,
    /// The bytes, without the line feed; at most [`LINE`].
    pub text: &'a [u8],
    /// How many bytes were cut off.
    pub cut: usize,
}

/// Who takes records.
pub type Out<'a> = &'a mut dyn FnMut(Record);

/// Makes records of bytes.
#[derive(Debug)]
pub struct Decoder {
    format: Format,
    splitter: Splitter,
    partial: [Partial; 2],
    export: Export,
    entries: Entries,
}

impl Decoder {
    /// For a log of this format.
    pub fn new(format: Format) -> Self {
        let (splitter, partial) = Default::default();
        Self { format, splitter, partial, export: Export::default(), entries: Entries::default() }
    }

    /// Returns what it was made for.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Takes more bytes.
    pub fn feed(&mut self, chunk: &[u8], out: Out) {
        let Self { format, splitter, partial, export, entries } = self;
        match format {
            Format::Export => export.feed(chunk, out),
            Format::Entries => splitter.feed(chunk, &mut |line, _| entries.line(line, &mut partial[0], out)),
            format => splitter.feed(chunk, &mut |line, cut| record(*format, partial, line, cut, out)),
        }
    }

    /// Nothing more will come: a line without its end is given as it is.
    pub fn end(&mut self, out: Out) {
        let Self { format, splitter, partial, export, entries } = self;
        splitter.end(&mut |line, cut| match *format {
            Format::Entries => entries.line(line, &mut partial[0], out),
            format => record(format, partial, line, cut, out),
        });
        partial.iter_mut().for_each(|partial| partial.end(out));
        export.end(out);
    }

    /// Forgets what came of a record whose end is missing.
    pub fn restart(&mut self) {
        self.splitter = Splitter::default();
        self.entries = Entries::default();
        self.export.restart();
    }

    /// Returns the journal's cursor of the last entry; empty for other formats.
    pub fn cursor(&self) -> &str {
        self.export.cursor()
    }
}

fn record(format: Format, partial: &mut [Partial; 2], line: &[u8], cut: usize, out: Out) {
    let own = if format == Format::Wrapped { own::console(line) } else { None };
    let (time, text) = match format {
        Format::K8sFile => match k8s(line) {
            Some(found) => {
                let partial = &mut partial[usize::from(found.stderr)];
                if found.whole && partial.is_empty() {
                    (Some(found.time), found.text)
                } else {
                    partial.push(Some(found.time), found.text, cut);
                    if found.whole {
                        partial.end(out);
                    }
                    return;
                }
            }
            None => (None, line),
        },
        Format::Timestamps => timestamped(line).map_or((None, line), |(time, text)| (Some(time), text)),
        Format::Wrapped => match &own {
            Some((time, text)) => (*time, text.as_slice()),
            None => saved::unwrap(line),
        },
        Format::Json => return saved::json(line, &mut partial[0], out),
        Format::Raw | Format::Export | Format::Entries => (None, line),
    };
    let kept = fitting(text, LINE);
    out(Record { time, text: &text[..kept], cut: cut + text.len() - kept });
}

/// How much of the text fits into `limit` bytes, without a character cut in two.
pub(super) fn fitting(text: &[u8], limit: usize) -> usize {
    if text.len() <= limit {
        return text.len();
    }
    let inside = |at: &usize| text[*at] & 0xc0 == 0x80;
    (limit.saturating_sub(3)..=limit).rev().find(|at| !inside(at)).unwrap_or(limit)
}

struct K8s<'a> {
    time: Timestamp,
    stderr: bool,
    whole: bool,
    text: &'a [u8],
}

fn k8s(line: &[u8]) -> Option<K8s<'_>> {
    let (time, at) = rfc3339(line)?;
    let rest = &line[at..];
    let (stderr, rest) = match rest.strip_prefix(b" stdout ") {
        Some(rest) => (false, rest),
        None => (true, rest.strip_prefix(b" stderr ")?),
    };
    let whole = match rest.first()? {
        b'F' => true,
        b'P' => false,
        _ => return None,
    };
    // An empty line's record may end behind its F.
    let text = if rest.len() == 1 { &rest[1..] } else { rest[1..].strip_prefix(b" ")? };
    Some(K8s { time, stderr, whole, text })
}

fn timestamped(line: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (time, at) = rfc3339(line)?;
    match line.get(at) {
        Some(b' ') => Some((time, &line[at + 1..])),
        None => Some((time, &[])),
        Some(_) => None,
    }
}

/// A line whose pieces come in several records.
#[derive(Debug, Default)]
pub(super) struct Partial {
    begun: bool,
    time: Option<Timestamp>,
    text: Vec<u8>,
    cut: usize,
}

impl Partial {
    pub(super) fn is_empty(&self) -> bool {
        !self.begun
    }

    /// A further piece; the first one's time counts.
    pub(super) fn push(&mut self, time: Option<Timestamp>, text: &[u8], cut: usize) {
        if !self.begun {
            (self.begun, self.time) = (true, time);
        }
        // Room for a character more, so that none is cut in two before its end is seen.
        let kept = text.len().min((LINE + 4).saturating_sub(self.text.len()));
        self.text.extend_from_slice(&text[..kept]);
        self.cut += cut + text.len() - kept;
    }

    /// The line is whole.
    pub(super) fn end(&mut self, out: Out) {
        if self.begun {
            let kept = fitting(&self.text, LINE);
            out(Record { time: self.time, text: &self.text[..kept], cut: self.cut + self.text.len() - kept });
            *self = Self { text: std::mem::take(&mut self.text), ..Self::default() };
            self.text.clear();
        }
    }
}

/// Cuts bytes at line feeds; what is longer than any record is counted and let go.
#[derive(Debug, Default)]
struct Splitter {
    carry: Vec<u8>,
    over: usize,
}

impl Splitter {
    fn feed(&mut self, mut chunk: &[u8], out: &mut dyn FnMut(&[u8], usize)) {
        while let Some(at) = memchr(b'\n', chunk) {
            if self.carry.is_empty() {
                let kept = at.min(LINE + LEAD);
                out(&chunk[..kept], at - kept);
            } else {
                self.carry(&chunk[..at]);
                self.end(out);
            }
            chunk = &chunk[at + 1..];
        }
        self.carry(chunk);
    }

    fn carry(&mut self, bytes: &[u8]) {
        let kept = bytes.len().min((LINE + LEAD).saturating_sub(self.carry.len()));
        self.carry.extend_from_slice(&bytes[..kept]);
        self.over += bytes.len() - kept;
    }

    fn end(&mut self, out: &mut dyn FnMut(&[u8], usize)) {
        if !self.carry.is_empty() {
            out(&self.carry, self.over);
            self.carry.clear();
            self.over = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(format: Format, bytes: &[u8], chunk: usize) -> Vec<(Option<String>, String, usize)> {
        let (mut decoder, mut out) = (Decoder::new(format), vec![]);
        let mut take = |record: Record| {
            let time = record.time.map(|time| time.to_string());
            out.push((time, String::from_utf8_lossy(record.text).into_owned(), record.cut));
        };
        bytes.chunks(chunk).for_each(|chunk| decoder.feed(chunk, &mut take));
        decoder.end(&mut take);
        out
    }

    #[test]
    fn formats_are_told_apart() {
        for (head, format) in [
            ("2026-11-24T08:42:06.179694422+00:00 stdout F text\n", Format::K8sFile),
            ("2026-11-24T10:14:15.345827000Z \u{1b}[0;1;31mFailed", Format::Timestamps),
            ("__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1\n", Format::Export),
            ("[ 7069.2] gitlab-runner[46]: x\n", Format::Raw),
            ("", Format::Raw),
        ] {
            assert_eq!(Format::detect(head.as_bytes()), format, "{head}");
        }
    }

    #[test]
    fn k8s_records_however_cut() {
        let log = "2026-11-24T08:42:06.1Z stdout F whole\r\n2026-11-24T08:42:07Z stdout P one \n\
                   2026-11-24T08:42:07Z stderr F other\n2026-11-24T08:42:08Z stdout F two\n\
                   not a record\n2026-11-24T08:42:09Z stdout F\n2026-11-24T08:42:09Z stdout P rest";
        let at = |second: &str| Some(format!("2026-11-24T08:42:{second}Z"));
        let expected = [
            (at("06.1"), "whole\r".to_owned(), 0),
            (at("07"), "other".into(), 0),
            (at("07"), "one two".into(), 0),
            (None, "not a record".into(), 0),
            (at("09"), String::new(), 0),
            (at("09"), "rest".into(), 0),
        ];
        for chunk in [1, 2, 7, 30, 1000] {
            assert_eq!(decoded(Format::K8sFile, log.as_bytes(), chunk), expected, "in chunks of {chunk}");
        }
    }

    #[test]
    fn a_giant_line_is_cut_and_counted() {
        let line = "é".repeat(LINE);
        for (format, log) in [
            (Format::Raw, format!("{line}\nnext\n")),
            (Format::K8sFile, format!("2026-11-24T08:42:09Z stdout F {line}\n2026-11-24T08:42:09Z stdout F next\n")),
        ] {
            for chunk in [999, 1 << 20] {
                let lines = decoded(format, log.as_bytes(), chunk);
                assert_eq!(lines.len(), 2);
                assert_eq!((lines[0].1.len(), lines[0].2), (LINE, LINE), "{format:?} in chunks of {chunk}");
                assert_eq!(lines[1].1, "next");
            }
        }
        let pieces: String = (0..20).map(|_| format!("2026-11-24T08:42:09Z stdout P {}\n", "x".repeat(8192))).collect();
        let lines = decoded(Format::K8sFile, pieces.as_bytes(), 4096);
        assert_eq!((lines.len(), lines[0].1.len(), lines[0].2), (1, LINE, 20 * 8192 - LINE));
    }

    #[test]
    fn timestamps() {
        let lines = decoded(Format::Timestamps, b"2026-11-24T10:14:15.345827000Z a b\nno time\n", 5);
        assert_eq!(lines[0], (Some("2026-11-24T10:14:15.345827Z".into()), "a b".into(), 0));
        assert_eq!(lines[1], (None, "no time".into(), 0));
    }
}
