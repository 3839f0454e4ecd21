//! The networks of jobs in the nested podman: what a gitlab-runner leaves there, and what it becomes.

use std::time::Duration;

use crate::gitlab::state::{JobSpec, JobState, Service};
use crate::image_store::{IMAGE, JOB_IMAGE, for_jobs};
use crate::server::Server;
use crate::testhost::{Machine, suite};

const TOKEN: &str = "glrt-t1_networkabcdefghij";
const MINUTE: Duration = Duration::from_secs(60);
const ENTRIES: &str = "/run/podman/containers/networks/aardvark-dns";

/// Jobs, each with a service; `PIPGLR_TEST_JOBS` is how many of them before the kill, and after.
fn jobs() -> usize {
    std::env::var("PIPGLR_TEST_JOBS").ok().and_then(|n| n.parse().ok()).unwrap_or(6)
}

fn with_service(script: &str) -> JobSpec {
    let serve = "trap 'exit 0' TERM; mkdir -p /w; echo from the service >/w/index.html; httpd -f -p 8000 -h /w & wait";
    JobSpec {
        script: vec![script.into()],
        services: vec![Service {
            image: JOB_IMAGE.into(),
            alias: "svc".into(),
            command: ["sh", "-c", serve].map(String::from).to_vec(),
        }],
        ..JobSpec::default()
    }
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn jobs_go_on_after_a_kill_and_leave_nothing_in_the_network() {
    let machine = Machine::with_image(&suite()).with_linger_and_ids();
    machine.install_pipglr();
    let server = Server::start();
    let config = for_jobs(&machine.register(&server.url(), TOKEN)).replace("concurrent = 1", "concurrent = 2");
    // The init process of the image, too.
    let flag = "FF_NETWORK_PER_BUILD = true";
    assert!(config.contains(flag), "{config}");
    machine.run_container(&config.replace(flag, &format!("{flag}\n    FF_USE_INIT_WITH_DOCKER_EXECUTOR = true")));
    server.wait_polls(TOKEN, 1, MINUTE);
    machine.load_job_images();
    let inside = |command: &str| machine.user(&format!("podman exec pipglr {command}"));
    let run = || {
        let ask = "for i in 1 2 3 4 5; do wget -qO- http://svc:8000/ && exit 0; sleep 1; done; exit 1";
        let all: Vec<u64> = (0..jobs()).map(|_| server.enqueue(with_service(ask))).collect();
        for id in all {
            let job = server.wait_job(id, MINUTE * 5);
            let log = || machine.user("podman logs --tail 60 pipglr").out;
            assert_eq!(job.state, JobState::Success, "job {id}: {}\n{}", job.text(), log());
            assert!(job.text().contains("from the service"), "{}", job.text());
        }
        // The last jobs' are cleared away before the next ones: no more than two ran at once, with two containers each.
        let left = inside(&format!("sh -c 'cat {ENTRIES}/runner-* 2>/dev/null | grep -c ^[0-9a-f]*[[:space:]]'")).out;
        assert!(left.trim().parse::<usize>().unwrap() <= 4, "{left}");
        let log = machine.user("podman logs pipglr").ok();
        assert!(!log.contains("Address already in use"), "{log}");
    };
    run();
    let long = server.enqueue(with_service("echo be''gun; sleep 60"));
    server.wait_trace(long, "begun", MINUTE);
    inside("systemctl kill --kill-whom=all --signal=KILL podman.service").ok();
    assert_ne!(server.wait_job(long, MINUTE * 2).state, JobState::Success);
    run();
    let status = machine.user("pipglr status").ok();
    assert!(status.contains("ok   podman: "), "{status}");
    // What it touched is cleared away behind its answer, and leaves no line in the log.
    let touched = "cat /home/podman/.local/share/containers/storage/networks/*.json | grep pipglr-touch";
    let gone = inside(&format!(
        "sh -c 'for n in $(seq 50); do {touched} >/dev/null || exit 0; sleep .1; done; {touched}; exit 1'"
    ));
    assert_eq!(gone.code, 0, "{gone:?}");
    // No container is on a network, and the namespace stays: a name server that is still to end has its settings.
    inside("test -d /run/podman/containers/networks/rootless-netns/run").ok();
    let log = || machine.user("podman logs pipglr 2>&1 | grep -E 'conmon|rootless netns' | wc -l").ok();
    let before = log();
    machine.user("pipglr status").ok();
    assert_eq!(log(), before, "looking made the log longer: {}", machine.user("podman logs --tail 5 pipglr 2>&1").ok());

    // That podman answers is not enough.
    let broken = "d=/usr/lib/podman/aardvark-dns; mv $d /root/; echo exit 1 >$d; chmod 755 $d; kill $(pidof aardvark-dns) || true";
    inside(&format!("sh -c '{broken}'")).ok();
    let status = machine.user(&format!("pipglr status --image {IMAGE}")).fails_with(3);
    assert!(status.both().contains("no job gets a network"), "{status:?}");
}
