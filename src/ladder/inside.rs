//! What is looked at in the container, by one `podman exec`: a process for each question costs more than the answers.

use super::{CONFIG, Dear, RungId};
use crate::config::cgroups::{ASK, Controllers};
use crate::container::copies::{self, Copies};
use crate::container::jobs::{self, Job};
use crate::host::{Cmd, Disk, Finished, podman};
use crate::names::PODMAN_SOCKET;
use crate::text::sanitize::sanitize;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a healthy container answers within a second, also on a busy machine.
pub(super) const ANSWER: Duration = Duration::from_secs(15);
/// The same for what is dear to learn, in the container and in seconds: less, so that it says itself that it took too long.
const DEAR: &str = "12";
/// How long it is waited in the container, in seconds, before it is looked whether that is still wanted.
const WAIT: &str = "10";
/// What the container writes on: two in memory, and the volumes.
const ROOM: &str = "/run /tmp /home/podman/.local/share/containers /cache";
/// What is asked of runner.service.
const RUNNER_PROPERTIES: &str = "ActiveState,SubState,NRestarts,ActiveEnterTimestampMonotonic";
/// The part that is of the running jobs.
const JOBS: &str = "jobs";
/// The part that has the texts of the configuration.
const COPIES: &str = "copies";
/// The part that has the controllers of cgroups that jobs have.
const CGROUPS: &str = "cgroups";
/// What the image's `runner` writes just before gitlab-runner begins. A text that came later was handed over: what GitLab has
/// answered before, and gitlab-runner has counted, is no answer to it.
const STARTED: &str = "/run/gitlab-runner/metrics-address";
/// Has the nested podman make a network and a container in it, as each job does, and remove both.
pub(super) const TOUCH_NETWORK: &str = "/usr/local/libexec/pipglr/touch-network";

/// Shell that defines `part NAME COMMAND...`, which prints a part: what the command says, as [`Inside::read`] takes it. It
/// ends as the command did.
/// Most parts have one line, which needs no program: two processes less for each.
pub const PART: &str = r#"part() { name=$1; shift; said=$("$@" 2>&1); code=$?; mark="!$code "; [ $code != 0 ] || mark=' '
case $said in *'
'*) printf '%s\n' "$said" | sed "s/^/$name$mark/" ;; *) printf '%s\n' "$name$mark$said" ;; esac; return $code; }"#;

/// The program. Each part's lines begin with its name, and a blank where it ended well, else `!` and its exit code; a look
/// ends with a line `.`, as does the answer to each of `$2`…, which are asked beside it. It looks again until all holds or
/// `$1` seconds have passed, and says what is other than before. The nested podman is asked over its socket, as
/// gitlab-runner does: its client takes 0.3 s, this 5 ms (5.4.2); and pinged, since for its version it asks other
/// programs for theirs (0.1 s). A boot is waited for, not looked at: what looks takes the processor from what boots.
fn program() -> String {
    let (socket, jobs, copies) = (PODMAN_SOCKET.trim_start_matches("unix://"), jobs::program(), copies::shell());
    format!(
        r#"{PART}
tell() {{ (flock 9; printf '%s\n.\n' "$1") 9</bin/sh; }}
runner() {{ HOME=/home/runner setpriv --reuid=runner --regid=runner --init-groups "$@"; }}
answers() {{ runner curl -sSf --max-time 5 --noproxy '*' --unix-socket {socket} -o /dev/null -w '%header{{Libpod-API-Version}}' http://podman/_ping; }}
seconds() {{ read -r now _ </proc/uptime && echo "${{now%.*}}"; }}
intime() {{ runner timeout {DEAR} "$@" || {{ code=$?; [ $code != 124 ] || echo 'no answer within {DEAR} s'; return $code; }}; }}
learn() {{
case $1 in
network) while [ "$(seconds)" -lt $end ] && ! answers; do sleep 0.05; done >/dev/null 2>&1; tell "$(part network intime {TOUCH_NETWORK})" ;;
gitlab) tell "$(part gitlab intime gitlab-runner verify --config {CONFIG})" ;;
esac
}}
cgroups() {{ {ASK}; }}
counted() {{ [ -z "$(find -L {CONFIG} -newer {STARTED} 2>/dev/null)" ] && "$@"; }}
{copies}
look() {{
part systemd systemctl is-system-running || part failed systemctl list-units --failed --plain --no-legend
part podman answers
part runner systemctl show runner.service -p {RUNNER_PROPERTIES}
part uptime cat /proc/uptime
part paused cat /cache/.pipglr-paused
part runners counted grep -Ec "^[[:blank:]]*\[\[[[:blank:]\"']*runners[[:blank:]\"']*\]\]" {CONFIG}
part polls runner /usr/local/libexec/pipglr/polls
part {CGROUPS} cgroups
part room df -B1 --output=fstype,size,used,avail,itotal,iavail,target {ROOM}
[ $wait != 0 ] || {{ part {JOBS} runner sh -c '{jobs}'; part {COPIES} copies; }}
}}
end=$(($(seconds) + $1)); before=
wait=$1; shift
for dear; do learn $dear & done
[ $wait = 0 ] || timeout 2 sh -c 'until [ -S /run/systemd/private ]; do sleep 0.02; done; systemctl is-system-running --wait' >/dev/null 2>&1
while :; do
seen=$(look)
[ $wait != 0 ] || {{ tell "$seen"; break; }}
same=$(printf '%s\n' "$seen" | sed 's/^\(uptime [0-9]*\).*/\1/; /^room/d')
[ "$same" = "$before" ] || tell "$seen"
before=$same
case $same in *'systemd running'*'podman '[0-9]*'ActiveState=active'*'polls 2'*) break ;; esac
[ "$(seconds)" -lt $end ] || break
sleep 0.05
done
wait"#
    )
}

