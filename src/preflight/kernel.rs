//! What the kernel gives: control groups, devices, user namespaces, SELinux, memory.

use super::{Check, Context};
use crate::host::{Cmd, Privilege};
use crate::plan::Action;
use crate::text::size::human;

fn root(program: &str, words: &[&str]) -> Action {
    Action::Run(Cmd::new(program, words.iter().copied()).privilege(Privilege::Root))
}

/// Version 2, and what of it is given to the user.
pub(super) fn cgroups(context: &Context) -> Vec<Check> {
    let why = "systemd in the container, and a job's limits, need control groups that the user may divide.";
    let all = "/sys/fs/cgroup/cgroup.controllers";
    if context.host().read(all.as_ref()).is_err() {
        return vec![Check::ok("cgroups", "version 1, or none", "version 2", why).blocked(
            "Boot with `systemd.unified_cgroup_hierarchy=1` on the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub, then `update-grub`).",
        )];
    }
    let user = format!(
        "/sys/fs/cgroup/user.slice/user-{0}.slice/user@{0}.service/cgroup.controllers",
        context.host().user().uid
    );
    let offered = context.read(all);
    let given = context.read(user);
    let missing: Vec<_> = ["cpu", "memory", "pids"]
        .into_iter()
        .filter(|name| {
            offered.split_whitespace().any(|word| word == *name) && !given.split_whitespace().any(|word| word == *name)
        })
        .collect();
    let words: Vec<_> = given.split_whitespace().collect();
    let found = if words.is_empty() {
        "version 2; no controller is given to you".to_owned()
    } else {
        format!("version 2; yours: {}", words.join(" "))
    };
    let held: Vec<_> =
        ["cpu", "memory"].into_iter().filter(|name| !offered.split_whitespace().any(|word| word == *name)).collect();
    if !held.is_empty() {
        let how = "Without them limits on jobs do not hold; all else works. Where version 1 has them (`/proc/cgroups`), boot \
                   with `cgroup_no_v1=all` on the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub, then \
                   `update-grub`).";
        return vec![
            Check::ok(
                "cgroups",
                format!("{found}; the kernel gives version 2 no {}", held.join(", ")),
                "version 2",
                why,
            )
            .warning(how),
        ];
    }
    let check = Check::ok("cgroups", found, "version 2", why);
    if missing.is_empty() {
        return vec![check];
    }
    let delegation =
        Check::ok("cgroup_delegation", format!("{} not given to you", missing.join(", ")), "cpu, memory and pids", why);
    let script = "mkdir -p /etc/systemd/system/user@.service.d && printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' >/etc/systemd/system/user@.service.d/90-pipglr.conf && systemctl daemon-reload";
    let delegation = delegation.fixed_by(vec![root("sh", &["-c", script])]);
    let why = format!(
        "{} Without them limits on jobs do not hold; all else works. It counts from your next login.",
        delegation.why
    );
    vec![check, Check { status: super::Status::Warning, why, ..delegation }]
}

/// /dev/fuse and /dev/net/tun.
pub(super) fn devices(context: &Context) -> Vec<Check> {
    let devices = [
        ("dev_fuse", "/dev/fuse", "fuse", "The nested podman keeps images in layers with it."),
        ("dev_net_tun", "/dev/net/tun", "tun", "A container without root reaches the network through it."),
    ];
    devices
        .into_iter()
        .map(|(id, path, module, why)| match context.host().meta(path.as_ref()) {
            Ok(meta) if meta.mode & 0o006 == 0o006 => Check::ok(id, path, "yours to use", why),
            Ok(_) => Check::ok(id, format!("{path} is not yours to use"), "yours to use", why)
                .fixed_by(vec![root("chmod", &["a+rw", path])]),
            Err(_) => {
                let script = format!("modprobe {module} && echo {module} >/etc/modules-load.d/pipglr-{module}.conf");
                Check::ok(id, format!("{path} does not exist"), "yours to use", why)
                    .fixed_by(vec![root("sh", &["-c", &script])])
            }
        })
        .collect()
}

/// The switches that may forbid user namespaces: what they must not be.
const SWITCHES: [(&str, &str, &str, &str); 3] = [
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone", "1"),
    ("/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces", "15000"),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "kernel.apparmor_restrict_unprivileged_userns",
        "0",
    ),
];

