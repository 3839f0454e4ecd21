//! The jobs that a log tells of, as a table. Their events: FACTS.md.

use super::line::Line;
use crate::gitlab::path_of;
use crate::source::Source;
use crate::symptoms::catalogue;
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::num::NonZeroU64;

/// Most jobs kept; the oldest go.
const KEPT: usize = 10_000;

/// How a job stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Taken from the server, or at work.
    #[default]
    Running,
    /// Its end was seen.
    Succeeded,
    /// It failed, for this reason.
    Failed(String),
    /// It left the list without a word of how it ended.
    Ended,
}

impl State {
    /// Returns one word for the table.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed(_) => "failed",
            Self::Ended => "ended",
        }
    }
}

/// A job, as far as the log tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its number at GitLab.
    pub id: NonZeroU64,
    /// The project's path, `group/project`; its number where nothing else was said.
    pub project: String,
    /// The runner's short token.
    pub runner: String,
    /// How it stands.
    pub state: State,
    /// Its first line's time.
    pub started: Option<Timestamp>,
    /// Its newest line's time.
    pub seen: Option<Timestamp>,
    /// How long it took, as gitlab-runner says; `None` until it has ended.
    pub took: Option<SignedDuration>,
    /// How many lines are about it.
    pub lines: u64,
}

/// How jobs ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// How many succeeded.
    pub done: usize,
    /// How many failed.
    pub failed: usize,
    /// The last that failed, when, and why.
    pub last: Option<(u64, Timestamp, String)>,
}

impl Ended {
    /// Says it in a line, where any did, with the last that failed in another: `12 done, 2 failed`, `job 7 failed: exit code 3`.
    /// Where the doctor knows why, its name for it stands for all that was said: `job 7 failed: image unknown`.
    pub fn lines(&self) -> Vec<String> {
        let last = self.last.as_ref().map(|(id, _, why)| match &**why {
            "" => format!("job {id} failed"),
            why => match catalogue().find(Some(Source::Runner), why) {
                Some(symptom) => format!("job {id} failed: {}", symptom.id.replace('-', " ")),
                None => format!("job {id} failed: {why}"),
            },
        });
        let some = self.done + self.failed > 0;
        let counts = some.then(|| format!("{} done, {} failed", self.done, self.failed));
        counts.into_iter().chain(last).collect()
    }
}

/// The table, filled line by line.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    jobs: VecDeque<Job>,
    /// How many have gone before them.
    gone: usize,
    /// Where each is, those that have gone counted: in a flood of new jobs no line waits for a look at all of them.
    places: HashMap<NonZeroU64, usize>,
}

