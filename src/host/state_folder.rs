//! The state folder, as files: private, with one lock, so that two pipglr never write at once.

use super::{Host, Record};
use crate::names::{self, CONTAINER};
use crate::problem::{Problem, Result};
use crate::text::sanitize::sanitize;
use crate::text::shell::quote;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// `commands.log` is begun anew at this size, in bytes; the one before it is kept as `commands.log.old`.
const LOG_LIMIT: u64 = 1024 * 1024;

/// `$XDG_STATE_HOME/pipglr`, else `~/.local/state/pipglr`; `None` where there is no home.
pub fn folder() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state"))).map(|path| path.join("pipglr"))
}

/// Returns what of the state folder belongs to the container alone: the first one's files lie in `work/`, those of
/// another in a folder of its name there.
pub fn work(host: &dyn Host) -> PathBuf {
    own(host, "work")
}

/// Returns where the versions of the container's configuration are.
pub fn history(host: &dyn Host) -> PathBuf {
    own(host, "history")
}

/// Returns where the answers of the container's setup are.
pub fn answers(host: &dyn Host) -> PathBuf {
    let folder = if host.names().are_first() { host.user().state.clone() } else { work(host) };
    folder.join("setup.toml")
}

/// Returns the containers that have something on its way in the state folder, by name.
pub fn begun(host: &dyn Host) -> Vec<String> {
    let (first, mut names) = within(host, "work");
    let has_files =
        |name: &String| host.list(&host.user().state.join("work").join(name)).is_ok_and(|files| !files.is_empty());
    names.retain(has_files);
    names.extend(first.then(|| CONTAINER.to_owned()));
    names
}

/// Returns whether the state folder has anything of another container.
pub fn is_shared(host: &dyn Host) -> bool {
    let own = &host.names().container;
    let of_another = |folder| {
        let (first, names) = within(host, folder);
        (first && own != CONTAINER) || names.iter().any(|name| name != own)
    };
    of_another("work") || of_another("history")
}

/// Returns whether something in `work` or `history` is the folder of another container than the first.
pub fn is_of_another(host: &dyn Host, path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let is_folder = host.meta(path).is_ok_and(|meta| meta.mode & 0o170_000 == 0o040_000);
    is_folder && names::refusal(&name).is_none()
}

/// Whether the first container has files in `work` or `history`, and which others have a folder there.
fn within(host: &dyn Host, folder: &str) -> (bool, Vec<String>) {
    let entries = host.list(&host.user().state.join(folder)).unwrap_or_default();
    let (folders, files): (Vec<_>, Vec<_>) = entries.into_iter().partition(|path| is_of_another(host, path));
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    (!files.is_empty(), folders.iter().filter_map(name).collect())
}

fn own(host: &dyn Host, folder: &str) -> PathBuf {
    let (folder, names) = (host.user().state.join(folder), host.names());
    if names.are_first() { folder } else { folder.join(&names.container) }
}

/// Makes a folder, and those above it, of mode 0700 where they are missing.
///
/// # Errors
/// As the file system says.
pub fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes a new file of mode 0600.
///
/// # Errors
/// It is there already, or as the file system says.
pub fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Refuses a state folder that is somebody else's, or that others may read or write in: what is in it holds tokens, and is
/// believed. One that is not there yet is made as it should be.
///
/// # Errors
/// It is.
pub fn is_private(path: &Path, user: u32) -> Result<()> {
    let Ok(meta) = path.metadata() else { return Ok(()) }; // whoever writes there says what is wrong
    let (shown, mode) = (quote(&path.to_string_lossy()), meta.mode() & 0o777);
    let (what, command) = if meta.uid() != user {
        (format!("belongs to user {}", meta.uid()), format!("sudo chown -R {user} {shown}"))
    } else if mode & 0o077 != 0 {
        (format!("has the mode {mode:o}, so that others may look or write there"), format!("chmod 700 {shown}"))
    } else {
        return Ok(());
    };
    Err(Problem::new(
        format!("The state folder {} {what}.", sanitize(&path.display().to_string())),
        format!("`{command}`, once you have seen what is in it; or name another with XDG_STATE_HOME."),
    ))
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

/// Returns the problem of a file that cannot be written.
pub fn cannot_write(path: &Path, error: &io::Error) -> Problem {
    let advice = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "Free some space on that disk, then go on: nothing is lost."
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "Make that folder writable for you, or name another with XDG_STATE_HOME, then run pipglr again."
        }
        _ => "Fix that, then run pipglr again.",
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

    /// Returns a lock that is given back when `held` is dropped.
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
                    format!("Another pipglr is at work{}.", named(&holder)),
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

/// Returns what a lock says of who holds it; nothing where that one has ended: its words stay until the next one's are there.
fn named(holder: &str) -> String {
    let holder = holder.trim();
    let process = holder.rsplit_once(" process ").and_then(|(_, process)| process.parse::<u32>().ok());
    match process.filter(|process| Path::new("/proc").join(process.to_string()).exists()) {
        Some(_) => format!(": {holder}"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn who_holds_the_lock_is_named_where_it_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let mut held = File::create(folder.path().join("lock")).unwrap();
        held.lock().unwrap();
        let refused = || Lock::of(folder.path(), "a setup").map(|_| ()).unwrap_err().what;
        assert_eq!(refused(), "Another pipglr is at work.", "it has not said who it is yet");
        writeln!(held, "a setup, process 4194305").unwrap(); // more than any process has
        assert_eq!(refused(), "Another pipglr is at work.", "that one has ended");
        held.set_len(0).unwrap();
        held.rewind().unwrap();
        writeln!(held, "a change, process {}", std::process::id()).unwrap();
        assert_eq!(refused(), format!("Another pipglr is at work: a change, process {}.", std::process::id()));
    }

    #[test]
    fn a_folder_of_another_owner_or_mode_is_refused_with_what_mends_it() {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("pipglr");
        let owner = above.path().metadata().unwrap().uid();
        assert_eq!(is_private(&folder, owner), Ok(()), "it is not there yet");
        private_folder(&folder).unwrap();
        assert_eq!(is_private(&folder, owner), Ok(()));
        let advice = |user| is_private(&folder, user).unwrap_err().advice;
        assert!(advice(owner + 1).starts_with(&format!("`sudo chown -R {} {}`", owner + 1, folder.display())));
        for mode in [0o750, 0o705, 0o777] {
            std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(mode)).unwrap();
            assert!(advice(owner).starts_with(&format!("`chmod 700 {}`", folder.display())), "{mode:o}");
        }
    }
}
