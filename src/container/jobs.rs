//! Which jobs run now: as gitlab-runner tells, with what the nested podman knows of their containers.

use super::metrics::ADDRESS;
use crate::gitlab::path_of;
use crate::host::{Host, ask, podman};
use crate::names::PODMAN_SOCKET;
use crate::text::plural::took;
use crate::text::sanitize::sanitize;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A machine under load answers within this.
const ANSWER: Duration = Duration::from_secs(15);
/// What gitlab-runner's labels on the containers of a job begin with (17.5.5: `job.id`, `job.url`, `job.ref`,
/// `project.id`, `runner.id`, `type`).
pub const LABEL: &str = "com.gitlab.gitlab-runner.";

/// A job that runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Job {
    /// GitLab's number of it.
    pub id: u64,
    /// The project's path, `group/project`; its number where that is all that is known.
    pub project: String,
    /// The branch or tag; empty where only gitlab-runner's list tells of the job.
    #[serde(rename = "ref")]
    pub git_ref: String,
    /// Its page in GitLab.
    pub url: String,
    /// The runner, by gitlab-runner's short form of its token.
    pub runner: String,
    /// What it does: a stage of gitlab-runner's (`prepare_script`, `step_script` …), else the kind of its newest container
    /// (`helper`, `build` …).
    pub stage: String,
    /// RFC 3339.
    pub started_at: String,
    /// How long it has been running.
    pub seconds: i64,
    /// How long it may run, where that is known: GitLab ends it then (`CI_JOB_TIMEOUT`, from GitLab 15.7 on).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<i64>,
}

impl Job {
    /// Says which it is and how long it may go on, or has been going on: `job 7 (a/b, at most 12 min more)`.
    fn words(&self) -> String {
        let time = match self.timeout_seconds {
            Some(most) => format!("at most {} more", took((most - self.seconds).max(0))),
            None => format!("for {}", took(self.seconds)),
        };
        let of = [sanitize(&self.project), time].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        format!("job {} ({})", self.id, of.join(", "))
    }
}

/// Says which jobs they are and how long each may go on.
pub fn words(jobs: &[Job]) -> String {
    jobs.iter().map(Job::words).collect::<Vec<_>>().join(", ")
}

/// The jobs that run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Running {
    /// By their numbers.
    pub jobs: Vec<Job>,
    /// Whether gitlab-runner itself lists them.
    pub listed: bool,
}

/// What is missing where [`Running::listed`] is not true.
pub const UNLISTED: &str = "gitlab-runner lists no jobs here (an older image, or it is paused or not up): they are known by their containers only";

/// Lists them, as the user runner: gitlab-runner's own list, beside its metrics (gitlab-runner 12 to 19) and a line `listed` where that answered; then podman's containers of jobs,
/// as JSON in a line. No single quote is in it.
pub fn program() -> String {
    format!(
        "{ADDRESS}; curl -fsm 5 --noproxy \"*\" \"http://$a/debug/jobs/list?v=2\" 2>/dev/null && echo listed; {}",
        containers()
    )
}

/// The second half of it alone.
pub fn containers() -> String {
    let socket = PODMAN_SOCKET.trim_start_matches("unix://");
    format!(
        "curl -sSm 5 --noproxy \"*\" --unix-socket {socket} -G --data-urlencode \
         \"filters={{\\\"label\\\":[\\\"{LABEL}job.id\\\"]}}\" http://podman/v4.0.0/libpod/containers/json"
    )
}

/// What [`program`] lists, and beside it how long each job may run, as its containers were told by GitLab: a line
/// `timeout JOB SECONDS`. Nothing else of what they were told leaves the container.
fn with_timeouts() -> String {
    let socket = PODMAN_SOCKET.trim_start_matches("unix://");
    format!(
        r#"said=$({}); printf '%s\n' "$said"
for id in $(printf '%s\n' "$said" | grep -o '"Id":"[0-9a-f]*"' | cut -d '"' -f 4); do
curl -sSm 5 --noproxy '*' --unix-socket {socket} "http://podman/v4.0.0/libpod/containers/$id/json" 2>/dev/null |
sed -n 's/.*"CI_JOB_TIMEOUT=\([0-9]*\)".*"{LABEL}job\.id":"\([0-9]*\)".*/timeout \2 \1/p'
done"#,
        program()
    )
}

/// Returns the jobs that run, by their numbers, or `None` where the container does not say: it does not run, it is paused,
/// or being stopped already, and podman lets nothing more into it.
pub fn running(host: &dyn Host, name: &str) -> Option<Running> {
    let done =
        ask(host, &podman::exec(name, Some("runner"), &["sh", "-c", &with_timeouts()]).timeout(Some(ANSWER))).ok()?;
    told(done.text().lines(), host.now())
}

/// Returns the numbers of the jobs that run; `None` as [`running`].
pub fn jobs(host: &dyn Host, name: &str) -> Option<BTreeSet<u64>> {
    Some(running(host, name)?.jobs.iter().map(|job| job.id).collect())
}

