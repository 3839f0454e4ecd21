//! How fast the log is read, and in how much memory.
//!
//! What is measured: one million lines through `pipglr logs --plain` against `cat` of the same file, memory after ten
//! million lines, and what following a quiet log costs; `lnav` and `logana` beside it where they are installed. With root
//! on Debian also the flood of a real container in the test host, against `podman logs`.

use crate::{generate, testhost};
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PIPGLR: &str = env!("CARGO_BIN_EXE_pipglr");
const MILLION: u64 = 1_000_000;

/// What a command took.
struct Run {
    seconds: f64,
    peak_kib: u64,
    lines: u64,
}

/// Runs a command whose output goes by a pipe to us, who count its lines.
fn run(words: &[&str]) -> Run {
    let begun = Instant::now();
    let mut child = Command::new(words[0]).args(&words[1..]).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let (mut lines, mut peak_kib, mut looked) = (0, 0, Instant::now());
    let mut chunk = vec![0; 1 << 16];
    loop {
        let n = out.read(&mut chunk).unwrap();
        if n == 0 {
            break;
        }
        lines += memchr::memchr_iter(b'\n', &chunk[..n]).count() as u64;
        if looked.elapsed() > Duration::from_millis(10) {
            peak_kib = peak(&status).unwrap_or(peak_kib);
            looked = Instant::now();
        }
    }
    assert!(child.wait().unwrap().success());
    Run { seconds: begun.elapsed().as_secs_f64(), peak_kib, lines }
}

fn peak(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())
}

/// The median of five.
fn best(words: &[&str]) -> Run {
    run(words);
    let mut runs: Vec<_> = (0..5).map(|_| run(words)).collect();
    runs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    runs.swap_remove(2)
}

fn row(name: &str, run: &Run, bytes: u64) {
    println!(
        "| {name} | {:.2} s | {:.0} | {:.0} MB/s | {:.1} MB |",
        run.seconds,
        run.lines as f64 / run.seconds,
        bytes as f64 / 1e6 / run.seconds,
        run.peak_kib as f64 * 1024.0 / 1e6
    );
}

fn log(path: &Path, lines: u64) -> u64 {
    let mut to = BufWriter::new(File::create(path).unwrap());
    generate::k8s_file(&mut to, lines).unwrap();
    to.flush().unwrap();
    path.metadata().unwrap().len()
}

#[test]
#[ignore = "a bench"]
fn a_million_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ctr.log");
    let bytes = log(&path, MILLION);
    let file = path.to_str().unwrap();
    println!("\n{MILLION} lines, {:.1} MB, k8s-file; into a pipe, median of 5", bytes as f64 / 1e6);
    println!("| | time | lines/s | | peak memory |\n|---|---|---|---|---|");
    let cat = best(&["cat", file]);
    row("`cat` of the file", &cat, bytes);
    let plain = best(&[PIPGLR, "logs", "--plain", "--from", file]);
    row("`pipglr logs --plain --from`", &plain, bytes);
    row("… `--color always`", &best(&[PIPGLR, "--color", "always", "logs", "--plain", "--from", file]), bytes);
    row("… `--json`", &best(&[PIPGLR, "logs", "--json", "--from", file]), bytes);
    row("… `--tail 1000`", &best(&[PIPGLR, "logs", "--plain", "--tail", "1000", "--from", file]), bytes);
    for other in [&["lnav", "-n", file][..], &["logana", "--headless", file]] {
        if Command::new(other[0]).arg("--version").output().is_ok() {
            row(&format!("`{}`", other[..2].join(" ")), &run(other), bytes);
        }
    }
    // Two console lines of ten are one message.
    assert_eq!((cat.lines, plain.lines), (MILLION, MILLION / 10 * 9));
    assert!(plain.peak_kib < 67_000, "{} KiB", plain.peak_kib);
}

