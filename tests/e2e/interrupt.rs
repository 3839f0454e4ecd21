//! Interrupted on a real machine: by every signal, at several moments, by a full and a read-only disk, by a terminal
//! that goes away. Nothing is lost, the terminal is as it was, and the next run goes on. Every point is swept on the
//! pretend machine (tests/sweep).

use crate::reliability::Row;
use crate::screen::{SECONDS, Screen};
use crate::server::Server;
use crate::setup::{TOKEN, assert_not_leaked, assert_set_up, machine};
use crate::testhost::{Machine, unhurried};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const SETUP: &str = "pipglr setup --answers answers.toml --yes";

fn answers(machine: &Machine, server: &Server) {
    machine.write("token", &format!("{TOKEN}\n"));
    machine.write(
        "answers.toml",
        &format!(
            "token_file = \"token\"\nallow = [\"linger\", \"id_ranges\", \"migrate\"]\ngitlab_url = \"{}\"\n",
            server.url()
        ),
    );
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn every_signal_at_several_moments_and_the_next_run_finishes() {
    let (machine, server) = (machine(), Server::start());
    answers(&machine, &server);
    let mut cut = 0;
    let moments = [
        ("KILL", "0.3"),
        ("TERM", "0.8"),
        ("HUP", "1.0"),
        ("INT", "1.3"),
        ("KILL", "1.3"),
        ("KILL", "2.3"),
        ("TERM", "1.8"),
    ];
    let moments = &moments[..if unhurried() { 7 } else { 4 }];
    for &(signal, moment) in moments {
        let interrupted = machine.user(&format!("timeout -s {signal} {moment} {SETUP}"));
        // `timeout` ends with 124 also where the signal met what had just ended.
        let met = interrupted.code != 0 && !interrupted.out.contains("The runner is up");
        cut += usize::from(met);
        if signal != "KILL" && met {
            assert!(interrupted.err.contains("run pipglr again"), "{signal} after {moment} s: {}", interrupted.both());
            assert_eq!(
                machine.user("podman ps -q --filter name=pipglr-register").ok(),
                "",
                "{signal} after {moment} s"
            );
        }
        let next = machine.user(SETUP);
        assert_eq!(next.code, 0, "{signal} after {moment} s: {}\n--- then\n{}", interrupted.both(), next.both());
        assert_set_up(&machine);
        assert_eq!(server.runners().len(), 1);
        assert_not_leaked(&machine, TOKEN);
        machine
            .user("podman rm -f -t 1 pipglr; podman volume rm pipglr-storage pipglr-cache; podman secret rm config.toml; loginctl disable-linger; rm -r .local/state/pipglr")
            .ok();
    }
    println!("{cut} of {} were cut off before their end", moments.len());
    assert!(cut >= moments.len() * 5 / 7, "the moments do not meet: {cut}");
}

fn wizard(machine: &Machine, before: &str) -> Screen {
    let screen = machine.screen(
        &format!("stty -a >before; {before} pipglr; echo ended with $?; stty -a >after; echo over; sleep 300"),
        24,
        80,
    );
    screen.wait_for("What will be done", SECONDS(20)).wait_for("Enter begin", SECONDS(20));
    screen
}

/// The modes of the terminal and of its line are what they were.
fn assert_restored(machine: &Machine, screen: &Screen) {
    screen.wait_for("over", SECONDS(10));
    assert!(!screen.alternate() && !screen.cursor_hidden() && !screen.bracketed_paste(), "{}", screen.dump());
    assert!(!screen.raw().contains("\u{1b}[?1000h"), "the mouse is never captured");
    assert_eq!(machine.read("before"), machine.read("after"), "the line's settings");
}

fn to_the_registration(screen: &mut Screen, server: &Server) {
    screen.key("Enter").wait_for("▸ 1 Persistent", SECONDS(5));
    screen.key("Enter").next_step().wait_for("▸ 2 ID ranges", SECONDS(10)).wait_for("usermod", SECONDS(10));
    screen.key("Enter").next_step().wait_for("This needs an authentication token", SECONDS(30));
    screen.key("Enter").wait_for("GitLab URL", SECONDS(5));
    screen.key("BackTab").send(&server.url()).key("Tab");
    screen.paste(TOKEN).wait_for(&format!("{} characters", TOKEN.len()), SECONDS(5));
    screen.key("Enter").wait_for("will run", SECONDS(10));
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_wizard_ended_in_mid_registration_gives_the_terminal_back() {
    let (machine, server) = (machine(), Server::start());
    server.behave("runners/verify", "slow:30", Some(2));
    let mut screen = wizard(&machine, "");
    to_the_registration(&mut screen, &server);
    screen.key("Enter").wait_for("Merging configuration", SECONDS(30));
    machine.root("pkill -TERM -x pipglr").ok();
    screen.wait_for("ended with 130", SECONDS(10));
    assert_restored(&machine, &screen);
    // SIGKILL leaves the terminal as it is: nobody is left to fix it. The work goes on all the same.
    let mut screen = wizard(&machine, "");
    screen.key("Enter").wait_for("This needs an authentication token", SECONDS(30));
    screen.key("Enter").wait_for("GitLab URL", SECONDS(5)).wait_for(&server.url(), SECONDS(5));
    // The server was remembered: what is missing is the token.
    screen.paste(TOKEN).wait_for("25 characters", SECONDS(5));
    screen.key("Enter").wait_for("will run", SECONDS(10));
    screen.key("Enter").wait_for("Merging configuration", SECONDS(30));
    machine.root("pkill -KILL -x pipglr").ok();
    screen.wait_for("ended with 137", SECONDS(10));
    server.behave_well();
    answers(&machine, &server);
    machine.user(SETUP).ok();
    assert_set_up(&machine);
    assert_not_leaked(&machine, TOKEN);
    assert_eq!(server.runners().len(), 1);
}

/// Every signal that ends the wizard, on every kind of screen (where time is short one after the other, on each one): the line's settings, the screen, the cursor, the paste
/// mode and the mouse are as they were.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_wizard_ended_on_any_screen_gives_the_terminal_back() {
    let (machine, server) = (machine(), Server::start());
    let mut row = Row::new(format!("wizard, terminal given back, on {}", machine.suite));
    let mut ended = |start: &str, first: &str, keys: &[&str], shown: &str| {
        let signals = ["TERM", "HUP", "INT"];
        let some = if unhurried() { &signals[..] } else { &signals[row.points % 3..][..1] };
        row.points += 1;
        for signal in some {
            row.faults += 1;
            let mut screen = machine.screen(
                &format!("stty -a >before; {start}; echo ended with $?; stty -a >after; echo over; sleep 300"),
                24,
                80,
            );
            screen.wait_for(first, SECONDS(30)).settle();
            for key in keys {
                screen.key(key).settle();
            }
            screen.wait_for(shown, SECONDS(20));
            assert!(screen.alternate(), "{}", screen.dump());
            machine.root(&format!("pkill -{signal} -x pipglr")).ok();
            screen.wait_for("ended with 130", SECONDS(10));
            assert_restored(&machine, &screen);
            assert!(screen.shows("ended with 130"), "{signal} at {shown}: {}", screen.dump());
        }
    };
    let begin = "Enter begin";
    ended("pipglr", begin, &[], "What will be done");
    ended("pipglr", begin, &["Enter"], "▸ 1 Persistent");
    ended("pipglr", begin, &["?"], "every command that was run");
    ended("pipglr", begin, &["c"], "podman");
    answers(&machine, &server);
    machine.user(SETUP).ok();
    ended("pipglr", "e edit", &[], "GitLab");
    ended("pipglr edit", "concurrent", &[], "concurrent");
    ended("pipglr edit", "concurrent", &["Ctrl-F"], "concurrent");
    ended("pipglr logs", "following", &[], "following");
    row.finish();
}

/// A panic: the terminal is as it was, and what is told of it has no secret in it.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn when_pipglr_itself_breaks_the_terminal_is_given_back_and_a_report_written() {
    let (machine, server) = (machine(), Server::start());
    let mut screen = wizard(&machine, "PIPGLR_TEST_PANIC=screen");
    screen.key("Enter").wait_for("▸ 1 Persistent", SECONDS(5));
    screen.paste(TOKEN).wait_for("ended with 1", SECONDS(10));
    assert_restored(&machine, &screen);
    assert!(screen.shows("pipglr itself broke") && screen.shows("send it in a new issue"), "{}", screen.dump());
    assert!(!screen.raw().contains(&TOKEN[8..]), "{}", screen.dump());
    let report = machine.user("cd .local/state/pipglr && stat -c '%a %n' crash-* && cat crash-*").ok();
    for words in ["600 crash-", "broke at src/crash.rs", "screen: Step", "before it: ", "Paste", "pipglr::tui::"] {
        assert!(report.contains(words), "{words}: {report}");
    }
    assert!(!report.contains(&TOKEN[8..]) && !report.contains("made to break"), "{report}");

    // Without a screen; and where the report cannot be written it is shown.
    answers(&machine, &server);
    machine.user("rm .local/state/pipglr/crash-*").ok();
    let output = machine.user(&format!("PIPGLR_TEST_PANIC=plain {SETUP}")).fails_with(1);
    assert!(output.err.contains("pipglr itself broke") && output.err.contains("crash-"), "{}", output.both());
    let report = machine.user("cat .local/state/pipglr/crash-*").ok();
    assert!(report.contains("verb: Setup") && report.contains("before it: Run"), "{report}");
    machine.user(SETUP).ok();
    assert_not_leaked(&machine, TOKEN);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn stopped_and_continued_and_a_terminal_that_goes_away() {
    let machine = machine();
    let mut screen = wizard(&machine, "");
    screen.key("Ctrl-Z");
    screen.wait_until("the ordinary screen", SECONDS(5), |_| !screen.alternate());
    assert!(!screen.cursor_hidden() && !screen.bracketed_paste());
    machine.root("pkill -CONT -x pipglr").ok();
    screen.wait_for("Enter begin", SECONDS(10));
    assert!(screen.alternate());
    machine.root("pkill -TSTP -x pipglr").ok();
    screen.wait_until("the ordinary screen", SECONDS(5), |_| !screen.alternate());
    machine.root("pkill -CONT -x pipglr").ok();
    screen.wait_for("Enter begin", SECONDS(10));
    screen.key("q").wait_for("ended with 0", SECONDS(10));
    assert_restored(&machine, &screen);

    // Without its terminal it is gone within a second, and does not spin for that long. A busy machine may take a second
    // before anybody hears of it, but not three times.
    for place in ["", "log"] {
        let soon = (0..3).any(|_| {
            let (time, ticks) = ends_without_its_terminal(&machine, place);
            println!("{place} gone {time:.2} s after its terminal, {ticks} ticks of CPU");
            time < 1.0 && ticks < 30
        });
        assert!(soon, "it is gone late, or has spun");
    }
}

/// How long it is there once its terminal is gone, in seconds, and how many hundredths of a second of processor it takes.
fn ends_without_its_terminal(machine: &Machine, place: &str) -> (f64, u64) {
    let screen = if place == "log" { logs_of_nothing(machine) } else { wizard(machine, "") };
    machine.write(
        "watch.sh",
        "p=$(pgrep -ox pipglr); cut -d' ' -f14,15 /proc/$p/stat >/first\n\
         while cut -d' ' -f14,15 /proc/$p/stat >/now 2>/dev/null && test -s /now; do mv /now /last; sleep .02; done\n\
         date +%s.%N >/gone\n",
    );
    machine.root("systemd-run -q --no-block sh /home/johndoe/watch.sh").ok();
    // On a busy machine the watcher may begin late: it must have seen what it watches, and no child that is not yet
    // what it is to run (so the oldest).
    let limit = Instant::now() + SECONDS(20);
    while machine.root("test -s /first").code != 0 {
        assert!(Instant::now() < limit, "nobody watches");
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_millis(500));
    let dropped = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    machine.hang_up(screen);
    let limit = Instant::now() + SECONDS(5);
    while machine.root("test -s /gone").code != 0 {
        assert!(Instant::now() < limit, "it lives on without its terminal: {}", machine.root("ps axf").out);
        std::thread::sleep(Duration::from_millis(50));
    }
    let gone: f64 = machine.root("cat /gone; rm /gone").ok().trim().parse().unwrap();
    let ticks = |text: String| -> u64 { text.split_whitespace().map(|n| n.parse::<u64>().unwrap()).sum() };
    let first = ticks(machine.root("cat /first; rm /first").ok());
    let last = ticks(machine.root("cat /last").ok());
    assert_eq!(machine.user("ls .local/state/pipglr/crash-* 2>/dev/null; true").out, "", "it broke");
    (gone - dropped, last - first)
}

/// The log screen, on a log that is there and does not grow.
fn logs_of_nothing(machine: &Machine) -> Screen {
    machine.user("echo one line >saved.log").ok();
    let screen = machine.screen("pipglr logs --from saved.log; sleep 300", 24, 80);
    screen.wait_for("one line", SECONDS(20));
    screen
}

/// A command that hangs, one that only looks too, ends with the user's Ctrl-C, and leaves no child behind.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn whatever_hangs_can_be_stopped_or_waited_for() {
    let (machine, server) = (machine(), Server::start());
    answers(&machine, &server);
    machine.user("mkdir slow").ok();
    machine.write(
        "slow/podman",
        // podman's service would answer in its place.
        "#!/bin/sh\ncase \"$*\" in\n*\"$(cat ~/slow/what)\"*) exec sleep 1000 ;;\n*'system service'*) exit 125 ;;\nesac\n\
         exec /usr/bin/podman \"$@\"\n",
    );
    machine.user("chmod 755 slow/podman; echo 'image inspect' >slow/what").ok();
    let begun = Instant::now();
    let output = machine.user(&format!("PATH=~/slow:$PATH timeout -s INT 3 {SETUP}"));
    // `timeout` has an exit code of its own.
    assert!(output.err.contains("run pipglr again"), "{}", output.both());
    assert!(begun.elapsed() < SECONDS(7), "{:?}", begun.elapsed());
    assert_eq!(machine.root("pgrep -fx 'sleep 1000'").out, "", "a child outlives it");
    let output = machine.user("PATH=~/slow:$PATH timeout -s TERM 3 pipglr check");
    assert!(output.err.contains("run pipglr again"), "{}", output.both());
    assert_eq!(machine.root("pgrep -fx 'sleep 1000'").out, "", "a child outlives it");

    // In the wizard a look that hangs blocks nothing.
    let mut screen = machine.screen(
        "stty -a >before; PATH=~/slow:$PATH pipglr; echo ended with $?; stty -a >after; echo over; sleep 300",
        24,
        80,
    );
    screen.wait_for("looking", SECONDS(20));
    screen.key("?").wait_for("every command that was run", SECONDS(5));
    screen.key("Esc").key("q").wait_for("ended with 0", SECONDS(5));
    assert_restored(&machine, &screen);
    assert_eq!(machine.root("pgrep -fx 'sleep 1000'").out, "", "a child outlives it");
    machine.user("rm -r slow").ok();
    machine.user(SETUP).ok();
    assert_set_up(&machine);
}

