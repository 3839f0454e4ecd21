//! What the image decides at its boot: whether the nested podman divides cgroups, by what containers were seen to be given.

use std::fs;
use std::process::Command;

const IMAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/image/cgroups");

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
