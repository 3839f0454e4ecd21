//! The container does not run: what an administrator sees then, and the key that fixes it.

use crate::change::set_up;
use crate::screen::SECONDS;
use crate::testhost::Machine;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Each FAIL of `status`, with what is said below it.
fn failed(machine: &Machine) -> Vec<String> {
    let status = machine.user("pipglr status").fails_with(3).out;
    let mut blocks: Vec<String> = vec![];
    for line in status.lines().take_while(|line| !line.is_empty()) {
        match blocks.last_mut() {
            Some(block) if line.starts_with(' ') => block.push_str(line),
            _ => blocks.push(line.to_owned()),
        }
    }
    blocks.into_iter().filter(|block| block.starts_with("FAIL")).collect()
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_container_that_does_not_run_is_what_one_sees_first() {
    let (machine, _server) = set_up();
    assert!(machine.user("pipglr config lint").ok().starts_with("config.toml: nothing is wrong"), "what is stored");

    machine.user("podman pause pipglr").ok();
    let blocks = failed(&machine);
    assert!(blocks.len() == 1 && blocks[0].contains("next:  `pipglr start`"), "{blocks:?}");
    machine.user("podman unpause pipglr").ok();

    machine.user("podman stop -t 5 pipglr").ok();
    let mut screen = machine.screen("pipglr; sleep 300", 24, 80);
    screen.wait_for("✗ The container was stopped", MINUTE).wait_for("Enter", SECONDS(5));
    assert!(!screen.shows("Nothing has been changed yet"), "{}", screen.dump());
    // By its steps, and back: w opens any of them.
    screen.key("w").wait_for("step by step", MINUTE);
    screen.key("5").wait_for("│ Volumes", SECONDS(5));
    screen.key("Esc").wait_for("step by step", SECONDS(5));
    screen.key("Esc").wait_for("✗ The container was stopped", SECONDS(5));

    let blocks = failed(&machine);
    assert!(blocks.len() == 1 && blocks[0].starts_with("FAIL container: "), "{blocks:?}");
    let next = blocks[0].split("next:").nth(1).unwrap();
    assert!(next.contains("`pipglr start` starts it"), "{next}");
    // As it says.
    machine.user(next.split('`').nth(1).unwrap()).ok();
    screen.wait_for("The runner is up.", MINUTE);

    machine.user("podman kill pipglr").ok();
    screen.wait_for("✗ The container was killed", MINUTE);
    machine.user("podman rm pipglr").ok();
    screen.wait_for("✗ There is no container", MINUTE);
}
