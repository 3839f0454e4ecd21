//! The lock of the pretend machine.

use pipglr::host::state_folder::Lock;
use pipglr::problem::{Problem, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// While a pipglr has it.
struct Locked(Arc<AtomicBool>);

impl Drop for Locked {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

pub fn take(locked: &Arc<AtomicBool>, what: &str) -> Result<Lock> {
    if locked.swap(true, Ordering::SeqCst) {
        return Err(Problem::new(format!("Another pipglr is at work, not `{what}`."), "Wait until it is done."));
    }
    Ok(Lock::new(Locked(locked.clone())))
}
