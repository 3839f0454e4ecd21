//! A terminal of a given size with a program on it: keys in, cells out.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};

pub const SECONDS: fn(u64) -> Duration = Duration::from_secs;

pub struct Screen {
    child: Child,
    master: File,
    /// Kept, so that the last screen can be read after the program's end.
    slave: OwnedFd,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    parser: vt100::Parser,
    raw: Vec<u8>,
    changed: Instant,
}

impl Screen {
    /// Starts a command with a new terminal as its standard streams.
    pub fn start(mut command: Command, rows: u16, columns: u16) -> Self {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None).unwrap();
        let end = || Stdio::from(pty.slave.try_clone().unwrap());
        command.stdin(end()).stdout(end()).stderr(end());
        let child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        drop(command); // it holds ends of the terminal
        let master = File::from(pty.master);
        let shared = Arc::new(Mutex::new(Shared {
            parser: vt100::Parser::new(cells(rows), cells(columns), 1000),
            raw: Vec::new(),
            changed: Instant::now(),
        }));
        let (mut reader, mut writer) = (master.try_clone().unwrap(), master.try_clone().unwrap());
        let sink = shared.clone();
        thread::spawn(move || {
            let mut buffer = [0; 16384];
            while let Ok(got @ 1..) = reader.read(&mut buffer) {
                let mut shared = sink.lock().unwrap_or_else(PoisonError::into_inner);
                shared.raw.extend_from_slice(&buffer[..got]);
                shared.parser.process(&buffer[..got]);
                shared.changed = Instant::now();
                // Where the cursor is, a terminal answers.
                if find(&buffer[..got], b"\x1b[6n") {
                    let (row, column) = shared.parser.screen().cursor_position();
                    let _ = write!(writer, "\x1b[{};{}R", row + 1, column + 1);
                }
            }
        });
        Self { child, master, slave: pty.slave, shared }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes, as a keyboard sends them.
    pub fn send(&mut self, text: &str) -> &mut Self {
        self.master.write_all(text.as_bytes()).unwrap();
        self
    }

    /// Enter, Esc, Tab, BackTab, Space, Backspace, Delete, Up, Down, Left, Right,
    /// Home, End, PageUp, PageDown, F1 to F12, Ctrl-X, Alt-X, or a character.
    /// Enter waits until it is heard, as a user does who reads first.
    pub fn key(&mut self, name: &str) -> &mut Self {
        if name == "Enter" {
            self.wait_until_enter_is_heard();
        }
        let function = |number: &str| {
            let codes = ["OP", "OQ", "OR", "OS", "[15~", "[17~", "[18~", "[19~", "[20~", "[21~", "[23~", "[24~"];
            let number: usize = number.parse().ok()?;
            Some(format!("\x1b{}", codes.get(number.checked_sub(1)?)?))
        };
        let code = match name {
            "Enter" => "\r".into(),
            "Esc" => "\x1b".into(),
            "Tab" => "\t".into(),
            "BackTab" => "\x1b[Z".into(),
            "Space" => " ".into(),
            "Backspace" => "\x7f".into(),
            "Delete" => "\x1b[3~".into(),
            "Up" => "\x1b[A".into(),
            "Down" => "\x1b[B".into(),
            "Right" => "\x1b[C".into(),
            "Left" => "\x1b[D".into(),
            "Home" => "\x1b[H".into(),
            "End" => "\x1b[F".into(),
            "PageUp" => "\x1b[5~".into(),
            "PageDown" => "\x1b[6~".into(),
            _ if name.chars().count() == 1 => name.to_string(),
            _ => match name.split_at(1).0 {
                "C" => control(name),
                "A" => format!("\x1b{}", name.trim_start_matches("Alt-")),
                "F" => function(&name[1..]).unwrap_or_else(|| panic!("no key {name}")),
                _ => panic!("no key {name}"),
            },
        };
        self.send(&code)
    }

    /// What runs has ended: the next page.
    pub fn next_step(&mut self) -> &mut Self {
        self.wait_for("Enter next step", SECONDS(60));
        self.key("Enter")
    }

    pub fn keys(&mut self, names: &[&str]) -> &mut Self {
        for name in names {
            self.key(name);
        }
        self
    }

    /// As a terminal pastes: in brackets where the program asked for them.
    pub fn paste(&mut self, text: &str) -> &mut Self {
        let bracketed = self.shared().parser.screen().bracketed_paste();
        if bracketed { self.send(&format!("\x1b[200~{text}\x1b[201~")) } else { self.send(text) }
    }

