//! `podman auto-update` on what `boot enable` wrote: a newer image is taken, and one that does not work gives way to the
//! one before. podman 4.3 has no quadlet that could be updated so.

use crate::change::{assert_works_with, set_up};
use crate::image_store::IMAGE;
use crate::image_update::build_some;
use crate::setup::TOKEN;
use crate::testhost::{Machine, unhurried};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

fn id(machine: &Machine, image: &str) -> String {
    machine.user(&format!("podman image inspect -f '{{{{.Id}}}}' {image}")).ok().trim().to_owned()
}

/// The runner works in a container of this image, by the unit, and status says so.
#[track_caller]
fn assert_runs_on(machine: &Machine, image: &str) {
    assert_works_with(machine, 2);
    let of = machine.user("podman inspect -f '{{.Image}}' pipglr").ok();
    assert_eq!((of.trim(), &*id(machine, IMAGE)), (&*id(machine, image), &*id(machine, image)));
    let status: serde_json::Value = serde_json::from_str(&machine.user("pipglr status --json").ok()).unwrap();
    assert_eq!((&status["container"]["image_current"], &status["container"]["update"]), (&true.into(), &().into()));
    assert_eq!((&status["boot"], &status["boot_by"]), (&true.into(), &"pipglr.service".into()), "{status:#}");
    let unit = machine.user("systemctl --user is-active pipglr.service; systemctl --user --failed --no-legend");
    assert_eq!(unit.out, "active\n");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn podman_takes_a_newer_image_by_itself_and_goes_back_from_one_that_does_not_work() {
    let (machine, server) = set_up();
    if machine.suite == "bookworm" {
        return;
    }
    build_some(&machine, &["fine", "later", "dies", "silent", "sleeps"]);
    machine.user("pipglr boot enable --yes").ok();
    // The two minutes of the unit are for hosts that copy an image first.
    if !unhurried() {
        let folder = ".config/systemd/user/pipglr.service.d";
        let soon = format!("mkdir -p {folder} && printf '[Service]\\nTimeoutStartSec=30\\n' >{folder}/soon.conf");
        machine.user(&format!("{soon} && systemctl --user daemon-reload")).ok();
    }
    let bad: &[&str] = if unhurried() { &["dies", "silent", "sleeps"] } else { &["silent"] };
    for (image, said, left) in
        [("fine", "true", "fine")].into_iter().chain(bad.iter().map(|bad| (*bad, "rolled back", "fine")))
    {
        let (polls, begun) = (server.runners()[0].polls, Instant::now());
        machine.user(&format!("podman tag localhost/pipglr:{image} {IMAGE}")).ok();
        let updated = machine.user("podman auto-update --format '{{.Updated}}'").ok();
        println!("{image}: {} after {:.0} s", updated.trim(), begun.elapsed().as_secs_f64());
        assert_eq!(updated.trim(), said, "{image}");
        server.wait_polls(TOKEN, polls + 2, MINUTE);
        assert_runs_on(&machine, &format!("localhost/pipglr:{left}"));
    }
    // By `update` it is back within 90 s, whatever the unit would wait.
    if unhurried() {
        for image in ["dies", "silent", "sleeps"] {
            let begun = Instant::now();
            let output =
                machine.user(&format!("pipglr --image localhost/pipglr:{image} update --yes </dev/null")).fails_with(1);
            println!("{image}: back after {:.0} s: {}", begun.elapsed().as_secs_f64(), output.err);
            assert!(begun.elapsed() < Duration::from_secs(90) && output.err.contains("again, and works"), "{output:?}");
            assert_runs_on(&machine, "localhost/pipglr:fine");
        }
    }
    machine.user("pipglr --image localhost/pipglr:later update --yes </dev/null").ok();
    assert_runs_on(&machine, "localhost/pipglr:later");
}