/// Standard input closed, or none of the three streams there: it says what it can and hangs on nothing.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn closed_streams_stop_nothing() {
    let (machine, server) = (machine(), Server::start());
    answers(&machine, &server);
    let output = machine.user("timeout 20 pipglr <&-").fails_with(2);
    assert!(output.err.contains("no terminal"), "{}", output.both());
    machine.user("timeout 60 pipglr setup <&-").fails_with(2);
    machine.user(&format!("timeout 120 {SETUP} <&- >&- 2>&-")).ok();
    assert_set_up(&machine);
    let output = machine.user("timeout 60 pipglr status <&- >/dev/full").fails_with(1);
    assert!(output.err.contains("Not all could be written to standard output"), "{}", output.both());
    let output = machine.user("timeout 60 pipglr config undo <&-").fails_with(1);
    assert!(output.err.contains("no version before"), "{}", output.both());
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn without_utf_8_everything_is_ascii() {
    let machine = machine();
    let mut screen = wizard(&machine, "LC_ALL=C");
    assert!(screen.contents().is_ascii(), "{}", screen.dump());
    screen.key("Enter").wait_for("> 1 Persistent", SECONDS(5));
    assert!(screen.contents().is_ascii(), "{}", screen.dump());
    screen.key("?").wait_for("Enter           do what is shown", SECONDS(5));
    assert!(screen.contents().is_ascii(), "{}", screen.dump());
    screen.key("PageDown").wait_for("every command that was run", SECONDS(5));
    assert!(screen.contents().is_ascii(), "{}", screen.dump());
    screen.key("Ctrl-C").wait_for("ended with 130", SECONDS(10));
    assert_restored(&machine, &screen);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_home_that_is_full_or_read_only_or_bare() {
    let (machine, server) = (machine(), Server::start());
    answers(&machine, &server);
    // Full: the state folder has room for nothing.
    machine.user("mkdir -p -m 700 .local/state/pipglr").ok();
    machine
        .root("mount -t tmpfs -o size=32k,uid=1000,gid=1000,mode=700 tmpfs /home/johndoe/.local/state/pipglr && head -c 100000 /dev/zero >/home/johndoe/.local/state/pipglr/fill; chown 1000 /home/johndoe/.local/state/pipglr/fill")
        .ok();
    let full = machine.user(SETUP).fails_with(1);
    assert!(full.err.contains("cannot be written") && full.err.contains("Free some space"), "{}", full.both());
    assert_eq!(machine.user("podman secret ls -q; podman ps -aq").ok(), "", "nothing is left half-done");
    let screen = wizard(&machine, "");
    drop(screen); // the wizard comes up all the same
    machine.user("rm .local/state/pipglr/fill").ok();
    machine.user(SETUP).ok();
    assert_set_up(&machine);
    machine.root("umount /home/johndoe/.local/state/pipglr").ok();

    // Read-only: it says so, and `check` still looks.
    machine.user("podman stop -t 1 pipglr").ok();
    machine.root("mount --bind /home/johndoe/.local/state /home/johndoe/.local/state && mount -o remount,bind,ro /home/johndoe/.local/state").ok();
    let output = machine.user(SETUP).fails_with(1);
    assert!(output.err.contains("cannot be written") && output.err.contains("XDG_STATE_HOME"), "{}", output.both());
    let output = machine.user("pipglr check");
    assert!(output.out.contains("podman: "), "{}", output.both());
    machine.user(&format!("XDG_STATE_HOME=$HOME/elsewhere {SETUP}")).ok();
    machine.root("umount /home/johndoe/.local/state").ok();

    // Bare: no variable of a session at all.
    let output = machine.user("env -i HOME=$HOME PATH=$PATH IMAGE=$IMAGE pipglr status").fails_with(0);
    assert!(output.out.contains("GitLab"), "{}", output.both());
}
