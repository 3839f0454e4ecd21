//! What the mock GitLab remembers: runners, jobs, and every request it saw.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::behaviour::Rule;

/// How a runner came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// By a registration token: it got a token of its own.
    Legacy,
    /// By an authentication token made on the server.
    Created,
}

#[derive(Debug, Clone)]
pub struct Runner {
    pub id: u64,
    pub token: String,
    pub kind: Kind,
    /// What `register` said of it (description, tags, …).
    pub parameters: Value,
    /// System IDs that verified it or asked for jobs.
    pub managers: BTreeSet<String>,
    /// Times it asked for a job.
    pub polls: u64,
    pub last_contact: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    Pending,
    Running,
    Success,
    Failed,
    Canceled,
}

impl JobState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    pub fn finished(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

/// A job as a test asks for it.
#[derive(Debug, Clone, Default)]
pub struct JobSpec {
    pub script: Vec<String>,
    /// Empty: the one of the runner's configuration.
    pub image: String,
    pub services: Vec<Service>,
    pub variables: BTreeMap<String, String>,
    /// Seconds; 0 is an hour.
    pub timeout: u64,
    /// Only a runner whose token begins so gets it; empty: any.
    pub runner: String,
    /// The project's number; 0 is 7.
    pub project: u64,
}

#[derive(Debug, Clone, Default)]
pub struct Service {
    pub image: String,
    pub alias: String,
    pub command: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Job {
    pub id: u64,
    pub token: String,
    pub spec: JobSpec,
    pub state: JobState,
    pub cancel: bool,
    pub trace: Vec<u8>,
    pub failure_reason: String,
    pub exit_code: i64,
    /// The token of the runner that took it.
    pub runner: String,
    pub system_id: String,
    pub queued: Instant,
}

/// A request that came, and the status that was answered (0: dropped).
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub token: String,
    pub system_id: String,
    pub status: u16,
}

#[derive(Debug, Default)]
pub struct State {
    pub runners: Vec<Runner>,
    pub jobs: Vec<Job>,
    pub seen: Vec<Seen>,
    pub rules: Vec<Rule>,
    /// Tokens of runners that were unregistered, with the system ID where it was only a manager.
    pub unregistered: Vec<(String, String)>,
    /// Made by `POST /user/runners`: what was asked for.
    pub created: Vec<Value>,
    counter: u64,
}

impl State {
    /// A number that no runner and no job had before.
    pub fn next(&mut self) -> u64 {
        self.counter += 1;
        1000 + self.counter
    }

    pub fn runner(&mut self, token: &str) -> Option<&mut Runner> {
        self.runners.iter_mut().find(|r| r.token == token)
    }

    /// Whether a token was a runner's, and is no more.
    pub fn is_gone(&self, token: &str) -> bool {
        self.unregistered.iter().any(|(gone, machine)| gone == token && machine.is_empty())
    }

    pub fn job(&mut self, id: u64) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|j| j.id == id)
    }

    pub fn add_runner(&mut self, token: String, kind: Kind, parameters: Value) -> u64 {
        let id = self.next();
        self.runners.push(Runner {
            id,
            token,
            kind,
            parameters,
            managers: BTreeSet::new(),
            polls: 0,
            last_contact: None,
        });
        id
    }

    pub fn enqueue(&mut self, spec: JobSpec) -> u64 {
        let id = self.next();
        self.jobs.push(Job {
            id,
            token: format!("glcbt-64_{id}jobtokenofthemock"),
            spec,
            state: JobState::Pending,
            cancel: false,
            trace: Vec::new(),
            failure_reason: String::new(),
            exit_code: 0,
            runner: String::new(),
            system_id: String::new(),
            queued: Instant::now(),
        });
        id
    }

    /// A cancelled job that nobody took is over; a running one is told at its next update.
    pub fn cancel(&mut self, id: u64) -> bool {
        let Some(job) = self.job(id) else {
            return false;
        };
        job.cancel = true;
        if job.state == JobState::Pending {
            job.state = JobState::Canceled;
        }
        true
    }

    /// The next job for this runner, marked as taken.
    pub fn take(&mut self, token: &str, system_id: &str) -> Option<&Job> {
        let job = self
            .jobs
            .iter_mut()
            .find(|job| job.state == JobState::Pending && token.starts_with(job.spec.runner.as_str()))?;
        job.state = JobState::Running;
        job.runner = token.to_string();
        job.system_id = system_id.to_string();
        Some(job)
    }
}

