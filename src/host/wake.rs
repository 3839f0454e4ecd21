//! Waiting without looking now and then: descriptors that say when there is something to be done.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Something that may be heard.
#[derive(Debug)]
pub struct Bell {
    fd: OwnedFd,
    events: PollFlags,
}

impl Bell {
    /// Rings as long as there is something to be read; nobody reads it here. `None` where no descriptor is left.
    pub fn readable(fd: BorrowedFd) -> Option<Self> {
        Some(Self { fd: fd.try_clone_to_owned().ok()?, events: PollFlags::POLLIN })
    }

    /// Rings when the other end is closed.
    pub fn closed(fd: BorrowedFd) -> Option<Self> {
        Some(Self { fd: fd.try_clone_to_owned().ok()?, events: PollFlags::empty() })
    }

    /// Rings when this process has ended; `None` where it has already, or the kernel (before 5.3) cannot say.
    pub fn ended(pid: u32) -> Option<Self> {
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid).ok()?)?;
        let fd = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok()?;
        Some(Self { fd, events: PollFlags::POLLIN })
    }

    /// Another one for the same.
    pub fn again(&self) -> Option<Self> {
        Some(Self { fd: self.fd.try_clone().ok()?, events: self.events })
    }

    pub(super) fn poll(&self) -> PollFd<'_> {
        PollFd::new(self.fd.as_fd(), self.events)
    }
}

/// Waits for one of them, or the time; says whether one rings.
pub fn wait<'a>(bells: impl IntoIterator<Item = &'a Bell>, time: Option<Duration>) -> bool {
    let mut fds: Vec<PollFd> = bells.into_iter().map(Bell::poll).collect();
    poll_all(&mut fds, time)
}

/// The same for descriptors that one reads oneself.
pub fn poll_all(fds: &mut [PollFd], time: Option<Duration>) -> bool {
    let time = time.map_or(PollTimeout::NONE, |time| {
        // Up, so that a wait of less than a millisecond is no busy loop.
        PollTimeout::try_from(time.as_micros().div_ceil(1000)).unwrap_or(PollTimeout::MAX)
    });
    poll(fds, time).is_ok_and(|n| n > 0) // interrupted by a signal: as good as the time
}

/// A cord that any thread may pull, once.
#[derive(Clone, Debug)]
pub struct Cord(Option<Arc<(UnixStream, UnixStream)>>);

impl Default for Cord {
    fn default() -> Self {
        Self(UnixStream::pair().ok().map(Arc::new))
    }
}

impl Cord {
    /// Rings its bell, from now on.
    pub fn pull(&self) {
        if let Some(pair) = &self.0 {
            let _ = pair.0.set_nonblocking(true);
            let _ = std::io::Write::write(&mut &pair.0, &[1]); // full: it rings already
        }
    }

    /// Returns its bell; `None` where no descriptor was left.
    pub fn bell(&self) -> Option<Bell> {
        Bell::readable(self.0.as_ref()?.1.as_fd())
    }

    /// Returns what a signal handler may write to.
    pub fn end(&self) -> Option<UnixStream> {
        self.0.as_ref()?.0.try_clone().ok()
    }
}

/// Rings when something in a folder is written, made, renamed or removed.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    inotify: Inotify,
    bell: Bell,
}

impl Folder {
    /// `None` where the kernel refuses: it allows a user so many only.
    pub fn watch(folder: &Path) -> Option<Self> {
        let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK).ok()?;
        let what = AddWatchFlags::IN_MODIFY
            | AddWatchFlags::IN_CREATE
            | AddWatchFlags::IN_MOVED_TO
            | AddWatchFlags::IN_DELETE
            | AddWatchFlags::IN_ONLYDIR;
        inotify.add_watch(folder, what).ok()?;
        let bell = Bell::readable(inotify.as_fd())?;
        Some(Self { path: folder.to_owned(), inotify, bell })
    }

    /// Returns what waits for it.
    pub fn bell(&self) -> &Bell {
        &self.bell
    }

    /// Stops the ringing; says whether it rang.
    pub fn rang(&self) -> bool {
        let mut rang = false;
        while self.inotify.read_events().is_ok_and(|events| !events.is_empty()) {
            rang = true;
        }
        rang
    }

    /// Stops the ringing; says whether the folder is still there.
    pub fn hush(&self) -> bool {
        self.rang();
        self.path.is_dir() // IN_IGNORED, which should tell, does not come on every file system
    }
}

/// Reads what is there; `Some(0)` at the end, `None` where it was interrupted.
pub fn read_some(from: &mut impl Read, chunk: &mut [u8]) -> Option<usize> {
    match from.read(chunk) {
        Ok(n) => Some(n),
        Err(e) if e.kind() == std::io::ErrorKind::Interrupted => None,
        Err(_) => Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    const SOON: Option<Duration> = Some(Duration::from_secs(5));
    const NOW: Option<Duration> = Some(Duration::ZERO);

    #[test]
    fn a_cord_is_heard_from_another_thread_and_goes_on_ringing() {
        let cord = Cord::default();
        let bell = cord.bell().unwrap();
        assert!(!wait([&bell], NOW));
        let other = cord.clone();
        let begun = Instant::now();
        std::thread::spawn(move || other.pull());
        assert!(wait([&bell], SOON) && begun.elapsed() < Duration::from_secs(4));
        assert!(wait([&bell], NOW));
    }

    #[test]
    fn a_folder_rings_for_what_is_written_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "a").unwrap();
        let watch = Folder::watch(folder.path()).unwrap();
        assert!(!wait([watch.bell()], NOW));
        let mut file = std::fs::File::options().append(true).open(&path).unwrap();
        std::io::Write::write_all(&mut file, b"b").unwrap();
        assert!(wait([watch.bell()], SOON));
        assert!(watch.hush() && !wait([watch.bell()], NOW));
        std::fs::write(folder.path().join("new"), "").unwrap();
        std::fs::rename(folder.path().join("new"), &path).unwrap();
        assert!(wait([watch.bell()], SOON) && watch.hush());
        folder.close().unwrap();
        assert!(wait([watch.bell()], SOON) && !watch.hush(), "the folder is gone");
        assert!(Folder::watch(Path::new("/nowhere")).is_none());
    }

    #[test]
    fn the_end_of_a_process_and_of_a_reader() {
        let mut child = std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let bell = Bell::ended(child.id()).unwrap();
        assert!(!wait([&bell], NOW));
        drop(child.stdin.take());
        assert!(wait([&bell], SOON));
        child.wait().unwrap();
        let (read, write) = std::io::pipe().unwrap();
        let bell = Bell::closed(write.as_fd()).unwrap();
        assert!(!wait([&bell], NOW));
        drop(read);
        assert!(wait([&bell], SOON));
    }
}