/// The command: `wait` where it is to go on until all holds. What is `dear` is asked beside it.
pub(super) fn cmd(container: &str, wait: bool, dear: &[RungId]) -> Cmd {
    let time = if wait { WAIT } else { "0" };
    let dear = dear.iter().map(|id| if *id == RungId::Gitlab { GITLAB } else { NETWORK });
    let program = program();
    let words: Vec<&str> = ["sh", "-c", &program, "sh", time].into_iter().chain(dear).collect();
    podman::exec(container, None, &words).timeout(Some(ANSWER))
}

/// What GitLab says of the runners.
const GITLAB: &str = "gitlab";
/// What the nested podman says of a network for a job.
const NETWORK: &str = "network";

/// One look, by its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    parts: BTreeMap<String, Finished>,
    /// What stands for each part, where nothing could be asked.
    failed: Option<Finished>,
}

impl Inside {
    /// Returns a look that failed: podman let nothing into the container, or it did not answer in time.
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
            let (code, said) = match rest.strip_prefix('!') {
                Some(failed) => failed.split_once(' ').unwrap_or((failed, "")),
                None => ("0", &rest[1..]),
            };
            part.code = code.parse().unwrap_or(-1);
            // JSON stays as it is: what is read of it is made safe there.
            part.lines.push(if name == JOBS { said.to_owned() } else { sanitize(said) });
        }
        for part in parts.values_mut() {
            part.stdout = part.lines.join("\n").into_bytes();
        }
        Self { parts, failed: None }
    }

    /// Returns what a part answered.
    pub fn part(&self, name: &str) -> Finished {
        let none = || Finished { code: -1, lines: vec!["no answer".into()], ..Finished::default() };
        self.failed.clone().or_else(|| self.parts.get(name).cloned()).unwrap_or_else(none)
    }

    /// Returns whether a part was asked.
    pub fn has(&self, name: &str) -> bool {
        self.parts.contains_key(name)
    }

    /// Returns how much room there is in each folder, as the container sees it. An older podman makes it no /tmp of its
    /// own.
    pub fn disks(&self) -> Vec<(String, Disk)> {
        let number = |word: &str| -> u64 { word.parse().unwrap_or(0) }; // `-`: it counts none
        let disk = |line: &String| {
            let mut words = line.split_whitespace();
            let in_memory = words.next()? == "tmpfs";
            let size: u64 = words.next()?.parse().ok().filter(|size| *size > 0)?;
            let [used, free, inodes, inodes_free] =
                [words.next()?, words.next()?, words.next()?, words.next()?].map(number);
            let bytes = used.saturating_add(free).min(size);
            Some((words.next()?.to_owned(), Disk { bytes, free, inodes, inodes_free, in_memory }))
        };
        self.part("room").lines.iter().filter_map(disk).collect()
    }

    /// Returns the jobs that run, as seen at this time; `None` where nobody says.
    pub fn jobs(&self, now: Timestamp) -> Option<Vec<Job>> {
        Some(jobs::told(self.part(JOBS).lines.iter().map(String::as_str), now)?.jobs)
    }

    /// The configuration as the container has it; `None` where it does not say.
    pub fn copies(&self) -> Option<Copies> {
        Copies::read_line(self.parts.get(COPIES)?.lines.first()?)
    }

    /// The controllers of cgroups that jobs have; `None` where it does not say.
    pub fn controllers(&self) -> Option<Controllers> {
        let part = self.parts.get(CGROUPS).filter(|part| part.ok())?;
        Some(Controllers::read(&part.text()))
    }

    /// Takes what was learnt beside a look out of it.
    pub fn learnt(&mut self) -> Dear {
        Dear { verified: self.parts.remove(GITLAB), network: self.parts.remove(NETWORK) }
    }

    /// Returns whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.failed.is_none()
    }

    /// Returns the version of the nested podman, where it answers; else what stands in the way.
    pub fn podman(&self) -> Result<String, Finished> {
        let part = self.part("podman");
        if part.ok() { Ok(part.text()) } else { Err(part) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_STANDARD, Engine};

    #[test]
    fn each_part_has_its_lines_and_says_whether_it_ended_well() {
        let text = "systemd running\npodman 5.4.2\npolls!7 curl: (7) no\nrunner A=b c\nrunner D=e\nnetwork!127 \n";
        let mut inside = Inside::read(text.lines());
        assert_eq!(inside.part("systemd").text(), "running");
        assert_eq!(inside.podman().unwrap(), "5.4.2");
        assert_eq!(inside.part("runner").text(), "A=b c\nD=e");
        assert_eq!((inside.part("polls").code, inside.part("polls").lines), (7, vec!["curl: (7) no".to_owned()]));
        assert!(!inside.part("uptime").ok(), "what did not come is no answer");
        let dear = inside.learnt();
        assert_eq!((dear.network.map(|done| done.code), dear.verified), (Some(127), None));
        assert!(!inside.is_empty() && Inside::read("gitlab x".lines()).learnt().verified.is_some());
    }

    #[test]
    fn room_is_read_as_df_prints_it() {
        let text = "room Type 1B-blocks Used Avail Inodes IFree Mounted on\nroom tmpfs 100 95 5 40 30 /run\n\
                    room btrfs 200 50 100 - - /cache\nroom!1 df: /tmp: No such file or directory";
        let memory = Disk { bytes: 100, free: 5, inodes: 40, inodes_free: 30, in_memory: true };
        let disk = Disk { bytes: 150, free: 100, ..Disk::default() };
        assert_eq!(Inside::read(text.lines()).disks(), [("/run".into(), memory), ("/cache".into(), disk)]);
    }

    #[test]
    fn where_podman_lets_nothing_in_no_part_holds() {
        let said = Finished { code: 255, lines: vec!["Error: no".into()], ..Finished::default() };
        let inside = Inside::failed(said.clone());
        assert_eq!((inside.part("systemd"), inside.podman().unwrap_err()), (said.clone(), said));
    }

    #[test]
    fn the_texts_of_the_configuration_come_as_they_are_or_not_at_all() {
        let printed = "made = 1 \r\n\0\0polls 2\n.\n\0ActiveState=active\ntells\n\0";
        let look = |text: &[u8]| format!("systemd running\ncopies {}", BASE64_STANDARD.encode(text));
        let copies = Inside::read(look(printed.as_bytes()).lines()).copies().unwrap();
        assert_eq!((copies.agreed().expose_str(), copies.is_handed_over()), ("made = 1 \r\n", false));
        assert_eq!((copies.works().expose_str(), copies.up), ("polls 2\n.\n", true));
        assert_eq!(Inside::read(look(b"made = 1\0\0cut").lines()).copies(), None);
        assert_eq!(Inside::read("copies cat: /run/secrets/config.toml: none".lines()).copies(), None);
    }

    #[test]
    fn a_branch_of_any_name_hides_no_job_and_steers_no_terminal() {
        let text = "jobs [{\"Labels\":{\"com.gitlab.gitlab-runner.job.id\":\"7\",\"com.gitlab.gitlab-runner.job.ref\":\"a\u{202e}b\"}}]";
        let jobs = Inside::read(text.lines()).jobs(Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!((jobs[0].id, &*jobs[0].git_ref), (7, "a\\u{202e}b"));
    }

    #[test]
    fn the_program_is_one_that_a_shell_can_read() {
        assert!(crate::text::shell::is_readable(&program()));
    }
}