impl Job {
    /// As GitLab shows it. gitlab-runner 19 begins each line with its time, where it is from, and `+` where it goes on with the
    /// line before.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in String::from_utf8_lossy(&self.trace).split_inclusive('\n') {
            let is_stamped = line.len() > 32 && line.get(10..11) == Some("T") && line.get(26..28) == Some("Z ");
            let (stamp, words) = line.split_at_checked(32).filter(|_| is_stamped).unwrap_or(("", line));
            if stamp.ends_with('+') && text.ends_with('\n') {
                text.pop();
            }
            text.push_str(words);
        }
        text
    }

    /// The job as gitlab-runner expects it from `jobs/request`.
    pub fn payload(&self, url: &str) -> Value {
        let timeout = if self.spec.timeout == 0 { 3600 } else { self.spec.timeout };
        let project = if self.spec.project == 0 { 7 } else { self.spec.project };
        let repo = format!("{url}/group/project.git");
        let mut variables = vec![
            variable("CI", "true"),
            variable("CI_JOB_ID", &self.id.to_string()),
            variable("CI_JOB_TIMEOUT", &timeout.to_string()),
            variable("CI_PROJECT_ID", &project.to_string()),
            variable("CI_PROJECT_NAME", "project"),
            variable("CI_PROJECT_PATH", "group/project"),
            variable("CI_SERVER_URL", url),
            variable("GIT_STRATEGY", "none"),
        ];
        variables.extend(self.spec.variables.iter().map(|(k, v)| variable(k, v)));
        let services: Vec<Value> = self
            .spec
            .services
            .iter()
            .map(|s| json!({"name": s.image, "alias": s.alias, "command": s.command}))
            .collect();
        json!({
            "id": self.id,
            "token": self.token,
            "allow_git_fetch": true,
            "job_info": {
                "name": "job", "stage": "test", "project_id": project, "project_name": "project",
                "time_in_queue_seconds": millis(self.queued.elapsed()),
                "project_jobs_running_on_instance_runners_count": "0",
            },
            "git_info": {
                "repo_url": repo, "ref": "main", "ref_type": "branch", "depth": 1,
                "sha": "0123456789abcdef0123456789abcdef01234567",
                "before_sha": "0000000000000000000000000000000000000000",
                "refspecs": ["+refs/heads/main:refs/remotes/origin/main"],
            },
            "runner_info": {"timeout": timeout},
            "variables": variables,
            "steps": [{
                "name": "script", "script": self.spec.script, "timeout": timeout,
                "when": "on_success", "allow_failure": false,
            }],
            "image": if self.spec.image.is_empty() { Value::Null } else { json!({"name": self.spec.image}) },
            "services": services,
            "artifacts": null, "cache": null, "credentials": null, "dependencies": null,
            "features": {
                "trace_sections": true, "token_mask_prefixes": [],
                "failure_reasons": [
                    "unknown_failure", "script_failure", "api_failure", "stuck_or_timeout_failure",
                    "runner_system_failure", "missing_dependency_failure", "runner_unsupported",
                    "job_execution_timeout", "image_pull_failure",
                ],
            },
        })
    }
}

fn variable(key: &str, value: &str) -> Value {
    json!({"key": key, "value": value, "public": true, "masked": false})
}

fn millis(time: Duration) -> f64 {
    time.as_millis() as f64 / 1000.0
}
