//! The command log: every command that was run, for `c` and for `commands.log`.

use crate::mask;
use jiff::Timestamp;
use std::time::Duration;

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
}

impl Record {
    /// A command that was run, by its words.
    pub fn new(words: &[String], at: Timestamp, code: Option<i32>, took: Duration) -> Self {
        Self { at, text: mask::command::shown(words.iter().map(String::as_str)), code, took }
    }

    /// One line of `commands.log`: time, exit code, seconds, command.
    pub fn line(&self) -> String {
        let code = self.code.map_or("-".into(), |code| code.to_string());
        format!("{:.0} {code:>3} {:>7.2}s {}", self.at, self.took.as_secs_f64(), self.text.replace('\n', "\\n"))
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
    fn a_line_has_time_code_seconds_and_command() {
        let record = Record {
            at: "2026-11-24T10:00:00.5Z".parse().unwrap(),
            text: "podman info".into(),
            code: Some(125),
            took: Duration::from_millis(144),
        };
        assert_eq!(record.line(), "2026-11-24T10:00:00Z 125    0.14s podman info");
    }
}
