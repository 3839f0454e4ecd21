//! A change that gitlab-runner takes while it runs, on a real machine: the container stays, its jobs go on, and every
//! restart ends with the text that was agreed to last.

use crate::change::{assert_not_leaked, assert_works_with, container, hand_over, secret, set_up, write_concurrent};
use crate::gitlab::state::JobState;
use crate::setup::TOKEN;
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_change_while_a_job_runs_lasts_over_restarts_and_comes_back() {
    let (machine, server) = set_up();
    machine.load_job_images();
    let (before, text) = (container(&machine), secret(&machine));
    let job = server.script("", &["echo it runs", "sleep 12", "echo it has ended"]);
    server.wait_trace(job, "it runs", MINUTE);
    write_concurrent(&machine, 5);
    let begun = Instant::now();
    let output = hand_over(&machine, "").fails_with(0);
    let took = begun.elapsed();
    eprintln!("handed over with a job running: {:.2} s", took.as_secs_f64());
    assert!(
        output.out.contains("takes it while it runs") && took < Duration::from_secs(10),
        "{took:?} {}",
        output.both()
    );
    assert_works_with(&machine, 5);
    let job = server.wait_job(job, MINUTE);
    assert!(job.state == JobState::Success && job.text().contains("it has ended"), "{}", job.text());
    assert_eq!(container(&machine), before);

    // podman gives the container the secret as it was made with; what was handed over is its own, and stays.
    machine.user("podman restart pipglr").ok();
    let limit = Instant::now() + MINUTE;
    while machine.user("pipglr status").code != 0 {
        assert!(Instant::now() < limit, "it does not come up");
    }
    assert_works_with(&machine, 5);
    machine.user("pipglr stop && pipglr start").ok();
    assert_works_with(&machine, 5);
    let status = machine.user("pipglr status").ok();
    assert!(status.contains("was given the secret as it is now"), "{status}");

    // What somebody writes into gitlab-runner's file is said, and put right.
    let inside = "sed s/^concurrent.*/concurrent=9/ /run/gitlab-runner/config.toml >/tmp/c && cat /tmp/c >/run/gitlab-runner/config.toml && rm /tmp/c";
    machine.user_with("podman exec -i pipglr sh -s", inside.as_bytes()).ok();
    let status = machine.user("pipglr status");
    assert!(status.code != 0 && status.out.contains("gitlab-runner's own file"), "{}", status.both());
    machine.user("pipglr config apply --yes </dev/null").ok();
    assert_works_with(&machine, 5);

    // A text that gitlab-runner cannot load never gets there; a wrong key is not handed over.
    let undone = machine.user("pipglr config undo --yes </dev/null").ok();
    assert!(undone.contains("takes it while it runs"), "{undone}");
    assert_works_with(&machine, 2);
    assert_eq!((container(&machine).split(' ').next(), secret(&machine)), (before.split(' ').next(), text));

    // What only a restart takes is named, and the container recreated.
    machine.user("sed -i '1i listen_address = \"127.0.0.1:9252\"' new.toml").ok();
    let output = hand_over(&machine, "").fails_with(0);
    assert!(output.out.contains("must be restarted for listen_address"), "{}", output.both());
    assert_works_with(&machine, 5);
    assert_ne!(container(&machine).split(' ').next(), before.split(' ').next());
    assert_not_leaked(&machine);
}

/// What GitLab has answered before is no answer to a runner that asks elsewhere, or with another token.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_change_of_the_server_or_the_token_is_not_taken_for_one_that_works() {
    let (machine, server) = set_up();
    let text = secret(&machine);
    let other_token = text.replace(&format!("\"{TOKEN}\""), "\"glrt-t1_badtokenbadtoken1\"");
    let other_server = text.replace(&server.url(), "http://host.containers.internal:1/");
    for changed in [other_server, other_token] {
        assert_ne!(changed, text);
        machine.write("new.toml", &changed);
        let output = hand_over(&machine, "").fails_with(1);
        assert!(output.out.contains("takes it while it runs"), "{}", output.both());
        assert!(output.err.contains("\"GitLab accepts the runner\" does not hold"), "{}", output.both());
        machine.user("pipglr config undo --yes </dev/null").ok();
        assert_works_with(&machine, 2);
        // By the answers, too.
        let setup = "printf 'config_file = \"new.toml\"\n' >a.toml && pipglr setup --answers a.toml --json </dev/null";
        let output = machine.user(setup).fails_with(1);
        assert!(output.err.contains("\"GitLab accepts the runner\" does not hold"), "{}", output.both());
        machine.user("pipglr config undo --yes </dev/null").ok();
        assert_works_with(&machine, 2);
    }
}
