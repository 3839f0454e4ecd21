//! A container that a unit of systemd runs, with time-outs far below what a job needs; and `start`, `stop`, `restart`,
//! by that unit and without one.

use crate::change::{assert_works_with, set_up, write_concurrent};
use crate::gitlab::state::JobState;
use crate::image_store::{HELD_JOB, IMAGE};
use crate::screen::{SECONDS, Screen};
use crate::server::Server;
use crate::setup::SETUP;
use crate::testhost::Machine;
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);
const TIMES: &str = "TimeoutStopSec=10\nSuccessExitStatus=130 143\n";

/// Has the container run by a unit that stops it within 10 s: a quadlet's, or before podman 5 one of `podman generate
/// systemd --new`. Returns the unit's name.
pub fn run_by_a_unit(machine: &Machine) -> &'static str {
    if machine.suite == "bookworm" {
        let unit = "container-pipglr.service";
        machine
            .user("podman generate systemd --new --name pipglr >unit && podman stop pipglr && podman rm pipglr")
            .ok();
        // Here systemd does not learn which process is the container's monitor, takes the unit for ended, and starts it
        // again for ever, each time with a copy of the image: so it is one that ends, and counts as up.
        machine
            .user(&format!(
                "sed -i 's/^TimeoutStopSec=.*/TimeoutStopSec=10/; /^ExecStop=/,/cidfile/s/-t [0-9]*/-t 10/; /sdnotify/d; \
                 s/^Type=.*/Type=oneshot/; s/^NotifyAccess=.*/RemainAfterExit=yes/; s/^Restart=.*/Restart=no/' unit && \
                 mkdir -p .config/systemd/user && mv unit .config/systemd/user/{unit} && \
                 systemctl --user daemon-reload && systemctl --user start {unit}"
            ))
            .ok();
        return unit;
    }
    machine.user("mkdir -p .config/containers/systemd && podman stop pipglr && podman rm pipglr").ok();
    machine.write(
        ".config/containers/systemd/pipglr.container",
        &format!(
            "[Container]\nContainerName=pipglr\nImage={IMAGE}\nSecret=config.toml,uid=1001,gid=1001,mode=0400\n\
             Volume=pipglr-storage:/home/podman/.local/share/containers\nVolume=pipglr-cache:/cache\nLogDriver=k8s-file\n\
             PodmanArgs=-t --systemd=always --privileged --device /dev/fuse --device /dev/net/tun\n\
             [Service]\nRestart=always\n{TIMES}\n[Quadlet]\nDefaultDependencies=false\n"
        ),
    );
    machine.user("systemctl --user daemon-reload && systemctl --user start pipglr.service").ok();
    "pipglr.service"
}

/// A job of this many seconds, which has begun.
fn job(server: &Server, seconds: u32) -> u64 {
    let job = server.script("", &["echo it runs", &format!("sleep {seconds}"), "echo it has ended"]);
    server.wait_trace(job, "it runs", 2 * MINUTE);
    job
}

/// A job that has begun, and ends when it is told to.
fn held_job(server: &Server) -> u64 {
    let job = server.script("", &HELD_JOB);
    server.wait_trace(job, "it runs", 2 * MINUTE);
    job
}

/// The end of a verb that waits for this job, which goes on for longer than the unit would give it.
fn waited_for(machine: &Machine, job: u64, verb: &str) -> Screen {
    let screen = machine.screen(&format!("pipglr {verb}; echo ended with $?; sleep 300"), 60, 160);
    screen.wait_for(&format!("waiting for job {job} ("), 4 * MINUTE);
    std::thread::sleep(SECONDS(13));
    machine.let_jobs_end();
    screen.wait_for("ended with 0", 4 * MINUTE);
    screen
}

