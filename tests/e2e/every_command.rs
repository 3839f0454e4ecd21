//! The sweep on a real machine: every command of `setup` that changes something, and at each one pipglr gets every
//! signal, and the command fails, hangs, prints half, or is killed itself. The next run finishes; nothing is lost,
//! leaked, or left behind.
//!
//! The commands are enumerated by programs of the same names that stand before the real ones. Those that only look
//! leave the machine as it is: what can happen to them is swept on the pretend machine (tests/sweep), which has
//! many faults a second; `PIPGLR_SWEEP=all` does it here too, with one signal each in turn (and `PIPGLR_SWEEP=volume`
//! only those commands that have that word in them).

use crate::reliability::Row;
use crate::server::Server;
use crate::setup::{SETUP, answer, assert_not_leaked, assert_set_up, machine};
use crate::testhost::Machine;

const LEGACY: &str = "GR1348941sweepabcdefgh";
const SIGNALS: [&str; 4] = ["KILL", "TERM", "HUP", "INT"];
/// What happens to a command that changes something, beside the signals to pipglr.
const MISHAPS: [&str; 4] = ["fails", "hangs", "half", "killed"];
/// Beginnings of commands that change something, with what is taken away to have them run again, the later steps first.
const CHANGES: [(&str, Back); 11] = [
    ("loginctl enable-linger", Back::Host),
    ("sudo -n usermod", Back::Host),
    ("podman system migrate", Back::Host),
    ("podman rm --force", Back::Secrets),
    ("podman secret create", Back::Secrets),
    ("podman secret rm", Back::Secrets),
    ("podman run --rm", Back::Secrets),
    ("podman volume create", Back::Volumes),
    ("podman run -d", Back::Container),
    ("podman start", Back::Container),
    ("podman create", Back::Container),
];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Back {
    Container,
    Volumes,
    Secrets,
    Host,
}

/// `fault/at` has the command, `fault/nth` which one of its kind, `fault/what` what happens to it. Output goes by a
/// file where it is cut, and input where it must outlive the program. podman's service, which would answer in the place
/// of most, does not start.
const SHIM: &str = r#"#!/bin/sh
[ "$1 $2" != 'system service' ] || exit 125
me=${0##*/}; f=~/fault; echo "$me $*" >>$f/log
if [ "$me $*" = "$(cat $f/at)" ] && [ "$(grep -cxF -e "$me $*" $f/log)" = "$(cat $f/nth)" ]; then
  : >$f/at; echo met >$f/met
  case $(cat $f/what) in
    fails) echo 'Error: made to fail' >&2; exit 125 ;;
    hangs) exec sleep 1000 ;;
    half) /usr/bin/$me "$@" >$f/out; c=$?; head -c $(($(wc -c <$f/out) / 2)) $f/out; exit $c ;;
    killed) cat >$f/in; timeout -s KILL 0.0$(($(date +%N | tail -c 2) + 1)) /usr/bin/$me "$@" <$f/in; c=$?; rm $f/in; exit $c ;;
    *) kill -$(cat $f/what) $PPID ;;
  esac
fi
exec /usr/bin/$me "$@"
"#;

/// Takes away what this command, and those behind it, have made.
fn take_away(machine: &Machine, back: Back) {
    let mut script = String::from("podman rm -f -t 0 -a");
    if back >= Back::Volumes {
        script += "; podman volume rm -f pipglr-storage pipglr-cache";
    }
    if back >= Back::Secrets {
        script += "; for s in config.toml REGISTRATION_TOKEN; do podman secret rm $s; done; rm -rf .local/state/pipglr";
    }
    if back == Back::Host {
        machine
            .root(
                "loginctl disable-linger johndoe; for f in subuid subgid; do printf 'johndoe:100000:65536\\n' >/etc/$f; done",
            )
            .ok();
        script += "; podman system migrate";
    }
    machine.user(&format!("{{ {script}; }} >/dev/null 2>&1; true")).ok();
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn of_setup_meets_every_signal_and_mishap() {
    let (machine, server) = (machine(), Server::start());
    answer(&machine, LEGACY, &format!("gitlab_url = \"{}\"", server.url()));
    machine.user("mkdir fault").ok();
    machine.write("fault/podman", SHIM);
    machine.user("cd fault; chmod 755 podman; for p in loginctl sudo; do cp podman $p; done; : >at; : >log").ok();
    let faulty = |prefix: &str| machine.user(&format!("{prefix} PATH=~/fault:$PATH {SETUP} </dev/null"));
    faulty("").fails_with(0);
    let log = machine.user("cat fault/log").ok();
    let commands: Vec<&str> = log.lines().collect();
    // The ladder behind it only looks.
    let last = commands.iter().rposition(|line| line.starts_with("podman run -d")).unwrap();
    let which = std::env::var("PIPGLR_SWEEP").unwrap_or_default();
    let all = which == "all";
    let mut row = Row::new(format!("setup on {}", machine.suite));
    row.all = last + 1;
    for (at, command) in commands[..=last].iter().enumerate() {
        let change = CHANGES.iter().find(|(verb, _)| command.starts_with(verb)).map(|(_, back)| *back);
        let faults = match change {
            // A part of a command: only those that have it.
            Some(_) if !all && !command.contains(&which) => continue,
            Some(_) => SIGNALS.iter().chain(&MISHAPS).copied().collect(),
            None if all => vec![SIGNALS[at % SIGNALS.len()]],
            None => continue,
        };
        row.points += 1;
        let back = change.unwrap_or(Back::Host);
        for what in faults {
            row.faults += 1;
            take_away(&machine, back);
            let before = server.runners().len();
            // Of those that stay, none runs again: which one of its kind it is counts from the first of this step.
            let same = |line: &&&str| **line == *command;
            let nth = commands[..=at].iter().filter(same).count();
            let text = format!("{command}\n");
            machine.write("fault/at", &text);
            machine.user(&format!("cd fault; echo {nth} >nth; echo {what} >what; : >log; rm -f met")).ok();
            // A command that hangs is waited for as long as it may take, unless the user stops it.
            let stopper = "(while [ ! -e fault/met ]; do sleep .1; done; sleep .5; kill -TERM $(pgrep -x pipglr)) &";
            let first = faulty(if what == "hangs" { stopper } else { "" });
            let after = format!("{what} at {command} ({nth})");
            assert_eq!(machine.user("cat fault/met; : >fault/at").out, "met\n", "{after}: {}", first.both());
            let next = machine.user(SETUP);
            eprintln!("{after}: exit {}, then {}", first.code, next.code);
            if next.code != 0 {
                row.stuck.push(format!("{after}: {}\n--- then\n{}", first.both(), next.both()));
                continue;
            }
            assert_set_up(&machine);
            let wanted = usize::from(back >= Back::Secrets);
            let orphans = (server.runners().len() - before).saturating_sub(wanted);
            // Killed in the moment between GitLab's answer and the writing of it.
            let unavoidable = command.ends_with(" register") && ["KILL", "killed"].contains(&what);
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
