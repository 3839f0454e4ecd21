//! `pipglr logs --plain`: the log on standard output, made for pipes.

use super::Context;
use super::blocks::Blocks;
pub use super::logs_args::Args;
use super::output::Tone;
use super::printer::Printer;
use crate::host::Watch;
use crate::host::wake::{self, Bell};
use crate::logs::clock::{self, Local, Show};
use crate::logs::feed::Options;
use crate::logs::{Item, Level, Line, Sink, file, stream};
use crate::problem::{Exit, Problem, Result};
use crate::source::Source;
use crate::tui;
use jiff::Timestamp;
use serde::Serialize;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

/// How much is written at once while lines keep coming.
const BLOCK: usize = 64 * 1024;

/// Shows the log on the screen; without one, or for another program, prints it, a line each: time, the letter of its
/// program (S systemd, P podman, R gitlab-runner), the letter of its level (blank, d debug, W warning, E error, F fatal),
/// text.
///
/// # Errors
/// There is no such container, it keeps no log, or the file cannot be read.
pub fn run(args: Args, context: &Context) -> Result<Exit> {
    // A log that is to end, and JSON, are for other programs.
    if context.screen && !args.no_follow && !args.json {
        return tui::logs(context.setup()?, args.given()?);
    }
    args.unkept()?;
    match &args.from {
        Some(path) => print(&args, context.tone, |options, out| file::read(path, options, out)),
        None => {
            let target = context.target()?;
            print(&args, context.tone, |options, out| stream::run(&*target.host, &target.name, options, out))
        }
    }
}

fn print(args: &Args, tone: Tone, log: impl FnOnce(&Options, &mut dyn Sink) -> Result<()>) -> Result<Exit> {
    let since = args.since.as_ref().map(|since| clock::since(since, Timestamp::now())).transpose()?;
    let tail = args.tail.map(|tail| tail as usize);
    let options = Options { since, tail, follow: !args.no_follow, wait: false };
    let how = How { color: tone.color && !args.json, json: args.json, reveal: args.reveal, times: args.times };
    // Whole blocks go straight to the descriptor: Rust's own standard output looks for their last line feed.
    let to = io::stdout().as_fd().try_clone_to_owned().map(File::from).map_err(unwritable)?;
    let (printer, gone) = (Printer::new(true), Bell::closed(to.as_fd()));
    let to = Blocks::to(to).map_err(unwritable)?;
    let mut out = Out { to, printer, gone, how, local: Local::system(), buffer: vec![], end: None };
    let read = log(&options, &mut out);
    out.flush();
    let written = out.to.end();
    out.ended(written);
    read?;
    match out.end {
        Some(End::Failed(e)) => Err(unwritable(e)),
        _ if out.printer.stopped() => Ok(Exit::Interrupted), // how following a log ends: nothing to tell
        _ => Ok(Exit::Done),                                 // nobody reads any more: that is no failure
    }
}

fn unwritable(e: io::Error) -> Problem {
    Problem::new(format!("The log cannot be written to standard output: {e}."), "Is the disk full that it goes to?")
}

/// How lines are written.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// With colours.
    pub color: bool,
    /// As JSON, an object a line.
    pub json: bool,
    /// With the secrets.
    pub reveal: bool,
    /// How much of the time.
    pub times: Show,
}

/// Why nothing more is written.
enum End {
    /// Nobody reads.
    Closed,
    Failed(io::Error),
}

/// Writes lines in large blocks while more come, and at once where none does.
struct Out {
    to: Blocks,
    printer: Printer,
    /// Rings when nobody reads any more: a quiet log writes nothing by which it would be noticed.
    gone: Option<Bell>,
    how: How,
    local: Local,
    buffer: Vec<u8>,
    end: Option<End>,
}

impl Out {
    fn flush(&mut self) {
        if self.end.is_none() && !self.buffer.is_empty() {
            let written = self.to.write(&mut self.buffer);
            self.ended(written);
        }
        self.buffer.clear();
    }

    /// Nothing more is written, where something could not be.
    fn ended(&mut self, written: io::Result<()>) {
        if let Err(e) = written {
            self.end = Some(if e.kind() == io::ErrorKind::BrokenPipe { End::Closed } else { End::Failed(e) });
        }
    }
}

impl Sink for Out {
    fn item(&mut self, item: Item) {
        write(&item, self.how, &mut self.local, &mut self.buffer);
        if self.buffer.len() >= BLOCK {
            self.flush();
        }
    }

    fn idle(&mut self) {
        self.flush();
    }

    fn stopped(&self) -> bool {
        let closed = || self.gone.as_ref().is_some_and(|gone| wake::wait([gone], Some(Duration::ZERO)));
        self.end.is_some() || self.printer.stopped() || closed()
    }

    fn bells(&self) -> Vec<Bell> {
        match (super::printer::stop_bell(), self.gone.as_ref().and_then(Bell::again)) {
            (Some(stop), Some(gone)) => vec![stop, gone],
            _ => vec![], // no descriptor is left: then it is asked now and then
        }
    }
}

