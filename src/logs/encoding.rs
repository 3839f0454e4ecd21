//! How a saved log's bytes are written: UTF-8, or the UTF-16 that PowerShell's `>` makes; what is compressed is told so.

use std::io::{self, Read};

/// What compressed files begin with, and the program that reads them.
const COMPRESSED: [(&[u8], &str); 4] =
    [(b"\x1f\x8b", "zcat"), (b"\xfd7zXZ\0", "xzcat"), (b"\x28\xb5\x2f\xfd", "zstdcat"), (b"BZh", "bzcat")];
/// As many bytes tell.
const MARK: usize = 6;
/// Bytes that are turned at once.
const PIECE: usize = 16 * 1024;

/// A log's bytes as UTF-8, whatever it was saved as.
pub struct Text<'a> {
    from: &'a mut dyn Read,
    /// Of UTF-16 how two bytes make a unit; `None` where the bytes are as they should be.
    wide: Option<fn([u8; 2]) -> u16>,
    /// UTF-16 that is not turned yet: an odd byte, or half of a pair.
    left: Vec<u8>,
    /// What is to be given, and how far it was.
    ready: Vec<u8>,
    given: usize,
}

impl<'a> Text<'a> {
    /// Looks at the first bytes.
    ///
    /// # Errors
    /// It cannot be read, or is compressed: the message says by what to read it.
    pub fn new(from: &'a mut dyn Read) -> io::Result<Self> {
        let mut head = vec![];
        (&mut *from).take(MARK as u64).read_to_end(&mut head)?;
        if let Some((_, program)) = COMPRESSED.iter().find(|(mark, _)| head.starts_with(mark)) {
            return Err(io::Error::other(format!(
                "it is compressed: `{program} FILE` into the same with - for the file"
            )));
        }
        let wide: Option<fn([u8; 2]) -> u16> = match head.get(..2) {
            Some(b"\xff\xfe") => Some(u16::from_le_bytes),
            Some(b"\xfe\xff") => Some(u16::from_be_bytes),
            _ => None,
        };
        let (left, ready) = if wide.is_some() { (head.split_off(2), vec![]) } else { (vec![], head) };
        Ok(Self { from, wide, left, ready, given: 0 })
    }

    /// Turns what has come into UTF-8; `last`: nothing more will come.
    fn turn(&mut self, unit: fn([u8; 2]) -> u16, last: bool) {
        let (pairs, odd) = self.left.as_chunks::<2>();
        let mut units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        let mut keep = odd.to_vec();
        // Half of a pair waits for the other.
        if let Some(half) = units.pop_if(|half| !last && (0xd800..0xdc00).contains(half)) {
            let bytes = pairs.last().copied().unwrap_or_default();
            keep.splice(0..0, bytes);
            debug_assert_eq!(unit(bytes), half);
        }
        self.ready = String::from_utf16_lossy(&units).into_bytes();
        self.given = 0;
        self.left = keep;
    }
}

impl Read for Text<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() {
            let Some(unit) = self.wide else { return self.from.read(buffer) };
            let mut piece = [0; PIECE];
            let n = self.from.read(&mut piece)?;
            self.left.extend_from_slice(&piece[..n]);
            self.turn(unit, n == 0);
            if n == 0 && self.ready.is_empty() {
                return Ok(0);
            }
        }
        let n = buffer.len().min(self.ready.len() - self.given);
        buffer[..n].copy_from_slice(&self.ready[self.given..self.given + n]);
        self.given += n;
        // The first bytes alone would not tell what kind of log it is.
        match self.wide {
            None => Ok(n + self.from.read(&mut buffer[n..])?),
            Some(_) => Ok(n),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(buffer.len()).min(1);
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn read(bytes: &[u8]) -> String {
        let mut text = String::new();
        Text::new(&mut Slow(bytes)).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn powershell_s_files_are_read_as_others_are() {
        let said = "[ 1.5] gitlab-runner[4]: déjà 😀\r\nx";
        let little: Vec<u8> = [0xfeff].into_iter().chain(said.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = [0xfeff].into_iter().chain(said.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        for bytes in [said.as_bytes(), &little, &big] {
            assert_eq!(read(bytes), said);
        }
        assert_eq!(read(&little[..little.len() - 1]).trim_end_matches('\u{fffd}'), &said[..said.len() - 1]);
        for short in [&b""[..], b"x", b"[ 1.5"] {
            assert_eq!(read(short).as_bytes(), short);
        }
        assert_eq!(read(b"\xff\xfe"), "");
    }

    #[test]
    fn what_is_compressed_is_said_to_be() {
        let said = |bytes: &[u8]| Text::new(&mut &*bytes).err().unwrap().to_string();
        assert!(said(b"\x1f\x8b\x08\x00rest").contains("zcat"), "{}", said(b"\x1f\x8b\x08\x00rest"));
        assert!(said(b"\x28\xb5\x2f\xfdrest").contains("zstdcat"));
    }
}
