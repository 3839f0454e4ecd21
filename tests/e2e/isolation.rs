//! What a job can reach, and what it cannot: each promise of the README's table, tried from inside jobs of two projects
//! by harmless probes.

use std::time::Duration;

use crate::gitlab::state::{JobSpec, JobState};
use crate::image::Pipglr;

const MINUTE: Duration = Duration::from_secs(60);
const OURS: u64 = 7;
const THEIRS: u64 = 8;

impl Pipglr {
    /// A job of a project, in the background.
    fn begin(&self, project: u64, lines: &[&str]) -> u64 {
        self.server.enqueue(JobSpec {
            script: lines.iter().map(|line| (*line).to_string()).collect(),
            project,
            ..JobSpec::default()
        })
    }

    /// The same to its end, which must be a good one.
    #[track_caller]
    fn done(&self, project: u64, lines: &[&str]) -> String {
        let job = self.server.wait_job(self.begin(project, lines), MINUTE);
        assert_eq!(job.state, JobState::Success, "{}", job.text());
        job.text()
    }
}

/// What a job printed after `NAME=`, not what its script says.
#[track_caller]
fn said<'a>(trace: &'a str, name: &str) -> &'a str {
    let found = trace.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("no {name} in\n{trace}"))
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_cache_is_found_again_by_its_project_and_by_no_other() {
    let rig = Pipglr::started();
    assert!(rig.machine.read("config.toml").contains("volumes = [\"/cache\"]"));
    rig.done(OURS, &["echo ours >/cache/x"]);
    let other = rig.done(THEIRS, &["echo found=$(cat /cache/x 2>&1)", "echo theirs >/cache/x"]);
    assert!(said(&other, "found").contains("No such file"), "{other}");
    let again = rig.done(OURS, &["echo found=$(cat /cache/x)"]);
    assert_eq!(said(&again, "found"), "ours");
}
