//! What is typed on the log screen, and what it does while it is typed.

use super::LogView;
use crate::logs::clock;
use crate::logs::{Item, Pattern};
use crate::tui::input::TextField;
use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

/// What of the log is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Save {
    /// What is shown.
    Shown,
    /// What is kept.
    Kept,
    /// All that the container's log has.
    All,
}

impl Save {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Shown => "what is shown",
            Self::Kept => "all that is kept",
            Self::All => "all that there is",
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// What to search for.
    Search,
    /// What lines must have to be shown.
    Filter,
    /// A time to go to.
    Time,
    /// A file to save to.
    Save(Save),
}

/// What is being typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Typing {
    /// What for.
    pub ask: Ask,
    /// As far as it goes.
    pub field: TextField,
    /// What counted before, for when it is given up.
    before: Option<Pattern>,
    /// Where one was.
    at: Option<(u64, (u64, usize), u64)>,
}

impl LogView {
    /// Begins to ask.
    pub fn ask(&mut self, ask: Ask, text: &str) {
        self.notice.clear();
        let before = match ask {
            Ask::Search => self.search.clone(),
            Ask::Filter => self.filter.pattern.clone(),
            _ => None,
        };
        let at = (!self.follow).then_some((self.cursor, self.top, self.fresh));
        self.typing = Some(Typing { ask, field: TextField::new(text), before, at });
    }

    /// The text was changed: searching and filtering go along.
    pub fn typed(&mut self) {
        let Some(typing) = &self.typing else { return };
        let (text, ask, at) = (typing.field.text().to_owned(), typing.ask, typing.at);
        match ask {
            Ask::Search => {
                self.back_to(at);
                let from = if self.follow { u64::MAX } else { self.cursor + 1 };
                self.search_for(&text);
                if !text.is_empty() {
                    self.find(from, true);
                }
            }
            Ask::Filter => self.refilter(|filter| filter.pattern = (!text.is_empty()).then(|| Pattern::new(&text))),
            Ask::Time | Ask::Save(_) => {}
        }
    }

    /// Given up: all as it was.
    pub fn give_up(&mut self) {
        let Some(typing) = self.typing.take() else { return };
        match typing.ask {
            Ask::Search => {
                let before = typing.before.as_ref().map(|before| before.typed().to_owned());
                self.search_for(before.as_deref().unwrap_or_default());
                self.back_to(typing.at);
            }
            Ask::Filter => self.refilter(|filter| filter.pattern = typing.before),
            Ask::Time | Ask::Save(_) => {}
        }
    }

    fn back_to(&mut self, at: Option<(u64, (u64, usize), u64)>) {
        match at {
            Some((cursor, top, fresh)) if !self.follow => {
                (self.cursor, self.top, self.fresh) = (cursor, top, fresh.max(self.fresh));
            }
            Some(_) => {}
            None => self.to_end(),
        }
    }

    /// To the first line that is shown of a time or later.
    pub fn go_to_time(&mut self, text: &str, zone: &TimeZone) {
        let newest = self.buffer.iter().rev().find_map(Item::time);
        let Some(time) = newest.and_then(|newest| time(text, newest, zone)) else {
            self.notice = format!("`{text}` is no time of this log: 14:05, 14:05:09, 2026-11-24 14:05, or 10m (ago).");
            return;
        };
        let Some(number) = self.buffer.at_time(time) else {
            self.notice = "The log ends before that.".into();
            return self.to_end();
        };
        match self.shown.get(self.shown.place(number)) {
            Some(number) => {
                self.go_to(number);
                self.top = (number, 0);
            }
            None => self.to_end(),
        }
        let gone = self.buffer.gone() > 0 && number == self.buffer.gone();
        if gone {
            self.notice = "What was before this is not kept.".into();
        }
    }
}

/// What was typed, seen from the newest line: a time of its day (or of the day before, where that is still to come), a
/// date and time, or how long before it.
fn time(text: &str, newest: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    let there: ZonedDateTime = newest.to_zoned_datetime(zone.clone());
    if let Some(of_day) = of_day(text) {
        let today = there.date().to_datetime(of_day).to_zoned_datetime(zone.clone()).ok()?.timestamp();
        let yesterday = || there.date().yesterday().ok()?.to_datetime(of_day).to_zoned_datetime(zone.clone()).ok();
        return if today > newest { yesterday().map(|day| day.timestamp()) } else { Some(today) };
    }
    if let Some((date, of)) = text.split_once([' ', 'T'])
        && let (Ok(date), Some(of)) = (date.parse::<civil::Date>(), of_day(of))
    {
        return date.to_datetime(of).to_zoned_datetime(zone.clone()).ok().map(|zoned| zoned.timestamp());
    }
    clock::since(text.trim_start_matches('-'), newest).ok()
}

/// `14:05`, `14:05:09`.
fn of_day(text: &str) -> Option<civil::Time> {
    let mut parts = text.split(':').map(|part| part.parse::<i8>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    if parts.next().is_some() {
        return None;
    }
    civil::Time::new(hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_of_the_newest_lines_day() {
        let newest: Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        for (typed, found) in [
            ("10:30", "2026-11-24T09:30:00Z"),
            ("11:00:00", "2026-11-24T10:00:00Z"),
            ("14:05:09", "2026-11-23T13:05:09Z"),
            ("2026-11-22 08:00", "2026-11-22T07:00:00Z"),
            ("10m", "2026-11-24T09:50:00Z"),
            ("-1h30m", "2026-11-24T08:30:00Z"),
            ("2026-11-24T01:00:00Z", "2026-11-24T01:00:00Z"),
        ] {
            assert_eq!(time(typed, newest, &zone).map(|t| t.to_string()).as_deref(), Some(found), "{typed}");
        }
        for typed in ["", "25:00", "1:2:3:4", "x"] {
            assert_eq!(time(typed, newest, &zone), None, "{typed}");
        }
    }
}
