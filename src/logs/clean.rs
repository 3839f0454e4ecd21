//! Makes a console line harmless: from any bytes to printable text and the colours it had. Nothing printable is lost,
//! and nothing else gets through: what would steer the terminal is shown for what it is.

use super::line::Paint;
use crate::text::sanitize::is_hostile;

/// The text so far and its colours. One is used for line after line, so that nearly none of them allocates.
#[derive(Debug, Default)]
pub struct Cleaner {
    /// The text.
    pub text: String,
    /// Its colours.
    pub paint: Vec<Paint>,
    /// Whether the last colour sequence was one that ends a colour (`ESC[0;m`).
    pub reset: bool,
    colour: Option<u8>,
    bold: bool,
}

impl Cleaner {
    /// Begins a line with `bytes`, which hold no line feed.
    pub fn clean(&mut self, bytes: &[u8]) {
        self.text.clear();
        self.paint.clear();
        (self.reset, self.colour, self.bold) = (false, None, false);
        let mut rest = bytes;
        while !rest.is_empty() {
            let plain = plain_run(rest);
            self.text.push_str(std::str::from_utf8(&rest[..plain]).unwrap_or_default());
            rest = &rest[plain..];
            rest = match rest.first() {
                None => break,
                Some(0x1b) => self.escape(rest),
                Some(b'\t') => {
                    self.text.push_str("    ");
                    &rest[1..]
                }
                Some(&c) if c < 0x80 => {
                    self.control(c);
                    &rest[1..]
                }
                Some(_) => self.foreign(rest),
            };
        }
        let end = self.text.len() as u32;
        if self.paint.last().is_some_and(|paint| paint.at == end) {
            self.paint.pop();
        }
    }

    /// A C0 control as its picture: ␀ to ␟, ␡.
    fn control(&mut self, c: u8) {
        let picture = if c == 0x7f { 0x2421 } else { 0x2400 + u32::from(c) };
        self.text.push(char::from_u32(picture).unwrap_or('\u{fffd}'));
    }

    /// A run of bytes beyond ASCII: characters, with those made visible that reorder or hide text, and bytes that
    /// are none.
    fn foreign<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        let end = rest.iter().position(u8::is_ascii).unwrap_or(rest.len());
        for chunk in rest[..end].utf8_chunks() {
            for c in chunk.valid().chars() {
                if is_hostile(c) { self.text.extend(c.escape_unicode()) } else { self.text.push(c) }
            }
            for byte in chunk.invalid() {
                self.text.push_str(&format!("\\x{byte:02x}"));
            }
        }
        &rest[end..]
    }

    /// Behind an ESC. Colours are kept, what systemd sends at every boot to make a terminal sane is dropped, and of the
    /// rest the ESC is shown, so that it steers nothing.
    fn escape<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        // `ESC[!p` soft reset, `ESC]104 BEL` palette, `ESC[?7h` wrap (FACTS.md); the others are what newer
        // versions add (systemd's src/basic/terminal-util.c, terminal_reset_ansi_seq).
        const SANE: [&[u8]; 6] = [b"[!p", b"]104\x07", b"]104\x1b\\", b"[?7h", b"[1G", b"[0J"];
        if rest.get(1) == Some(&b'[') {
            let end = 2 + rest[2..].iter().take_while(|c| matches!(c, b'0'..=b'9' | b';' | b':')).count();
            if rest.get(end) == Some(&b'm') {
                self.colours(&rest[2..end]);
                return &rest[end + 1..];
            }
        }
        if let Some(sane) = SANE.iter().find(|sane| rest[1..].starts_with(sane)) {
            return &rest[1 + sane.len()..];
        }
        self.control(0x1b);
        &rest[1..]
    }

    /// The parameters of an SGR sequence: colour of the text and bold count, the rest is let go.
    fn colours(&mut self, params: &[u8]) {
        let mut numbers = params.split(|c| matches!(c, b';' | b':')).map(number);
        self.reset = false;
        while let Some(n) = numbers.next() {
            match n {
                0 => (self.colour, self.bold) = (None, false),
                1 => self.bold = true,
                22 => self.bold = false,
                30..=37 => self.colour = Some((n - 30) as u8),
                39 => self.colour = None,
                90..=97 => self.colour = Some((n - 90 + 8) as u8),
                38 | 48 => match numbers.next() {
                    Some(5) => {
                        let index = numbers.next().and_then(|n| u8::try_from(n).ok());
                        if n == 38 {
                            self.colour = index;
                        }
                    }
                    Some(2) => _ = numbers.nth(2),
                    _ => {}
                },
                _ => {}
            }
        }
        self.reset = self.colour.is_none() && !self.bold;
        let at = self.text.len() as u32;
        if self.paint.last().is_some_and(|last| last.at == at) {
            self.paint.pop();
        }
        let before = self.paint.last().map_or((None, false), |last| (last.colour, last.bold));
        if before != (self.colour, self.bold) {
            self.paint.push(Paint { at, colour: self.colour, bold: self.bold });
        }
    }
}

