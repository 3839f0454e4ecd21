//! Which IDs podman has: the maps of its user namespace.

use super::{failed, running_containers, unshared, version};
use crate::host::{Host, ask, subids};
use crate::problem::Result;
use std::path::Path;

/// Returns how many subordinate user and group IDs are in force: podman's pause process has the maps. Where there is
/// none, podman starts one, with the files' maps; its service does so before it answers (5.4.2), and whoever looks
/// needs that anyway.
///
/// # Errors
/// podman cannot be run, or does not say it while containers run.
pub fn ids_in_force(host: &dyn Host) -> Result<[u64; 2]> {
    let maps = maps_of_pause_process(host).or_else(|| {
        let _ = version(host); // what is wrong with podman is said below
        maps_of_pause_process(host)
    });
    if let Some(maps) = maps {
        return Ok(maps.map(|map| subids::mapped(&map)));
    }
    let cmd = unshared(&["cat", "/proc/self/uid_map", "/proc/self/gid_map"]);
    let done = ask(host, &cmd)?;
    let text = done.text();
    // Each map begins with the ID 0 inside.
    let second = text.lines().skip(1).position(|line| line.split_whitespace().next() == Some("0"));
    // No container runs without a map that works: then it is not the IDs that are missing, and no migration, which would
    // stop them all, brings them.
    if (!done.ok() || second.is_none()) && running_containers(host).is_ok_and(|names| !names.is_empty()) {
        return Err(failed(&cmd, done));
    }
    let users = second.map_or(usize::MAX, |at| at + 1);
    let part = |from, count| subids::mapped(&text.lines().skip(from).take(count).collect::<Vec<_>>().join("\n"));
    Ok([part(0, users), part(users, usize::MAX)])
}

/// The user's and the group's map of the pause process, read where podman has written its number down; `None` where that
/// is no such process (any more).
fn maps_of_pause_process(host: &dyn Host) -> Option<[String; 2]> {
    let text = |path: &Path| host.read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
    let number: u32 =
        text(&Path::new(&host.variable("XDG_RUNTIME_DIR")?).join("libpod/tmp/pause.pid"))?.parse().ok()?;
    let of = |file: &str| text(Path::new(&format!("/proc/{number}/{file}")));
    ["podman", "catatonit"].iter().any(|name| of("comm").is_some_and(|comm| comm.starts_with(name))).then_some(())?;
    Some([of("uid_map")?, of("gid_map")?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_host::Recorded;

    #[test]
    fn the_pause_process_is_read_and_another_of_its_number_is_not() {
        let host = |comm: &str| {
            let maps = "0 1000 1\n1 100000 65536\n65537 165536 3\n";
            let host = Recorded::debian().variable("XDG_RUNTIME_DIR", "/run/user/1000");
            let host = host.file("/run/user/1000/libpod/tmp/pause.pid", "7797").file("/proc/7797/comm", comm);
            host.file("/proc/7797/uid_map", maps).file("/proc/7797/gid_map", "0 1000 1\n1 100000 65536\n")
        };
        let read = |comm| maps_of_pause_process(&host(comm)).map(|maps| maps.map(|map| subids::mapped(&map)));
        assert_eq!(read("podman pause\n"), Some([65_539, 65_536]));
        assert!(read("catatonit\n").is_some());
        assert_eq!(read("bash\n"), None);
        assert_eq!(maps_of_pause_process(&host("podman").gone("/proc/7797/uid_map")), None);
        assert_eq!(maps_of_pause_process(&Recorded::debian()), None);
    }
}
