//! A private authority: what is set up against its GitLab from nothing, and what is refused without it.

use crate::server::Server;
use crate::setup::{SETUP, TOKEN, answer, assert_nothing_left, machine};
use crate::testhost::Machine;
use crate::tls::Tls;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// All that asks GitLab trusts it: pipglr from outside and inside, and gitlab-runner.
fn assert_trusted(machine: &Machine, server: &Server, token: &str) {
    machine.user("timeout 60 sh -c 'until pipglr status; do sleep 1; done'").ok();
    machine.user("pipglr verify").ok();
    let polls = server.runners().iter().find(|runner| runner.token == token).map_or(0, |runner| runner.polls);
    server.wait_polls(token, polls + 2, MINUTE);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_private_authority_is_trusted_from_the_first_request_and_stays_so_when_the_container_is_restarted() {
    let (machine, server) = (machine(), Server::start());
    let tls = Tls::before(&server);
    machine.write("ca.pem", &tls.authority());
    let answers = format!("gitlab_url = \"{}\"", tls.url());
    answer(&machine, TOKEN, &answers);
    let refused = machine.user(SETUP).fails_with(1);
    assert!(
        refused.both().contains("signed by unknown authority") && refused.both().contains("ca_file"),
        "{}",
        refused.both()
    );
    assert_nothing_left(&machine);

    answer(&machine, TOKEN, &format!("{answers}\nca_file = \"ca.pem\""));
    machine.user(SETUP).ok();
    for _ in 0..2 {
        assert_trusted(&machine, &server, TOKEN);
        for user in ["runner", "podman"] {
            machine.user(&format!("podman exec --user {user} pipglr curl -sS {} -o /dev/null", tls.url())).ok();
        }
        machine.user("pipglr restart").ok();
    }
    let again = machine.user(SETUP).fails_with(0);
    assert!(again.out.contains("Nothing to do"), "{}", again.both());
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_gitlab_of_a_private_authority_makes_a_runner_from_nothing_and_not_without_its_certificate() {
    let (machine, server) = (machine(), Server::start());
    let tls = Tls::before(&server);
    machine.write("ca.pem", &tls.authority());
    machine.write("access", "glpat-aCaNaRy7Sings\n");
    let create = format!("pipglr runner create --url {} --group 42 --token-file access --yes", tls.url());
    let refused = machine.user(&create).fails_with(1);
    assert!(refused.err.contains("not trusted") && refused.err.contains("--ca-file"), "{}", refused.both());
    assert_nothing_left(&machine);
    assert!(server.runners().is_empty());

    let output = machine.user(&format!("{create} --ca-file ca.pem")).fails_with(0);
    assert!(output.out.contains("The runner is up"), "{}", output.both());
    let made = server.runners();
    assert_eq!(made.len(), 1);
    assert_trusted(&machine, &server, &made[0].token);
    machine.user("pipglr runner rotate --yes").ok();
    let new = server.runners()[0].token.clone();
    assert_ne!(new, made[0].token);
    assert_trusted(&machine, &server, &new);
    machine.user("pipglr teardown --yes --delete-runners").ok();
    assert!(server.runners().is_empty(), "{:?}", server.runners());
}
