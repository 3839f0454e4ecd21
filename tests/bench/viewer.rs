//! How the log screen keeps up: keys while 100,000 lines a second come, the last of a million lines, memory after ten
//! million, a quiet log.
//! (`PIPGLR_BENCH_BINARY` names another build of the program.)
//!
//! The lines come through a FIFO, the program runs on a terminal of its own: what is measured is all of it, from the key
//! to the cells.

use crate::generate;
use crate::screen::Screen;
use std::fs::File;
use std::io::Write;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const RATE: u64 = 100_000;

/// The viewer on a FIFO.
struct Viewer {
    screen: Screen,
    pid: u32,
    _folder: tempfile::TempDir,
}

fn viewer(fill: impl FnOnce(File) + Send + 'static) -> Viewer {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("log");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let binary = std::env::var("PIPGLR_BENCH_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_pipglr").into());
    // pipglr does not run as root.
    let root = nix::unistd::geteuid().is_root();
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    mode(folder.path(), 0o755);
    mode(&fifo, 0o666);
    let mut command = Command::new(if root { "setpriv" } else { &binary });
    if root {
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", &binary]).env("HOME", folder.path());
    }
    command.arg("logs").arg("--from").arg(&fifo).env("TERM", "xterm-256color").env("LANG", "C.UTF-8");
    let screen = Screen::start(command, 24, 80);
    let pid = screen.pid();
    let to = fifo.clone();
    std::thread::spawn(move || fill(File::options().write(true).open(to).unwrap()));
    Viewer { screen, pid, _folder: folder }
}

/// So many records, made once.
fn records(lines: u64) -> Vec<Vec<u8>> {
    let mut all = vec![];
    generate::k8s_file(&mut all, lines).unwrap();
    let mut blocks: Vec<Vec<u8>> = vec![vec![]];
    for (n, line) in all.split_inclusive(|c| *c == b'\n').enumerate() {
        if n > 0 && n % 1_000 == 0 {
            blocks.push(vec![]);
        }
        blocks.last_mut().unwrap().extend_from_slice(line);
    }
    blocks
}

pub fn status(pid: u32, field: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    text.lines().find_map(|line| line.strip_prefix(field)?.trim().split(' ').next()?.parse().ok()).unwrap()
}

/// Seconds of processor time of the process, and how often its threads went to sleep.
fn spent(pid: u32) -> (f64, u64) {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = text.rsplit_once(") ").unwrap().1.split(' ').collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let sleeps = tasks.map(|task| {
        let text = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap();
        line.trim().parse::<u64>().unwrap()
    });
    (ticks as f64 / 100.0, sleeps.sum())
}

fn until(screen: &Screen, what: impl Fn(&str) -> bool, longest: Duration) -> Duration {
    let begun = Instant::now();
    while !what(&screen.contents()) {
        assert!(begun.elapsed() < longest, "{}", screen.contents());
        std::thread::sleep(Duration::from_micros(100));
    }
    begun.elapsed()
}

#[test]
#[ignore = "a bench"]
fn keys_while_lines_pour_in() {
    let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let (stopped, count) = (stop.clone(), sent.clone());
    let mut viewer = viewer(move |mut to| {
        let blocks = records(100_000);
        let begun = Instant::now();
        for block in blocks.iter().cycle() {
            if stopped.load(Ordering::SeqCst) || to.write_all(block).is_err() {
                return;
            }
            let n = count.fetch_add(1_000, Ordering::SeqCst) + 1_000;
            let due = Duration::from_secs_f64(n as f64 / RATE as f64);
            std::thread::sleep(due.saturating_sub(begun.elapsed()));
        }
    });
    until(&viewer.screen, |text| text.contains("older let go"), Duration::from_secs(30));
    let (from, begun, before) = (sent.load(Ordering::SeqCst), Instant::now(), spent(viewer.pid).0);
    let mut times: Vec<Duration> = vec![];
    for n in 0..500 {
        // Not in step with the frames.
        std::thread::sleep(Duration::from_micros(20_000 + n * 7_919 % 17_000));
        let (key, shows) = if n % 2 == 0 { ("/", true) } else { ("Esc", false) };
        viewer.screen.key(key);
        times.push(until(&viewer.screen, |text| text.contains(" search: ") == shows, Duration::from_secs(2)));
    }
    let seconds = begun.elapsed().as_secs_f64();
    let rate = (sent.load(Ordering::SeqCst) - from) as f64 / seconds;
    let used = (spent(viewer.pid).0 - before) / seconds;
    stop.store(true, Ordering::SeqCst);
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
    println!(
        "| key to cells at {rate:.0} lines/s | p50 {:.1} ms | p99 {:.1} ms | most {:.1} ms | {:.0} % of a core |",
        at(0.5),
        at(0.99),
        at(1.0),
        used * 100.0
    );
    println!("| resident then | {:.1} MB |", status(viewer.pid, "VmRSS:") as f64 * 1024.0 / 1e6);
    viewer.screen.key("q");
}

#[test]
#[ignore = "a bench"]
fn the_last_of_a_million_lines_on_the_screen() {
    let blocks = records(1_000_000);
    let begun = Instant::now();
    let mut viewer = viewer(move |mut to| blocks.iter().for_each(|block| to.write_all(block).unwrap()));
    until(&viewer.screen, |text| text.contains("800000 older let go"), Duration::from_secs(120));
    println!("| from launch to the last of 1,000,000 lines on the screen | {:.2} s |", begun.elapsed().as_secs_f64());
    viewer.screen.key("q");
}

#[test]
#[ignore = "a bench"]
fn memory_after_ten_million_lines_and_then_quiet() {
    let begun = Instant::now();
    let mut viewer = ten_million_lines();
    println!("| 10,000,000 lines on the screen | {:.1} s |", begun.elapsed().as_secs_f64());
    println!(
        "| resident then | {:.1} MB | at most {:.1} MB |",
        status(viewer.pid, "VmRSS:") as f64 * 1024.0 / 1e6,
        status(viewer.pid, "VmHWM:") as f64 * 1024.0 / 1e6
    );
    std::thread::sleep(Duration::from_secs(2));
    let before = spent(viewer.pid);
    std::thread::sleep(Duration::from_secs(60));
    let after = spent(viewer.pid);
    println!("| quiet for 60 s | {:.2} s of processor time | woken {} times |", after.0 - before.0, after.1 - before.1);
    viewer.screen.key("q");
}

/// The most that the viewer was resident with, in MiB, when it has seen ten million lines.
pub fn after_ten_million_lines() -> f64 {
    let mut viewer = ten_million_lines();
    let most = status(viewer.pid, "VmHWM:") as f64 / 1024.0;
    viewer.screen.key("q");
    most
}

fn ten_million_lines() -> Viewer {
    const LINES: u64 = 10_000_000;
    let viewer = viewer(move |mut to| {
        let blocks = records(100_000);
        for block in blocks.iter().cycle().take((LINES / 1_000) as usize) {
            to.write_all(block).unwrap();
        }
        std::thread::sleep(Duration::from_secs(90)); // open, and quiet
    });
    // Two console lines of ten are one message.
    let gone = LINES / 10 * 9 - 100_000;
    let near = |text: &str| {
        let behind = text.split(" older let go").next().unwrap_or_default();
        let count = behind.rsplit(' ').next().unwrap_or_default().parse::<u64>().unwrap_or(0);
        text.contains(" older let go") && count + 5_000 >= gone
    };
    until(&viewer.screen, near, Duration::from_secs(300));
    viewer
}