/// A decimal number; 0 where there is none, as terminals take it.
fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |n: u32, digit| n.saturating_mul(10).saturating_add(u32::from(digit - b'0')))
}

/// How many printable ASCII characters there are at the start: nearly every line is one run, so eight at a time. A byte's
/// highest bit in `odd` is set where the byte is below a blank, DEL, or beyond ASCII (and perhaps in those behind it).
fn plain_run(bytes: &[u8]) -> usize {
    const ALL: u64 = u64::MAX / 0xff;
    let (words, _) = bytes.as_chunks::<8>();
    let odd = |word: &[u8; 8]| {
        let word = u64::from_le_bytes(*word);
        let below = word.wrapping_sub(ALL * 0x20);
        let delete = (word ^ (ALL * 0x7f)).wrapping_sub(ALL);
        (below | delete | word) & (ALL * 0x80) != 0
    };
    let at = 8 * words.iter().take_while(|word| !odd(word)).count();
    at + bytes[at..].iter().take_while(|c| (0x20..0x7f).contains(*c)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(bytes: &[u8]) -> (String, Vec<(u32, Option<u8>, bool)>) {
        let mut cleaner = Cleaner::default();
        cleaner.clean(bytes);
        (cleaner.text, cleaner.paint.iter().map(|p| (p.at, p.colour, p.bold)).collect())
    }

    #[test]
    fn colours_are_kept_apart_from_the_text() {
        for (bytes, text, paint) in [
            (&b"\x1b[31;1mERROR: \x1b[0;mx"[..], "ERROR: x", &[(0, Some(1), true), (7, None, false)][..]),
            (b"a\x1b[0;m  b\x1b[0;m=c", "a  b=c", &[]),
            (b"\x1b[0;1;38:5:185mSuppressed\x1b[0m", "Suppressed", &[(0, Some(185), true)]),
            (b"\x1b[38;2;1;2;3mx\x1b[95my", "xy", &[(1, Some(13), false)]),
            (b"\x1b[0;33mwarn\x1b[0;33ming", "warning", &[(0, Some(3), false)]),
            (b"\x1b[48;5;1;32mx", "x", &[(0, Some(2), false)]),
        ] {
            assert_eq!(clean(bytes), (text.to_owned(), paint.to_vec()));
        }
    }

    #[test]
    fn what_steers_a_terminal_is_shown_for_what_it_is() {
        for (bytes, text) in [
            (&b"\x1b[!p\x1b]104\x07\x1b[?7hsystemd 257"[..], "systemd 257"),
            (b"\x1b]52;c;ZXZpbA==\x07after", "␛]52;c;ZXZpbA==␇after"),
            (b"\x1b[2J\x1b[1;1H", "␛[2J␛[1;1H"),
            (b"a\x08b\rc\x7f\x00", "a␈b␍c␡␀"),
            (b"\x1b", "␛"),
            (b"unfinished \x1b[12", "unfinished ␛[12"),
            (b"\xff\xfeok\xc3", "\\xff\\xfeok\\xc3"),
            ("Grüße 漢字 ✓".as_bytes(), "Grüße 漢字 ✓"),
            ("\u{202e}txt\u{9b}31m".as_bytes(), "\\u{202e}txt\\u{9b}31m"),
            (b"tab\there", "tab    here"),
        ] {
            assert_eq!(clean(bytes).0, text);
        }
    }
}
