//! What runs now and what it takes of processor and memory: one process in the container tells it again and again, while
//! somebody looks.
//!
//! Where jobs have no cgroups (the image's containers.conf), a job is its containers' processes: the descendants of each
//! container's first one, with what those that ended have left with their parents. Where they have, the kernel counts.

use super::jobs::{self, Job, LABEL, Running};
use super::metrics::ADDRESS;
use super::within::{self, BEGIN};
use crate::host::{Bell, Go, Host, interrupt, podman};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// How many seconds one process tells: where pipglr was killed nobody ends it.
const LEASE: &str = "180";
/// Microseconds in one of the kernel's ticks, as it tells them to everybody (proc(5)).
const TICK: u64 = 10_000;

/// The program, whose first line is its number; a look ends with a line `.`. There is one when gitlab-runner's list is
/// another, asked twice a second, and each five seconds for what the jobs take. It ends when two looks in turn have found
/// none, or after `$1` seconds. One curl asks all the time (7.84 and later; Debian 12 has 7.88): a process each time would
/// cost more than all else here, and podman's answer most of that (14 ms of processor, 5.4.2), so podman is asked only where
/// gitlab-runner's list is another or another conmon runs, of which each container has one. The curl is ended, since it goes
/// on where nobody reads; and all that takes long is waited for, since a shell takes no signal while it is not.
fn program() -> String {
    format!(
        r#"{BEGIN}
export LC_ALL=C
look() {{
key="$now$(grep -lsx conmon /proc/[0-9]*/comm)"
if [ "$key" != "$asked" ] || [ -z "$held" ]; then held=$({}) asked=$key; fi
what=$list$held
case $what in *url=*|*"[{{"*) none=0 ;; *) none=$((none + 1)) ;; esac
printf "%s\n" "$what"
grep -sH "^RssAnon:" /proc/[0-9]*/status
grep -sH -e "^usage_usec" -e "^anon " /sys/fs/cgroup/jobs.slice/*/*/cpu.stat /sys/fs/cgroup/jobs.slice/*/*/memory.stat
grep -sH "" /proc/uptime /proc/[0-9]*/stat /sys/fs/cgroup/cpu.stat /sys/fs/cgroup/memory.current
echo .
}}
{ADDRESS}
n=0 none=0 now= before=. list= held= asked=.
{{ curl -sNm 5 --noproxy "*" --rate 2/s -w "%{{stderr}}. %{{http_code}}\n" "http://$a/debug/jobs/list?v=2&n=[1-$(($1 * 2))]" 2>&1 & echo "$!"; wait; }} | {{
read -r curl
while read -r line; do
case $line in
". "*) ;;
url=*) now="$now${{line%% duration=*}} " list="$list$line
"; continue ;;
*) continue ;;
esac
[ "$line" != ". 200" ] || list="${{list}}listed
"
if [ "$now" != "$before" ] || [ $((n % 10)) = 0 ]; then look; fi
before=$now now= list= n=$((n + 1))
[ $none -lt 2 ] || break
done
kill "$curl" 2>/dev/null || :
}} &
wait $!"#,
        jobs::containers()
    )
}

/// Gives what is seen in the container, again and again, until nothing runs or nobody wants it (`look` says so); returns
/// whether something ran at last.
pub fn watch(host: &dyn Host, name: &str, bells: &[Bell], look: &mut dyn FnMut(Option<Look>) -> bool) -> bool {
    let cmd = podman::exec(name, USER, &["sh", "-c", &program(), "sh", LEASE]).timeout(None).query();
    let _owed = interrupt::owe();
    let (mut text, mut number, mut busy) = (String::new(), None, false);
    let done = host.stream(&cmd, bells, &mut |bytes| {
        text.push_str(&String::from_utf8_lossy(bytes.unwrap_or_default()));
        if number.is_none()
            && let Some((first, rest)) = text.split_once('\n')
        {
            (number, text) = (Some(first.trim().to_owned()), rest.to_owned());
        }
        let mut wanted = look(None);
        while let Some((said, rest)) = text.split_once("\n.\n") {
            if let Some(seen) = Look::read(said, host.now()) {
                busy = !seen.jobs.is_empty();
                wanted = look(Some(seen));
            }
            text = rest.to_owned();
        }
        match wanted {
            false => Go::Stop,
            true if bells.is_empty() => Go::On,
            true => Go::Sleep,
        }
    });
    match (done, number) {
        // A container that lets nobody in is told by its own events.
        (Ok(done), _) => busy && done.ok(),
        (Err(_), number) => {
            number.into_iter().for_each(|number| within::end(host, name, USER, &number));
            false
        }
    }
}

