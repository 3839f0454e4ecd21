//! A saved log: what `podman logs` printed, with `--timestamps` or without, a k8s-file driver's file, a journal's export,
//! or what pipglr saved.

use super::Sink;
use super::decode::Format;
use super::feed::{Feed, Options};
use crate::problem::{Problem, Result};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// How much is read at once.
pub const CHUNK: usize = 256 * 1024;

/// Gives a file's lines. `-` is standard input.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &Path, options: &Options, sink: &mut dyn Sink) -> Result<()> {
    let problem = |e: io::Error| {
        let name = super::sanitize::sanitize(&path.display().to_string());
        Problem::new(format!("{name} cannot be read: {e}."), "Name a log that was saved.")
    };
    if path == Path::new("-") {
        return read_from(&mut io::stdin().lock(), options, sink).map_err(problem);
    }
    let mut file = File::open(path).map_err(problem)?;
    read_from(&mut file, options, sink).map_err(problem)
}

fn read_from(from: &mut dyn Read, options: &Options, sink: &mut dyn Sink) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    let head = fill(from, &mut chunk)?;
    let format = Format::detect(&chunk[..head]);
    let mut feed = Feed::new(format, options, sink);
    if format == Format::Raw {
        feed.set_clock(&chunk[..head]);
    }
    feed.bytes(&chunk[..head]);
    while !feed.stopped() {
        match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => feed.bytes(&chunk[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    feed.end();
    feed.all_seen();
    feed.idle();
    Ok(())
}

/// Fills the buffer as far as there is something.
fn fill(from: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

/// Where the last `lines` lines of a file begin, or a little before: found from its end.
///
/// # Errors
/// As the file system says.
pub fn tail_offset(file: &mut File, lines: usize) -> io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut left = lines.saturating_add(1);
    let mut block = vec![0; CHUNK];
    while end > 0 {
        let n = end.min(CHUNK as u64);
        let from = end - n;
        file.seek(SeekFrom::Start(from))?;
        let block = &mut block[..n as usize];
        file.read_exact(block)?;
        for at in memchr::memrchr_iter(b'\n', block) {
            left -= 1;
            if left == 0 {
                return Ok(from + at as u64 + 1);
            }
        }
        end = from;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::Item;
    use std::io::Write;

    fn items(bytes: &[u8], options: Options) -> Vec<String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let mut items: Vec<Item> = vec![];
        read(file.path(), &options, &mut items).unwrap();
        items.iter().map(|item| item.text().to_owned()).collect()
    }

    #[test]
    fn tail_and_since() {
        let log =
            b"2026-11-24T08:42:06Z stdout F a\n2026-11-24T08:42:07Z stdout F b\n2026-11-24T08:42:08Z stdout F c\n";
        assert_eq!(items(log, Options { tail: Some(2), ..Options::default() }), ["b", "c"]);
        assert_eq!(items(log, Options { tail: Some(0), ..Options::default() }), [""; 0]);
        let since = "2026-11-24T08:42:07Z".parse().ok();
        assert_eq!(items(log, Options { since, ..Options::default() }), ["b", "c"]);
        assert_eq!(items(log, Options { since, tail: Some(1), ..Options::default() }), ["c"]);
        assert_eq!(items(b"", Options::default()), [""; 0]);
    }

    #[test]
    fn the_end_of_a_file_is_found() {
        let mut file = tempfile::tempfile().unwrap();
        let text: String = (0..100_000).map(|n| format!("line {n}\n")).collect();
        file.write_all(text.as_bytes()).unwrap();
        for lines in [0, 1, 5, 99_999] {
            let at = tail_offset(&mut file, lines).unwrap() as usize;
            assert_eq!(text[at..].lines().count(), lines);
        }
        assert_eq!(tail_offset(&mut file, 1_000_000).unwrap(), 0);
    }

    #[test]
    fn the_first_lines_of_a_raw_log_have_times_too() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded/logs/boot-and-success.log");
        let mut items: Vec<Item> = vec![];
        read(Path::new(path), &Options::default(), &mut items).unwrap();
        let first = items.iter().find(|item| item.line().is_some_and(|line| !line.prefix().is_empty())).unwrap();
        // [ 6512.387872]; the log's podman line says that 6543.973007 is within 10:05:33.
        assert_eq!(first.time().unwrap().to_string(), "2026-11-24T10:05:01.414865Z");
    }
}
