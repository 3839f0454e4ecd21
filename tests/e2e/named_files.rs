//! Files that a user names and that have no end or nothing in them, on a host that is set up.

use crate::change::set_up;
use crate::setup::answer;

#[test]
#[ignore = "needs the test host: .ci/run"]
fn what_is_no_file_is_refused_at_once_and_nothing_is_changed() {
    let (machine, server) = set_up();
    let id = || machine.user("podman inspect -f '{{.Id}} {{.State.StartedAt}}' pipglr; podman secret ls -q").ok();
    let before = id();
    machine.user("mkdir folder && mkfifo pipe && truncate -s 5G huge && : >empty && echo '# mine' >comments").ok();
    let url = format!("gitlab_url = \"{}\"\n", server.url());
    for (file, says) in [
        ("folder", "it is a folder"),
        ("/dev/zero", "it is a device or a socket, and no file"),
        ("pipe", "it is a pipe that nobody writes to"),
        ("huge", "it is larger than 1 MiB"),
    ] {
        let answers = |key: &str| answer(&machine, "glrt-t1_unused", &format!("{url}{key} = \"{file}\""));
        let refuses = |words: &str| {
            let refused = machine.user(&format!("timeout 60 {words} </dev/null")).fails_with(2);
            assert!(refused.err.contains(&format!("cannot be read: {says}.")), "{words}: {}", refused.both());
        };
        refuses(&format!("pipglr setup --answers {file}"));
        refuses(&format!("pipglr config apply --yes {file}"));
        refuses(&format!("pipglr config lint {file}"));
        refuses(&format!("pipglr runner list --token-file {file}"));
        for key in ["config_file", "ca_file"] {
            answers(key);
            refuses("pipglr setup --answers answers.toml");
        }
    }
    for input in ["config apply --yes - </dev/zero", "config lint - </dev/zero"] {
        let refused = machine.user(&format!("timeout 60 pipglr {input}")).fails_with(2);
        assert!(refused.err.contains("standard input cannot be read: it is larger than 1 MiB"), "{}", refused.both());
    }
    for file in ["empty", "comments", "/dev/null"] {
        answer(&machine, "glrt-t1_unused", &format!("{url}config_file = \"{file}\""));
        let refused = machine.user("pipglr setup --answers answers.toml --now").fails_with(2);
        assert!(refused.err.contains("has no key in it"), "{}", refused.both());
    }
    assert_eq!(id(), before);

    // What a shell's `<(…)` names is a pipe too, and read.
    let lint = machine.user("bash -c 'pipglr config lint <(sleep 1; cat new.toml)'").ok();
    assert!(lint.contains("nothing is wrong") || lint.contains("0 errors"), "{lint}");
}
