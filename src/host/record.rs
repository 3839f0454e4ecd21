//! The command log: the commands that were run, for `c`; and those of them that changed something, for `commands.log`.

use crate::text::mask;
use crate::text::plural::count;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::time::Duration;

/// So many of its last lines are kept.
const SAID: usize = 8;
/// So much of a script is shown where not all of it is.
const FOLDED: usize = 60;

/// One command that was run. What is secret in it is masked: an admin's own container may have been made with a password
/// on its command line.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// When it started.
    pub at: Timestamp,
    /// As a shell takes it, `sudo` included.
    pub text: String,
    /// Its exit code; `None` where it did not end by itself.
    pub code: Option<i32>,
    /// How long it took.
    pub took: Duration,
    /// It was run to change something, or failed to answer.
    pub matters: bool,
    /// The last lines that it said, where it matters; masked.
    pub said: Vec<String>,
}

impl Record {
    /// Returns a command that was run, by its words.
    pub fn new(words: &[String], at: Timestamp, code: Option<i32>, took: Duration) -> Self {
        Self {
            at,
            text: mask::command::shown(words.iter().map(String::as_str)),
            code,
            took,
            matters: false,
            said: vec![],
        }
    }

    /// Says that it was run to change something, or failed to answer; and what it said.
    pub fn matters(mut self, lines: &[String]) -> Self {
        self.matters = true;
        let last = &lines[lines.len().saturating_sub(SAID)..];
        self.said = last.iter().map(|line| mask::mask(line).into_owned()).collect();
        self
    }

    /// Returns the command as a user would type it: what a shell is given is a program, of which only the beginning is shown.
    pub fn folded(&self) -> String {
        let Some(at) = self.text.find("sh -c ") else { return self.text.clone() };
        let script = &self.text[at..];
        let room = script.char_indices().nth(FOLDED).map_or(script.len(), |(at, _)| at);
        let end = script.find('\n').unwrap_or(script.len()).min(room);
        let begun = &self.text[..at + end];
        match script[end..].matches('\n').count() {
            _ if end == script.len() => begun.to_owned(),
            0 => format!("{begun}… (the script goes on)"),
            more => format!("{begun}… (the script has {})", count(more, "more line")),
        }
    }

    /// Returns one line of `commands.log`: time, exit code, seconds, command.
    pub fn line(&self) -> String {
        let code = self.code.map_or("-".into(), |code| code.to_string());
        format!("{:.0} {code:>3} {:>7.2}s {}", self.at, self.took.as_secs_f64(), self.text.replace('\n', "\\n"))
    }
}

/// The last commands, however many were run: a screen may be left open for months.
#[derive(Debug, Default)]
pub struct Records(VecDeque<Record>);

impl Records {
    /// So many are kept.
    pub const MOST: usize = 1_000;

    /// Takes the newest.
    pub fn push(&mut self, record: Record) {
        if self.0.len() == Self::MOST {
            self.0.pop_front();
        }
        self.0.push_back(record);
    }

    /// Returns all that are kept, oldest first.
    pub fn all(&self) -> Vec<Record> {
        self.0.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_admin_gave_a_container_is_masked() {
        let words = ["podman", "create", "-e", "DB=canary", "--label=a=canary", "-eX=canary", "-it", "image"];
        let record = Record::new(&words.map(str::to_owned), Timestamp::UNIX_EPOCH, Some(0), Duration::ZERO);
        let shown = "podman create -e 'DB=[MASKED]' '--label=a=[MASKED]' '-eX=[MASKED]' -it image";
        assert_eq!(record.text, shown);
        assert!(record.line().ends_with(shown));
    }

    #[test]
    fn of_a_script_only_its_beginning_is_shown_and_a_command_that_is_typed_is_whole() {
        let folded = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            Record::new(&words, Timestamp::UNIX_EPOCH, Some(0), Duration::ZERO).folded()
        };
        let long = "x".repeat(500);
        assert_eq!(folded(&["podman", "run", &long]), format!("podman run {long}"));
        assert_eq!(folded(&["podman", "exec", "pipglr", "sh", "-c", "kill 7"]), "podman exec pipglr sh -c 'kill 7'");
        let script = folded(&["podman", "exec", "pipglr", "sh", "-c", "begin\nmore\nend", "sh", "7"]);
        assert_eq!(script, "podman exec pipglr sh -c 'begin… (the script has 2 more lines)");
        let line = folded(&["podman", "exec", "pipglr", "sh", "-c", &"é".repeat(500)]);
        assert!(line.ends_with("éé… (the script goes on)") && line.len() < 200, "{line}");
    }

    #[test]
    fn the_oldest_make_room() {
        let mut records = Records::default();
        for n in 0..Records::MOST + 7 {
            let text = n.to_string();
            records.push(Record { text, ..Record::new(&[], Timestamp::UNIX_EPOCH, Some(0), Duration::ZERO) });
        }
        let all = records.all();
        assert_eq!((all.len(), all[0].text.as_str()), (Records::MOST, "7"));
    }

    #[test]
    fn a_line_has_time_code_seconds_and_command() {
        let record = Record {
            at: "2026-11-24T10:00:00.5Z".parse().unwrap(),
            text: "podman info".into(),
            code: Some(125),
            took: Duration::from_millis(144),
            matters: false,
            said: vec![],
        };
        assert_eq!(record.line(), "2026-11-24T10:00:00Z 125    0.14s podman info");
    }

    #[test]
    fn what_a_command_said_is_masked_and_its_last_lines_are_kept() {
        let lines: Vec<String> = (0..20).map(|n| format!("{n} glrt-t1_abcdefghijklmnop")).collect();
        let record = Record::new(&["podman".into()], Timestamp::UNIX_EPOCH, Some(1), Duration::ZERO).matters(&lines);
        assert_eq!((record.matters, record.said.len()), (true, SAID));
        assert!(record.said[0].starts_with("12 ") && !format!("{record:?}").contains("abcdef"), "{record:?}");
    }
}
