//! A sweep, not samples: every external command and every file access of setup, and at each one everything that can
//! happen to it. After each fault a fresh process, told nothing of it, must reach the same end.
//!
//! What it prints at its end is the README's reliability table.

#[allow(dead_code, reason = "other tests use the rest of it")]
mod support;

use pipglr::apply::Sudo;
use pipglr::config::document;
use pipglr::host::{Cmd, Finished, Host, Record, User, Watch};
use pipglr::problem::{Problem, Result};
use pipglr::secret::Secret;
use pipglr::steps::{Setup, State, Step};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{FakeHost, IMAGE};

const GLRT: &str = "glrt-t1_abcdefghijklmnop";
const LEGACY: &str = "GR1348941abcdefghijk";
const WORK: &str = "/home/johndoe/.local/state/pipglr/work/config.toml";

/// What happens at a point. `done`: whether the command or the file access took effect all the same.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// pipglr is gone: SIGKILL, or the power.
    Gone { done: bool },
    /// pipglr is told to stop: SIGTERM, SIGHUP, SIGINT, Ctrl-C.
    Stopped { done: bool },
    /// It fails.
    Fails,
    /// It hangs until its time-out.
    Hangs { done: bool },
    /// Half of its output comes.
    CutShort,
    /// Half of what it is to read by its pipe reaches it, and it says 0 (facts/podman.md, "truncated input").
    FedShort,
    /// The disk is full from here on; podman's store is emptied by the next write to it.
    DiskFull,
    /// podman itself is killed.
    Killed { done: bool },
    /// The same in mid-write: its store of secrets is empty, and still lists them (facts/podman.md, "crash safety").
    StoreEmptied,
}

const FAULTS: [Fault; 12] = [
    Fault::Gone { done: false },
    Fault::Gone { done: true },
    Fault::Stopped { done: false },
    Fault::Stopped { done: true },
    Fault::Fails,
    Fault::Hangs { done: false },
    Fault::Hangs { done: true },
    Fault::CutShort,
    Fault::FedShort,
    Fault::DiskFull,
    Fault::Killed { done: false },
    Fault::Killed { done: true },
];

/// What is done at a point.
#[derive(Clone, Debug, PartialEq)]
enum What {
    Command(String),
    Read,
    Write,
    Remove,
}

/// The pretend machine with one fault in it.
struct Faulty {
    inner: Arc<FakeHost>,
    at: Option<(usize, Fault)>,
    next: AtomicUsize,
    points: Mutex<Vec<What>>,
    gone: AtomicBool,
    stopped: AtomicBool,
    full: AtomicBool,
    /// Secrets that are listed and whose content is lost.
    lost: Mutex<BTreeSet<String>>,
    registered: AtomicUsize,
}

impl Faulty {
    fn new(inner: &Arc<FakeHost>, at: Option<(usize, Fault)>) -> Arc<Self> {
        Arc::new(Self {
            inner: inner.clone(),
            at,
            next: AtomicUsize::new(0),
            points: Mutex::default(),
            gone: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            full: AtomicBool::new(false),
            lost: Mutex::default(),
            registered: AtomicUsize::new(0),
        })
    }

    /// The fault of this point, where there is one.
    fn point(&self, what: What) -> Option<Fault> {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        self.points.lock().unwrap().push(what);
        self.at.filter(|(at, _)| *at == number).map(|(_, fault)| fault)
    }

    fn empty_store(&self) {
        self.lost.lock().unwrap().extend(self.inner.machine().secrets.keys().cloned());
    }

    /// What the command does, with secrets that may be lost and a disk that may be full.
    fn really(&self, cmd: &Cmd, input: Option<&Secret>, watch: &dyn Watch) -> Result<Finished> {
        let words: Vec<&str> = cmd.args.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["secret", "inspect", "--showsecret", name] if self.lost.lock().unwrap().contains(*name) => {
                return Ok(Finished { stdout: b"[]".to_vec(), ..Finished::default() }); // as podman 5.4 does
            }
            ["secret", "create", ..] if self.full.load(Ordering::SeqCst) => {
                self.empty_store();
                return Ok(failed(125, "Error: write secretsdata.json: no space left on device"));
            }
            ["run", ..] | ["volume", "create", ..] | ["--add-subuids" | "--add-subgids", ..] | ["enable-linger", _]
                if self.full.load(Ordering::SeqCst) =>
            {
                return Ok(failed(125, "Error: no space left on device"));
            }
            ["secret", "create", name, _] | ["secret", "rm", name] => drop(self.lost.lock().unwrap().remove(*name)),
            _ => {}
        }
        let done = self.inner.run(cmd, input, watch)?;
        if words.last() == Some(&"register") && done.ok() {
            self.registered.fetch_add(1, Ordering::SeqCst);
        }
        Ok(done)
    }

    fn file<T>(&self, what: What, real: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let fault = self.point(what.clone());
        if self.gone.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        match fault {
            None => {}
            Some(Fault::Gone { done }) => {
                if done {
                    drop(real());
                }
                self.gone.store(true, Ordering::SeqCst);
                return Err(io::ErrorKind::Interrupted.into());
            }
            Some(Fault::Stopped { .. }) => self.stopped.store(true, Ordering::SeqCst), // a file access ends by itself
            Some(Fault::DiskFull) => self.full.store(true, Ordering::SeqCst),
            Some(_) => return Err(io::ErrorKind::PermissionDenied.into()),
        }
        if what == What::Write && self.full.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        real()
    }
}

