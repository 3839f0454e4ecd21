//! `pipglr check` on a real machine: what it finds, that its fixes fix it, and how long it takes.

use crate::reliability::keep;
use crate::testhost::{Machine, suite};
use serde_json::Value;

fn machine() -> Machine {
    let machine = Machine::fresh(&suite());
    machine.install_pipglr();
    machine
}

fn checks(machine: &Machine) -> Vec<Value> {
    let output = machine.user("pipglr check --json");
    serde_json::from_str(&output.out).unwrap_or_else(|e| panic!("{e}: {}", output.both()))
}

#[track_caller]
fn of<'a>(checks: &'a [Value], id: &str) -> &'a Value {
    checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no {id} in {checks:#?}"))
}

/// Root's part of the fixes, as an administrator runs it.
fn administrator(machine: &Machine) {
    machine.user("pipglr check --script >fixes.sh").ok();
    machine.root("sh /home/johndoe/fixes.sh").ok();
    machine.user("podman system migrate").ok();
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn what_takes_ids_away_is_named_and_mended() {
    let machine = machine();
    let cases = [
        ("printf 'johndoe:100000:65536\\r\\n' >/etc/subuid", "line 1 ends in CR LF"),
        ("printf '# mine\\n johndoe:100000:65536\\n' >/etc/subuid", "line 2 has a blank"),
        ("printf 'johndoe:100000:65536' >/etc/subuid", "line 1 has no line end"),
        ("printf 'bad\\njohndoe:100000\\n' >/etc/subuid", "line 1 is not name:start:count; line 2 is not"),
        ("printf 'jane:165536:65536\\njohndoe:100000:65536\\n' >/etc/subuid", ""),
        ("printf 'johndoe:100000:65536\\n1000:200000:2\\n' >/etc/subuid", ""),
        ("rm /etc/subuid", ""),
        ("chmod 600 /etc/subuid", "Permission denied"),
    ];
    for (breaking, words) in cases {
        machine
            .root("for f in subuid subgid; do printf 'johndoe:100000:65536\\n' >/etc/$f; chmod 644 /etc/$f; done")
            .ok();
        machine.root(breaking).ok();
        machine.user("podman system migrate"); // without a good file it may say what it likes
        let found = checks(&machine);
        if !words.is_empty() {
            assert!(of(&found, "subuid_file")["found"].as_str().unwrap().contains(words), "{breaking}: {found:#?}");
        }
        administrator(&machine);
        if words.starts_with("Permission") {
            administrator(&machine); // only now can it be read, and so planned
        }
        let found = checks(&machine);
        for id in ["subuid", "subgid", "uid_map_in_force", "gid_map_in_force"] {
            assert_eq!(of(&found, id)["status"], "ok", "{breaking}: {found:#?}");
        }
        assert_eq!(machine.root("stat -c '%a %U:%G' /etc/subuid").ok().trim(), "644 root:root", "{breaking}");
        assert!(!machine.root("ls /etc").ok().contains("pipglr-new"), "{breaking}");
        let text = machine.root("cat /etc/subuid").ok();
        assert!(!text.contains('\r') && text.ends_with('\n') && !text.contains("\n "), "{breaking}: {text:?}");
    }
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn all_probes_together_take_as_long_as_the_slowest() {
    let machine = machine();
    machine.user("podman info >/dev/null").ok();
    let mut ratios = vec![];
    for _ in 0..3 {
        let output = machine.user("pipglr check -v").fails_with(3);
        let line = output.err.lines().find(|line| line.contains("ratio")).unwrap();
        println!("{line}");
        let ratio: f64 = line.rsplit(' ').next().unwrap().parse().unwrap();
        assert!(ratio <= 1.2, "{}", output.err);
        ratios.push(format!("{ratio:.2}"));
    }
    let name = format!("preflight on {}", machine.suite);
    keep(&name, &format!("| {name}: wall time ÷ slowest probe (≤ 1.2): {} | | | | | |", ratios.join(", ")));
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn who_came_by_su_or_sudo_is_told_the_ways_out() {
    let machine = machine();
    machine.root("useradd -m jane").ok();
    let session = |command: &str| {
        let output = machine.root(command);
        let checks: Vec<Value> = serde_json::from_str(&output.out).unwrap_or_else(|e| panic!("{e}: {}", output.both()));
        of(&checks, "session").clone()
    };
    // As a su or sudo that starts no session: on Debian's su pam_systemd starts one where it can.
    let jane = "cd / && setpriv --reuid=jane --regid=jane --clear-groups env -i HOME=/home/jane PATH=$PATH";
    let none = session(&format!("{jane} pipglr check --json"));
    assert_eq!(none["status"], "fixable", "{none:#}");
    let others = session(&format!("{jane} XDG_RUNTIME_DIR=/run/user/1000 pipglr check --json"));
    assert_eq!(others["status"], "blocked", "{others:#}");
    for check in [none, others] {
        let why = check["why"].as_str().unwrap();
        assert!(why.contains("ssh jane@localhost") && why.contains("machinectl shell jane@"), "{why}");
    }
    assert_eq!(of(&checks(&machine), "session")["status"], "ok", "johndoe is logged in");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_machine_without_podman_gets_it_by_the_script() {
    let machine = machine();
    machine.root("apt-get remove -qy podman passt uidmap").ok();
    let found = checks(&machine);
    let podman = of(&found, "podman");
    assert_eq!((&podman["status"], &podman["found"]), (&"fixable".into(), &"not installed".into()), "{podman:#}");
    assert_eq!(of(&found, "newuidmap")["found"], "not installed");
    assert_eq!(machine.user("pipglr check").code, 3);
    let screen = machine.screen("pipglr", 24, 80);
    screen
        .wait_for("In the way", crate::screen::SECONDS(20))
        .wait_for("podman: not installed", crate::screen::SECONDS(5));
    drop(screen);
    administrator(&machine);
    let found = checks(&machine);
    for id in ["podman", "newuidmap", "subuid", "uid_map_in_force", "linger"] {
        assert_eq!(of(&found, id)["status"], "ok", "{found:#?}");
    }
}
