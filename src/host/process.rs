//! The one place that starts processes.
//!
//! A child gets its own process group, so that stopping it stops what it started; no terminal; stdin is a pipe
//! that holds its input or nothing. Output is read as it comes and sanitised before anybody sees it.

mod beside;
mod children;

pub use beside::{Beside, start_beside};
pub use children::settle;

use super::wake::{self, Bell};
use super::{Cmd, Finished, Go, Watch, interrupt};
use crate::problem::{Kind, Problem, Result};
use crate::secret::Secret;
use crate::text::mask::mask;
use crate::text::sanitize::sanitize;
use children::Counted;
use nix::poll::{PollFd, PollFlags};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How often a running command asks whether it should stop.
const TICK: Duration = Duration::from_millis(50);
/// How long a command may take to end after a polite signal; gitlab-runner unregisters what it was registering on SIGINT.
const GRACE: Duration = Duration::from_secs(5);
/// How long what has our terminal may take to end once it was told that the terminal is gone.
const HUNG_UP: Duration = Duration::from_secs(1);
/// Longest line kept; the rest of it comes as further lines.
const LINE: u64 = 64 * 1024;
/// Most of standard output kept for parsing.
const KEEP: usize = 16 * 1024 * 1024;
/// Lines kept for explaining a failure.
const LINES: usize = 200;

/// A piece of output: from standard output or not, the bytes with their line end.
type Piece = (bool, Vec<u8>);

/// The variable of our own environment that holds a token: no child gets it.
static HIDDEN: OnceLock<String> = OnceLock::new();

/// Keeps a variable of our environment from every child from now on. The first one named counts: there is one.
pub fn hide_variable(name: &str) {
    let _ = HIDDEN.set(name.to_owned());
}

fn without_hidden(expression: duct::Expression) -> duct::Expression {
    match HIDDEN.get() {
        Some(name) => expression.env_remove(name),
        None => expression,
    }
}

/// What a child gets on its standard input, by a pipe.
pub enum Input {
    /// Nothing.
    Nothing,
    /// This.
    Given(Secret),
    /// What is sent, once it is; nothing where nobody sends any more.
    Later(Receiver<Secret>),
}

/// Runs `words` (program first) to the end. See [`super::Host::run`].
///
/// # Errors
/// The program is missing or cannot start, the time-out passed, or the watcher stopped it.
pub fn run(words: &[String], cmd: &Cmd, input: Input, watch: &dyn Watch) -> Result<Finished> {
    let counted = Counted::one();
    if watch.stopped() {
        return Err(Problem::interrupted());
    }
    let (running, out, err) = start(words, cmd, input, counted)?;
    let (send, pieces) = sync_channel(1024);
    for (is_stdout, pipe) in [(true, out), (false, err)] {
        let send = send.clone();
        std::thread::spawn(move || read_pieces(BufReader::new(pipe), is_stdout, &send));
    }
    drop(send);
    running.follow(&pieces, cmd, watch)
}

/// Runs `words` and hands its standard output on. See [`super::Host::stream`].
///
/// # Errors
/// The program is missing or cannot start, or `take` stopped it.
pub fn stream(
    words: &[String],
    cmd: &Cmd,
    bells: &[Bell],
    take: &mut dyn FnMut(Option<&[u8]>) -> Go,
) -> Result<Finished> {
    let (mut running, mut out, err) = start(words, cmd, Input::Nothing, Counted::one())?;
    // What it complains of is read beside, so that it is never in the way; the last of it counts.
    let said: Arc<Mutex<VecDeque<String>>> = Arc::default();
    let keep = said.clone();
    let complains = std::thread::spawn(move || {
        for line in BufReader::new(err).split(b'\n').map_while(io::Result::ok) {
            let mut said = keep.lock().unwrap_or_else(PoisonError::into_inner);
            said.push_back(harmless(String::from_utf8_lossy(&line).trim_end()));
            let over = said.len().saturating_sub(LINES);
            said.drain(..over);
        }
    });
    let mut chunk = vec![0; LINE as usize];
    let mut go = Go::On;
    loop {
        let mut fds = vec![PollFd::new(out.as_fd(), PollFlags::POLLIN)];
        let time = if go == Go::Sleep && !bells.is_empty() {
            fds.extend(bells.iter().map(Bell::poll));
            None
        } else {
            Some(TICK)
        };
        wake::poll_all(&mut fds, time);
        let came = fds[0].any().unwrap_or(true);
        drop(fds);
        go = if came {
            match wake::read_some(&mut out, &mut chunk) {
                Some(0) => break,
                Some(n) => take(Some(&chunk[..n])),
                None => Go::On,
            }
        } else {
            take(None)
        };
        if go == Go::Stop {
            return Err(Problem::interrupted());
        }
    }
    let code = running.ended(cmd, &mut || if take(None) == Go::Stop { Err(Problem::interrupted()) } else { Ok(()) })?;
    let until = Instant::now() + TICK * 4;
    while !complains.is_finished() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(1)); // a grandchild may hold its end of the pipe for longer
    }
    let lines = std::mem::take(&mut *said.lock().unwrap_or_else(PoisonError::into_inner)).into();
    Ok(Finished { code, stdout: vec![], lines })
}

