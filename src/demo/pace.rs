//! How long a command takes on the pretend machine, and what it says meanwhile: about as on a small one with podman 5.4.

use crate::host::Cmd;
use std::time::Duration;

/// A wait, and what is said after it.
pub(super) type Beat = (Duration, &'static str);

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

const PULL: [Beat; 8] = [
    (ms(300), "Trying to pull registry.gitlab.com/qontainers/pipglr:latest..."),
    (ms(700), "Getting image source signatures"),
    (ms(200), "Copying blob sha256:4d2f8ab36e1c4f0c7c3c1b0a9d8e7f60514233241506978877665544332211f0"),
    (ms(100), "Copying blob sha256:9b07c5e1d2a34f56b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5"),
    (ms(2400), "Copying blob sha256:e1f2a3b4c5d60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90"),
    (ms(2100), "Copying config sha256:5e1f0c9d7ab34826c0de41b7f9352d6a88e0b1c2d3f4a5968778695a4b3c2d1e"),
    (ms(500), "Writing manifest to image destination"),
    (ms(200), "5e1f0c9d7ab34826c0de41b7f9352d6a88e0b1c2d3f4a5968778695a4b3c2d1e"),
];
const NO_NETWORK: [Beat; 3] = [
    (ms(300), "Trying to pull registry.gitlab.com/qontainers/pipglr:latest..."),
    (ms(1400), "WARN[0001] Failed, retrying in 1s ... (1/1). Error: pinging container registry registry.gitlab.com"),
    (ms(1500), ""),
];
const BUILD: [Beat; 5] = [
    (ms(300), "STEP 1/30: FROM docker.io/library/debian:stable-slim"),
    (ms(2500), "STEP 8/30: RUN /usr/local/libexec/pipglr/install"),
    (ms(6000), "Setting up podman (5.4.2+ds1-2+b2) ..."),
    (ms(2500), "COMMIT registry.gitlab.com/qontainers/pipglr:latest"),
    (ms(700), "Successfully tagged registry.gitlab.com/qontainers/pipglr:latest"),
];
const REGISTER: [Beat; 3] = [
    (ms(900), "Runtime platform                                    arch=amd64 os=linux pid=2 version=17.5.5"),
    (ms(100), "Merging configuration from template file \"/etc/pipglr/register-template.toml\""),
    (ms(700), ""),
];

/// Returns what happens while a command runs; `first`: the image was never pulled before.
pub(super) fn beats(cmd: &Cmd, first: bool) -> Vec<Beat> {
    let words: Vec<&str> = cmd.args.iter().map(String::as_str).collect();
    let took = match (cmd.program.as_str(), words.as_slice()) {
        ("podman", ["pull", ..]) if first => return NO_NETWORK.to_vec(),
        ("podman", ["pull", ..]) => return PULL.to_vec(),
        ("podman", ["build", ..]) => return BUILD.to_vec(),
        ("podman", ["run", .., "register"]) => return REGISTER.to_vec(),
        ("podman", ["run", "--rm", ..]) => 700,
        ("podman", ["run" | "create", ..]) => 900,
        ("podman", ["stop", ..]) => 800,
        ("podman", ["system", ..]) => 400,
        ("podman", ["exec", "--interactive", ..]) => 450,
        ("podman", ["exec", .., "verify", "--config", _]) => 600,
        ("podman", ["exec", .., script, "sh", _, _, _, _, _, _, _]) if script.contains("pipglr-canary") => 3000,
        ("podman", ["exec", ..]) => 150,
        ("podman", ["info", ..]) => 130,
        ("podman", ["--version"] | ["unshare", ..]) => 40,
        ("podman", [_, "inspect" | "exists", ..] | ["ps", ..]) => 12,
        ("curl", _) => 220,
        _ => 60,
    };
    vec![(ms(took), "")]
}
