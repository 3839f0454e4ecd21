//! Which jobs run now: as gitlab-runner tells, else as the nested podman does.

use crate::host::{Host, ask, podman};
use crate::names::PODMAN_SOCKET;
use std::collections::BTreeSet;
use std::time::Duration;

/// A machine under load answers within this.
const ANSWER: Duration = Duration::from_secs(15);
/// gitlab-runner's label on the containers of a job.
const JOB: &str = "com.gitlab.gitlab-runner.job.id";
/// Asks gitlab-runner for its jobs, at the address where the image's `polls` finds its metrics (gitlab-runner 12 to 19
/// have this list beside them); and the podman at `$1` for its containers, where gitlab-runner does not answer.
const LIST: &str = "list() { a=$(cat /run/gitlab-runner/metrics-address) || return; case $a in *:[0-9]*) ;; *) a=$a:9252 ;; esac; \
                    case $a in :*) a=127.0.0.1$a ;; esac; curl -fsm 5 --noproxy '*' \"http://$a/debug/jobs/list?v=2\"; }; \
                    list 2>/dev/null || exec podman --url \"$1\" ps --format json";

/// Returns the IDs of the jobs that run, or `None` where the container does not say: it is paused, or being stopped
/// already, and podman lets nothing more into it.
///
/// gitlab-runner itself knows every job, also one that is between two of its containers at this moment. Where it does
/// not answer, the containers of jobs count.
pub fn jobs(host: &dyn Host, name: &str) -> Option<BTreeSet<u64>> {
    let words = ["sh", "-c", LIST, "sh", PODMAN_SOCKET];
    let done = ask(host, &podman::exec(name, Some("runner"), &words).timeout(Some(ANSWER))).ok()?;
    done.ok().then(|| told(&done.stdout)).flatten()
}

/// What came: gitlab-runner's lines, else podman's JSON.
fn told(bytes: &[u8]) -> Option<BTreeSet<u64>> {
    if bytes.trim_ascii_start().starts_with(b"[") {
        contained(bytes)
    } else {
        Some(listed(&String::from_utf8_lossy(bytes)))
    }
}

/// Says which they are: `job 7`, `jobs 7, 12`.
pub fn named(jobs: &BTreeSet<u64>) -> String {
    let ids = jobs.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    if jobs.len() == 1 { format!("job {ids}") } else { format!("jobs {ids}") }
}

/// A line a job: `url=https://gitlab.example/group/project/-/jobs/7 state=running stage=step_script …`.
fn listed(list: &str) -> BTreeSet<u64> {
    let id = |line: &str| line.strip_prefix("url=")?.split(' ').next()?.rsplit_once("/-/jobs/")?.1.parse().ok();
    list.lines().filter_map(id).collect()
}

fn contained(json: &[u8]) -> Option<BTreeSet<u64>> {
    let found: serde_json::Value = serde_json::from_slice(json).ok()?;
    let ids = found.as_array()?.iter().filter_map(|container| container["Labels"][JOB].as_str()?.parse().ok());
    Some(ids.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_with_services_counts_once() {
        let json = br#"[{"Labels": {"com.gitlab.gitlab-runner.job.id": "7"}}, {"Labels": {"com.gitlab.gitlab-runner.job.id": "7"}},
            {"Labels": {"com.gitlab.gitlab-runner.job.id": "12"}}, {"Labels": null}, {"Labels": {"other": "x"}}]"#;
        assert_eq!(contained(json), Some([7, 12].into()));
        assert_eq!(told(b"[]\n"), Some([].into()));
        assert_eq!(told(b""), Some([].into()));
        assert_eq!(told(b"url=https://gitlab.example/a/-/jobs/7 state=running"), Some([7].into()));
        assert_eq!(contained(b"Error: no"), None);
    }

    #[test]
    fn gitlab_runner_names_its_jobs_by_their_urls() {
        let list = "url=https://gitlab.example/a/b/-/jobs/7 state=running stage=step_script executor_stage=docker_run duration=12.5s\n\
                    url=https://gitlab.example/a/-/jobs/1/-/jobs/12 state=pending stage= executor_stage= duration=1s\n";
        assert_eq!(listed(list), [7, 12].into());
        assert_eq!(listed(""), [].into());
        assert_eq!(named(&listed(list)), "jobs 7, 12");
        assert_eq!(named(&[7].into()), "job 7");
    }
}
