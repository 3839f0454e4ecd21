//! The pretend machine: a Debian on which nothing of pipglr is yet, whose range of subordinate IDs is three too short, and
//! whose first pull of the image meets a network that does not answer. All of it is in memory.

use super::container::Container;
use super::podman;
use crate::host::{Cmd, Disk, Finished, Meta, User};
use crate::secret::Secret;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where podman keeps everything.
pub(super) const GRAPH: &str = "/home/johndoe/.local/share/containers/storage";

/// Files of it, and what is in them.
const FILES: [(&str, &str); 10] = [
    ("/etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n"),
    ("/etc/subuid", "johndoe:100000:65536\njane:231072:65536\n"),
    ("/etc/subgid", "johndoe:100000:65536\njane:231072:65536\n"),
    ("/etc/passwd", "root:x:0:0::/root:/bin/sh\njohndoe:x:1000:1000::/home/johndoe:/bin/bash\n"),
    ("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n"),
    ("/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers", "cpu memory pids\n"),
    ("/proc/sys/user/max_user_namespaces", "96365\n"),
    ("/proc/meminfo", "MemTotal:       24684084 kB\nMemAvailable:   20000000 kB\n"),
    ("/run/user/1000/bus", ""),
    ("/etc/ssl/certs/ca-certificates.crt", ""),
];
/// Its programs and devices, with their modes.
const PROGRAMS: [(&str, u32); 8] = [
    ("/usr/bin/podman", 0o100_755),
    ("/usr/bin/newuidmap", 0o104_755),
    ("/usr/bin/newgidmap", 0o104_755),
    ("/usr/bin/loginctl", 0o100_755),
    ("/usr/bin/curl", 0o100_755),
    ("/usr/bin/pasta", 0o100_755),
    ("/dev/fuse", 0o020_666),
    ("/dev/net/tun", 0o020_666),
];

/// What systemd says of the unit that starts the container at boot.
const UNIT: &str = "Id=pipglr.service\nLoadState=loaded\nActiveState=inactive\nWantedBy=default.target\n\
    FragmentPath=/home/johndoe/.config/systemd/user/pipglr.service\n\
    ExecStart={ path=/usr/bin/podman ; argv[]=/usr/bin/podman start pipglr ; ignore_errors=no ; }\n";

/// All that is on it.
#[derive(Debug)]
pub(super) struct Machine {
    /// Files, by their paths.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// podman's secrets: ID and content.
    pub secrets: BTreeMap<String, (u32, Vec<u8>)>,
    /// podman's volumes: their owners.
    pub volumes: BTreeMap<String, (u64, u64)>,
    /// podman's containers.
    pub containers: BTreeMap<String, Container>,
    /// Whether the image is there.
    pub image: bool,
    /// How often it was pulled.
    pub pulls: u32,
    /// How many subordinate IDs podman has: those of the files at the last migration.
    pub in_force: u64,
    /// Since when the runner is paused.
    pub paused: Option<Timestamp>,
    /// Whether podman starts containers at boot.
    pub boot: bool,
    /// What podman tells of the container.
    pub events: Vec<&'static str>,
    /// The last number that was given to something.
    pub number: u32,
}

/// Who is asking there.
pub(super) fn johndoe() -> User {
    User {
        name: "johndoe".into(),
        uid: 1000,
        home: "/home/johndoe".into(),
        hostname: "demo".into(),
        state: "/home/johndoe/.local/state/pipglr".into(),
    }
}

/// Returns how a command ended that said this: on standard output, where it did not fail.
pub(super) fn said(code: i32, text: &str) -> Finished {
    let lines = text.lines().map(str::to_owned).collect();
    Finished { code, stdout: if code == 0 { text.into() } else { vec![] }, lines }
}

impl Machine {
    /// Returns the machine as it is at first.
    pub(super) fn fresh() -> Self {
        Self {
            files: FILES.into_iter().map(|(path, text)| (path.into(), text.into())).collect(),
            secrets: BTreeMap::new(),
            volumes: BTreeMap::new(),
            containers: BTreeMap::new(),
            image: false,
            pulls: 0,
            in_force: 65_536,
            paused: None,
            boot: false,
            events: vec![],
            number: 0,
        }
    }

    /// What the kernel says of a file.
    pub(super) fn meta(&self, path: &Path) -> Option<Meta> {
        let program = PROGRAMS.iter().find(|(name, _)| Path::new(name) == path);
        match program {
            Some((_, mode)) => Some(Meta { mode: *mode, uid: 0 }),
            None if path == Path::new("/run/user/1000") => Some(Meta { mode: 0o040_700, uid: 1000 }),
            None => self.files.contains_key(path).then_some(Meta { mode: 0o100_644, uid: 0 }),
        }
    }

    /// How much room there is.
    pub(super) fn disk(path: &Path) -> Option<Disk> {
        let disk =
            Disk { bytes: 100 << 30, free: 62 << 30, inodes: 6_500_000, inodes_free: 6_100_000, in_memory: false };
        match path.to_str()? {
            "/home/johndoe" => Some(disk),
            "/run/user/1000" => Some(Disk { bytes: 2 << 30, free: 2040 << 20, in_memory: true, ..disk }),
            _ => None,
        }
    }

    /// Runs a command.
    pub(super) fn run(&mut self, cmd: &Cmd, input: Option<&Secret>, now: Timestamp) -> Finished {
        let args: Vec<&str> = cmd.args.iter().map(String::as_str).collect();
        match (cmd.program.as_str(), args.as_slice()) {
            ("sudo", ["-n", "true"]) => said(0, ""),
            ("loginctl", ["enable-linger", name]) => {
                self.files.insert(format!("/var/lib/systemd/linger/{name}").into(), vec![]);
                said(0, "")
            }
            ("usermod", [option, range, name]) => {
                let file = if *option == "--add-subuids" { "/etc/subuid" } else { "/etc/subgid" };
                let ends = range.split_once('-').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
                let Some((from, to)): Option<(u64, u64)> = ends else { return said(2, "usermod: invalid range") };
                let line = format!("{name}:{from}:{}\n", to + 1 - from);
                self.files.entry(file.into()).or_default().extend_from_slice(line.as_bytes());
                said(0, "")
            }
            ("systemctl", ["--user", "is-enabled", _]) => {
                if self.boot {
                    said(0, "enabled")
                } else {
                    said(1, "disabled")
                }
            }
            ("systemctl", ["--user", verb @ ("enable" | "disable"), ..]) => {
                self.boot = *verb == "enable";
                said(0, "")
            }
            ("systemctl", ["--user", "show", ..]) if self.boot => said(0, UNIT),
            ("systemctl", ["show" | "--user", ..]) | ("systemd-analyze", _) => said(0, ""),
            ("curl", _) => {
                let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT");
                said(0, &format!("HTTP/2 302 \r\ndate: {date}\r\nserver: nginx\r\n"))
            }
            ("podman", rest) => podman::run(self, rest, cmd, input, now),
            _ => said(127, &format!("`{}` is not on the demo's machine", cmd.program)),
        }
    }

    /// How many subordinate IDs the files give.
    pub(super) fn subids(&self) -> u64 {
        let text = self.files.get(Path::new("/etc/subuid")).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let mine = |line: &str| line.strip_prefix("johndoe:")?.rsplit(':').next()?.parse::<u64>().ok();
        text.unwrap_or_default().lines().filter_map(mine).sum()
    }

    /// Returns a number that nothing has yet.
    pub(super) fn next(&mut self) -> u32 {
        self.number += 1;
        self.number
    }
}
