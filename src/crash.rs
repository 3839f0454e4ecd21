//! When pipglr itself breaks (a panic): the terminal is given back, a report without a secret is written, and a
//! sentence says how to send it.
//!
//! A panic's own message is not in it: it may quote the text that was worked on, and that may be a token. What is:
//! the version, where it broke, the frames that are ours, the screen, and the kinds of the last things that happened.

use crate::host::state_folder;
use crate::text::mask::mask;
use std::backtrace::Backtrace;
use std::collections::VecDeque;
use std::fmt::{self, Debug, Write as _};
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread::ThreadId;

/// Where a report is to be sent.
const ISSUES: &str = "https://gitlab.com/qontainers/pipglr/-/issues/new";
/// So many of the last things are remembered.
const TRAIL: usize = 20;

/// What is known when it breaks.
struct Known {
    verb: String,
    screen: String,
    trail: VecDeque<String>,
    /// Where the report is; the first one counts, what breaks after it is its consequence.
    report: Option<PathBuf>,
}

static KNOWN: Mutex<Known> =
    Mutex::new(Known { verb: String::new(), screen: String::new(), trail: VecDeque::new(), report: None });

fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Notes that something happened: its kind alone, never what is in it.
pub fn note(what: &impl Debug) {
    let kind = kind(what);
    let mut known = known();
    if known.trail.len() == TRAIL {
        known.trail.pop_front();
    }
    known.trail.push_back(kind);
}

/// Notes which screen there is.
pub fn on_screen(screen: &impl Debug) {
    known().screen = kind(screen);
}

/// Notes the verb: the command line's first word, and none of the others.
pub fn doing(verb: &impl Debug) {
    known().verb = kind(verb);
}

/// The name of an enum's variant, by its `Debug`, which is stopped before it comes to the fields.
fn kind(value: &impl Debug) -> String {
    struct Head(String);
    impl fmt::Write for Head {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
            self.0.push_str(&text[..end]);
            if end == text.len() { Ok(()) } else { Err(fmt::Error) }
        }
    }
    let mut head = Head(String::new());
    let _ = write!(head, "{value:?}"); // ends early: that is the point
    head.0
}

/// From now on a panic is reported so. `give_back` gives the terminal back, where there is a screen.
///
/// A panic of a worker is told on the screen by its worker, which goes on: its report is written all the same, and
/// [`farewell`] names it in the end.
pub fn guard(give_back: fn()) {
    let main = std::thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == main {
            give_back();
        }
        report(info.location(), main, &Backtrace::force_capture());
    }));
}

fn report(place: Option<&Location>, main: ThreadId, trace: &Backtrace) {
    let mut known = known();
    if known.report.is_some() {
        return;
    }
    let thread = if std::thread::current().id() == main { "main" } else { "worker" };
    let text = text(&known, &place.map_or("unknown".into(), ToString::to_string), thread, &trace.to_string());
    known.report = match write(&text) {
        Ok(path) => Some(path),
        Err(_) => {
            // No room, or no folder: then here.
            let _ = write!(io::stderr(), "{text}");
            Some(PathBuf::new())
        }
    };
}

fn text(known: &Known, place: &str, thread: &str, trace: &str) -> String {
    let frames = own_frames(trace);
    let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    let report = format!(
        "pipglr {} broke at {place} ({thread} thread), {:.0}, {}-{}\nverb: {}\nscreen: {}\nbefore it: {}\n{}\n",
        env!("CARGO_PKG_VERSION"),
        jiff::Timestamp::now(),
        std::env::consts::OS,
        std::env::consts::ARCH,
        or(&known.verb, "none"),
        or(&known.screen, "none"),
        or(&known.trail.iter().map(String::as_str).collect::<Vec<_>>().join(", "), "nothing"),
        if frames.is_empty() { "(no frames: this binary has no symbols)".into() } else { frames.join("\n") },
    );
    mask(&report).into_owned() // a folder or a name may hold a token
}

