//! `pipglr verify --job`: a small job in the nested podman says what stands in the way of jobs, by name, and leaves nothing.

use crate::change::{hand_over, set_up};
use crate::image_store::{HELPER_IMAGE, JOB_IMAGE, NESTED};
use crate::testhost::Machine;
use std::time::{Duration, Instant};

/// What is not as it should be: its name, and what was seen.
#[track_caller]
fn wrong(machine: &Machine) -> Vec<(String, String)> {
    let output = machine.user("pipglr verify --job --json");
    let found: serde_json::Value =
        serde_json::from_str(&output.out).unwrap_or_else(|e| panic!("{e}: {}", output.both()));
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let wrong: Vec<_> = found.as_array().unwrap().iter().filter(|one| one["ok"] == false).collect();
    assert_eq!(output.code, if wrong.is_empty() { 0 } else { 3 }, "{found:#}");
    assert!(wrong.iter().all(|one| text(&one["fix"]).contains("`pipglr ")), "{found:#}");
    wrong.into_iter().map(|one| (text(&one["id"]), text(&one["found"]))).collect()
}

#[track_caller]
fn assert_names(machine: &Machine, id: &str, words: &str) {
    let wrong = wrong(machine);
    assert!(wrong.len() == 1 && wrong[0].0 == id && wrong[0].1.contains(words), "{id}: {wrong:?}");
}

/// What a job of ours may leave in the nested podman.
fn left(machine: &Machine) -> String {
    let lists = ["ps -a --format {{.Names}}", "network ls -q", "volume ls -q", "images -a --format {{.Repository}}"];
    lists.iter().map(|list| machine.user(&format!("{NESTED} {list} | grep canary")).out).collect()
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_small_job_names_what_stands_in_the_way_of_jobs_and_leaves_nothing() {
    let (machine, _server) = set_up();
    machine.user("printf '  [runners.feature_flags]\\n    FF_NETWORK_PER_BUILD = true\\n' >>new.toml").ok();
    hand_over(&machine, "").ok();
    let inside = |command: &str| machine.user(&format!("podman exec pipglr sh -c '{command}'")).ok();

    // The jobs' images are not here, and there is no registry.
    let without = wrong(&machine);
    assert!(
        without.len() == 2 && without.iter().all(|(id, found)| id == "registry" && found.contains("cannot be pulled")),
        "{without:?}"
    );
    machine.load_job_images();
    machine.user(&format!("{NESTED} tag {JOB_IMAGE} {HELPER_IMAGE}")).ok();
    let well = machine.user("time pipglr verify --job").ok();
    println!("{well}");
    assert!(well.contains("a job reached its service by name") && !well.contains("FAIL"), "{well}");
    assert_eq!(left(&machine), "");

    // Cut off anywhere: by Ctrl-C it ends what it began; what a kill leaves the next one removes.
    for (wait, codes) in
        [("0.3", &[124][..]), ("0.7", &[124, 0]), ("1.0", &[124, 0]), ("1.2", &[124, 0]), ("1.5", &[124, 0])]
    {
        let cut = machine.user(&format!("timeout -s INT {wait} pipglr verify --job"));
        assert!(codes.contains(&cut.code), "after {wait} s: {} {}", cut.code, cut.both()); // 0: it was faster
        assert_eq!(left(&machine), "", "cut off after {wait} s");
    }
    machine.user("pipglr verify --job >/dev/null 2>&1 & sleep 1; pkill -KILL -x pipglr; true").ok();
    inside("read -r pid run </run/pipglr-canary; kill -KILL -- -$pid || true");
    println!("left by a kill:\n{}", left(&machine));
    assert_eq!(wrong(&machine), []);
    assert_eq!(left(&machine), "");

    for (program, id, words) in
        [("netavark", "network", "netavark"), ("aardvark-dns", "service", "its name is not known")]
    {
        inside(&format!("mv /usr/lib/podman/{program} /root/"));
        assert_names(&machine, id, words);
        inside(&format!("mv /root/{program} /usr/lib/podman/"));
    }
    inside("systemctl stop podman.socket podman.service");
    assert_names(&machine, "podman", "does not answer");
    inside("systemctl start podman.socket");
    assert_eq!((wrong(&machine), left(&machine)), (vec![], String::new()));

    // As many IDs as Debian gives.
    let ids = "/etc/subuid /etc/subgid";
    let stopped = |change: &dyn Fn()| {
        machine.user("podman stop -t 5 pipglr && podman system migrate").ok();
        change();
        machine.user("podman start pipglr").ok();
        let ready = "for n in $(seq 100); do test -S /home/runner/podman.sock && exit 0; sleep .1; done; exit 1";
        inside(ready);
    };
    stopped(&|| drop(machine.root(&format!("sed -i.all /:165536:/d {ids}")).ok()));
    assert_names(&machine, "ids", "chown to 65535: Invalid argument");

    // The jobs' volume on a small disk of its own, until nothing goes in any more.
    let volume = machine.user("podman volume inspect -f '{{.Mountpoint}}' pipglr-storage").ok();
    let volume = volume.trim();
    stopped(&|| {
        machine.root(&format!("for file in {ids}; do mv $file.all $file; done")).ok();
        let owner = format!("$(stat -c 'uid=%u,gid=%g' {volume})");
        let size = format!("$(($(du -sk {volume} | cut -f1) + 40000))k");
        machine.root(&format!("mount -t tmpfs -o size={size},mode=700,{owner} none /mnt && cp -a {volume}/. /mnt/ && mount --bind /mnt {volume}")).ok();
    });
    machine.root(&format!("dd if=/dev/zero of={volume}/fill bs=64k; dd if=/dev/zero of={volume}/fill2 bs=1"));
    assert_names(&machine, "disk", "disk is full");
    machine.root(&format!("rm {volume}/fill {volume}/fill2")).ok();
    let limit = Instant::now() + Duration::from_secs(20);
    while !left(&machine).is_empty() {
        assert!(Instant::now() < limit, "it leaves {}", left(&machine));
    }
}
