//! The screen: one of the two faces. Keys become messages, `update` changes the model and says what is to be done,
//! `effects` does it on threads, `view` draws the model.

pub mod act;
mod build_form;
pub mod clipboard;
pub mod editor;
pub mod form;
pub mod input;
pub mod keys;
pub mod logview;
pub mod message;
pub mod model;
pub mod schedule;
pub mod stage;
pub mod theme;
pub mod update;
pub mod view;

mod effects;
mod follow;
mod go;
mod listening;
mod mailbox;
pub mod make_form;
pub mod palette;
mod screen;
mod terminal;
mod unsaved;

use crate::crash;
use crate::host::interrupt;
use crate::problem::{Exit, Problem, Result};
use crate::secret::Secret;
use crate::state;
use crate::steps::Setup;
use act::Act;
use clipboard::Clipboard;
use crossterm::event::{self, Event, MouseEventKind};
use effects::Runner;
use mailbox::{Mail, Mailbox};
use message::{Effect, Message};
use model::{Model, Who};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};
use terminal::{Screen, Signals, Woken};
use theme::Theme;
use unsaved::Typed;
use update::update;
use zeroize::Zeroizing;

/// At most 60 frames a second.
const FRAME: Duration = Duration::from_micros(16_667);
/// A key is answered sooner than that: frames are not rarer for it than keys are.
const ANSWER: Duration = Duration::from_millis(4);
/// What changes something has this long to end when it is left.
const PATIENCE: Duration = Duration::from_secs(6);
/// The same where the terminal is gone.
const GONE: Duration = Duration::from_millis(500);

/// Gives the terminal back where the screen has it: for a panic, which comes at any moment.
pub fn give_back() {
    terminal::leave();
}

/// Saves what was typed and is not kept, where something has ended the screen, and gives what is to be said of it.
pub fn farewell() -> Option<String> {
    unsaved::farewell()
}

/// The wizard; home where all steps are done.
///
/// # Errors
/// There is no terminal that a screen can be drawn on.
pub fn run(setup: Setup) -> Result<Exit> {
    begin(setup, update::start)
}

/// Straight to the editor of the configuration.
///
/// # Errors
/// As [`run`].
pub fn edit(setup: Setup) -> Result<Exit> {
    begin(setup, update::start_edit)
}

/// The log, and nothing else.
///
/// # Errors
/// As [`run`]; a saved log that cannot be opened.
pub fn logs(setup: Setup, given: logview::Given) -> Result<Exit> {
    if let Some(path) = &given.file {
        let name = crate::text::sanitize::sanitize(&path.display().to_string());
        // Not by opening it: who writes into a FIFO would find its reader gone.
        nix::unistd::access(path, nix::unistd::AccessFlags::R_OK).map_err(|e| {
            Problem::usage(format!("{name} cannot be read: {}.", e.desc()), "Name a log that was saved.")
        })?;
    }
    begin(setup, |model| update::start_log(model, given))
}

fn begin(setup: Setup, start: impl FnOnce(&mut Model) -> Vec<Effect>) -> Result<Exit> {
    use std::io::IsTerminal;
    let plainly = "Use `pipglr setup` and the other verbs: they need no screen (`pipglr --help` lists them).";
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(Problem::usage("The screen needs a terminal, and this is none.", plainly));
    }
    if matches!(std::env::var("TERM").as_deref(), Err(_) | Ok("" | "dumb" | "unknown")) {
        return Err(Problem::usage("This terminal cannot show a screen (TERM is not set, or dumb).", plainly));
    }
    let failed = |e: io::Error| Problem::new(format!("The terminal does not do as it is told: {e}."), plainly);
    let (mailbox, ear) = Mailbox::new().map_err(failed)?;
    let signals = Signals::listen(|| mailbox.bell()).map_err(failed)?;
    let screen = Screen::take().map_err(failed)?;
    let settings = setup.target.host.settings();
    let mut model = Model::new(who(&setup), setup.wants.clone(), Theme::new(settings), screen.size());
    (model.read_only, model.mouse) = (settings.read_only, settings.mouse);
    model.keys.clone_from(&settings.keys);
    model.clipboard = Clipboard::of(|name| std::env::var(name).ok());
    // Where nothing is to be written, nothing could be remembered either.
    model.met = (settings.hints && state::is_new(&*setup.target.host)).then(BTreeSet::new);
    let runner = Runner::new(setup.target.clone(), mailbox.clone());
    let mut effects = start(&mut model);
    effects.extend(model.mouse.then_some(Effect::Mouse(true)));
    let mut session = Session {
        model,
        runner,
        screen,
        mailbox,
        ear,
        signals,
        began: Instant::now(),
        exit: None,
        drawn: None,
        keyed: false,
        held: None,
    };
    let stop = session.runner.stopper();
    terminal::watch_terminal(move || {
        stop();
        interrupt::stop();
        unsaved::save();
    });
    session.perform(effects).map_err(failed)?;
    session.go().map_err(failed)
}

/// What the header says of whom.
fn who(setup: &Setup) -> Who {
    let user = setup.target.host.user();
    Who {
        user: user.name.clone(),
        host: user.hostname.clone(),
        home: user.home.clone(),
        image: setup.target.image.clone(),
        container: setup.target.name.clone(),
        pretend: setup.target.host.is_pretend(),
    }
}

/// One run of the screen.
struct Session {
    model: Model,
    runner: Runner,
    screen: Screen,
    mailbox: Mailbox,
    ear: UnixStream,
    signals: Signals,
    began: Instant,
    exit: Option<Exit>,
    drawn: Option<Instant>,
    /// A key has come since.
    keyed: bool,
    /// The version of the text that would be saved now.
    held: Option<u64>,
}