/// Starts a child whose output goes to two pipes.
fn start(words: &[String], cmd: &Cmd, input: Input, counted: Counted) -> Result<(Running, PipeReader, PipeReader)> {
    let start = |e: io::Error| cannot_start(&words[0], &e);
    let (out_read, out_write) = io::pipe().map_err(start)?;
    let (err_read, err_write) = io::pipe().map_err(start)?;
    let mut expression = without_hidden(duct::cmd(&words[0], &words[1..]))
        .stdout_file(out_write)
        .stderr_file(err_write)
        .env("LC_ALL", "C.UTF-8")
        .unchecked()
        .before_spawn(|command| {
            std::os::unix::process::CommandExt::process_group(command, 0);
            Ok(())
        });
    if let Some(dir) = &cmd.cwd {
        expression = expression.dir(dir);
    }
    for (name, value) in &cmd.env {
        expression = match value {
            Some(value) => expression.env(name, value.expose_str()),
            None => expression.env_remove(name),
        };
    }
    // Our own pipe, not duct's `stdin_bytes`: that would keep an unwiped copy, and print it in its `Debug`.
    let feed = match input {
        Input::Nothing => {
            expression = expression.stdin_null();
            None
        }
        given => {
            let (read, write) = io::pipe().map_err(start)?;
            expression = expression.stdin_file(read);
            Some((given, write))
        }
    };
    let child = expression.start().map_err(start)?;
    drop(expression); // it holds the write ends: with it alive the readers would never see the end
    if let Some((input, mut write)) = feed {
        std::thread::spawn(move || {
            let secret = match input {
                Input::Nothing => None,
                Input::Given(secret) => Some(secret),
                Input::Later(sent) => sent.recv().ok(),
            };
            secret.map(|secret| write.write_all(secret.expose())) // a child that does not read is its own business
        });
    }
    let group = child.pids().first().map(|pid| Pid::from_raw(*pid as i32));
    Ok((Running { child, group, _counted: counted }, out_read, err_read))
}

/// Runs `words` with this process's own terminal, in the foreground; gives the exit code. Where all is to stop
/// ([`interrupt`]) it is told that the terminal is gone, and left a moment later.
///
/// # Errors
/// The program is missing or cannot start.
pub fn run_on_terminal(words: &[String]) -> Result<i32> {
    let failed = |e: io::Error| cannot_start(&words[0], &e);
    let child = without_hidden(duct::cmd(&words[0], &words[1..])).unchecked().start().map_err(failed)?;
    let mut told = None;
    loop {
        if let Some(ended) = child.wait_timeout(Duration::from_millis(100)).map_err(failed)? {
            return Ok(exit_code(ended.status));
        }
        match told {
            None if interrupt::stopped() => {
                // As a terminal that is gone does: an editor saves what it has.
                for pid in child.pids().into_iter().filter_map(|pid| i32::try_from(pid).ok()) {
                    let _ = kill(Pid::from_raw(pid), Signal::SIGHUP); // root's is not ours to end
                }
                told = Some(Instant::now());
            }
            Some(at) if at.elapsed() > HUNG_UP => return Ok(128 + Signal::SIGHUP as i32),
            _ => {}
        }
    }
}

fn exit_code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

fn cannot_start(program: &str, error: &io::Error) -> Problem {
    if error.kind() == io::ErrorKind::NotFound {
        return Problem::new(
            format!("The program `{program}` is not on this machine (or the folder it should start in is gone)."),
            format!("Install `{program}` with the system's package manager, then run pipglr again."),
        )
        .kind(Kind::NotFound);
    }
    Problem::new(format!("`{program}` could not be started: {error}."), "Fix that, then run pipglr again.")
}

