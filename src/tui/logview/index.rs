//! The numbers of those items that something holds of. Kept up as items come and go; where the question changes, the
//! items are asked anew from the newest back, a piece at a time, so that no key waits for all of them.

use crate::logs::{Buffer, Item};
use std::collections::VecDeque;

/// Items asked at once.
pub(super) const PIECE: usize = 5_000;

/// Not asked far enough yet to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotKnown;

/// Numbers of a [`Buffer`]'s items, in order. Of those before [`Index::from`] nothing is known yet.
#[derive(Debug, Default)]
pub struct Index {
    numbers: VecDeque<u64>,
    from: u64,
}

impl Index {
    /// Forgets all: everything up to `end` is to be asked.
    pub fn reset(&mut self, end: u64) {
        self.numbers.clear();
        self.from = end;
    }

    /// The newest item.
    pub fn push(&mut self, number: u64, holds: bool) {
        if holds {
            self.numbers.push_back(number);
        }
    }

    /// Those before `gone` are not kept any more.
    pub fn forget(&mut self, gone: u64) {
        while self.numbers.front().is_some_and(|number| *number < gone) {
            self.numbers.pop_front();
        }
        self.from = self.from.max(gone);
    }

    /// Asks some more; says whether any are left.
    pub fn work(&mut self, buffer: &Buffer, holds: impl Fn(&Item) -> bool) -> bool {
        let to = self.from;
        let from = to.saturating_sub(PIECE as u64).max(buffer.gone());
        for number in (from..to).rev() {
            if buffer.get(number).is_some_and(&holds) {
                self.numbers.push_front(number);
            }
        }
        self.from = from;
        !self.complete(buffer)
    }

    /// Returns whether all have been asked.
    pub fn complete(&self, buffer: &Buffer) -> bool {
        self.from <= buffer.gone()
    }

    /// Returns the number from which on all have been asked.
    pub fn from(&self) -> u64 {
        self.from
    }

    /// Returns how many there are, as far as known.
    pub fn count(&self) -> usize {
        self.numbers.len()
    }

    /// Returns the number at a place.
    pub fn get(&self, place: usize) -> Option<u64> {
        self.numbers.get(place).copied()
    }

    /// Returns the place of the first that is not before `number`.
    pub fn place(&self, number: u64) -> usize {
        self.numbers.partition_point(|other| *other < number)
    }

    /// Returns the first and the last.
    pub fn ends(&self) -> Option<(u64, u64)> {
        Some((*self.numbers.front()?, *self.numbers.back()?))
    }

    /// Returns all in order, from a place on.
    pub fn iter_from(&self, place: usize) -> impl Iterator<Item = u64> + '_ {
        self.numbers.range(place.min(self.numbers.len())..).copied()
    }

    /// Returns the nearest before or behind `number`.  `Ok(None)`: there is none.
    pub fn near(&self, number: u64, back: bool, complete: bool) -> Result<Option<u64>, NotKnown> {
        let place = self.place(number);
        if back {
            return match place.checked_sub(1) {
                Some(before) => Ok(self.get(before)),
                None if complete => Ok(None),
                None => Err(NotKnown),
            };
        }
        if self.from > number && !complete {
            return Err(NotKnown);
        }
        let behind = place + usize::from(self.get(place) == Some(number));
        Ok(self.get(behind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::{Limits, Ruler};

    fn buffer(n: usize, lines: usize) -> Buffer {
        let mut buffer = Buffer::new(Limits { lines, ..Limits::default() });
        (0..n).for_each(|n| buffer.push(Item::Ruler(Ruler { time: None, text: n.to_string() })));
        buffer
    }

    #[test]
    fn asked_a_piece_at_a_time_and_kept_up_meanwhile() {
        let buffer = buffer(3 * PIECE, 2 * PIECE + 10);
        let even = |item: &Item| item.text().ends_with('0');
        let mut index = Index::default();
        index.reset(buffer.end());
        assert!(index.work(&buffer, even) && !index.complete(&buffer));
        let last = buffer.end();
        assert_eq!(index.near(last, true, false), Ok(Some(last - 10)));
        assert_eq!(index.near(index.from(), true, false), Err(NotKnown));
        assert_eq!(index.near(index.from() - 5, false, false), Err(NotKnown));
        index.push(last, true);
        while index.work(&buffer, even) {}
        assert_eq!(index.count(), (2 * PIECE + 10) / 10 + 1);
        assert_eq!(index.near(last - 10, false, true), Ok(Some(last)));
        assert_eq!(index.near(last, false, true), Ok(None));
        index.forget(last);
        assert_eq!((index.count(), index.ends()), (1, Some((last, last))));
    }
}
