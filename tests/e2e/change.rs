//! `pipglr config` and `edit`: a change of the configuration on a real machine, as it should go.

use crate::gitlab::state::JobState;
use crate::image_store::{HELD_JOB, HELPER_IMAGE, JOB_IMAGE};
use crate::screen::SECONDS;
use crate::server::Server;
use crate::setup::{SETUP, TOKEN, answer, machine};
use crate::testhost::{Machine, Output};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);
pub const STATE: &str = "~/.local/state/pipglr";
pub const STORE: &str = "~/.local/share/containers/storage/secrets/filedriver/secretsdata.json";

/// A machine whose runner is up with `concurrent = 2`; its configuration is in `new.toml`.
pub fn set_up() -> (Machine, Server) {
    let (machine, server) = (machine(), Server::start());
    let base = format!(
        "# mine\nconcurrent = 2 # jobs\ncheck_interval = 1\n\n[[runners]]\n  executor = \"docker\"\n  [runners.docker]\n    \
         host = \"unix:///home/runner/podman.sock\"\n    image = \"{JOB_IMAGE}\"\n    helper_image = \"{HELPER_IMAGE}\"\n    \
         pull_policy = [\"if-not-present\"]\n"
    );
    machine.write("base.toml", &base);
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"\nconfig_file = \"base.toml\"", server.url()));
    machine.user(SETUP).ok();
    machine.user("pipglr config show --reveal >new.toml").ok();
    (machine, server)
}

/// Makes `new.toml` say another number.
pub fn write_concurrent(machine: &Machine, n: u32) {
    machine.user(&format!("sed -i 's/^concurrent = [0-9]*/concurrent = {n}/' new.toml")).ok();
}

/// By a container that is recreated.
pub fn apply(machine: &Machine, options: &str) -> Output {
    hand_over(machine, &format!("--recreate {options}"))
}

/// To the gitlab-runner that runs, where it takes it.
pub fn hand_over(machine: &Machine, options: &str) -> Output {
    let output = machine.user(&format!("pipglr config apply new.toml --yes {options} </dev/null"));
    assert!(!output.both().contains(&TOKEN[10..]), "the token is shown: {}", output.both());
    output
}

/// The runner is up, its container has the secret as it is, and gitlab-runner works with this number.
#[track_caller]
pub fn assert_works_with(machine: &Machine, concurrent: u32) {
    let status: serde_json::Value = serde_json::from_str(&machine.user("pipglr status --json").out).unwrap();
    assert_eq!(status["healthy"], true, "{status:#}");
    assert_eq!(status["concurrent"], concurrent, "{status:#}");
    assert_eq!(status["container"]["config_current"], true, "{status:#}");
    let metric =
        machine.user("podman exec pipglr curl -s http://127.0.0.1:9252/metrics | grep ^gitlab_runner_concurrent");
    assert_eq!(metric.ok().trim(), format!("gitlab_runner_concurrent {concurrent}"));
    assert_eq!(machine.user("podman ps -a --format '{{.Names}}'").ok().trim(), "pipglr", "one container is left");
    assert_eq!(machine.user(&format!("find {STATE}/work -type f")).out, "", "nothing waits");
}

/// As podman has it on its disk: no version lies about that, and 4.3 has no other way but a container.
pub fn secret(machine: &Machine) -> String {
    let id = machine.user("podman secret inspect -f '{{.ID}}' config.toml").ok();
    machine.user(&format!("jq -r '.[\"{}\"] // \"\"' {STORE} | base64 -d", id.trim())).ok()
}

pub fn container(machine: &Machine) -> String {
    machine.user("podman inspect -f '{{.Id}} {{.State.Status}}' pipglr").ok()
}

