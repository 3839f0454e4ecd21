//! Questions on a bare terminal.

use crate::gitlab;
use crate::problem::{Kind, Problem, Result};
use crate::text::mask;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::termios::{FlushArg, LocalFlags, SetArg, tcflush, tcgetattr, tcsetattr};
use std::io::{self, BufRead, IsTerminal, Write};
use std::os::fd::AsFd;
use unicode_width::UnicodeWidthStr;
use zeroize::Zeroizing;

/// A question, which waits for its answer on the same line.
macro_rules! ask {
    ($($arg:tt)*) => {{
        let _ = write!(io::stdout(), $($arg)*);
    }};
}

/// Asks for a line; an empty one takes the default.
///
/// # Errors
/// Standard input has ended.
pub(super) fn line(question: &str, default: &str) -> Result<String> {
    let shown = if default.is_empty() { String::new() } else { format!(" [{default}]") };
    let asked = format!("{question}{shown}: ");
    ask!("{asked}");
    let answer = seen(&asked, read_whole()?);
    Ok(if answer.trim().is_empty() { default.to_owned() } else { answer.trim().to_owned() })
}

/// Asks yes or no; only a yes is one, and what was typed before the question was there is none.
///
/// # Errors
/// Standard input has ended.
pub(super) fn yes(question: &str) -> Result<bool> {
    let _ = tcflush(io::stdin(), FlushArg::TCIFLUSH); // no terminal has nothing typed
    let asked = format!("{question} [y/N]: ");
    ask!("{asked}");
    let answer = seen(&asked, Zeroizing::new(read()?));
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "Yes"))
}

/// Asks for something that is not to be seen: what is typed is not echoed.
///
/// # Errors
/// Standard input has ended, or is no terminal.
pub(super) fn hidden(question: &str) -> Result<Zeroizing<String>> {
    ask!("{question}: ");
    let _echo = NoEcho::new()?;
    let answer = read_whole()?;
    say!();
    Ok(answer)
}

/// A line, or as many as there are of GitLab's own.
fn read_whole() -> Result<Zeroizing<String>> {
    let mut answer = Zeroizing::new(read()?);
    while gitlab::goes_on(&answer) {
        ask!("> ");
        let more = Zeroizing::new(read()?);
        if more.trim().is_empty() {
            break;
        }
        answer.push_str(&more);
    }
    Ok(answer)
}

/// An answer that was typed in sight: one with a token in it is not to stay there.
fn seen(asked: &str, answer: Zeroizing<String>) -> Zeroizing<String> {
    if mask::looks_like_token(&answer) {
        wipe(&format!("{asked}{}", answer.as_str()));
    }
    answer
}

/// Takes what was typed off the terminal.
fn wipe(typed: &str) {
    let columns = crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns.max(1)));
    if io::stdout().is_terminal() {
        let rows: usize = typed.lines().map(|line| line.width().div_ceil(columns).max(1)).sum();
        ask!("\u{1b}[{rows}A\u{1b}[J");
        let _ = io::stdout().flush(); // what comes next may go to standard error
    }
}

/// Asks until the answer is right, saying each time why it is not.
///
/// # Errors
/// Ctrl-C, or standard input has ended.
pub(super) fn until<T>(mut question: impl FnMut() -> Result<T>) -> Result<T> {
    loop {
        match question() {
            // Only a user's answer can be given again; the end of the input cannot.
            Err(problem) if problem.kind == Kind::Usage && io::stdin().is_terminal() => {
                say!("{} {}", problem.what, problem.advice);
            }
            other => return other,
        }
    }
}

/// A line of the terminal's. Where a [`super::Printer`] has taken Ctrl-C over, its flag is looked at while nothing comes.
fn read() -> Result<String> {
    let ended = || {
        let advice = "Run it on a terminal; `pipglr setup --answers FILE` asks nothing.";
        Problem::new("The input ended before all was answered.", advice).kind(Kind::Ended)
    };
    io::stdout().flush().map_err(|_| ended())?;
    let stdin = io::stdin();
    loop {
        if crate::host::interrupt::stopped() {
            say!();
            return Err(Problem::interrupted());
        }
        match poll(&mut [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)], 100u16) {
            Ok(0) | Err(Errno::EINTR) => {}
            _ => break,
        }
    }
    let mut answer = String::new();
    match stdin.lock().read_line(&mut answer) {
        Ok(0) | Err(_) => Err(ended()),
        Ok(_) => Ok(answer),
    }
}

/// The terminal without echo, until dropped.
struct NoEcho(nix::sys::termios::Termios);

impl NoEcho {
    fn new() -> Result<Self> {
        let no_terminal = |_| {
            Problem::usage(
                "The token cannot be asked for: standard input is no terminal.",
                "Give `token_file`, or `--token-stdin`.",
            )
        };
        let before = tcgetattr(io::stdin()).map_err(no_terminal)?;
        let mut silent = before.clone();
        silent.local_flags.remove(LocalFlags::ECHO);
        silent.local_flags.insert(LocalFlags::ECHONL);
        tcsetattr(io::stdin(), SetArg::TCSAFLUSH, &silent).map_err(no_terminal)?;
        Ok(Self(before))
    }
}

impl Drop for NoEcho {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &self.0); // nothing more can be done about it
    }
}
