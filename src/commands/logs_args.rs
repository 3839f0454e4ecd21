//! What `pipglr logs` takes.

use crate::logs::Limits;
use crate::logs::clock::{self, Show};
use crate::problem::{Problem, Result};
use crate::tui::logview::Given;
use std::path::PathBuf;

/// What `logs` takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct Args {
    /// A saved log instead of the container's (`-` is standard input)
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Only lines since this time (RFC 3339, or 10m, 2h)
    #[arg(long, value_name = "T")]
    pub since: Option<String>,
    /// Only the last lines
    #[arg(long, value_name = "N")]
    pub tail: Option<u32>,
    /// End at the log's end
    #[arg(long)]
    pub no_follow: bool,
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
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(100..))]
    pub max_lines: Option<u32>,
    /// The most memory that they take, such as 500k, 64M or 1G; whichever is reached first [default: 64M]
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub max_bytes: Option<usize>,
}

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
        Ok(Given { file: self.from, since, tail, times: self.times, reveal: self.reveal, limits })
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

/// An amount of memory: bytes, or with `k`, `M`, `G` (also `MiB`) in steps of 1024.
fn memory(text: &str) -> std::result::Result<usize, String> {
    const LEAST: usize = 100 * 1024;
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = match text[end..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return Err("a number of bytes, or with k, M or G behind it: 500k, 64M, 1G".into()),
    };
    let number: usize = text[..end].parse().map_err(|_| "it begins with a number: 500k, 64M, 1G".to_owned())?;
    match number.checked_mul(unit) {
        Some(bytes) if bytes >= LEAST => Ok(bytes),
        Some(_) => Err("at least 100k, so that the longest line has room".into()),
        None => Err("that is more than any machine has".into()),
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
    fn what_is_kept() {
        assert_eq!(given(""), Ok(Limits { lines: 100_000, bytes: 64 << 20 }));
        assert_eq!(given("--max-lines 5000 --max-bytes 1G"), Ok(Limits { lines: 5_000, bytes: 1 << 30 }));
        for (size, bytes) in [("500k", 500 << 10), ("64MiB", 64 << 20), ("2mb", 2 << 20), ("1048576", 1 << 20)] {
            assert_eq!(given(&format!("--max-bytes {size}")).unwrap().bytes, bytes, "{size}");
        }
        for (words, why) in [
            ("--max-lines 5", "5 is not in"),
            ("--max-lines many", "invalid"),
            ("--max-bytes 10", "at least 100k"),
            ("--max-bytes M", "begins with a number"),
            ("--max-bytes 5T", "500k, 64M, 1G"),
            ("--max-bytes 99999999999999999G", "any machine"),
        ] {
            let said = given(words).unwrap_err();
            assert!(said.contains(why), "{words}: {said}");
        }
    }
}
