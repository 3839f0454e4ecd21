//! The machine itself.

use super::podman::graph_root;
use super::podman::service::{Answer, Service};
use super::process::Input;
use super::record::Records;
use super::state_folder;
use super::{Bell, Cmd, Disk, Finished, Go, Host, Meta, Privilege, Record, User, Watch, process};
use crate::named_file;
use crate::names::Names;
use crate::problem::{Kind, Problem, Result};
use crate::secret::Secret;
use crate::settings::Settings;
use jiff::Timestamp;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// The most that is read of any file: a gitlab-runner binary that goes into the image is the largest.
const LARGEST: u64 = 1 << 30;

/// The real [`Host`].
pub struct RealHost {
    user: User,
    settings: Settings,
    names: Names,
    /// Print every command to standard error as it is run.
    verbose: bool,
    records: Mutex<Records>,
    service: Service,
    /// What podman said of its storage: it is so for as long as this process runs.
    storage: Mutex<Option<Finished>>,
}

impl RealHost {
    /// Looks up who is asking, about this container. `verbose` prints every command to standard error.
    ///
    /// # Errors
    /// The user has no entry in the user database, or is root: everything here is rootless. Or the current folder is
    /// gone: podman starts nowhere else ("error getting current working directory", podman 5.4.2).
    pub fn new(verbose: bool, settings: Settings, container: &str) -> Result<Self> {
        if std::env::current_dir().is_err() {
            return Err(Problem::usage(
                "The folder that pipglr is started in is gone, and podman does not work there.",
                "Run `cd` to go home, then run pipglr again.",
            ));
        }
        let uid = nix::unistd::Uid::effective();
        let entry = nix::unistd::User::from_uid(uid).ok().flatten().ok_or_else(|| {
            Problem::new(
                format!("User ID {uid} has no name on this machine."),
                "Run pipglr as a user that `getent passwd` knows.",
            )
        })?;
        if uid.is_root() {
            return Err(Problem::usage(
                "pipglr runs as the user who is to own the runner, not as root.",
                "Log in as that user (`ssh USER@localhost` or `machinectl shell USER@`) and run pipglr there; \
                 it asks for root, through sudo, where it needs it.",
            ));
        }
        let home = std::env::var_os("HOME").map(PathBuf::from).filter(|path| path.is_absolute()).unwrap_or(entry.dir);
        let state = state_folder::folder().unwrap_or_else(|| home.join(".local/state/pipglr"));
        state_folder::is_private(&state, uid.as_raw())?;
        let hostname = nix::unistd::gethostname().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self {
            user: User { name: entry.name, uid: uid.as_raw(), home, hostname, state },
            settings,
            names: Names::of(container),
            verbose,
            records: Mutex::default(),
            service: Service::default(),
            storage: Mutex::default(),
        })
    }

    /// Keeps the record. What changed something is appended to `commands.log`, and a question that was not answered; a
    /// log that cannot be written stops no work. `by` is said behind it.
    fn record(&self, words: &[String], begun: (Timestamp, Instant), query: bool, result: &Result<Finished>, by: &str) {
        let (at, begun) = begun;
        let code = result.as_ref().ok().map(|done| done.code);
        let mut record = Record::new(words, at, code, begun.elapsed());
        self.say(&format!("+ {}{by}", record.text));
        let failed = result.as_ref().is_err_and(|problem| problem.kind != Kind::Interrupted);
        if !query || failed {
            let said = match result {
                Ok(done) => done.lines.as_slice(),
                Err(problem) => &problem.said,
            };
            record = record.matters(said);
            let _ = state_folder::append_record(&self.user.state, &record);
        }
        self.records.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(record);
    }
}

impl RealHost {
    /// Says what is done, where that is wanted.
    fn say(&self, text: &str) {
        if self.verbose {
            let _ = writeln!(io::stderr(), "{text}"); // the terminal may be gone
        }
    }

    /// What podman's service answers to a command.
    fn answered(
        &self,
        words: &[String],
        begun: (Timestamp, Instant),
        cmd: &Cmd,
        watch: &dyn Watch,
    ) -> Option<Finished> {
        match self.service.answer(words, watch, &|words| self.say(&format!("+ {}", words.join(" ")))) {
            Answer::Here(done) => {
                self.record(
                    words,
                    begun,
                    cmd.query,
                    &Ok(Finished { code: done.code, ..Finished::default() }),
                    " # answered by podman's service",
                );
                Some(done)
            }
            Answer::Never(why) => {
                self.say(&format!("# podman's service does not start ({why}): commands are run in its place"));
                None
            }
            Answer::None => None,
        }
    }
}

fn words(cmd: &Cmd, sudo: &[&str]) -> Vec<String> {
    let sudo = if cmd.privilege == Privilege::Root { sudo } else { &[] };
    sudo.iter()
        .map(|word| (*word).to_owned())
        .chain(std::iter::once(cmd.program.clone()))
        .chain(cmd.args.iter().cloned())
        .collect()
}

fn given(input: Option<&Secret>) -> Input {
    input.map_or(Input::Nothing, |secret| Input::Given(secret.clone()))
}

