//! What the user wants of all that runs: that it stops, or that it may take as long as it takes. One for the process,
//! for the many small queries that nobody watches.

use super::Watch;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

static STOP: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
static PATIENT: AtomicBool = AtomicBool::new(false);

/// Returns the flag, for a signal to set.
pub fn flag() -> Arc<AtomicBool> {
    Arc::clone(&STOP)
}

/// All is to stop.
pub fn stop() {
    STOP.store(true, Ordering::SeqCst);
}

/// Returns whether all is to stop.
pub fn stopped() -> bool {
    STOP.load(Ordering::SeqCst)
}

/// No time-out counts from now on (`--patient`).
pub fn be_patient() {
    PATIENT.store(true, Ordering::SeqCst);
}

/// Returns whether no time-out counts.
pub fn patient() -> bool {
    PATIENT.load(Ordering::SeqCst)
}

/// How much is to be cleaned up before pipglr ends.
static OWED: AtomicUsize = AtomicUsize::new(0);

/// Something that pipglr does not end without, while it lives.
pub struct Owed(());

/// From now on there is something to clean up.
pub fn owe() -> Owed {
    OWED.fetch_add(1, Ordering::SeqCst);
    Owed(())
}

impl Drop for Owed {
    fn drop(&mut self) {
        OWED.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether there is.
pub fn owing() -> bool {
    OWED.load(Ordering::SeqCst) > 0
}

thread_local! {
    static CLEANING: Cell<bool> = const { Cell::new(false) };
}

/// Cleans up: what this thread asks meanwhile is answered although all is to stop.
pub fn cleaning<T>(work: impl FnOnce() -> T) -> T {
    let before = CLEANING.replace(true);
    let done = work();
    CLEANING.set(before);
    done
}

/// Watches a query, wherever it is asked.
pub struct Query {
    cleaning: bool,
}

impl Query {
    /// Returns a query of this thread.
    pub fn begin() -> Self {
        Self { cleaning: CLEANING.get() }
    }
}

impl Watch for Query {
    fn stopped(&self) -> bool {
        stopped() && !self.cleaning
    }

    fn patient(&self) -> bool {
        patient()
    }
}
