//! What holds of any bytes that a container may print: nothing printable is lost, nothing but printable text and colours
//! reaches the terminal, and how the bytes are cut on their way changes nothing. Used by the fuzzer, and on its corpus
//! by `cargo test --test suite fuzz`.

use pipglr::commands::logs::{How, write};
use pipglr::logs::clock::{Local, Show};
use pipglr::logs::decode::{Decoder, Format, LINE};
use pipglr::logs::parse::Parser;
use pipglr::logs::{Item, Jobs, Line, Pipeline};
use pipglr::symptoms::catalogue;
use pipglr::text::sanitize::sanitize;

const FORMATS: [Format; 4] = [Format::Raw, Format::Timestamps, Format::K8sFile, Format::Export];

/// The first byte says how the log is written, and (where three bits of it are set) that what follows is repeated until it
/// is longer than a line may be; the second in what pieces it comes. The rest is the log.
pub fn check(input: &[u8]) {
    let [how, cut, log @ ..] = input else { return };
    let format = FORMATS[usize::from(how & 3)];
    let long = if how & 28 == 28 && !log.is_empty() { log.repeat((LINE + LINE / 8) / log.len() + 1) } else { vec![] };
    let log = if long.is_empty() { log } else { &long };

    let lines = pipeline(format, log, log.len().max(1));
    // Long ones are not fed byte by byte: that is the same again, and slow.
    let piece = 1 + usize::from(*cut) + if long.is_empty() { 0 } else { 1000 };
    same(&pipeline(format, log, piece), &lines);

    let records = records(format, log);
    if format == Format::Raw {
        let split: Vec<&[u8]> = log.split(|c| *c == b'\n').collect();
        let split = if split.last().is_some_and(|last| last.is_empty()) { &split[..split.len() - 1] } else { &split };
        assert_eq!(split.len(), records.len(), "a line is lost, or one too many");
        for (line, (text, cut)) in split.iter().zip(&records) {
            assert_eq!(line.len(), text.len() + cut, "what is cut is counted");
            assert!(line.starts_with(text));
        }
    }
    let mut parser = Parser::default();
    let mut said = String::new();
    for (text, cut) in &records {
        let line = parser.line(None, text, *cut);
        // Whatever was taken out comes back, and what comes back is what an honest terminal would have shown.
        assert_eq!(format!("{}{}", line.prefix(), line.shown(true)), expected(text, *cut));
        harmless(&line);
        said.extend(line.text().chars().filter(|c| *c != ' '));
    }
    let joined: String = lines.iter().flat_map(|line| line.text().chars()).filter(|c| *c != ' ').collect();
    assert_eq!(joined, said, "joining two console lines loses nothing");

    let mut jobs = Jobs::default();
    // Of what is said again and again a little is enough.
    for line in lines.iter().take(100) {
        printed(line);
        jobs.see(line);
        let _ = catalogue().find(Some(line.source), line.text());
    }
    only_printable(&sanitize(&String::from_utf8_lossy(log)));
}

fn pipeline(format: Format, log: &[u8], piece: usize) -> Vec<Line> {
    let (mut pipeline, mut lines) = (Pipeline::new(format), vec![]);
    log.chunks(piece).for_each(|chunk| pipeline.feed(chunk, &mut |line| lines.push(line)));
    pipeline.end(&mut |line| lines.push(line));
    lines
}

fn records(format: Format, log: &[u8]) -> Vec<(Vec<u8>, usize)> {
    let (mut decoder, mut records) = (Decoder::new(format), vec![]);
    decoder.feed(log, &mut |record| records.push((record.text.to_vec(), record.cut)));
    decoder.end(&mut |record| records.push((record.text.to_vec(), record.cut)));
    records
}

fn same(pieces: &[Line], whole: &[Line]) {
    assert_eq!(pieces.len(), whole.len(), "as many lines however they are cut");
    for (piece, whole) in pieces.iter().zip(whole) {
        assert_eq!(piece, whole);
    }
}