/// Says which they are: `job 7`, `jobs 7, 12`.
pub fn named(jobs: &BTreeSet<u64>) -> String {
    let ids = jobs.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    if jobs.len() == 1 { format!("job {ids}") } else { format!("jobs {ids}") }
}

/// Reads what the program said; `None` where neither answered. gitlab-runner itself knows every job, also one that is
/// between two of its containers at this moment, and what podman has besides is left of one that was cut off. Where
/// gitlab-runner does not answer, the containers count.
pub fn told<'a>(lines: impl Iterator<Item = &'a str>, now: Timestamp) -> Option<Running> {
    let (mut listed, mut list, mut containers, mut timeouts) = (false, vec![], None, BTreeMap::new());
    for line in lines {
        match line.trim_start() {
            "listed" => listed = true,
            line if line.starts_with('[') => containers = contained(line, now),
            line if line.starts_with("timeout ") => timeouts.extend(timeout(line)),
            line => list.extend(of_list(line, now)),
        }
    }
    let known = |mut job: Job| {
        job.timeout_seconds = timeouts.get(&job.id).copied();
        job
    };
    if !listed {
        return containers.map(|jobs| Running { jobs: jobs.into_values().map(known).collect(), listed });
    }
    let mut contained = containers.unwrap_or_default();
    let mut jobs: Vec<Job> = list
        .into_iter()
        .map(|job| match contained.remove(&job.id) {
            Some(known) => Job { git_ref: known.git_ref, runner: known.runner, ..job },
            None => job,
        })
        .map(known)
        .collect();
    jobs.sort_by_key(|job| job.id);
    Some(Running { jobs, listed })
}

