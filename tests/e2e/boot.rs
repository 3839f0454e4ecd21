//! `pipglr boot`: the machine starts the container, with nobody logged in, and gives it back as it was.

use crate::change::{assert_works_with, set_up};
use crate::gitlab::state::JobState;
use crate::image_store::{HELD_JOB, IMAGE};
use crate::server::Server;
use crate::setup::TOKEN;
use crate::testhost::Machine;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// GitLab hears from the runner again, after a start of the machine at which nobody logged in.
#[track_caller]
fn reboot(machine: &Machine, server: &Server) {
    machine.reboot();
    let heard = server.runners()[0].polls;
    server.wait_polls(TOKEN, heard + 2, 2 * MINUTE);
    let sessions = machine.root("loginctl list-sessions --no-legend | grep -v manager").out;
    assert_eq!(sessions, "", "nobody has logged in");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_machine_starts_the_runner_and_it_is_given_back_as_it_was() {
    let (machine, server) = set_up();
    machine.load_job_images();
    let quadlet = machine.suite != "bookworm";
    // An admin's own option, with what a unit could take for its own.
    machine.write(
        "again",
        &format!(
            "podman stop pipglr && podman rm pipglr\nrun=$(podman image inspect -f '{{{{index .Labels \"run\"}}}}' {IMAGE})\n\
             IMAGE={IMAGE}; eval \"${{run%% --name*}} -e 'GREETING=50% of \\$HOME' --name${{run#* --name}}\"\n"
        ),
    );
    machine.user("sh again && pipglr restart").ok(); // which waits until it is up
    assert_works_with(&machine, 2);
    let made = "podman inspect -f '{{.HostConfig.RestartPolicy.Name}} {{.Config.StopTimeout}} {{.HostConfig.CapDrop}}{{println}}\
                {{range .Config.Env}}{{println .}}{{end}}{{range .Mounts}}{{println .Type .Name .Destination}}{{end}}' pipglr | \
                grep -v -e ^HOSTNAME= -e ^container_uuid= | sort";
    let before = machine.user(made).ok();

    let job = server.script("", &HELD_JOB);
    server.wait_trace(job, "it runs", 2 * MINUTE);
    let screen = machine.screen("pipglr boot enable --yes; echo ended with $?; sleep 300", 60, 160);
    if quadlet {
        screen.wait_for(&format!("waiting for job {job} ("), 2 * MINUTE);
    } else {
        screen.wait_for("ended with 0", MINUTE); // it goes on as it is
    }
    machine.let_jobs_end();
    screen.wait_for("ended with 0", 2 * MINUTE);
    assert_eq!(server.wait_job(job, MINUTE).state, JobState::Success);
    assert_works_with(&machine, 2);
    let status: serde_json::Value = serde_json::from_str(&machine.user("pipglr status --json").ok()).unwrap();
    assert_eq!((&status["boot"], &status["boot_by"]), (&true.into(), &"pipglr.service".into()), "{status:#}");
    assert!(machine.user("pipglr boot enable").ok().contains("Nothing to do"));
    let shown: serde_json::Value = serde_json::from_str(&machine.user("pipglr boot show --json").ok()).unwrap();
    assert_eq!(shown["by"], if quadlet { "quadlet" } else { "unit" }, "{shown:#}");

    // As an earlier pipglr has written it.
    if quadlet {
        let check =
            r"sed -i 's/polls | grep -q \./polls >\/dev\/null/' .config/containers/systemd/pipglr/pipglr.container";
        machine.user(&format!("{check} && systemctl --user daemon-reload")).ok();
        assert!(machine.user("pipglr status").ok().contains("an earlier pipglr has written it: its health check"));
        assert!(machine.user("pipglr boot enable --yes").ok().contains("Its file is renewed"));
        assert!(machine.user("pipglr boot enable").ok().contains("Nothing to do"));
    }

    let lines = || machine.user("pipglr logs --plain --no-follow | wc -l").ok().trim().parse::<u32>().unwrap();
    let log = lines();
    reboot(&machine, &server);
    assert_works_with(&machine, 2);
    assert!(lines() > log, "the log before it is still there");
    assert_eq!(machine.user("podman exec pipglr printenv GREETING").ok(), "50% of $HOME\n");
    assert_eq!(machine.user("systemctl --user --failed --no-legend").ok(), "");

    // A paused one is as it is to be: a start does not wait for it until it fails.
    machine.user("pipglr pause && pipglr restart && pipglr boot disable --yes && pipglr resume").ok();
    assert_works_with(&machine, 2);
    assert_eq!(machine.user(made).ok(), before);
    assert!(machine.user("pipglr boot show").ok().starts_with("Nothing starts the container"));
    let left = "find .config/containers .config/systemd -name 'pipglr.*'; systemctl --user --failed --no-legend";
    assert_eq!(machine.user(left).out, "");
    machine.user("pipglr restart").ok();
    assert_works_with(&machine, 2);
}