/// Who may ask gitlab-runner and the nested podman.
const USER: Option<&str> = Some("runner");

/// What something has taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Time of processors in all, in microseconds.
    pub cpu: u64,
    /// Memory now, in bytes.
    pub memory: u64,
}

/// One look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// The jobs that run.
    pub jobs: Vec<Job>,
    /// Seconds of the machine's clock.
    pub at: f64,
    /// Whether gitlab-runner itself lists the jobs.
    pub listed: bool,
    /// What the whole container has taken.
    pub whole: Taken,
    /// What each job has taken.
    pub each: BTreeMap<u64, Taken>,
    /// Whether the kernel counts the container's memory: else it is what its processes have for themselves, and no limit
    /// can be set.
    pub counted: bool,
}

/// Where containers of jobs have their cgroups, where they have any (assets/image/cgroups), each named by its ID.
const CGROUPS: &str = "/sys/fs/cgroup/jobs.slice/";

/// A process.
#[derive(Clone, Copy, Default)]
struct Process {
    parent: u32,
    taken: Taken,
}

impl Look {
    /// Reads what the program said up to a line `.`; `None` where it does not say which jobs run.
    pub fn read(said: &str, now: Timestamp) -> Option<Self> {
        let Running { jobs, listed } = jobs::told(said.lines().filter(|line| !line.starts_with('/')), now)?;
        let mut look = Self { jobs, listed, ..Self::default() };
        let mut processes: BTreeMap<u32, Process> = BTreeMap::new();
        let mut cgroups: BTreeMap<&str, Taken> = BTreeMap::new();
        let mut counted = None;
        for (file, text) in said.lines().filter(|line| line.starts_with('/')).filter_map(|line| line.split_once(':')) {
            let pid = file.strip_prefix("/proc/").and_then(|rest| rest.split('/').next()?.parse().ok());
            let number = |text: &str| text.split_whitespace().find_map(|word| word.parse::<u64>().ok());
            match (file, pid) {
                ("/proc/uptime", _) => look.at = text.split(' ').next()?.parse().ok()?,
                ("/sys/fs/cgroup/memory.current", _) => counted = number(text),
                ("/sys/fs/cgroup/cpu.stat", _) if text.starts_with("usage_usec") => look.whole.cpu = number(text)?,
                (file, None) if file.starts_with(CGROUPS) => {
                    let Some((id, file)) = file.rsplit_once('/') else { continue };
                    let taken = cgroups.entry(id.rsplit('/').next().unwrap_or_default()).or_default();
                    *(if file == "cpu.stat" { &mut taken.cpu } else { &mut taken.memory }) = number(text)?;
                }
                (file, Some(pid)) if file.ends_with("/stat") => stat(text, processes.entry(pid).or_default()),
                (file, Some(pid)) if file.ends_with("/status") => {
                    processes.entry(pid).or_default().taken.memory = number(text).unwrap_or_default() * 1024;
                }
                _ => {}
            }
        }
        look.counted = counted.is_some();
        look.whole.memory = counted.unwrap_or_else(|| processes.values().map(|process| process.taken.memory).sum());
        let containers = said.lines().find(|line| line.starts_with('[')).map(containers).unwrap_or_default();
        let roots = containers.iter().filter_map(|of| Some((of.pid?, of.job))).collect();
        for (pid, process) in &processes {
            if let Some(job) = job_of(*pid, &roots, &processes) {
                let taken = look.each.entry(job).or_default();
                taken.cpu += process.taken.cpu;
                taken.memory += process.taken.memory;
            }
        }
        // Where the kernel counts a job's own, that has also what processes took that nobody waited for.
        let mut counted: BTreeMap<u64, Taken> = BTreeMap::new();
        for (of, taken) in containers.iter().filter_map(|of| Some((of, cgroups.get(&*of.id)?))) {
            let job = counted.entry(of.job).or_default();
            job.cpu += taken.cpu;
            job.memory += taken.memory;
        }
        look.each.extend(counted);
        Some(look)
    }
}