fn failed(code: i32, text: &str) -> Finished {
    Finished { code, stdout: vec![], lines: vec![text.to_owned()] }
}

impl Host for Faulty {
    fn user(&self) -> &User {
        self.inner.user()
    }

    fn run(&self, cmd: &Cmd, input: Option<&Secret>, watch: &dyn Watch) -> Result<Finished> {
        let fault = self.point(What::Command(cmd.shell()));
        if self.gone.load(Ordering::SeqCst) {
            return Err(Problem::interrupted());
        }
        let perhaps = |done: bool| {
            if done {
                drop(self.really(cmd, input, watch));
            }
        };
        match fault {
            None => self.really(cmd, input, watch),
            Some(Fault::Gone { done }) => {
                perhaps(done);
                self.gone.store(true, Ordering::SeqCst);
                Err(Problem::interrupted())
            }
            Some(Fault::Stopped { done }) => {
                perhaps(done);
                self.stopped.store(true, Ordering::SeqCst);
                Err(Problem::interrupted())
            }
            Some(Fault::Fails) => Ok(failed(125, "Error: made to fail")),
            Some(Fault::Hangs { done }) => {
                perhaps(done);
                Err(Problem::new(format!("`{}` did not end within 60 s.", cmd.shell()), "Try again."))
            }
            Some(Fault::CutShort) => {
                let mut done = self.really(cmd, input, watch)?;
                done.stdout.truncate(done.stdout.len() / 2);
                done.lines.truncate(done.lines.len() / 2);
                Ok(done)
            }
            Some(Fault::FedShort) => {
                let half = input.map(|secret| Secret::new(&secret.expose()[..secret.expose().len() / 2]));
                self.really(cmd, half.as_ref(), watch)
            }
            Some(Fault::DiskFull) => {
                self.full.store(true, Ordering::SeqCst);
                self.really(cmd, input, watch)
            }
            Some(Fault::Killed { done }) => {
                perhaps(done);
                Ok(failed(137, ""))
            }
            Some(Fault::StoreEmptied) => {
                self.empty_store();
                Ok(failed(137, ""))
            }
        }
    }

    fn run_on_terminal(&self, cmd: &Cmd) -> Result<i32> {
        self.run(cmd, None, &()).map(|done| done.code)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.file(What::Read, || self.inner.read(path))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.file(What::Write, || self.inner.write(path, bytes))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.file(What::Remove, || self.inner.remove(path))
    }

    fn pause(&self, _time: Duration) {}

    fn records(&self) -> Vec<Record> {
        vec![]
    }
}

/// Stops a plan where pipglr was told to.
struct Told<'a>(&'a Faulty);

impl Watch for Told<'_> {
    fn stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }
}

/// One run of setup, as both faces go through it.
fn setup(host: &Arc<Faulty>, token: &str) -> Result<()> {
    let mut setup = Setup::new(host.clone(), IMAGE, "pipglr");
    setup.vault.tokens.push(Secret::new(token));
    setup.answers.runners = Some(2);
    for step in Step::ALL {
        let report = setup.look(step)?;
        match &report.state {
            State::Done => {}
            State::Ready => {
                assert!(!report.facts.is_empty() || step == Step::Volumes, "{step:?} does not say what it found");
                drop(setup.carry_out(&report, Sudo::Silent, &Told(host))?);
            }
            State::Blocked(problem) => return Err(problem.clone()),
            other => return Err(Problem::new(format!("{step:?}: {other:?}"), "See `pipglr check`.")),
        }
    }
    Ok(())
}

