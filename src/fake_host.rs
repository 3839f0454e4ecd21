//! A host made of recorded text, for the tests of the probes: a Debian 13 with podman 5.4.2 and nothing of pipglr yet.

#[path = "../tests/support/base.rs"]
pub(crate) mod base;

use self::base::{Pretend, pretend_host, said};
use crate::host::{Cmd, Disk, Finished, Meta, Watch};
use crate::preflight::{Check, check_host};
use crate::problem::Result;
use crate::secret::Secret;
use crate::steps::Setup;
use crate::target::Target;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// `podman info` of the test host (trixie), shortened.
pub(crate) const INFO: &str = r#"{"host": {"cgroupVersion": "v2", "idMappings": {
  "gidmap": [{"container_id": 0, "host_id": 1000, "size": 1}, {"container_id": 1, "host_id": 100000, "size": 65536}],
  "uidmap": [{"container_id": 0, "host_id": 1000, "size": 1}, {"container_id": 1, "host_id": 100000, "size": 65536}]},
  "rootlessNetworkCmd": "pasta", "security": {"rootless": true, "selinuxEnabled": false}},
  "store": {"graphDriverName": "overlay", "graphOptions": {}, "graphRoot": "/home/johndoe/.local/share/containers/storage"}}"#;

const UNREADABLE: &str = "(not to be read)";

#[derive(Clone)]
pub(crate) struct Recorded {
    files: BTreeMap<PathBuf, String>,
    metas: BTreeMap<PathBuf, Meta>,
    variables: BTreeMap<String, String>,
    answers: BTreeMap<String, (i32, String)>,
    listening: Vec<SocketAddr>,
    disk: Disk,
    url: Option<String>,
    slow: Duration,
}

impl Recorded {
    pub(crate) fn debian() -> Self {
        let mut host = Self {
            files: BTreeMap::new(),
            metas: BTreeMap::new(),
            variables: BTreeMap::new(),
            answers: BTreeMap::new(),
            listening: vec![],
            disk: Disk { bytes: 100 << 30, free: 50 << 30, ..Disk::default() },
            url: None,
            slow: Duration::ZERO,
        };
        for (name, mode) in [
            ("podman", 0o100_755),
            ("newuidmap", 0o104_755),
            ("newgidmap", 0o104_755),
            ("loginctl", 0o100_755),
            ("pasta", 0o100_755),
            ("slirp4netns", 0o100_755),
        ] {
            host = host.program(&format!("/usr/bin/{name}"), mode);
        }
        host = host.program("/dev/fuse", 0o020_666).program("/dev/net/tun", 0o020_666);
        for (path, text) in [
            ("/etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n"),
            ("/etc/subuid", "johndoe:100000:65536\n"),
            ("/etc/subgid", "johndoe:100000:65536\n"),
            ("/etc/passwd", "root:x:0:0::/root:/bin/sh\njohndoe:x:1000:1000::/home/johndoe:/bin/bash\n"),
            ("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n"),
            ("/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers", "cpu memory pids\n"),
            ("/proc/sys/user/max_user_namespaces", "96365\n"),
            ("/proc/meminfo", "MemTotal:       24684084 kB\nMemFree: 1 kB\nMemAvailable:   20000000 kB\n"),
            ("/run/user/1000/bus", ""),
        ] {
            host = host.file(path, text);
        }
        let map = "0 1000 1\n1 100000 65536\n";
        host.folder("/run/user/1000", 1000)
            .variable("XDG_RUNTIME_DIR", "/run/user/1000")
            .says("podman --version", 0, "podman version 5.4.2")
            .says("podman info --format json", 0, INFO)
            .says("podman unshare cat /proc/self/uid_map /proc/self/gid_map", 0, &format!("{map}{map}"))
            .says("podman ps --format '{{.Names}}'", 0, "")
    }

    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.into(), text.into());
        self.metas.insert(path.into(), Meta { mode: 0o100_644, uid: 0 });
        self
    }

    pub(crate) fn program(mut self, path: &str, mode: u32) -> Self {
        self.metas.insert(path.into(), Meta { mode, uid: 0 });
        self
    }

    pub(crate) fn owned(mut self, path: &str, mode: u32, uid: u32) -> Self {
        self.metas.insert(path.into(), Meta { mode, uid });
        self
    }

    pub(crate) fn folder(mut self, path: &str, uid: u32) -> Self {
        self.metas.insert(path.into(), Meta { mode: 0o040_700, uid });
        self
    }

    pub(crate) fn gone(mut self, path: &str) -> Self {
        self.files.retain(|file, _| !file.starts_with(path));
        self.metas.retain(|file, _| !file.starts_with(path));
        self
    }

    pub(crate) fn unreadable(mut self, path: &str) -> Self {
        self.files.insert(path.into(), UNREADABLE.into());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.answers.retain(|cmd, _| cmd.split(' ').next() != Some(name));
        self.gone(&format!("/usr/bin/{name}"))
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    pub(crate) fn says(mut self, cmd: &str, code: i32, text: &str) -> Self {
        self.answers.insert(cmd.into(), (code, text.into()));
        self
    }

    pub(crate) fn listens(mut self, address: &str) -> Self {
        self.listening.push(address.parse().unwrap());
        self
    }

    pub(crate) fn free(mut self, bytes: u64) -> Self {
        self.disk.free = bytes;
        self
    }

    pub(crate) fn disk(mut self, disk: Disk) -> Self {
        self.disk = disk;
        self
    }

    pub(crate) fn url(mut self, url: &str) -> Self {
        self.url = Some(url.into());
        self
    }

    pub(crate) fn slow(mut self, time: Duration) -> Self {
        self.slow = time;
        self
    }

    pub(crate) fn setup(&self) -> Setup {
        let mut setup = Setup::new(Target::new(Arc::new(self.clone()), crate::names::IMAGE));
        setup.wants.answers.gitlab_url = self.url.clone();
        setup
    }

    pub(crate) fn checks(&self) -> Vec<Check> {
        check_host(&self.setup()).checks
    }

    #[track_caller]
    pub(crate) fn check(&self, id: &str) -> Check {
        let checks = self.checks();
        checks.iter().find(|check| check.id == id).cloned().unwrap_or_else(|| panic!("no {id} in {checks:#?}"))
    }
}

impl Pretend for Recorded {
    fn run(&self, cmd: &Cmd, input: Option<&Secret>, watch: &dyn Watch) -> Result<Finished> {
        let words = cmd.shell();
        std::thread::sleep(self.slow);
        if let Some((code, text)) = self.answers.get(&words) {
            return Ok(said(*code, text));
        }
        if cmd.program == "podman" && self.answers.contains_key("podman --version") && words.contains(" inspect ") {
            return Ok(said(125, "Error: no such thing"));
        }
        self.beneath().run(cmd, input, watch)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if self.files.get(path).is_some_and(|text| text == UNREADABLE) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.files.get(path).map(|text| text.clone().into_bytes()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(self.files.keys().filter(|path| path.parent() == Some(folder)).cloned().collect())
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn meta(&self, path: &Path) -> io::Result<Meta> {
        self.metas.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn disk(&self, path: &Path) -> io::Result<Disk> {
        if path == Path::new("/home/johndoe") { Ok(self.disk) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    fn connect(&self, address: SocketAddr, _time: Duration) -> io::Result<()> {
        if self.listening.contains(&address) { Ok(()) } else { Err(io::ErrorKind::ConnectionRefused.into()) }
    }

    fn now(&self) -> jiff::Timestamp {
        "2026-11-24T10:00:00Z".parse().unwrap()
    }
}
pretend_host!(Recorded);