fn read_pieces(mut from: impl BufRead, is_stdout: bool, to: &SyncSender<Piece>) {
    loop {
        let mut piece = Vec::new();
        match (&mut from).take(LINE).read_until(b'\n', &mut piece) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                if to.send((is_stdout, piece)).is_err() {
                    return;
                }
            }
        }
    }
}

/// A line of output as it may be shown: it moves no cursor, and tells no secret.
fn harmless(line: &str) -> String {
    mask(&sanitize(line)).into_owned()
}

/// Whether its time is over, and nobody gives it more.
fn late(cmd: &Cmd, begun: Instant, watch: &dyn Watch) -> bool {
    cmd.timeout.is_some_and(|limit| begun.elapsed() > limit) && !watch.patient()
}

fn too_late(cmd: &Cmd, begun: Instant) -> Problem {
    Problem::new(
        format!("`{}` did not end within {} s.", cmd.shown(), begun.elapsed().as_secs()),
        "Is the machine very busy, or a disk or network gone? Run the command by hand to see, then try again. `pipglr \
         --patient` gives it as long as it takes; on the screen, `+` while it runs.",
    )
    .kind(Kind::TimedOut)
}

/// A child that does not outlive the caller's interest in it: dropped early, it is stopped.
struct Running {
    child: duct::Handle,
    group: Option<Pid>,
    _counted: Counted,
}

