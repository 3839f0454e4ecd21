//! `pipglr jobs`: what the runner is working on, and a job's trace as it comes.

use crate::change::set_up;
use crate::screen::{SECONDS, Screen};
use crate::testhost::Machine;
use std::time::{Duration, Instant};

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_job_is_in_sight_as_soon_as_it_runs_and_its_trace_as_it_comes() {
    let (machine, server) = set_up();
    machine.load_job_images();
    assert_eq!(machine.user("pipglr jobs").ok(), "No job runs.\n");
    assert_eq!(machine.user("pipglr jobs --json").ok(), "[]\n");
    let output = machine.user("pipglr jobs 7").fails_with(1);
    assert!(output.both().contains("Job 7 does not run here.") && output.both().contains("No job runs."));

    // Home has nothing to look at, and does not look.
    let home = machine.screen("pipglr; sleep 300", 40, 100);
    home.wait_for("Jobs: 0 of 2", SECONDS(240));
    nobody_looks(&machine);
    // Three lines a second, a token among them; and one beside it that prints nothing.
    let shown = "echo glrt-t1_$(echo secretsecretsecrets)";
    let job =
        server.script("", &["echo begun", shown, "for n in $(seq 2000); do echo line $n of 2000; sleep .3; done"]);
    let other = server.script("", &["until [ -e /tmp/go ]; do sleep 1; done"]);
    server.wait_for_job(job, SECONDS(60), |job| job.text().contains("begun"));
    server.wait_for_job(other, SECONDS(60), |job| job.text().contains("step_script"));
    let began = Instant::now();
    let jobs: serde_json::Value = serde_json::from_str(&machine.user("pipglr jobs --json").ok()).unwrap();
    println!("listed within {:?} of its first words", began.elapsed());
    assert_eq!(
        jobs.as_array().unwrap().len(),
        2,
        "{jobs:#}\n{:?} {}",
        server.job(other).state,
        server.job(other).text()
    );
    let listed = jobs.as_array().unwrap().iter().find(|listed| listed["id"] == job).expect("it is listed");
    assert_eq!(listed["stage"], "step_script", "{jobs:#}");
    assert_eq!(listed["ref"], "main", "{jobs:#}");
    let url = listed["url"].as_str().unwrap();
    assert!(url.starts_with("http://") && url.ends_with(&format!("/-/jobs/{job}")), "{url}");
    assert!(listed["seconds"].as_i64().unwrap() < 60 && listed["started_at"].as_str().unwrap().ends_with('Z'));
    let status: serde_json::Value = serde_json::from_str(&machine.user("pipglr status --json").out).unwrap();
    assert_eq!(status["jobs"].as_array().unwrap().len(), 2, "{status:#}");
    at_home(&machine, home, job, other);

    // What is there already, then what comes; no token in it, and nothing left in the container once it was left.
    let output = machine.user(&format!("pipglr jobs {job}")).ok();
    assert!(output.contains("J line 1 of 2000\n"), "{output}");
    assert!(
        output.contains("J [MASKED]")
            && output.contains("--- stage step_script ---")
            && !output.contains("glrt-t1_secret"),
        "{output}"
    );
    let screen = machine.screen(&format!("pipglr jobs {job} --follow; echo ended with $?; sleep 300"), 24, 100);
    let last = || server.job(job).text().matches("line ").count();
    screen.wait_for(&format!("line {} of", last() + 2), SECONDS(10));
    let mut behind = Duration::ZERO;
    for _ in 0..5 {
        let next = format!("line {} of", last() + 3);
        server.wait_for_job(job, SECONDS(20), |job| job.text().contains(&next));
        let since = Instant::now();
        screen.wait_for(&next, SECONDS(10));
        behind = behind.max(since.elapsed());
    }
    println!("at most {behind:?} behind what GitLab has");
    assert!(behind < SECONDS(1), "{behind:?} behind");
    machine.root("pkill -INT -x pipglr").ok();
    screen.wait_for("ended with 130", SECONDS(10));
    nobody_looks(&machine);
    let output = machine.user(&format!("pipglr jobs {}", job + 1000)).fails_with(1);
    assert!(output.both().contains(&format!("jobs {job}, {other}")), "{}", output.both());

    // It ends with the job.
    let screen = machine.screen(&format!("pipglr jobs {other} --follow; echo ended with $?; sleep 300"), 24, 100);
    machine.let_jobs_end();
    server.wait_job(other, SECONDS(30));
    screen.wait_for("ended with 0", SECONDS(15));
    // An image whose gitlab-runner tells nobody of its jobs, and a container that tells nothing at all.
    machine.user("podman exec pipglr sh -c 'echo 127.0.0.1:1 >/run/gitlab-runner/metrics-address'").ok();
    let output = machine.user("pipglr jobs").fails_with(0).both();
    assert!(output.contains("older image") && output.contains(&job.to_string()), "{output}");
    machine.user("podman pause pipglr").ok();
    let output = machine.user(&format!("pipglr jobs {job}")).fails_with(1);
    assert!(output.both().contains("paused"), "{}", output.both());
    machine.user("podman unpause pipglr && podman stop -t 5 pipglr").ok();
    let output = machine.user("pipglr jobs").fails_with(1);
    assert!(output.both().contains("`pipglr status`"), "{}", output.both());
}

/// Home with both jobs and what they take; the traces of both, and back; and nobody is left in the container.
fn at_home(machine: &Machine, mut home: Screen, job: u64, other: u64) {
    home.wait_for("Jobs: 2 of 2", SECONDS(240)).wait_for(&format!("{job}  step_script  since "), SECONDS(30));
    home.wait_for("all    ", SECONDS(60)).wait_for("% of a CPU, ", SECONDS(30));
    home.key("Enter").wait_for("job 1 of 2", SECONDS(60)).wait_for(&format!("▸ {other}"), SECONDS(60));
    home.key("Down").wait_for("job 2 of 2", SECONDS(30)).wait_for(&format!("▸ {job}"), SECONDS(30));
    home.key("Enter").wait_for("J  ", SECONDS(60)).wait_for(" of 2000", SECONDS(30));
    home.key("Esc").wait_for("R  ", SECONDS(60));
    home.key("Esc").wait_for("Jobs: 2 of 2", SECONDS(60));
    home.key("q");
    nobody_looks(machine);
}

/// What was started in the container to look ends with who looked.
fn nobody_looks(machine: &Machine) {
    let left = "podman exec pipglr sh -c 'grep -l [k]ill.0 /proc/[0-9]*/cmdline 2>/dev/null'";
    let limit = Instant::now() + SECONDS(30);
    while machine.user(left).out.contains("proc") {
        assert!(Instant::now() < limit, "somebody still looks in the container");
        std::thread::sleep(Duration::from_millis(200));
    }
}
