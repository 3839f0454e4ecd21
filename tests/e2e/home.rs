//! Home left alone on a real machine: it costs nothing, and misses nothing.

use crate::change::set_up;
use crate::screen::SECONDS;
use crate::testhost::{Machine, unhurried};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(240);
/// Seen within a second or two where nothing else runs; other tests may.
const SEEN: Duration = Duration::from_secs(25);

/// Every podman, systemctl and journalctl that johndoe's pipglr starts is a line of `started`.
fn count_commands(machine: &Machine) {
    let script = "mkdir counting; for program in podman systemctl journalctl; do \
                  printf '#!/bin/sh\\necho \"$0 $*\" >>~/started\\nexec /usr/bin/%s \"$@\"\\n' $program >counting/$program; \
                  done; chmod +x counting/*; : >started";
    machine.user(script).ok();
}

fn started(machine: &Machine) -> Vec<String> {
    machine.read("started").lines().map(str::to_owned).collect()
}

/// Processor time of pipglr and of what it has started, in hundredths of a second (proc(5): utime, stime, and those of
/// children that have ended).
fn ticks(machine: &Machine) -> i64 {
    let script = "p=$(pgrep -x pipglr) && cat /proc/$p/stat && for c in $(pgrep -P $p); do cat /proc/$c/stat; done";
    let stats = machine.user(script).ok();
    let of = |line: &str| {
        let fields: Vec<i64> =
            line.rsplit_once(") ").unwrap().1.split(' ').filter_map(|field| field.parse().ok()).collect();
        fields[10..14].iter().sum::<i64>() // the first field behind the name is a letter
    };
    stats.lines().map(of).sum()
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn at_rest_it_costs_nothing_and_what_happens_elsewhere_is_seen() {
    let (machine, server) = set_up();
    count_commands(&machine);
    let mut screen = machine.screen("PATH=~/counting:$PATH pipglr", 24, 80);
    screen.wait_for("The runner is up.", LONG);
    // The start, until what it was to hear of has been heard.
    let mut before = started(&machine).len();
    loop {
        std::thread::sleep(Duration::from_secs(4));
        let now = started(&machine).len();
        if std::mem::replace(&mut before, now) == now {
            break;
        }
    }
    let asked = |path: &str| server.seen().iter().filter(|seen| seen.path.contains(path)).count();
    let log = machine.read(".local/state/pipglr/commands.log");
    let (began, spent, verified) = (Instant::now(), ticks(&machine), asked("verify"));
    // So long nobody touches anything.
    let rest = if unhurried() { 60 } else { 20 };
    std::thread::sleep(SECONDS(rest));
    let (spent, ran) = (ticks(&machine) - spent, started(&machine).split_off(before));
    let wall = began.elapsed().as_secs_f64();
    eprintln!("home at rest for {wall:.0} s: {} commands, {:.2} s of processor time", ran.len(), spent as f64 / 100.0);
    assert!(ran.len() as u64 <= 1 + rest / 20, "{ran:#?}");
    assert!((spent as f64) < wall, "more than 1 % of a core: {spent} of {:.0} ticks", wall * 100.0);
    assert_eq!(asked("verify"), verified, "GitLab was asked");
    assert_eq!(machine.read(".local/state/pipglr/commands.log"), log, "nothing was changed");

    // Stopped and started by hand.
    machine.user("podman stop pipglr").ok();
    let began = Instant::now();
    screen.wait_for("container running  exited", SEEN);
    eprintln!("a stop is seen after {:.1} s", began.elapsed().as_secs_f64());
    machine.user("podman start pipglr").ok();
    let began = Instant::now();
    screen.wait_for("container running  since", SEEN);
    eprintln!("a start is seen after {:.1} s", began.elapsed().as_secs_f64());
    screen.wait_for("The runner is up.", SECONDS(60));
    // What a job of gitlab-runner's own makes of itself.
    machine.user("podman exec pipglr systemctl stop runner.service").ok();
    screen.wait_for("✗ gitlab-runner up", SEEN);
    machine.user("podman exec pipglr systemctl start runner.service").ok();
    screen.wait_for("The runner is up.", SECONDS(60));

    // Nothing that it listens to outlives it.
    screen.key("q");
    let left = "for n in $(seq 50); do pgrep -f '[p]odman events' || exit 0; sleep 0.1; done; exit 1";
    machine.user(left).ok();
}
