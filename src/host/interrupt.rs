//! What the person wants of all that runs: that it stops, or that it may take as long as it takes. One for the process,
//! for the many small queries that nobody watches.

use super::Watch;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

static STOP: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
static PATIENT: AtomicBool = AtomicBool::new(false);

/// The flag, for a signal to set.
pub fn flag() -> Arc<AtomicBool> {
    Arc::clone(&STOP)
}

/// All is to stop.
pub fn stop() {
    STOP.store(true, Ordering::SeqCst);
}

/// Whether all is to stop.
pub fn stopped() -> bool {
    STOP.load(Ordering::SeqCst)
}

/// No time-out counts from now on (`--patient`).
pub fn be_patient() {
    PATIENT.store(true, Ordering::SeqCst);
}

/// Whether no time-out counts.
pub fn patient() -> bool {
    PATIENT.load(Ordering::SeqCst)
}

/// Watches a query: what comes while it runs stops it. One that begins later is part of the cleaning up.
pub struct Query {
    stopped_before: bool,
}

impl Query {
    /// A query that begins now.
    pub fn begin() -> Self {
        Self { stopped_before: stopped() }
    }
}

impl Watch for Query {
    fn stopped(&self) -> bool {
        stopped() && !self.stopped_before
    }

    fn patient(&self) -> bool {
        patient()
    }
}
