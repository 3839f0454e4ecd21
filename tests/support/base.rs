//! What every pretend host stands on: it answers what it is for, and what it does not, the host beneath it answers; at
//! the bottom is johndoe's machine, on which there is nothing. The library's own tests use it too.

use pipglr::host::state_folder::Lock;
use pipglr::host::{Cmd, Disk, Finished, Host, Meta, User, Watch};
use pipglr::names::Names;
use pipglr::problem::{Problem, Result};
use pipglr::secret::Secret;
use pipglr::settings::Settings;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// The answers of a pretend host, which [`pretend_host`] makes a [`Host`] of. Nobody waits on one.
pub(crate) trait Pretend: Send + Sync {
    /// Who answers what this one does not.
    fn beneath(&self) -> &dyn Host {
        &Nothing
    }

    fn user(&self) -> &User {
        self.beneath().user()
    }

    fn settings(&self) -> &Settings {
        self.beneath().settings()
    }

    fn names(&self) -> &Names {
        self.beneath().names()
    }

    fn run(&self, cmd: &Cmd, input: Option<&Secret>, watch: &dyn Watch) -> Result<Finished> {
        self.beneath().run(cmd, input, watch)
    }

    /// It begins when its input comes, so that what is swept comes in one order.
    fn run_ahead(&self, cmd: &Cmd, input: Receiver<Secret>, watch: &dyn Watch) -> Result<Finished> {
        input.recv().map_or_else(|_| Err(Problem::interrupted()), |input| self.run(cmd, Some(&input), watch))
    }

    fn run_on_terminal(&self, cmd: &Cmd) -> Result<i32> {
        self.run(cmd, None, &()).map(|done| done.code)
    }

    fn lock(&self, what: &str) -> Result<Lock> {
        self.beneath().lock(what)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.beneath().read(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.beneath().write(path, bytes)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn io::Write>> {
        self.beneath().create(path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.beneath().remove(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.beneath().list(folder)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.beneath().variable(name)
    }

    fn meta(&self, path: &Path) -> io::Result<Meta> {
        self.beneath().meta(path)
    }

    fn disk(&self, path: &Path) -> io::Result<Disk> {
        self.beneath().disk(path)
    }

    fn connect(&self, address: SocketAddr, time: Duration) -> io::Result<()> {
        self.beneath().connect(address, time)
    }

    fn now(&self) -> jiff::Timestamp {
        self.beneath().now()
    }
}

macro_rules! pretend_host {
    ($host:ty) => {
        const _: () = {
            use pipglr::host::{Bell, Cmd, Finished, Go, Host, Meta, Record, User, Watch, state_folder::Lock};
            use pipglr::{problem::Result, secret::Secret, settings::Settings};
            use std::path::{Path, PathBuf};
            use std::sync::mpsc::Receiver;
            use std::{io, net::SocketAddr, time::Duration};

            impl Host for $host {
                fn user(&self) -> &User {
                    Pretend::user(self)
                }
                fn settings(&self) -> &Settings {
                    Pretend::settings(self)
                }
                fn names(&self) -> &pipglr::names::Names {
                    Pretend::names(self)
                }
                fn run(&self, cmd: &Cmd, input: Option<&Secret>, watch: &dyn Watch) -> Result<Finished> {
                    Pretend::run(self, cmd, input, watch)
                }
                fn run_ahead(&self, cmd: &Cmd, input: Receiver<Secret>, watch: &dyn Watch) -> Result<Finished> {
                    Pretend::run_ahead(self, cmd, input, watch)
                }
                fn stream(&self, cmd: &Cmd, _: &[Bell], take: &mut dyn FnMut(Option<&[u8]>) -> Go) -> Result<Finished> {
                    let done = Pretend::run(self, cmd, None, &())?;
                    take(Some(&done.stdout));
                    Ok(Finished { stdout: vec![], ..done })
                }
                fn run_on_terminal(&self, cmd: &Cmd) -> Result<i32> {
                    Pretend::run_on_terminal(self, cmd)
                }
                fn lock(&self, what: &str) -> Result<Lock> {
                    Pretend::lock(self, what)
                }
                fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
                    Pretend::read(self, path)
                }
                fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
                    Pretend::write(self, path, bytes)
                }
                fn create(&self, path: &Path) -> io::Result<Box<dyn io::Write>> {
                    Pretend::create(self, path)
                }
                fn remove(&self, path: &Path) -> io::Result<()> {
                    Pretend::remove(self, path)
                }
                fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
                    Pretend::list(self, folder)
                }
                fn variable(&self, name: &str) -> Option<String> {
                    Pretend::variable(self, name)
                }
                fn meta(&self, path: &Path) -> io::Result<Meta> {
                    Pretend::meta(self, path)
                }
                fn disk(&self, path: &Path) -> io::Result<pipglr::host::Disk> {
                    Pretend::disk(self, path)
                }
                fn connect(&self, address: SocketAddr, time: Duration) -> io::Result<()> {
                    Pretend::connect(self, address, time)
                }
                fn now(&self) -> jiff::Timestamp {
                    Pretend::now(self)
                }
                fn pause(&self, _: Duration) {}
                fn records(&self) -> Vec<Record> {
                    vec![]
                }
            }
        };
    };
}
pub(crate) use pretend_host;

/// johndoe, whom nothing but a name sets apart.
pub(crate) fn johndoe() -> User {
    User {
        name: "johndoe".into(),
        uid: 1000,
        home: "/home/johndoe".into(),
        hostname: "testhost".into(),
        state: "/home/johndoe/.local/state/pipglr".into(),
    }
}

/// A command that ended with this code and said this: on standard output where it did not fail.
pub(crate) fn said(code: i32, text: &str) -> Finished {
    let lines = text.lines().map(str::to_owned).collect();
    Finished { code, stdout: if code == 0 { text.into() } else { vec![] }, lines }
}

static JOHNDOE: LazyLock<User> = LazyLock::new(johndoe);

/// johndoe's machine without a program and without a file, which nobody may change.
struct Nothing;

impl Pretend for Nothing {
    fn settings(&self) -> &Settings {
        &pipglr::settings::DEFAULT
    }

    fn user(&self) -> &User {
        &JOHNDOE
    }

    fn names(&self) -> &Names {
        &pipglr::names::FIRST
    }

    fn run(&self, cmd: &Cmd, _input: Option<&Secret>, _watch: &dyn Watch) -> Result<Finished> {
        Err(Problem::new(format!("The program `{}` is not on this machine.", cmd.program), "Install it."))
    }

    fn lock(&self, _what: &str) -> Result<Lock> {
        Ok(Lock::new(()))
    }

    fn read(&self, _path: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn write(&self, path: &Path, _bytes: &[u8]) -> io::Result<()> {
        panic!("{} is written, where nothing may be", path.display())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn io::Write>> {
        panic!("{} is made, where nothing may be", path.display())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        panic!("{} is removed, where nothing may be", path.display())
    }

    fn list(&self, _folder: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(vec![])
    }

    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    fn meta(&self, _path: &Path) -> io::Result<Meta> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn disk(&self, _path: &Path) -> io::Result<Disk> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn connect(&self, _address: SocketAddr, _time: Duration) -> io::Result<()> {
        Err(io::ErrorKind::ConnectionRefused.into())
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}
pretend_host!(Nothing);
