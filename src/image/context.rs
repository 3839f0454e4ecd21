//! The build context, carried inside the program so that `pipglr image build` needs nothing else.

/// A file's place in the context and its content.
pub type File = (&'static str, &'static [u8]);

macro_rules! context {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../", $path)))),*]
    };
}

/// All files of the context. No mode is kept: the Containerfile sets those that matter.
pub const FILES: &[File] = context![
    ".containerignore",
    "Containerfile",
    "assets/image/bin/gitlab-runner",
    "assets/image/carry-tokens",
    "assets/image/cgroups/containers.conf",
    "assets/image/cgroups/divide",
    "assets/image/cgroups/enable",
    "assets/image/cgroups/service.conf",
    "assets/image/etc/containers/containers.conf",
    "assets/image/etc/pipglr/register-template.toml",
    "assets/image/etc/subgid",
    "assets/image/etc/subuid",
    "assets/image/etc/systemd/journald.conf.d/pipglr.conf",
    "assets/image/etc/systemd/system.conf.d/pipglr.conf",
    "assets/image/etc/systemd/system/halt.target.d/jobs.conf",
    "assets/image/etc/systemd/system/pipglr.target",
    "assets/image/etc/systemd/system/podman-jobs.service",
    "assets/image/etc/systemd/system/podman-jobs.service.d/box.conf",
    "assets/image/etc/systemd/system/podman-jobs.service.d/quiet.conf",
    "assets/image/etc/systemd/system/podman-jobs.socket",
    "assets/image/etc/systemd/system/podman.service",
    "assets/image/etc/systemd/system/podman.service.d/box.conf",
    "assets/image/etc/systemd/system/podman.service.d/own-volumes.conf",
    "assets/image/etc/systemd/system/podman.service.d/quiet.conf",
    "assets/image/etc/systemd/system/podman.service.d/trust.conf",
    "assets/image/etc/systemd/system/podman.socket",
    "assets/image/etc/systemd/system/poweroff.target.d/jobs.conf",
    "assets/image/etc/systemd/system/prune.service",
    "assets/image/etc/systemd/system/prune.service.d/volumes.conf",
    "assets/image/etc/systemd/system/prune.timer",
    "assets/image/etc/systemd/system/runner.service",
    "assets/image/etc/systemd/system/runner.service.d/box.conf",
    "assets/image/etc/systemd/system/runner.service.d/flood.conf",
    "assets/image/etc/systemd/system/runner.service.d/pause.conf",
    "assets/image/etc/systemd/system/runner.service.d/trust.conf",
    "assets/image/etc/systemd/system/service.d/proxy.conf",
    "assets/image/fetch-runner",
    "assets/image/install",
    "assets/image/keep-network",
    "assets/image/netavark",
    "assets/image/own-volumes",
    "assets/image/polls",
    "assets/image/processes",
    "assets/image/prune-volumes",
    "assets/image/revive",
    "assets/image/runner",
    "assets/image/stop-on-sigterm",
    "assets/image/subids",
    "assets/image/subids.c",
    "assets/image/touch-network",
    "assets/image/trust",
];

/// Where a gitlab-runner binary goes that is not to be downloaded.
pub const RUNNER: &str = "assets/image/gitlab-runner";

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// What is below assets/image and not listed here would be missing from an image built by the program.
    #[test]
    fn every_file_of_the_image_is_carried() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = vec![".containerignore".to_owned(), "Containerfile".to_owned()];
        let mut folders = vec![root.join("assets/image")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                if path.is_dir() {
                    folders.push(path);
                } else if name != RUNNER {
                    found.push(name);
                }
            }
        }
        let mut carried: Vec<_> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        found.sort();
        carried.sort();
        assert_eq!(carried, found);
    }
}