impl Host for RealHost {
    fn user(&self) -> &User {
        &self.user
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn names(&self) -> &Names {
        &self.names
    }

    fn run(&self, cmd: &Cmd, input: Option<&Secret>, watch: &dyn Watch) -> Result<Finished> {
        let (begun, words) = ((Timestamp::now(), Instant::now()), words(cmd, &["sudo", "-n"]));
        if input.is_none()
            && let Some(answered) = self.answered(&words, begun, cmd, watch)
        {
            return Ok(answered);
        }
        if cmd.query && *cmd == graph_root().query() {
            // Whoever asks meanwhile waits for the answer.
            let mut known = self.storage.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if let Some(done) = &*known {
                return Ok(done.clone());
            }
            let result = process::run(&words, cmd, given(input), watch);
            self.record(&words, begun, true, &result, "");
            *known = result.as_ref().ok().filter(|done| done.ok()).cloned();
            return result;
        }
        // After a migration the service's user namespace would be that of before.
        let result = if cmd.program == "podman" && cmd.args.first().is_some_and(|word| word == "system") {
            let started = |words: &[String]| self.say(&format!("+ {}", words.join(" ")));
            self.service.away(|| process::run(&words, cmd, given(input), watch), &started)
        } else {
            process::run(&words, cmd, given(input), watch)
        };
        self.record(&words, begun, cmd.query, &result, "");
        result
    }

    fn run_ahead(&self, cmd: &Cmd, input: Receiver<Secret>, watch: &dyn Watch) -> Result<Finished> {
        let (begun, words) = ((Timestamp::now(), Instant::now()), words(cmd, &["sudo", "-n"]));
        let result = process::run(&words, cmd, Input::Later(input), watch);
        self.record(&words, begun, cmd.query, &result, "");
        result
    }

    fn stream(&self, cmd: &Cmd, bells: &[Bell], take: &mut dyn FnMut(Option<&[u8]>) -> Go) -> Result<Finished> {
        let (begun, words) = ((Timestamp::now(), Instant::now()), words(cmd, &["sudo", "-n"]));
        let result = process::stream(&words, cmd, bells, take);
        self.record(&words, begun, true, &result, ""); // what is read as it comes changes nothing
        result
    }

    fn run_on_terminal(&self, cmd: &Cmd) -> Result<i32> {
        let (begun, words) = ((Timestamp::now(), Instant::now()), words(cmd, &["sudo"]));
        let result = process::run_on_terminal(&words);
        let done = result.clone().map(|code| Finished { code, ..Finished::default() });
        self.record(&words, begun, cmd.query, &done, "");
        result
    }

    fn lock(&self, what: &str) -> Result<state_folder::Lock> {
        state_folder::Lock::of(&self.user.state, what)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        named_file::read(path, LARGEST)
    }

    fn read_named(&self, path: &Path) -> io::Result<Vec<u8>> {
        named_file::read(path, named_file::MOST)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        state_folder::private_folder(folder)?;
        let mut temporary = tempfile::NamedTempFile::new_in(folder)?; // 0600 from the start
        temporary.write_all(bytes)?;
        temporary.as_file().sync_all()?;
        temporary.persist(path).map_err(|e| e.error)?;
        std::fs::File::open(folder)?.sync_all()
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Write>> {
        Ok(Box::new(state_folder::create_new(path)?))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let removed = match path.symlink_metadata() {
            Ok(found) if found.is_dir() => std::fs::remove_dir_all(path),
            Ok(_) => std::fs::remove_file(path),
            Err(e) => Err(e),
        };
        match removed {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let entries = match std::fs::read_dir(folder) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
            other => other?,
        };
        let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn meta(&self, path: &Path) -> io::Result<Meta> {
        std::fs::metadata(path).map(|meta| Meta { mode: meta.mode(), uid: meta.uid() })
    }

    fn disk(&self, path: &Path) -> io::Result<Disk> {
        Disk::of(path)
    }

    fn connect(&self, address: SocketAddr, time: Duration) -> io::Result<()> {
        TcpStream::connect_timeout(&address, time).map(drop)
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn pause(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn records(&self) -> Vec<Record> {
        self.records.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::ask;

    #[test]
    fn only_what_changes_something_is_in_the_log_of_commands() {
        let folder = tempfile::tempdir().unwrap();
        let user = User {
            name: "johndoe".into(),
            uid: 1000,
            home: folder.path().into(),
            hostname: "testhost".into(),
            state: folder.path().into(),
        };
        let host = RealHost {
            settings: Settings::default(),
            names: Names::of("pipglr"),
            user,
            verbose: false,
            records: Mutex::default(),
            service: Service::default(),
            storage: Mutex::default(),
        };
        let sh = |script: &str| Cmd::new("sh", ["-c", script]);
        ask(&host, &sh("true # asked")).unwrap();
        ask(&host, &sh("exit 3 # no is an answer")).unwrap();
        host.stream(&sh("echo read"), &[], &mut |_| Go::On).unwrap();
        host.stream(&sh("sleep 100 # until it is left"), &[], &mut |_| Go::Stop).unwrap_err();
        ask(&host, &Cmd::new("no-such-program", ["asked"])).unwrap_err();
        host.run(&sh("true # changed"), None, &()).unwrap();
        let log = std::fs::read_to_string(folder.path().join("commands.log")).unwrap();
        let lines: Vec<&str> = log.lines().collect();
        assert_eq!(lines.len(), 2, "{log}");
        assert!(lines[0].ends_with("no-such-program asked") && lines[1].contains("# changed"), "{log}");
        assert_eq!(host.records().len(), 6, "all of it is on the screen");
    }
}
