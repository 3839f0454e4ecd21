//! How lines are written: with a mark, with or without colour, as JSON.

use crate::problem::{Problem, Result};
use crate::text::addressed::addressed;
use crate::text::wrap::{TOGETHER, commands_together};
use std::fmt;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use unicode_width::UnicodeWidthStr;

/// Standard output is for JSON alone.
static JSON_ALONE: AtomicBool = AtomicBool::new(false);

/// Sends every line that is printed from now on to standard error: standard output is for JSON alone.
pub fn keep_stdout_for_json() {
    JSON_ALONE.store(true, Ordering::Relaxed);
}

/// Why standard output did not take all that was written to it; the first reason counts.
static UNWRITTEN: OnceLock<String> = OnceLock::new();

/// Notes that something could not be written to standard output. The work goes on all the same. A reader who has seen
/// enough, and a terminal that is gone, lose nothing that anybody waits for.
pub(crate) fn note_written(written: io::Result<()>) {
    if let Err(e) = written
        && e.kind() != ErrorKind::BrokenPipe
        && e.raw_os_error() != Some(nix::errno::Errno::EIO as i32)
    {
        let _ = UNWRITTEN.set(e.to_string()); // the first one stays
    }
}

/// Returns the failure of a standard output that did not take all that was written to it: what a full disk has of a
/// script or of a configuration is a part, and must not pass for the whole.
pub fn unwritten() -> Option<Problem> {
    note_written(io::stdout().flush());
    let why = UNWRITTEN.get()?;
    Some(Problem::new(
        format!("Not all could be written to standard output: {why}."),
        "Make room where it goes to: `df -h` says how full each disk is. What was done stays done.",
    ))
}

/// Prints text as it is, byte for byte.
pub fn print_bytes(bytes: &[u8]) {
    note_written(io::stdout().lock().write_all(bytes));
}

/// Prints a line; see `say!`.
pub fn print_line(line: fmt::Arguments<'_>) {
    let line = line.to_string();
    let line = addressed(&line);
    if JSON_ALONE.load(Ordering::Relaxed) {
        let _ = writeln!(io::stderr(), "{line}"); // the terminal may be gone
    } else {
        note_written(writeln!(io::stdout(), "{line}"));
    }
}

/// Lines longer than this are hard to read.
const MEASURE: usize = 110;

/// Prints words behind something; on a terminal what has no room in a line stands below its words. Where another program
/// reads it each line is whole.
pub(super) fn print_behind(lead: &str, words: &str) {
    let width = (io::stdout().is_terminal() && !JSON_ALONE.load(Ordering::Relaxed)).then(columns);
    for line in behind(lead, &addressed(words), width) {
        print_line(format_args!("{line}"));
    }
}

/// Prints a problem to standard error, in the same way.
pub fn complain_problem(problem: &Problem) {
    let width = io::stderr().is_terminal().then(columns);
    for line in problem_lines(problem, width) {
        let _ = writeln!(io::stderr(), "{line}"); // the terminal may be gone
    }
}

/// Returns a problem as lines of so many columns; those without a lead may be commands, and stay as they are.
fn problem_lines(problem: &Problem, width: Option<usize>) -> Vec<String> {
    const LEADS: [&str; 4] = ["pipglr: ", "  | ", "cause: ", "next:  "];
    let text = format!("pipglr: {problem}");
    let lines = text.lines().flat_map(|line| {
        let lead = LEADS.into_iter().find(|lead| line.starts_with(lead));
        lead.map_or_else(|| vec![line.to_owned()], |lead| behind(lead, &line[lead.len()..], width))
    });
    lines.collect()
}

/// Returns how many columns the terminal has; 0 where it does not say.
fn columns() -> usize {
    crossterm::terminal::size().map_or(0, |(columns, _)| usize::from(columns))
}

