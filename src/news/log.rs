//! The container's log, as far as it tells of the rungs of the ladder.

use super::{Ear, said};
use crate::host::{Bell, Host};
use crate::logs::jobs::Ended;
use crate::logs::{Item, Jobs, Sink, stream};
use crate::status::Ask;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::time::{Duration, Instant};

/// An end sooner than this behind the beginning is none: podman calls a container running whose process is gone where
/// its conmon was killed, and each look would be a reason for the next.
const LEAST: Duration = Duration::from_secs(2);

/// Tells what the log of a running container says from now on, and its end.
pub(crate) fn read(host: &dyn Host, name: &str, ear: &dyn Ear) {
    let begun = Instant::now();
    let mut reader = Reader { ear, jobs: Jobs::default(), midnight: midnight(host.now()), told: None, past: true };
    // What cannot be read is not told.
    let _ = stream::past(host, name, reader.midnight, PAST, &mut reader);
    reader.past = false;
    reader.tell();
    let ended = stream::life(host, name, &mut reader).is_ok();
    if ended && begun.elapsed() > LEAST && !ear.stopped() {
        ear.news(Ask::Old);
    }
}

/// Most lines of today that are read for the jobs in them.
const PAST: usize = 50_000;

/// When today began here.
pub(super) fn midnight(now: Timestamp) -> Timestamp {
    let now = now.to_zoned_datetime(TimeZone::system());
    now.start_of_day().map_or(now.timestamp(), |midnight| midnight.timestamp())
}

struct Reader<'a> {
    ear: &'a dyn Ear,
    jobs: Jobs,
    midnight: Timestamp,
    told: Option<Ended>,
    /// What comes is of the past: no news.
    past: bool,
}

impl Reader<'_> {
    fn tell(&mut self) {
        let today = Some(self.jobs.ended(self.midnight));
        if self.told != today {
            self.told.clone_from(&today);
            today.into_iter().for_each(|today| self.ear.today(today));
        }
    }
}

impl Sink for Reader<'_> {
    fn item(&mut self, item: Item) {
        let Item::Line(line) = item else { return };
        self.jobs.see(&line);
        if self.past {
            return;
        }
        if line.job.is_some() {
            self.ear.work();
            self.tell();
        }
        if let Some(ask) = said(&line) {
            self.ear.news(ask);
        }
    }

    fn stopped(&self) -> bool {
        self.ear.stopped()
    }

    fn bells(&self) -> Vec<Bell> {
        self.ear.bells()
    }
}