/// Whether a user may make user namespaces. AppArmor's restriction does not stop a podman that has a profile: what
/// works is right.
pub(super) fn namespaces(context: &Context) -> Vec<Check> {
    let why = "Rootless containers are user namespaces.";
    let forbidding: Vec<_> =
        SWITCHES.iter().filter(|(file, bad, _, _)| context.word(file).as_deref() == Some(*bad)).collect();
    if forbidding.is_empty() || context.works() {
        let found = match forbidding.first() {
            None => "allowed".to_owned(),
            Some((_, bad, key, _)) => format!("allowed to podman ({key} = {bad})"),
        };
        return vec![Check::ok("user_namespaces", found, "allowed", why)];
    }
    let found: Vec<_> = forbidding.iter().map(|(_, bad, key, _)| format!("{key} = {bad}")).collect();
    let actions = forbidding
        .iter()
        .map(|(_, _, key, good)| {
            let script = format!("echo '{key} = {good}' >/etc/sysctl.d/90-pipglr-{key}.conf && sysctl -p /etc/sysctl.d/90-pipglr-{key}.conf");
            root("sh", &["-c", &script])
        })
        .collect();
    vec![Check::ok("user_namespaces", found.join(", "), "allowed", why).fixed_by(actions)]
}

/// The state of SELinux: the container is made with `label=disable`, so it is only told.
pub(super) fn selinux(context: &Context) -> Vec<Check> {
    let found = match context.word("/sys/fs/selinux/enforce").as_deref() {
        Some("1") => "enforcing: the container is made with label=disable, which lifts its confinement",
        Some(_) => "permissive",
        None => return vec![],
    };
    vec![Check::ok("selinux", found, "", "SELinux may forbid a container what its files and devices allow.")]
}

/// Below this a job hardly fits beside systemd, podman and gitlab-runner: 512 MB.
const LEAST_MEMORY: u64 = 512_000_000;

/// Memory that is free, or can be made free.
pub(super) fn memory(context: &Context) -> Vec<Check> {
    let text = context.read("/proc/meminfo");
    let (Some(all), Some(free)) = (meminfo(&text, "MemTotal"), meminfo(&text, "MemAvailable")) else { return vec![] };
    let check = Check::ok(
        "memory",
        format!("{} of {} free", human(free), human(all)),
        &format!("≥ {}", human(LEAST_MEMORY)),
        "The jobs run in this machine's memory.",
    );
    vec![if free < LEAST_MEMORY {
        check.warning("End what is not needed, or let fewer jobs run at once (`concurrent`).")
    } else {
        check
    }]
}

/// A value of /proc/meminfo, in bytes.
fn meminfo(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use super::*;
    use crate::fake_host::Recorded;

    #[test]
    fn control_groups() {
        let check = Recorded::debian().check("cgroups");
        assert_eq!((check.status, check.found.as_str()), (Status::Ok, "version 2; yours: cpu memory pids"));
        assert_eq!(
            Recorded::debian().gone("/sys/fs/cgroup/cgroup.controllers").check("cgroups").status,
            Status::Blocked
        );
        let host = Recorded::debian()
            .file("/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers", "pids\n");
        let check = host.check("cgroup_delegation");
        assert_eq!((check.status, check.found.as_str()), (Status::Warning, "cpu, memory not given to you"));
        assert!(check.needs_root && check.fix[0].contains("Delegate="));
        // As where version 1 has them all.
        let check = Recorded::debian().file("/sys/fs/cgroup/cgroup.controllers", "\n").check("cgroups");
        assert!(check.status == Status::Warning && check.why.contains("cgroup_no_v1=all"), "{check:?}");
    }

    #[test]
    fn devices_missing_or_closed() {
        let check = Recorded::debian().gone("/dev/net/tun").check("dev_net_tun");
        assert!(check.fix[0].starts_with("sudo sh -c 'modprobe tun"), "{check:?}");
        let check = Recorded::debian().program("/dev/fuse", 0o020_660).check("dev_fuse");
        assert_eq!(check.fix, ["sudo chmod a+rw /dev/fuse"]);
    }

    #[test]
    fn switches_count_only_where_podman_does_not_work() {
        let restricted = || Recorded::debian().file("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
        assert_eq!(restricted().check("user_namespaces").status, Status::Ok);
        let check = restricted()
            .says("podman info --format json", 1, "Error: cannot clone: Permission denied")
            .check("user_namespaces");
        assert_eq!(check.status, Status::Fixable);
        assert!(check.fix[0].contains("kernel.apparmor_restrict_unprivileged_userns = 0"), "{check:?}");
    }

    #[test]
    fn memory_and_selinux() {
        assert_eq!(meminfo("MemTotal:  16 kB\nMemAvailable:    8 kB\n", "MemAvailable"), Some(8192));
        let host = Recorded::debian().file("/proc/meminfo", "MemTotal: 900000 kB\nMemAvailable: 100000 kB\n");
        assert_eq!(host.check("memory").status, Status::Warning);
        let host = Recorded::debian().file("/sys/fs/selinux/enforce", "1");
        assert!(host.check("selinux").found.starts_with("enforcing"));
    }
}
