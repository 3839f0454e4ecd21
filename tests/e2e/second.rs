//! Two runners on one account, beside each other: whatever is done with one, the other goes on as it was.

use crate::change::set_up;
use crate::server::Server;
use crate::setup::{TOKEN, answer};
use crate::testhost::Machine;
use std::time::Duration;

const SECOND: &str = "glrt-t1_second1234567890";
const MINUTE: Duration = Duration::from_secs(60);

/// What of a container would change if anybody touched it.
fn of(machine: &Machine, name: &str, secret: &str) -> String {
    machine
        .user(&format!(
            "podman inspect -f '{{{{.Id}}}} {{{{.State.StartedAt}}}} {{{{.State.Status}}}}' {name}; podman secret inspect -f '{{{{.ID}}}}' {secret}; \
             for v in storage cache state; do podman volume inspect -f '{{{{.Name}}}} {{{{.CreatedAt}}}}' {name}-$v; done"
        ))
        .ok()
}

fn status(machine: &Machine, options: &str) -> serde_json::Value {
    serde_json::from_str(&machine.user(&format!("pipglr {options} status --json")).out).unwrap()
}

/// GitLab hears from a runner now.
#[track_caller]
fn assert_polls(server: &Server, token: &str) {
    let heard = server.runners().iter().find(|runner| runner.token == token).map_or(0, |runner| runner.polls);
    server.wait_polls(token, heard + 2, 2 * MINUTE);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_second_runner_lives_beside_the_first_and_neither_touches_the_other() {
    let (machine, server) = set_up();
    let first = || of(&machine, "pipglr", "config.toml");
    let before = first();

    answer(&machine, SECOND, &format!("gitlab_url = \"{}\"\nconcurrent = 1", server.url()));
    let output = machine.user("pipglr --name second setup --answers answers.toml --yes").fails_with(0);
    assert!(output.out.contains("first poll seen"), "{}", output.both());
    assert_eq!(first(), before);
    assert_polls(&server, TOKEN);
    assert_polls(&server, SECOND);
    let secrets = machine.user("podman secret ls --noheading --format '{{.Name}}' | sort").ok();
    assert_eq!(secrets, "config.toml\nsecond-config.toml\n");
    let text = machine.user("podman exec second cat /run/secrets/config.toml").ok();
    assert!(text.contains(SECOND) && !text.contains(TOKEN), "each has its own configuration");
    for (options, other) in [("", "second"), ("--name second", "pipglr")] {
        let status = status(&machine, options);
        assert_eq!(status["healthy"], true, "{status:#}");
        assert_eq!(status["others"], serde_json::json!([{"name": other, "state": "running"}]), "{status:#}");
    }

    // Recreated with another configuration; then from its unit; each by its own name.
    machine.user("pipglr --name second config show --reveal | sed 's/^concurrent = .*/concurrent = 5/' >new.toml").ok();
    let changed = machine.user("pipglr --name second config apply new.toml --yes --recreate </dev/null").fails_with(0);
    let seen = status(&machine, "--name second");
    assert_eq!((&seen["concurrent"], &seen["healthy"]), (&5.into(), &true.into()), "{} {seen:#}", changed.both());
    machine.user("pipglr --name second boot enable --yes").fails_with(0);
    let seen = status(&machine, "--name second");
    assert_eq!((&seen["boot_by"], &seen["healthy"]), (&"second.service".into(), &true.into()), "{seen:#}");
    let undone = machine.user("pipglr --name second config undo --yes </dev/null").fails_with(0);
    let seen = status(&machine, "--name second");
    assert_eq!((&seen["concurrent"], &seen["healthy"]), (&1.into(), &true.into()), "{} {seen:#}", undone.both());
    assert_eq!(first(), before);

    // The first one changes, and the second one stays.
    let second = of(&machine, "second", "second-config.toml");
    machine.user("pipglr config show --reveal | sed 's/^concurrent = .*/concurrent = 4/' >new.toml").ok();
    machine.user("pipglr config apply new.toml --yes --recreate </dev/null").fails_with(0);
    assert_eq!(of(&machine, "second", "second-config.toml"), second);
    let before = first();

    let gone =
        machine.user("pipglr --name second teardown --yes --also linger,id-ranges --delete-runners").fails_with(0);
    assert!(gone.out.contains("the container pipglr needs it"), "{}", gone.both());
    assert_eq!(first(), before);
    let left = "podman ps -a --format '{{.Names}}'; podman secret ls --noheading --format '{{.Name}}'; podman volume ls -q | sort; \
                find .config .local/state/pipglr -name 'second*' ! -path '*/history/*'";
    let left = machine.user(left).ok();
    assert_eq!(left, "pipglr\nconfig.toml\npipglr-cache\npipglr-state\npipglr-storage\n");
    assert_eq!(server.runners().iter().map(|runner| &*runner.token).collect::<Vec<_>>(), [TOKEN]);
    let seen = status(&machine, "");
    assert_eq!((&seen["healthy"], &seen["others"]), (&true.into(), &serde_json::json!([])), "{seen:#}");
    assert_polls(&server, TOKEN);
}

/// A token that expires, of two containers: each is warned, and who is locked out is told why.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn two_containers_with_one_token_are_told_before_and_after_one_of_them_has_a_new_one() {
    let (machine, server) = set_up();
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"", server.url()));
    machine.user("pipglr --name second setup --answers answers.toml --yes").ok();
    let of = |name: &str| machine.user(&format!("pipglr --name {name} status"));
    for name in ["pipglr", "second"] {
        assert!(!of(name).both().contains("has it too"), "it does not expire: {}", of(name).both());
        let dates = "s/token_obtained_at = .*/token_obtained_at = $(date -u +%FT%TZ)/; \
                     s/token_expires_at = .*/token_expires_at = $(date -u -d '60 days' +%FT%TZ)/";
        machine
            .user(&format!(
                "pipglr --name {name} config show --reveal | sed \"{dates}\" >new.toml && \
                 pipglr --name {name} config apply new.toml --yes </dev/null"
            ))
            .ok();
    }
    for (name, other) in [("pipglr", "second"), ("second", "pipglr")] {
        let told = of(name).both();
        assert!(told.contains(&format!("; {other} has it too, and is locked out")), "{told}");
    }

    machine.user("pipglr runner rotate --yes").ok();
    let new = server.runners().iter().find(|runner| runner.token != TOKEN).unwrap().token.clone();
    assert_polls(&server, &new);
    assert!(!of("pipglr").both().contains("has it too"), "{}", of("pipglr").both());
    let told = of("second").both();
    assert!(told.contains("and yet GitLab does not take it") && told.contains("`pipglr edit --name second`"), "{told}");
}