#[test]
#[ignore = "a bench"]
fn memory_after_ten_million_lines() {
    use pipglr::logs::{Buffer, Item, Limits, Pipeline, decode::Format};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ctr.log");
    let bytes = log(&path, MILLION);
    let mut buffer = Buffer::new(Limits::default());
    let mut pipeline = Pipeline::new(Format::K8sFile);
    let begun = Instant::now();
    let mut most = 0;
    for _ in 0..10 {
        let mut file = File::open(&path).unwrap();
        let mut chunk = vec![0; 256 * 1024];
        loop {
            let n = file.read(&mut chunk).unwrap();
            if n == 0 {
                break;
            }
            pipeline.feed(&chunk[..n], &mut |line| buffer.push(Item::Line(line)));
        }
        most = most.max(resident());
    }
    println!(
        "\n10,000,000 lines ({:.1} MB) into the viewer's buffer: {:.2} s, {} kept ({:.1} MB counted), resident {:.1} MB after the last, at most {:.1} MB",
        bytes as f64 / 1e5,
        begun.elapsed().as_secs_f64(),
        buffer.len(),
        buffer.bytes() as f64 / 1e6,
        resident() as f64 / 1e6,
        most as f64 / 1e6,
    );
    assert!(buffer.len() == 100_000 || buffer.bytes() > 60 << 20);
    assert!(most < 160 << 20, "{most}");
}

/// Bytes of memory of this process.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let kib = text.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap() * 1024
}

/// A home with the image in it.
pub fn home() -> PathBuf {
    let homes = std::fs::read_dir(Path::new(testhost::STORE).join("homes")).unwrap().flatten();
    let of_suite = format!("{}-", testhost::suite());
    let homes = homes.filter(|home| home.file_name().to_string_lossy().starts_with(&of_suite));
    let home = homes.max_by_key(|home| home.metadata().unwrap().modified().unwrap());
    home.expect("a home with the image in it: any end-to-end test makes one").path()
}

/// What a shell command takes in the test host, in seconds, and what it prints.
fn timed(machine: &testhost::Machine, command: &str) -> (f64, String) {
    let script = format!("s=$(date +%s%N); {command}; e=$(date +%s%N); echo $((e-s))");
    let out = machine.user(&script).ok();
    let (said, nanos) = out.trim_end().rsplit_once('\n').unwrap();
    (nanos.parse::<f64>().unwrap() / 1e9, said.trim().to_owned())
}

#[test]
#[ignore = "a bench; needs root and Debian"]
fn a_flood_from_a_container() {
    let machine = testhost::Machine::boot(&testhost::suite(), Some(&home()));
    machine.install_pipglr();
    let image = machine.user("podman images -q | head -1").ok();
    println!(
        "\n{MILLION} lines of 100 bytes from a container, podman {}",
        machine.user("podman --version").ok().trim()
    );
    println!("| log driver | command | time | lines |\n|---|---|---|---|");
    for driver in ["k8s-file", "journald"] {
        let flood = "yes $(printf %099d 0) | head -n 1000000";
        let make =
            format!("podman run -d --name x --log-driver {driver} --entrypoint sh {} -c '{flood}'", image.trim());
        machine.user(&make).ok();
        machine.user("podman wait x; sleep 3").ok();
        for command in [
            "podman logs x",
            "pipglr --name x logs --plain --no-follow",
            "pipglr --name x logs --plain --no-follow --tail 1000",
        ] {
            let mut runs: Vec<_> = (0..3).map(|_| timed(&machine, &format!("{command} | wc -l"))).collect();
            runs.sort_by(|a, b| a.0.total_cmp(&b.0));
            println!("| {driver} | `{command}` | {:.2} s | {} |", runs[1].0, runs[1].1);
        }
        machine.user("podman rm -f x").ok();
    }
    // A quiet log: what following it costs.
    machine
        .user(&format!("podman run -d --name x --log-driver k8s-file --entrypoint sleep {} 1000", image.trim()))
        .ok();
    let cost = machine.user(
        "pipglr --name x logs --plain >/dev/null & P=$!; sleep 5; \
         look() { cut -d' ' -f14,15 /proc/$P/stat; cat /proc/$P/task/*/status | awk '/^voluntary/ {n += $2} END {print \"woken\", n}'; }; \
         look; sleep 60; look; grep VmRSS /proc/$P/status; kill -INT $P; wait $P; true",
    );
    println!(
        "\nfollowing a quiet log for 60 s (user and system time in ticks of 10 ms before and after):\n{}",
        cost.ok()
    );
}
