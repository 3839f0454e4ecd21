//! The pretend machine with one fault in it: at one command or file access, everything that can happen to it.

use crate::support::{FakeHost, Pretend, pretend_host};
use pipglr::apply::Progress;
use pipglr::host::{Cmd, Finished, Host, Watch};
use pipglr::problem::{Problem, Result};
use pipglr::secret::Secret;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What happens at a point. `done`: whether the command or the file access took effect all the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
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
    /// Half of what it is to read by its pipe reaches it, and it says 0 (src/host/podman/FACTS.md).
    FedShort,
    /// The disk is full from here on; podman's store is emptied by the next write to it.
    DiskFull,
    /// podman itself is killed.
    Killed { done: bool },
    /// The same in mid-write: its store of secrets is empty, and still lists them (src/host/podman/FACTS.md).
    StoreEmptied,
    /// The same while it writes the list of secrets.
    ListCut,
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
pub enum What {
    Command(String),
    Read,
    Write,
    Remove,
}

/// The pretend machine with one fault in it.
pub struct Faulty {
    pub inner: Arc<FakeHost>,
    at: Option<(usize, Fault)>,
    next: AtomicUsize,
    pub points: Mutex<Vec<What>>,
    gone: AtomicBool,
    stopped: AtomicBool,
    full: AtomicBool,
    pub registered: AtomicUsize,
    /// What another pipglr does right before this point.
    other: Option<(usize, Box<dyn Fn() + Send + Sync>)>,
}

impl Faulty {
    pub fn new(inner: &Arc<FakeHost>, at: Option<(usize, Fault)>) -> Arc<Self> {
        Arc::new(Self::with(inner, at))
    }

    /// Nothing happens to this pipglr; another is at work at this point.
    pub fn beside(inner: &Arc<FakeHost>, at: usize, other: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        inner.machine().beside = true;
        Arc::new(Self { other: Some((at, Box::new(other))), ..Self::with(inner, None) })
    }

    fn with(inner: &Arc<FakeHost>, at: Option<(usize, Fault)>) -> Self {
        Self {
            inner: inner.clone(),
            at,
            next: AtomicUsize::new(0),
            points: Mutex::default(),
            gone: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            full: AtomicBool::new(false),
            registered: AtomicUsize::new(0),
            other: None,
        }
    }

    /// The fault of this point, where there is one.
    fn point(&self, what: What) -> Option<Fault> {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        self.points.lock().unwrap().push(what);
        if let Some((_, other)) = self.other.as_ref().filter(|(at, _)| *at == number) {
            other();
        }
        self.at.filter(|(at, _)| *at == number).map(|(_, fault)| fault)
    }

    /// What the command does, on a disk that may be full.
    fn really(&self, cmd: &Cmd, input: Option<&Secret>, watch: &dyn Watch) -> Result<Finished> {
        let words: Vec<&str> = cmd.args.iter().map(String::as_str).collect();
        if self.full.load(Ordering::SeqCst) {
            match words.as_slice() {
                ["secret", "create" | "rm", ..] => {
                    self.inner.machine().empty_store();
                    return Ok(failed(125, "Error: write secretsdata.json: no space left on device"));
                }
                ["run" | "create" | "rename" | "start", ..]
                | ["exec", "--interactive", ..]
                | ["volume", "create", ..]
                | ["--add-subuids" | "--add-subgids", ..]
                | ["enable-linger", _] => return Ok(failed(125, "Error: no space left on device")),
                _ => {}
            }
        }
        let done = self.beneath().run(cmd, input, watch)?;
        let registered = done.lines.iter().filter(|line| line.contains("registered successfully")).count();
        self.registered.fetch_add(registered, Ordering::SeqCst);
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

/// What registers in a row, but for the last: in the midst of it some are done.
fn fewer(cmd: &Cmd) -> Option<Cmd> {
    let at = cmd.args.iter().position(|word| word == "-c").filter(|_| cmd.args.ends_with(&["register".into()]))?;
    let mut cmd = cmd.clone();
    cmd.args[at + 2] = (cmd.args[at + 2].parse::<usize>().ok()? - 1).to_string();
    Some(cmd)
}

fn failed(code: i32, text: &str) -> Finished {
    Finished { code, stdout: vec![], lines: vec![text.to_owned()] }
}

impl Pretend for Faulty {
    fn beneath(&self) -> &dyn Host {
        &*self.inner
    }

    fn run(&self, cmd: &Cmd, input: Option<&Secret>, watch: &dyn Watch) -> Result<Finished> {
        let fault = self.point(What::Command(cmd.shell()));
        if self.gone.load(Ordering::SeqCst) {
            return Err(Problem::interrupted());
        }
        let perhaps = |done: bool| {
            if done {
                drop(self.really(cmd, input, watch));
            } else if let Some(fewer) = fewer(cmd) {
                drop(self.really(&fewer, input, watch));
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
                let words: Vec<&str> = cmd.args.iter().map(String::as_str).collect();
                let named = || *words.iter().skip_while(|word| **word != "--name").nth(1).unwrap();
                match (done, &*words) {
                    (false, ["stop", .., name]) => self.inner.machine().begin_stop(name),
                    (false, ["run" | "create", ..]) => self.inner.machine().begin_container(named()),
                    (true, ["run", ..]) => self.inner.machine().begin_run(named()),
                    _ => {}
                }
                Ok(failed(137, ""))
            }
            Some(Fault::StoreEmptied) => {
                self.inner.machine().empty_store();
                Ok(failed(137, ""))
            }
            Some(Fault::ListCut) => {
                self.inner.machine().empty_list();
                Ok(failed(137, ""))
            }
        }
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.file(What::Read, || self.beneath().read(path))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.file(What::Write, || self.beneath().write(path, bytes))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.file(What::Remove, || self.beneath().remove(path))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.file(What::Read, || self.beneath().list(folder))
    }
}
pretend_host!(Faulty);

/// Stops a plan where pipglr was told to.
pub struct Told<'a>(pub &'a Faulty);

impl Progress for Told<'_> {}

impl Watch for Told<'_> {
    fn stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }
}

/// The faults that make sense at a point.
pub fn faults_at(what: &What) -> Vec<Fault> {
    let verb =
        |verbs: &[&str]| matches!(what, What::Command(words) if verbs.iter().any(|verb| words.starts_with(verb)));
    let store_is_written = verb(&["podman secret create", "podman secret rm"]);
    let fits = |fault: &Fault| match (what, fault) {
        (What::Command(_), Fault::FedShort) => verb(&["podman secret create", "podman exec --interactive"]),
        (What::Command(_), Fault::Killed { .. }) => verb(&["podman"]),
        (What::Command(_), _) => true,
        (_, Fault::Hangs { .. } | Fault::CutShort | Fault::FedShort | Fault::Killed { .. }) => false,
        (What::Read, Fault::DiskFull) => false,
        _ => true,
    };
    let broken: &[Fault] = if store_is_written { &[Fault::StoreEmptied, Fault::ListCut] } else { &[] };
    FAULTS.iter().filter(|fault| fits(fault)).chain(broken).copied().collect()
}
