//! What is kept of a log: the newest items, bounded by number and by memory.

use super::line::Item;
use std::collections::VecDeque;

/// How much is kept; whichever is reached first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Items.
    pub lines: usize,
    /// Bytes of memory.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { lines: 100_000, bytes: 64 * 1024 * 1024 }
    }
}

/// A ring of items. Each has a number, counted from the very first one: it stays the same when older ones go.
#[derive(Debug, Default)]
pub struct Buffer {
    limits: Limits,
    items: VecDeque<Item>,
    bytes: usize,
    gone: u64,
}

impl Buffer {
    /// Returns an empty one.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes the newest. The oldest go where there is no room; one item is always kept.
    pub fn push(&mut self, item: Item) {
        self.bytes += item.bytes();
        self.items.push_back(item);
        while self.items.len() > 1 && (self.items.len() > self.limits.lines || self.bytes > self.limits.bytes) {
            if let Some(old) = self.items.pop_front() {
                self.bytes -= old.bytes();
                self.gone += 1;
            }
        }
    }

    /// Returns how many are kept.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns whether nothing came yet.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns how many were let go; the number of the oldest that is kept.
    pub fn gone(&self) -> u64 {
        self.gone
    }

    /// Returns the number behind the newest: how many ever came.
    pub fn end(&self) -> u64 {
        self.gone + self.items.len() as u64
    }

    /// About how many bytes of memory they take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the item of this number, where it is still kept.
    pub fn get(&self, number: u64) -> Option<&Item> {
        self.items.get(usize::try_from(number.checked_sub(self.gone)?).ok()?)
    }

    /// Returns all from this number on (or from the oldest that is kept), with their numbers.
    pub fn from(&self, number: u64) -> impl DoubleEndedIterator<Item = (u64, &Item)> + ExactSizeIterator {
        let skip = usize::try_from(number.saturating_sub(self.gone)).unwrap_or(usize::MAX).min(self.items.len());
        let first = self.gone as usize + skip;
        self.items.range(skip..).enumerate().map(move |(index, item)| ((first + index) as u64, item))
    }

    /// Returns all that are kept, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Item> + ExactSizeIterator {
        self.items.iter()
    }

    /// Returns the number of the first item of this time or later, where there is one. Items without a time are passed
    /// over.
    pub fn at_time(&self, time: jiff::Timestamp) -> Option<u64> {
        self.from(0).find(|(_, item)| item.time().is_some_and(|of| of >= time)).map(|(number, _)| number)
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::parse;
    use super::*;

    fn item(n: usize) -> Item {
        Item::Line(parse(&format!("[1.0] gitlab-runner[1]: line {n}")))
    }

    #[test]
    fn bounded_by_lines_and_numbers_stay() {
        let mut buffer = Buffer::new(Limits { lines: 10, ..Limits::default() });
        (0..25).for_each(|n| buffer.push(item(n)));
        assert_eq!((buffer.len(), buffer.gone(), buffer.end()), (10, 15, 25));
        assert_eq!(buffer.get(15).unwrap().text(), "line 15");
        assert!(buffer.get(14).is_none() && buffer.get(25).is_none());
        let from: Vec<_> = buffer.from(23).map(|(number, item)| (number, item.text())).collect();
        assert_eq!(from, [(23, "line 23"), (24, "line 24")]);
        assert_eq!(buffer.from(3).len(), 10);
        assert_eq!(buffer.from(99).len(), 0);
    }

    #[test]
    fn bounded_by_bytes() {
        let mut buffer = Buffer::new(Limits { bytes: 10_000, ..Limits::default() });
        (0..1000).for_each(|n| buffer.push(item(n)));
        assert!(buffer.bytes() <= 10_000 && buffer.bytes() > 9_000);
        let kept: usize = buffer.iter().map(Item::bytes).sum();
        assert_eq!(kept, buffer.bytes());
        buffer.push(Item::Line(parse(&"x".repeat(20_000))));
        assert_eq!(buffer.len(), 1, "the newest stays whatever its size");
    }
}
