//! A runner that takes no new jobs, and its container that goes on: gitlab-runner ends by the unit's own SIGQUIT, which
//! lets its jobs end, and a file in the volume of caches keeps it from being started again. The image's unit looks for
//! that file; an older image's is given a drop-in that does, which goes with its container.

use crate::host::{Cmd, Host, ask, podman};
use std::time::Duration;

/// Says since when; in the volume, so that a container that is recreated is paused as well.
pub const FLAG: &str = "/cache/.pipglr-paused";
const FOLDER: &str = "/etc/systemd/system/runner.service.d";
const DROP_IN: &str = "/etc/systemd/system/runner.service.d/pause.conf";
/// The drop-in, as printf takes it.
const CONDITION: &str = "[Unit]\\nConditionPathExists=!/cache/.pipglr-paused\\n";
/// A healthy container answers within a second, also on a busy machine.
const ANSWER: Duration = Duration::from_secs(15);

/// Returns what has gitlab-runner take no more jobs, and end with its last one.
pub fn pause(name: &str) -> Cmd {
    let script = format!(
        "set -e; [ -e {FLAG} ] || date -u +%FT%TZ >{FLAG}; \
         [ -e {DROP_IN} ] || {{ mkdir -p {FOLDER}; \
         printf '{CONDITION}' >{DROP_IN}; systemctl daemon-reload; }}; \
         exec systemctl stop --no-block runner.service"
    );
    podman::exec(name, None, &["sh", "-c", &script]).timeout(Some(ANSWER))
}

/// Returns what has it ask for jobs again; where it still ends some, as soon as they have ended.
pub fn resume(name: &str) -> Cmd {
    let script = format!("rm -f {FLAG}; exec systemctl start --no-block runner.service");
    podman::exec(name, None, &["sh", "-c", &script]).timeout(Some(ANSWER))
}

/// Returns whether the runner of a container that runs is paused, and only by the drop-in that was given to it: its
/// image is older and has none, which says of itself whose it is.
pub fn goes_with_container(host: &dyn Host, name: &str) -> bool {
    let is_the_image_s = podman::exec(name, None, &["grep", "-q", "pipglr pause", DROP_IN]).timeout(Some(ANSWER));
    since(host, name).is_some() && ask(host, &is_the_image_s).is_ok_and(|done| done.code == 1)
}

/// Returns what pauses it again in a container that was just started from an older image: as soon as systemd answers,
/// which may be after gitlab-runner has asked for a job.
pub fn carry_over(name: &str) -> Cmd {
    let script = format!(
        "n=0; until [ -S /run/systemd/private ] || [ $n = 100 ]; do sleep 0.05; n=$((n + 1)); done; \
         mkdir -p {FOLDER}; [ -e {DROP_IN} ] || printf '{CONDITION}' >{DROP_IN}; \
         systemctl daemon-reload; exec systemctl stop --no-block runner.service"
    );
    podman::exec(name, None, &["sh", "-c", &script]).timeout(Some(ANSWER))
}

/// Returns whether gitlab-runner asks for jobs, though it was paused: a container of an older image was recreated, and
/// what tells it of the pause once more was cut off.
pub fn is_forgotten(host: &dyn Host, name: &str) -> bool {
    let asks = podman::exec(name, None, &["systemctl", "is-active", "--quiet", "runner.service"]).timeout(Some(ANSWER));
    ask(host, &asks).is_ok_and(|done| done.ok())
}

/// Returns since when the runner of a container that runs is paused, as it says itself.
pub fn since(host: &dyn Host, name: &str) -> Option<String> {
    let cmd = podman::exec(name, None, &["cat", FLAG]).timeout(Some(ANSWER));
    let done = ask(host, &cmd).ok().filter(|done| done.ok())?;
    since_of(&done.text())
}

/// Returns the time in what the file says.
pub fn since_of(text: &str) -> Option<String> {
    let text = text.trim();
    text.parse::<jiff::Timestamp>().ok().map(|_| text.to_owned())
}
