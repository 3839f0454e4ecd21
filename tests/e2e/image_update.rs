//! `pipglr update` on a real machine: a newer image, jobs waited for, and images that do not work.

use crate::change::{assert_works_with, set_up};
use crate::gitlab::state::JobState;
use crate::image_store::{HELD_JOB, IMAGE};
use crate::screen::SECONDS;
use crate::setup::TOKEN;
use crate::testhost::Machine;
use crate::units::run_by_a_unit;
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);
/// Each is the image under test with one line more.
const IMAGES: [(&str, &str); 5] = [
    ("fine", "RUN echo fine >/fine"),
    ("later", "RUN echo later >/later"),
    (
        "dies",
        "RUN printf '#!/bin/sh\\necho FATAL: it broke >&2; exit 1\\n' >/usr/local/libexec/pipglr/bin/gitlab-runner",
    ),
    // It starts, answers, and knows its runners when it is asked, but never asks for a job.
    (
        "silent",
        r#"RUN cd /usr/local/libexec/pipglr/bin && mv gitlab-runner real && printf '%s\n' '#!/bin/sh' \
          'real=/usr/local/libexec/pipglr/bin/real none=/run/gitlab-runner/none.toml' \
          'case " $* " in *" run "*) ;; *) exec $real "$@" ;; esac' \
          'sed "/^\[\[runners/,\$d" /run/gitlab-runner/config.toml >$none' \
          'exec $real run --config $none --listen-address 127.0.0.1:9252' >gitlab-runner && chmod 755 gitlab-runner"#,
    ),
    ("sleeps", "CMD [\"sleep\", \"9999\"]"),
];

fn build(machine: &Machine) {
    build_some(machine, &IMAGES.map(|(name, _)| name));
}

/// Builds those of [`IMAGES`] that have these names, as `localhost/pipglr:NAME`.
pub fn build_some(machine: &Machine, names: &[&str]) {
    for (name, line) in IMAGES.iter().filter(|(name, _)| names.contains(name)) {
        machine.write("Containerfile.more", &format!("FROM {IMAGE}\n{line}\n"));
        machine
            .user(&format!("mkdir -p none && podman build -q -t localhost/pipglr:{name} -f Containerfile.more none"))
            .ok();
    }
}

fn image_of(machine: &Machine) -> String {
    machine.user("podman inspect -f '{{.ImageName}} {{.Image}}' pipglr").ok()
}

/// The container's image is called so, it is the only one, and works.
#[track_caller]
fn assert_runs_on(machine: &Machine, name: &str) {
    assert_works_with(machine, 2);
    assert!(image_of(machine).starts_with(&format!("localhost/pipglr:{name} ")), "{}", image_of(machine));
    let status: serde_json::Value = serde_json::from_str(&machine.user("pipglr status --json").out).unwrap();
    assert_eq!((&status["container"]["image_current"], &status["container"]["update"]), (&true.into(), &().into()));
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_newer_image_is_taken_and_one_that_does_not_work_gives_way_to_the_one_before() {
    let (machine, server) = set_up();
    build(&machine);
    machine.load_job_images();
    let update = |image: &str, more: &str| {
        machine.user(&format!("pipglr --image localhost/pipglr:{image} update --yes {more} </dev/null"))
    };
    // A job is waited for, and what is newer is said.
    let job = server.script("", &HELD_JOB);
    server.wait_trace(job, "it runs", MINUTE);
    let words = "pipglr --image localhost/pipglr:fine update --yes; echo ended with $?; sleep 300";
    let screen = machine.screen(words, 60, 160);
    screen.wait_for(&format!("waiting for job {job}"), SECONDS(120));
    machine.let_jobs_end();
    screen.wait_for("ended with 0", SECONDS(240));
    let job = server.wait_job(job, MINUTE);
    assert_eq!(job.state, JobState::Success, "{}", job.text());
    assert_runs_on(&machine, "fine");
    assert_eq!(
        update("fine", "").fails_with(0).out.lines().last().unwrap_or_default().split(':').next(),
        Some("Nothing to do")
    );
    let before = machine.user("podman image exists localhost/pipglr-before:pipglr").code;
    assert_eq!(before, 0, "the image before is kept");

    for (image, said) in
        [("dies", "FATAL: it broke"), ("silent", "\"first poll seen\" does not hold"), ("sleeps", "systemd up")]
    {
        let was = image_of(&machine);
        let begun = Instant::now();
        let output = update(image, "--json").fails_with(1);
        println!("{image}: back after {:.0} s", begun.elapsed().as_secs_f64());
        assert!(begun.elapsed() < Duration::from_secs(if machine.suite == "bookworm" { 150 } else { 100 }));
        let told: serde_json::Value = serde_json::from_str(&output.out).unwrap_or_else(|e| panic!("{e}: {output:?}"));
        assert_eq!((&told["changed"], &told["failed"]), (&false.into(), &true.into()), "{told:#}");
        assert!(output.err.contains(said) && output.err.contains("again, and works"), "{}", output.both());
        assert!(!output.both().contains(&TOKEN[10..]), "the token is shown: {}", output.both());
        assert_eq!(image_of(&machine), was);
    }
    assert_runs_on(&machine, "fine");
}

/// Killed while the new container boots: `status` says so, and `update` goes on with one, and back with the other.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn an_update_that_is_killed_goes_on_or_back() {
    let (machine, _server) = set_up();
    build(&machine);
    for (image, code, left) in [("fine", 0, "fine"), ("dies", 1, "fine")] {
        let words = format!("pipglr --image localhost/pipglr:{image} update --yes");
        machine
            .user(&format!(
                "{words} >out 2>&1 </dev/null & until grep -q 'podman start' out; do sleep 0.02; done; kill -9 $!"
            ))
            .ok();
        let status: serde_json::Value = serde_json::from_str(&machine.user("pipglr status --json").out).unwrap();
        assert!(status["container"]["update"].as_str().unwrap().contains("`pipglr update` goes on"), "{status:#}");
        assert!(machine.user("pipglr status").out.contains("`pipglr update` goes on"));
        machine.user("pipglr update --yes </dev/null").fails_with(code);
        assert_runs_on(&machine, left);
    }
}

/// A unit makes its container of what the image's name means.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_unit_makes_its_container_of_the_new_image() {
    let (machine, _server) = set_up();
    build(&machine);
    let unit = run_by_a_unit(&machine);
    let id = |name: &str| machine.user(&format!("podman image inspect -f '{{{{.Id}}}}' {name}")).ok();
    let is = |of: &str| image_of(&machine).contains(of.trim());
    for (image, code) in [("fine", 0), ("dies", 1)] {
        machine.user(&format!("pipglr --image localhost/pipglr:{image} update --yes </dev/null")).fails_with(code);
        assert!(is(&id("localhost/pipglr:fine")), "{}", image_of(&machine));
        assert_eq!(id(IMAGE), id("localhost/pipglr:fine"), "the name that the unit has means it");
        assert_eq!(machine.user(&format!("systemctl --user is-active {unit}")).ok().trim(), "active");
    }
}
