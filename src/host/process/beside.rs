//! A child that runs beside the work, and ends with it.

use super::{LINE, harmless, without_hidden};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{self, Read, Seek};

/// A child beside the work: nobody reads it, and it is ended with whoever has this.
#[derive(Debug)]
pub struct Beside {
    child: duct::Handle,
    /// What it complains of; a file, since a pipe would end it when we are killed, before it has cleared up.
    said: Option<File>,
}

/// Starts `words` (program first) to run beside the work. It hears and says nothing, but for its complaints.
///
/// # Errors
/// The program is missing or cannot start.
pub fn start_beside(words: &[String]) -> io::Result<Beside> {
    let said = tempfile::tempfile().and_then(|file| Ok((file.try_clone()?, file))).ok();
    let quiet = without_hidden(duct::cmd(&words[0], &words[1..])).stdin_null().stdout_null();
    let (quiet, said) = match said {
        Some((write, read)) => (quiet.stderr_file(write), Some(read)),
        None => (quiet.stderr_null(), None),
    };
    let child = quiet
        .env("LC_ALL", "C.UTF-8")
        .unchecked()
        .before_spawn(|command| {
            std::os::unix::process::CommandExt::process_group(command, 0);
            Ok(())
        })
        .start()?;
    Ok(Beside { child, said })
}

impl Beside {
    /// Returns what it complained of last, where it has ended by itself.
    pub fn ended(&mut self) -> Option<String> {
        if matches!(self.child.try_wait(), Ok(None)) {
            return None;
        }
        let mut said = String::new();
        if let Some(file) = &mut self.said {
            let _ = file.rewind().and_then(|()| file.take(LINE).read_to_string(&mut said)); // else nothing is known
        }
        Some(said.lines().last().map_or_else(|| "it ended by itself".into(), harmless))
    }

    /// Ends it.
    pub fn end(&mut self) {
        if let (Ok(None), Some(pid)) = (self.child.try_wait(), self.child.pids().first()) {
            let _ = killpg(Pid::from_raw(*pid as i32), Signal::SIGKILL); // it only reads
            let _ = self.child.wait();
        }
    }
}
