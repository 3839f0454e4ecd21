//! Renewed tokens and the system ID outlive whatever becomes of the container: they lie in a volume of their own.

use crate::change::{assert_works_with, secret, set_up, write_concurrent};
use crate::image_store::IMAGE;
use crate::server::Server;
use crate::setup::TOKEN;
use crate::testhost::Machine;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const TOKENS: [&str; 2] = ["glrt-t1_newbcdefghijklmno", "glrt-t1_thirddefghijklmno"];
const ID: &str = "podman exec pipglr cat /run/gitlab-runner/.runner_system_id";

/// As gitlab-runner does when three quarters of a token's life are over: into its own copy.
fn renew(machine: &Machine, from: &str, to: &str) {
    let copy = "/run/gitlab-runner/config.toml";
    let script = format!("sed s/{from}/{to}/ {copy} >/tmp/c && cat /tmp/c >{copy} && rm /tmp/c");
    machine.user_with("podman exec -i --user runner pipglr sh -s", script.as_bytes()).ok();
}

/// The runner polls with this token, as the machine that it was.
#[track_caller]
fn assert_polls(machine: &Machine, server: &Server, token: &str, id: &str, after: &str) {
    let polls =
        |token: &str| server.runners().iter().find(|runner| runner.token == token).map_or(0, |found| found.polls);
    server.wait_polls(token, polls(token) + 1, 2 * MINUTE);
    assert_eq!(machine.user(ID).ok(), id, "after {after}");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_renewed_token_and_the_system_id_outlive_the_container() {
    let (machine, server) = set_up();
    let whose = "podman exec pipglr stat -c '%a %U' /var/lib/gitlab-runner /var/lib/gitlab-runner/config.toml";
    assert!(machine.user(whose).ok().starts_with("700 runner\n"));
    let id = machine.user(ID).ok();
    assert_eq!(machine.user("podman exec pipglr cat /cache/.runner_system_id").ok(), id, "older images look there");
    let polls = |token, after| assert_polls(&machine, &server, token, &id, after);
    let label = format!("podman image inspect -f '{{{{index .Labels \"run\"}}}}' {IMAGE}");

    // A host from before the volume: the container has all on its own disk.
    machine
        .user(&format!(
            "podman stop pipglr && podman rm pipglr && podman volume rm pipglr-state && run=$({label}) && IMAGE={IMAGE} && \
             eval \"$(echo \"$run\" | sed 's/-v pipglr-state:[^ ]*//')\""
        ))
        .ok();
    polls(TOKEN, "a container without the volume");
    renew(&machine, TOKEN, TOKENS[0]);
    machine.user("podman restart pipglr").ok();
    polls(TOKENS[0], "a restart without the volume");
    // It comes along, though the secret does not say it.
    machine.user("pipglr boot enable --yes").ok();
    if machine.suite == "bookworm" {
        // There the unit wakes the container that is there.
        machine.user("pipglr config apply --recreate --yes </dev/null").ok();
    }
    assert!(machine.user("podman inspect pipglr").ok().contains("\"pipglr-state\""));
    polls(TOKENS[0], "the move into the volume");
    machine.reboot();
    polls(TOKENS[0], "a start of the machine");
    if machine.suite == "bookworm" {
        machine.user(&format!("podman rm -f -t 20 pipglr && IMAGE={IMAGE} && eval \"$({label})\"")).ok();
    } else {
        assert!(secret(&machine).contains(TOKEN), "nobody has stored it");
        machine.user("podman rm -f -t 20 pipglr; systemctl --user restart pipglr.service").ok();
    }
    polls(TOKENS[0], "podman rm");

    // The next change stores it; the way back, and another image.
    if machine.suite == "bookworm" {
        machine.user("pipglr config show --reveal >new.toml").ok(); // the change above has stored it
    }
    write_concurrent(&machine, 5);
    machine.user("pipglr config apply new.toml --yes --recreate </dev/null").ok();
    assert_works_with(&machine, 5);
    assert!(secret(&machine).contains(TOKENS[0]));
    polls(TOKENS[0], "config apply");
    machine.user("pipglr config show --reveal >new.toml").ok();
    write_concurrent(&machine, 2);
    machine.user("pipglr config apply new.toml --yes </dev/null").ok();
    renew(&machine, TOKENS[0], TOKENS[1]);
    machine.user("pipglr config undo --yes </dev/null").ok();
    assert_works_with(&machine, 5);
    polls(TOKENS[1], "config undo");
    machine.write("Containerfile.more", &format!("FROM {IMAGE}\nRUN echo newer >/newer\n"));
    machine.user("mkdir -p none && podman build -q -t localhost/pipglr:newer -f Containerfile.more none").ok();
    machine.user("pipglr --image localhost/pipglr:newer update --yes </dev/null").ok();
    assert_works_with(&machine, 5);
    polls(TOKENS[1], "update");
    machine.user("pipglr volumes reset --yes --now").ok();
    polls(TOKENS[1], "volumes reset");
}
