//! The wizard, driven key by key at 80×24 as johndoe would: what is on the screen, and what podman has after.

use crate::doctor::wait_log;
use crate::gitlab::state::JobState;
use crate::image_store::{HELPER_IMAGE, JOB_IMAGE};
use crate::screen::{SECONDS, Screen};
use crate::server::Server;
use crate::setup::{TOKEN, assert_not_leaked, assert_set_up, machine};
use crate::testhost::Machine;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn wizard(machine: &Machine) -> Screen {
    let screen = machine.screen("pipglr; echo ended with $?; sleep 300", 24, 80);
    screen.wait_for("What will be done", MINUTE).wait_for("Enter begin", MINUTE);
    screen
}

/// From the review through step 1, which needs no root where polkit is.
fn to_id_ranges(screen: &mut Screen) {
    screen.key("Enter").wait_for("▸ 1 Persistent", SECONDS(5));
    screen.key("Enter").next_step();
    screen.wait_for("▸ 2 ID ranges", MINUTE).wait_for("usermod --add-subuids 165536-165538", MINUTE);
}

/// From the review through the steps that ask nothing, to the registration form.
fn to_the_form(screen: &mut Screen) {
    to_id_ranges(screen);
    screen.key("Enter").next_step().wait_for(NEEDED, MINUTE);
    screen.key("Enter").wait_for("GitLab URL", SECONDS(5));
}

const NEEDED: &str = "This needs an authentication token";

/// Fills the form, from the token: URL, jobs at once; ends on the registration's plan, which says what is meant.
fn fill_form(screen: &mut Screen, url: &str, token: &str, concurrent: &str) {
    screen.paste(&format!("  {token}\r\n")).wait_for(&format!("{} characters", token.len()), SECONDS(5));
    screen.key("BackTab").send(url).keys(&["Tab", "Tab"]);
    if concurrent != "1" {
        screen.send(concurrent);
    }
    screen.key("Enter").wait_for("will run", MINUTE);
    for words in [url, &format!("jobs at once    {concurrent}"), "name in GitLab  pipglr johndoe@testhost"] {
        assert!(screen.shows(words), "{words}\n{}", screen.dump());
    }
}

