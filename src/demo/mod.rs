//! A pretend host, for `pipglr demo`: the whole program above it is the real one. All is in memory; no process is
//! started, no file is opened, and nobody is asked over a network.

mod api;
mod clock;
mod container;
mod disk;
mod machine;
mod pace;
mod podman;
mod runner;
mod work;

pub use clock::Clock;

use crate::host::record::Records;
use crate::host::state_folder::Lock;
use crate::host::{Bell, Cmd, Disk, Finished, Go, Host, Meta, Privilege, Record, User, Watch, wake};
use crate::problem::{Kind, Problem, Result};
use crate::secret::Secret;
use jiff::Timestamp;
use machine::Machine;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A token that the pretend GitLab takes.
pub const TOKEN: &str = "glrt-t1_demodemodemodemodemo";
/// How often is looked whether a stream has more, or its watcher wants no more.
const TICK: Duration = Duration::from_millis(50);

/// The pretend [`Host`].
#[derive(Debug)]
pub struct DemoHost {
    user: User,
    clock: Clock,
    machine: Mutex<Machine>,
    records: Mutex<Records>,
}

impl DemoHost {
    /// Returns a machine on which nothing of pipglr is yet.
    pub fn new(clock: Clock) -> Self {
        let machine = Mutex::new(Machine::fresh());
        Self { user: machine::johndoe(), clock, machine, records: Mutex::default() }
    }

    /// Lets this much time pass, where its clock stands.
    pub fn pass(&self, time: Duration) {
        self.clock.pass(time);
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, as long as the watcher wants to.
    fn wait(&self, time: Duration, watch: &dyn Watch) -> Result<()> {
        let mut left = time;
        while !left.is_zero() {
            if watch.stopped() {
                return Err(Problem::interrupted());
            }
            let some = left.min(TICK);
            self.clock.wait(some);
            left -= some;
        }
        Ok(())
    }

    /// `said`: what a command said that was run to change something.
    fn record(&self, cmd: &Cmd, at: Timestamp, code: Option<i32>, said: Option<&[String]>) {
        let sudo = if cmd.privilege == Privilege::Root { &["sudo", "-n"][..] } else { &[] };
        let own = std::iter::once(&cmd.program).chain(&cmd.args).cloned();
        let words: Vec<String> = sudo.iter().map(|word| (*word).to_owned()).chain(own).collect();
        let took = Duration::try_from(self.now().duration_since(at)).unwrap_or_default();
        let record = Record::new(&words, at, code, took);
        let record = match said {
            Some(said) => record.matters(said),
            None => record,
        };
        self.records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }

    /// What a stream has at this moment, and whether it goes on.
    fn piece(&self, cmd: &Cmd, read: &mut Read) -> (Vec<u8>, bool) {
        let words: Vec<&str> = cmd.args.iter().map(String::as_str).collect();
        let now = self.now();
        let mut machine = self.machine();
        if let Some(piece) = container::follow(&mut machine, &words, &mut read.followed, now) {
            return piece;
        }
        match words.as_slice() {
            ["logs", .., "--follow", id] => {
                let Some(container) = machine.containers.values_mut().find(|found| found.id == *id) else {
                    return (vec![], false);
                };
                container.plan(now);
                let lines: Vec<_> =
                    container.runner.lines(read.to, now).map(|(at, text)| (at, format!("{at:.9} {text}\n"))).collect();
                read.to = lines.last().map(|(at, _)| *at).or(read.to);
                let bytes = lines.into_iter().flat_map(|(_, line)| line.into_bytes()).collect();
                (bytes, container.state == "running")
            }
            ["events", ..] => {
                let news = machine.events.get(read.events..).unwrap_or_default().join("\n");
                read.events = machine.events.len();
                (if news.is_empty() { vec![] } else { (news + "\n").into_bytes() }, true)
            }
            // It looks until all holds.
            _ => {
                let done = machine.run(cmd, None, now);
                let well = String::from_utf8_lossy(&done.stdout).contains("\npolls 2");
                let waits = words.iter().rev().take_while(|word| **word != "sh").any(|word| *word == "10");
                (done.stdout, waits && !well && done.code == 0)
            }
        }
    }
}

/// How far a stream is read.
struct Read {
    to: Option<Timestamp>,
    events: usize,
    followed: work::Followed,
}

impl Host for DemoHost {
    fn user(&self) -> &User {
        &self.user
    }

