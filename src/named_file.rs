//! Files that a user names: whatever lies there, reading it comes to an end. A folder, a device such as /dev/zero, a
//! pipe that nobody writes to and a file without an end are told as what they are; the pipe of `<(command)` is read.

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::makedev;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Chain, Cursor, ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The most that answers, tokens, certificates or a configuration may have, in bytes: twice what podman takes for a secret.
pub const MOST: u64 = 1 << 20;
/// How much of a pipe is read to see whether somebody writes to it.
const HEAD: usize = 4096;

/// What is open to be read.
#[derive(Debug)]
pub enum Named {
    /// A file.
    File(File),
    /// A pipe, with what of it was read already.
    Pipe(Chain<Cursor<Vec<u8>>, File>),
}

impl Read for Named {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Pipe(pipe) => pipe.read(buffer),
        }
    }
}

/// Opens what is there, however large it is.
///
/// # Errors
/// It is neither a file nor a pipe that somebody writes to, or as the file system says.
pub fn open(path: &Path) -> io::Result<Named> {
    // Before it is opened: opening alone does something to some devices.
    refuse_others(&path.metadata()?)?;
    // Without it, opening a pipe waits for somebody who writes.
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let mut file = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path)?;
    let meta = file.metadata()?;
    refuse_others(&meta)?;
    if !meta.file_type().is_fifo() {
        return Ok(Named::File(file));
    }
    let mut head = vec![0; HEAD];
    let read = loop {
        match file.read(&mut head) {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) if e.kind() == ErrorKind::WouldBlock => break 0, // somebody is about to write
            Ok(0) => return Err(io::Error::new(ErrorKind::BrokenPipe, "it is a pipe that nobody writes to")),
            other => break other?,
        }
    };
    head.truncate(read);
    fcntl(&file, FcntlArg::F_SETFL(OFlag::empty()))?;
    Ok(Named::Pipe(Cursor::new(head).chain(file)))
}

fn refuse_others(meta: &Metadata) -> io::Result<()> {
    let kind = meta.file_type();
    // /dev/null is how a file with nothing in it is named.
    let null = kind.is_char_device() && meta.rdev() == makedev(1, 3);
    if kind.is_file() || kind.is_fifo() || null {
        return Ok(());
    }
    Err(match kind.is_dir() {
        true => io::Error::new(ErrorKind::IsADirectory, "it is a folder"),
        false => io::Error::new(ErrorKind::InvalidInput, "it is a device or a socket, and no file"),
    })
}

/// Reads what is there, where it has at most so many bytes.
///
/// # Errors
/// As [`open`], or it has more.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    match open(path)? {
        Named::File(file) if file.metadata()?.len() > most => Err(too_large(most)),
        named => read_all(named, most),
    }
}

/// Reads a text of at most [`MOST`] bytes.
///
/// # Errors
/// As [`read`], or it is not UTF-8 ([`ErrorKind::InvalidData`]).
pub fn read_text(path: &Path) -> io::Result<String> {
    text(read(path, MOST)?)
}

/// Reads standard input to its end, where that comes within [`MOST`] bytes.
///
/// # Errors
/// It has more, or cannot be read.
pub fn read_stdin() -> io::Result<Vec<u8>> {
    read_all(io::stdin().lock(), MOST)
}

/// Returns these bytes as text.
///
/// # Errors
/// They are not UTF-8 ([`ErrorKind::InvalidData`]).
pub fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))
}

fn read_all(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    from.take(most + 1).read_to_end(&mut bytes)?;
    within(bytes, most)
}

/// Returns these bytes, where they are at most so many.
///
/// # Errors
/// They are more.
pub fn within(bytes: Vec<u8>, most: u64) -> io::Result<Vec<u8>> {
    if bytes.len() as u64 > most { Err(too_large(most)) } else { Ok(bytes) }
}

fn too_large(most: u64) -> io::Error {
    io::Error::new(ErrorKind::FileTooLarge, format!("it is larger than {} MiB", most >> 20))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::stat::Mode;
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::time::Duration;

    /// What reading says; a test that would hang fails instead.
    fn said(path: &Path) -> String {
        let (path, (tell, told)) = (path.to_owned(), std::sync::mpsc::channel());
        std::thread::spawn(move || tell.send(read_text(&path).unwrap_or_else(|e| format!("error: {e}"))));
        told.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    #[test]
    fn whatever_is_named_comes_to_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        File::create(at("huge")).unwrap().set_len(5 << 30).unwrap();
        std::fs::write(at("most"), vec![b'a'; 1 << 20]).unwrap();
        std::fs::write(at("more"), vec![b'a'; (1 << 20) + 1]).unwrap();
        std::fs::write(at("binary"), b"\xff").unwrap();
        nix::unistd::mkfifo(&at("pipe"), Mode::S_IRWXU).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        for (path, says) in [
            (folder.path().to_owned(), "it is a folder"),
            ("/dev/zero".into(), "it is a device or a socket, and no file"),
            (at("socket"), "it is a device or a socket, and no file"),
            (at("pipe"), "it is a pipe that nobody writes to"),
            (at("huge"), "it is larger than 1 MiB"),
            (at("more"), "it is larger than 1 MiB"),
            (at("binary"), "it is not UTF-8 text"),
        ] {
            assert_eq!(said(&path), format!("error: {says}"), "{}", path.display());
        }
        assert_eq!((said(&at("most")).len(), said(Path::new("/dev/null"))), (1 << 20, String::new()));
        assert!(said(Path::new("/proc/self/status")).contains("Pid:"), "a file that has no size");
        drop(socket);
    }

    /// As a shell's `<(command)` is one.
    #[test]
    fn a_pipe_that_somebody_writes_to_is_read_to_its_end() {
        for wait in [0, 300] {
            let (ours, mut theirs) = std::io::pipe().unwrap();
            let path = format!("/proc/self/fd/{}", ours.as_raw_fd());
            let writer = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(wait));
                theirs.write_all(&b"glrt-\n".repeat(20_000)).unwrap();
            });
            assert_eq!(said(Path::new(&path)).len(), 120_000);
            writer.join().unwrap();
        }
        let (ours, mut theirs) = std::io::pipe().unwrap();
        let path = format!("/proc/self/fd/{}", ours.as_raw_fd());
        let endless = std::thread::spawn(move || while theirs.write_all(&[b'a'; 4096]).is_ok() {});
        assert_eq!(said(Path::new(&path)), "error: it is larger than 1 MiB");
        drop(ours);
        endless.join().unwrap();
    }
}
