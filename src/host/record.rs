//! The command log: every command that was run, for `c` and for `commands.log`.

use jiff::Timestamp;
use std::time::Duration;

/// One command that was run. Its text never held a secret (see [`super::Cmd`]).
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
