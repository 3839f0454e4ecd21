//! `pipglr demo` on a terminal, as a stranger drives it: keys in, cells out, and nothing is left of it.

use crate::screen::{SECONDS, Screen};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Where nothing may be written: a home and a folder to start in.
struct Nowhere(tempfile::TempDir);

impl Nowhere {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("state")).unwrap();
        Self(folder)
    }

    /// The demo, at twenty times its speed, where no program can be found.
    fn demo(&self, rows: u16, columns: u16) -> Screen {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pipglr"));
        command.args(["demo", "--speed", "20"]).env_clear().current_dir(self.0.path());
        command.env("TERM", "xterm-256color").env("LANG", "C.UTF-8").env("PATH", "/nonexistent");
        command.env("HOME", self.0.path()).env("XDG_STATE_HOME", self.0.path().join("state"));
        Screen::start(command, rows, columns)
    }

    fn files(&self) -> Vec<PathBuf> {
        let of =
            |folder: &Path| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
        of(self.0.path())
            .into_iter()
            .chain(of(&self.0.path().join("state")))
            .filter(|path| path.file_name().unwrap() != "state")
            .collect()
    }
}

/// Looks for children of a process, of all its threads, and for sockets of a network, all the while.
fn watch(pid: u32) -> (Arc<AtomicBool>, std::thread::JoinHandle<Vec<String>>) {
    let stop = Arc::new(AtomicBool::new(false));
    let ends = stop.clone();
    let thread = std::thread::spawn(move || {
        let mut seen = vec![];
        while !ends.load(Ordering::SeqCst) {
            for task in std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
                let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
                seen.extend((!children.is_empty()).then(|| format!("child {children}")));
            }
            // Its own end of the terminal, and what wakes its loop, are no network.
            let own: Vec<String> = std::fs::read_dir(format!("/proc/{pid}/fd"))
                .into_iter()
                .flatten()
                .flatten()
                .filter_map(|fd| {
                    std::fs::read_link(fd.path())
                        .ok()?
                        .to_str()?
                        .strip_prefix("socket:[")?
                        .strip_suffix(']')
                        .map(str::to_owned)
                })
                .collect();
            for table in ["tcp", "tcp6", "udp", "udp6"] {
                let text = std::fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
                let inodes = text.lines().filter_map(|line| line.split_whitespace().nth(9).map(str::to_owned));
                seen.extend(inodes.filter(|inode| own.contains(inode)).map(|inode| format!("{table} {inode}")));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        seen
    });
    (stop, thread)
}

/// Waits for a page, and goes on from it.
trait Sees {
    fn sees(&mut self, what: &str) -> &mut Self;
}

impl Sees for Screen {
    fn sees(&mut self, what: &str) -> &mut Self {
        self.wait_for(what, SECONDS(30));
        self
    }
}

/// From the first page to home: a pull fails, and is tried again.
fn set_up(screen: &mut Screen) {
    screen.sees("Enter begin").key("Enter");
    screen.sees("Enter fix it").key("Enter"); // Persistent
    screen.next_step().sees("usermod").key("Enter"); // ID ranges
    screen.next_step().sees("Enter pull it").key("Enter"); // Image
    screen.sees("cannot be reached from here").key("Enter");
    screen.next_step().sees("Enter register").key("Enter");
    screen.next_step().sees("Enter store it").key("Enter"); // Configuration
    screen.next_step().sees("Enter make them").key("Enter");
    screen.next_step().sees("Enter start it").key("Enter"); // Startup
    screen.sees("The runner is up.").sees("first poll seen").key("Enter");
    screen.sees("e edit").sees("Jobs: ");
}

#[test]
fn the_whole_of_it_is_seen_in_the_demo_and_nothing_is_left_of_it() {
    let nowhere = Nowhere::new();
    let mut screen = nowhere.demo(30, 100);
    let (stop, watched) = watch(screen.pid());
    set_up(&mut screen);
    screen.sees("acme/website");
    screen.key("l").sees("following").sees("OOM killer").key("Esc");
    // The doctor knows why, and the editor cures it.
    screen.sees("e edit").key("d").sees("podman-oom").key("Esc").sees("e edit").key("e");
    screen.sees("concurrent = 4").keys(&["End", "Backspace"]).send("2");
    screen.sees("concurrent = 2").key("Ctrl-S");
    screen.sees("+ concurrent = 2").key("Enter");
    // Where gitlab-runner was down at that moment the container was recreated, and the ladder is climbed.
    screen.wait_until("the change's end", SECONDS(30), |text| {
        text.contains("jobs at once") || text.contains("What to do next")
    });
    if screen.shows("What to do next") {
        screen.key("Enter");
    }
    screen.sees("jobs at once").sees("Jobs: ");
    screen.wait_until("two jobs at once", SECONDS(20), |text| text.contains(" of 2"));
    assert_eq!(nowhere.files(), Vec::<PathBuf>::new());
    // A log that is saved is written nowhere, and that is said.
    screen.key("l").sees("following").key("S").sees("Enter").key("Enter");
    screen.sees("which writes nothing").keys(&["Esc", "Esc"]);
    screen.key("q");
    assert_eq!(screen.wait_exit(SECONDS(10)), 0);
    stop.store(true, Ordering::SeqCst);
    assert_eq!(watched.join().unwrap(), Vec::<String>::new());
    assert_eq!(nowhere.files(), Vec::<PathBuf>::new());
}

/// Each page says that it is pretend, at any size that has room for a header.
#[test]
fn every_page_of_the_demo_says_that_it_is_one() {
    for (rows, columns) in [(24, 80), (60, 200), (12, 40)] {
        let mut screen = Nowhere::new().demo(rows, columns);
        screen.sees("Enter begin");
        let check = |screen: &Screen| {
            assert!(screen.contents().lines().next().unwrap_or_default().contains("DEMO"), "{}", screen.dump());
        };
        check(&screen);
        for (key, shows) in [("Enter", "Enter fix it"), ("?", ""), ("Esc", "Enter fix it"), ("c", "Esc back")] {
            screen.key(key).sees(shows).settle();
            check(&screen);
        }
    }
}

/// What the demo shows first does not wait for anything.
#[test]
fn the_first_frame_of_the_demo_comes_at_once() {
    let quickest = (0..5).map(|_| {
        let begun = Instant::now();
        let screen = Nowhere::new().demo(24, 80);
        while !screen.shows("DEMO") {
            assert!(begun.elapsed() < SECONDS(20), "{}", screen.dump());
            std::thread::sleep(Duration::from_micros(200));
        }
        begun.elapsed()
    });
    let quickest = quickest.min().unwrap();
    println!("the demo's first frame: {quickest:?}");
    assert!(quickest < Duration::from_millis(500), "{quickest:?}: a debug build on a busy machine takes less");
}

#[test]
fn plain_lines_are_refused_with_what_there_is_instead() {
    let told = Command::new(env!("CARGO_BIN_EXE_pipglr")).args(["demo", "--plain"]).output().unwrap();
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(told.status.code(), Some(2), "{said}");
    assert!(said.contains("no plain lines") && said.contains("--dry-run"), "{said}");
}
