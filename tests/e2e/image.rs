//! The image: built with right and wrong arguments, its labels run the three
//! ways a user can run them, its container at work, hurt, stopped, re-created.

use std::time::{Duration, Instant};

use crate::gitlab::state::{Job, JobState};
use crate::image_store::{IMAGE, JOB_IMAGE, NESTED, for_jobs};
use crate::mock::service_job;
use crate::server::Server;
use crate::testhost::{Machine, Output, suite};

pub const TOKEN: &str = "glrt-t1_imageabcdefghijk";
const MINUTE: Duration = Duration::from_secs(60);

/// johndoe with the container at work.
pub struct Pipglr {
    pub machine: Machine,
    pub server: Server,
}

impl Pipglr {
    /// Registered, not yet started.
    pub fn registered(image: &str) -> Self {
        let rig = Self { machine: Machine::with_image(&suite()).with_linger_and_ids(), server: Server::start() };
        rig.register(image);
        rig
    }

    /// At work, with the images for jobs, four jobs at a time.
    pub fn started() -> Self {
        let rig = Self::registered(IMAGE);
        rig.start(IMAGE);
        rig.machine.load_job_images();
        rig.server.wait_polls(TOKEN, 1, MINUTE);
        rig
    }

    fn register(&self, image: &str) {
        self.machine.user_with("podman secret create REGISTRATION_TOKEN -", TOKEN.as_bytes()).ok();
        self.machine.user("touch config.toml && chmod 600 config.toml").ok();
        let url = self.server.url();
        let options = format!("--env CI_SERVER_URL={url} --env RUNNER_NAME=ours");
        self.label(image, "register", &options).ok();
    }

    pub fn start(&self, image: &str) {
        let config = for_jobs(&self.machine.read("config.toml")).replace("concurrent = 1", "concurrent = 4");
        self.machine.user_with("podman secret create config.toml -", config.as_bytes()).ok();
        for label in ["setupstorage", "setupcache", "run"] {
            self.label(image, label, "").ok();
        }
    }

    /// A label as the wizard runs it, with options more.
    fn label(&self, image: &str, name: &str, options: &str) -> Output {
        let text = label(&self.machine, image, name);
        self.machine.user(&text.replace("$IMAGE", &format!("{options} {image}")))
    }

    pub fn exec(&self, command: &str) -> Output {
        self.machine.user(&format!("podman exec pipglr {command}"))
    }

    pub fn log(&self) -> String {
        self.machine.user("podman logs pipglr").ok()
    }

    fn state(&self) -> String {
        let inspect = "podman inspect --format '{{.State.Status}} {{.State.ExitCode}}' pipglr";
        self.machine.user(inspect).ok().trim().to_string()
    }

    #[track_caller]
    fn wait_state(&self, wanted: &str) {
        wait_until(wanted, || self.state().starts_with(wanted));
    }

    /// Runs a job to its good end.
    #[track_caller]
    fn job(&self, lines: &[&str]) -> String {
        let job = self.server.wait_job(self.server.script("", lines), MINUTE);
        succeeded(&job)
    }

    /// A job that has begun and goes on for so many seconds.
    fn long_job(&self, seconds: u32) -> u64 {
        let sleep = format!("sleep {seconds}");
        let id = self.server.script("", &["echo be''gun", &sleep, "echo en''ded"]);
        self.server.wait_trace(id, "begun", MINUTE);
        id
    }

    #[track_caller]
    fn ended(&self, id: u64) {
        let trace = succeeded(&self.server.wait_job(id, MINUTE));
        assert!(trace.contains("ended"), "{trace}");
    }
}

#[track_caller]
fn succeeded(job: &Job) -> String {
    assert_eq!(job.state, JobState::Success, "{}", job.text());
    job.text()
}

