//! The pretend gitlab-runner: the jobs that it gets, one of which fails by its script and one for want of its image, the
//! kernel that kills it now and then, and what it and systemd say of all that.

use super::clock::after;
use jiff::Timestamp;
use std::time::Duration;

/// A job comes, and all others after it, as long after the one of the round before.
const ROUND: Duration = Duration::from_secs(90);
/// How the runner is called in its log: gitlab-runner's short form of the token.
pub(super) const SHORT: &str = "t1_demode";
/// The pretend GitLab.
pub(super) const GITLAB: &str = "https://gitlab.example/";
/// The first job's number.
const FIRST: u64 = 4711;
/// How long before the container the machine was started, in seconds: the log counts from there.
const UPTIME: f64 = 6512.4;

/// So many jobs at once the machine has memory for: with more, the kernel kills it.
const ENOUGH: u32 = 2;

/// What becomes of a job.
#[derive(Clone, Copy)]
enum End {
    Succeeds,
    ScriptFails,
    NoImage,
}

/// The jobs of a round: after how many seconds, for how many, of which project and branch.
const JOBS: [(u64, u64, &str, &str, End); 3] = [
    (4, 26, "acme/website", "main", End::Succeeds),
    (13, 15, "acme/api", "feature/login", End::ScriptFails),
    (42, 7, "acme/docs", "main", End::NoImage),
];
/// When the kernel kills it in each second round, in seconds; and when systemd has it up again.
const KILLED: [(u64, u64); 2] = [(62, 64), (66, 68)];

/// A job that runs, or will.
#[derive(Debug)]
pub(super) struct Job {
    /// GitLab's number of it.
    pub id: u64,
    project: &'static str,
    git_ref: &'static str,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
}

/// A line of the log.
#[derive(Debug)]
struct Line {
    at: Timestamp,
    /// The job that it tells of.
    job: Option<u64>,
    text: String,
}

/// gitlab-runner in one container, and the container's log: all that was, and what is to come as things stand.
#[derive(Debug, Default)]
pub(super) struct Runner {
    lines: Vec<Line>,
    jobs: Vec<Job>,
    killed: Vec<(Timestamp, Timestamp)>,
    /// When the container was first started.
    boot: Option<Timestamp>,
    /// Since when it asks for jobs.
    up: Option<Timestamp>,
    /// When it was told to end.
    told: Option<Timestamp>,
    /// The next round's beginning.
    next: Option<Timestamp>,
    rounds: u64,
    /// How many jobs it may run at once.
    at_once: u32,
}

