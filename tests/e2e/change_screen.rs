//! The editor and a change on a terminal of 80×24, key by key, as johndoe would.

use crate::change::{assert_not_leaked, assert_works_with, secret, set_up};
use crate::screen::{SECONDS, Screen};
use crate::setup::TOKEN;
use crate::testhost::Machine;
use std::time::Duration;

/// podman 4.3 copies an image's layers for each container, on a machine that others use.
const LONG: Duration = Duration::from_secs(240);

/// `pipglr edit`, open on the configuration. What the terminal was like is in `before`; what it is like after, in
/// `after`.
fn edit(machine: &Machine) -> Screen {
    let screen = machine.screen("stty -a >before; pipglr edit; echo ended with $?; stty -a >after; sleep 300", 24, 80);
    screen.wait_for("concurrent = ", LONG).wait_for("nothing is wrong with it", LONG);
    screen
}

/// To the first place of a text; the cursor stands at its beginning.
fn to(screen: &mut Screen, text: &str) {
    screen.key("Ctrl-G").wait_for("go to line:", SECONDS(5));
    screen.send("1").key("Enter").wait_for(" 1:1 ", SECONDS(5));
    screen.key("Ctrl-F").wait_for("search:", SECONDS(5));
    screen.send(text).key("Enter").wait_gone("search:", SECONDS(5)).wait_gone(" 1:1 ", SECONDS(5));
}

/// A page that is longer than the screen, from its top to its end.
fn read_page(screen: &mut Screen) -> String {
    let mut text = screen.contents();
    while screen.shows("more below") {
        screen.key("PageDown").wait_until("the next page", LONG, |s| !text.ends_with(s));
        text.push_str(&screen.contents());
    }
    text
}

#[track_caller]
fn assert_left(machine: &Machine, screen: &Screen, code: i32) {
    screen.wait_for(&format!("ended with {code}"), SECONDS(20)).settle();
    assert!(!screen.alternate() && !screen.cursor_hidden() && !screen.bracketed_paste(), "{}", screen.dump());
    machine.user("cmp before after && test -s after").ok();
    // Neither on the screen, nor in what is above it.
    assert!(!screen.raw().contains(&TOKEN[8..]), "the token was on the screen");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn by_keys_alone_from_two_to_five() {
    let (machine, _server) = set_up();
    let mut screen = edit(&machine);
    to(&mut screen, "token");
    assert!(screen.shows("token = \"••••") && !screen.shows(&TOKEN[5..]), "{}", screen.dump());
    screen.key("Home").send("# by keys").key("Enter");

    // A number that gitlab-runner ends by: said at once, on its line, and not taken.
    to(&mut screen, "concurrent");
    screen.key("End").keys(&["Left"; 7]).key("Backspace").send("0");
    screen.wait_until("an error on the line", LONG, |s| {
        s.lines().any(|line| line.contains("✗") && line.contains("concurrent = 0 # jobs")) && s.contains("1 error")
    });
    screen.key("Ctrl-S").wait_for("Not yet: line 2", LONG);
    assert!(screen.shows("Ctrl-S see the change"), "{}", screen.dump());
    screen.key("End").keys(&["Left"; 7]).key("Backspace").send("5");
    screen.wait_gone("✗", LONG).wait_for("unsaved", LONG);

    // What differs: the token beside it is dots.
    screen.key("Ctrl-S").wait_for("What changes", LONG).wait_for("Enter apply it", LONG);
    let page = read_page(&mut screen);
    for words in [
        "- concurrent = 2 # jobs",
        "+ concurrent = 5 # jobs",
        "+ # by keys",
        "token = \"••••",
        "hand the text to gitlab-runner",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    screen.key("Enter").wait_for("The runner is up.", LONG);
    screen.key("q");
    assert_left(&machine, &screen, 0);
    assert_works_with(&machine, 5);
    let secret = secret(&machine);
    assert!(secret.starts_with("# mine\nconcurrent = 5 # jobs\n") && secret.contains("\n# by keys\n"), "{secret}");

    // Left as it was, nothing happens.
    let before = machine.user("podman ps -aq --no-trunc; podman secret ls -q").ok();
    let mut screen = edit(&machine);
    screen.key("Ctrl-C");
    assert_left(&machine, &screen, 130);
    assert_eq!(machine.user("podman ps -aq --no-trunc; podman secret ls -q").ok(), before);
    assert_not_leaked(&machine);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_runner_that_ends_by_it_is_put_back_by_a_key() {
    let (machine, _server) = set_up();
    let before = secret(&machine);
    let mut screen = edit(&machine);
    // An address that is not this machine's: gitlab-runner finds out when it starts.
    to(&mut screen, "check_interval");
    screen.key("Home").send("listen_address = \"203.0.113.9:9252\"").key("Enter");
    screen.key("Ctrl-S").wait_for("What changes", LONG);
    screen.key("Enter").wait_for("✗ gitlab-runner up", LONG).wait_for("not up yet", LONG);
    screen.wait_for("z put the old one back", LONG).wait_for("FATAL", SECONDS(5));
    screen.key("z").wait_for("Back to the version of", LONG).wait_for("- listen_address", LONG);
    screen.key("Enter").wait_for("The runner is up.", LONG);
    screen.key("q");
    assert_left(&machine, &screen, 0);
    assert_eq!(secret(&machine), before);
    assert_works_with(&machine, 2);
    // The new one is not lost.
    let kept = machine.user("grep -l 203.0.113.9 ~/.local/state/pipglr/history/* | wc -l").ok();
    assert_eq!(kept.trim(), "1");
    assert_not_leaked(&machine);
}