/// The terminal as it was: the ordinary screen, a cursor, no paste mode, echo and line mode.
fn assert_restored(screen: &Screen) {
    assert!(!screen.alternate() && !screen.cursor_hidden() && !screen.bracketed_paste(), "{}", screen.dump());
    assert!(!screen.raw().contains("\u{1b}[?1000h"), "the mouse is never captured");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn key_by_key_from_a_bare_account_to_a_job() {
    let (machine, server) = (machine(), Server::start());
    let mut screen = wizard(&machine);
    let version = machine.user("podman --version | cut -d' ' -f1,3").ok();
    for words in [
        "1 Persistent",
        "6 Startup",
        "Nothing has been changed yet",
        "johndoe@testhost",
        version.trim(),
        "q quit",
        "usermod",
    ] {
        assert!(screen.shows(words), "{words}\n{}", screen.dump());
    }
    // Help comes from the keys; the command log is one key away, and says what was run so far.
    // Each page is gone before the next key: Esc and Enter that are read at once are Alt-Enter.
    for (keys, words) in [(&["?"][..], "every command that was run"), (&["c", "&"], "podman image inspect")] {
        screen.keys(keys).wait_for(words, SECONDS(5));
        screen.key("Esc").wait_gone(words, SECONDS(5)).wait_for("Enter begin", SECONDS(5));
    }
    to_the_form(&mut screen);
    // A token cut short is caught before gitlab-runner crashes on it, and never shown.
    screen.paste("glrt-abc").key("Enter");
    screen.wait_for("cut short", SECONDS(5));
    screen.key("Ctrl-U");
    fill_form(&mut screen, &server.url(), TOKEN, "2");
    screen.key("Enter").next_step().wait_for("store it", MINUTE);
    assert_eq!(server.runners().len(), 1);

    // In the editor: a broken file is not kept, a fixed one is; the token is masked.
    screen.key("e").wait_for("Ctrl-S keep", MINUTE).wait_for("••••", SECONDS(5));
    assert!(screen.shows("••••") && !screen.shows(&TOKEN[5..]), "{}", screen.dump());
    screen.key("Ctrl-F").send("[runners.docker]").key("Enter");
    screen.settle();
    screen.keys(&["End", "Enter"]).send("pull_policy = [\"if-not-present\"").wait_for("✗", SECONDS(5));
    screen.key("Ctrl-S").wait_for("Not yet: line 27", SECONDS(5));
    screen
        .key("End") // it went to the list that is not closed
        .send("]")
        .key("Enter")
        .send(&format!("helper_image = \"{HELPER_IMAGE}\""))
        .wait_gone("✗", SECONDS(5));
    screen.key("Ctrl-S").wait_for("store it", MINUTE);
    screen.key("Enter").next_step().wait_for("volume create", MINUTE);
    screen.key("Enter").next_step().wait_for("start it", MINUTE);
    screen.key("Enter").wait_for("The runner is up.", MINUTE);
    for rung in [
        "container running",
        "systemd up",
        "nested podman answers",
        "gitlab-runner up",
        "GitLab accepts",
        "first poll seen",
    ] {
        assert!(screen.shows(&format!("✓ {rung}")), "{rung}\n{}", screen.dump());
    }
    assert_set_up(&machine);
    assert_not_leaked(&machine, TOKEN);
    assert!(!screen.raw().contains(&TOKEN[8..]), "the token was on the screen");
    let config = machine.user("podman exec pipglr cat /run/secrets/config.toml").ok();
    assert!(config.contains("concurrent = 2") && config.contains("if-not-present"), "{config}");

    // Home, the log, and out.
    screen.key("Enter").wait_for("Runners: 1", MINUTE).wait_for("pipglr johndoe@testhost", SECONDS(5));
    screen.key("l").wait_for("following", MINUTE);
    machine.load_job_images();
    let job = server.script(JOB_IMAGE, &["echo here", "sleep 1"]);
    assert_eq!(server.wait_job(job, MINUTE).state, JobState::Success);
    // More may be said behind it than the screen has rows: so it is looked for.
    wait_log(&machine, "Removed job from processing list");
    screen.key("/").send("ob succeeded").key("Enter").wait_for("/ob succeeded: 1 of", SECONDS(5));
    assert!(screen.shows("Job succeeded"), "{}", screen.dump());
    screen.key("Esc").wait_gone("/ob succeeded", SECONDS(5));
    screen.key("Esc").wait_for("Runners: 1", MINUTE);
    screen.key("q").wait_for("ended with 0", SECONDS(10));
    assert_restored(&screen);

    // Again: home, at once.
    let mut screen = machine.screen("pipglr; echo ended with $?; sleep 300", 24, 80);
    screen.wait_for("The runner is up", MINUTE);
    screen.key("Ctrl-C").wait_for("ended with 130", SECONDS(10));
    assert_restored(&screen);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn root_is_asked_for_on_the_real_terminal() {
    let machine = machine();
    machine.root("echo johndoe:opensesame | chpasswd; echo 'johndoe ALL=(ALL) ALL' >/etc/sudoers.d/johndoe").ok();
    let mut screen = wizard(&machine);
    to_id_ranges(&mut screen);
    screen.key("Enter").wait_for("password for johndoe", MINUTE);
    assert!(!screen.alternate(), "sudo asks on the real terminal\n{}", screen.dump());
    screen.send("opensesame\r").next_step().wait_for(NEEDED, SECONDS(30));
    assert!(screen.alternate());
    let map = machine.user("podman unshare cat /proc/self/uid_map | awk 'NR>1 {n+=$3} END {print n}'").ok();
    assert_eq!(map.trim(), "65539");
    screen.key("q").wait_for("ended with 0", SECONDS(10));
    assert_restored(&screen);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn without_sudo_an_administrator_is_waited_for() {
    let machine = machine();
    machine.without_sudo();
    let mut screen = wizard(&machine);
    to_id_ranges(&mut screen);
    screen.key("p").wait_for("sudo usermod --add-subuids 165536-165538 johndoe", MINUTE);
    machine.root("usermod --add-subuids 165536-165538 --add-subgids 165536-165538 johndoe").ok();
    // It looks again by itself; what is left, the migration, needs no root.
    screen.wait_for("system migrate", MINUTE);
    screen.wait_gone("usermod", MINUTE);
    screen.key("Enter").next_step().wait_for(NEEDED, SECONDS(30));
    screen.key("q").wait_for("ended with 0", SECONDS(10));
    assert_restored(&screen);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_refusal_is_explained_and_mended_in_place() {
    let (machine, server) = (machine(), Server::start());
    let mut screen = wizard(&machine);
    to_the_form(&mut screen);
    fill_form(&mut screen, &server.url(), "glrt-t1_mock403abcdef", "1");
    screen.key("Enter").wait_for("is not valid", MINUTE).wait_for("does not know", SECONDS(5));
    screen.wait_for("Enter try again", SECONDS(5)).wait_for("e edit", SECONDS(5));
    assert_eq!(machine.user("podman secret ls -q").ok().trim(), "");
    screen.key("e").wait_for("▸ jobs at once", SECONDS(5)).settle();
    screen.key("BackTab").wait_for("▸ token", SECONDS(5));
    screen.key("Ctrl-U").paste(TOKEN).wait_for("25 characters", SECONDS(5));
    screen.key("Enter").wait_for("will run", MINUTE);

    // Ctrl-C in mid-registration stops it cleanly, and the step is still there.
    server.behave("runners/verify", "slow:30", Some(1));
    screen.key("Enter").wait_for("Merging configuration", MINUTE);
    screen.key("Ctrl-C").wait_for("Enter register", SECONDS(30));
    assert_eq!(machine.user("podman ps -aq; podman secret ls -q").ok().trim(), "");
    screen.key("Enter").next_step().wait_for("store it", MINUTE);
    assert_eq!(server.runners().len(), 1);
    screen.key("Ctrl-C").wait_for("ended with 130", SECONDS(10));
    assert_restored(&screen);
    assert_not_leaked(&machine, TOKEN);
    // What was registered is kept for the next run.
    let screen = wizard(&machine);
    assert!(screen.shows("✓ 3 Registration"), "{}", screen.dump());
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn signals_and_sizes_leave_the_terminal_as_it_was() {
    let machine = machine();
    for signal in ["TERM", "HUP", "INT"] {
        let mut screen = wizard(&machine);
        screen.resize(1, 1);
        screen.resize(60, 200);
        screen.wait_for("6 Startup", MINUTE);
        machine.root(&format!("pkill -{signal} -x pipglr")).ok();
        screen.wait_for("ended with 130", SECONDS(10));
        assert_restored(&screen);
    }
    // Where there is no screen to draw on, it says so.
    let screen = machine.screen_with("pipglr; echo ended with $?; sleep 300", 24, 80, &[("TERM", "dumb")]);
    screen.wait_for("pipglr setup", SECONDS(10)).wait_for("ended with 2", SECONDS(5));
}
