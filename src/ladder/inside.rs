//! What is looked at in the container, by one `podman exec`: a process for each question costs more than the answers.

use crate::host::{Cmd, Finished, podman};
use crate::names::PODMAN_SOCKET;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a healthy container answers within a second, also on a busy machine.
pub const ANSWER: Duration = Duration::from_secs(15);
/// How long it is waited in the container, in seconds, before it is looked whether that is still wanted.
const WAIT: &str = "10";
/// What is asked of runner.service.
const RUNNER_PROPERTIES: &str = "ActiveState,SubState,NRestarts,ActiveEnterTimestampMonotonic";

/// The program. Each part's lines begin with its name, and a blank where it ended well, else `!`; a look ends with a line
/// `.`. It looks again until all holds or `$1` seconds have passed, and says what is other than before. The nested podman
/// is asked over its socket, as gitlab-runner does: its client takes 0.3 s, this 5 ms (5.4.2).
fn program() -> String {
    let socket = PODMAN_SOCKET.trim_start_matches("unix://");
    format!(
        r#"part() {{ name=$1; shift; if said=$("$@" 2>&1); then mark=' '; else mark='!'; fi; printf '%s\n' "$said" | sed "s/^/$name$mark/"; }}
runner() {{ setpriv --reuid=runner --regid=runner --init-groups "$@"; }}
look() {{
part systemd systemctl is-system-running
part failed systemctl list-units --failed --plain --no-legend
part podman runner curl -sS --max-time 5 --unix-socket {socket} http://podman/v4.0.0/libpod/version
part runner systemctl show runner.service -p {RUNNER_PROPERTIES}
part uptime cat /proc/uptime
part paused cat /cache/.pipglr-paused
part polls runner /usr/local/libexec/pipglr/polls
}}
end=$(($(cut -d. -f1 /proc/uptime) + $1)); before=
while :; do
seen=$(look); same=$(printf '%s\n' "$seen" | sed 's/^\(uptime [0-9]*\).*/\1/')
[ "$same" = "$before" ] || printf '%s\n.\n' "$seen"
before=$same
case $same in *'systemd running'*'podman {{'*'ActiveState=active'*'polls 2'*) exit ;; esac
[ "$(cut -d. -f1 /proc/uptime)" -lt $end ] || exit 0
sleep 0.1
done"#
    )
}

/// The command: `wait` where it is to go on until all holds.
pub fn cmd(container: &str, wait: bool) -> Cmd {
    let time = if wait { WAIT } else { "0" };
    let cmd = podman::exec(container, None, &["sh", "-c", &program(), "sh", time]);
    cmd.timeout(Some(ANSWER))
}

/// One look, by its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    parts: BTreeMap<String, Finished>,
    /// What stands for each part, where nothing could be asked.
    failed: Option<Finished>,
}

impl Inside {
    /// A look that failed: podman let nothing into the container, or it did not answer in time.
    pub fn failed(done: Finished) -> Self {
        Self { failed: Some(Finished { code: if done.ok() { -1 } else { done.code }, ..done }), ..Self::default() }
    }

    /// Reads a look's lines.
    pub fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut parts: BTreeMap<String, Finished> = BTreeMap::new();
        for line in lines {
            let Some(end) = line.find([' ', '!']) else { continue };
            let (name, rest) = line.split_at(end);
            let part = parts.entry(name.to_owned()).or_default();
            part.code = i32::from(rest.starts_with('!'));
            part.lines.push(crate::text::sanitize::sanitize(&rest[1..]));
        }
        for part in parts.values_mut() {
            part.stdout = part.lines.join("\n").into_bytes();
        }
        Self { parts, failed: None }
    }

    /// What a part answered.
    pub fn part(&self, name: &str) -> Finished {
        let none = || Finished { code: -1, lines: vec!["no answer".into()], ..Finished::default() };
        self.failed.clone().or_else(|| self.parts.get(name).cloned()).unwrap_or_else(none)
    }

    /// The version of the nested podman, where it answers; else what stands in the way.
    pub fn podman(&self) -> Result<String, Finished> {
        let part = self.part("podman");
        let version = || serde_json::from_str::<Value>(&part.text()).ok()?["Version"].as_str().map(str::to_owned);
        match version() {
            Some(version) if part.ok() => Ok(version),
            _ => Err(part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_its_lines_and_says_whether_it_ended_well() {
        let text = "systemd running\npodman {\"Version\":\"5.4.2\"}\npolls!curl: (7) no\nrunner A=b c\nrunner D=e";
        let inside = Inside::read(text.lines());
        assert_eq!(inside.part("systemd").text(), "running");
        assert_eq!(inside.podman().unwrap(), "5.4.2");
        assert_eq!(inside.part("runner").text(), "A=b c\nD=e");
        assert_eq!((inside.part("polls").ok(), inside.part("polls").lines), (false, vec!["curl: (7) no".to_owned()]));
        assert!(!inside.part("uptime").ok(), "what did not come is no answer");
    }

    #[test]
    fn where_podman_lets_nothing_in_no_part_holds() {
        let said = Finished { code: 255, lines: vec!["Error: no".into()], ..Finished::default() };
        let inside = Inside::failed(said.clone());
        assert_eq!((inside.part("systemd"), inside.podman().unwrap_err()), (said.clone(), said));
    }

    #[test]
    fn the_program_is_one_that_a_shell_can_read() {
        let done = std::process::Command::new("sh").args(["-n", "-c", &program()]).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    }
}
