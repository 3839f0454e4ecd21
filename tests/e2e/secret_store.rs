//! podman's store of secrets, broken as a crash or a full disk breaks it: found, explained, and created again with
//! consent, by `setup` and by the wizard. (`config undo` and `status`: change.rs.)

use crate::screen::SECONDS;
use crate::server::Server;
use crate::setup::{SETUP, TOKEN, answer, assert_not_leaked, assert_set_up, machine};
use crate::testhost::Machine;

const SECRETS: &str = "~/.local/share/containers/storage/secrets";

/// What a crash leaves: of the contents, and of the names.
const BREAKS: [(&str, &str); 4] = [
    (": >", "filedriver/secretsdata.json"),
    ("truncate -s 30", "filedriver/secretsdata.json"),
    ("echo '{}' >", "filedriver/secretsdata.json"),
    ("truncate -s 40", "secrets.json"),
];

fn healthy(machine: &Machine) {
    let status = machine.user("pipglr status").fails_with(0);
    assert!(status.out.contains("config.toml is there"), "{}", status.both());
    let check = machine.user("pipglr check");
    assert!(check.out.contains("secrets: ") && !check.out.contains("FAIL secrets"), "{}", check.both());
    let left = machine.user("find .local/state/pipglr/work -type f 2>/dev/null");
    assert_eq!(left.out, "", "nothing waits");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_broken_store_is_found_explained_and_made_again() {
    let (machine, server) = (machine(), Server::start());
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"", server.url()));
    machine.user(SETUP).ok();
    machine.user("rm token answers.toml").ok();
    for (how, file) in BREAKS {
        machine.user("podman secret rm OTHER 2>/dev/null; printf x | podman secret create OTHER -").ok();
        machine.user(&format!("{how} {SECRETS}/{file}")).ok();
        let check = machine.user("pipglr check").fails_with(3);
        assert!(check.out.contains("FAIL secrets: ") && check.out.contains("when you agree"), "{}", check.both());
        let planned = machine.user("pipglr setup --dry-run </dev/null").fails_with(0);
        assert!(
            planned.out.contains(".broken") && planned.out.contains("secret create config.toml"),
            "{how}: {}",
            planned.both()
        );
        // Nothing without consent.
        let refused = machine.user("pipglr setup </dev/null").fails_with(2);
        assert!(refused.err.contains("--yes"), "{}", refused.both());
        let output = machine.user("pipglr setup --yes </dev/null").fails_with(0);
        assert!(output.out.contains("what the container pipglr still has"), "{how} {file}: {}", output.both());
        if file == "secrets.json" {
            assert!(output.out.contains("secrets of other programs must be created again"), "{}", output.both());
        } else {
            assert!(output.out.contains("by whoever made them: OTHER"), "{}", output.both());
        }
        assert_set_up_but_for_history(&machine);
        healthy(&machine);
        // Its owner can make it again, which podman itself would not let him.
        machine.user("printf y | podman secret create OTHER -").ok();
        assert!(machine.user(&format!("ls {SECRETS}/{file}*")).ok().contains("secrets"));
    }
    assert_eq!(server.runners().len(), 1, "nothing was registered again");
    assert_not_leaked_but_history(&machine);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_wizard_makes_it_again() {
    let (machine, server) = (machine(), Server::start());
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"", server.url()));
    machine.user(SETUP).ok();
    machine.user(&format!(": >{SECRETS}/filedriver/secretsdata.json")).ok();
    let mut screen = machine.screen("pipglr; echo ended with $?; sleep 300", 40, 120);
    screen.wait_for("✗ podman has no secret config.toml that can be read", SECONDS(60));
    screen.wait_for("Enter  go to the step", SECONDS(5));
    screen.key("Enter").wait_for("its content is lost", SECONDS(20));
    screen.wait_for("podman cannot read its store of secrets", SECONDS(20));
    // The container has had the same text all along.
    screen.key("Enter").wait_for("✓ Done: nothing to do here.", SECONDS(60));
    drop(screen);
    healthy(&machine);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_store_that_another_program_broke_does_not_stop_a_setup() {
    let (machine, server) = (machine(), Server::start());
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"", server.url()));
    machine.user("printf x | podman secret create OTHER -").ok();
    machine.user(&format!(": >{SECRETS}/filedriver/secretsdata.json")).ok();
    let output = machine.user(SETUP).fails_with(0);
    assert!(output.out.contains("by whoever made them: OTHER"), "{}", output.both());
    assert_set_up(&machine);
    healthy(&machine);
    assert_not_leaked(&machine, TOKEN);
}

/// As [`assert_set_up`], with the versions that a change has kept, and the other program's secret gone.
fn assert_set_up_but_for_history(machine: &Machine) {
    assert_eq!(machine.user("podman secret ls --noheading --format '{{.Name}}'").ok().trim(), "config.toml");
    assert_eq!(machine.user("podman ps -a --format '{{.Names}} {{.State}}'").ok().trim(), "pipglr running");
}

fn assert_not_leaked_but_history(machine: &Machine) {
    machine.user("rm -r .local/state/pipglr/history").ok();
    assert_not_leaked(machine, TOKEN);
}