#[track_caller]
fn assert_succeeds(server: &Server, job: u64) {
    let job = server.wait_job(job, MINUTE);
    assert_eq!(job.state, JobState::Success, "{}", job.text());
    assert!(job.text().contains("it has ended"), "{}", job.text());
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn no_time_out_of_a_unit_ends_a_job_that_is_waited_for() {
    let (machine, server) = set_up();
    machine.load_job_images();
    let unit = run_by_a_unit(&machine);
    machine.user("pipglr start").ok(); // waits until it is up
    let active = || machine.user(&format!("systemctl --user is-active {unit}")).out;

    let running = held_job(&server);
    write_concurrent(&machine, 5);
    let screen = waited_for(&machine, running, "config apply new.toml --yes --recreate");
    for words in
        [&format!("Running jobs: 1 ({running})"), &format!("A stop of the unit {unit} ends all jobs after 10 s")]
    {
        assert!(screen.raw().contains(words), "{words}: {}", screen.dump());
    }
    assert_succeeds(&server, running);
    assert_works_with(&machine, 5);

    let running = held_job(&server);
    let screen = waited_for(&machine, running, "restart");
    assert!(screen.raw().contains(&format!("It waits for job {running} (")), "{}", screen.dump());
    assert_succeeds(&server, running);
    assert_works_with(&machine, 5);

    // Stopped by the unit it stays stopped; its container is gone, and the unit is found all the same.
    machine.user("pipglr stop").ok();
    assert_eq!(active(), "inactive\n");
    assert!(machine.user("pipglr stop").ok().contains("Nothing to do"));
    machine.user("pipglr start").ok();
    assert_works_with(&machine, 5);
    assert_eq!(active(), "active\n");
    assert!(machine.user("pipglr start").ok().contains("Nothing to do"));
}

/// A file name of its own, and nothing that starts it: systemd has not even loaded such a unit.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_quadlet_of_the_admins_own_is_known_while_its_container_is_not_there() {
    let (machine, _server) = set_up();
    if machine.suite == "bookworm" {
        return; // its podman has no quadlets
    }
    machine.user("podman stop pipglr && podman rm pipglr && mkdir -p .config/containers/systemd").ok();
    machine.write(
        ".config/containers/systemd/builds.container",
        &format!(
            "[Container]\nContainerName=pipglr\nImage={IMAGE}\nSecret=config.toml,uid=1001,gid=1001,mode=0400\n\
             Volume=pipglr-storage:/home/podman/.local/share/containers\nVolume=pipglr-cache:/cache\nLogDriver=k8s-file\n\
             PodmanArgs=-t --systemd=always --privileged --device /dev/fuse --device /dev/net/tun\n\
             [Service]\n{TIMES}\n[Quadlet]\nDefaultDependencies=false\n"
        ),
    );
    machine.user("systemctl --user daemon-reload").ok();
    let active = || machine.user("systemctl --user is-active builds.service").out;
    let containers = || machine.user("podman ps -a --format '{{.Names}}'").ok();
    let known = |time: &str| {
        assert_eq!((active().as_str(), containers().as_str()), ("inactive\n", ""), "{time}");
        let status = machine.user("pipglr status").fails_with(3).both();
        for words in ["builds.service", "`systemctl --user restart builds.service`"] {
            assert!(status.contains(words), "{time}: no {words} in\n{status}");
        }
        assert!(!status.contains("podman restart") && !status.contains("podman start"), "{time}: {status}");
    };

    known("before it ever ran");
    assert!(machine.user("pipglr boot show").ok().contains("builds.service"));
    let done = machine.user(SETUP);
    assert_eq!(done.code, 0, "{}", done.both());
    assert!(done.both().contains("systemctl --user start builds.service"), "{}", done.both());
    assert_works_with(&machine, 2); // of one container
    assert_eq!(active(), "active\n");

    machine.user("pipglr stop").ok();
    known("after it was stopped");
    machine.user("pipglr start").ok();
    assert_works_with(&machine, 2);
    assert_eq!(active(), "active\n");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_container_is_stopped_and_started_and_a_stop_that_is_cut_off_leaves_the_runner_at_work() {
    let (machine, server) = set_up();
    machine.load_job_images();
    let running = job(&server, 20);
    let mut screen = machine.screen("pipglr stop; echo ended with $?; sleep 300", 40, 120);
    screen.wait_for(&format!("waiting for job {running}"), SECONDS(60));
    screen.send("\x03").wait_for("gitlab-runner goes on", SECONDS(30)).wait_for("ended with 130", SECONDS(10));
    assert_succeeds(&server, running);
    let running = job(&server, 600); // it takes new ones

    let begun = Instant::now();
    let refused = machine.user("pipglr stop --now").fails_with(2).both();
    let named = refused.matches(&format!("job {running} (")).count();
    assert!(named == 1 && refused.contains("--now --yes`"), "{refused}");
    let output = machine.user("pipglr stop --now --yes").fails_with(0);
    assert!(output.out.contains(&format!("It ends job {running} (")), "{}", output.both());
    assert!(begun.elapsed() < 2 * MINUTE, "{:?}", begun.elapsed());
    assert_ne!(server.wait_job(running, MINUTE).state, JobState::Success);
    assert!(machine.user("pipglr stop").ok().contains("Nothing to do"));
    machine.user("pipglr start").ok();
    assert_works_with(&machine, 2);
    assert!(machine.user("pipglr start").ok().contains("Nothing to do"));

    machine.user("podman pause pipglr").ok();
    machine.user("pipglr restart").ok();
    assert_works_with(&machine, 2);

    // Gone without a trace, and another's.
    machine.user("podman rm -f -t 20 pipglr").ok();
    for verb in ["start", "stop", "restart"] {
        assert!(machine.user(&format!("pipglr {verb}")).fails_with(1).err.contains("`pipglr setup` makes it"));
    }
    machine.user(&format!("podman create --name pipglr {IMAGE} sleep 9")).ok();
    assert!(machine.user("pipglr start").fails_with(1).err.contains("pipglr did not make"));
}