/// Appends an item as it is printed.
pub fn write(item: &Item, how: How, local: &mut Local, to: &mut Vec<u8>) {
    match item {
        item if how.json => json(item, how.reveal, to),
        Item::Ruler(ruler) => {
            local.write(ruler.time, how.times, to);
            to.extend_from_slice(b"--- ");
            to.extend_from_slice(ruler.text.as_bytes());
            to.extend_from_slice(b" ---\n");
        }
        Item::Line(line) => {
            local.write(line.time, how.times, to);
            let (source, level) = (line.source.letter() as u8, line.level.letter() as u8);
            if how.color {
                colored(line, how.reveal, to);
            } else {
                to.extend_from_slice(&[source, b' ', level, b' ']);
                to.extend_from_slice(line.shown(how.reveal).as_bytes());
            }
            to.push(b'\n');
        }
    }
}

/// The letters in the program's colour, the text in its own, or in its level's where it has none.
fn colored(line: &Line, reveal: bool, to: &mut Vec<u8>) {
    let source = match line.source {
        Source::Systemd | Source::Helper => 34,
        Source::Podman | Source::Service => 35,
        Source::Runner | Source::Script => 32,
    };
    let letters = format!("\u{1b}[{source}m{}\u{1b}[0m {} ", line.source.letter(), line.level.letter());
    to.extend_from_slice(letters.as_bytes());
    let text = line.shown(reveal);
    let mut paint = line.paint().peekable();
    if paint.peek().is_none() || reveal && line.masked() {
        let color = match line.level {
            Level::Debug => "\u{1b}[2m",
            Level::Info => return to.extend_from_slice(text.as_bytes()),
            Level::Warning => "\u{1b}[33m",
            Level::Error | Level::Fatal => "\u{1b}[31m",
        };
        to.extend_from_slice(color.as_bytes());
        to.extend_from_slice(text.as_bytes());
    } else {
        let mut from = 0;
        for paint in paint {
            let at = (paint.at as usize).min(text.len());
            to.extend_from_slice(text.as_bytes().get(from..at).unwrap_or_default());
            to.extend_from_slice(b"\x1b[0");
            if paint.bold {
                to.extend_from_slice(b";1");
            }
            match paint.colour {
                Some(n @ 0..8) => to.extend_from_slice(format!(";{}", 30 + n).as_bytes()),
                Some(n) => to.extend_from_slice(format!(";38;5;{n}").as_bytes()),
                None => {}
            }
            to.push(b'm');
            from = at;
        }
        to.extend_from_slice(&text.as_bytes()[from..]);
    }
    to.extend_from_slice(b"\x1b[0m");
}

/// A line, as `--json` prints it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Said<'a> {
    /// When, RFC 3339; `null` where the log does not say.
    time: Option<String>,
    /// Whose it is: `systemd`, `podman` or `gitlab-runner`.
    source: &'a str,
    /// `debug`, `info`, `warning`, `error` or `fatal`.
    level: &'a str,
    /// Without secrets.
    text: &'a str,
    /// The job that it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<u64>,
}

/// A restart, or a place where lines are missing, as `--json` prints it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Event<'a> {
    /// When, RFC 3339; `null` where the log does not say.
    time: Option<String>,
    /// What happened.
    event: &'a str,
}

/// One object: a line, or `{time, event}`.
fn json(item: &Item, reveal: bool, to: &mut Vec<u8>) {
    let time = item.time().map(|time| time.to_string());
    // Writing to memory does not fail, and nothing in these cannot be written.
    let _ = match item {
        Item::Ruler(ruler) => serde_json::to_writer(&mut *to, &Event { time, event: &ruler.text }),
        Item::Line(line) => serde_json::to_writer(
            &mut *to,
            &Said {
                time,
                source: line.source.word(),
                level: line.level.word(),
                text: &line.shown(reveal),
                job: line.job.map(Into::into),
            },
        ),
    };
    to.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::Ruler;
    use crate::logs::line::parse;

    fn written(item: &Item, how: How) -> String {
        let mut out = vec![];
        write(item, how, &mut Local::new(jiff::tz::TimeZone::UTC), &mut out);
        String::from_utf8(out).unwrap()
    }

    const HOW: How = How { color: false, json: false, reveal: false, times: Show::Time };

    #[test]
    fn a_line_in_every_way() {
        let mut line = parse("[1.0] gitlab-runner[4]: \u{1b}[31;1mERROR: token: abc\u{1b}[0;m  job=7");
        line.time = "2026-11-24T10:00:00.5Z".parse().ok();
        let line = Item::Line(line);
        assert_eq!(written(&line, HOW), "10:00:00.500 R E ERROR: token: [MASKED]  job=7\n");
        assert_eq!(
            written(&line, How { color: true, times: Show::None, ..HOW }),
            "\u{1b}[32mR\u{1b}[0m E \u{1b}[0;1;31mERROR: token: [MASKED]\u{1b}[0m  job=7\u{1b}[0m\n"
        );
        assert_eq!(
            written(&line, How { json: true, reveal: true, ..HOW }),
            "{\"time\":\"2026-11-24T10:00:00.5Z\",\"source\":\"gitlab-runner\",\"level\":\"error\",\
             \"text\":\"ERROR: token: abc  job=7\",\"job\":7}\n"
        );
        let ruler = Item::Ruler(Ruler { time: None, text: "container ended".into() });
        assert_eq!(written(&ruler, How { times: Show::None, ..HOW }), "--- container ended ---\n");
        assert_eq!(written(&ruler, How { json: true, ..HOW }), "{\"time\":null,\"event\":\"container ended\"}\n");
    }
}
