//! The terminal: taken, given back, and never left in disorder.

use super::editor::clip::osc52;
use crate::host::{process, wake};
use crate::secret::Secret;
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::{cursor, execute, terminal};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
use std::io::{self, Stdout, Write};
use std::mem::ManuallyDrop;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Whether the terminal is ours now. One for the process: a panic must find it.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// How long the loop has to see by itself that the terminal is gone.
const GRACE: Duration = Duration::from_millis(700);

/// What came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// Something, or nothing within the time.
    Yes,
    /// The terminal is gone.
    Gone,
}

/// The screen, while it is ours.
pub(super) struct Screen {
    /// Never dropped: ratatui would show the cursor once more, which [`leave`] does, and where the terminal is gone print
    /// that with `eprintln!`, which panics there.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// It is none, or does not do as it is told.
    pub(super) fn take() -> io::Result<Self> {
        enter()?;
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()));
        terminal.map(|terminal| Self { terminal: ManuallyDrop::new(terminal) }).inspect_err(|_| leave())
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        self.terminal.size().map_or((80, 24), |size| (size.width, size.height))
    }

    /// Draws a frame.
    ///
    /// # Errors
    /// The terminal cannot be written.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut ratatui::Frame)) -> io::Result<()> {
        self.terminal.draw(draw).map(|_| ())
    }

    /// Puts text into the terminal's clipboard (OSC 52), where it lets a program do that.
    ///
    /// # Errors
    /// The terminal cannot be written.
    pub(super) fn copy(&mut self, text: &Secret) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(osc52(text).expose())?;
        out.flush()
    }

    /// Takes the mouse, or leaves it to the terminal.
    ///
    /// # Errors
    /// The terminal cannot be written.
    pub(super) fn mouse(&mut self, on: bool) -> io::Result<()> {
        match on {
            true => execute!(io::stdout(), EnableMouseCapture),
            false => execute!(io::stdout(), DisableMouseCapture),
        }
    }

    /// Gives the terminal back for a while.
    pub(super) fn release(&mut self) {
        leave();
    }

    /// Takes it again, and has everything drawn anew.
    ///
    /// # Errors
    /// As [`Screen::take`].
    pub(super) fn resume(&mut self) -> io::Result<()> {
        enter()?;
        self.terminal.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

fn enter() -> io::Result<()> {
    terminal::enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(io::stdout(), terminal::EnterAlternateScreen, EnableBracketedPaste).inspect_err(|_| leave())
}

/// Gives the terminal back, once; also in a panic.
pub(super) fn leave() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // Nobody is left to tell where this fails: the terminal is gone.
        let _ = execute!(
            io::stdout(),
            DisableMouseCapture,
            DisableBracketedPaste,
            terminal::LeaveAlternateScreen,
            cursor::Show
        );
        let _ = terminal::disable_raw_mode();
    }
}

/// The signals that concern the screen.
#[derive(Debug, Default)]
pub(super) struct Signals {
    end: Arc<AtomicBool>,
    interrupt: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    go_on: Arc<AtomicBool>,
}

impl Signals {
    /// Listens to them; each rings the bell.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn listen(bell: impl Fn() -> io::Result<UnixStream>) -> io::Result<Self> {
        let signals = Self::default();
        for (signal, flag) in [
            (SIGTERM, &signals.end),
            (SIGHUP, &signals.end),
            (SIGINT, &signals.interrupt),
            (SIGTSTP, &signals.stop),
            (SIGCONT, &signals.go_on),
        ] {
            signal_hook::flag::register(signal, flag.clone())?;
            signal_hook::low_level::pipe::register(signal, bell()?)?;
        }
        // A size that changes between the last look and the wait would not be seen before the next key.
        signal_hook::low_level::pipe::register(SIGWINCH, bell()?)?;
        Ok(signals)
    }

    /// SIGTERM, SIGHUP.
    pub(super) fn ended(&self) -> bool {
        self.end.load(Ordering::SeqCst)
    }

    /// SIGINT since the last time; forgets it.
    pub(super) fn interrupted(&self) -> bool {
        self.interrupt.swap(false, Ordering::SeqCst)
    }

    /// SIGTSTP since the last time.
    pub(super) fn stopped(&self) -> bool {
        self.stop.swap(false, Ordering::SeqCst)
    }

    /// SIGCONT since the last time.
    pub(super) fn continued(&self) -> bool {
        self.go_on.swap(false, Ordering::SeqCst)
    }
}

/// Stops this process, as Ctrl-Z does; comes back with `fg`.
pub(super) fn suspend() {
    let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP); // where it cannot stop, it goes on
}

/// Waits for a key, the bell, or the time.
pub(super) fn wait(ear: &UnixStream, time: Option<Duration>) -> Woken {
    let stdin = io::stdin();
    let mut fds = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN), PollFd::new(ear.as_fd(), PollFlags::POLLIN)];
    wake::poll_all(&mut fds, time); // interrupted by a signal: as good as woken
    let gone = PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL;
    if fds[0].revents().is_some_and(|events| events.intersects(gone)) { Woken::Gone } else { Woken::Yes }
}

/// Ends the process a moment after the terminal is gone, should the loop be stuck in reading from it: crossterm 0.29
/// never comes back from that.
pub(super) fn watch_terminal(on_gone: impl Fn() + Send + 'static) {
    let Ok(tty) = std::fs::File::open("/dev/tty") else { return };
    std::thread::spawn(move || {
        loop {
            let mut fds = [PollFd::new(tty.as_fd(), PollFlags::empty())];
            let hung = poll(&mut fds, PollTimeout::NONE).is_ok()
                && fds[0].revents().is_some_and(|events| events.intersects(PollFlags::POLLHUP | PollFlags::POLLERR));
            if hung {
                on_gone();
                std::thread::sleep(GRACE);
                process::settle(Duration::ZERO); // an editor that was lent the terminal has something to be saved
                std::process::exit(129);
            }
        }
    });
}
