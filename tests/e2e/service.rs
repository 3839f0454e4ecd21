//! What only asks is asked of podman's own service: it says what the commands say, and nothing of it is left.

use crate::change::{assert_works_with, set_up, write_concurrent};
use crate::testhost::{Machine, Output};

/// A podman whose service does not start, before the real one.
const REFUSES: &str = "#!/bin/sh\ncase \"$1 $2\" in 'system service') echo 'no service here' >&2; exit 125 ;; esac\nexec /usr/bin/podman \"$@\"\n";
const LEFT: &str = "ls $XDG_RUNTIME_DIR | grep '^pipglr-'; pgrep -fa '[s]ystem service --time [0-9]'; true";

/// What status says, but for what goes on meanwhile.
fn lasting(output: &Output) -> serde_json::Value {
    let mut status: serde_json::Value = serde_json::from_str(&output.out).unwrap();
    for rung in status["rungs"].as_array_mut().unwrap() {
        if rung["id"] == "poll" {
            rung["detail"].take();
        }
    }
    for of in ["runners", "volumes"] {
        for one in status[of].as_array_mut().unwrap() {
            one["last_contact"].take();
            one["bytes"].take();
        }
    }
    status
}

#[track_caller]
fn assert_nothing_left(machine: &Machine) {
    assert_eq!(machine.user(LEFT).out, "");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn podmans_service_says_what_its_commands_say_and_leaves_nothing_behind() {
    let (machine, _server) = set_up();
    assert_nothing_left(&machine);
    let asked = machine.user("pipglr status --json -v").fails_with(0);
    assert!(asked.err.contains("podman container inspect pipglr # answered by podman's service"), "{}", asked.err);
    assert_nothing_left(&machine);

    machine.write("refuses/podman", REFUSES);
    machine.user("chmod 755 refuses/podman").ok();
    let run = machine.user("PATH=$HOME/refuses:$PATH pipglr status --json -v").fails_with(0);
    assert!(run.err.contains("# podman's service does not start (no service here): commands"), "{}", run.err);
    assert!(
        !run.err.contains("# answered by") && run.err.contains("+ podman container inspect pipglr\n"),
        "{}",
        run.err
    );
    assert_eq!(lasting(&asked), lasting(&run));

    // A change goes its way without the service, too.
    write_concurrent(&machine, 4);
    machine.user("PATH=$HOME/refuses:$PATH pipglr config apply new.toml --recreate --yes </dev/null").fails_with(0);
    assert_works_with(&machine, 4);

    // Killed while its service runs, which ends by itself.
    let killed = "pipglr doctor >/dev/null 2>&1 & for n in $(seq 500); do ls $XDG_RUNTIME_DIR | grep -q '^pipglr-' && break; sleep 0.01; done; \
                  kill -9 $!; pgrep -fc '[s]ystem service --time [0-9]'";
    let caught = (0..5).any(|_| machine.user(killed).out.trim() != "0"); // it may have been done
    assert!(caught, "no service ran when it was killed");
    machine.user(&format!("for n in $(seq 300); do [ -z \"$({LEFT})\" ] && break; sleep 0.1; done")).ok();
    assert_nothing_left(&machine);
}