impl Running {
    fn follow(mut self, pieces: &Receiver<Piece>, cmd: &Cmd, watch: &dyn Watch) -> Result<Finished> {
        let begun = Instant::now();
        let mut finished = Finished::default();
        let mut lines = VecDeque::new();
        loop {
            match pieces.recv_timeout(TICK) {
                Ok((is_stdout, piece)) => {
                    for line in String::from_utf8_lossy(&piece).split(['\r', '\n']) {
                        if !line.is_empty() {
                            let line = harmless(line);
                            watch.line(&line);
                            lines.push_back(line);
                        }
                    }
                    lines.drain(..lines.len().saturating_sub(LINES));
                    if is_stdout && finished.stdout.len() < KEEP {
                        finished.stdout.extend_from_slice(&piece);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if watch.stopped() {
                return Err(Problem::interrupted());
            }
            if late(cmd, begun, watch) {
                return Err(too_late(cmd, begun).said(lines.into()));
            }
        }
        finished.code = self.ended(cmd, &mut || match watch.stopped() {
            true => Err(Problem::interrupted()),
            false if late(cmd, begun, watch) => Err(too_late(cmd, begun)),
            false => Ok(()),
        })?;
        finished.lines = lines.into();
        Ok(finished)
    }

    /// The exit code. Both streams are closed: the child is ending, or has given them away and lives on without us.
    fn ended(&mut self, cmd: &Cmd, may_go_on: &mut dyn FnMut() -> Result<()>) -> Result<i32> {
        loop {
            match self.child.wait_timeout(TICK) {
                Ok(Some(output)) => return Ok(exit_code(output.status)),
                Ok(None) => may_go_on()?,
                Err(e) => return Err(cannot_start(&cmd.program, &e)),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

impl Running {
    fn end(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return; // it has ended by itself
        }
        // As Ctrl-C on a terminal would, then harder. `try_wait` first: a reaped group's number may be reused.
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL] {
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            if let Some(group) = self.group {
                let _ = killpg(group, signal); // it may have ended this instant
            }
            let _ = self.child.wait_timeout(GRACE);
        }
        // What a shell has started in the background does not heed SIGINT, and the shell does. The group is there as
        // long as one of it is, so that its number is still its own.
        if let Some(group) = self.group {
            let _ = killpg(group, Signal::SIGTERM);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn sh(script: &str) -> Cmd {
        Cmd::new("sh", ["-c", script])
    }

    fn go(cmd: &Cmd, input: Option<&Secret>, watch: &dyn Watch) -> Result<Finished> {
        fed(cmd, input.map_or(Input::Nothing, |secret| Input::Given(secret.clone())), watch)
    }

    fn fed(cmd: &Cmd, input: Input, watch: &dyn Watch) -> Result<Finished> {
        let words: Vec<_> = std::iter::once(cmd.program.clone()).chain(cmd.args.clone()).collect();
        run(&words, cmd, input, watch)
    }

    #[test]
    fn output_exit_code_and_input() {
        let secret = Secret::new("s3cret");
        let cmd = sh("cat; echo; printf '\\033[31mred\\033[0m\\n' >&2; exit 3");
        let done = go(&cmd, Some(&secret), &()).unwrap();
        assert_eq!((done.code, done.stdout.as_slice()), (3, b"s3cret\n".as_slice()));
        assert!(done.lines.contains(&"red".to_owned()), "{:?}", done.lines);
    }

    /// It has begun before, and is not left waiting where nothing comes.
    #[test]
    fn input_may_come_later_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let cmd = sh("touch begun; cat; echo .").cwd(folder.path());
        for (sent, said) in [(Some(Secret::new("s3cret")), "s3cret."), (None, ".")] {
            let (send, later) = std::sync::mpsc::channel();
            let done = std::thread::scope(|scope| {
                let done = scope.spawn(|| fed(&cmd, Input::Later(later), &()));
                while !folder.path().join("begun").exists() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                std::fs::remove_file(folder.path().join("begun")).unwrap();
                if let Some(secret) = sent {
                    send.send(secret).unwrap();
                }
                drop(send);
                done.join().unwrap()
            });
            assert_eq!(done.unwrap().text(), said);
        }
    }

    #[test]
    fn stdin_is_a_pipe_as_podman_wants_it() {
        let done = go(&sh("test -p /dev/stdin"), Some(&Secret::new("x")), &()).unwrap();
        assert!(done.ok());
    }

    #[test]
    fn a_missing_program_says_what_to_install() {
        let problem = go(&Cmd::new("no-such-program", ["x"]), None, &()).unwrap_err();
        assert!(problem.what.contains("no-such-program"), "{problem}");
    }

    #[test]
    fn the_time_out_ends_the_whole_group() {
        let cmd = sh("sleep 1000 & echo $!; sleep 1000").timeout(Some(Duration::from_millis(500)));
        let begun = Instant::now();
        let problem = go(&cmd, None, &()).unwrap_err();
        assert!(problem.what.contains("did not end"));
        assert!(begun.elapsed() < Duration::from_secs(60));
        let in_the_background = std::path::Path::new("/proc").join(&problem.said[0]);
        while in_the_background.exists() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it lives on");
            std::thread::sleep(TICK);
        }
    }

    #[test]
    fn the_time_out_counts_also_where_the_streams_are_given_away() {
        let cmd = sh("exec >&- 2>&-; sleep 1000").timeout(Some(Duration::from_millis(200)));
        assert!(go(&cmd, None, &()).unwrap_err().what.contains("did not end"));
    }

    #[test]
    fn what_is_told_to_stop_starts_nothing() {
        struct Stopped;
        impl Watch for Stopped {
            fn stopped(&self) -> bool {
                true
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let cmd = Cmd::new("touch", ["made"]).cwd(folder.path());
        assert_eq!(go(&cmd, None, &Stopped).unwrap_err().kind, Kind::Interrupted);
        assert!(!folder.path().join("made").exists());
    }

    #[test]
    fn who_is_patient_waits_longer() {
        struct Patient;
        impl Watch for Patient {
            fn patient(&self) -> bool {
                true
            }
        }
        let cmd = sh("sleep 0.4; echo done").timeout(Some(Duration::from_millis(100)));
        assert_eq!(go(&cmd, None, &Patient).unwrap().text(), "done");
    }

    #[test]
    fn a_watcher_sees_lines_and_can_stop() {
        #[derive(Default)]
        struct Two(AtomicUsize, Mutex<Vec<String>>);
        impl Watch for Two {
            fn line(&self, line: &str) {
                self.1.lock().unwrap().push(line.into());
                self.0.fetch_add(1, Ordering::Relaxed);
            }
            fn stopped(&self) -> bool {
                self.0.load(Ordering::Relaxed) >= 2
            }
        }
        let two = Two::default();
        let problem = go(&sh("echo a; echo b; sleep 1000"), None, &two).unwrap_err();
        assert_eq!(problem.kind, crate::problem::Kind::Interrupted);
        assert_eq!(*two.1.lock().unwrap(), ["a", "b"]);
    }
}
