//! The pretend machine's time: as it goes, faster, or as a test says.

use jiff::{SignedDuration, Timestamp};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Who waits for one that stands looks again so soon.
const MOMENT: Duration = Duration::from_millis(1);

/// What time it is there.
#[derive(Debug)]
pub enum Clock {
    /// It goes, so many times as fast as ours.
    Going {
        /// What it was at first.
        from: Timestamp,
        /// When that was here.
        begun: Instant,
        /// How many times as fast.
        speed: u32,
    },
    /// It stands until it is set: nobody waits there.
    Standing(Mutex<Timestamp>),
}

impl Clock {
    /// Returns a clock that goes from now on.
    pub fn going(speed: u32) -> Self {
        Self::Going { from: Timestamp::now(), begun: Instant::now(), speed: speed.max(1) }
    }

    /// Returns a clock that stands at this time.
    pub fn standing(at: Timestamp) -> Self {
        Self::Standing(Mutex::new(at))
    }

    /// Returns what time it is.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::Going { from, begun, speed } => after(*from, begun.elapsed() * *speed),
            Self::Standing(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Waits this long there.
    pub fn wait(&self, time: Duration) {
        match self {
            Self::Going { speed, .. } => std::thread::sleep(time / *speed),
            Self::Standing(_) => std::thread::sleep(MOMENT),
        }
    }

    /// Sets one that stands this much later.
    pub fn pass(&self, time: Duration) {
        if let Self::Standing(at) = self {
            let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
            *at = after(*at, time);
        }
    }
}

/// Returns the time so much later.
pub(super) fn after(at: Timestamp, time: Duration) -> Timestamp {
    SignedDuration::try_from(time).ok().and_then(|time| at.checked_add(time).ok()).unwrap_or(at)
}
