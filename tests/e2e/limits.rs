//! What the container may use and do: a container of an earlier image gives `--privileged` up, and takes its limits, when it
//! is re-created, where the answers say so.

use crate::change::{apply, assert_works_with, set_up, write_concurrent};

#[test]
#[ignore = "needs the test host: .ci/run"]
fn privileged_is_given_up_and_limits_are_taken_at_the_next_re_creation() {
    let (machine, _server) = set_up();
    // As the label was before.
    let label = "podman image inspect -f '{{.Labels.run}}' localhost/pipglr:latest | \
                 sed 's/--cap-drop.*label=disable/--privileged/; s/--pids-limit 0//'";
    machine
        .user(&format!(
            "podman stop -t 20 pipglr; podman rm pipglr; IMAGE=localhost/pipglr:latest; eval \"$({label})\""
        ))
        .ok();
    write_concurrent(&machine, 3);
    let output = apply(&machine, "").fails_with(0);
    assert!(output.out.contains("keeps --privileged"), "nobody has said anything: {}", output.both());
    let privileged =
        "podman inspect -f '{{.HostConfig.Privileged}} {{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}' pipglr";
    assert!(machine.user(privileged).ok().starts_with("true 0 "));

    machine
        .user("printf 'privileged = false\\nmemory = \"3GiB\"\\npids_limit = 9000\\n' >>.local/state/pipglr/setup.toml")
        .ok();
    write_concurrent(&machine, 4);
    let output = apply(&machine, "").fails_with(0);
    assert!(output.out.contains("loses --privileged") && output.out.contains("9000 processes"), "{}", output.both());
    assert_eq!(machine.user(privileged).ok().trim(), "false 3221225472 9000");
    let bounds = machine.user("podman exec pipglr grep CapBnd /proc/1/status").ok();
    assert_eq!(bounds.split_whitespace().last(), Some("00000000002401eb"));
    assert_works_with(&machine, 4);
    let status = machine.user("pipglr status").fails_with(0);
    assert!(status.out.contains("limits      3.2 GB of memory, 9000 processes"), "{}", status.both());
}
