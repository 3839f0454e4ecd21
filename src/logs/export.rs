//! The journal's export format (systemd's docs/JOURNAL_EXPORT_FORMATS.md): fields `NAME=value`, or `NAME`, eight bytes of
//! length and the value where it holds a line feed; a blank line behind each entry. podman's messages all end with a
//! line feed, so theirs are always of the second kind.

use super::decode::{Out, Partial, Record};
use jiff::Timestamp;
use memchr::memchr;

/// What may wait for the rest of its entry; a line is given to journald in pieces far smaller.
const WAITING: usize = 1024 * 1024;

/// Makes records of a journal's export.
#[derive(Debug, Default)]
pub struct Export {
    carry: Vec<u8>,
    cursor: String,
    partial: Partial,
}

impl Export {
    /// Takes more bytes.
    pub fn feed(&mut self, chunk: &[u8], out: Out) {
        let mut carry = std::mem::take(&mut self.carry);
        carry.extend_from_slice(chunk);
        let mut at = 0;
        while let Some(taken) = self.entry(&carry[at..], out) {
            at += taken;
        }
        carry.drain(..at);
        if carry.len() > WAITING {
            carry.clear(); // no entry of a console line: what follows is read again from its next field on
        }
        self.carry = carry;
    }

    /// Nothing more will come.
    pub fn end(&mut self, out: Out) {
        if !self.carry.is_empty() {
            self.feed(b"\n\n", out); // an entry whose blank line was not written
        }
        self.partial.end(out);
    }

    /// Forgets what came of an entry whose end is missing.
    pub fn restart(&mut self) {
        self.carry.clear();
    }

    /// Returns the cursor of the last entry.
    pub fn cursor(&self) -> &str {
        &self.cursor
    }

    /// Takes one whole entry; gives how many bytes it is, or `None` where its end has not come.
    fn entry(&mut self, bytes: &[u8], out: Out) -> Option<usize> {
        let mut at = 0;
        let (mut cursor, mut micros, mut message, mut more) = (None, None, None, false);
        loop {
            let end = at + memchr(b'\n', &bytes[at..])?;
            let line = &bytes[at..end];
            at = end + 1;
            if line.is_empty() {
                break;
            }
            let (name, value) = match memchr(b'=', line) {
                Some(equals) => (&line[..equals], &line[equals + 1..]),
                None => {
                    let length = u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?);
                    let from = at + 8;
                    let to = from.checked_add(usize::try_from(length).ok()?)?;
                    let value = bytes.get(from..to)?;
                    bytes.get(to)?; // the line feed behind it
                    at = to + 1;
                    (line, value)
                }
            };
            match name {
                b"__CURSOR" => cursor = Some(value),
                b"__REALTIME_TIMESTAMP" => micros = std::str::from_utf8(value).ok().and_then(|n| n.parse().ok()),
                b"MESSAGE" => message = Some(value),
                b"CONTAINER_PARTIAL_MESSAGE" => more = value == b"true",
                _ => {}
            }
        }
        if let Some(cursor) = cursor {
            self.cursor.clear();
            self.cursor.push_str(&String::from_utf8_lossy(cursor));
        }
        if let Some(message) = message {
            let time = micros.and_then(|micros| Timestamp::from_microsecond(micros).ok());
            self.message(time, message.strip_suffix(b"\n").unwrap_or(message), more, out);
        }
        Some(at)
    }

    fn message(&mut self, time: Option<Timestamp>, message: &[u8], more: bool, out: Out) {
        let mut lines = message.split(|c| *c == b'\n').peekable();
        while let Some(line) = lines.next() {
            self.partial.push(time, line, 0);
            if !(more && lines.peek().is_none()) {
                self.partial.end(&mut |record: Record| out(record));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(name: &str, value: &[u8]) -> Vec<u8> {
        [name.as_bytes(), b"\n", &(value.len() as u64).to_le_bytes(), value, b"\n"].concat()
    }

    #[test]
    fn entries_however_cut() {
        let log = [
            &b"__CURSOR=s=a;i=1\n__REALTIME_TIMESTAMP=1795507200000000\nPRIORITY=6\n"[..],
            &binary("MESSAGE", b"[1.0] a\r\n"),
            b"\n__CURSOR=s=a;i=2\n__REALTIME_TIMESTAMP=1795507200000001\nMESSAGE=begins, \nCONTAINER_PARTIAL_MESSAGE=true\n\n",
            b"__CURSOR=s=a;i=3\n__REALTIME_TIMESTAMP=1795507200000002\n",
            &binary("MESSAGE", b"ends\nanother\n"),
            b"\n",
        ]
        .concat();
        for chunk in [1, 3, 50, 10_000] {
            let (mut export, mut out) = (Export::default(), vec![]);
            let mut take = |record: Record| {
                out.push((
                    record.time.unwrap().as_microsecond() % 10,
                    String::from_utf8_lossy(record.text).into_owned(),
                ));
            };
            log.chunks(chunk).for_each(|chunk| export.feed(chunk, &mut take));
            export.end(&mut take);
            assert_eq!(
                out,
                [(0, "[1.0] a\r".to_owned()), (1, "begins, ends".into()), (2, "another".into())],
                "in chunks of {chunk}"
            );
            assert_eq!(export.cursor(), "s=a;i=3");
        }
    }

    #[test]
    fn what_is_none_is_let_go() {
        let mut export = Export::default();
        let mut count = 0;
        for _ in 0..300 {
            export.feed(&[b'x'; 8192], &mut |_| count += 1);
        }
        assert!(export.carry.len() <= WAITING && count == 0);
        export.feed(b"\n12345678", &mut |_| count += 1);
        export.end(&mut |_| count += 1);
    }
}
