//! Volumes that are created again (`setup --recreate-volumes`), also on a full disk: the runner is up, and they are empty.

use crate::change::{assert_works_with, set_up};

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
    let fill = "dd if=/dev/zero of=/home/podman/.local/share/containers/fill bs=64k";
    machine.user(&format!("podman exec pipglr {fill}")); // until nothing goes in any more
    let output = machine.user("pipglr setup --recreate-volumes --yes").fails_with(0);
    assert!(output.out.contains("The disk is full"), "{}", output.both());
    assert_works_with(&machine, 2);
}
