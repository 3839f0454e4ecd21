//! Tokens where they do not belong: pasted into every field, given in every option and answer. They are in no argument
//! of a process, in no file but podman's own, and on no screen.

use crate::screen::{SECONDS, Screen};
use crate::setup::machine;
use crate::testhost::Machine;

/// The part of every canary that is searched for.
const SONG: &str = "CaNaRy7Sings3";
const CANARIES: [&str; 5] = [
    "glrt-t1_CaNaRy7Sings3abcd",
    "glrt-CaNaRy7Sings3abcd.01.1a2b3c4d5",
    "GR1348941CaNaRy7Sings3ab",
    "glpat-CaNaRy7Sings3abcdef",
    "acme-glrt-CaNaRy7Sings3ab",
];

/// Every podman leaves its arguments in a file of root's before it does its work.
fn listen(machine: &Machine) {
    machine
        .root(
            "mv /usr/bin/podman /usr/bin/podman.real && install -m 666 /dev/null /var/tmp/argv && \
             printf '#!/bin/sh\nprintf \"%%s\\\\n\" \"$*\" >>/var/tmp/argv\nexec /usr/bin/podman.real \"$@\"\n' >/usr/bin/podman && \
             chmod 755 /usr/bin/podman",
        )
        .ok();
}

fn assert_silence(machine: &Machine) {
    let said = machine.root(&format!(
        "test -s /var/tmp/argv || echo the wrapper heard nothing; \
         grep -rl '{SONG}' /var/tmp/argv /home/johndoe/.local/state /home/johndoe/.config 2>/dev/null; \
         journalctl -o cat --no-pager | grep -vE 'COMMAND=|bash -lc|systemd-run' | grep -c 'Sings[3]'"
    ));
    assert_eq!(said.out.trim(), "0", "{}", said.both());
}

/// From the review to the form of step 3.
fn to_the_form(machine: &Machine) -> Screen {
    let mut screen = machine.screen("pipglr; echo ended with $?; sleep 300", 24, 80);
    screen.wait_for("Enter begin", SECONDS(60)).settle();
    screen.key("Enter").wait_for("1 Persistent", SECONDS(10)).settle();
    screen.key("3").wait_for("This needs an authentication token", SECONDS(10));
    screen.key("e").wait_for("GitLab URL", SECONDS(5));
    screen
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn canaries_pasted_into_every_field_of_the_form_are_silent() {
    let machine = machine();
    listen(&machine);
    let mut screen = to_the_form(&machine);
    for canary in CANARIES {
        // URL, token, jobs at once, name, keep; from the token.
        for steps in [4, 0, 1, 2, 3] {
            screen.key("Ctrl-U").keys(&["Tab"].repeat(steps));
            screen.paste(canary).wait_for("▸ token", SECONDS(5)).wait_for("characters", SECONDS(5));
            assert!(!screen.shows("Sings3"), "{}", screen.dump());
            screen.key("Ctrl-U").wait_gone("characters", SECONDS(5));
        }
    }
    // Within something else, and GitLab's own line; then on to what is stored and shown.
    screen.keys(&["Tab", "Tab"]).paste(&format!("box {}", CANARIES[0])).wait_for("masked", SECONDS(5));
    screen.keys(&["BackTab"]).paste(&format!("https://gitlab.example/?private_token={}", CANARIES[0])).settle();
    screen.paste(&format!(
        "gitlab-runner register --url https://gitlab.example/ --token {} --name {}",
        CANARIES[0], CANARIES[0]
    ));
    screen.wait_for("taken apart", SECONDS(5)).wait_for("25 characters", SECONDS(5));
    screen.key("Enter").wait_for("will then run", SECONDS(30)).settle();
    screen.key("c").wait_for("podman image inspect", SECONDS(10)).settle();
    screen.keys(&["Esc", "q"]).wait_for("ended with 0", SECONDS(10));
    assert!(!screen.raw().contains(SONG), "a canary was on the screen");
    let stored = machine.read(".local/state/pipglr/setup.toml");
    assert!(stored.contains("https://gitlab.example/") && !stored.contains("glrt"), "{stored}");
    assert_silence(&machine);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn canaries_in_every_option_and_answer_are_silent() {
    let machine = machine();
    listen(&machine);
    machine.user("pipglr image labels").ok();
    let canary = CANARIES[0];
    for command in [
        format!("pipglr --image {canary} setup --yes"),
        format!("PIPGLR_IMAGE={canary} pipglr setup --yes"),
        format!("IMAGE={canary} pipglr check"),
        format!("XDG_STATE_HOME=/home/johndoe/{canary} pipglr status"),
        format!("EDITOR={canary} pipglr edit --plain"),
        format!("pipglr --name {canary} status"),
        format!("pipglr setup --token {canary}"),
        format!("pipglr setup --answers {canary}"),
        format!("pipglr image build --base-image {canary}"),
        format!("pipglr image build --gitlab-url https://gitlab.example/{canary}"),
        format!("pipglr image build --build-arg TOKEN={canary}"),
        format!("pipglr image build --runner-binary {canary}"),
    ] {
        let output = machine.user(&command).fails_with(2);
        assert!(output.err.contains("looks like a token"), "{command}: {}", output.both());
        assert!(!output.both().contains(SONG), "{command}: {}", output.both());
    }
    for canary in CANARIES {
        for key in ["image", "gitlab_url", "token_file", "token_env", "description", "config_file", "allow", "unknown"]
        {
            machine.write("answers.toml", &format!("{key} = \"{canary}\"\n"));
            for dry in ["", " --dry-run"] {
                let output = machine.user(&format!("pipglr setup --answers answers.toml{dry}")).fails_with(2);
                assert!(!output.both().contains(SONG), "{key}: {}", output.both());
            }
        }
    }
    machine.user("rm answers.toml").ok();
    assert_silence(&machine);
}
