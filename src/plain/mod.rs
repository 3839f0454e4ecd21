//! The plain face: the same steps on a bare terminal or in a script, line by line.

/// Prints a line. Where nobody reads any more (a closed pipe) the work goes on: half a setup helps nobody.
macro_rules! say {
    ($($arg:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($arg)*);
    }};
}

/// The same to standard error. Neither may break where the terminal is gone: `println!` and `eprintln!` panic there.
macro_rules! complain {
    ($($arg:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($arg)*);
    }};
}

pub mod change;
pub mod check;
pub mod config;
pub mod doctor;
pub mod edit;
pub mod image;
pub mod lifecycle;
pub mod logs;
pub mod prompt;
pub mod setup;
pub mod status;

use crate::apply::Progress;
use crate::crash;
use crate::host::wake::{Bell, Cord};
use crate::host::{Watch, interrupt};
use crate::plan::Action;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::sync::LazyLock;

/// How the plain face speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tone {
    /// With colour.
    pub color: bool,
}

impl Tone {
    /// A word and a glyph for good and bad; never colour alone.
    pub fn mark(self, ok: Option<bool>) -> String {
        let (glyph, color) = match ok {
            Some(true) => ("ok  ", 32),
            Some(false) => ("FAIL", 31),
            None => ("-   ", 33),
        };
        self.paint(glyph, color)
    }

    /// In a colour (an SGR number), where there are colours.
    pub fn paint(self, text: &str, color: u8) -> String {
        if self.color { format!("\u{1b}[{color}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

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

/// Rings when the person wants it to stop.
fn stop_bell() -> Option<Bell> {
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
            say!("    {line}");
        }
    }

    fn stopped(&self) -> bool {
        interrupt::stopped()
    }

    fn patient(&self) -> bool {
        interrupt::patient()
    }
}
