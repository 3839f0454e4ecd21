//! Where a value ends: at its quote, at its bracket, or where what follows is no more of it. Never behind the line.

use super::MASK;
use std::ops::Range;

/// The value that begins at a place of a line, without its quotes; to the end of the line where its quote or its bracket
/// is never closed. An empty range where there is none.
pub(super) fn at(line: &str, start: usize) -> Range<usize> {
    let rest = &line[start..];
    if rest.starts_with(MASK) {
        return start..start;
    }
    let slashes = rest.len() - rest.trim_start_matches('\\').len();
    match rest.as_bytes().get(slashes) {
        Some(quote @ (b'"' | b'\'')) => quoted(line, start + slashes, *quote, slashes),
        Some(b'[') if slashes == 0 => start + 1..balanced(line, start),
        Some(b'{') if slashes == 0 => start..(balanced(line, start) + 1).min(line.len()),
        _ => start..bare(line, start),
    }
}

/// The value inside quotes. Quotes with backslashes before them, as in JSON within JSON, end at the like.
fn quoted(line: &str, open: usize, quote: u8, slashes: usize) -> Range<usize> {
    let triple = [quote; 3];
    if slashes == 0 && line.as_bytes()[open..].starts_with(&triple) {
        let inside = open + 3;
        let end = line.as_bytes()[inside..].windows(3).position(|bytes| bytes == triple);
        return inside..end.map_or(line.len(), |end| inside + end);
    }
    let inside = open + 1;
    inside..closing(line, inside, quote, slashes).unwrap_or(line.len())
}

/// Where the quotes end that were opened right before a name: three of them by three.
pub(super) fn around(line: &str, from: usize, before: &str, quote: u8, slashes: usize) -> Option<usize> {
    let triple = [quote; 3];
    if before.as_bytes().ends_with(&triple) {
        return line.as_bytes()[from..].windows(3).position(|bytes| bytes == triple).map(|at| from + at);
    }
    closing(line, from, quote, slashes)
}

/// Where the closing quote, or the first of its backslashes, stands.
fn closing(line: &str, from: usize, quote: u8, slashes: usize) -> Option<usize> {
    let bytes = line.as_bytes();
    let mut run = 0;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match *byte {
            b'\\' => run += 1,
            byte if byte == quote => {
                // Between single quotes a backslash is one.
                let ends = if slashes == 0 { run % 2 == 0 || quote == b'\'' } else { run == slashes };
                if ends {
                    return Some(if slashes == 0 { at } else { at - run });
                }
                run = 0;
            }
            _ => run = 0,
        }
    }
    None
}

/// Where the bracket that opens here is closed; the end of the line where it is not.
fn balanced(line: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    let (mut in_quotes, mut escaped) = (false, false);
    for (at, byte) in line.bytes().enumerate().skip(open) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_quotes,
            b'"' => in_quotes = !in_quotes,
            b'{' | b'[' if !in_quotes => depth += 1,
            b'}' | b']' if !in_quotes => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    line.len()
}

/// The end of a value without quotes. A comma, a quote or a bracket may be in a password: it ends the value where what
/// follows it is no more of one.
fn bare(line: &str, start: usize) -> usize {
    let bytes = line.as_bytes();
    let mut at = start;
    let mut opened = 0_usize; // `${NAME}` is not cut
    while let Some(&byte) = bytes.get(at) {
        let behind = bytes.get(at + 1..).unwrap_or_default();
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => break,
            b']' | b'}' | b')' if opened > 0 => {
                opened -= 1;
                at += 1;
            }
            b'[' | b'{' | b'(' => {
                opened += 1;
                at += 1;
            }
            b'"' | b'\'' | b'`' | b']' | b'}' | b')' if closes(behind) => break,
            b'\\' if matches!(behind.first(), Some(b'"' | b'\'')) && closes(&behind[1..]) => break,
            b',' | b';' | b'&' if closes(behind) || names_another(behind) => break,
            _ => at += 1,
        }
    }
    at
}

/// Whether what follows a mark that may end a value says that it did.
fn closes(behind: &[u8]) -> bool {
    behind.first().is_none_or(|byte| b" \t\r\n\"'`,;]}):\\&|<>".contains(byte))
}

/// `name=` or `name:`.
fn names_another(behind: &[u8]) -> bool {
    let name = behind.iter().take_while(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b)).count();
    name > 0 && matches!(behind.get(name), Some(b'=' | b':'))
}