    /// The program's process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn contents(&self) -> String {
        self.shared().parser.screen().contents()
    }

    /// Everything that was ever sent to the terminal.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.shared().raw).into_owned()
    }

    /// The rows, with a frame around them.
    pub fn dump(&self) -> String {
        let shared = self.shared();
        let (_, columns) = shared.parser.screen().size();
        let bar = "-".repeat(usize::from(columns.get()));
        let rows: Vec<String> = shared
            .parser
            .screen()
            .rows(0, columns.get())
            .map(|row| format!("|{row:<width$}|", width = usize::from(columns.get())))
            .collect();
        format!("+{bar}+\n{}\n+{bar}+", rows.join("\n"))
    }

    pub fn shows(&self, text: &str) -> bool {
        self.contents().contains(text)
    }

    #[track_caller]
    pub fn wait_for(&self, text: &str, timeout: Duration) -> &Self {
        self.wait_until(&format!("{text:?}"), timeout, |s| s.contains(text))
    }

    #[track_caller]
    pub fn wait_gone(&self, text: &str, timeout: Duration) -> &Self {
        self.wait_until(&format!("no {text:?}"), timeout, |s| !s.contains(text))
    }

    #[track_caller]
    pub fn wait_until(&self, what: &str, timeout: Duration, test: impl Fn(&str) -> bool) -> &Self {
        let deadline = Instant::now() + timeout;
        while !test(&self.contents()) {
            assert!(Instant::now() < deadline, "waited {timeout:?} for {what}; the screen is\n{}", self.dump());
            thread::sleep(Duration::from_millis(20));
        }
        self
    }

    /// A frame comes from its top, and its last line says whether Enter is heard: so until it is whole, and says so.
    fn wait_until_enter_is_heard(&self) {
        let deadline = Instant::now() + SECONDS(5);
        let whole = || self.shared().changed.elapsed() >= Duration::from_millis(150);
        let deaf = || self.shows("Enter…") || self.shows("Enter...");
        while (!whole() || deaf()) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Until nothing was drawn for a while.
    pub fn settle(&self) -> &Self {
        let deadline = Instant::now() + SECONDS(10);
        while self.shared().changed.elapsed() < Duration::from_millis(200) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
        self
    }

    pub fn alternate(&self) -> bool {
        self.shared().parser.screen().alternate_screen()
    }

    pub fn cursor_hidden(&self) -> bool {
        self.shared().parser.screen().hide_cursor()
    }

    /// Row and column, from 0.
    pub fn cursor(&self) -> (u16, u16) {
        self.shared().parser.screen().cursor_position()
    }

    pub fn bracketed_paste(&self) -> bool {
        self.shared().parser.screen().bracketed_paste()
    }

    /// A cell's foreground and background.
    pub fn colours(&self, row: u16, column: u16) -> Option<(vt100::Color, vt100::Color)> {
        let shared = self.shared();
        let cell = shared.parser.screen().cell(row, column)?;
        Some((cell.fgcolor(), cell.bgcolor()))
    }

    /// The window is drawn larger or smaller.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.shared().parser.screen_mut().set_size(cells(rows), cells(columns));
        let stty = Command::new("stty")
            .args(["rows", &rows.to_string(), "cols", &columns.to_string()])
            .stdin(Stdio::from(self.slave.try_clone().unwrap()))
            .status();
        assert!(stty.unwrap().success());
    }

    /// The line settings of the terminal outside (the program inside has its
    /// own: `Machine::stty`).
    pub fn stty(&self) -> String {
        let output =
            Command::new("stty").arg("-a").stdin(Stdio::from(self.slave.try_clone().unwrap())).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub fn running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The exit code of the program.
    #[track_caller]
    pub fn wait_exit(&mut self, timeout: Duration) -> i32 {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                thread::sleep(Duration::from_millis(50)); // the last of what it wrote
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < deadline, "still running after {timeout:?}; the screen is\n{}", self.dump());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.running() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn control(name: &str) -> String {
    let letter = name.trim_start_matches("Ctrl-").bytes().next();
    let letter = letter.filter(|_| name.starts_with("Ctrl-"));
    let letter = letter.unwrap_or_else(|| panic!("no key {name}"));
    char::from(letter.to_ascii_uppercase() & 0x1f).to_string()
}

fn cells(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).expect("a terminal has rows and columns")
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}
