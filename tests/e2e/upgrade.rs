//! An upgrade of the distribution: homes made on podman 4.3 (Debian 12), with a store of each kind, booted on 5.4, 5.8 and
//! 6.1. Takes many minutes: `tests/before-release`, where it is bookworm's turn.

use crate::image_store::IMAGE;
use crate::server::Server;
use crate::setup::{SETUP, TOKEN, answer};
use crate::testhost::{Machine, STORE, suite};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const SYSTEM_ID: &str = "podman exec pipglr cat /cache/.runner_system_id";

/// A home with a runner that polls, made on podman 4.3; and the ID by which GitLab knows that runner.
fn made_on_4_3(server: &Server, driver: &str) -> (PathBuf, String) {
    let machine = Machine::with_image("bookworm");
    machine.install_pipglr();
    machine.write(".bash_profile", &format!("export IMAGE={IMAGE}\n"));
    if driver == "overlay" {
        machine.write(".config/containers/storage.conf", "[storage]\ndriver = \"overlay\"\n");
        let again = "podman --storage-driver vfs save -o image.tar $IMAGE; chmod -R u+w .local/share/containers; \
                     podman unshare rm -rf .local/share/containers/storage; podman load -i image.tar && rm image.tar";
        machine.user(again).ok();
    }
    let used = machine.user("podman info --format '{{.Store.GraphDriverName}}'").ok();
    assert_eq!(used.trim(), driver);
    let machine = machine.with_linger_and_ids();
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"", server.url()));
    machine.user(SETUP).ok();
    let id = machine.user(SYSTEM_ID).ok();
    let home = PathBuf::from(STORE).join(format!("upgrade-{}-{driver}", std::process::id()));
    machine.snapshot(&home);
    (home, id)
}

/// Boots the home on a later podman: what is broken is named, and setup brings the same runner back.
fn comes_back(suite: &str, home: &Path, id: &str, names: &[&str]) {
    let machine = Machine::boot(suite, Some(home));
    machine.install_pipglr();
    // An upgrade keeps these; a home has them not.
    machine
        .root(
            "usermod --add-subuids 165536-165538 --add-subgids 165536-165538 johndoe && loginctl enable-linger johndoe",
        )
        .ok();
    for time in 0..2 {
        let status = machine.user("pipglr status");
        assert_ne!(status.code, 0, "{suite}: {status:?}");
        let said = status.both();
        let cause = names.iter().any(|name| said.contains(name));
        assert!(cause && said.contains("`pipglr "), "{suite}, time {time}: none of {names:?} in\n{said}");
    }
    let done = machine.user(SETUP);
    assert_eq!(done.code, 0, "{suite}: {}", done.both());
    assert_eq!(machine.user(SYSTEM_ID).ok(), id, "{suite}: another runner");
    machine.user("pipglr status").ok();
    assert!(done.both().find("registration 1 of").is_none(), "{suite}: it was registered again: {}", done.both());
}

fn upgraded(driver: &str, on_6: &[&str]) {
    if suite() != "bookworm" {
        return; // begins on 4.3, whichever podman the others are tried on
    }
    let server = Server::start();
    let (home, id) = made_on_4_3(&server, driver);
    let stopped = ["has not run since", "was stopped", "was killed", "ended unseen"];
    comes_back("trixie", &home, &id, &stopped);
    comes_back("sid", &home, &id, &stopped);
    comes_back("experimental", &home, &id, on_6);
    let _ = fs::remove_dir_all(&home);
}

#[test]
#[ignore = "takes many minutes: tests/before-release"]
fn a_runner_in_an_overlay_store_of_4_3_comes_back_on_each_later_podman() {
    upgraded("overlay", &["slirp4netns"]);
}

#[test]
#[ignore = "takes many minutes: tests/before-release"]
fn a_runner_in_a_vfs_store_of_4_3_comes_back_on_each_later_podman() {
    upgraded("vfs", &["slirp4netns", "graphdrivers", "storage driver"]);
}
