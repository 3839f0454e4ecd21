//! What the image decides at its boot, by what containers were seen to be given: whether the nested podman divides cgroups,
//! and how many processes a job may have.

use std::fs;
use std::process::Command;

const IMAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/image/cgroups");
const PROCESSES: &str = include_str!("../../assets/image/processes");
const CONTAINERS_CONF: &str = include_str!("../../assets/image/etc/containers/containers.conf");

/// The drop-ins that systemd's generator leaves where `cgroup.controllers` has this text, or is not there.
fn decided(controllers: Option<&str>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    if let Some(text) = controllers {
        fs::write(at("cgroup.controllers"), text).unwrap();
    }
    let script = fs::read_to_string(format!("{IMAGE}/divide")).unwrap();
    let script = script.replace("/sys/fs/cgroup", &at("")).replace("/usr/local/libexec/pipglr/cgroups", IMAGE);
    let generated = at("generated");
    let done = Command::new("sh").args(["-c", &script, "divide", &generated, &generated, &generated]).output().unwrap();
    assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
    let mut found = vec![];
    for service in fs::read_dir(&generated).into_iter().flatten().map(Result::unwrap) {
        let file = service.path().join("cgroups.conf");
        // The very file of the image, by which the program sees it, too.
        assert!(fs::read_to_string(file).unwrap().contains("Delegate=cpu cpuset io memory pids"));
        found.push(service.file_name().into_string().unwrap());
    }
    found.sort();
    found
}

#[test]
fn the_nested_podman_divides_what_the_host_gives_and_nothing_else() {
    let both = ["podman-jobs.service.d", "podman.service.d"];
    assert_eq!(decided(Some("cpu memory pids\n")), both, "Debian 13's kernel and systemd");
    assert_eq!(decided(Some("cpuset cpu io memory pids\n")), both, "and with a drop-in of user@.service");
    for without in [None, Some("\n"), Some("memory pids\n"), Some("cpuset pids\n")] {
        assert_eq!(decided(without), [""; 0], "{without:?}");
    }
}

#[test]
fn the_controllers_of_jobs_come_down_to_the_nested_podman() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for slice in ["jobs.slice", "init.scope"] {
        fs::create_dir(at(slice)).unwrap();
    }
    fs::write(at("cgroup.controllers"), "cpu hugetlb memory pids rdma\n").unwrap();
    let script = fs::read_to_string(format!("{IMAGE}/enable")).unwrap();
    let script = script.replace("/sys/fs/cgroup", &at("").display().to_string());
    let done = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
    for control in ["cgroup.subtree_control", "jobs.slice/cgroup.subtree_control"] {
        assert_eq!(fs::read_to_string(at(control)).unwrap().trim(), "+cpu +memory +pids");
    }
    // Whether it moves what came in before is seen in a virtual machine (tests/vm): no folder is busy as a cgroup is.
}

#[test]
fn a_job_may_have_no_more_processes_than_its_container() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(at("containers.conf"), CONTAINERS_CONF).unwrap();
    let script = PROCESSES.replace("/proc/self/limits", &at("limits")).replace("/etc/containers", &at(""));
    // One machine after the other, as a container that is started again may see it.
    for (hard, limit) in [("7652", 7652), ("1048576", 8192), ("100", 100), ("unlimited", 8192), ("8192", 8192)] {
        let limits = format!("Max stack size 8388608 unlimited bytes\nMax processes {hard} {hard} processes\n");
        fs::write(at("limits"), limits).unwrap();
        let done = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
        let now = fs::read_to_string(at("containers.conf")).unwrap();
        assert!(now.contains(&format!("\ndefault_ulimits = [\"nproc={limit}:{limit}\"]\n")), "{hard}: {now}");
        assert_eq!(now.lines().count(), CONTAINERS_CONF.lines().count());
    }
}
