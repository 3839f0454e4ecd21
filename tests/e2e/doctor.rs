//! `pipglr doctor` on a machine that is well, and on one that was broken in real ways.

use crate::gitlab::state::JobState;
use crate::image_store::{IMAGE, for_jobs};
use crate::server::Server;
use crate::setup::{TOKEN, machine};
use crate::testhost::Machine;
use serde_json::Value;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A runner that polls, and can run jobs.
fn running(server: &Server) -> Machine {
    let machine = machine().with_linger_and_ids();
    let config = machine.register(&server.url(), TOKEN);
    machine.run_container(&for_jobs(&config));
    server.wait_polls(TOKEN, 1, MINUTE);
    machine.load_job_images();
    machine
}

/// What the doctor finds now: the first is what it holds for the cause.
fn found(machine: &Machine) -> Vec<Value> {
    let output = machine.user("pipglr doctor --json").fails_with(3);
    let findings: Vec<Value> = serde_json::from_str(&output.out).unwrap();
    findings.into_iter().filter(|finding| !finding["step"].is_null()).collect()
}

/// Nothing is wrong now; what it says is returned.
fn well(machine: &Machine) -> String {
    let output = machine.user("pipglr doctor").fails_with(0).out;
    assert!(output.starts_with("Nothing found"), "{output}");
    output
}

/// Waits for a line in the container's log.
pub fn wait_log(machine: &Machine, words: &str) {
    let wait = format!(
        "for i in $(seq 60); do podman logs pipglr 2>&1 | grep -q '{words}' && exit 0; sleep 0.5; done; exit 1"
    );
    let code = machine.user(&wait).code;
    assert_eq!(code, 0, "{words} is not in\n{}", machine.user("podman logs pipglr").out);
}

fn is(finding: &Value, id: &str, step: &str) {
    assert_eq!((&finding["id"], &finding["step"]), (&id.into(), &step.into()), "{finding:#}");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_doctor_finds_nothing_on_a_machine_that_is_well() {
    let server = Server::start();
    let machine = running(&server);
    let job = server.wait_job(server.script("", &["echo well"]), MINUTE);
    assert_eq!(job.state, JobState::Success, "{}", job.text());
    let job = server.wait_job(server.script("", &["exit 3"]), MINUTE);
    assert_eq!(job.state, JobState::Failed, "{}", job.text());
    assert!(!well(&machine).contains("Past"), "a script that fails is not the runner's fault");
    machine.user("podman restart pipglr").ok();
    server.wait_polls(TOKEN, 5, MINUTE);
    assert!(!well(&machine).contains("Past"));
    assert_eq!(machine.user("pipglr doctor --json").fails_with(0).out.trim(), "[]");

    // A log from elsewhere; nobody needs to be anybody for that.
    machine.user("podman logs pipglr >saved.log").ok();
    let output = machine.user("PATH=/usr/local/bin pipglr doctor --log saved.log").fails_with(0);
    assert!(output.out.starts_with("Nothing found in "), "{}", output.both());
    machine.root("pipglr doctor --log /home/johndoe/saved.log").ok();
    let missing = machine.user("pipglr doctor --log nowhere.log").fails_with(2);
    assert!(missing.err.contains("nowhere.log"), "{}", missing.both());
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_doctor_names_a_broken_configuration() {
    let server = Server::start();
    let machine = running(&server);
    machine.user("podman secret rm config.toml && printf 'concurrent = \"' | podman secret create config.toml -").ok();
    is(&found(&machine)[0], "config", "6"); // the container has the older one still

    machine.user(&format!("podman rm -f -t 5 pipglr && podman container runlabel run {IMAGE}")).ok();
    wait_log(&machine, "restart counter is at 3");
    let findings = found(&machine);
    is(&findings[0], "config-broken", "edit");
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert!(findings[0]["text"].as_str().unwrap().contains("decoding configuration file"), "{findings:#?}");
    let plain = machine.user("pipglr doctor").fails_with(3).out;
    assert!(plain.contains("pipglr edit"), "{plain}");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_doctor_names_a_runner_that_gitlab_refused_until_it_is_restarted() {
    let server = Server::start();
    let machine = running(&server);
    server.behave("jobs/request", "403", Some(3));
    wait_log(&machine, "will be disabled for 1h0m0s");
    let findings = found(&machine);
    is(&findings[0], "runner-disabled", "restart");
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert!(findings[0]["cause"].as_str().unwrap().contains("Checking for jobs... forbidden"), "{findings:#?}");

    server.behave_well();
    let polls = server.runners()[0].polls;
    machine.user("podman restart pipglr").ok();
    server.wait_polls(TOKEN, polls + 2, MINUTE);
    let said = well(&machine);
    assert!(said.contains("Past") && said.contains("runner-disabled"), "{said}");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_doctor_names_a_job_that_died_with_the_nested_podman() {
    let server = Server::start();
    let machine = running(&server);
    let job = server.script("", &["echo begun", "sleep 100"]);
    server.wait_trace(job, "begun", MINUTE);
    // What runs out of memory takes podman's containers with it.
    machine.user("podman exec pipglr systemctl kill --signal=KILL --kill-whom=all podman.service").ok();
    let job = server.wait_job(job, MINUTE);
    assert_eq!(job.state, JobState::Failed, "{}", job.text());
    wait_log(&machine, "Removed job from processing list");
    // The pause process is gone as well: podman.service needs a second start.
    let findings = found(&machine);
    is(&findings[0], "podman-pause-lost", "restart");
    is(&findings[1], "job-lost-to-podman", "job");
    assert_eq!(findings.len(), 2, "{findings:#?}");

    // It comes back by itself, and then that is past.
    let job = server.wait_job(server.script("", &["echo again"]), MINUTE);
    assert_eq!(job.state, JobState::Success, "{}", job.text());
    wait_log(&machine, "Job succeeded");
    let said = well(&machine);
    assert!(said.contains("Past") && said.contains("podman-pause-lost"), "{said}");
    assert!(said.contains("job-lost-to-podman"), "{said}");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_doctor_names_id_ranges_that_became_too_small() {
    let server = Server::start();
    let machine = running(&server);
    machine.root("sed -i s/:65536/:60000/ /etc/subuid /etc/subgid").ok();
    machine.user("podman system migrate; podman start pipglr").ok();
    let lines = ["touch /tmp/x", "chown 65534:65534 /tmp/x"];
    let job = server.wait_job(server.script("", &lines), MINUTE);
    assert_eq!(job.state, JobState::Failed, "{}", job.text());
    let findings = found(&machine);
    assert_eq!(findings[0]["step"], "2", "{findings:#?}");
    assert!(findings[0]["fix"].as_str().unwrap().contains("usermod --add-subuids"), "{findings:#?}");
}