/// No token but where it belongs: podman's store, the history, the work file.
pub fn assert_not_leaked(machine: &Machine) {
    machine.user("rm -f new.toml old.toml token base.toml").ok();
    let pattern = format!("'{}[{}]'", &TOKEN[8..TOKEN.len() - 1], &TOKEN[TOKEN.len() - 1..]);
    let found = machine.root(&format!(
        "grep -rl {pattern} /home/johndoe --exclude-dir=containers --exclude-dir=history --exclude-dir=work; \
         grep -rl {pattern} /run/user /tmp /dev/shm 2>/dev/null | grep -v /crun/; \
         journalctl -o cat --no-pager | grep -c {pattern}; \
         cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep {pattern}"
    ));
    assert_eq!(found.out.trim(), "0", "{}", found.both());
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn concurrent_from_two_to_five_and_back() {
    let (machine, _server) = set_up();
    write_concurrent(&machine, 5);
    let begun = Instant::now();
    let output = apply(&machine, "").fails_with(0);
    eprintln!("config apply, all of it: {:.1} s", begun.elapsed().as_secs_f64());
    eprintln!("{}", output.out.lines().last().unwrap_or_default());
    for words in
        ["-concurrent = 2 # jobs", "+concurrent = 5 # jobs", "no job runs", "first poll seen", "The runner works with"]
    {
        assert!(output.out.contains(words), "{words}: {}", output.both());
    }
    assert_works_with(&machine, 5);
    assert!(secret(&machine).starts_with("# mine\nconcurrent = 5 # jobs\n"));

    // The versions, private; and again is nothing to do.
    let kept = machine.user(&format!("cd {STATE}/history && stat -c %a . * && grep -h ^concurrent *")).ok();
    assert_eq!(kept, "700\n600\n600\nconcurrent = 2 # jobs\nconcurrent = 5 # jobs\n");
    let history = machine.user("pipglr config history").ok();
    assert!(
        history.lines().count() == 2 && history.lines().next().unwrap().ends_with("the secret as it is now"),
        "{history}"
    );
    let before = container(&machine);
    assert!(hand_over(&machine, "").fails_with(0).out.contains("Nothing to do"));
    assert_eq!(container(&machine), before);

    // Masked, unless asked; and by standard input.
    let shown = machine.user("pipglr config show").ok();
    assert!(shown.contains("concurrent = 5") && !shown.contains(&TOKEN[10..]), "{shown}");
    assert!(machine.user("pipglr config show --reveal").ok().contains(TOKEN));
    machine.user("sed s/^concurrent.*/concurrent=4/ new.toml | pipglr config apply - --yes").ok();
    assert_works_with(&machine, 4);

    machine.user("pipglr config undo --yes").ok();
    assert_works_with(&machine, 5);
    let unasked = machine.user("pipglr config undo </dev/null").fails_with(2);
    assert!(unasked.err.contains("--yes"), "{}", unasked.both());
    assert_works_with(&machine, 5);
    assert_not_leaked(&machine);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_bad_configuration_changes_nothing() {
    let (machine, _server) = set_up();
    let before = (
        container(&machine),
        machine.user("podman secret ls -q").ok(),
        machine.user(&format!("find {STATE} | sort")).ok(),
    );
    machine.user("printf 'concurrent = \"\\n' >new.toml").ok();
    let output = apply(&machine, "").fails_with(3);
    assert!(output.err.contains("line 1, column"), "{}", output.both());
    machine.user("printf 'a\\377b' >new.toml").ok();
    apply(&machine, "").fails_with(3);
    machine.user(": >new.toml").ok();
    assert_ne!(apply(&machine, "").code, 0);
    machine.user("pipglr config apply nowhere.toml --yes").fails_with(2);
    machine.user("pipglr config apply --yes").fails_with(2);
    machine.user("pipglr config undo --yes").fails_with(1);
    let after = (
        container(&machine),
        machine.user("podman secret ls -q").ok(),
        machine.user(&format!("find {STATE} | sort")).ok(),
    );
    assert_eq!(before, after);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_running_job_ends_before_the_container_and_at_once_only_when_asked() {
    let (machine, server) = set_up();
    machine.load_job_images();
    let job = server.script("", &HELD_JOB);
    server.wait_trace(job, "it runs", MINUTE);
    write_concurrent(&machine, 5);
    let screen =
        machine.screen("pipglr config apply new.toml --recreate --yes; echo ended with $?; sleep 300", 60, 160);
    screen.wait_for(&format!("waiting for job {job}"), SECONDS(240));
    assert!(screen.shows(&format!("Running jobs: 1 ({job})")), "{}", screen.dump());
    machine.let_jobs_end();
    screen.wait_for("ended with 0", SECONDS(240));
    let job = server.wait_job(job, MINUTE);
    assert_eq!(job.state, JobState::Success, "{}", job.text());
    assert!(job.text().contains("it has ended"));
    assert_works_with(&machine, 5);

    let job = server.script("", &["echo it runs", "sleep 600"]);
    server.wait_trace(job, "it runs", MINUTE);
    write_concurrent(&machine, 6);
    let begun = Instant::now();
    apply(&machine, "--now").fails_with(0);
    assert!(begun.elapsed() < 4 * MINUTE, "{:?}", begun.elapsed()); // the job has ten
    assert_works_with(&machine, 6);
    let job = server.wait_job(job, MINUTE);
    assert_ne!(job.state, JobState::Success, "{}", job.text());
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn an_editor_of_ones_own() {
    let (machine, _server) = set_up();
    machine.write(
        "ed.sh",
        "#!/bin/sh\nstat -c '%a %n' $1 >>seen; stat -f -c %T $1 >>seen; sed -i \"s/^concurrent.*/$(cat line)/\" $1\n",
    );
    machine.user("chmod 755 ed.sh; echo 'concurrent = 6' >line").ok();
    let mut screen = machine.screen("EDITOR=~/ed.sh pipglr edit --plain; echo ended with $?; sleep 300", 40, 120);
    screen.wait_for("+concurrent = 6", SECONDS(240)).wait_for("Apply it? [y/N]", SECONDS(20));
    screen.send("y\r");
    screen.wait_for("The runner works with", SECONDS(60)).wait_for("ended with 0", SECONDS(10));
    assert_works_with(&machine, 6);
    let seen = machine.user("cat seen").ok();
    assert!(seen.starts_with("600 /run/user/") && seen.contains("tmpfs"), "{seen}");

    // An error is said, and the text kept where it is not fixed now.
    machine.user("echo 'concurrent = \"' >line").ok();
    let mut screen = machine.screen("EDITOR=~/ed.sh pipglr edit --plain; echo ended with $?; sleep 300", 40, 120);
    screen.wait_for("Edit it again? [y/N]", SECONDS(30));
    screen.send("n\r").wait_for("ended with 3", SECONDS(10));
    assert!(screen.shows("is kept in"), "{}", screen.dump());
    assert!(machine.user("pipglr config apply --yes").fails_with(3).err.contains("line "));
    assert!(machine.user("pipglr status").ok().contains("was not applied"));
    machine.user("pipglr config undo --yes").ok();
    assert_works_with(&machine, 6);
    assert_eq!(machine.user("ls -d /run/user/1000/pipglr-edit*").code, 2, "the editor's file is gone");
    assert_not_leaked(&machine);
}

/// All of a container that two may have in common: not its IDs, times and paths.
fn looks(machine: &Machine) -> serde_json::Value {
    let look = "podman inspect pipglr | jq '.[0] | {Name, Image, ImageName, Secrets: [.Config.Secrets[] | del(.ID)], \
                Mounts: ([.Mounts[]] | sort_by(.Destination)), Config: (.Config | del(.Hostname, .CreateCommand, .Secrets, .Annotations[\"io.kubernetes.cri-o.Created\"]) | \
                .Env |= (map(select(test(\"^(HOSTNAME|container_uuid)=\") | not)) | sort)), \
                HostConfig: (.HostConfig | del(.LogConfig.Path) | .Binds |= sort), \
                CreateCommand: .Config.CreateCommand, State: .State.Status}'";
    let mut looks: serde_json::Value = serde_json::from_str(&machine.user(look).ok()).unwrap();
    // `run -d --name pipglr`, and `create --name pipglr-next`, renamed: what is behind them counts.
    let words = looks["CreateCommand"].as_array_mut().unwrap();
    let verb = words.iter().position(|word| word == "run" || word == "create").unwrap();
    words.drain(..=verb);
    words.retain(|word| word != "-d");
    let name = words.iter().position(|word| word == "--name").unwrap();
    words.drain(name..name + 2);
    looks
}

/// The README's "Configuration Editing", as it stands there, and pipglr: the end is the same.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn by_hand_and_by_pipglr_the_end_is_the_same() {
    let (machine, _server) = set_up();
    // A container that the README's own label has made, as its own step 6 says.
    machine.user("podman stop pipglr && podman rm pipglr && podman container runlabel run $IMAGE").ok();
    let (text, before) = (secret(&machine), looks(&machine));

    let by_hand = |number: u32| {
        machine.write("ed.sh", &format!("#!/bin/sh\nsed -i 's/^concurrent = [0-9]*/concurrent = {number}/' \"$1\"\n"));
        // podman 4.3 loses a short container's output now and then, with exit code 0: a user looks, and does it again.
        let dump = "podman container runlabel dumpconfig $IMAGE > ./config.toml";
        machine
            .user(&format!(
                "chmod 755 ed.sh; for n in 1 2 3 4 5; do {dump}; grep -q pull_policy config.toml && break; done"
            ))
            .ok();
        machine
            .user(
                "export EDITOR=./ed.sh; $EDITOR ./config.toml && podman secret rm config.toml && \
                 podman secret create config.toml ./config.toml && rm ./config.toml",
            )
            .ok();
        machine.user("podman stop pipglr && podman rm pipglr && podman container runlabel run $IMAGE").ok();
    };
    by_hand(5);
    let (by_hand_text, by_hand_looks) = (secret(&machine), looks(&machine));
    machine.user("pipglr status").ok();
    assert_works_with(&machine, 5);
    by_hand(2);
    assert_eq!((secret(&machine), looks(&machine)), (text, before));

    write_concurrent(&machine, 5);
    apply(&machine, "").fails_with(0);
    assert_works_with(&machine, 5);
    assert_eq!(secret(&machine), by_hand_text);
    similar(&looks(&machine), &by_hand_looks);

    // And once more after one another: pipglr's own container by hand, and what was made by hand by pipglr.
    by_hand(6);
    write_concurrent(&machine, 5);
    apply(&machine, "").fails_with(0);
    assert_eq!(secret(&machine), by_hand_text);
    similar(&looks(&machine), &by_hand_looks);
    assert_works_with(&machine, 5);
}

#[track_caller]
fn similar(ours: &serde_json::Value, theirs: &serde_json::Value) {
    assert_eq!(ours, theirs, "\nours: {ours:#}\n\ntheirs: {theirs:#}");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_token_that_gitlab_has_renewed_is_taken_over() {
    let (machine, server) = set_up();
    // As gitlab-runner does when three quarters of a token's life are over: into its own copy.
    let renew = |from: &str, to: &str| {
        let copy = "/run/gitlab-runner/config.toml";
        let script = format!("sed s/{from}/{to}/ {copy} >/tmp/c && cat /tmp/c >{copy} && rm /tmp/c");
        machine.user_with("podman exec -i --user runner pipglr sh -s", script.as_bytes()).ok();
    };
    let tokens = ["glrt-t1_newbcdefghijklmno", "glrt-t1_thirddefghijklmno"];
    renew(TOKEN, tokens[0]);
    // A restart keeps it: GitLab takes no other any more.
    machine.user("podman restart pipglr").ok();
    server.wait_polls(tokens[0], 1, MINUTE);
    let status = machine.user("pipglr status").ok();
    assert!(status.contains("GitLab has renewed a token") && !status.contains(&tokens[0][10..]), "{status}");

    // Whatever is applied takes it along, and all else is as the user wrote it.
    write_concurrent(&machine, 5);
    let text = machine.user("cat new.toml").ok();
    let output = apply(&machine, "").fails_with(0);
    assert!(output.out.contains("renewed the token of a runner") && !output.both().contains(&tokens[0][10..]));
    assert_works_with(&machine, 5);
    let carried = secret(&machine);
    assert_eq!(carried, text.replace(TOKEN, tokens[0]));
    assert!(!machine.user("pipglr status").ok().contains("renewed"));

    // By itself, from a container that does not run.
    renew(tokens[0], tokens[1]);
    machine.user("podman stop pipglr").ok();
    machine.user("pipglr config apply --yes </dev/null").ok();
    assert_works_with(&machine, 5);
    assert_eq!(secret(&machine), carried.replace(tokens[0], tokens[1]));
    machine.user("pipglr config apply --yes </dev/null").fails_with(2);
    assert_not_leaked(&machine);
}