/// The frames of this program, each with its place: `at` stands below the frame it belongs to.
fn own_frames(trace: &str) -> Vec<String> {
    let mut frames = Vec::new();
    let mut ours = false;
    for line in trace.lines() {
        if !line.trim_start().starts_with("at ") {
            ours = line.contains("pipglr::") && !line.contains("pipglr::crash");
        }
        if ours {
            frames.push(line.to_owned());
        }
    }
    frames
}

/// Whether a report is printed, and not written.
static PRINTED: AtomicBool = AtomicBool::new(false);

/// From now on a report is printed, and not written.
pub fn write_nothing() {
    PRINTED.store(true, Ordering::SeqCst);
}

fn write(text: &str) -> io::Result<PathBuf> {
    if PRINTED.load(Ordering::SeqCst) {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let folder = state_folder::folder().ok_or(io::ErrorKind::NotFound)?;
    write_in(&folder, text)
}

fn write_in(folder: &Path, text: &str) -> io::Result<PathBuf> {
    state_folder::private_folder(folder)?;
    let path = folder.join(format!("crash-{}.txt", jiff::Timestamp::now().strftime("%Y-%m-%dT%H-%M-%S.%3fZ")));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    if let Err(e) = file.write_all(text.as_bytes()) {
        let _ = std::fs::remove_file(&path); // half a report is none
        return Err(e);
    }
    Ok(path)
}

/// Returns what to say in the end, where something broke; says it once.
pub fn farewell() -> Option<String> {
    let path = known().report.take()?;
    let report = if path.as_os_str().is_empty() {
        "The report is above".to_owned()
    } else {
        format!("A report is in {}", path.display())
    };
    Some(format!(
        "pipglr: pipglr itself broke; that is a bug.\n{report}. It holds no token and nothing of your configuration: \
         read it, and please send it in a new issue: {ISSUES}\nnext:  Nothing that was done is lost: run pipglr again \
         and it goes on from here."
    ))
}

/// Breaks here where a test wants it: in builds for tests alone.
#[cfg(debug_assertions)]
#[allow(clippy::panic, reason = "it is what is asked for")]
pub fn break_for_a_test(place: &str, payload: &str) {
    if std::env::var("PIPGLR_TEST_PANIC").is_ok_and(|wanted| wanted == place) {
        panic!("made to break, with {payload}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[derive(Debug)]
    #[allow(dead_code, reason = "only its Debug is of interest")]
    enum Thing {
        Plain,
        Tuple(String),
        Fields { token: String },
    }

    #[test]
    fn of_what_happened_only_the_kind_is_kept() {
        let token = "glrt-t1_hidden".to_owned();
        assert_eq!(kind(&Thing::Plain), "Plain");
        assert_eq!(kind(&Thing::Tuple(token.clone())), "Tuple");
        assert_eq!(kind(&Thing::Fields { token }), "Fields");
    }

    #[test]
    fn the_report_names_the_place_and_our_frames_and_is_private() {
        let trace = "   0: std::panicking::begin\n             at /rustc/x.rs:1:2\n   1: pipglr::crash::guard\n             \
                     at ./src/crash.rs:9:9\n   2: pipglr::tui::update::update\n             at ./src/tui/update/mod.rs:7:5\n   \
                     3: core::ops::call\n             at /rustc/y.rs:3:4\n";
        assert_eq!(own_frames(trace).len(), 2);
        let known = Known {
            verb: "Setup".into(),
            screen: "Form".into(),
            trail: ["Tick".to_owned(), "Paste".to_owned()].into(),
            report: None,
        };
        let text = text(&known, "src/tui/update/mod.rs:7:5", "main", trace);
        let told = Known {
            screen: "Form glpat-canarycanarycanary".into(),
            report: None,
            trail: VecDeque::new(),
            verb: "x".into(),
        };
        assert!(!self::text(&told, "/home/glrt-canary1/x.rs", "main", "pipglr::x TOKEN=canary").contains("canary"));
        for words in
            ["broke at src/tui/update/mod.rs:7:5 (main thread)", "screen: Form", "before it: Tick, Paste", "7:5"]
        {
            assert!(text.contains(words), "{text}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = write_in(&folder.path().join("pipglr"), &text).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    }
}
