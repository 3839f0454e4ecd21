//! How much room there is where podman, the container and the jobs write: a full disk breaks all that stands on it, also
//! podman, so that what it says of itself may be wrong or nothing.

use super::advice::Advice;
use super::{Status, StatusRung};
use crate::host::podman::Volume;
use crate::host::{Disk, Host};
use crate::names;
use crate::problem::{Kind, Problem, Result};
use crate::symptoms::Remedy;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The rung's name.
pub const ROOM: &str = "room";
/// Less free than this, in bytes, and podman cannot save what it changes: `podman exec` and `podman stop` fail ("database
/// or disk is full", seen on 5.4.2 with 8 kB left).
const NOTHING: u64 = 16 << 20;

/// A file system that something of pipglr's writes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatusDisk {
    /// `host`, or `container`: as it is seen there.
    pub place: &'static str,
    /// A folder on it.
    pub path: String,
    /// Bytes there are, used and free.
    pub bytes: u64,
    /// Bytes free.
    pub free: u64,
    /// Inodes there are; 0 where the file system does not count them.
    pub inodes: u64,
    /// Inodes free.
    pub inodes_free: u64,
    /// It lies in memory (tmpfs).
    pub in_memory: bool,
    /// There is too little: less than 1 GiB, or 95 % used and less than 10 GiB; in memory, and of inodes, 95 % used.
    pub short: bool,
}

impl StatusDisk {
    pub(crate) fn new(place: &'static str, path: String, disk: Disk) -> Self {
        let Disk { bytes, free, inodes, inodes_free, in_memory } = disk;
        Self { place, path, bytes, free, inodes, inodes_free, in_memory, short: disk.is_short() }
    }

    fn disk(&self) -> Disk {
        let Self { bytes, free, inodes, inodes_free, in_memory, .. } = *self;
        Disk { bytes, free, inodes, inodes_free, in_memory }
    }

    /// Returns what is said of it: how much is free, and where.
    pub fn words(&self) -> String {
        let place = if self.place == "container" { " in the container" } else { "" };
        format!("{} at {}{place}", self.disk().words(), self.path)
    }
}

/// Returns the host's own: of podman's storage, the volumes where those lie elsewhere, and this user's runtime folder.
pub(super) fn of_host(host: &dyn Host, volumes: &[Option<Volume>]) -> Vec<StatusDisk> {
    let mountpoints: Vec<&Path> = volumes.iter().flatten().map(|volume| Path::new(&volume.mountpoint)).collect();
    // STORAGE/volumes/NAME/_data, unless podman was told otherwise.
    let storage =
        mountpoints.first().and_then(|path| path.ancestors().nth(3)).map_or_else(|| usual(host), Path::to_owned);
    let runtime = host
        .variable("XDG_RUNTIME_DIR")
        .map_or_else(|| PathBuf::from(format!("/run/user/{}", host.user().uid)), PathBuf::from);
    let mut found = vec![];
    for path in [&*storage, &*runtime].into_iter().chain(mountpoints) {
        // The folder of a volume belongs to the container's users: one above it is asked where it lets nobody in.
        let disk = path.ancestors().find_map(|folder| Some((folder, host.disk(folder).ok()?)));
        if let Some((folder, disk)) = disk {
            add(&mut found, StatusDisk::new("host", folder.display().to_string(), disk));
        }
    }
    found
}

/// Where podman keeps what it has, unless it was told otherwise.
fn usual(host: &dyn Host) -> PathBuf {
    host.user().home.join(".local/share/containers/storage")
}

/// Adds one that tells something new: with the same figures it is the same, or tells no more.
fn add(found: &mut Vec<StatusDisk>, disk: StatusDisk) {
    let same = |known: &StatusDisk| {
        let near = known.free.abs_diff(disk.free) <= disk.bytes / 100;
        near && (known.bytes, known.inodes, known.in_memory) == (disk.bytes, disk.inodes, disk.in_memory)
    };
    if !found.iter().any(same) {
        found.push(disk);
    }
}

impl Status {
    /// Takes how much room there is, on the host and as the container sees it; the rung is the lowest.
    pub(crate) fn room(&mut self, host: Vec<StatusDisk>, container: Vec<(String, Disk)>) {
        self.disks = host;
        for (path, disk) in container {
            add(&mut self.disks, StatusDisk::new("container", path, disk));
        }
        let Some(first) = self.short().or(self.disks.first()) else { return };
        // Which disk it is is of interest where it is short of room.
        let detail = if first.short { first.words() } else { first.disk().words() };
        let rung = StatusRung { id: ROOM.into(), ok: Some(!first.short), detail, ..StatusRung::default() };
        self.rungs.insert(0, rung);
    }

    /// Returns the first file system with too little room.
    pub fn short(&self) -> Option<&StatusDisk> {
        self.disks.iter().find(|disk| disk.short)
    }
}