/// Takes a line `timeout JOB SECONDS`.
fn timeout(line: &str) -> Option<(u64, i64)> {
    let mut words = line.split(' ').skip(1);
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

/// Takes a line of gitlab-runner's list:
/// `url=https://gitlab.example/group/project/-/jobs/7 state=running stage=step_script executor_stage=docker_run duration=12.5s`.
fn of_list(line: &str, now: Timestamp) -> Option<Job> {
    let field = |name: &str| line.split(' ').find_map(|word| word.strip_prefix(name));
    let url = field("url=")?;
    let (project, id) = of_url(url)?;
    let stage = [field("stage="), field("state=")].into_iter().flatten().find(|stage| !stage.is_empty());
    let took = SignedDuration::from_secs(seconds(field("duration=").unwrap_or_default()));
    Some(since(
        Job {
            id,
            project: sanitize(project),
            url: sanitize(url),
            stage: sanitize(stage.unwrap_or_default()),
            ..Job::default()
        },
        now.checked_sub(took).ok(),
        now,
    ))
}

/// The project's path and the job's number in a job's URL.
fn of_url(url: &str) -> Option<(&str, u64)> {
    let (project, id) = url.rsplit_once("/-/jobs/")?;
    Some((path_of(project), id.parse().ok()?))
}

/// The whole seconds of a duration as Go writes it: `1h2m3.5s`, `250ms`.
fn seconds(text: &str) -> i64 {
    let (mut whole, mut number) = (0.0, String::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let unit = match c {
            'h' => 3600.0,
            'm' if chars.next_if_eq(&'s').is_some() => 0.001,
            'm' => 60.0,
            's' => 1.0,
            c if c.is_ascii_digit() || c == '.' => {
                number.push(c);
                continue;
            }
            _ => 0.0, // µs, ns
        };
        whole += number.parse::<f64>().unwrap_or(0.0) * unit;
        number.clear();
    }
    whole as i64
}

fn since(job: Job, at: Option<Timestamp>, now: Timestamp) -> Job {
    let at = at.unwrap_or(now);
    Job { started_at: at.to_string(), seconds: now.duration_since(at).as_secs().max(0), ..job }
}

/// Takes podman's containers of jobs together, by the job.
fn contained(json: &str, now: Timestamp) -> Option<BTreeMap<u64, Job>> {
    let found: Vec<Value> = serde_json::from_str(json).ok()?;
    let mut jobs: BTreeMap<u64, (Timestamp, Timestamp, Job)> = BTreeMap::new();
    for container in &found {
        let label =
            |name: &str| container["Labels"][format!("{LABEL}{name}")].as_str().map(sanitize).unwrap_or_default();
        let Ok(id) = label("job.id").parse() else { continue };
        let made = container["Created"].as_str().and_then(|at| at.parse().ok()).unwrap_or(now);
        let url = label("job.url");
        let project = of_url(&url).map(|(path, _)| path.to_owned()).filter(|path| !path.is_empty());
        let (first, newest, job) = jobs.entry(id).or_insert_with(|| {
            let project = project.unwrap_or_else(|| label("project.id"));
            let job = Job { id, project, git_ref: label("job.ref"), url, runner: label("runner.id"), ..Job::default() };
            (made, made, job)
        });
        *first = made.min(*first);
        if made >= *newest && label("type") != "service" {
            (*newest, job.stage) = (made, label("type"));
        }
    }
    Some(jobs.into_iter().map(|(id, (first, _, job))| (id, since(job, Some(first), now))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTAINERS: &str = r#"[{"Created":"2026-11-24T10:00:00Z","Labels":{"com.gitlab.gitlab-runner.job.id":"7",
        "com.gitlab.gitlab-runner.job.url":"https://gitlab.example/a/b/-/jobs/7","com.gitlab.gitlab-runner.job.ref":"main",
        "com.gitlab.gitlab-runner.runner.id":"t1_abcdef","com.gitlab.gitlab-runner.type":"helper"}},
        {"Created":"2026-11-24T10:00:05Z","Labels":{"com.gitlab.gitlab-runner.job.id":"7","com.gitlab.gitlab-runner.type":"build"}},
        {"Created":"2026-11-24T10:00:06Z","Labels":{"com.gitlab.gitlab-runner.job.id":"7","com.gitlab.gitlab-runner.type":"service"}},
        {"Created":"2026-11-24T10:00:08Z","Labels":{"com.gitlab.gitlab-runner.job.id":"12","com.gitlab.gitlab-runner.project.id":"3"}},
        {"Labels":null},{"Labels":{"other":"x"}}]"#;

    fn now() -> Timestamp {
        "2026-11-24T10:00:10Z".parse().unwrap()
    }

    fn ids(text: &str) -> Option<Vec<u64>> {
        Some(told(text.lines(), now())?.jobs.iter().map(|job| job.id).collect())
    }

    #[test]
    fn a_job_with_services_counts_once_and_its_newest_container_tells_what_it_does() {
        let Running { jobs, listed } = told([&*CONTAINERS.replace('\n', "")].into_iter(), now()).unwrap();
        assert!(!listed, "an older image, whose gitlab-runner lists nothing");
        let expected = Job {
            id: 7,
            project: "a/b".into(),
            git_ref: "main".into(),
            url: "https://gitlab.example/a/b/-/jobs/7".into(),
            runner: "t1_abcdef".into(),
            stage: "build".into(),
            started_at: "2026-11-24T10:00:00Z".into(),
            seconds: 10,
            timeout_seconds: None,
        };
        assert_eq!(jobs[0], expected);
        assert_eq!((jobs[1].id, &*jobs[1].project, jobs[1].seconds), (12, "3", 2));
    }

    #[test]
    fn gitlab_runner_s_own_list_counts_where_it_answers() {
        let list = "url=https://gitlab.example/a/b/-/jobs/7 state=running stage=step_script executor_stage=docker_run duration=1m5.5s\n\
                    url=https://gitlab.example/a/-/jobs/1/-/jobs/9 state=pending stage= executor_stage= duration=250ms\nlisted\n";
        let Running { jobs, listed } = told(list.lines().chain([&*CONTAINERS.replace('\n', "")]), now()).unwrap();
        assert!(listed);
        assert_eq!(jobs.iter().map(|job| job.id).collect::<Vec<_>>(), [7, 9], "12 is left of one that was cut off");
        assert_eq!((&*jobs[0].stage, jobs[0].seconds, &*jobs[0].git_ref), ("step_script", 65, "main"));
        assert_eq!((&*jobs[1].stage, &*jobs[1].project), ("pending", "a/-/jobs/1"));
        assert_eq!(ids("listed\n[]"), Some(vec![]));
        assert_eq!(ids("\n[]"), Some(vec![]));
        assert_eq!(ids("Error: no"), None);
        assert_eq!(ids(""), None);
        assert_eq!(named(&[7].into()), "job 7");
        assert_eq!(named(&[12, 7].into()), "jobs 7, 12");
    }

    #[test]
    fn a_job_is_named_with_the_time_that_it_may_still_take_where_gitlab_has_said_it() {
        let jobs = |more: &str| words(&told([&*CONTAINERS.replace('\n', ""), more].into_iter(), now()).unwrap().jobs);
        assert_eq!(jobs(""), "job 7 (a/b, for 10 s), job 12 (3, for 2 s)");
        assert_eq!(jobs("timeout 7 3610"), "job 7 (a/b, at most 60 min more), job 12 (3, for 2 s)");
        assert_eq!(
            jobs("timeout 7 5"),
            "job 7 (a/b, at most 0 s more), job 12 (3, for 2 s)",
            "GitLab is about to end it"
        );
        assert!(crate::text::shell::is_readable(&with_timeouts()));
    }

    #[test]
    fn go_s_durations_are_read() {
        for (text, whole) in [("12.5s", 12), ("1h2m3.5s", 3723), ("250ms", 0), ("17µs", 0), ("", 0), ("2m0s", 120)] {
            assert_eq!(seconds(text), whole, "{text}");
        }
    }

    #[test]
    fn the_program_can_stand_in_single_quotes() {
        assert!(!program().contains('\''));
        assert!(crate::text::shell::is_readable(&program()));
    }
}