    fn is_pretend(&self) -> bool {
        true
    }

    fn run(&self, cmd: &Cmd, input: Option<&Secret>, watch: &dyn Watch) -> Result<Finished> {
        let begun = self.now();
        let first = self.machine().pulls == 0;
        let mut lines = vec![];
        for (time, line) in pace::beats(cmd, first) {
            if let Err(problem) = self.wait(time, watch) {
                self.record(cmd, begun, None, (!cmd.query).then_some(&lines));
                return Err(problem);
            }
            if !line.is_empty() {
                watch.line(line);
                lines.push(line.to_owned());
            }
        }
        let done = self.machine().run(cmd, input, self.now());
        done.lines.iter().for_each(|line| watch.line(line));
        let done = Finished { lines: [lines, done.lines].concat(), ..done };
        self.record(cmd, begun, Some(done.code), (!cmd.query).then_some(&done.lines));
        Ok(done)
    }

    fn stream(&self, cmd: &Cmd, bells: &[Bell], take: &mut dyn FnMut(Option<&[u8]>) -> Go) -> Result<Finished> {
        let begun = self.now();
        let since =
            cmd.args.iter().position(|word| word == "--since").and_then(|at| cmd.args.get(at + 1)?.parse().ok());
        let mut read = Read { to: since, events: self.machine().events.len(), followed: work::Followed::default() };
        let code = if cmd.args.iter().any(|word| word == "--follow" || work::looks(word))
            || cmd.args.first().is_some_and(|word| word == "events")
        {
            None
        } else {
            self.clock.wait(pace::beats(cmd, false).iter().map(|(time, _)| *time).sum());
            Some(0)
        };
        loop {
            let (bytes, more) = self.piece(cmd, &mut read);
            let go = if bytes.is_empty() { take(None) } else { take(Some(&bytes)) };
            match go {
                Go::Stop => {
                    self.record(cmd, begun, None, None);
                    return Err(Problem::interrupted());
                }
                _ if !more => break,
                _ if code.is_some() => self.clock.wait(TICK),
                _ => drop(wake::wait(bells, Some(TICK))),
            }
        }
        self.record(cmd, begun, Some(0), None); // what is read as it comes changes nothing
        Ok(Finished::default())
    }

    fn run_on_terminal(&self, cmd: &Cmd) -> Result<i32> {
        let what = format!("The demo starts no program, and so not `{}`.", cmd.program);
        Err(Problem::new(what, "Go on here: the editor of the demo itself is the real one.").kind(Kind::NotFound))
    }

    fn lock(&self, _what: &str) -> Result<Lock> {
        Ok(Lock::new(()))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.machine().files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.machine().files.insert(path.into(), bytes.into());
        Ok(())
    }

    fn create(&self, _path: &Path) -> io::Result<Box<dyn io::Write>> {
        Err(io::Error::other("this is the demo, which writes nothing"))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.machine().files.retain(|file, _| !file.starts_with(path));
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(self.machine().files.keys().filter(|path| path.parent() == Some(folder)).cloned().collect())
    }

    fn variable(&self, name: &str) -> Option<String> {
        (name == "XDG_RUNTIME_DIR").then(|| "/run/user/1000".into())
    }

    fn meta(&self, path: &Path) -> io::Result<Meta> {
        self.machine().meta(path).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn disk(&self, path: &Path) -> io::Result<Disk> {
        Machine::disk(path).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn connect(&self, _address: SocketAddr, _time: Duration) -> io::Result<()> {
        Err(io::ErrorKind::ConnectionRefused.into())
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn pause(&self, time: Duration) {
        self.clock.wait(time);
    }

    fn records(&self) -> Vec<Record> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).all()
    }
}
