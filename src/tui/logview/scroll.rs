//! Moving in the log: by lines while they are cut, by their rows while they are broken.

use super::{LogView, Panel};
use crate::logs::Item;
use crate::logs::clock::Show;
use crate::tui::act::Act;
use crate::tui::keys::binding::key_of;
use crate::tui::screen::log::keys::LOG;
use unicode_width::UnicodeWidthChar;

/// Columns before a line's text: where one is, a mark, the program, the level, a blank.
pub(super) const MARGIN: usize = 5;

/// A line in sight.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Its number.
    pub number: u64,
    /// It.
    pub item: &'a Item,
    /// How many of its rows are above the screen.
    pub skip: usize,
}

/// Returns where the rows of a broken text begin, in bytes; the first at 0.
pub fn breaks(text: &str, width: usize) -> Vec<usize> {
    let width = width.max(1);
    if text.is_ascii() {
        return (0..text.len().max(1)).step_by(width).collect();
    }
    let (mut starts, mut used) = (vec![0], 0);
    for (at, c) in text.char_indices() {
        let columns = c.width().unwrap_or(0);
        if used + columns > width && used > 0 {
            starts.push(at);
            used = 0;
        }
        used += columns;
    }
    starts
}

impl LogView {
    /// Sets how many rows and columns there are; also where lines take other rows than before.
    pub fn resize(&mut self, height: usize, width: usize) {
        self.room = (height, width);
        if !self.follow {
            self.top.1 = 0;
            self.keep_in_sight();
        }
    }

    /// Returns how many columns there are.
    pub fn columns(&self) -> usize {
        self.room.1
    }

    /// Returns how much of the times is shown: nothing where no line has said one, since a blank column tells nothing.
    pub fn shown_times(&self) -> Show {
        if self.timed { self.times } else { Show::None }
    }

    /// Columns for the text alone.
    pub fn text_width(&self) -> usize {
        let times = match self.shown_times() {
            Show::None => 0,
            Show::Time => 13,
            Show::Full => 30,
        };
        self.room.1.saturating_sub(MARGIN + times).max(1)
    }

    fn rows(&self, place: usize) -> usize {
        let item = self.shown.get(place).and_then(|number| self.buffer.get(number));
        match item {
            Some(Item::Line(line)) if self.wrap => {
                let text = line.shown(self.reveal);
                let width = self.text_width();
                if text.is_ascii() { text.len().div_ceil(width).max(1) } else { breaks(&text, width).len() }
            }
            _ => 1,
        }
    }

    /// The place and rows above, so that the last row of the screen is the last row before `end`.
    fn fill_back(&self, end: usize) -> (usize, usize) {
        let (mut place, mut left) = (end, self.room.0.max(1));
        while place > 0 {
            let rows = self.rows(place - 1);
            place -= 1;
            if rows >= left {
                return (place, rows - left);
            }
            left -= rows;
        }
        (0, 0)
    }

    /// Where the screen begins: a place and rows above.
    fn start(&self) -> (usize, usize) {
        let bottom = self.fill_back(self.shown.count());
        if self.follow { bottom } else { (self.shown.place(self.top.0), self.top.1).min(bottom) }
    }

