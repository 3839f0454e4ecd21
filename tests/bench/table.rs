//! What pipglr costs beside the tool that it stands next to, in the same run: a row each, its ratio and its goal. What
//! misses its goal stays in the table. `tests/bench/table` prints it with the rows that are measured from outside.

use crate::screen::Screen;
use crate::{generate, logs, testhost, viewer};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PIPGLR: &str = env!("CARGO_BIN_EXE_pipglr");
/// How often each side is measured.
const ROUNDS: usize = 9;

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A row: ours, theirs, the ratio, its goal, and whether it is met.
fn ratio(what: &str, unit: &str, ours: f64, theirs: f64, goal: f64) {
    let ratio = ours / theirs;
    println!(
        "| {what} | {ours:.3} {unit} ÷ {theirs:.3} {unit} | {ratio:.2} | ≤ {goal} | {} |",
        if ratio <= goal { "met" } else { "missed" }
    );
}

/// A row without a peer.
fn value(what: &str, unit: &str, ours: f64, goal: f64) {
    println!("| {what} | {ours:.1} {unit} | | < {goal} {unit} | {} |", if ours < goal { "met" } else { "missed" });
}

/// pipglr on a terminal, as somebody who is not root.
fn start(words: &[&str], home: &Path) -> (Screen, Instant) {
    let mut command = Command::new("setpriv");
    match nix::unistd::geteuid().is_root() {
        true => command.args(["--reuid=65534", "--regid=65534", "--clear-groups", PIPGLR]),
        false => {
            command = Command::new(PIPGLR);
            &mut command
        }
    };
    command.args(words).env("HOME", home).env("TERM", "xterm-256color").env("LANG", "C.UTF-8");
    let begun = Instant::now();
    (Screen::start(command, 24, 80), begun)
}

/// Milliseconds from its launch to its first frame.
fn first_frame(words: &[&str], home: &Path) -> f64 {
    let (screen, begun) = start(words, home);
    while !screen.contents().contains("pipglr") {
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", screen.contents());
        std::thread::sleep(Duration::from_micros(100));
    }
    begun.elapsed().as_secs_f64() * 1e3
}

/// Seconds of a command whose output nobody reads line by line.
fn seconds(words: &[&str]) -> f64 {
    let begun = Instant::now();
    let mut child = Command::new(words[0]).args(&words[1..]).stdout(Stdio::piped()).spawn().unwrap();
    std::io::copy(&mut child.stdout.take().unwrap(), &mut std::io::sink()).unwrap();
    assert!(child.wait().unwrap().success(), "{words:?}");
    begun.elapsed().as_secs_f64()
}

/// The medians of both, in turn.
fn in_turn(ours: impl Fn() -> f64, theirs: impl Fn() -> f64) -> (f64, f64) {
    let (mut our, mut their) = (vec![], vec![]);
    ours();
    theirs();
    for _ in 0..ROUNDS {
        their.push(theirs());
        our.push(ours());
    }
    (median(our), median(their))
}

/// Resident MiB of the demo when it is at home: the same program on a pretend host.
fn memory_at_home(home: &Path) -> f64 {
    let (mut screen, begun) = start(&["demo"], home);
    while !screen.contents().contains("Jobs: ") {
        assert!(begun.elapsed() < Duration::from_secs(180), "{}", screen.contents());
        screen.key("Enter");
        std::thread::sleep(Duration::from_millis(300));
    }
    screen.settle();
    let resident = viewer::status(screen.pid(), "VmRSS:") as f64 / 1024.0;
    screen.key("q");
    resident
}

#[test]
#[ignore = "a bench; needs root and Debian"]
fn all() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let machine = testhost::Machine::boot(&testhost::suite(), Some(&logs::home()));
    machine.install_pipglr();
    let there = |command: &str| {
        let script = format!("a=$(date +%s%N); {command} >/dev/null 2>&1; b=$(date +%s%N); echo $((b - a))");
        machine.user(&script).ok().trim().parse::<f64>().unwrap() / 1e6
    };
    println!("\n| what | | ÷ | goal | |\n|---|---|---|---|---|");

    let (ours, theirs) = in_turn(|| first_frame(&[], folder.path()), || there("podman --version"));
    ratio("launch to the first frame ÷ `podman --version`", "ms", ours, theirs, 0.2);
    let demo: Vec<f64> = (0..ROUNDS).map(|_| first_frame(&["demo"], folder.path())).collect();
    value("`demo` to its first frame", "ms", median(demo), 20.0);
    value("resident at home (of the demo)", "MiB", memory_at_home(folder.path()), 20.0);
    value("resident after 10,000,000 lines of log", "MiB", viewer::after_ten_million_lines(), 64.0);

    let image = machine.user("podman images -q | head -1").ok();
    let flood = "yes $(printf %099d 0) | head -n 1000000";
    let make = format!("podman run -d --name x --log-driver k8s-file --entrypoint sh {} -c '{flood}'", image.trim());
    machine.user(&make).ok();
    machine.user("podman wait x; sleep 3").ok();
    let logs = || there("pipglr --name x logs --plain --no-follow | cat") / 1e3;
    let rounds: Vec<(f64, f64)> = (0..3).map(|_| (logs(), there("podman logs x | cat") / 1e3)).collect();
    let (ours, theirs) = rounds.into_iter().unzip::<f64, f64, Vec<_>, Vec<_>>();
    ratio("1,000,000 lines of a container: `logs --plain` ÷ `podman logs`", "s", median(ours), median(theirs), 0.08);
    drop(machine);

    let path = folder.path().join("ctr.log");
    let mut file = std::fs::File::create(&path).unwrap();
    let mut text = vec![];
    generate::k8s_file(&mut text, 1_000_000).unwrap();
    std::io::Write::write_all(&mut file, &text).unwrap();
    let file = path.to_str().unwrap();
    let plain = || seconds(&[PIPGLR, "logs", "--plain", "--from", file]);
    let (ours, theirs) = in_turn(plain, || seconds(&["cat", file]));
    ratio("1,000,000 lines of a file: `logs --plain` ÷ `cat`", "s", ours, theirs, 2.0);
    match Command::new("logana").arg("--version").output() {
        Ok(_) => {
            let (ours, theirs) = in_turn(plain, || seconds(&["logana", "--headless", file]));
            ratio("the same ÷ `logana --headless`", "s", ours, theirs, 0.6);
        }
        Err(_) => println!("| the same ÷ `logana --headless` | logana is not installed | | ≤ 0.6 | not measured |"),
    }
}
