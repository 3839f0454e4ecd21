//! All that is outside: the seam a pretend host can stand behind.

pub mod cmd;
pub mod disk;
pub mod interrupt;
pub mod logind;
pub mod podman;
pub mod process;
pub mod real;
pub mod record;
pub mod state_folder;
pub mod subid_diagram;
pub mod subid_file;
pub mod subids;
pub mod systemd;
pub mod wake;

use crate::named_file;
use crate::names::{FIRST, Names};
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::settings::{self, Settings};
pub use cmd::{Cmd, Privilege};
pub use disk::Disk;
use jiff::Timestamp;
pub use record::Record;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::time::Duration;
pub use wake::Bell;

/// Who is asking, looked up once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Login name.
    pub name: String,
    /// User ID.
    pub uid: u32,
    /// Home folder.
    pub home: PathBuf,
    /// The machine's name.
    pub hostname: String,
    /// `$XDG_STATE_HOME/pipglr`, else `~/.local/state/pipglr`.
    pub state: PathBuf,
}

/// How it goes on with a command's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    /// Not at all.
    Stop,
    /// With what comes; if nothing does, `take` is asked again in a moment.
    On,
    /// With what comes; if nothing does, `take` is asked when one of the bells rings.
    Sleep,
}

/// A command that ended by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// Exit code; 128 + N where signal N ended it.
    pub code: i32,
    /// Standard output, byte for byte.
    pub stdout: Vec<u8>,
    /// All lines of both streams, sanitised, in the order they came; the last 200.
    pub lines: Vec<String>,
}

impl Finished {
    /// Exit code 0.
    pub fn ok(&self) -> bool {
        self.code == 0
    }

    /// Standard output as text, without blanks around it.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim().to_owned()
    }
}

/// Somebody who watches work being done and may stop it. Every method has a default: `&()` watches nothing.
pub trait Watch: Sync {
    /// A line of output came, sanitised.
    fn line(&self, _line: &str) {}
    /// Whether the user wants it to stop; asked several times a second.
    fn stopped(&self) -> bool {
        false
    }
    /// Whether the user gives it as long as it takes, in place of its time-out; asked when that has passed.
    fn patient(&self) -> bool {
        false
    }
    /// Gives `run` the real terminal (for sudo's password) and takes it back.
    fn on_terminal(&self, run: &mut dyn FnMut()) {
        run();
    }
}

impl Watch for () {}

/// The machine pipglr works on. The real one is [`real::RealHost`].
pub trait Host: Send + Sync {
    /// Who is asking.
    fn user(&self) -> &User;

    /// Returns whether it is no machine at all, but pretends to be one: the screen says so.
    fn is_pretend(&self) -> bool {
        false
    }

    /// What the user has set for pipglr itself.
    fn settings(&self) -> &Settings {
        &settings::DEFAULT
    }

    /// What the things of the container are called that this process is about.
    fn names(&self) -> &Names {
        &FIRST
    }

    /// Runs a command to its end, feeding it `input` by a pipe. A non-zero exit is not an error here.
    ///
    /// # Errors
    /// The program is missing, the time-out passed, or the watcher stopped it.
    fn run(&self, cmd: &Cmd, input: Option<&Secret>, watch: &dyn Watch) -> Result<Finished>;

    /// Runs a command that begins before its `input` is there: it gets it once it is sent, and nothing where nobody sends
    /// any more. Who only pretends to be a machine has it begin then.
    ///
    /// # Errors
    /// As [`Self::run`].
    fn run_ahead(&self, cmd: &Cmd, input: Receiver<Secret>, watch: &dyn Watch) -> Result<Finished> {
        input.recv().map_or_else(|_| Err(Problem::interrupted()), |input| self.run(cmd, Some(&input), watch))
    }

    /// Runs a command and hands its standard output on as it comes, byte for byte; `None` where none comes, as often as
    /// `take` asks for. Stops it as soon as `take` says so. [`Finished::stdout`] stays empty.
    ///
    /// # Errors
    /// The program is missing, or `take` stopped it ([`crate::problem::Exit::Interrupted`]).
    fn stream(&self, cmd: &Cmd, bells: &[Bell], take: &mut dyn FnMut(Option<&[u8]>) -> Go) -> Result<Finished>;

    /// Runs a command on the real terminal, which the caller has freed; gives its exit code.
    ///
    /// # Errors
    /// The program is missing.
    fn run_on_terminal(&self, cmd: &Cmd) -> Result<i32>;

    /// Takes the lock that a pipglr holds while it changes something, for `what` (in words).
    ///
    /// # Errors
    /// Another pipglr holds it, or it cannot be had.
    fn lock(&self, what: &str) -> Result<state_folder::Lock>;

    /// Reads a file.
    ///
    /// # Errors
    /// As `std::fs::read`.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Reads a file that a user names, where it is one and not larger than such files are.
    ///
    /// # Errors
    /// As [`named_file::read`], of at most [`named_file::MOST`] bytes.
    fn read_named(&self, path: &Path) -> io::Result<Vec<u8>> {
        named_file::within(self.read(path)?, named_file::MOST)
    }

    /// Writes a file of mode 0600 in one step, synced, making its folders (0700) where they are missing.
    ///
    /// # Errors
    /// As the file system says; the old file is then untouched.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Makes a new file of mode 0600 to be written bit by bit, never in the place of another.
    ///
    /// # Errors
    /// It is there already, or as the file system says.
    fn create(&self, path: &Path) -> io::Result<Box<dyn io::Write>>;

    /// Removes a file or a folder with all in it; what is not there is no error.
    ///
    /// # Errors
    /// As the file system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// The files in a folder, by name; none where there is no such folder.
    ///
    /// # Errors
    /// As the file system says.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// A variable of the environment.
    fn variable(&self, name: &str) -> Option<String>;

    /// Mode and owner of a file, links followed.
    ///
    /// # Errors
    /// It is not there, or not to be looked at.
    fn meta(&self, path: &Path) -> io::Result<Meta>;

    /// How much room there is on the file system that holds this path.
    ///
    /// # Errors
    /// As the file system says.
    fn disk(&self, path: &Path) -> io::Result<Disk>;

    /// Whether somebody takes a TCP connection at this address.
    ///
    /// # Errors
    /// Nobody does, or not within this time.
    fn connect(&self, address: SocketAddr, time: Duration) -> io::Result<()>;

    /// The wall clock.
    fn now(&self) -> Timestamp;

    /// Waits.
    fn pause(&self, time: Duration);

    /// The last commands run by this process, oldest first: also those that only ask.
    fn records(&self) -> Vec<Record>;
}

/// What is known of a file without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Kind and permission bits (`st_mode`).
    pub mode: u32,
    /// Its owner.
    pub uid: u32,
}

/// Returns where a program is: in `PATH`, or in the folders of root's programs, which a user's `PATH` may lack.
pub fn program(host: &dyn Host, name: &str) -> Option<PathBuf> {
    let path = host.variable("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"])
        .filter(|folder| !folder.is_empty())
        .map(|folder| Path::new(folder).join(name))
        .find(|file| host.meta(file).is_ok_and(|meta| meta.mode & 0o111 != 0 && meta.mode & 0o170_000 != 0o040_000))
}

/// Runs a query: no input, nobody watching but for the user's wish to stop ([`interrupt`]).
///
/// # Errors
/// As [`Host::run`].
pub fn ask(host: &dyn Host, cmd: &Cmd) -> Result<Finished> {
    host.run(&cmd.clone().query(), None, &interrupt::Query::begin())
}