    /// Returns the lines in sight, from the top.
    pub fn window(&self) -> Vec<Row<'_>> {
        let (first, skip) = self.start();
        let (mut room, mut rows) = (self.room.0, vec![]);
        for (index, number) in self.shown.iter_from(first).enumerate() {
            let Some(item) = self.buffer.get(number) else { continue };
            if room == 0 {
                break;
            }
            let skip = if index == 0 { skip } else { 0 };
            room = room.saturating_sub(self.rows(first + index).saturating_sub(skip));
            rows.push(Row { number, item, skip });
        }
        rows
    }

    /// Holds it still as it is.
    pub fn hold(&mut self) {
        if !self.follow {
            return;
        }
        let (place, skip) = self.start();
        self.top = (self.shown.get(place).unwrap_or(self.buffer.gone()), skip);
        self.cursor = self.shown.ends().map_or(self.buffer.gone(), |(_, last)| last);
        (self.follow, self.fresh) = (false, 0);
    }

    /// To the end, and on with it.
    pub fn to_end(&mut self) {
        (self.follow, self.fresh, self.anchor) = (true, 0, None);
    }

    /// To the first line that is kept.
    pub fn to_start(&mut self) {
        self.hold();
        self.cursor = self.shown.ends().map_or(self.buffer.gone(), |(first, _)| first);
        self.top = (self.cursor, 0);
    }

    /// A line up or down; beyond the last one it follows again.
    pub fn step(&mut self, down: bool) {
        let followed = self.follow;
        self.hold();
        let place = self.shown.place(self.cursor);
        if down {
            if followed {
                return self.to_end();
            }
            // A line that is longer than the screen is read to its end first.
            let (first, skip) = self.start();
            let below = |place: usize| (first..=place).map(|place| self.rows(place)).sum::<usize>();
            let hidden = place >= first && below(place).saturating_sub(skip) > self.room.0;
            if hidden && self.rows(place) > self.room.0 {
                return self.scroll_rows(1);
            }
            match self.shown.get(place + 1) {
                Some(next) => self.cursor = next,
                None if self.anchor.is_none() => return self.to_end(),
                None => {}
            }
        } else if self.top.0 == self.cursor && self.top.1 > 0 {
            return self.scroll_rows(-1);
        } else if let Some(before) = place.checked_sub(1).and_then(|before| self.shown.get(before)) {
            self.cursor = before;
        }
        self.keep_in_sight();
    }

    /// So many rows up or down, and the line one is at with them; at the end already it follows again.
    pub fn page(&mut self, rows: isize) {
        self.hold();
        let at = self.window().iter().position(|row| row.number >= self.cursor).unwrap_or(0);
        let before = self.start();
        self.scroll_rows(rows);
        if self.start() == before {
            if rows > 0 && self.anchor.is_none() {
                return self.to_end();
            }
            let ends = self.shown.ends();
            self.cursor = ends.map_or(self.cursor, |(first, last)| if rows > 0 { last } else { first });
            return;
        }
        let window = self.window();
        let number = window.get(at).or(window.last()).map(|row| row.number);
        self.cursor = number.unwrap_or(self.cursor);
    }

    fn scroll_rows(&mut self, by: isize) {
        let bottom = self.fill_back(self.shown.count());
        let (mut place, mut skip) = self.start();
        for _ in 0..by.unsigned_abs() {
            if by < 0 {
                match (skip.checked_sub(1), place.checked_sub(1)) {
                    (Some(less), _) => skip = less,
                    (None, Some(before)) => (place, skip) = (before, self.rows(before) - 1),
                    _ => break,
                }
            } else if skip + 1 < self.rows(place) {
                skip += 1;
            } else {
                (place, skip) = (place + 1, 0);
            }
        }
        (place, skip) = (place, skip).min(bottom);
        self.top = (self.shown.get(place).unwrap_or(self.buffer.gone()), skip);
    }

    /// Scrolls so far that the line one is at is in sight.
    fn keep_in_sight(&mut self) {
        let place = self.shown.place(self.cursor);
        let (first, skip) = self.start();
        self.top = (self.shown.get(first).unwrap_or(self.top.0), skip);
        if place < first || place == first && skip > 0 {
            self.top = (self.cursor, 0);
            return;
        }
        let end = self.fill_back(place + 1);
        if end > (first, skip) {
            // The start of a line that does not fit is what is read first.
            let (place_of_top, skip) = if end.0 == place { (place, 0) } else { end };
            self.top = (self.shown.get(place_of_top).unwrap_or(self.cursor), skip);
        }
    }

    /// To a line, in the middle of the screen where there is room around it.
    pub fn go_to(&mut self, number: u64) {
        self.hold();
        self.cursor = number;
        let place = self.shown.place(number);
        let (first, skip) = self.start();
        let last = first + self.window().len().saturating_sub(1);
        if place < first || place >= last || place == first && skip > 0 {
            let (mut top, mut left) = (place, self.room.0 / 2);
            while top > 0 && left >= self.rows(top - 1) {
                top -= 1;
                left -= self.rows(top);
            }
            self.top = (self.shown.get(top).unwrap_or(number), 0);
        }
    }

    /// Marks the line one is at, or takes the mark away.
    pub fn mark(&mut self) {
        if let Some(here) = self.here()
            && !self.marks.remove(&here)
        {
            self.marks.insert(here);
        }
    }

    /// To the next mark, from the last to the first.
    pub fn next_mark(&mut self) {
        let here = self.here().unwrap_or(0);
        let after = if self.follow { None } else { self.marks.range(here + 1..).next() };
        match after.or(self.marks.first()).copied() {
            Some(mark) if self.shown.get(self.shown.place(mark)) == Some(mark) => self.go_to(mark),
            Some(_) => self.notice = "The marked line is hidden by what is shown.".into(),
            None => self.notice = format!("No line is marked: {} marks one.", key_of(LOG, Act::Mark)),
        }
    }

    /// Begins a selection at the line one is at, or ends it.
    pub fn select(&mut self) {
        self.hold();
        self.anchor = if self.anchor.is_some() { None } else { self.here() };
    }

    /// Takes the line one is at apart.
    pub fn expand(&mut self) {
        self.hold();
        self.panel = self.here().map(|number| Panel::Line(number, 0));
    }
}
