//! The mock GitLab, started for a test and steered by it. It runs in this
//! process: the machines have this machine's network.

use std::thread;
use std::time::{Duration, Instant};

use crate::gitlab::Gitlab;
use crate::gitlab::behaviour::{self, Rule};
use crate::gitlab::state::{Job, JobSpec, Runner, Seen};

pub struct Server {
    gitlab: Gitlab,
}

impl Server {
    pub fn start() -> Self {
        let gitlab = Gitlab::start("0.0.0.0:0").unwrap();
        Self { gitlab }
    }

    pub fn port(&self) -> u16 {
        self.gitlab.port()
    }

    /// Its URL for a container of johndoe's.
    pub fn url(&self) -> String {
        format!("http://host.containers.internal:{}/", self.port())
    }

    /// Its URL for a program of johndoe's, outside any container.
    pub fn local_url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port())
    }

    /// A job of these lines of shell, in this image ("": the runner's own).
    pub fn script(&self, image: &str, lines: &[&str]) -> u64 {
        self.enqueue(JobSpec {
            script: lines.iter().map(|l| (*l).to_string()).collect(),
            image: image.to_string(),
            ..JobSpec::default()
        })
    }

    pub fn enqueue(&self, spec: JobSpec) -> u64 {
        self.gitlab.state().enqueue(spec)
    }

    pub fn cancel(&self, id: u64) {
        assert!(self.gitlab.state().cancel(id), "no job {id}");
    }

    pub fn job(&self, id: u64) -> Job {
        let job = self.gitlab.state().job(id).cloned();
        job.unwrap_or_else(|| panic!("no job {id}"))
    }

    /// Waits for a job's end.
    #[track_caller]
    pub fn wait_job(&self, id: u64, timeout: Duration) -> Job {
        self.wait_for_job(id, timeout, |job| job.state.finished())
    }

    #[track_caller]
    pub fn wait_trace(&self, id: u64, text: &str, timeout: Duration) -> Job {
        self.wait_for_job(id, timeout, |job| job.text().contains(text))
    }

    #[track_caller]
    pub fn wait_for_job(&self, id: u64, timeout: Duration, test: impl Fn(&Job) -> bool) -> Job {
        let deadline = Instant::now() + timeout;
        loop {
            let job = self.job(id);
            if test(&job) {
                return job;
            }
            assert!(
                Instant::now() < deadline,
                "job {id} is {:?} after {timeout:?}; its trace:\n{}",
                job.state,
                job.text()
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until the runner with this token asked for a job so many times.
    #[track_caller]
    pub fn wait_polls(&self, token: &str, times: u64, timeout: Duration) {
        let deadline = Instant::now() + timeout;
        loop {
            let polls = self.gitlab.state().runner(token).map_or(0, |r| r.polls);
            if polls >= times {
                return;
            }
            let seen = self.seen().len();
            assert!(Instant::now() < deadline, "{polls} polls of {token} after {timeout:?} ({seen} requests in all)");
            thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn runners(&self) -> Vec<Runner> {
        self.gitlab.state().runners.clone()
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.gitlab.state().seen.clone()
    }

    /// Tokens that were unregistered, with the system ID of a manager.
    pub fn unregistered(&self) -> Vec<(String, String)> {
        self.gitlab.state().unregistered.clone()
    }

    /// `behave("jobs/request", "403", Some(3))`; see `behaviour::parse` for the words.
    pub fn behave(&self, endpoint: &str, word: &str, times: Option<u32>) {
        let behaviour = behaviour::parse(word).unwrap_or_else(|| panic!("no behaviour {word}"));
        self.gitlab.state().rules.push(Rule { endpoint: endpoint.to_string(), behaviour, times });
    }

    pub fn behave_well(&self) {
        self.gitlab.state().rules.clear();
    }
}