/// What can be said where podman cannot be asked: how much room there is, where that may be why.
///
/// # Errors
/// The problem, where there is room.
pub(super) fn instead(host: &dyn Host, name: &str, problem: Problem) -> Result<Status> {
    let mut status = Status::default();
    status.room(of_host(host, &[]), vec![]);
    if problem.kind != Kind::Failed || status.short().is_none() {
        return Err(problem);
    }
    status.container.state = "unknown".into();
    status.said(&problem.said);
    status.advise(name);
    Ok(status)
}

/// What to do where there is too little room. `name` is the container's.
pub(super) fn advice(status: &Status, name: &str) -> Option<Advice> {
    let disk = status.short()?;
    let (remedy, cause, fix) = match (disk.place, disk.in_memory, &*disk.path) {
        ("container", _, path @ ("/run" | "/tmp")) => (
            Remedy::Restart,
            format!("{path} in the container is nearly full: a tmpfs, in memory. The nested podman starts no job then."),
            format!(
                "`{}` empties it; where it fills again, fewer jobs at once, or a larger one (`--tmpfs {path}:size=…`).",
                names::typed("restart", name)
            ),
        ),
        ("host", true, path) if path.starts_with("/run/user/") => (
            Remedy::Host,
            format!("{path} is nearly full: a tmpfs, in memory, where podman keeps what it knows of running containers."),
            format!(
                "`du -ah {path} | sort -h | tail` shows what takes it: remove what is yours and not needed, or have \
                 `RuntimeDirectorySize=` in /etc/systemd/logind.conf raised."
            ),
        ),
        _ if status.container.state == "unknown" => (
            Remedy::NewVolumes,
            format!("The disk with {} is full, and podman works no more on it.", disk.path),
            format!(
                "Remove any other file of that disk, some MB, then `pipglr status` again. Where there is none, this \
                 removes the jobs' images and caches without podman: `{}`; then `pipglr setup --recreate-volumes`.",
                without_podman(&disk.path, name)
            ),
        ),
        (_, _, path) if disk.free < NOTHING => (
            Remedy::NewVolumes,
            format!("The disk with {path} is full: jobs fail, and podman itself cannot save what it changes."),
            "Remove other files of that disk, some MB. Where there are none, `pipglr setup --recreate-volumes` works all \
             the same: it empties the volumes first; the jobs' images and caches are lost."
                .to_owned(),
        ),
        (_, _, path) => (
            Remedy::NewVolumes,
            format!("The disk with {path} is nearly full: when it is, jobs fail and podman cannot stop a container."),
            format!(
                "`{}` says what takes it; `{}` removes the images and caches that were used longest ago, as far as no job \
                 uses them. Where that is not enough, `pipglr setup --recreate-volumes` creates the volumes again, empty.",
                names::typed("volumes show", name),
                names::typed("volumes prune", name)
            ),
        ),
    };
    Some(Advice { remedy, cause, fix })
}

/// A command that empties the storage of jobs where podman cannot even read its own (seen on 5.4.2 with no byte free and a
/// new runtime folder): in the user namespace that podman's pause process keeps.
fn without_podman(storage: &str, name: &str) -> String {
    format!(
        "nsenter -t $(cat $XDG_RUNTIME_DIR/libpod/tmp/pause.pid) -U -m find {storage}/volumes/{}/_data -mindepth 1 -delete",
        names::Names::of(name).storage
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn status(free: u64, place: &'static str, path: &str, in_memory: bool) -> Status {
        let disk = Disk { bytes: 100 * GIB, free, inodes: 10, inodes_free: 5, in_memory };
        let mut status = Status::default();
        status.room(vec![StatusDisk::new(place, path.into(), disk)], vec![]);
        status
    }

    #[test]
    fn the_advice_is_that_of_the_place_and_works_where_nothing_is_left() {
        for (status, says) in [
            (status(2 * GIB, "host", "/home/x/s", false), "`pipglr volumes prune --name box`"),
            (status(8192, "host", "/home/x/s", false), "works all the same"),
            (status(0, "container", "/run", true), "`pipglr restart --name box` empties"),
            (status(0, "container", "/cache", false), "works all the same"),
            (status(0, "host", "/run/user/1000", true), "du -ah /run/user/1000"),
        ] {
            let fix = advice(&status, "box").unwrap().fix;
            assert!(fix.contains(says), "{fix}");
            assert_eq!((&*status.rungs[0].id, status.rungs[0].ok), (ROOM, Some(false)));
        }
        assert_eq!(advice(&status(50 * GIB, "host", "/", false), "box"), None);
    }

    #[test]
    fn one_file_system_is_named_once() {
        let disk = |free| Disk { bytes: 100 * GIB, free, inodes: 10, inodes_free: 5, in_memory: false };
        let mut status = Status::default();
        let host = vec![StatusDisk::new("host", "/s".into(), disk(50 * GIB))];
        status.room(host, vec![("/cache".into(), disk(50 * GIB + 4096)), ("/tmp".into(), disk(0))]);
        assert_eq!(status.disks.iter().map(|disk| &*disk.path).collect::<Vec<_>>(), ["/s", "/tmp"]);
        assert_eq!(status.short().unwrap().words(), "0 B free of 107.4 GB (100 % used) at /tmp in the container");
    }
}
