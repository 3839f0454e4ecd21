//! Two pipglr at once on two terminals, and what was typed when a terminal goes, or an editor of one's own fails.

use crate::change::{STATE, assert_not_leaked, assert_works_with, secret, set_up, write_concurrent};
use crate::screen::{SECONDS, Screen};
use crate::testhost::Machine;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(240);

fn editor(machine: &Machine) -> Screen {
    let screen = machine.screen("pipglr edit; echo ended with $?; sleep 300", 24, 100);
    screen.wait_for("concurrent = ", LONG).wait_for("nothing is wrong with it", LONG);
    screen
}

/// The texts in `work/`, all of them private; which of them hold this.
fn waiting(machine: &Machine, text: &str) -> String {
    let modes = machine.user(&format!("find {STATE}/work -type f ! -perm 600")).out;
    assert_eq!(modes, "", "private");
    machine.user(&format!("grep -l -- '{text}' {STATE}/work/* 2>/dev/null")).out.trim().to_owned()
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn whoever_agrees_second_stores_nothing_and_both_texts_are_named() {
    let (machine, _server) = set_up();
    let before = secret(&machine);
    // One waits at the question, which shows concurrent = 5; the other one saves another text in the editor.
    write_concurrent(&machine, 5);
    let mut asked = machine.screen("pipglr config apply new.toml; echo ended with $?; sleep 300", 40, 120);
    asked.wait_for("Apply it? [y/N]", LONG);
    let mut screen = editor(&machine);
    screen.send("# AAA").key("Enter").key("Ctrl-S").wait_for("What changes", LONG);
    asked.send("y\r").wait_for("ended with 1", LONG);
    for words in ["Another pipglr has changed", "your text:", "/work/unsaved-", "/work/config.toml"] {
        assert!(asked.shows(words), "{words}\n{}", asked.dump());
    }
    assert_eq!(secret(&machine), before, "nothing was stored");
    let mine = waiting(&machine, "concurrent = 5");
    assert!(mine.contains("/unsaved-") && waiting(&machine, "# AAA").ends_with("/work/config.toml"), "{mine}");

    // Each of them can be had: what was looked at in the editor is what is stored, and then the other.
    screen.key("Enter").wait_for("The runner is up.", LONG);
    assert!(secret(&machine).starts_with("# AAA\n"));
    machine.user(&format!("pipglr config apply {mine} --yes")).ok();
    assert_works_with(&machine, 5);
    assert_not_leaked(&machine);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn what_is_typed_outlives_every_end_and_is_offered_again() {
    let (machine, _server) = set_up();
    let before = secret(&machine);
    for (number, end) in ["HUP", "TERM", "Ctrl-C twice", "the terminal"].into_iter().enumerate() {
        let typed = format!("# typed {number}");
        let mut screen = editor(&machine);
        screen.send(&typed).key("Enter").wait_for("unsaved", LONG);
        match end {
            "Ctrl-C twice" => {
                screen.key("Ctrl-C").wait_for("Discard them and leave?", SECONDS(20));
                screen.key("Ctrl-C").wait_for("the unsaved text is in", SECONDS(20));
            }
            "the terminal" => machine.hang_up(screen),
            signal => {
                machine.user(&format!("pkill -{signal} -x pipglr")).ok();
                screen.wait_for("the unsaved text is in", SECONDS(20));
            }
        }
        machine.user("for i in $(seq 100); do pgrep -x pipglr >/dev/null || break; sleep 0.1; done").ok();
        assert!(waiting(&machine, &typed).contains("/unsaved-"), "{end}");
        assert!(machine.user("pipglr status").out.contains("a text that nobody saved is in"), "{end}");
        // It is back in the next editor, and gone where it is not wanted.
        let mut screen = machine.screen("pipglr edit; echo ended with $?; sleep 300", 24, 100);
        screen.wait_for(&typed, LONG).wait_for("is back", SECONDS(20));
        screen.key("Ctrl-C").wait_for("Discard them and leave?", SECONDS(20));
        screen.key("y").wait_for("ended with 0", SECONDS(20));
        assert_eq!(waiting(&machine, "."), "", "{end}");
    }
    assert_eq!(secret(&machine), before);
    assert_not_leaked(&machine);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn an_editor_of_ones_own_that_fails_loses_no_text_and_leaves_no_secret() {
    let (machine, _server) = set_up();
    let before = secret(&machine);
    let nothing_lent = || assert_eq!(machine.user("ls /run/user/1000 | grep -c pipglr-edit").out.trim(), "0");
    let run = |editor: &str| {
        machine.write("ed.sh", &format!("#!/bin/sh\n{editor}\n"));
        machine.user("chmod 755 ed.sh").ok();
        machine.screen("EDITOR=~/ed.sh pipglr edit --plain; echo ended with $?; sleep 300", 40, 120)
    };
    for (editor, says) in [
        (": >$1", "has left an empty file"),
        ("rm $1", "has left no file"),
        ("printf 'a\\377b' >$1", "is no text"),
        ("echo '# typed' >>$1; exit 3", "ended with exit code 3"),
    ] {
        run(editor).wait_for(says, LONG).wait_for("ended with 1", SECONDS(20));
        nothing_lent();
    }
    assert!(waiting(&machine, "# typed").contains("/unsaved-"));
    machine.user(&format!("rm {STATE}/work/unsaved-*")).ok();
    let screen = machine.screen("EDITOR=nosuch pipglr edit --plain; echo ended with $?; sleep 300", 40, 120);
    screen.wait_for("nosuch", LONG).wait_for("ended with 1", SECONDS(20));
    nothing_lent();

    // The terminal goes while it is open, and while pipglr asks.
    let screen = run("echo '# typed' >>$1; touch ~/opened; sleep 300");
    machine
        .user("for i in $(seq 600); do test -e opened && break; sleep 0.1; done; rm opened; pkill -HUP -x pipglr")
        .ok();
    screen.wait_for("ended with 130", SECONDS(30));
    nothing_lent();
    assert!(waiting(&machine, "# typed").contains("/unsaved-"));
    machine.user(&format!("rm {STATE}/work/unsaved-*")).ok();
    run("echo '# asked' >>$1").wait_for("Apply it? [y/N]", LONG);
    machine.user("pkill -x pipglr; for i in $(seq 100); do pgrep -x pipglr >/dev/null || break; sleep 0.1; done").ok();
    nothing_lent();
    // What is asked about is the text that waits.
    assert!(waiting(&machine, "# asked").contains("/work/config.toml"));
    machine.user("pipglr config undo --yes").ok();
    assert_eq!(waiting(&machine, "# asked"), "");
    assert_eq!(secret(&machine), before);
    assert_not_leaked(&machine);
}
