//! What `pipglr logs` takes.

use super::number::number;
use crate::logs::Limits;
use crate::logs::clock::{self, Show};
use crate::problem::{Problem, Result};
use crate::text::size;
use crate::tui::logview::Given;
use std::path::PathBuf;

/// What `logs` takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A saved log instead of the container's (`-` is standard input)
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Only lines since this time (RFC 3339, or 10m, 2h)
    #[arg(long, value_name = "T")]
    pub since: Option<String>,
    /// Only the last lines
    #[arg(long, value_name = "N", value_parser = number(0..=u32::MAX, "how many lines, such as 1000"))]
    pub tail: Option<u32>,
    /// End at the log's end
    #[arg(long, overrides_with = "follow")]
    pub no_follow: bool,
    /// Go on with what comes, as it does without this
    #[arg(short, long, overrides_with = "no_follow")]
    pub follow: bool,
    /// One JSON object a line: {time, source, level, text, job}
    #[arg(long)]
    pub json: bool,
    /// Show tokens and passwords, which are masked otherwise
    #[arg(long)]
    pub reveal: bool,
    /// How much of each line's time is shown
    #[arg(long, value_enum, value_name = "HOW", default_value_t)]
    pub times: Show,
    /// The most lines that the screen keeps; older ones are let go, and counted [default: 100000]
    #[arg(long, value_name = "N", value_parser = number(100..=u32::MAX, "how many lines, at least 100"))]
    pub max_lines: Option<u32>,
    /// The most memory that they take, such as 500k, 64M or 1GiB; whichever is reached first [default: 64MiB]
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub max_bytes: Option<usize>,
}

const EXAMPLES: &str = "\
Examples:
  pipglr logs                     # on the screen, as it comes
  pipglr logs --since 10m --no-follow --plain
  pipglr logs --from saved.log
  pipglr logs --tail 1000 --json";

impl Args {
    /// For the screen.
    pub(super) fn given(self) -> Result<Given> {
        let since = self.since.as_ref().map(|since| clock::since(since, jiff::Timestamp::now())).transpose()?;
        let tail = self.tail.map(|tail| tail as usize);
        let kept = Limits::default();
        let limits = Limits {
            lines: self.max_lines.map_or(kept.lines, |lines| lines as usize),
            bytes: self.max_bytes.unwrap_or(kept.bytes),
        };
        Ok(Given { file: self.from, job: None, since, tail, times: self.times, reveal: self.reveal, limits })
    }

    /// Of plain lines none is kept.
    pub(super) fn unkept(&self) -> Result<()> {
        match (self.max_lines, self.max_bytes) {
            (None, None) => Ok(()),
            _ => Err(Problem::usage(
                "`--max-lines` and `--max-bytes` say what the screen keeps; plain lines are printed, and none is kept.",
                "Leave them out, or look at the log on a terminal, without --plain, --json and --no-follow.",
            )),
        }
    }
}

/// An amount of memory.
fn memory(text: &str) -> std::result::Result<usize, String> {
    const LEAST: u64 = 100_000;
    match size::parse(text)? {
        bytes if bytes < LEAST => Err("at least 100k, so that the longest line has room".into()),
        bytes => usize::try_from(bytes).map_err(|_| "that is more than any machine has".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Logs {
        #[command(flatten)]
        args: Args,
    }

    fn given(words: &str) -> std::result::Result<Limits, String> {
        let logs = Logs::try_parse_from(format!("logs {words}").split_whitespace()).map_err(|e| e.to_string())?;
        logs.args.given().map(|given| given.limits).map_err(|e| e.what)
    }

    #[test]
    fn the_last_of_follow_and_no_follow_counts() {
        for (words, ends) in [("", false), ("-f", false), ("--no-follow", true), ("--no-follow -f", false)] {
            let logs = Logs::try_parse_from(format!("logs {words}").split_whitespace()).unwrap();
            assert_eq!(logs.args.no_follow, ends, "{words}");
        }
    }

    #[test]
    fn what_is_kept() {
        assert_eq!(given(""), Ok(Limits { lines: 100_000, bytes: 64 << 20 }));
        assert_eq!(given("--max-lines 5000 --max-bytes 1G"), Ok(Limits { lines: 5_000, bytes: 1_000_000_000 }));
        for (words, why) in [
            ("--max-lines 5", "at least 100"),
            ("--max-lines many", "at least 100"),
            ("--tail=-1", "such as 1000"),
            ("--max-bytes 10", "at least 100k"),
            ("--max-bytes M", "500k, 64M, 1GiB"),
            ("--max-bytes 5X", "500k, 64M, 1GiB"),
        ] {
            let said = given(words).unwrap_err();
            assert!(said.contains(why), "{words}: {said}");
        }
    }
}
