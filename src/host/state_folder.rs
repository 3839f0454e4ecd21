//! The state folder, as files: private, with one lock, so that two pipglr never write at once.

use super::{Host, Record};
use crate::problem::{Problem, Result};
use std::fs::{DirBuilder, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// `commands.log` is begun anew at this size, in bytes; the one before it is kept as `commands.log.old`.
const LOG_LIMIT: u64 = 1024 * 1024;

/// `$XDG_STATE_HOME/pipglr`, else `~/.local/state/pipglr`; `None` where there is no home.
pub fn folder() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state"))).map(|path| path.join("pipglr"))
}

/// Makes a folder, and those above it, of mode 0700 where they are missing.
///
/// # Errors
/// As the file system says.
pub fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Appends to `commands.log` (0600).
///
/// # Errors
/// As the file system says.
pub fn append_record(state: &Path, record: &Record) -> io::Result<()> {
    private_folder(state)?;
    let path = state.join("commands.log");
    if path.metadata().is_ok_and(|meta| meta.len() > LOG_LIMIT) {
        std::fs::rename(&path, state.join("commands.log.old"))?;
    }
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    writeln!(file, "{}", record.line())
}

/// The problem of a file that cannot be written.
pub fn cannot_write(path: &Path, error: &io::Error) -> Problem {
    let advice = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "Free some space on that disk, then go on: nothing is lost."
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "Make that folder writable for you, or name another with XDG_STATE_HOME, then run pipglr again."
        }
        _ => "Mend that, then run pipglr again.",
    };
    Problem::new(format!("{} cannot be written: {error}.", path.display()), advice)
}

/// Held while something is changed; given back when dropped.
pub struct Lock(#[allow(dead_code, reason = "dropping it gives the lock back")] Box<dyn Send>);

impl Lock {
    /// Takes the lock for `what` (in words: which command somebody typed for it, a screen's key or a verb, is not known).
    ///
    /// # Errors
    /// Another pipglr holds it (it says which), or the state folder cannot be written.
    pub fn take(host: &dyn Host, what: &str) -> Result<Self> {
        host.lock(what)
    }

    /// A lock that is given back when `held` is dropped.
    pub fn new(held: impl Send + 'static) -> Self {
        Self(Box::new(held))
    }

    /// Takes the lock of this state folder.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub fn of(state: &Path, what: &str) -> Result<Self> {
        let path = state.join("lock");
        let failed = |e: io::Error| cannot_write(&path, &e);
        private_folder(state).map_err(failed)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder); // the name is a kindness
                return Err(Problem::new(
                    format!("Another pipglr is at work: {}.", holder.trim()),
                    "Wait until it is done, or end it; then try again.",
                ));
            }
            Err(TryLockError::Error(e)) => return Err(failed(e)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{what}, process {}", std::process::id()))
            .map_err(failed)?;
        Ok(Self::new(file))
    }
}