impl Session {
    /// Drains all that waits, draws once, sleeps.
    fn go(&mut self) -> io::Result<Exit> {
        let mut stale = true;
        loop {
            if let Some(exit) = self.exit {
                unsaved::save();
                self.screen.release();
                self.runner.end(PATIENCE);
                return Ok(exit);
            }
            let since = self.drawn.map_or(FRAME, |drawn| drawn.elapsed());
            let least = if self.keyed { ANSWER } else { FRAME };
            if stale && since >= least {
                self.screen.draw(|frame| view::draw(&self.model, frame))?;
                (self.drawn, stale, self.keyed) = (Some(Instant::now()), false, false);
            }
            let time = if stale { Some(least.saturating_sub(since)) } else { self.model.idle() };
            let woken = terminal::wait(&self.ear, time);
            if woken == Woken::Gone || self.signals.ended() {
                unsaved::save();
                self.screen.release();
                self.runner.end(GONE);
                return Ok(Exit::Interrupted);
            }
            stale |= self.turn()?;
        }
    }

    /// Takes all that came; says whether there was anything to be seen of it.
    fn turn(&mut self) -> io::Result<bool> {
        mailbox::hush(&self.ear);
        let idle = self.model.idle();
        let before = self.model.now;
        self.take(Message::Tick(self.began.elapsed()))?;
        let mut any = idle.is_some_and(|idle| self.model.now >= before + idle);
        if self.signals.stopped() {
            self.suspend()?;
            any = true;
        }
        if self.signals.continued() {
            self.resume()?; // a shell had the terminal meanwhile
            any = true;
        }
        if self.signals.interrupted() {
            self.take(Message::Interrupt)?;
            any = true;
        }
        // Also when nothing seems to be there: crossterm keeps what it has read, and a new size.
        while self.exit.is_none() && event::poll(Duration::ZERO)? {
            (any, self.keyed) = (true, true);
            match event::read()? {
                Event::Key(key) => self.take(Message::Key(key))?,
                Event::Paste(text) => {
                    let text = Zeroizing::new(text);
                    self.take(Message::Paste(Secret::new(text.as_bytes())))?;
                }
                Event::Mouse(mouse) if mouse.kind == MouseEventKind::ScrollUp => self.take(Message::Wheel(Act::Up))?,
                Event::Mouse(mouse) if mouse.kind == MouseEventKind::ScrollDown => {
                    self.take(Message::Wheel(Act::Down))?;
                }
                Event::Resize(columns, rows) => self.take(Message::Resize(columns, rows))?,
                _ => {}
            }
        }
        // A size that came between two looks: crossterm tells of each change, not of the last one.
        let size = self.screen.size();
        if size != self.model.size {
            any = true;
            self.take(Message::Resize(size.0, size.1))?;
        }
        for mail in self.mailbox.take() {
            any = true;
            match mail {
                Mail::Message(message) => self.take(message)?,
                Mail::Terminal { say, begin, done } => self.lend(&say, &begin, &done)?,
            }
        }
        Ok(any)
    }

    fn take(&mut self, message: Message) -> io::Result<()> {
        if !matches!(message, Message::Tick(_)) {
            crash::note(&message);
        }
        crash::on_screen(&self.model.screen);
        #[cfg(debug_assertions)]
        if let Message::Paste(text) = &message {
            crash::break_for_a_test("screen", text.expose_str());
        }
        let effects = update(&mut self.model, message);
        self.hold();
        self.runner.listen(&self.model);
        self.perform(effects)
    }

    /// What is typed and not kept is at hand, should all end now.
    fn hold(&mut self) {
        let editor = self.model.unsaved();
        let version = editor.map(|editor| editor.buffer.version());
        if std::mem::replace(&mut self.held, version) != version {
            unsaved::hold(editor.map(|editor| Typed {
                host: self.runner.host(),
                text: editor.buffer.text(),
                restored: editor.restored.clone(),
            }));
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Quit(exit) => self.exit = Some(exit),
                Effect::Suspend => self.suspend()?,
                Effect::Mouse(on) => self.screen.mouse(on)?,
                Effect::Copy(text) => self.screen.copy(&text)?,
                effect => self.runner.run(effect),
            }
        }
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.screen.release();
        terminal::suspend();
        self.signals.continued();
        self.resume()
    }

    fn resume(&mut self) -> io::Result<()> {
        self.screen.resume()?;
        if self.model.mouse { self.screen.mouse(true) } else { Ok(()) }
    }

    /// Gives the terminal to a worker (sudo asks for a password on it, an editor edits) and takes it back.
    fn lend(
        &mut self,
        say: &str,
        begin: &std::sync::mpsc::SyncSender<()>,
        done: &std::sync::mpsc::Receiver<()>,
    ) -> io::Result<()> {
        use std::sync::mpsc::RecvTimeoutError;
        self.screen.release();
        let _ = writeln!(io::stdout(), "{say}"); // the terminal may be gone
        if begin.send(()).is_ok() {
            while done.recv_timeout(Duration::from_millis(100)) == Err(RecvTimeoutError::Timeout) {
                if self.signals.ended() {
                    return Ok(());
                }
            }
        }
        // Ctrl-C was for what had the terminal; it reached this process too.
        self.signals.interrupted();
        self.signals.stopped();
        self.resume()?;
        let (columns, rows) = self.screen.size();
        self.take(Message::Resize(columns, rows))
    }
}
