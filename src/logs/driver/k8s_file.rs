//! The driver `k8s-file` (which `json-file` is too): its file, read as it grows. At its size limit conmon writes a new one and renames it over the old
//! (conmon's src/ctr_logging.c, reopen_k8s_file): what was in the old one is gone from the disk, but not for who has it
//! open.

use super::{Reader, podman};
use crate::host::Host;
use crate::host::podman::Container;
use crate::host::wake::{self, Folder};
use crate::logs::decode::Format;
use crate::logs::feed::{Feed, Options};
use crate::logs::file::{CHUNK, last_lines};
use crate::logs::life::Life;
use crate::problem::{Problem, Result};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

/// How long more is waited for where something came just now.
const PAUSE: Duration = Duration::from_millis(20);
/// How often is looked where nothing rings.
const LOOK: Duration = Duration::from_millis(100);

/// The file, and how far it is read.
struct Tail {
    path: PathBuf,
    file: Option<File>,
    at: u64,
    chunk: Vec<u8>,
}

/// Reads the driver's file, and with podman where this user may not.
///
/// # Errors
/// Never.
pub(super) fn open(host: &dyn Host, container: &Container) -> Result<Box<dyn Reader>> {
    let path = PathBuf::from(&container.log_path);
    match File::open(&path) {
        Ok(_) => Ok(Box::new(Tail { path, file: None, at: 0, chunk: vec![0; CHUNK] })),
        Err(_) => podman::open(host, container),
    }
}

impl Tail {
    /// Reads as far as the file goes now. What is written meanwhile is left for later: it may come faster than it is read.
    fn what_is_there(&mut self, feed: &mut Feed) -> Result<()> {
        let len = self.file.as_ref().map_or(Ok(0), |file| file.metadata().map(|meta| meta.len()));
        len.and_then(|len| self.read_on(len, feed)).map(|_| ()).map_err(|e| self.problem(&e))
    }

    /// Reads what is there; gives whether there was something.
    fn read_more(&mut self, feed: &mut Feed) -> Result<bool> {
        let mut some = false;
        loop {
            some |= self.read_on(u64::MAX, feed).map_err(|e| self.problem(&e))?;
            if feed.stopped() || !self.reopen(feed).map_err(|e| self.problem(&e))? {
                return Ok(some);
            }
        }
    }

    /// Reads up to this byte of the file, or its end.
    fn read_on(&mut self, to: u64, feed: &mut Feed) -> io::Result<bool> {
        let Some(file) = &mut self.file else { return Ok(false) };
        let mut some = false;
        while self.at < to && !feed.stopped() {
            let most = usize::try_from(to - self.at).unwrap_or(usize::MAX).min(self.chunk.len());
            match file.read(&mut self.chunk[..most]) {
                Ok(0) => break,
                Ok(n) => {
                    feed.bytes(&self.chunk[..n]);
                    self.at += n as u64;
                    some = true;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(some)
    }

    /// Opens the file where it is another one than before, or was made shorter; gives whether it was.
    fn reopen(&mut self, feed: &mut Feed) -> io::Result<bool> {
        let there = match std::fs::metadata(&self.path) {
            Ok(there) => there,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false), // removed with its container
            Err(e) => return Err(e),
        };
        if let Some(file) = &mut self.file {
            let here = file.metadata()?;
            if (here.dev(), here.ino()) == (there.dev(), there.ino()) {
                if there.len() >= self.at {
                    return Ok(false);
                }
            } else {
                // What was written to the old one between our last read and its end.
                self.read_on(u64::MAX, feed)?;
            }
            feed.end();
            feed.ruler(
                feed.newest,
                "the log reached its size limit: the log driver threw its file away and began a new one",
            );
        }
        self.file = Some(File::open(&self.path)?);
        self.at = 0;
        Ok(true)
    }

    fn problem(&self, e: &io::Error) -> Problem {
        Problem::new(
            format!("The log driver's file {} cannot be read: {e}.", self.path.display()),
            "`podman logs` may read it.",
        )
    }
}

impl Reader for Tail {
    fn format(&self) -> Format {
        Format::K8sFile
    }

    fn history(&mut self, _host: &dyn Host, options: &Options, feed: &mut Feed) -> Result<()> {
        let mut file = File::open(&self.path).map_err(|e| self.problem(&e))?;
        let Some(tail) = options.tail else {
            self.file = Some(file);
            return self.what_is_there(feed);
        };
        let read = last_lines(&mut file, Format::K8sFile, tail, feed);
        self.at = read.map_err(|e| self.problem(&e))?;
        self.file = Some(file);
        Ok(())
    }

    fn more(&mut self, _host: &dyn Host, feed: &mut Feed) -> Result<()> {
        self.read_more(feed).map(|_| ())
    }

    /// Sleeps until the file grows, the container ends, or nobody wants any more. What cannot be waited for (the kernel
    /// gives a user so many watches only) is looked for now and then.
    fn follow(&mut self, host: &dyn Host, life: &Life, feed: &mut Feed) -> Result<()> {
        let mut folder = self.path.parent().and_then(Folder::watch);
        let wanted = feed.bells();
        let end = life.bell();
        let mut held = true;
        while !feed.stopped() {
            if self.read_more(feed)? {
                held = true;
                feed.shown();
                host.pause(PAUSE); // what comes at once is read at once
                continue;
            }
            if held {
                feed.idle(); // a line that may go on has waited one pause for it
                held = false;
            }
            if !life.goes_on() {
                return Ok(());
            }
            let all = end.is_some() && folder.is_some() && !wanted.is_empty();
            let bells = wanted.iter().chain(&end).chain(folder.as_ref().map(Folder::bell));
            wake::wait(bells, (!all).then_some(LOOK));
            folder = folder.filter(Folder::hush);
        }
        Ok(())
    }
}
