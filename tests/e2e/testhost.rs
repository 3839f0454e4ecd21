//! A disposable machine (`tests/testhost`): booted, used as root and as
//! johndoe, thrown away.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::screen::Screen;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/testhost");
/// Machines, bases, images and homes; kept from one run to the next.
pub const STORE: &str = "/var/tmp/pipglr-testhost";

/// What a command gave.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub out: String,
    pub err: String,
    command: String,
}

impl Output {
    /// What it printed, when it ended well; else the test stops here.
    #[track_caller]
    pub fn ok(self) -> String {
        self.fails_with(0).out
    }

    #[track_caller]
    pub fn fails_with(self, code: i32) -> Self {
        assert!(
            self.code == code,
            "exit {} in place of {code}: {}\n--- stdout\n{}\n--- stderr\n{}",
            self.code,
            self.command,
            self.out,
            self.err
        );
        self
    }

    pub fn both(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

pub struct Machine {
    dir: PathBuf,
    pub suite: String,
}

/// `PIPGLR_TEST_SUITE`, else trixie.
pub fn suite() -> String {
    std::env::var("PIPGLR_TEST_SUITE").unwrap_or_else(|_| "trixie".into())
}

/// Whether there is time for what is long and fails seldom (`tests/before-release`); `.ci/run` has none.
pub fn unhurried() -> bool {
    std::env::var_os("PIPGLR_TEST_LONG").is_some()
}

impl Machine {
    /// As the distribution installs it: johndoe has podman and nothing else.
    pub fn fresh(suite: &str) -> Self {
        Self::boot(suite, None)
    }

    /// `home`: johndoe's home as `snapshot` kept it.
    pub fn boot(suite: &str, home: Option<&Path>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        clear_away();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = PathBuf::from(format!("{STORE}/m-{}-{number}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let machine = Self { dir, suite: suite.to_string() };
        let mut arguments = vec!["up".to_string(), suite.to_string()];
        if let Some(home) = home {
            arguments.extend(["--home".into(), home.display().to_string()]);
        }
        machine.script(&arguments).ok();
        machine
    }

    fn command(&self) -> Command {
        let mut command = Command::new(SCRIPT);
        command.env("TESTHOST_DIR", &self.dir);
        command
    }

    fn script(&self, arguments: &[impl AsRef<OsStr>]) -> Output {
        run(self.command().args(arguments), b"")
    }

    /// Shuts it down and starts it again; nobody is logged in then.
    pub fn reboot(&self) {
        self.script(&["reboot"]).ok();
    }

    /// A shell command in a login session of johndoe, in his home.
    pub fn user(&self, command: &str) -> Output {
        self.script(&["user", command])
    }

    /// The same with bytes for its standard input, by a pipe.
    pub fn user_with(&self, command: &str, input: &[u8]) -> Output {
        run(self.command().args(["user", command]), input)
    }

    pub fn root(&self, command: &str) -> Output {
        self.script(&["root", command])
    }

    /// Copies a file of this machine to johndoe's home, executable.
    pub fn put(&self, file: &Path, to: &str) {
        self.script(&[OsStr::new("put"), file.as_os_str(), OsStr::new(to)]).ok();
    }

    /// Writes a file of johndoe's, 0600.
    pub fn write(&self, to: &str, text: &str) {
        let file = self.dir.join("upload");
        fs::write(&file, text).unwrap();
        self.script(&["put", file.to_str().unwrap(), to, "600"]).ok();
    }

    /// johndoe's home, seen from outside.
    pub fn home(&self) -> PathBuf {
        self.dir.join("run/home/johndoe")
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.home().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// The pipglr under test, as johndoe's `pipglr`.
    pub fn install_pipglr(&self) {
        self.script(&["install", env!("CARGO_BIN_EXE_pipglr"), "pipglr"]).ok();
    }

    /// Nobody but root may do what root may.
    pub fn without_sudo(&self) {
        self.root("rm /etc/sudoers.d/johndoe").ok();
    }

    /// A program of johndoe's on a terminal of this size.
    pub fn screen(&self, command: &str, rows: u16, columns: u16) -> Screen {
        self.screen_with(command, rows, columns, &[])
    }

    /// The same with variables for its terminal: `TERM`, `COLORTERM`, `NO_COLOR`.
    pub fn screen_with(&self, command: &str, rows: u16, columns: u16, environment: &[(&str, &str)]) -> Screen {
        let mut all = self.command();
        // setsid makes the terminal the program's own; nothing unsafe is needed here.
        let mut setsid = Command::new("setsid");
        setsid.args(["--ctty", "--wait"]).arg(all.get_program());
        for (key, value) in all.get_envs() {
            setsid.env(key, value.unwrap_or_default());
        }
        drop(std::mem::replace(&mut all, Command::new("true")));
        setsid
            .args(["tty", command])
            .env("TERM", "xterm-256color")
            .env_remove("COLORTERM")
            .env_remove("NO_COLOR")
            .envs(environment.iter().copied());
        Screen::start(setsid, rows, columns)
    }

    /// The terminal of a program goes away; those of all others here do too. systemd 252 does not pass it on by itself, 257
    /// not always on a busy machine.
    pub fn hang_up(&self, screen: Screen) {
        drop(screen);
        let _ = self.root("pkill -KILL -f '^systemd-run -q --pty'"); // none is left where it does
    }

    /// The line settings of the terminal a program sees (`stty -a`).
    pub fn stty(&self, program: &str) -> String {
        self.root(&format!("stty -a -F /dev/$(ps -o tty= -C {program} | grep pts | head -1)")).ok()
    }

    /// Keeps johndoe's home, for `boot`; what runs is stopped.
    pub fn snapshot(&self, to: &Path) {
        self.script(&[OsStr::new("snapshot"), to.as_os_str()]).ok();
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if std::env::var_os("PIPGLR_TEST_KEEP").is_some() {
            eprintln!("kept: TESTHOST_DIR={} {SCRIPT}", self.dir.display());
            return;
        }
        let _ = self.command().arg("down").status();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Takes down machines of test runs that are gone.
fn clear_away() {
    for entry in fs::read_dir(STORE).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix("m-").and_then(|n| n.split('-').next());
        let gone = owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists());
        if gone && std::env::var_os("PIPGLR_TEST_KEEP").is_none() {
            let _ = Command::new(SCRIPT).arg("down").env("TESTHOST_DIR", entry.path()).status();
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Runs a command of this machine to its end.
pub fn run(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, &input));
    let output = child.wait_with_output().unwrap();
    let _ = feeder.join();
    Output {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        command: format!("{:?}", command.get_args().collect::<Vec<_>>()),
    }
}
