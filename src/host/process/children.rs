//! How many children there are: none is to outlive us.

use crate::host::interrupt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long cleaning up may take at the end. podman 4.3 stops what it does within a second; one that hangs takes its whole grace of 5 s.
const CLEANED: Duration = Duration::from_secs(8);

/// How many children there are, or are about to be.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Waits until no child is left, after all were told to stop ([`interrupt`]): none is to outlive us. Where something is
/// to be cleaned up, longer.
pub fn settle(time: Duration) {
    let begun = Instant::now();
    let over = |time| begun.elapsed() > time;
    while (RUNNING.load(Ordering::SeqCst) > 0 && !over(time)) || (interrupt::owing() && !over(CLEANED)) {
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// One child, counted before it is there: whoever is told to stop afterwards is waited for by [`settle`].
pub(super) struct Counted(());

impl Counted {
    pub(super) fn one() -> Self {
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}