fn at_once(config: &str) -> u32 {
    config.lines().find_map(|line| line.strip_prefix("concurrent = ")?.trim().parse().ok()).unwrap_or(1)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl Runner {
    /// The container is started at this time.
    pub(super) fn boot(&mut self, at: Timestamp, config: &str) {
        self.at_once = at_once(config);
        self.boot.get_or_insert(at);
        for (ms, text) in [
            (20, "systemd[1]: Queued start job for default target pipglr.target."),
            (90, "systemd[1]: Reached target local-fs.target - Local File Systems."),
            (140, "systemd[1]: Listening on podman.socket - Podman API socket for the runner."),
            (180, "systemd[1]: Started prune.timer - Remove disused containers, images and volumes of jobs."),
            (560, "systemd[1]: Startup finished in 560ms."),
        ] {
            self.say(after(at, Duration::from_millis(ms)), None, text);
        }
        self.begin(after(at, Duration::from_millis(250)));
    }

    /// systemd starts gitlab-runner at this time.
    pub(super) fn begin(&mut self, at: Timestamp) {
        (self.up, self.told) = (Some(after(at, Duration::from_millis(300))), None);
        self.next = Some(after(at, seconds(2)));
        self.greet(at);
    }

    fn greet(&mut self, at: Timestamp) {
        let pid = "pid=46 revision=v17.5.5 version=17.5.5";
        self.say(at, None, "systemd[1]: Starting runner.service - GitLab runner...");
        self.say(after(at, Duration::from_millis(40)), None, "systemd[1]: Started runner.service - GitLab runner.");
        let at = after(at, Duration::from_millis(110));
        self.tell(at, None, "Runtime platform", &format!("arch=amd64 os=linux {pid}"));
        self.tell(at, None, "Starting multi-runner from /run/gitlab-runner/config.toml...", "builds=0 max_builds=0");
        let builds = format!("builds=0 max_builds={}", self.at_once);
        self.tell(at, None, "Configuration loaded", &builds);
        self.tell(at, None, "Initializing executor providers", &builds);
    }

    /// It loads this file at this time. With fewer jobs at once it is not killed again.
    pub(super) fn load(&mut self, at: Timestamp, config: &str) {
        self.at_once = at_once(config);
        let builds = format!("builds={} max_builds={}", self.running(at).count(), self.at_once);
        self.tell(at, None, "Configuration loaded", &builds);
        if self.at_once <= ENOUGH {
            self.killed.retain(|(from, _)| *from <= at);
            let last = self.killed.iter().map(|(_, up)| after(*up, seconds(1))).max().unwrap_or(at).max(at);
            self.lines.retain(|line| line.at <= last || line.job.is_some());
        }
    }

    /// It is told to take no more jobs, and to end with its last one.
    pub(super) fn end(&mut self, at: Timestamp) {
        self.plan(at);
        let job = self.jobs.iter().filter(|job| job.from <= at).map(|job| job.id).max().unwrap_or(0);
        self.lines.retain(|line| line.at <= at || line.job.is_some_and(|id| id <= job));
        self.jobs.retain(|job| job.from <= at);
        self.killed.retain(|(from, _)| *from <= at);
        (self.next, self.told) = (None, Some(at));
        self.say(at, None, "systemd[1]: Stopping runner.service - GitLab runner...");
        let last = self.jobs.iter().map(|job| job.to).max().map_or(at, |to| to.max(at));
        self.say(after(last, Duration::from_millis(30)), None, "systemd[1]: Stopped runner.service - GitLab runner.");
    }

    /// It ends at once, with its jobs; and the container too, where `all` ends.
    pub(super) fn kill(&mut self, at: Timestamp, all: bool) {
        self.plan(at);
        self.lines.retain(|line| line.at <= at);
        self.jobs.retain(|job| job.to <= at);
        self.killed.retain(|(from, _)| *from <= at);
        (self.next, self.told) = (None, Some(at));
        if all {
            self.say(at, None, "systemd[1]: Reached target halt.target - System Halt.");
            self.up = None;
        }
    }

    /// Whether it has ended, as it was told to.
    pub(super) fn has_ended(&self, now: Timestamp) -> bool {
        self.up.is_none() || self.told.is_some() && self.running(now).next().is_none()
    }

    /// What systemd says of it: the state, the state below that, and how often it was started again.
    pub(super) fn state(&self, now: Timestamp) -> (&'static str, &'static str, usize) {
        let restarts = self.killed.iter().filter(|(_, up)| *up <= now).count();
        match self.up {
            _ if self.killed.iter().any(|(from, up)| *from <= now && now < *up) => {
                ("activating", "auto-restart", restarts)
            }
            Some(up) if up <= now && !self.has_ended(now) => ("active", "running", restarts),
            Some(up) if up > now => ("activating", "start", restarts),
            _ => ("inactive", "dead", restarts),
        }
    }

    /// When it was last started, in seconds since the machine was; and what time that clock shows.
    pub(super) fn clock(&self, now: Timestamp) -> (f64, f64) {
        let last = self.killed.iter().map(|(_, up)| *up).filter(|up| *up <= now).max().or(self.up).unwrap_or(now);
        (self.uptime(last), self.uptime(now))
    }

    fn uptime(&self, at: Timestamp) -> f64 {
        self.boot.map_or(UPTIME, |boot| UPTIME + at.duration_since(boot).as_secs_f64())
    }

    /// How often GitLab has answered it: every third second.
    pub(super) fn polls(&self, now: Timestamp) -> i64 {
        self.up.map_or(0, |up| now.duration_since(up).as_secs().div_euclid(3) + 1).max(0)
    }

    /// The jobs that have begun.
    pub(super) fn begun(&self, now: Timestamp) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(move |job| job.from <= now)
    }

    /// The jobs that run.
    pub(super) fn running(&self, now: Timestamp) -> impl Iterator<Item = &Job> {
        self.begun(now).filter(move |job| now < job.to)
    }

    /// gitlab-runner's own list of its jobs.
    pub(super) fn list(&self, now: Timestamp) -> String {
        let of = |job: &Job| {
            let took = now.duration_since(job.from).as_secs_f64();
            let (stage, executor) = match took {
                took if took < 2.0 => ("prepare_executor", "docker_pulling_image"),
                took if took < 4.0 => ("get_sources", "docker_run"),
                _ => ("step_script", "docker_run"),
            };
            let (project, id) = (job.project, job.id);
            format!(
                "url={GITLAB}{project}/-/jobs/{id} state=running stage={stage} executor_stage={executor} duration={took:.1}s\n"
            )
        };
        self.running(now).map(of).collect()
    }

    /// The nested podman's containers of the jobs, as it lists them.
    pub(super) fn containers(&self, now: Timestamp) -> String {
        let of = |job: &Job| {
            let label = |name: &str| format!("com.gitlab.gitlab-runner.{name}");
            let labels: serde_json::Map<_, _> = [
                ("job.id", job.id.to_string()),
                ("job.ref", job.git_ref.to_owned()),
                ("job.url", format!("{GITLAB}{}/-/jobs/{}", job.project, job.id)),
                ("runner.id", SHORT.to_owned()),
                ("type", "build".to_owned()),
            ]
            .into_iter()
            .map(|(name, value)| (label(name), value.into()))
            .collect();
            serde_json::json!({"Created": job.from.to_string(), "Pid": job.id, "Labels": labels})
        };
        serde_json::Value::from(self.running(now).map(of).collect::<Vec<_>>()).to_string()
    }

    /// The lines behind one time and up to another.
    pub(super) fn lines(&self, behind: Option<Timestamp>, to: Timestamp) -> impl Iterator<Item = (Timestamp, &str)> {
        let come = move |line: &&Line| behind.is_none_or(|behind| line.at > behind) && line.at <= to;
        self.lines.iter().filter(come).map(|line| (line.at, line.text.as_str()))
    }

    /// What comes up to this time is made up, where it was not yet.
    pub(super) fn plan(&mut self, now: Timestamp) {
        while let Some(at) = self.next.filter(|at| *at <= now) {
            for (number, (from, takes, project, git_ref, end)) in JOBS.into_iter().enumerate() {
                let (from, id) = (after(at, seconds(from)), FIRST + self.rounds * JOBS.len() as u64 + number as u64);
                let job = Job { id, project, git_ref, from, to: after(from, seconds(takes)) };
                self.tell_of(&job, end);
                self.jobs.push(job);
            }
            if self.rounds.is_multiple_of(2) && self.at_once > ENOUGH {
                KILLED.iter().for_each(|(from, up)| self.killing(after(at, seconds(*from)), after(at, seconds(*up))));
            }
            self.rounds += 1;
            self.next = Some(after(at, ROUND));
        }
    }

    fn killing(&mut self, at: Timestamp, up: Timestamp) {
        self.killed.push((at, up));
        for text in [
            "A process of this unit has been killed by the OOM killer.",
            "Main process exited, code=killed, status=9/KILL",
            "Failed with result 'oom-kill'.",
        ] {
            self.say(at, None, &format!("systemd[1]: runner.service: {text}"));
        }
        let count = self.killed.len();
        let text = format!("systemd[1]: runner.service: Scheduled restart job, restart counter is at {count}.");
        self.say(up, None, &text);
        self.greet(up);
    }

    fn tell_of(&mut self, job: &Job, end: End) {
        let (id, all) = (Some(job.id), format!("job={} project={} runner={SHORT}", job.id, job.project));
        let repo = format!("job={} repo_url={GITLAB}{}.git runner={SHORT}", job.id, job.project);
        self.tell(job.from, id, "Checking for jobs... received", &repo);
        self.tell(job.from, id, "Added job to processing list", &repo);
        let pulls = after(job.from, Duration::from_millis(900));
        match end {
            End::NoImage => {
                self.say(pulls, id, "podman[67]: Trying to pull docker.io/library/node:22-alpin...");
                let why = "Failed to pull image with policy \"always\": Error response from daemon: {\"message\":\"manifest unknown\"} (manager.go:251:1s)";
                self.tell(after(pulls, seconds(2)), id, &format!("WARNING: {why}"), &all);
                let why = "Job failed: failed to pull image \"node:22-alpin\" with specified policies [always]: Error response from daemon: {\"message\":\"manifest unknown\"}";
                self.tell(job.to, id, &format!("WARNING: {why}"), &format!("duration_s=6.9 {all}"));
            }
            End::ScriptFails => {
                self.say(pulls, id, "podman[67]: Trying to pull docker.io/library/python:3.13-slim...");
                let why = "WARNING: Job failed: exit code 1";
                self.tell(job.to, id, why, &format!("duration_s=14.8 {all}"));
            }
            End::Succeeds => {
                self.say(pulls, id, "podman[67]: Trying to pull docker.io/library/node:22-alpine...");
                let sent = format!("code=202 job={} job-log=0-4211 job-status=running runner={SHORT}", job.id);
                self.tell(after(job.from, seconds(8)), id, "Appending trace to coordinator...ok", &sent);
                self.tell(job.to, id, "Job succeeded", &format!("duration_s=25.7 {all}"));
            }
        }
        let done = after(job.to, Duration::from_millis(50));
        self.tell(done, id, "Submitting job to coordinator...ok", &format!("code=200 {all}"));
        self.tell(done, id, "Removed job from processing list", &format!("builds=0 {all}"));
    }

    /// gitlab-runner says it: it pads its words to 50 columns.
    fn tell(&mut self, at: Timestamp, job: Option<u64>, text: &str, fields: &str) {
        self.say(at, job, &format!("gitlab-runner[46]: {text:<50}  {fields}"));
    }

    /// Somebody in the container says it. No two lines have one time, by which they are told apart.
    fn say(&mut self, at: Timestamp, job: Option<u64>, text: &str) {
        let mut at = at;
        while self.lines.iter().any(|line| line.at == at) {
            at = after(at, Duration::from_micros(37));
        }
        let line = Line { at, job, text: format!("[{:12.6}] {text}", self.uptime(at)) };
        let place = self.lines.partition_point(|line| line.at < at);
        self.lines.insert(place, line);
    }
}
