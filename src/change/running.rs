//! Which jobs run now, as the nested podman tells.

use crate::host::{Host, ask, podman};
use crate::ladder::SOCKET;
use std::collections::BTreeSet;
use std::time::Duration;

/// A machine under load answers within this.
const ANSWER: Duration = Duration::from_secs(15);
/// gitlab-runner's label on the containers of a job.
const JOB: &str = "com.gitlab.gitlab-runner.job.id";

/// The IDs of the jobs whose containers run; `None` where the container does not say. A job that is between two of
/// its containers at this moment is not among them.
pub fn jobs(host: &dyn Host, name: &str) -> Option<BTreeSet<u64>> {
    let words = ["podman", "--url", SOCKET, "ps", "--format", "json"];
    let done = ask(host, &podman::exec(name, Some("runner"), &words).timeout(Some(ANSWER))).ok()?;
    if done.ok() { parse(&done.stdout) } else { None }
}

fn parse(json: &[u8]) -> Option<BTreeSet<u64>> {
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
        assert_eq!(parse(json), Some([7, 12].into()));
        assert_eq!(parse(b"[]"), Some([].into()));
        assert_eq!(parse(b"Error: no"), None);
    }
}
