//! Somebody who watches a plan on plain lines, and stops it at a signal.

use super::output::Tone;
use crate::apply::Progress;
use crate::crash;
use crate::host::wake::{Bell, Cord};
use crate::host::{Watch, interrupt};
use crate::ladder::Rung;
use crate::plan::Action;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::sync::LazyLock;

/// Pulled by Ctrl-C, SIGTERM and SIGHUP.
static CORD: LazyLock<Cord> = LazyLock::new(Cord::default);

/// Prints what happens, and stops at Ctrl-C, SIGTERM and SIGHUP.
pub struct Printer {
    quiet: bool,
}

impl Printer {
    /// Signals set the flag from now on, instead of ending the process in mid-work.
    pub fn new(quiet: bool) -> Self {
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // Where a handler cannot be set the signal ends the process, as it would without us.
            let _ = signal_hook::flag::register(signal, interrupt::flag());
            if let Some(end) = CORD.end() {
                let _ = signal_hook::low_level::pipe::register(signal, end);
            }
        }
        Self { quiet }
    }
}

/// Prints a rung of the ladder, where it is known how it stands.
pub(super) fn tell_rung(rung: &Rung, tone: Tone) {
    if rung.ok.is_some() {
        say_behind!(&format!("  {} ", tone.mark(rung.stands())), "{}: {}", rung.id.title(), rung.detail);
    }
}

/// Returns what rings when the user wants it to stop.
pub(super) fn stop_bell() -> Option<Bell> {
    CORD.bell()
}

impl Progress for Printer {
    fn begin(&self, _index: usize, action: &Action) {
        crash::note(action);
        #[cfg(debug_assertions)]
        crash::break_for_a_test("plain", &action.shell().join(" "));
        if self.quiet {
            return;
        }
        if let Action::Register { number, of, .. } = action {
            say!("  registration {number} of {of}");
        }
        for line in action.shell() {
            say!("  $ {line}");
        }
    }
}

impl Watch for Printer {
    fn line(&self, line: &str) {
        if !self.quiet {
            say_behind!("    ", "{line}");
        }
    }

    fn stopped(&self) -> bool {
        interrupt::stopped()
    }

    fn patient(&self) -> bool {
        interrupt::patient()
    }
}
