//! What only asks is answered by podman's own API service, in milliseconds where a process takes 50 to 150; and what
//! changes only what podman has written down is changed by it.
//!
//! A question stays a command: the words that a user would type, and that the service's answer stands for
//! ([`answer`]). So whoever asks knows nothing of the service, and where it cannot start, or answers otherwise than it
//! should, the command itself is run.
//!
//! The service is one of pipglr's own, on a private socket. It ends with pipglr; killed, pipglr leaves one that ends by
//! itself [`IDLE`] after its last answer, and takes its socket with it (seen on 4.3.1, 5.4.2 and 6.1.1).

mod answer;
mod http;

use crate::host::process::{self, Beside};
use crate::host::{Finished, Watch};
use answer::Question;
use http::Request;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long the service stays when nobody asks, in seconds.
const IDLE: &str = "10";
/// How long it may take to start: 0.1 s, on a busy machine 0.5 s.
const START: Duration = Duration::from_secs(5);
/// How often it is looked whether it has started.
const LOOK: Duration = Duration::from_millis(2);
/// What it answers at all it answers within this; else the command is run, which has a time-out of its own.
const ANSWER: Duration = Duration::from_secs(10);

/// podman's service, started by the first question that it can answer.
#[derive(Debug, Default)]
pub struct Service(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    #[default]
    Down,
    Up(Arc<Running>),
    /// It does not start here: not asked again.
    Never,
}

/// A service that was started.
#[derive(Debug)]
struct Running {
    socket: PathBuf,
    process: Mutex<Beside>,
    /// podman's version, as it says with every answer. Asked for it, it would ask other programs for theirs (0.15 s).
    version: OnceLock<Option<String>>,
}

/// What became of a question.
pub enum Answer {
    /// It was answered.
    Here(Finished),
    /// The command must be run.
    None,
    /// The same, and from now on always: why the service did not start.
    Never(String),
}

impl Service {
    /// Answers a command (program first) as podman would, if it is one of those that only ask, or change little.
    pub fn answer(&self, words: &[String], watch: &dyn Watch, started: &dyn Fn(&[String])) -> Answer {
        let Some(question) = Question::of(words) else { return Answer::None };
        // A service that has gone by itself is started again; one that goes at once is none.
        for _ in 0..2 {
            let running = match self.running(watch, started) {
                Ok(Some(running)) => running,
                Ok(None) => return Answer::None,
                Err(why) => return Answer::Never(why),
            };
            match running.ask(&question, watch) {
                Ok(answered) => return answered.map_or(Answer::None, Answer::Here),
                Err(_) if watch.stopped() => return Answer::None,
                // Sent, it may be done: the command, which is run now, finds out.
                Err(e) if question.changes() && !not_sent(&e) => {
                    self.forget(&running);
                    return Answer::None;
                }
                Err(_) => self.forget(&running),
            }
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State::Never;
        Answer::Never("it goes before it answers".into())
    }

    /// Ends the service, and says whether it ran.
    fn stop(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let runs = matches!(*state, State::Up(_));
        if runs {
            *state = State::Down;
        }
        runs
    }

    fn forget(&self, gone: &Arc<Running>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(&*state, State::Up(running) if Arc::ptr_eq(running, gone)) {
            *state = State::Down;
        }
    }

    /// The service, started where it does not run; `None` where it is not to be had.
    fn running(&self, watch: &dyn Watch, started: &dyn Fn(&[String])) -> Result<Option<Arc<Running>>, String> {
        let begun = self.begin(started);
        let (why, running) = match begun {
            Err(why) => (why, None),
            Ok(None) => return Ok(None),
            Ok(Some(running)) => match running.wait(watch) {
                Ok(()) => return Ok(Some(running)),
                Err(_) if watch.stopped() => return Ok(None),
                Err(why) => (why, Some(running)),
            },
        };
        // One that has answered before has gone by itself; only one that never did does not start here.
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Up(other) if running.as_ref().is_none_or(|running| !Arc::ptr_eq(running, other)) => Ok(None),
            State::Never => Ok(None),
            _ => {
                *state = State::Never;
                Err(why.to_string())
            }
        }
    }

    /// Starts the service where it does not run, and does not wait for it; `None` where it is not to be had.
    fn begin(&self, started: &dyn Fn(&[String])) -> io::Result<Option<Arc<Running>>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Up(running) => return Ok(Some(running.clone())),
            State::Never => return Ok(None),
            State::Down => {}
        }
        let running = Arc::new(Running::start(started)?);
        *state = State::Up(running.clone());
        Ok(Some(running))
    }

    /// Ends the service while `work` changes what it stands on, and starts it again behind that, if it ran.
    pub fn away<T>(&self, work: impl FnOnce() -> T, started: &dyn Fn(&[String])) -> T {
        let ran = self.stop();
        let done = work();
        if ran {
            let _ = self.begin(started); // whoever asks hears why
        }
        done
    }
}

impl Running {
    fn start(started: &dyn Fn(&[String])) -> io::Result<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let folder = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute());
        let folder = folder.ok_or_else(|| io::Error::other("XDG_RUNTIME_DIR is not set"))?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let socket = folder.join(format!("pipglr-{}-{number}.sock", std::process::id()));
        let _ = std::fs::remove_file(&socket); // of a process that had the same ID
        let words = ["podman", "system", "service", "--time", IDLE, &format!("unix://{}", socket.display())];
        let words = words.map(str::to_owned);
        let process = process::start_beside(&words)?;
        started(&words);
        let running = Self { socket, process: Mutex::new(process), version: OnceLock::new() };
        Ok(running)
    }

    /// Waits until it answers.
    fn wait(&self, watch: &dyn Watch) -> io::Result<()> {
        let begun = Instant::now();
        while self.version.get().is_none() {
            if let Ok(reply) = http::send(&self.socket, &Request::get("/_ping"), ANSWER, watch) {
                let _ = self.version.set(reply.header("Libpod-API-Version").map(str::to_owned));
                break;
            }
            if let Some(said) = self.process.lock().unwrap_or_else(PoisonError::into_inner).ended() {
                return Err(io::Error::other(said));
            }
            if begun.elapsed() > START || watch.stopped() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Asks; `None` where the command says it better.
    fn ask(&self, question: &Question, watch: &dyn Watch) -> io::Result<Option<Finished>> {
        if question.asks_version() {
            return Ok(self.version.get().and_then(Option::as_deref).map(answer::version));
        }
        let reply = http::send(&self.socket, &question.request, ANSWER, watch)?;
        Ok(question.read(reply.status, &reply.body))
    }
}

/// Whether nobody was there to hear the question.
fn not_sent(error: &io::Error) -> bool {
    [io::ErrorKind::ConnectionRefused, io::ErrorKind::NotFound].contains(&error.kind())
}

impl Drop for Running {
    fn drop(&mut self) {
        self.process.get_mut().unwrap_or_else(PoisonError::into_inner).end();
        let _ = std::fs::remove_file(&self.socket);
    }
}
