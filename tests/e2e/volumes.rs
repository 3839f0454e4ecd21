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
