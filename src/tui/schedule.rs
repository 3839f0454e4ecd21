//! When the host is looked at again while home is on the screen: when there is news, and otherwise seldom.

use std::collections::VecDeque;
use std::time::Duration;

/// Where nothing is wrong and nothing happens.
const REFRESH: Duration = Duration::from_secs(600);
/// Where something is wrong; then twice as long each time. What comes up by itself says so in no event.
const FIRST: Duration = Duration::from_secs(5);
/// What happens at once is looked at once.
const SETTLE: Duration = Duration::from_millis(300);
/// No more than so many looks within [`SPAN`]: a container that is started again and again is news without end.
const MOST: usize = 8;
const SPAN: Duration = Duration::from_secs(120);

/// What it follows from; times are since the start.
#[derive(Debug, Default)]
pub struct Schedule {
    /// The first news since the last look began.
    news: Option<Duration>,
    /// When the last looks began.
    begun: VecDeque<Duration>,
    /// When the last one ended.
    seen: Duration,
    /// How long is waited where something is wrong.
    gap: Option<Duration>,
}

impl Schedule {
    /// A look begins.
    pub fn begin(&mut self, now: Duration) {
        self.news = None;
        self.begun.push_back(now);
        if self.begun.len() > MOST {
            self.begun.pop_front();
        }
    }

    /// It has ended.
    pub fn seen(&mut self, now: Duration, well: bool) {
        self.seen = now;
        self.gap = (!well).then(|| self.gap.map_or(FIRST, |gap| (gap * 2).min(REFRESH)));
    }

    /// There is news.
    pub fn news(&mut self, now: Duration) {
        self.news.get_or_insert(now);
        self.gap = None;
    }

    /// Returns when the last look ended.
    pub fn last(&self) -> Duration {
        self.seen
    }

    /// Returns when the next look is due.
    pub fn due(&self) -> Duration {
        let quiet = self.seen + self.gap.unwrap_or(REFRESH);
        let due = self.news.map_or(quiet, |news| quiet.min(news + SETTLE));
        match self.begun.front() {
            Some(first) if self.begun.len() == MOST => due.max(*first + SPAN),
            _ => due,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// Looks whenever one is due, each taking a second, until `end`; `news` comes at these times. Gives when they began.
    fn looks(end: Duration, well: bool, news: &[Duration]) -> Vec<Duration> {
        let mut schedule = Schedule::default();
        let (mut begun, mut told) = (vec![], news.iter().peekable());
        let mut now = Duration::ZERO;
        while now < end {
            begun.push(now);
            schedule.begin(now);
            let over = now + at(1000);
            while let Some(news) = told.next_if(|news| **news <= over) {
                schedule.news(*news);
            }
            schedule.seen(over, well);
            while let Some(news) = told.next_if(|news| **news < schedule.due()) {
                schedule.news(*news);
            }
            now = schedule.due().max(over);
        }
        begun
    }

    #[test]
    fn a_quiet_hour_is_six_looks() {
        assert_eq!(looks(at(3_600_000), true, &[]).len(), 6);
    }

    #[test]
    fn what_happens_at_once_is_looked_at_once_and_soon() {
        let burst: Vec<Duration> = (0..50).map(|n| at(100_000 + n * 5)).collect();
        assert_eq!(looks(at(200_000), true, &burst), [at(0), at(100_300)]);
        let during = [at(500), at(600)];
        assert_eq!(looks(at(200_000), true, &during), [at(0), at(1000)], "what it may have missed");
    }

    #[test]
    fn what_is_wrong_is_looked_at_again_ever_more_seldom() {
        let begun = looks(at(7_200_000), false, &[]);
        assert_eq!(begun[..4], [at(0), at(6_000), at(17_000), at(38_000)]);
        assert!(begun.len() < 20, "{begun:?}");
    }

    #[test]
    fn news_without_end_is_not_looked_at_without_end() {
        let storm: Vec<Duration> = (0..3600).map(|n| at(n * 1000)).collect();
        for well in [true, false] {
            let begun = looks(at(3_600_000), well, &storm);
            assert!((200..=248).contains(&begun.len()), "{}", begun.len());
        }
    }
}
