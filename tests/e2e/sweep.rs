//! The sweep on a real machine: every command of `setup`, and at each one pipglr gets every signal, the command fails,
//! hangs, prints half, or is killed itself. The next run finishes; nothing is lost, leaked, or left behind.
//!
//! The commands are enumerated by programs of the same names that stand before the real ones. What changes nothing
//! (queries) gets one signal each, in turn: the machine is the same after each of them, and the pretend machine sweeps
//! every fault there (tests/sweep.rs).

use crate::reliability::Row;
use crate::server::Server;
use crate::setup::{SETUP, answer, assert_not_leaked, assert_set_up, machine};
use crate::testhost::Machine;

const LEGACY: &str = "GR1348941sweepabcdefgh";
const SIGNALS: [&str; 4] = ["KILL", "TERM", "HUP", "INT"];
/// What happens to a command that changes something, beside the signals to pipglr.
const MISHAPS: [&str; 4] = ["fails", "hangs", "half", "killed"];
const CHANGES: [&str; 9] = [
    "enable-linger",
    "usermod",
    "system migrate",
    "secret create",
    "secret rm",
    "run --rm",
    "run -d",
    "volume create",
    "rm --force",
];

/// `fault/at` has the number of the command, `fault/what` what happens to it. Real output goes by a file where it is
/// cut, and input where it must outlive the program.
const SHIM: &str = r#"#!/bin/sh
me=${0##*/}; f=~/fault; n=$(($(cat $f/n) + 1)); echo $n >$f/n; echo "$n $me $*" >>$f/log
if [ $n = "$(cat $f/at)" ]; then
  case $(cat $f/what) in
    fails) echo 'Error: made to fail' >&2; exit 125 ;;
    hangs) exec sleep 1000 ;;
    half) /usr/bin/$me "$@" >$f/out; c=$?; head -c $(($(wc -c <$f/out) / 2)) $f/out; exit $c ;;
    killed) cat >$f/in; timeout -s KILL 0.0$((n % 7 + 2)) /usr/bin/$me "$@" <$f/in; c=$?; rm $f/in; exit $c ;;
    *) kill -$(cat $f/what) $PPID ;;
  esac
fi
exec /usr/bin/$me "$@"
"#;

/// A machine as it was before the first run.
fn as_before(machine: &Machine) {
    machine
        .user(
            "podman rm -f -t 0 -a; podman volume rm -f pipglr-storage pipglr-cache; rm -rf .local/state/pipglr; \
             for s in config.toml REGISTRATION_TOKEN; do podman secret rm $s; done 2>/dev/null; true",
        )
        .ok();
    machine
        .root(
            "loginctl disable-linger johndoe; for f in subuid subgid; do printf 'johndoe:100000:65536\\n' >/etc/$f; done",
        )
        .ok();
    machine.user("podman system migrate").ok();
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn every_signal_and_mishap_at_every_command_of_setup() {
    let (machine, server) = (machine(), Server::start());
    answer(&machine, LEGACY, &format!("gitlab_url = \"{}\"", server.url()));
    machine.user("mkdir fault; rm -f fault/log").ok();
    machine.write("fault/podman", SHIM);
    machine
        .user("cd fault; chmod 755 podman; for p in loginctl sudo; do cp podman $p; done; echo 0 >at; echo - >what; echo 0 >n")
        .ok();
    let faulty = |prefix: &str| machine.user(&format!("PATH=~/fault:$PATH {prefix} {SETUP} </dev/null"));
    faulty("").fails_with(0);
    let log = machine.user("cat fault/log").ok();
    let commands: Vec<&str> = log.lines().collect();
    // The ladder behind it only looks.
    let last = commands.iter().rposition(|line| line.contains("podman run -d")).unwrap() + 1;
    assert!(last >= 30, "{log}");

    let mut row = Row::new(format!("setup on {}", machine.suite));
    for at in 1..=last {
        let command = commands[at - 1];
        let changes = CHANGES.iter().any(|verb| command.contains(verb));
        let signals = if changes { SIGNALS.to_vec() } else { vec![SIGNALS[at % SIGNALS.len()]] };
        let mishaps: &[&str] = if changes { &MISHAPS } else { &[] };
        row.points += 1;
        for what in signals.iter().chain(mishaps) {
            row.faults += 1;
            as_before(&machine);
            let before = server.runners().len();
            machine.user(&format!("echo 0 >fault/n; echo {at} >fault/at; echo {what} >fault/what")).ok();
            // A command that hangs is waited for as long as it may take, unless the person stops it.
            let first = faulty(if *what == "hangs" { "timeout -s TERM 3" } else { "" });
            let after = format!("{what} at {command}");
            machine.user("echo 0 >fault/at").ok();
            let next = machine.user(SETUP);
            if next.code != 0 {
                row.stuck.push(format!("{after}: {}\n--- then\n{}", first.both(), next.both()));
                continue;
            }
            assert_set_up(&machine);
            let orphans = server.runners().len() - before - 1;
            // Killed in the moment between GitLab's answer and the writing of it.
            let unavoidable = command.ends_with(" register") && ["KILL", "killed", "fails", "half"].contains(what);
            if orphans > 0 && !unavoidable {
                row.lost.push(format!("{after}: {orphans} runner(s) too many on the server: {}", first.both()));
            } else if orphans > 0 {
                eprintln!("{after}: {orphans} runner(s) too many on the server");
            }
            if first.both().contains(&LEGACY[9..]) || next.both().contains(&LEGACY[9..]) {
                row.leaked.push(format!("{after}: the token is shown"));
            }
            let left = machine.user("podman ps -aq --filter name=pipglr-; ls .local/state/pipglr/work 2>/dev/null");
            if !left.out.trim().is_empty() {
                row.leaked.push(format!("{after}: left behind: {}", left.out));
            }
        }
    }
    machine.user("rm -r fault").ok();
    assert_not_leaked(&machine, LEGACY);
    row.finish();
}
