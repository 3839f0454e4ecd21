//! What a job can reach, and what it cannot: each promise of the table in assets/docs/isolation.md, tried from inside jobs of
//! two projects by harmless probes.

use std::time::{Duration, Instant};

use crate::gitlab::state::{JobSpec, JobState};
use crate::image::Pipglr;
use crate::image_store::{IMAGE, JOB_IMAGE, NESTED};

const MINUTE: Duration = Duration::from_secs(60);
const OURS: u64 = 7;
const THEIRS: u64 = 8;

impl Pipglr {
    /// A job of a project, in the background.
    fn begin(&self, project: u64, lines: &[&str]) -> u64 {
        self.server.enqueue(JobSpec {
            script: lines.iter().map(|line| (*line).to_string()).collect(),
            project,
            ..JobSpec::default()
        })
    }

    /// The same to its end, which must be a good one.
    #[track_caller]
    fn done(&self, project: u64, lines: &[&str]) -> String {
        let job = self.server.wait_job(self.begin(project, lines), MINUTE);
        assert_eq!(job.state, JobState::Success, "{}", job.text());
        job.text()
    }
}

/// What a job printed after `NAME=`, not what its script says.
#[track_caller]
fn said<'a>(trace: &'a str, name: &str) -> &'a str {
    let found = trace.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("no {name} in\n{trace}"))
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_cache_is_found_again_by_its_project_and_by_no_other() {
    let rig = Pipglr::started();
    assert!(rig.machine.read("config.toml").contains("volumes = [\"/cache\"]"));
    rig.done(OURS, &["echo ours >/cache/x"]);
    let other = rig.done(THEIRS, &["echo found=$(cat /cache/x 2>&1)", "echo theirs >/cache/x"]);
    assert!(said(&other, "found").contains("No such file"), "{other}");
    let again = rig.done(OURS, &["echo found=$(cat /cache/x)"]);
    assert_eq!(said(&again, "found"), "ours");
}

