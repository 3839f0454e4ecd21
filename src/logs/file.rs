//! A saved log: what `podman logs` printed, with `--timestamps` or without, a k8s-file driver's file, a journal's export,
//! what pipglr saved or printed, or any of the shapes that journalctl, syslog and compose print.

use super::Sink;
use super::decode::Format;
use super::encoding::Text;
use super::feed::{Feed, Options};
use crate::named_file::{self, Named};
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
        let name = crate::text::sanitize::sanitize(&path.display().to_string());
        Problem::usage(format!("{name} cannot be read: {e}."), "Name a log that was saved.")
    };
    if path == Path::new("-") {
        return read_from(&mut io::stdin().lock(), options, sink).map_err(problem);
    }
    match named_file::open(path).map_err(problem)? {
        Named::File(mut file) => read_file(&mut file, options, sink),
        mut pipe => read_from(&mut pipe, options, sink),
    }
    .map_err(problem)
}

/// Of a file whose lines have times of their own, the last are found from its end.
fn read_file(file: &mut File, options: &Options, sink: &mut dyn Sink) -> io::Result<()> {
    if let Some(tail) = options.tail.filter(|_| file.metadata().is_ok_and(|meta| meta.is_file())) {
        let mut head = vec![0; CHUNK];
        let n = fill(file, &mut head)?;
        let format = Format::detect(&head[..n]);
        if matches!(format, Format::K8sFile | Format::Timestamps) {
            let mut feed = Feed::new(format, options, sink);
            last_lines(file, format, tail, &mut feed)?;
            finish(&mut feed);
            return Ok(());
        }
        file.rewind()?;
    }
    read_from(file, options, sink)
}

fn read_from(from: &mut dyn Read, options: &Options, sink: &mut dyn Sink) -> io::Result<()> {
    let from = &mut Text::new(from)?;
    let mut head = vec![0; CHUNK];
    let n = fill(from, &mut head)?;
    let head = &head[..n];
    let format = Format::detect(head);
    let mut feed = Feed::new(format, options, sink);
    if matches!(format, Format::Raw | Format::Wrapped | Format::Json | Format::Entries) {
        feed.set_clock(head);
    }
    feed.bytes(head);
    read_on(from, &mut feed)?;
    finish(&mut feed);
    Ok(())
}

/// The file has nothing more.
fn finish(feed: &mut Feed) {
    feed.end();
    feed.all_seen();
    feed.idle();
}

/// Reads to the end, or until nobody wants more; gives how many bytes.
fn read_on(from: &mut dyn Read, feed: &mut Feed) -> io::Result<u64> {
    let (mut chunk, mut all) = (vec![0; CHUNK], 0);
    while !feed.stopped() {
        match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => {
                feed.bytes(&chunk[..n]);
                all += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(all)
}

/// Has the last `tail` lines of what is in the file now wait in the feed; gives the byte that it was read up to. What is
/// written meanwhile is left for later: it may come faster than it is read.
///
/// # Errors
/// As the file system says.
pub fn last_lines(file: &mut File, format: Format, tail: usize, feed: &mut Feed) -> io::Result<u64> {
    // Two console lines may be one message, and a long line several records: where the first guess was too near the
    // end, it is recreated from further up.
    let mut records = tail.saturating_mul(2).saturating_add(64);
    loop {
        let begin = tail_offset(file, records)?;
        let end = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(begin))?;
        let read = read_on(&mut file.take(end.saturating_sub(begin)), feed)?;
        if begin == 0 || feed.is_full() || feed.stopped() {
            return Ok(begin + read);
        }
        feed.again(format);
        records = records.saturating_mul(4);
    }
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
fn tail_offset(file: &mut File, lines: usize) -> io::Result<u64> {
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

    /// Whatever it is saved as, and however little of it is read.
    #[test]
    fn the_last_lines_are_those_of_the_whole() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded/logs/"));
        let recorded = std::fs::read_to_string(folder.join("job-script-failure.log")).unwrap().repeat(30);
        let stamp = |n: usize| format!("2026-11-24T08:{:02}:{:02}.000000000+00:00", n / 60 % 60, n % 60);
        let driver = |between: &str| -> String {
            let lines = recorded.lines().enumerate();
            lines.map(|(n, line)| format!("{}{between}{line}\n", stamp(n / 10))).collect()
        };
        for log in [driver(" stdout F "), driver(" "), recorded.clone()] {
            let all = items(log.as_bytes(), Options::default());
            for tail in [1, 7, 200, all.len(), all.len() + 1] {
                let some = items(log.as_bytes(), Options { tail: Some(tail), ..Options::default() });
                assert!(some == all[all.len().saturating_sub(tail)..], "{tail}");
            }
        }
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
