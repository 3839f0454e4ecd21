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

/// Every podman leaves its arguments and its environment in files of root's before it does its work.
fn listen(machine: &Machine) {
    machine.write(
        "listener",
        "#!/bin/sh\nprintf '%s\\n' \"$*\" >>/var/tmp/argv\ncat /proc/self/environ >>/var/tmp/environ\n\
         exec /usr/bin/podman.real \"$@\"\n",
    );
    machine
        .root(
            "mv /usr/bin/podman /usr/bin/podman.real && install -m 666 /dev/null /var/tmp/argv && \
             install -m 666 /dev/null /var/tmp/environ && install -m 755 /home/johndoe/listener /usr/bin/podman && \
             rm /home/johndoe/listener",
        )
        .ok();
}

/// No process that is there now has a canary among its arguments or in its environment.
fn assert_no_process_has_one(machine: &Machine) {
    let heard = machine.root("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | grep -ac 'Sings[3]'");
    assert_eq!(heard.out.trim(), "0", "{}", heard.both());
}

fn assert_silence(machine: &Machine) {
    let said = machine.root(&format!(
        "test -s /var/tmp/argv -a -s /var/tmp/environ || echo the wrapper heard nothing; \
         grep -rla '{SONG}' /var/tmp/argv /var/tmp/environ /home/johndoe/.local/state /home/johndoe/.config 2>/dev/null; \
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
    screen.key("Enter").wait_for("podman secret create REGISTRATION_TOKEN", SECONDS(30)).settle();
    screen.keys(&["c", "&"]).wait_for("podman image inspect", SECONDS(10)).settle();
    assert_no_process_has_one(&machine);
    screen.keys(&["Esc", "q"]).wait_for("ended with 0", SECONDS(10));
    assert!(!screen.raw().contains(SONG), "a canary was on the screen");
    let stored = machine.read(".local/state/pipglr/setup.toml");
    assert!(stored.contains("https://gitlab.example/") && !stored.contains("glrt"), "{stored}");
    assert_silence(&machine);
}

/// Where each question is on a line of the terminal's own, a canary is in sight while it is typed, and no longer.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn canaries_typed_at_every_question_are_silent() {
    let machine = machine();
    machine
        .root(
            "loginctl enable-linger johndoe && usermod --add-subuids 165536-165538 --add-subgids 165536-165538 johndoe",
        )
        .ok();
    machine.user("podman system migrate").ok();
    listen(&machine);
    let mut screen = machine.screen("pipglr setup --plain; echo ended with $?; sleep 300", 60, 160);
    screen.wait_for("GitLab URL [", SECONDS(60));
    let gone = |screen: &mut Screen| {
        screen.settle();
        assert!(!screen.shows("Sings3"), "{}", screen.dump());
        assert_no_process_has_one(&machine);
    };
    for (url, says) in [
        (format!("https://gitlab.example/?private_token={}", CANARIES[0]), "looks like a token"),
        (CANARIES[0].to_owned(), "it is taken as such"),
    ] {
        screen.send(&format!("{url}\r")).wait_for(says, SECONDS(5));
        gone(&mut screen);
    }
    screen.send("https://gitlab.example/\r").wait_for("private authority's certificates (", SECONDS(5));
    screen.send(&format!("{}\r", CANARIES[1])).wait_for("looks like a token", SECONDS(5));
    gone(&mut screen);
    screen.send("none\r").wait_for("Jobs at once [", SECONDS(5));
    screen.send(&format!("{}\r", CANARIES[2])).settle();
    gone(&mut screen);
    screen.send("2\r").wait_for("Name in GitLab [", SECONDS(5));
    screen.send(&format!("box {}\r", CANARIES[1])).wait_for("looks like a token", SECONDS(5));
    gone(&mut screen);
    screen.send("box\r").wait_for("Do it? [y/N]", SECONDS(30)).settle();
    screen.send(&format!("{}\r", CANARIES[3])).wait_for("ended with 130", SECONDS(10));
    gone(&mut screen);
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
