//! Where images and volumes live: how, and how much room there is.

use super::packages::{self, Thing};
use super::{Check, Context};
use crate::text::size::human;
use std::path::PathBuf;

/// What the image took, built on Debian 13 with overlay (357 MB), rounded up.
const IMAGE: u64 = 360_000_000;
/// What a few jobs' images and caches take at least, beside it.
const JOBS: u64 = 1_000_000_000;

/// overlay, fuse-overlayfs or vfs.
pub(super) fn driver(context: &Context) -> Vec<Check> {
    let Ok(info) = context.info() else { return vec![] };
    let why = "Images are kept in layers that share what they have in common.";
    let driver = info["store"]["graphDriverName"].as_str().unwrap_or_default();
    let fuse =
        info["store"]["graphOptions"].as_object().is_some_and(|options| options.contains_key("overlay.mount_program"));
    let check = |found: &str| Check::ok("storage_driver", found, "overlay", why);
    vec![match driver {
        "overlay" if fuse => check("overlay, by fuse-overlayfs: slower than the kernel's own"),
        "vfs" => {
            let check = check("vfs: every layer is a full copy, so images take several times the room and the time");
            let conf = "To change it while there is nothing to lose: `podman system reset`, then in ~/.config/containers/storage.conf `[storage]` and `driver = \"overlay\"`.";
            match packages::install(&context.read("/etc/os-release"), Thing::FuseOverlay) {
                Some(actions) if context.program("fuse-overlayfs").is_none() => {
                    let check = check.fixed_by(actions);
                    Check { status: super::Status::Warning, why: format!("{} {conf}", check.why), ..check }
                }
                _ => check.warning(conf),
            }
        }
        other => check(other),
    }]
}

/// Free room on the file system of the volumes. `podman info` counts what is reserved for root as free; statvfs does not.
pub(super) fn disk(context: &Context) -> Vec<Check> {
    let host = context.host();
    let from_podman =
        context.info().as_ref().ok().and_then(|info| info["store"]["graphRoot"].as_str().map(PathBuf::from));
    let wanted = from_podman.unwrap_or_else(|| host.user().home.join(".local/share/containers"));
    let why = "The image, the jobs' images and their caches live there.";
    // What is not there yet will be made where the nearest folder above it is.
    let Some((folder, disk)) = wanted.ancestors().find_map(|folder| Some((folder, host.disk(folder).ok()?))) else {
        return vec![];
    };
    let free = disk.free;
    let here = context.image().is_some();
    let vfs = context.info().as_ref().is_ok_and(|info| info["store"]["graphDriverName"] == "vfs");
    // A build or pull holds the image twice for a moment; vfs holds each of its four layers whole.
    let image = if here { 0 } else { IMAGE * if vfs { 4 } else { 2 } };
    let needed = image + JOBS;
    let check =
        Check::ok("disk", format!("{} at {}", disk.words(), folder.display()), &format!("≥ {}", human(needed)), why);
    let how = "Free some room: `podman system prune --all` removes images and containers that nothing uses. Or give podman's storage another disk (`graphroot` in ~/.config/containers/storage.conf).";
    vec![if free < image {
        check.blocked(how)
    } else if free < needed || disk.is_short() {
        check.warning(how)
    } else {
        check
    }]
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use crate::fake_host::{INFO, Recorded};
    use crate::host::Disk;

    #[test]
    fn drivers_and_their_cost() {
        let driver =
            |info: String| Recorded::debian().says("podman info --format json", 0, &info).check("storage_driver");
        assert_eq!(driver(INFO.to_owned()).found, "overlay");
        assert!(
            driver(INFO.replace("\"graphOptions\": {}", "\"graphOptions\": {\"overlay.mount_program\": {}}"))
                .found
                .contains("fuse-overlayfs")
        );
        let vfs = driver(INFO.replace("\"overlay\"", "\"vfs\""));
        assert_eq!(vfs.status, Status::Warning);
        assert!(vfs.found.contains("full copy") && vfs.why.contains("storage.conf"), "{vfs:?}");
    }

    #[test]
    fn room_for_the_image_and_for_jobs() {
        let with = |free: u64| Recorded::debian().free(free).check("disk");
        assert_eq!(with(10 << 30).status, Status::Ok);
        assert_eq!(with(1 << 30).status, Status::Warning);
        assert_eq!(with(100 << 20).status, Status::Blocked);
        let disk = Disk { bytes: 20 << 30, free: 1500 << 20, ..Disk::default() };
        let host = Recorded::debian().disk(disk).says(
            "podman image inspect registry.gitlab.com/qontainers/pipglr:latest",
            0,
            "[{\"Id\":\"x\"}]",
        );
        assert_eq!(host.check("disk").status, Status::Ok, "the image is here already");
        let few = Disk { bytes: 100 << 30, free: 50 << 30, inodes: 1000, inodes_free: 10, in_memory: false };
        let check = Recorded::debian().disk(few).check("disk");
        assert_eq!(check.status, Status::Warning);
        assert!(check.found.contains("10 of 1000 inodes free"), "{check:?}");
    }
}