/// Returns words behind something as lines of so many columns, or as one line. A word that is longer than a line (an address,
/// a path) stays whole, since the terminal, too, takes it for one.
fn behind(lead: &str, words: &str, width: Option<usize>) -> Vec<String> {
    let indent = plain_width(lead);
    // Beside a long lead in a narrow terminal words would have no room: the terminal breaks them.
    let room = width.map(|width| width.min(MEASURE).saturating_sub(indent)).filter(|room| *room >= 20);
    let Some(room) = room else { return vec![format!("{lead}{words}")] };
    let blank = " ".repeat(indent);
    // What stands below may be commands, which are copied as they are.
    let (words, below) = words.split_once('\n').map_or((words, None), |(words, below)| (words, Some(below)));
    let mut lines: Vec<String> = vec![];
    for word in commands_together(words, room).split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let lead_of = |index| if index == 0 { lead } else { &blank };
    let lines =
        lines.iter().enumerate().map(|(index, line)| format!("{}{}", lead_of(index), line.replace(TOGETHER, " ")));
    lines.chain(below.map(str::to_owned)).collect()
}

/// Returns how many columns text takes; a colour takes none.
fn plain_width(text: &str) -> usize {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().width();
    first + parts.map(|part| part.split_once('m').map_or(part, |(_, rest)| rest).width()).sum::<usize>()
}

/// Prints a line to standard error; see `complain!`.
pub fn complain_line(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{}", addressed(&line.to_string()));
}

/// How plain lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tone {
    /// With colour.
    pub color: bool,
}

impl Tone {
    /// Returns a word and a glyph for good and bad; never colour alone.
    pub fn mark(self, ok: Option<bool>) -> String {
        let (glyph, color) = match ok {
            Some(true) => ("ok  ", 32),
            Some(false) => ("FAIL", 31),
            None => ("-   ", 33),
        };
        self.paint(glyph, color)
    }

    /// In a colour (an SGR number), where there are colours.
    pub fn paint(self, text: &str, color: u8) -> String {
        if self.color { format!("\u{1b}[{color}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Prints a value as JSON.
///
/// # Errors
/// It cannot be written as JSON.
pub fn print_json(value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| Problem::new(format!("No JSON could be made: {e}."), "Report this as a bug."))?;
    note_written(writeln!(io::stdout(), "{}", addressed(&text)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_stands_below_its_words_on_a_terminal() {
        let lead = "     next:  ";
        let words = "`pipglr start` starts it; `pipglr logs` says how it ended.";
        assert_eq!(behind(lead, words, None), [format!("{lead}{words}")], "a pipe has whole lines");
        assert_eq!(
            behind(lead, words, Some(51)),
            ["     next:  `pipglr start` starts it; `pipglr logs`", "            says how it ended."]
        );
        assert_eq!(behind(lead, words, Some(24)), [format!("{lead}{words}")]);
        assert_eq!(behind(lead, words, Some(0)), [format!("{lead}{words}")], "a terminal that does not say its size");
        let address = "https://docs.gitlab.com/runner/executors/docker/";
        assert_eq!(
            behind("see: ", &format!("at {address} it is"), Some(30)),
            ["see: at".to_owned(), format!("     {address}"), "     it is".into()]
        );
        assert_eq!(behind("next: ", "Run:\na command of its own", Some(26)), ["next: Run:", "a command of its own"]);
        let bad = Tone { color: true }.mark(Some(false));
        assert_eq!(behind(&format!("{bad} "), "one two three four five six", Some(27))[1], "     five six");
    }

    #[test]
    fn a_problem_s_lines_hang_too_and_its_commands_stay_whole() {
        let problem = Problem::new(
            "It is of no use to anybody.",
            "Have an administrator run:\nsudo usermod --add-subuids 1-2 jane",
        );
        assert_eq!(
            problem_lines(&problem, Some(30)),
            [
                "pipglr: It is of no use to",
                "        anybody.",
                "next:  Have an administrator",
                "       run:",
                "sudo usermod --add-subuids 1-2 jane"
            ]
        );
        assert_eq!(problem_lines(&problem, None).join("\n"), format!("pipglr: {problem}"));
    }
}
