//! `pipglr jobs`: what the runner is working on.

use super::Context;
use super::number::number;
use super::output::print_json;
use super::printer::{self, Printer};
use crate::container::jobs::{self, Job, Running, UNLISTED};
use crate::container::trace;
use crate::host::{Bell, Watch};
use crate::logs::{Item, Sink};
use crate::problem::{Exit, Problem, Result};
use crate::text::plural::took;
use std::io::{self, Write};

/// What `jobs` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipglr jobs
  pipglr jobs 4711 --follow       # one job's trace, until it ends
  pipglr jobs --json")]
pub struct Args {
    /// Print what this job's containers print, each line with a letter: J the job, H gitlab-runner's helper, V a service
    #[arg(value_parser = number(1..=u64::MAX, "a job's ID is its number in GitLab; `pipglr jobs` lists those that run"))]
    id: Option<u64>,
    /// Go on with what comes, until the job ends
    #[arg(long, requires = "id")]
    follow: bool,
    /// As JSON
    #[arg(long, conflicts_with = "id")]
    json: bool,
}

/// Prints the running jobs, a line each; or one job's trace.
///
/// # Errors
/// The container does not say which jobs run, or there is no such job.
pub fn run(args: &Args, context: &Context) -> Result<Exit> {
    let target = &context.target()?;
    if let Some(id) = args.id {
        let mut out = Out { printer: Printer::new(true), buffer: vec![], failed: None };
        trace::read(target, id, args.follow, &mut out)?;
        out.flush();
        return match out.failed {
            Some(e) if e.kind() != io::ErrorKind::BrokenPipe => {
                Err(Problem::new(format!("The trace cannot be written: {e}."), "Is the disk full that it goes to?"))
            }
            _ if out.printer.stopped() => Ok(Exit::Interrupted),
            _ => Ok(Exit::Done),
        };
    }
    let running = jobs::running(&*target.host, &target.name).ok_or_else(|| trace::silent(&target.name))?;
    let Running { jobs, listed } = running;
    if !listed {
        complain!("Note: {UNLISTED}.");
    }
    if args.json {
        print_json(&jobs)?;
    } else if jobs.is_empty() {
        say!("No job runs.");
    } else {
        jobs.iter().for_each(|job| say!("{}", line(job)));
    }
    Ok(Exit::Done)
}

/// A job in a line: its number, how long, what it does, where from.
pub(super) fn line(job: &Job) -> String {
    let from = if job.git_ref.is_empty() { job.project.clone() } else { format!("{} {}", job.project, job.git_ref) };
    format!("{:>8}  {:>9}  {:<16}  {from}  {}", job.id, took(job.seconds), job.stage, job.url).trim_end().to_owned()
}

/// Writes lines as they come.
struct Out {
    printer: Printer,
    buffer: Vec<u8>,
    failed: Option<io::Error>,
}

impl Out {
    fn flush(&mut self) {
        let mut to = io::stdout().lock();
        if self.failed.is_none()
            && let Err(e) = to.write_all(&self.buffer).and_then(|()| to.flush())
        {
            self.failed = Some(e);
        }
        self.buffer.clear();
    }
}

impl Sink for Out {
    fn item(&mut self, item: Item) {
        match item {
            Item::Line(line) => {
                self.buffer.extend_from_slice(&[line.source.letter() as u8, b' ']);
                self.buffer.extend_from_slice(line.shown(false).as_bytes());
            }
            Item::Ruler(ruler) => self.buffer.extend_from_slice(format!("--- {} ---", ruler.text).as_bytes()),
        }
        self.buffer.push(b'\n');
        if self.buffer.len() >= 64 * 1024 {
            self.flush();
        }
    }

    fn idle(&mut self) {
        self.flush();
    }

    fn stopped(&self) -> bool {
        self.failed.is_some() || self.printer.stopped()
    }

    fn bells(&self) -> Vec<Bell> {
        printer::stop_bell().into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_a_line() {
        let job = Job {
            id: 7,
            project: "a/b".into(),
            git_ref: "main".into(),
            url: "https://gitlab.example/a/b/-/jobs/7".into(),
            stage: "step_script".into(),
            seconds: 65,
            ..Job::default()
        };
        assert_eq!(line(&job), "       7       65 s  step_script       a/b main  https://gitlab.example/a/b/-/jobs/7");
    }
}