impl Jobs {
    /// Returns the jobs, the one that was seen first first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Job> + ExactSizeIterator {
        self.jobs.iter()
    }

    /// Returns how those ended whose last line is of this time and later.
    pub fn ended(&self, since: Timestamp) -> Ended {
        let mut ended = Ended::default();
        for job in self.jobs.iter().filter(|job| job.seen.is_some_and(|seen| seen >= since)) {
            match &job.state {
                State::Succeeded => ended.done += 1,
                State::Failed(why) => {
                    ended.failed += 1;
                    let newer = ended.last.as_ref().is_none_or(|(_, seen, _)| Some(*seen) <= job.seen);
                    if let Some(seen) = job.seen.filter(|_| newer) {
                        ended.last = Some((job.id.get(), seen, why.clone()));
                    }
                }
                State::Running | State::Ended => {}
            }
        }
        ended
    }

    /// Takes note of a line; nearly all are about no job and cost nothing.
    pub fn see(&mut self, line: &Line) {
        let Some(id) = line.job.filter(|_| line.source == Source::Runner) else { return };
        let place = self.places.get(&id).copied().unwrap_or_else(|| self.begin(id, line.time));
        let Some(job) = self.jobs.get_mut(place - self.gone) else { return };
        job.lines += 1;
        job.seen = line.time.or(job.seen);
        let text = line.text();
        let tells = ["Job ", "Removed job", "Added job", "received"].iter().any(|word| text.contains(word));
        if !tells && !job.runner.is_empty() {
            return;
        }
        let fields = line.fields();
        for (key, value) in fields.pairs {
            match key.as_str() {
                "project" if job.project.is_empty() => job.project = value,
                "repo_url" if !path_of(&value).is_empty() => job.project = path_of(&value).to_owned(),
                "runner" => job.runner = value,
                "duration_s" => {
                    job.took = value.parse().ok().and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok());
                }
                _ => {}
            }
        }
        let message = fields.message.as_str();
        if message.starts_with("Job succeeded") {
            job.state = State::Succeeded;
        } else if let Some(reason) = message.strip_prefix("Job failed") {
            job.state = State::Failed(reason.trim_start_matches([':', ' ']).trim_end().to_owned());
        } else if message.starts_with("Removed job from processing list") && job.state == State::Running {
            job.state = State::Ended;
        } else if message.starts_with("Checking for jobs... received") {
            // Seen again: a server that was recreated counts from the start.
            (job.state, job.took, job.started) = (State::Running, None, line.time.or(job.started));
        }
    }

    /// A job that was not seen before; gives its place.
    fn begin(&mut self, id: NonZeroU64, started: Option<Timestamp>) -> usize {
        if self.jobs.len() == KEPT
            && let Some(oldest) = self.jobs.pop_front()
        {
            self.places.remove(&oldest.id);
            self.gone += 1;
        }
        self.jobs.push_back(Job {
            id,
            project: String::new(),
            runner: String::new(),
            state: State::default(),
            started,
            seen: None,
            took: None,
            lines: 0,
        });
        let place = self.gone + self.jobs.len() - 1;
        self.places.insert(id, place);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::{Item, Pipeline, decode::Format};

    fn table(log: &[u8], format: Format) -> Vec<(u64, String, String, String, Option<f64>)> {
        let (mut pipeline, mut items) = (Pipeline::new(format), Vec::<Item>::new());
        pipeline.feed(log, &mut |line| items.push(Item::Line(line)));
        pipeline.end(&mut |line| items.push(Item::Line(line)));
        let mut jobs = Jobs::default();
        items.iter().filter_map(Item::line).for_each(|line| jobs.see(line));
        jobs.iter()
            .map(|job| {
                let state = match &job.state {
                    State::Failed(why) => format!("failed: {why}"),
                    other => other.word().to_owned(),
                };
                (job.id.get(), job.project.clone(), job.runner.clone(), state, job.took.map(|t| t.as_secs_f64()))
            })
            .collect()
    }

    #[test]
    fn the_recorded_jobs_in_all_three_formats() {
        let row =
            |id, runner: &str, state: &str, took| (id, "group/project".to_owned(), runner.into(), state.into(), took);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded/logs/");
        let read = |name: &str| std::fs::read(format!("{folder}{name}")).unwrap();
        assert_eq!(
            table(&read("job-script-failure.log"), Format::Raw)[0],
            row(1003, "fake2o1e", "failed: exit code 3", Some(1.360100398))
        );
        assert_eq!(
            table(&read("job-timeout.log"), Format::Raw)[0],
            row(1008, "fakeWQ3i", "failed: execution took longer than 3s seconds", Some(3.222482248))
        );
        let pull = "failed: failed to pull image \"localhost/nope\" with specified policies [if-not-present]: \
                    Error response from daemon: {\"message\":\"connection refused\"} (manager.go:251:3s)";
        let json = table(&read("full-json.log"), Format::Raw);
        assert_eq!(
            json,
            [
                row(1004, "fakefNcb", "succeeded", Some(1.351295795)),
                row(1005, "fakefNcb", "failed: exit code 3", Some(1.2562751699999999)),
                row(1006, "fakeFr25", pull, Some(3.769635639)),
            ]
        );
        let text = table(&read("full-text.log"), Format::Raw);
        assert_eq!(text[0], row(1007, "fakefNcb", "succeeded", Some(1.476419592)));
        assert_eq!(text[2].3, pull);
    }

    #[test]
    fn how_today_s_jobs_ended_and_the_last_failure_s_reason() {
        let at =
            |hour: u32, line: &str| format!("2026-11-24T{hour:02}:00:00Z stdout F [1.0] gitlab-runner[4]: {line}\n");
        let log = [
            at(1, "WARNING: Job failed: exit code 1  job=1 runner=fake2o1e"),
            at(8, "Job succeeded  duration_s=1.5 job=2 runner=fake2o1e"),
            at(9, "WARNING: Job failed: exit code 3  job=3 runner=fake2o1e"),
            at(10, "Checking for jobs... received  job=4 runner=fake2o1e"),
        ]
        .concat();
        let (mut pipeline, mut jobs) = (Pipeline::new(Format::K8sFile), Jobs::default());
        pipeline.feed(log.as_bytes(), &mut |line| jobs.see(&line));
        pipeline.end(&mut |line| jobs.see(&line));
        let ended = jobs.ended("2026-11-24T02:00:00Z".parse().unwrap());
        assert_eq!(ended.lines(), ["1 done, 1 failed", "job 3 failed: exit code 3"]);
        assert_eq!(jobs.ended("2026-11-24T00:00:00Z".parse().unwrap()).failed, 2);
    }

    #[test]
    fn of_more_jobs_than_are_kept_the_oldest_go() {
        let line =
            |id: usize| format!("[ 6544.998792] gitlab-runner[46]: Updating job...    job={id} runner=fake2o1e\r\n");
        let all = KEPT + 5;
        let log: String = (1..=all).chain([6, 7, 1, all]).map(line).collect();
        let rows: Vec<u64> = table(log.as_bytes(), Format::Raw).iter().map(|row| row.0).collect();
        // 6 had a row still, and got no second; 1 had none any more, and cost 6 its own.
        let kept: Vec<u64> = (7..=all as u64).chain([1]).collect();
        assert_eq!(rows, kept);
    }
}