/// What is to be seen of a console line, in the plainest words.
fn expected(bytes: &[u8], cut: usize) -> String {
    let end = bytes.iter().rposition(|c| *c != b'\r').map_or(0, |at| at + 1);
    let mut text = String::new();
    let mut rest = &bytes[..end];
    while let Some(first) = rest.first() {
        if let Some(taken) = dropped(rest) {
            rest = &rest[taken..];
            continue;
        }
        // A character takes as many bytes as its first one says, or it is none.
        let long = (1..=4.min(rest.len())).find_map(|n| std::str::from_utf8(&rest[..n]).ok());
        match long.and_then(|long| long.chars().next()) {
            Some('\t') => text.push_str("    "),
            Some('\u{7f}') => text.push('␡'),
            Some(c) if c < ' ' => text.extend(char::from_u32(0x2400 + u32::from(c))),
            Some(c) if may_be_shown(c) => text.push(c),
            Some(c) => text.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            None => text.push_str(&format!("\\x{first:02x}")),
        }
        rest = &rest[long.map_or(1, str::len)..];
    }
    if cut > 0 {
        text.push_str(&format!(" … [cut: {cut} bytes more]"));
    }
    text
}

/// How long the sequence is that begins there and is nothing to be seen: a colour, or systemd's making the terminal sane.
fn dropped(rest: &[u8]) -> Option<usize> {
    let sane = ["\x1b[!p", "\x1b]104\x07", "\x1b]104\x1b\\", "\x1b[?7h", "\x1b[1G", "\x1b[0J"];
    if let Some(sane) = sane.into_iter().find(|sane| rest.starts_with(sane.as_bytes())) {
        return Some(sane.len());
    }
    let params = rest.strip_prefix(b"\x1b[")?;
    let end = params.iter().position(|c| !b"0123456789;:".contains(c))?;
    (params[end] == b'm').then_some(end + 3)
}

/// Neither a control nor what reorders or hides the text around it (Unicode's Cc, and of Cf what terminals heed).
fn may_be_shown(c: char) -> bool {
    let hidden = ['\u{ad}', '\u{61c}', '\u{180e}', '\u{2028}', '\u{2029}', '\u{feff}'];
    let ranges = [0x200b..=0x200f, 0x202a..=0x202e, 0x2060..=0x206f, 0xfff9..=0xfffb, 0xe0000..=0xe007f];
    !c.is_control() && !hidden.contains(&c) && !ranges.iter().any(|range| range.contains(&u32::from(c)))
}

fn only_printable(text: &str) {
    assert!(text.chars().all(may_be_shown), "{text:?}");
}

fn harmless(line: &Line) {
    only_printable(line.whole());
    only_printable(&line.shown(true));
    assert!(line.whole().len() <= 4 * LINE + 64 * 1024, "{} bytes", line.whole().len());
    let fields = line.fields();
    only_printable(&fields.message);
    fields.pairs.iter().for_each(|(key, value)| {
        only_printable(key);
        only_printable(value);
    });
    let mut last = None;
    for paint in line.paint() {
        assert!(line.text().is_char_boundary(paint.at as usize), "a colour begins in a character");
        assert!(last < Some(paint.at) || paint.at == 0, "colours in order");
        last = Some(paint.at);
    }
}

/// As `logs --plain` prints it: the text between colours, and nothing else.
fn printed(line: &Line) {
    let item = Item::Line(line.clone());
    for (color, reveal) in [(false, false), (true, false), (true, true)] {
        let mut out = vec![];
        let how = How { color, json: false, reveal, times: Show::None };
        write(&item, how, &mut Local::system(), &mut out);
        let out = String::from_utf8(out).expect("text");
        let mut seen = String::new();
        let mut rest = out.as_str();
        while let Some((before, behind)) = rest.split_once('\x1b') {
            seen.push_str(before);
            let end = behind.find('m').expect("a whole sequence");
            assert!(
                color
                    && behind[..end].strip_prefix('[').is_some_and(|p| p.bytes().all(|c| b"0123456789;".contains(&c))),
                "{behind:?}"
            );
            rest = &behind[end + 1..];
        }
        seen.push_str(rest);
        let text = line.shown(reveal);
        assert_eq!(seen.strip_suffix('\n').map(|seen| &seen[4..]), Some(&*text));
    }
    let mut out = vec![];
    write(&item, How { color: false, json: true, reveal: true, times: Show::None }, &mut Local::system(), &mut out);
    assert!(out.ends_with(b"}\n") && out.iter().filter(|c| **c < b' ').count() == 1, "one object a line");
}
