//! Says of nearly every line, at a few nanoseconds, that nothing of what is looked for can be in it.
//!
//! Wu and Manber's way ("A fast algorithm for multi-pattern searching", 1994): of each text that is looked for one
//! window of [`WINDOW`] bytes counts. Four bytes of the line tell how far the next place is where a window could end;
//! mostly that is eight bytes on. An automaton that looks at every byte took four times as long.

/// Bytes of a text that count; none may be shorter.
pub const WINDOW: usize = 11;
/// Bytes that are looked at together.
const BLOCK: usize = 4;
/// The farthest that can be passed over.
const FAR: u8 = (WINDOW - BLOCK + 1) as u8;
const BITS: u32 = 14;

/// What is looked for.
#[derive(Debug)]
pub struct Gate {
    /// By a block's hash: how far it is at least to the end of a window; 0 at one.
    shifts: Box<[u8]>,
    /// The windows, sorted by their last block.
    windows: Vec<(u32, [u8; WINDOW])>,
}

fn block(bytes: &[u8], end: usize) -> u32 {
    match bytes.get(end - BLOCK..end) {
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}

fn hash(block: u32) -> usize {
    (block.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize
}

impl Gate {
    /// Makes one for these texts; `None` where one is too short.
    pub fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut windows = texts
            .map(|text| {
                // The end of a text is rarer than its beginning ("Failed to …").
                let at = text.len().checked_sub(WINDOW)?;
                let window: [u8; WINDOW] = text.as_bytes()[at..].try_into().ok()?;
                Some((block(&window, WINDOW), window))
            })
            .collect::<Option<Vec<_>>>()?;
        windows.sort_unstable();
        windows.dedup();
        let mut shifts = vec![FAR; 1 << BITS].into_boxed_slice();
        for (_, window) in &windows {
            for end in BLOCK..=WINDOW {
                let shift = &mut shifts[hash(block(window, end))];
                *shift = (*shift).min((WINDOW - end) as u8);
            }
        }
        Some(Self { shifts, windows })
    }

    /// Whether one of the texts may be in the line. Where it says no, none is.
    pub fn lets(&self, line: &str) -> bool {
        let bytes = line.as_bytes();
        let mut end = WINDOW;
        while end <= bytes.len() {
            let last = block(bytes, end);
            let shift = self.shifts[hash(last)];
            if shift > 0 {
                end += usize::from(shift);
                continue;
            }
            let from = self.windows.partition_point(|(block, _)| *block < last);
            let same = self.windows[from..].iter().take_while(|(block, _)| *block == last);
            if same.into_iter().any(|(_, window)| bytes[end - WINDOW..end] == *window) {
                return true;
            }
            end += 1;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lets_what_is_looked_for_through_wherever_it_stands() {
        let texts = ["write to uid_map failed", "no such host", "i/o timeout"];
        let gate = Gate::new(texts.into_iter()).unwrap();
        for text in texts {
            for before in 0..40 {
                let line = format!("{}{text}{}", "x ".repeat(before), "y".repeat(before % 5));
                assert!(gate.lets(&line), "{line}");
            }
        }
        for line in ["", "i/o timeou", "no such hos t", "write to gid_map", "ünïcödé ünïcödé ünïcödé"] {
            assert!(!gate.lets(line), "{line}");
        }
        assert!(Gate::new(["too short"].into_iter()).is_none());
    }
}
