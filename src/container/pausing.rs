//! A runner that takes no new jobs, and its container that goes on: gitlab-runner ends by the unit's own SIGQUIT, which
//! lets its jobs end, and a file in the volume of caches keeps it from being started again. The image's unit looks for
//! that file; an older image's is given a drop-in that does, which goes with its container.

use crate::host::{Cmd, Host, ask, podman};
use std::time::Duration;

/// Says since when; in the volume, so that a container that is recreated is paused as well.
pub const FLAG: &str = "/cache/.pipglr-paused";
const FOLDER: &str = "/etc/systemd/system/runner.service.d";
const DROP_IN: &str = "/etc/systemd/system/runner.service.d/pause.conf";
/// A healthy container answers within a second, also on a busy machine.
const ANSWER: Duration = Duration::from_secs(15);

/// What has gitlab-runner take no more jobs, and end with its last one.
pub fn pause(name: &str) -> Cmd {
    let script = format!(
        "set -e; [ -e {FLAG} ] || date -u +%FT%TZ >{FLAG}; \
         [ -e {DROP_IN} ] || {{ mkdir -p {FOLDER}; \
         printf '[Unit]\\nConditionPathExists=!{FLAG}\\n' >{DROP_IN}; systemctl daemon-reload; }}; \
         exec systemctl stop --no-block runner.service"
    );
    podman::exec(name, None, &["sh", "-c", &script]).timeout(Some(ANSWER))
}

/// What has it ask for jobs again; where it still ends some, as soon as they have ended.
pub fn resume(name: &str) -> Cmd {
    let script = format!("rm -f {FLAG}; exec systemctl start --no-block runner.service");
    podman::exec(name, None, &["sh", "-c", &script]).timeout(Some(ANSWER))
}

/// Since when the runner of a container that runs is paused, as it says itself.
pub fn since(host: &dyn Host, name: &str) -> Option<String> {
    let cmd = podman::exec(name, None, &["cat", FLAG]).timeout(Some(ANSWER));
    let done = ask(host, &cmd).ok().filter(|done| done.ok())?;
    since_of(&done.text())
}

/// The time in what the file says.
pub fn since_of(text: &str) -> Option<String> {
    let text = text.trim();
    text.parse::<jiff::Timestamp>().ok().map(|_| text.to_owned())
}
