//! Renewed tokens and the system ID outlive whatever becomes of the container: they lie in a volume of their own.

use crate::change::{assert_works_with, secret, set_up, write_concurrent};
use crate::image_store::IMAGE;
use crate::image_update::build_some;
use crate::server::Server;
use crate::setup::TOKEN;
use crate::testhost::Machine;
use std::time::{Duration, Instant};

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

/// What the image's `runner` did before there was the volume, in place of what it does now.
const BEFORE: &str = r#"kept=$STATE_DIRECTORY
if ! [ -s "$kept/config.toml" ] || ! cmp -s "$secret" "$kept/secret"; then
  install -m 0600 "$secret" "$kept/config.toml"
  install -m 0600 "$secret" "$kept/secret"
fi
ln -sfn "$kept/config.toml" "$config"
ln -sfn /cache/.runner_system_id "$RUNTIME_DIRECTORY/.runner_system_id"
"#;

/// Builds the image as it was before the volume: its label does not mount it, and its `runner` knows nothing of it.
fn build_older(machine: &Machine) {
    let label = machine.user(&format!("podman image inspect -f '{{{{index .Labels \"run\"}}}}' {IMAGE}")).ok();
    let run = label.trim().replace(" -v pipglr-state:/var/lib/gitlab-runner", "").replace('$', "\\$");
    assert!(label.len() > run.len(), "{label}");
    machine.user("mkdir -p older").ok();
    machine.write("older/before", BEFORE);
    machine.write(
        "older/Containerfile",
        &format!(
            "FROM {IMAGE}\nCOPY before /\nRUN cd /usr/local/libexec/pipglr && rm carry-tokens && \\\n  \
             {{ sed '/^cd \"\\$STATE_DIRECTORY\"/,$d' runner; cat /before; sed '1,/^cd \"\\$HOME\"/d' runner; }} >/new && \\\n  \
             cat /new >runner && ! grep -q agreed= runner\nLABEL run=\"{run}\"\n"
        ),
    );
    machine.user("podman build -q -t localhost/pipglr:older older").ok();
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_container_of_an_image_from_before_is_moved_over_and_back_with_all_it_has() {
    let (machine, server) = set_up();
    build_older(&machine);
    build_some(&machine, &["dies"]);
    let id = machine.user(ID).ok(); // which stays in the cache's volume
    let has_volume = || machine.user("podman inspect pipglr").ok().contains("\"pipglr-state\"");
    machine
        .user(
            "podman stop pipglr && podman rm pipglr && podman volume rm pipglr-state && \
             podman container runlabel run localhost/pipglr:older",
        )
        .ok();
    let polls = |token, after| assert_polls(&machine, &server, token, &id, after);
    polls(TOKEN, "the start of the older image");
    renew(&machine, TOKEN, TOKENS[0]);
    machine.user("podman restart pipglr").ok();
    polls(TOKENS[0], "a restart on the older image");
    assert!(!has_volume());

    let begun = Instant::now();
    let gone_back = machine.user("pipglr --image localhost/pipglr:dies update --yes </dev/null").fails_with(1);
    assert!(gone_back.err.contains("is on the image before"), "{}", gone_back.both());
    println!("back on the older image after {:.0} s", begun.elapsed().as_secs_f64());
    polls(TOKENS[0], "the way back to the older image");
    assert_works_with(&machine, 2);
    assert!(machine.user("podman inspect -f '{{.ImageName}}' pipglr").ok().contains("older"));

    renew(&machine, TOKENS[0], TOKENS[1]);
    machine.user(&format!("pipglr --image {IMAGE} update --yes </dev/null")).ok();
    polls(TOKENS[1], "the update to this image");
    assert_works_with(&machine, 2);
    assert!(has_volume());
    machine.user("podman rm -f -t 20 pipglr && podman container runlabel run $IMAGE").ok();
    polls(TOKENS[1], "podman rm");
}

/// `update` renews what an earlier `boot enable` has written, and moves what only the container has into the volume.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn an_update_renews_the_quadlet_that_an_earlier_pipglr_has_written() {
    let (machine, server) = set_up();
    if machine.suite == "bookworm" {
        return; // its podman has no quadlets
    }
    build_some(&machine, &["fine", "dies"]);
    machine.user("pipglr boot enable --yes").ok();
    let file = ".config/containers/systemd/pipglr/pipglr.container";
    let now = machine.read(file);
    machine
        .user(&format!(
            "sed -i 's/polls | grep -q \\./polls >\\/dev\\/null/; /pipglr-state/d; /never came up/d; /TimeoutStartFailureMode/d' {file} && \
             systemctl --user daemon-reload && systemctl --user restart pipglr.service && podman volume rm pipglr-state"
        ))
        .ok();
    let older = machine.read(file);
    assert_eq!(now.lines().count(), older.lines().count() + 3, "{older}");
    let id = machine.user(ID).ok();
    let polls = |token, after| assert_polls(&machine, &server, token, &id, after);
    polls(TOKEN, "the start of the older unit");
    renew(&machine, TOKEN, TOKENS[0]);
    machine.user("podman exec pipglr systemctl restart runner.service").ok();
    polls(TOKENS[0], "the renewal");

    let update =
        |image: &str| machine.user(&format!("pipglr --image localhost/pipglr:{image} update --yes </dev/null"));
    let gone_back = update("dies").fails_with(1);
    assert!(gone_back.err.contains("again, and works"), "{}", gone_back.both());
    polls(TOKENS[0], "an image that does not work");
    update("fine").ok();
    assert_works_with(&machine, 2);
    polls(TOKENS[0], "the update");
    let renewed = machine.read(file);
    for words in ["polls | grep -q .", "TimeoutStartFailureMode=kill", "pipglr-state:/var/lib/gitlab-runner"] {
        assert!(renewed.contains(words), "{words}: {renewed}");
    }
    assert!(machine.user("pipglr boot enable").ok().contains("Nothing to do"));
    machine.user("podman rm -f -t 20 pipglr; systemctl --user restart pipglr.service").ok();
    polls(TOKENS[0], "podman rm");
}
