//! Says of a registration that gitlab-runner waits, and for how long: it may be minutes (19.4.0: up to four times, each as
//! long as GitLab's rate limit says).

use crate::gitlab;
use crate::host::Watch;

/// Watches gitlab-runner as it registers.
pub(super) struct Waits<'a>(pub &'a dyn Watch);

impl Watch for Waits<'_> {
    fn line(&self, line: &str) {
        match gitlab::waits(line) {
            Some(time) => self.0.line(&format!(
                "GitLab limits how often it may be asked, or fails: gitlab-runner waits {time}, then asks again (up to four times)."
            )),
            None => self.0.line(line),
        }
    }

    fn stopped(&self) -> bool {
        self.0.stopped()
    }

    fn patient(&self) -> bool {
        self.0.patient()
    }

    fn on_terminal(&self, run: &mut dyn FnMut()) {
        self.0.on_terminal(run);
    }
}