#[track_caller]
fn wait_until(what: &str, test: impl Fn() -> bool) {
    let deadline = Instant::now() + MINUTE;
    while !test() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn label(machine: &Machine, image: &str, name: &str) -> String {
    let format = format!("{{{{index .Labels \"{name}\"}}}}");
    machine.user(&format!("podman image inspect --format '{format}' {image}")).ok().trim().to_string()
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_console_tells_all_and_no_more() {
    let rig = Pipglr::registered(IMAGE);
    assert!(rig.machine.read("config.toml").contains("name = \"ours\""));
    rig.start(IMAGE);
    // Before any job, and before podman.service ran once.
    rig.exec("systemctl start prune.service").ok();
    rig.server.wait_polls(TOKEN, 2, MINUTE);
    assert_eq!(rig.exec("systemctl is-system-running").ok().trim(), "running");

    let log = rig.log();
    let line = regex::Regex::new(r"^\[ *\d+\.\d+\] ([^\s\[\]:]+)\[\d+\]: ").unwrap();
    let plain = regex::Regex::new("\u{1b}\\[[0-9;:!?]*[a-z]|\u{1b}\\]104\u{7}|\r").unwrap();
    let log = plain.replace_all(&log, "");
    let mut sources: Vec<&str> = Vec::new();
    for text in log.lines() {
        match line.captures(text) {
            Some(found) => sources.push(found.get(1).unwrap().as_str()),
            // PID 1's first lines come before the journal's.
            None => assert!(sources.is_empty(), "no source: {text}\n{log}"),
        }
    }
    for source in ["systemd", "gitlab-runner", "prune"] {
        assert!(sources.contains(&source), "{source} is not in\n{log}");
    }
    assert!(sources.len() < 60, "a noisy boot:\n{log}");
    for word in ["Failed", "failed", "ERROR", "error"] {
        assert!(!log.contains(word), "{word} in\n{log}");
    }
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn its_parts_answer_those_who_may_ask() {
    let rig = Pipglr::started();
    rig.machine.user(&format!("{NESTED} version")).ok();
    let ping = "curl -s --unix-socket /home/runner/podman.sock http://d/_ping";
    let as_user = |name: &str| rig.machine.user(&format!("podman exec --user {name} pipglr {ping}"));
    assert_eq!(as_user("runner").ok(), "OK");
    for other in ["podman", "nobody"] {
        as_user(other).fails_with(7);
        // Were the folder open, the socket itself would say no.
        let open = "chmod 755 /home/runner; setpriv --reuid=OTHER --regid=OTHER --clear-groups PING; \
                    rc=$?; chmod 700 /home/runner; exit $rc";
        let open = open.replace("OTHER", if other == "podman" { "1000" } else { "65534" });
        rig.exec(&format!("sh -c '{}'", open.replace("PING", ping))).fails_with(7);
    }
    let secret = rig.exec("stat -c '%U %a' /run/secrets/config.toml /run/gitlab-runner");
    assert_eq!(secret.ok(), "runner 400\nrunner 700\n");

    let runner = "podman exec --user runner pipglr";
    rig.machine.user(&format!("{runner} gitlab-runner verify --config /run/gitlab-runner/config.toml")).ok();
    let polls = format!("{runner} /usr/local/libexec/pipglr/polls");
    let counts = rig.machine.user(&polls).ok();
    let words: Vec<&str> = counts.split_whitespace().collect();
    // The token's short form is longer from 18.2 on.
    assert!(matches!(words[..], ["204", count, "t1_imagea" | "imageabcd"] if count != "0"), "{counts}");
    let show = rig.exec("systemctl show runner.service -p ActiveState -p SubState -p NRestarts -p ActiveEnterTimestampMonotonic -p Result");
    let show = show.ok();
    for line in ["ActiveState=active", "SubState=running", "NRestarts=0", "Result=success"] {
        assert!(show.lines().any(|l| l == line), "{show}");
    }
    rig.exec("systemctl stop runner.service").ok();
    let silent = rig.machine.user(&polls).fails_with(1);
    assert!(silent.err.starts_with("gitlab-runner is not running"), "{silent:?}");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn jobs_have_their_ids_rights_cache_and_services() {
    let rig = Pipglr::started();
    let trace = rig.job(&[
        "sed 's/  */ /g; s/^/map:/' /proc/self/uid_map /proc/self/gid_map",
        "touch f; chown 65535:65535 f && echo high ID: ok",
        "! chown 65538 f && echo too high an ID: refused",
        "grep CapEff /proc/self/status; ls /dev/fuse",
        "mkdir -p /cache/a && echo from the first job >/cache/a/f",
    ]);
    // As the nested podman has them, where 0 is the user podman. What is above is in as many ranges as the container's
    // own map has: the kernel takes none that crosses from one into the next.
    let map: Vec<&str> = trace.lines().filter_map(|line| line.trim().strip_prefix("map: ")).collect();
    let (uids, gids) = map.split_at(map.len() / 2);
    for map in [uids, gids] {
        assert_eq!(map, ["0 1 999", "999 1000 64535", "65534 65535 3"], "{trace}");
    }
    for words in ["high ID: ok", "too high an ID: refused", "000001ffffffffff", "/dev/fuse"] {
        assert!(trace.lines().any(|l| l.ends_with(words)), "{words} is not in\n{trace}");
    }
    let later = rig.job(&["cat /cache/a/f"]);
    assert!(later.contains("from the first job"), "{later}");

    // Where memory runs out, the kernel takes a job before its monitor, which has what all else in the container has.
    let job = rig.long_job(3);
    let of = |process: &str| rig.exec(&format!("sh -c 'cat /proc/$({process})/oom_score_adj'")).ok();
    assert_eq!((of("pidof -s sleep"), of("pidof -s conmon")), ("300\n".into(), of("echo 1")));
    rig.ended(job);

    let served = rig.server.enqueue(service_job());
    let trace = succeeded(&rig.server.wait_job(served, MINUTE));
    assert!(trace.contains("from the service"), "{trace}");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn four_jobs_run_at_once_on_one_registration() {
    let rig = Pipglr::started();
    let jobs: Vec<u64> = (0..4).map(|_| rig.server.script("", &["sleep 8"])).collect();
    wait_until("four running jobs", || jobs.iter().all(|id| rig.server.job(*id).state == JobState::Running));
    for id in jobs {
        succeeded(&rig.server.wait_job(id, MINUTE));
    }
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_nested_podman_that_is_killed_comes_back() {
    let rig = Pipglr::started();
    let restarts = || {
        let show = rig.exec("systemctl show podman.service -p NRestarts --value").ok();
        show.trim().parse::<u32>().unwrap()
    };
    let job = rig.long_job(60);
    rig.exec("systemctl kill --kill-whom=main --signal=KILL podman.service").ok();
    // Its container lives on; but its output has ended, and gitlab-runner has such a job end: within 10 s, or it is killed.
    assert_eq!(rig.server.wait_job(job, MINUTE).state, JobState::Failed);
    rig.job(&["true"]);
    assert_eq!(restarts(), 1);

    // Started anew where it cannot start: no number of failures may cost the socket.
    rig.machine.user("podman restart pipglr").ok();
    rig.exec("mv /usr/bin/newuidmap /root/").ok();
    let refused = rig.machine.user(&format!("timeout 20 {NESTED} version")).fails_with(125);
    assert!(refused.both().contains("EOF") || refused.both().contains("reset"), "{refused:?}");
    for _ in 0..6 {
        rig.exec("systemctl restart podman.service");
    }
    wait_until("a failure of its own accord", || restarts() >= 1);
    rig.exec("mv /root/newuidmap /usr/bin/").ok();
    wait_until("the nested podman", || rig.machine.user(&format!("timeout 20 {NESTED} version")).code == 0);
    rig.job(&["true"]);
}

/// As when memory runs out: the pause process goes, the monitors of the running containers, and podman itself.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_nested_podman_whose_pause_process_is_killed_comes_back() {
    let rig = Pipglr::started();
    let job = rig.long_job(600);
    // Held first, or it would see its containers end, and have none when it starts again. The pause process is
    // catatonit's, where that is installed.
    rig.exec("sh -c 'kill -STOP $(pidof podman); kill -9 $(pidof conmon podman catatonit)'").ok();
    let killed = Instant::now();
    wait_until("podman's own complaint", || rig.log().contains("try resetting the pause process"));
    wait_until("the nested podman", || rig.machine.user(&format!("timeout 20 {NESTED} version")).code == 0);
    println!("back {:.0} s after it was killed", killed.elapsed().as_secs_f64());
    assert_ne!(rig.server.wait_job(job, MINUTE).state, JobState::Success);
    assert!(rig.log().contains("the containers that nobody watched any more were ended"), "{}", rig.log());
    assert_eq!(rig.exec("sh -c 'cat /proc/[0-9]*/cmdline | grep -c sleep.60[0]'").out.trim(), "0", "the job lives on");
    rig.job(&["true"]);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_stop_waits_for_jobs_and_a_crash_is_come_back_from() {
    let rig = Pipglr::started();
    let halts = || rig.log().matches("Halting system").count();
    // Longer than the ten seconds podman gives a container of its own accord.
    let job = rig.long_job(14);
    rig.machine.user("podman stop pipglr").ok();
    rig.ended(job);
    assert_eq!(rig.state(), "exited 0");
    assert!(rig.log().contains("waiting for builds to finish"));

    // As at the boot of a host: what was stopped is started, too.
    rig.machine.user("systemctl --user start podman-restart.service").ok();
    rig.wait_state("running");
    assert_eq!(halts(), 1);
    let job = rig.long_job(4);
    rig.machine.user("podman kill --signal TERM pipglr").ok();
    rig.ended(job);
    wait_until("the end by SIGTERM", || halts() == 2);

    rig.machine.user("podman start pipglr").ok();
    rig.job(&["true"]);
    let pid = "podman inspect --format '{{.State.Pid}}' pipglr";
    let before = rig.machine.user(pid).ok();
    rig.machine.user(&format!("kill -9 {before}")).ok();
    wait_until("a container after the crash", || {
        let now = rig.machine.user(pid).ok();
        now != before && now.trim() != "0"
    });
    rig.job(&["true"]);

    let idle = Instant::now();
    rig.machine.user("podman stop pipglr").ok();
    assert!(idle.elapsed() < Duration::from_secs(5), "{:?}", idle.elapsed());
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(rig.state(), "exited 0");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_container_made_anew_is_the_same_runner() {
    let rig = Pipglr::started();
    rig.job(&["echo cached >/cache/f"]);
    let managers = || rig.server.runners()[0].managers.clone();
    // One of the register container, one of this.
    let before = managers();
    assert_eq!(before.len(), 2, "{before:?}");
    rig.machine.user("podman rm -f -t 20 pipglr").ok();
    rig.label(IMAGE, "run", "").ok();
    let trace = rig.job(&["cat /cache/f"]);
    assert!(trace.lines().any(|l| l.trim() == "cached"), "{trace}");
    assert_eq!(managers(), before);

    // Made anew, the volumes are empty, and of use.
    rig.machine.user("podman rm -f -t 20 pipglr && podman volume rm pipglr-storage pipglr-cache").ok();
    for label in ["setupstorage", "setupcache", "run"] {
        rig.label(IMAGE, label, "").ok();
    }
    rig.machine.load_job_images();
    rig.job(&["! cat /cache/f"]);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn what_the_configuration_says_goes_before_options() {
    let rig = Pipglr::registered(IMAGE);
    // Started without the secret it says what is missing.
    let run = label(&rig.machine, IMAGE, "run").replace("$IMAGE", IMAGE);
    let secret = "--secret config.toml,uid=1001,gid=1001,mode=0400";
    assert!(run.contains(secret), "{run}");
    rig.machine.user(&run.replace(secret, "")).ok();
    wait_until("the sentence", || rig.log().contains("make the podman secret config.toml"));
    assert_eq!(rig.exec("systemctl is-system-running").ok().trim(), "running");
    rig.machine.user("podman rm -f -t 20 pipglr && podman volume rm pipglr-storage pipglr-cache").ok();

    let command_line = || {
        let pid = rig.exec("systemctl show runner.service -p MainPID --value");
        let file = format!("cat /proc/{}/cmdline", pid.ok().trim());
        rig.exec(&file).ok().replace('\0', "\n")
    };
    rig.start(IMAGE);
    rig.server.wait_polls(TOKEN, 1, MINUTE);
    let words = command_line();
    for word in ["--log-level=info", "127.0.0.1:9252"] {
        assert!(words.lines().any(|l| l == word), "{words}");
    }
    let podman = rig.exec("systemctl show podman.service -p ExecStart").ok();
    assert!(podman.contains("--log-level=warn"), "{podman}");

    let config = rig.exec("cat /run/secrets/config.toml").ok();
    let config = format!("log_level = \"warn\"\nlisten_address = ':9300' # ours\n{config}");
    rig.machine.user("podman rm -f -t 20 pipglr && podman secret rm config.toml").ok();
    rig.machine.user_with("podman secret create config.toml -", config.as_bytes()).ok();
    let polls = rig.server.runners()[0].polls;
    rig.label(IMAGE, "run", "").ok();
    rig.server.wait_polls(TOKEN, polls + 1, MINUTE);
    let words = command_line();
    assert!(!words.contains("--log-level") && words.lines().any(|l| l == ":9300"), "{words}");
    let counts = rig.exec("/usr/local/libexec/pipglr/polls").ok();
    assert!(counts.starts_with("204 "), "{counts}");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn old_images_are_pruned_and_young_ones_kept() {
    let rig = Pipglr::started();
    rig.machine
        .user(&format!(
            "mkdir old && printf 'FROM scratch\\nCOPY f /\\n' >old/Containerfile && echo >old/f && \
             podman build -q --timestamp 0 -t old old && podman save -o old.tar old && {NESTED} load <old.tar"
        ))
        .ok();
    let images = || rig.machine.user(&format!("{NESTED} images")).ok();
    assert!(images().contains("localhost/old"));
    rig.exec("systemctl start prune.service").ok();
    let left = images();
    assert!(!left.contains("localhost/old") && left.contains("localhost/job"), "{left}");
    let next = rig.exec("systemctl show prune.timer -p NextElapseUSecRealtime --value").ok();
    assert!(next.contains("00:00:00"), "{next}");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn jobs_talk_to_the_nested_podman_where_the_recipe_lets_them() {
    let rig = Pipglr::registered(IMAGE);
    // By the program's own recipe; and the container's own programs, for the image of jobs has neither.
    let recipe = pipglr::config::recipes::find("jobs-socket").unwrap();
    let config = for_jobs(&rig.machine.read("config.toml"));
    let config = recipe.apply(&config, &std::collections::BTreeMap::new()).unwrap();
    assert!(config.contains("\"/run/podman-jobs/jobs.sock:/var/run/docker.sock\""), "{config}");
    for privileged in [true, false] {
        let config = config
            .replace("volumes = [", "volumes = [\"/usr:/outer/usr:ro\", \"/etc:/outer/etc:ro\", ")
            .replace("privileged = true", &format!("privileged = {privileged}"));
        rig.machine.user("podman rm -f -t 20 pipglr; podman secret rm config.toml; true").ok();
        rig.machine.user_with("podman secret create config.toml -", config.as_bytes()).ok();
        if privileged {
            for label in ["setupstorage", "setupcache"] {
                rig.label(IMAGE, label, "").ok();
            }
        }
        rig.label(IMAGE, "run", "").ok();
        rig.machine.load_job_images();
        let curl = "outer() { p=$1; shift; /outer/usr/lib64/ld-linux-x86-64.so.2 \
                      --library-path /outer/usr/lib/x86_64-linux-gnu /outer/usr/bin/$p \"$@\"; }; \
                    api() { outer curl -s --unix-socket /var/run/docker.sock \"$@\"; }";
        let trace = rig.job(&[
            curl,
            "api http://d/_ping | sed s/^/answer:/; echo",
            "outer podman --remote --url unix:///var/run/docker.sock ps --format '{{.Image}}' | sed s/^/remote:/",
            "grep CapEff /proc/self/status",
            &format!(
                "api -H 'Content-Type: application/json' -d '{{\"Image\": \"{JOB_IMAGE}\", \"Cmd\": [\"echo\", \"from beside\"]}}' \
                 'http://d/containers/create?name=beside'; api -X POST http://d/containers/beside/start; \
                 api -X POST http://d/containers/beside/wait; api 'http://d/containers/beside/logs?stdout=1' | tr -d '\\000-\\010' | \
                 sed s/^/heard:/; api -X DELETE http://d/containers/beside"
            ),
        ]);
        let has = |words: &str| assert!(trace.lines().any(|line| line.contains(words)), "{words}\n{trace}");
        has("answer:OK");
        has(&format!("remote:{JOB_IMAGE}")); // the job's own container, which runs this
        has("from beside");
        assert_eq!(trace.contains("000001ffffffffff"), privileged, "{trace}");

        // Started anew it is the same socket for a container that has it already.
        let job = rig.server.script("", &[curl, "echo be''gun; sleep 8; api http://d/_ping | sed s/^/answer:/; echo"]);
        rig.server.wait_trace(job, "begun", MINUTE);
        rig.exec("systemctl restart podman-jobs.service").ok();
        let trace = succeeded(&rig.server.wait_job(job, MINUTE));
        assert!(trace.contains("answer:OK"), "{trace}");
    }
    // It is nobody else's.
    let other = "podman exec --user runner pipglr curl -s --unix-socket /run/podman-jobs/jobs.sock http://d/_ping";
    rig.machine.user(other).fails_with(7);
}