/// The nested podman with the rights a job has that is given its socket.
const FOR_JOBS: &str = "podman exec --user root pipglr podman --url unix:///run/podman-jobs/jobs.sock";

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_container_has_no_device_and_no_right_that_it_does_not_need() {
    let rig = Pipglr::registered(IMAGE);
    // As a device of the host that everybody may use, such as /dev/kvm often is.
    rig.machine.root("mknod -m 666 /dev/pipglr-probe c 1 3").ok();
    rig.start(IMAGE);
    rig.machine.load_job_images();
    let trace = rig.done(
        OURS,
        &["echo devices=$(cd /dev; echo *)", "grep CapEff /proc/self/status", "mkdir -p /m && mount -t tmpfs x /m"],
    );
    assert!(!said(&trace, "devices").contains("pipglr-probe"), "{trace}");
    assert!(said(&trace, "devices").contains("fuse") && trace.contains("000001ffffffffff"), "{trace}");

    // CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, SETPCAP, SYS_CHROOT, SYS_ADMIN; a filter of system calls.
    let status = rig.exec("grep -E '^(CapBnd|Seccomp):' /proc/1/status").ok();
    assert_eq!(status.split_whitespace().collect::<Vec<_>>(), ["CapBnd:", "00000000002401eb", "Seccomp:", "2"]);
    rig.exec("test ! -e /dev/pipglr-probe").ok();
    assert_eq!(
        rig.exec("find / -xdev -type f -perm /6000").ok().lines().collect::<std::collections::BTreeSet<_>>(),
        ["/usr/bin/newgidmap", "/usr/bin/newuidmap"].into()
    );
    assert_eq!(rig.machine.user("podman inspect --format '{{.HostConfig.PidsLimit}}' pipglr").ok().trim(), "0");
    // Without it some kernels let no privileged job start.
    let sys = rig.exec("grep ' /sys ' /proc/mounts").ok();
    assert!(sys.starts_with("sysfs /sys sysfs rw,"), "{sys}");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_runner_keeps_its_tokens_and_a_job_is_nobody_of_the_container() {
    let rig = Pipglr::started();
    let serve = "mkdir /w; echo se''cret >/w/index.html; httpd -p 8000 -h /w";
    let address = "echo address=$(ip -4 addr show eth0 | grep -Eo '10[0-9.]+' | head -1)";
    let job = rig.begin(OURS, &[serve, address, "echo be''gun", "exec sleep 1234"]);
    let address = said(&rig.server.wait_trace(job, "begun", MINUTE).text(), "address").to_owned();
    // Root, podman and runner of the container are nobody in a job: not by its map, and not by that of a process in it.
    let maps = "cd $(dirname $(grep -lz ^1234 /proc/[0-9]*/cmdline | head -1)); cat uid_map gid_map";
    let maps = rig.exec(&format!("sh -c '{maps}'")).ok();
    assert!(maps.lines().count() >= 4, "{maps}");
    for line in maps.lines() {
        let [_, first, count] = line.split_whitespace().map(|n| n.parse::<u64>().unwrap()).collect::<Vec<_>>()[..]
        else {
            panic!("{maps}")
        };
        assert!([0, 1000, 1001].iter().all(|id| !(first..first + count).contains(id)), "{maps}");
    }
    let other = rig.done(
        THEIRS,
        &[
            "echo seen=$(cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c 'sleep 123[4]')",
            "echo files=$(ls /run/secrets /home/runner /run/gitlab-runner /var/lib/gitlab-runner /run/podman-jobs 2>/dev/null)",
            "get() { timeout 4 wget -qO- $1 || true; }",
            "echo metrics=$(get http://127.0.0.1:9252/metrics)",
            "echo outer=$(get http://host.containers.internal:9252/metrics)",
            &format!("echo service=$(get http://{address}:8000/)"),
            serve,
            "echo own=$(get http://127.0.0.1:8000/)",
        ],
    );
    assert_eq!((said(&other, "seen"), said(&other, "files")), ("0", ""));
    // Its own is served to it, and nothing of anybody's.
    let got = ["own", "metrics", "outer", "service"].map(|way| said(&other, way));
    assert_eq!(got, ["secret", "", "", ""], "{other}");
    rig.server.cancel(job);

    // Also where jobs have the nested podman's socket: it does not see those folders itself.
    for folder in ["/run/secrets", "/home/runner", "/run/gitlab-runner", "/var/lib/gitlab-runner"] {
        let look = rig.machine.user(&format!("{FOR_JOBS} run --rm --network none -v {folder}:/x {JOB_IMAGE} ls -A /x"));
        assert!(!look.out.contains("config") && !look.out.contains("sock"), "{folder}: {look:?}");
    }

    let runner = rig.exec("sh -c 'cat /proc/$(systemctl show -P MainPID runner)/status'").ok();
    let value = |name: &str| runner.lines().find_map(|l| l.strip_prefix(name)).unwrap().trim().to_string();
    assert_eq!((value("NoNewPrivs:").as_str(), value("CapBnd:").as_str()), ("1", "0000000000000000"));
    let exposed = rig.exec("systemd-analyze security --no-pager runner.service").ok();
    let exposed: f64 = exposed.split("runner.service: ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(exposed < 2.0, "{exposed}");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn what_a_job_uses_up_is_its_own() {
    let rig = Pipglr::registered(IMAGE);
    // Where nothing else is said, gitlab-runner leaves out what is above 4 MiB of a job's output.
    rig.machine.user("sed -i 's/^  executor = .*/&\\n  output_limit = 65536/' config.toml").ok();
    rig.start(IMAGE);
    rig.machine.load_job_images();
    // As many as would have been too many for all jobs together, by podman's own limit.
    let crowd = "i=0; while [ $i -lt 3000 ]; do sleep 60 & i=$((i + 1)); done; echo crow''ded; sleep 20";
    let crowd = rig.begin(OURS, &["echo limit=$(ulimit -u)", crowd]);
    let job = rig.server.wait_trace(crowd, "crowded", MINUTE);
    assert_eq!(said(&job.text(), "limit"), "8192");
    let begun = Instant::now();
    rig.done(THEIRS, &["for i in 1 2 3 4 5; do true & done; wait"]);
    println!("beside 3000 processes a job takes {:.1} s", begun.elapsed().as_secs_f64());
    rig.server.cancel(crowd);

    // What it says is kept once, and not without an end.
    let loud =
        rig.begin(OURS, &["yes 0123456789012345678901234567890 | head -c 25000000 || true", "echo lo''ud", "sleep 30"]);
    rig.server.wait_trace(loud, "loud", MINUTE);
    let logs = "find /home/podman/.local/share/containers/storage -name ctr.log -size +11000k";
    assert_eq!(rig.exec(logs).ok(), "");
    rig.server.cancel(loud);

    // What a job left behind that was cut off goes, a day later; a cache stays.
    let volume = |name: &str| format!("{NESTED} volume create --label com.gitlab.gitlab-runner.managed=true {name}");
    let cut = "runner-t1imagea-project-7-concurrent-0-0123456789abcdef-cache-0123456789abcdef0123456789abcdef";
    let cache = "runner-t1imagea-project-7-concurrent-0-cache-0123456789abcdef0123456789abcdef";
    rig.machine.user(&format!("{}; {}", volume(cut), volume(cache))).ok();
    let left = || rig.machine.user(&format!("{NESTED} volume ls -q")).ok();
    rig.exec("systemctl start prune.service").ok();
    assert!(left().contains(cut) && left().contains(cache), "too early: {}", left());
    rig.exec("sh -c 'mkdir /tmp/later; printf \"#!/bin/sh\\necho \\$((\\$(/usr/bin/date +%%s) + 90000))\\n\" >/tmp/later/date; chmod -R 755 /tmp/later'").ok();
    let later =
        "podman exec --user runner --env PATH=/tmp/later:/usr/bin:/bin pipglr /usr/local/libexec/pipglr/prune-volumes";
    rig.machine.user(later).ok();
    assert!(!left().contains(cut) && left().contains(cache), "{}", left());
}

/// Volumes of images before: a job's root was the user podman of the container.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn what_jobs_left_before_is_given_to_the_ids_they_have_now() {
    let rig = Pipglr::started();
    rig.done(OURS, &["for u in 0 1 998 999 1000 65535; do touch /cache/f$u; chown $u:$u /cache/f$u; done"]);
    let store = "/home/podman/.local/share/containers";
    // As it was: 0 had 1000, 1 to 999 their own, and above were two more.
    let before = "cd STORE/storage/volumes/*-cache-*/_data; \
                  for u in 1 998 999; do chown -h $u:$u f$u; done; chown 1000:1000 . f0; chown 1002:1002 f1000; \
                  chown 65537:65537 f65535; rm STORE/.pipglr-nomap; systemctl restart podman.service";
    rig.exec(&format!("sh -c '{}'", before.replace("STORE", store))).ok();
    let trace = rig.done(OURS, &["cd /cache; touch new; echo owners=$(stat -c '%n:%u:%g' f* .)"]);
    assert_eq!(
        said(&trace, "owners"),
        "f0:0:0 f1:1:1 f1000:1000:1000 f65535:65535:65535 f998:998:998 f999:999:999 .:0:0"
    );
    // Once is enough.
    rig.exec("systemctl restart podman.service").ok();
    let again = rig.done(OURS, &["cd /cache; echo owners=$(stat -c '%n:%u:%g' f0 .)"]);
    assert_eq!(said(&again, "owners"), "f0:0:0 .:0:0");
}

/// What a privileged job is for.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_job_builds_and_runs_images() {
    let rig = Pipglr::started();
    // The image itself has a podman; the job image the one program that runs without anything beside it.
    let builder =
        "FROM localhost/pipglr:latest\\nCOPY busybox /\\nRUN sed -i /userns/d /etc/containers/containers.conf\\n";
    rig.machine.put(std::path::Path::new("/bin/busybox"), "busybox");
    rig.machine
        .user(&format!(
            "mkdir b tmp && mv busybox b && printf '{builder}' >b/Containerfile && TMPDIR=$HOME/tmp podman build -q -t localhost/builder b && \
             podman save localhost/builder | {NESTED} load"
        ))
        .ok();
    let script = [
        "mkdir c; cp /busybox c; printf 'FROM scratch\\nCOPY busybox /bin/\\nRUN [\"/bin/busybox\",\"mkdir\",\"/made\"]\\n' >c/Containerfile",
        "for isolation in oci chroot; do podman build -q --isolation $isolation -t made c; done",
        "podman run --rm made /bin/busybox ls -d /made",
        "podman run --rm --network none made /bin/busybox true",
        "unshare -Urmpinf --mount-proc true; unshare -m mount -t tmpfs x /mnt; chown 65535:65535 c",
    ];
    let job = rig.server.script("localhost/builder:latest", &script);
    let job = rig.server.wait_job(job, 3 * MINUTE);
    assert_eq!(job.state, JobState::Success, "{}", job.text());
}