#[derive(Debug, Default)]
struct Tally {
    points: usize,
    faults: usize,
    lost: Vec<String>,
    leaked: Vec<String>,
    stuck: Vec<String>,
}

impl Tally {
    /// Every fault that makes sense at every point of one setup.
    fn sweep(&mut self, token: &str, wanted: usize) {
        let points = {
            let host = Faulty::new(&FakeHost::fresh(), None);
            setup(&host, token).unwrap();
            host.points.lock().unwrap().clone()
        };
        self.points += points.len();
        for (number, what) in points.iter().enumerate() {
            let store_is_written = matches!(what, What::Command(words) if words.starts_with("podman secret create") || words.starts_with("podman secret rm"));
            let faults = FAULTS.iter().filter(|fault| match (what, fault) {
                (What::Command(words), Fault::FedShort) => words.starts_with("podman secret create"),
                (What::Command(words), Fault::Killed { .. }) => words.starts_with("podman"),
                (What::Command(_), _) => true,
                (_, Fault::Hangs { .. } | Fault::CutShort | Fault::FedShort | Fault::Killed { .. }) => false,
                (What::Read, Fault::DiskFull) => false,
                _ => true,
            });
            for fault in faults.copied().chain(store_is_written.then_some(Fault::StoreEmptied)) {
                self.one(token, wanted, number, what, fault);
            }
        }
    }

    fn one(&mut self, token: &str, wanted: usize, number: usize, what: &What, fault: Fault) {
        self.faults += 1;
        let name = format!("{fault:?} at {number}, {what:?}");
        let machine = FakeHost::fresh();
        let first = Faulty::new(&machine, Some((number, fault)));
        let result = setup(&first, token);
        if let Err(problem) = &result {
            assert!(!problem.what.is_empty() && !problem.advice.is_empty(), "{name}: {problem:?}");
            if format!("{problem:?}").contains(token) {
                self.leaked.push(format!("{name}: in the error"));
            }
        }
        // The next process, with the disk in order again; the store is as it was left.
        let second = Faulty::new(&machine, None);
        *second.lost.lock().unwrap() = first.lost.lock().unwrap().clone();
        if let Err(problem) = setup(&second, token) {
            self.stuck.push(format!("{name}: {problem}"));
            return;
        }
        let registered = first.registered.load(Ordering::SeqCst) + second.registered.load(Ordering::SeqCst);
        let machine = machine.machine();
        let text = machine.secrets.get("config.toml").map(|(_, data)| String::from_utf8_lossy(data).into_owned());
        let config = text.as_deref().and_then(|text| document::read(text).ok());
        let have = config.map_or(0, |config| config.runners.len());
        // A glrt- token registers as often as one likes and is one runner; each legacy registration is a runner more.
        let issued = if token == GLRT { 1 } else { registered };
        if second.lost.lock().unwrap().contains("config.toml") || have != wanted || issued != wanted {
            self.lost.push(format!("{name}: {have} of {issued} registered, {wanted} wanted"));
        }
        if machine.secrets.keys().ne(["config.toml"]) || machine.files.contains_key(Path::new(WORK)) {
            self.leaked.push(format!("{name}: {:?} {:?}", machine.secrets.keys(), machine.files.keys()));
        }
        if machine.commands.iter().chain(&machine.changes).any(|words| words.contains(token)) {
            self.leaked.push(format!("{name}: in a command"));
        }
        let secret = machine.secrets.get("config.toml").map(|(id, _)| id.to_string());
        let container = machine.containers.get("pipglr").filter(|_| machine.containers.len() == 1);
        let finished = container.is_some_and(|made| made.state == "running" && Some(&made.secret) == secret.as_ref())
            && machine.in_force == 65_539
            && machine.volumes.len() == 2;
        if !finished {
            self.stuck.push(format!("{name}: {:?} {:?}", machine.containers, machine.volumes));
        }
    }
}

#[test]
fn whatever_happens_wherever_it_happens_the_next_run_gets_there() {
    let mut tally = Tally::default();
    tally.sweep(LEGACY, 2);
    tally.sweep(GLRT, 1);
    println!(
        "points {}, faults {}, lost {}, leaked {}, stuck {}",
        tally.points,
        tally.faults,
        tally.lost.len(),
        tally.leaked.len(),
        tally.stuck.len()
    );
    let all: Vec<_> = [&tally.lost, &tally.leaked, &tally.stuck].into_iter().flatten().cloned().collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
    assert!(tally.points > 80 && tally.faults > 500, "the sweep is too small: {tally:?}");
}
