//! The small job of `verify --job`, as a program of the shell: what it leaves where it is told to end.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use pipglr::ladder::PART;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// podman makes on what it was asked for. Nothing of that would be there yet where the program removed it at once.
#[test]
fn what_podman_is_still_making_is_waited_for_and_then_removed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let asked = "for word; do case $word in GET|POST|DELETE) break ;; esac; done";
    let slow = "[ $word != POST ] || { sleep 1; echo made >>$LOG; }";
    for (name, text) in [
        ("curl", &*format!("#!/bin/sh\n{asked}\necho $word >>$LOG\n{slow}\nprintf '\\n200'\n")),
        ("perl", "#!/bin/sh\n"),
    ] {
        fs::write(at(name), text).unwrap();
        fs::set_permissions(at(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let job = include_str!("../../src/canary/job.sh").replace("/run/pipglr-canary", &at("lock"));
    let program = ["run=1", PART, &job].join("\n");
    let mut running = Command::new("sh")
        .args(["-c", &program, "sh", "", "", ""])
        .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
        .env("LOG", at("log"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    let told = || fs::read_to_string(at("log")).unwrap_or_default();
    while !told().contains("POST") {
        assert!(Instant::now() < until && running.try_wait().unwrap().is_none(), "{}", told());
        std::thread::sleep(Duration::from_millis(10));
    }
    killpg(Pid::from_raw(i32::try_from(running.id()).unwrap()), Signal::SIGTERM).unwrap();
    running.wait().unwrap();
    let told = told();
    let (_, after) = told.split_once("POST\n").unwrap();
    assert_eq!(after, "made\nDELETE\nDELETE\nDELETE\nDELETE\nDELETE\n");
}