/// `PID (NAME) STATE PARENT …`; the name may hold anything. Time of its own, and of its children that have ended.
fn stat(text: &str, process: &mut Process) {
    let Some((_, rest)) = text.rsplit_once(") ") else { return };
    let fields: Vec<&str> = rest.split(' ').collect();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or_default();
    process.parent = number(1).try_into().unwrap_or_default();
    process.taken.cpu = (11..15).map(number).sum::<u64>() * TICK;
}

/// A container of a job.
struct Container {
    id: String,
    job: u64,
    /// Its first process, where it runs.
    pid: Option<u32>,
}

fn containers(json: &str) -> Vec<Container> {
    let found: Vec<Value> = serde_json::from_str(json).unwrap_or_default();
    let container = |container: &Value| {
        let job = container["Labels"][format!("{LABEL}job.id")].as_str()?.parse().ok()?;
        let pid = container["Pid"].as_u64().filter(|pid| *pid != 0).and_then(|pid| pid.try_into().ok());
        Some(Container { id: container["Id"].as_str().unwrap_or_default().to_owned(), job, pid })
    };
    found.iter().filter_map(container).collect()
}

/// Whose descendant a process is.
fn job_of(pid: u32, roots: &BTreeMap<u32, u64>, processes: &BTreeMap<u32, Process>) -> Option<u64> {
    let mut at = pid;
    // Read one after the other, they may tell of a circle.
    for _ in 0..processes.len() {
        if let Some(job) = roots.get(&at) {
            return Some(*job);
        }
        at = processes.get(&at).filter(|process| process.parent != 0)?.parent;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const SAID: &str = r#"url=https://g/a/-/jobs/7 state=running stage=step_script executor_stage=x duration=12s
listed
[{"Created":"2026-11-24T10:00:00Z","Pid":70,"Labels":{"com.gitlab.gitlab-runner.job.id":"7"}},{"Pid":0,"Labels":{"com.gitlab.gitlab-runner.job.id":"7"}}]
/proc/1/status:RssAnon:	    1000 kB
/proc/70/status:RssAnon:	     100 kB
/proc/71/status:RssAnon:	      20 kB
/proc/uptime:5000.25 9000.00
/proc/1/stat:1 (systemd) S 0 1 1 0 -1 4 0 0 0 0 1 1 0 0 20 0 1 0
/proc/70/stat:70 (a) b) S 1 70 70 0 -1 4 0 0 0 0 10 5 100 50 20 0 1 0
/proc/71/stat:71 (sh) R 70 70 70 0 -1 4 0 0 0 0 30 10 0 0 20 0 1 0
/sys/fs/cgroup/cpu.stat:usage_usec 123456
/sys/fs/cgroup/cpu.stat:user_usec 1
"#;

    #[test]
    fn a_job_takes_what_its_containers_processes_and_those_that_ended_took() {
        let look = Look::read(SAID, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(look.each, [(7, Taken { cpu: 205 * TICK, memory: 120 * 1024 })].into());
        assert_eq!((look.jobs.len(), look.at, look.counted), (1, 5000.25, false));
        assert_eq!(look.whole, Taken { cpu: 123_456, memory: 1120 * 1024 });
        let counted = Look::read(&format!("{SAID}/sys/fs/cgroup/memory.current:777\n"), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!((counted.whole.memory, counted.counted), (777, true));
        // Where jobs have cgroups.
        let own = SAID.replace("\"Pid\":70", "\"Id\":\"abc\",\"Pid\":70")
            + "/sys/fs/cgroup/jobs.slice/podman.service/abc/cpu.stat:usage_usec 5000000\n\
                   /sys/fs/cgroup/jobs.slice/podman.service/abc/memory.stat:anon 4096\n/sys/fs/cgroup/jobs.slice/podman.service/podman/memory.stat:anon 7\n";
        let own = Look::read(&own, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(own.each, [(7, Taken { cpu: 5_000_000, memory: 4096 })].into());
        assert_eq!(Look::read("Error: no\n", Timestamp::UNIX_EPOCH), None);
    }

    #[test]
    fn the_program_is_one_that_a_shell_can_read() {
        assert!(crate::text::shell::is_readable(&program()));
    }
}
