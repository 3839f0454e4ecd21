//! Finds which of many texts are in a line, mostly by looking at an eighth of it.
//!
//! Wu and Manber's way ("A fast algorithm for multi-pattern searching", 1994): of each text [`WINDOW`] bytes count, those
//! that end with its rarest four. Four bytes of the line tell how far on the next place is where those could end; mostly
//! that is nearly the whole window. On the recorded logs it takes 20 ns a line, where aho-corasick's automaton, which
//! looks at every byte, took 140 (tests/bench/doctor.rs measures what it costs now).

/// Bytes of a text that count; none may be shorter.
pub const WINDOW: usize = 15;
/// Bytes that are looked at together.
const BLOCK: usize = 4;
/// The farthest that can be passed over.
const FAR: u8 = (WINDOW - BLOCK + 1) as u8;
/// Places for texts: what is left of a byte above [`FAR`].
const PLACES: usize = u8::MAX as usize - FAR as usize;
const BITS: u32 = 14;

/// What is looked for.
#[derive(Debug)]
pub struct Search {
    /// By a block's hash: how far it is at least to the end of a window; where one may end, the place of its texts in
    /// `ends`, counted from behind [`FAR`].
    blocks: Box<[u8; 1 << BITS]>,
    /// The texts by the hash of the block that their windows end with.
    ends: Vec<Vec<Text>>,
}

#[derive(Debug)]
struct Text {
    /// The last block of its window.
    last: u32,
    /// Where in the text its window ends.
    end: usize,
    bytes: Box<[u8]>,
    owner: usize,
}

/// What logs are made of, by how common it is; what is not among them is rare.
const COMMON: &[u8] = b" e.=-taoinsrl/dcumpf0123456789:ghvbykw";

/// Where in a text the window ends that is met least in lines that are something else.
fn rarest(text: &[u8]) -> Option<usize> {
    let rarity = |c: &u8| COMMON.iter().position(|common| common == c).unwrap_or(COMMON.len());
    (WINDOW..=text.len()).max_by_key(|end| text[end - BLOCK..*end].iter().map(rarity).sum::<usize>())
}

#[inline]
fn hash(block: u32) -> usize {
    (block.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize
}

/// The block that ends there.
#[inline]
fn block(bytes: &[u8], end: usize) -> u32 {
    bytes[..end].last_chunk::<BLOCK>().map_or(0, |block| u32::from_le_bytes(*block))
}

impl Search {
    /// Makes one for these texts, each with a number that tells whose it is; `None` where one is too short.
    pub fn new<'a>(texts: impl Iterator<Item = (&'a str, usize)>) -> Option<Self> {
        let mut blocks = Box::new([FAR; 1 << BITS]);
        let mut ends: Vec<Vec<Text>> = (0..PLACES).map(|_| vec![]).collect();
        for (text, owner) in texts {
            let bytes = text.as_bytes();
            let at = rarest(bytes)?;
            let window = &bytes[at - WINDOW..at];
            for end in BLOCK..WINDOW {
                let shift = &mut blocks[hash(block(window, end))];
                *shift = (*shift).min((WINDOW - end) as u8);
            }
            let last = block(window, WINDOW);
            ends[hash(last) % PLACES].push(Text { last, end: at, bytes: Box::from(bytes), owner });
        }
        for text in ends.iter().flatten() {
            let hash = hash(text.last);
            blocks[hash] = FAR + 1 + (hash % PLACES) as u8;
        }
        Some(Self { blocks, ends })
    }

    /// Tells `found` whose texts are in the line, each as often as it is there.
    pub fn search(&self, line: &str, mut found: impl FnMut(usize)) {
        let bytes = line.as_bytes();
        let mut end = WINDOW;
        while end <= bytes.len() {
            let last = block(bytes, end);
            let told = self.blocks[hash(last)];
            // A branch that mostly goes this way: the processor goes on with the next block before it knows of this one.
            if told == FAR {
                end += usize::from(FAR);
            } else if told < FAR {
                end += usize::from(told);
            } else {
                for text in self.ends.get(usize::from(told - FAR - 1)).into_iter().flatten() {
                    let begin = end.checked_sub(text.end).filter(|_| text.last == last);
                    if begin.is_some_and(|begin| bytes[begin..].starts_with(&text.bytes)) {
                        found(text.owner);
                    }
                }
                end += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(search: &Search, line: &str) -> Vec<usize> {
        let mut all = vec![];
        search.search(line, |owner| all.push(owner));
        all
    }

    #[test]
    fn what_is_there_is_found_wherever_it_stands() {
        let texts = ["write to uid_map failed", ": no such secret", "to uid_map failed"];
        let search = Search::new(texts.into_iter().zip(0..)).unwrap();
        for before in 0..40 {
            for (at, text) in texts.into_iter().enumerate() {
                let line = format!("{}{text}{}", "x ".repeat(before), "y".repeat(before % 5));
                assert!(found(&search, &line).contains(&at), "{line}");
            }
        }
        let mut all = found(&search, "a: no such secret, write to uid_map failed: no such secret");
        all.sort_unstable();
        assert_eq!(all, [0, 1, 1, 2]);
        for line in ["", ": no such secre", "no such secret", "write to gid_map", "ünïcödé ünïcödé ünïcödé"]
        {
            assert_eq!(found(&search, line), [0; 0], "{line}");
        }
        assert!(Search::new([("too short", 0)].into_iter()).is_none());
    }
}
