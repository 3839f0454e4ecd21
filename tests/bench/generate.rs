//! A log as gitlab-runner, podman and systemd write it, of any length: what a busy runner says, line by line in the mix
//! of the recorded runs, with numbers that change.

use std::io::{self, Write};

/// A template of each kind, `{n}` a number that grows and `{t}` a time.
const LINES: [&str; 10] = [
    "gitlab-runner[46]: Checking for jobs... received                     \x1b[0;m  job\x1b[0;m={n} repo_url\x1b[0;m=http://host.containers.internal:8930/group/project.git runner\x1b[0;m=fake2o1e",
    "gitlab-runner[46]: Added job to processing list                      \x1b[0;m  builds\x1b[0;m=1 job\x1b[0;m={n} max_builds\x1b[0;m=3 project\x1b[0;m=7",
    "podman[67]: time=\"{t}\" level=error msg=\"failed to move the rootless netns pasta process to the systemd user.slice\"",
    "conmon[{n}]: conmon 6e54b9744ca049924be6 <nwarn>: Failed to open cgroups file: /sys/fs/cgroup/memory.events",
    "podman[67]: @ - - [24/Nov/2026:10:14:50 +0000] \"HEAD /_ping HTTP/1.1\" 200 0 \"\" \"Docker-Client\"",
    "systemd[1]: Started runner.service - GitLab Runner.",
    "gitlab-runner[46]: \x1b[0;33mWARNING: Job failed: exit code 3",
    "gitlab-runner[46]:                  \x1b[0;m  \x1b[0;33mduration_s\x1b[0;m=1.360100398 \x1b[0;33mjob\x1b[0;m={n} \x1b[0;33mproject\x1b[0;m=7",
    "gitlab-runner[46]: Updating job...                                   \x1b[0;m  job\x1b[0;m={n} runner\x1b[0;m=fake2o1e",
    "systemd[1]: podman.service: Deactivated successfully.",
];

/// Writes `lines` records of the k8s-file driver.
pub fn k8s_file(to: &mut dyn Write, lines: u64) -> io::Result<()> {
    for n in 0..lines {
        let (second, micros) = (n / 10_000, n % 10_000 * 100);
        let time = format!("2026-11-24T{:02}:{:02}:{:02}", second / 3600 % 24, second / 60 % 60, second % 60);
        let line = LINES[(n % 10) as usize].replace("{n}", &n.to_string()).replace("{t}", &format!("{time}Z"));
        writeln!(to, "{time}.{micros:06}000+00:00 stdout F [{:5}.{micros:06}] {line}\r", 7000 + second)?;
    }
    Ok(())
}
