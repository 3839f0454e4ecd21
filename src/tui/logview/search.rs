//! Searching: a hit is gone to as soon as it is known.

use super::LogView;
use crate::logs::Pattern;
use crate::tui::act::Act;
use crate::tui::keys::binding::key_of;
use crate::tui::screen::log::keys::LOG;
use unicode_width::UnicodeWidthStr;

/// A hit that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seek {
    from: u64,
    back: bool,
}

impl LogView {
    /// Searches for something else; nothing where it is empty. Hits are counted from the newest line back.
    pub fn search_for(&mut self, typed: &str) {
        self.search = (!typed.is_empty()).then(|| Pattern::new(typed));
        self.hits.reset(self.buffer.end());
        (self.seek, self.notice) = (None, String::new());
    }

    /// On to the next line that has it, or back to the one before; round the end. `from` is a line's number.
    pub fn find(&mut self, from: u64, back: bool) {
        if self.search.is_none() {
            self.notice = format!("Nothing is searched for: {} searches.", key_of(LOG, Act::Search));
            return;
        }
        self.notice.clear();
        self.seek = Some(Seek { from, back });
        if !self.hits.complete(&self.buffer) {
            self.work();
        } else {
            self.sought();
        }
    }

    /// Goes to the hit that is wanted, where it is known by now.
    pub(super) fn sought(&mut self) {
        let Some(seek) = self.seek else { return };
        let complete = self.hits.complete(&self.buffer);
        let Ok(found) = self.hits.near(seek.from, seek.back, complete) else { return };
        let round = || self.hits.ends().map(|(first, last)| if seek.back { last } else { first });
        let number = match found {
            Some(number) => Some(number),
            // Round the end: the first one is known only when all have been asked.
            None if complete || seek.back => round(),
            None => return,
        };
        self.seek = None;
        match number {
            // A line that is found but not yet known as shown would be gone to in the wrong place.
            Some(number) if self.shown.from() > number => self.seek = Some(seek),
            Some(number) => {
                self.go_to(number);
                self.bring_in();
            }
            None => {
                let typed = self.search.as_ref().map(Pattern::typed).unwrap_or_default();
                self.notice = format!("`{typed}` is in no line that is shown.");
            }
        }
    }

    /// Scrolls sideways where the hit would be out of sight.
    fn bring_in(&mut self) {
        let Some((search, Some(item))) = self.search.as_ref().zip(Some(self.buffer.get(self.cursor))) else { return };
        let text = item.text();
        let Some(hit) = search.find_iter(text).next().filter(|_| !self.wrap) else { return };
        let width = self.text_width();
        let (from, to) = (text[..hit.start].width(), text[..hit.end].width());
        if to <= width {
            self.left = 0;
        } else if from < self.left || to > self.left + width {
            self.left = from.saturating_sub(width / 2) / 20 * 20;
        }
    }

    /// Returns how many lines have what is searched for, as far as known, and which of them one is at, from 1.
    pub fn hit_count(&self) -> Option<(usize, Option<usize>)> {
        self.search.as_ref()?;
        let here = self.here().filter(|_| !self.follow);
        let place = here.map(|here| (self.hits.place(here), here));
        let at = place.filter(|(place, here)| self.hits.get(*place) == Some(*here)).map(|(place, _)| place + 1);
        Some((self.hits.count(), at))
    }

    /// Returns whether that is the whole count.
    pub fn hits_known(&self) -> bool {
        self.hits.complete(&self.buffer)
    }
}
