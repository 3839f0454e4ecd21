//! Volumes that are created again (`setup --recreate-volumes`), also on a full disk: the runner is up, and they are empty.
//! And what they hold, and the room that is made in them.

use crate::change::{assert_works_with, set_up};
use crate::image_store::JOB_IMAGE;
use crate::testhost::Machine;

#[test]
#[ignore = "needs the test host: .ci/run"]
fn volumes_created_again_are_empty_and_the_runner_is_up() {
    let (machine, _server) = set_up();
    let cache = "$(podman volume inspect -f '{{.Mountpoint}}' pipglr-cache)";
    machine.user(&format!("podman unshare touch {cache}/marker")).ok();
    let output = machine.user("pipglr setup --recreate-volumes --yes").fails_with(0);
    assert!(output.out.contains("The runner is up"), "{}", output.both());
    assert_works_with(&machine, 2);
    machine.user(&format!("podman unshare test -e {cache}/marker")).fails_with(1);
}

/// Status and doctor name the full disk first, by the host's own figures; gives the command that begins so.
fn says_that_it_is_full(machine: &Machine, command: &str) -> String {
    let status = machine.user("pipglr status --json").fails_with(3);
    let status: serde_json::Value = serde_json::from_str(&status.out).unwrap();
    assert_eq!((&status["rungs"][0]["id"], &status["rungs"][0]["ok"]), (&"room".into(), &false.into()), "{status}");
    assert!(status["disks"][0]["free"].as_u64().unwrap() < 1 << 20 && status["disks"][0]["short"] == true, "{status}");
    let doctor = machine.user("pipglr doctor").fails_with(3);
    assert!(doctor.out.starts_with("FAIL room (host)"), "{}", doctor.both());
    let fix = status["rungs"][0]["advice"]["fix"].as_str().unwrap().to_owned();
    let found = fix.split('`').find(|part| part.starts_with(command));
    found.unwrap_or_else(|| panic!("no {command} in {fix}")).to_owned()
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn on_a_full_disk_they_make_room() {
    let (machine, _server) = set_up();
    // podman's store on a small disk of its own.
    let store = "/home/johndoe/.local/share/containers";
    machine.user("podman stop -t 5 pipglr && podman system migrate").ok();
    // A number of kB, and room for a second copy of a container (the vfs driver of podman 4.3).
    let used: u64 = machine.root(&format!("du -sk {store} | cut -f1")).ok().trim().parse().unwrap();
    let size = used + 700_000;
    machine
        .root(&format!(
            "mount -t tmpfs -o size={size}k,mode=700,uid=1000,gid=1000 none /mnt && cp -a {store}/. /mnt/ && \
             mount --bind /mnt {store} && findmnt -n -o FSTYPE {store} | grep tmpfs"
        ))
        .ok();
    machine.user("podman start pipglr").ok();
    // Until nothing goes in any more, not a byte.
    let fill = "dd if=/dev/zero of=/mnt/storage/volumes/pipglr-storage/_data/fill";
    machine.root(&format!("{fill} bs=64k; {fill}2 bs=1; df /mnt | grep ' 100% '")).ok();
    says_that_it_is_full(&machine, "pipglr setup --recreate-volumes");
    // As after a boot: podman has forgotten what its disk can do, and fails as it tries that.
    machine.user("rm -r $XDG_RUNTIME_DIR/containers/overlay");
    if machine.user("podman unshare true").code != 0 {
        let first_aid = says_that_it_is_full(&machine, "nsenter ");
        machine.user(&first_aid).ok();
        machine.user("podman unshare true").ok();
        machine.root(&format!("{fill} bs=64k")); // the kB that podman leaves free
    }
    let output = machine.user("pipglr setup --recreate-volumes --yes").fails_with(0);
    assert!(output.out.contains("The disk is full"), "{}", output.both());
    assert_works_with(&machine, 2);
}

/// Images and caches that are in the nested podman: what goes is what was announced, to the byte, and nothing in use.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn what_is_pruned_is_what_was_announced_and_nothing_that_is_used() {
    let (machine, _server) = set_up();
    machine.load_job_images();
    let nested = "podman exec -i --user runner pipglr podman --url unix:///home/runner/podman.sock";
    machine.write(
        "fill.sh",
        &format!(
            "set -e\n{nested} volume create cache-a\n\
             {nested} run --rm -v cache-a:/cache {JOB_IMAGE} sh -c 'dd if=/dev/zero of=/cache/x bs=1M count=20'\n\
             printf 'FROM {JOB_IMAGE}\\nRUN dd if=/dev/zero of=/x bs=1M count=10\\n' | {nested} build -t localhost/large -\n\
             {nested} volume create cache-b\n\
             {nested} run -d --name a-job -v cache-b:/cache {JOB_IMAGE} sleep 1000\n"
        ),
    );
    machine.user("sh fill.sh").ok();
    let storage = || -> u64 {
        let size = machine.user("podman exec pipglr du -sx -B1 /home/podman/.local/share/containers/storage").ok();
        size.split_whitespace().next().unwrap().parse().unwrap()
    };
    let show = || serde_json::from_str::<serde_json::Value>(&machine.user("pipglr volumes show --json").ok()).unwrap();
    let held = show();
    assert_eq!(held["images"].as_array().unwrap().len(), 2, "{held:#}");
    assert!(held["caches_bytes"].as_u64().unwrap() > 20 << 20, "{held:#}");
    assert!(held["growth"].is_null() && held["room"]["free"].as_u64() > Some(0), "{held:#}");
    let grown = show();
    assert_eq!((&grown["growth"]["images_bytes"], &grown["unknown_layers"]), (&0.into(), &0.into()), "{grown:#}");
    let used = |held: &serde_json::Value, what: &str| -> Vec<bool> {
        held[what].as_array().unwrap().iter().map(|one| one["in_use"].as_bool().unwrap()).collect()
    };
    assert_eq!(used(&held, "images").iter().filter(|used| **used).count(), 1, "{held:#}");
    assert_eq!(used(&held, "caches").iter().filter(|used| **used).count(), 1, "{held:#}");

    // What was used just now may be a job's that begins.
    let output = machine.user("pipglr volumes prune --keep 0 --yes").fails_with(0);
    assert!(output.out.contains("Nothing to do"), "{}", output.both());
    machine.user("pipglr volumes prune --keep 0 </dev/null").fails_with(0);
    // An hour ago: what lies on the disk says so, and the events of podman are those since its start.
    let old = "podman exec pipglr sh -c 'cd /home/podman/.local/share/containers/storage && find *-images volumes -exec touch -d \"1 hour ago\" {} + && rm /run/podman/libpod/tmp/events/events.log'";
    machine.user(old).ok();
    machine.user("pipglr volumes prune --keep 0 </dev/null").fails_with(2);
    let before = storage();
    let output = machine.user("pipglr volumes prune --keep 0 --yes").fails_with(0);
    let freed = before - storage();
    let announced: Vec<&str> = output.out.split(" go; that frees ").collect();
    let announced = announced[1].lines().next().unwrap().trim_end_matches('.');
    assert!(output.out.contains(&format!("Freed {announced}.")), "{}", output.both());
    assert!(freed > 30 << 20, "{freed}");
    let held = show();
    assert_eq!((used(&held, "images"), used(&held, "caches")), (vec![true], vec![true]), "{held:#}");
    assert_eq!(machine.user(&format!("{nested} inspect -f '{{{{.State.Running}}}}' a-job")).ok().trim(), "true");

    machine.user("podman stop -t 5 pipglr").ok();
    let output = machine.user("pipglr volumes show").fails_with(1);
    assert!(output.both().contains("`pipglr start`"), "{}", output.both());
}
