//! `pipglr config` and `edit`: a change of the configuration on a real machine, and all that can come between.

use crate::gitlab::state::JobState;
use crate::image_store::{HELPER_IMAGE, JOB_IMAGE};
use crate::screen::SECONDS;
use crate::server::Server;
use crate::setup::{SETUP, TOKEN, answer, machine};
use crate::testhost::{Machine, Output};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);
const STATE: &str = "~/.local/state/pipglr";
const STORE: &str = "~/.local/share/containers/storage/secrets/filedriver/secretsdata.json";

/// A machine whose runner is up with `concurrent = 2`; its configuration is in `new.toml`.
fn set_up() -> (Machine, Server) {
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
fn write_concurrent(machine: &Machine, n: u32) {
    machine.user(&format!("sed -i 's/^concurrent = [0-9]*/concurrent = {n}/' new.toml")).ok();
}

fn apply(machine: &Machine, options: &str) -> Output {
    let output = machine.user(&format!("pipglr config apply new.toml --yes {options} </dev/null"));
    assert!(!output.both().contains(&TOKEN[10..]), "the token is shown: {}", output.both());
    output
}

/// The runner is up, its container has the secret as it is, and gitlab-runner works with this number.
#[track_caller]
fn assert_works_with(machine: &Machine, concurrent: u32) {
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

fn secret(machine: &Machine) -> String {
    machine.user("podman secret inspect --showsecret config.toml | jq -r '.[0].SecretData'").ok()
}

fn container(machine: &Machine) -> String {
    machine.user("podman inspect -f '{{.Id}} {{.State.Status}}' pipglr").ok()
}

/// No token but where it belongs: podman's store, the history, the work file.
fn assert_not_leaked(machine: &Machine) {
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
    assert!(apply(&machine, "").fails_with(0).out.contains("Nothing to do"));
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
fn a_runner_that_does_not_come_up_gets_its_old_configuration_back() {
    let (machine, server) = set_up();
    // The server does not know this runner: nothing a lint could see.
    machine
        .user(&format!("sed -i 's/{TOKEN}/glrt-t1_mock403klmnopqr/; s/^concurrent.*/concurrent = 3/' new.toml"))
        .ok();
    let output = machine.user("pipglr config apply new.toml --yes </dev/null").fails_with(1);
    assert!(
        output.err.contains("GitLab accepts the runner") && output.err.contains("`pipglr config undo` goes back to"),
        "{}",
        output.both()
    );
    machine.user("pipglr config undo --yes").ok();
    assert_works_with(&machine, 2);

    // A person is asked.
    let mut screen = machine.screen("pipglr config apply new.toml; echo ended with $?; sleep 300", 40, 120);
    screen.wait_for("Put it to work? [y/N]", SECONDS(30));
    screen.send("y\r").wait_for("Go back to the version of", SECONDS(120));
    screen.send("y\r");
    screen.wait_for("the old one does again", SECONDS(120)).wait_for("ended with 1", SECONDS(10));
    assert!(!screen.raw().contains(&TOKEN[10..]));
    assert_works_with(&machine, 2);
    drop(server);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn two_admins_do_not_overwrite_each_other() {
    let (machine, _server) = set_up();
    write_concurrent(&machine, 5);
    let mut screen = machine.screen("pipglr config apply new.toml; echo ended with $?; sleep 300", 40, 120);
    screen.wait_for("Put it to work? [y/N]", SECONDS(30));
    machine.user("sed s/^concurrent.*/concurrent=9/ new.toml >old.toml; podman secret rm config.toml; cat old.toml | podman secret create config.toml -").ok();
    screen
        .send("y\r")
        .wait_for("changed by somebody else meanwhile", SECONDS(30))
        .wait_for("ended with 1", SECONDS(10));
    assert!(secret(&machine).contains("concurrent=9"), "nothing was overwritten");
    assert!(machine.user(&format!("cat {STATE}/work/config.toml")).ok().contains("concurrent = 5"), "and mine is kept");
    let status = machine.user("pipglr status").fails_with(3);
    assert!(
        status.out.contains("the secret was changed meanwhile") && status.out.contains("older config.toml"),
        "{}",
        status.both()
    );
    machine.user("pipglr setup --yes </dev/null").fails_with(1);
    assert!(secret(&machine).contains("concurrent=9"));
    // Each of the two can be had.
    let output = machine.user("pipglr config apply --yes").fails_with(0);
    assert!(output.out.contains("-concurrent=9") && output.out.contains("+concurrent = 5"), "{}", output.both());
    assert_works_with(&machine, 5);
    machine.user("pipglr config undo --yes").ok();
    assert_works_with(&machine, 9);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn what_an_admin_added_to_the_container_stays() {
    let (machine, _server) = set_up();
    let label = machine.user("podman inspect -f '{{range .Config.CreateCommand}}{{.}} {{end}}' pipglr").ok();
    let (options, image) = label.trim().rsplit_once(' ').unwrap();
    let own =
        format!("{options} -e FOO=bar --label mine=yes -v ./extra:/extra {image}").replace("/proc/self/exe", "podman");
    machine.user(&format!("mkdir extra; podman stop pipglr; podman rm pipglr; {own}")).ok();
    let look = "podman inspect pipglr | jq -Sc '.[0] | {i: .Image, n: .Name, e: [.Config.Env[] | select(test(\"FOO\"))], l: .Config.Labels, \
                m: ([.Mounts[] | [.Source, .Destination]] | sort), h: (.HostConfig | {Privileged, RestartPolicy, Devices, LogConfig: .LogConfig.Type}), \
                s: .Config.StopTimeout, t: .Config.Tty, x: .Config.SystemdMode}'";
    let before = machine.user(look).ok();
    assert!(before.contains("FOO=bar") && before.contains("/home/johndoe/extra"), "{before}");
    for n in [5, 6] {
        write_concurrent(&machine, n);
        // From another folder: the path was relative to one that nobody knows any more.
        let output = machine.user("cd / && pipglr config apply ~/new.toml --yes");
        output.fails_with(0);
        assert_works_with(&machine, n);
        assert_eq!(machine.user(look).ok(), before);
    }
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_running_job_ends_before_the_container_and_at_once_only_when_asked() {
    let (machine, server) = set_up();
    machine.load_job_images();
    let job = server.script("", &["echo it runs", "sleep 12", "echo it has ended"]);
    server.wait_trace(job, "it runs", MINUTE);
    write_concurrent(&machine, 5);
    let output = apply(&machine, "").fails_with(0);
    assert!(output.out.contains(&format!("Running jobs: 1 ({job})")), "{}", output.both());
    let job = server.wait_job(job, MINUTE);
    assert_eq!(job.state, JobState::Success, "{}", job.text());
    assert!(job.text().contains("it has ended"));
    assert_works_with(&machine, 5);

    let job = server.script("", &["echo it runs", "sleep 600"]);
    server.wait_trace(job, "it runs", MINUTE);
    write_concurrent(&machine, 6);
    let begun = Instant::now();
    apply(&machine, "--now").fails_with(0);
    assert!(begun.elapsed() < MINUTE, "{:?}", begun.elapsed());
    assert_works_with(&machine, 6);
    let job = server.wait_job(job, MINUTE);
    assert_ne!(job.state, JobState::Success, "{}", job.text());
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn what_podman_lost_is_found_out_and_made_again() {
    let (machine, _server) = set_up();
    // podman was killed, or the disk was full, in the midst of a write: all secrets are lost, and still listed.
    machine.user("printf x | podman secret create OTHER -").ok();
    for broken in [": >", "truncate -s 30", "echo '{}' >"] {
        machine.user(&format!("{broken} {STORE}")).ok();
        let status = machine.user("pipglr status").fails_with(3);
        assert!(status.out.contains("has lost the content"), "{broken}: {}", status.both());
        machine.user("pipglr config show").fails_with(1);
        let output = machine.user("pipglr config undo --yes").fails_with(0);
        assert!(output.out.contains("back to what the container pipglr still has"), "{}", output.both());
        assert_works_with(&machine, 2);
    }

    // The README's own way has lost one here: the dump failed, `rm` worked, `create` refused the empty file.
    machine.user("podman secret rm config.toml; podman secret create config.toml - </dev/null; true").ok();
    let status = machine.user("pipglr status").fails_with(3);
    assert!(
        status.out.contains("the container still has it") || status.out.contains("config undo"),
        "{}",
        status.both()
    );
    machine.user("pipglr config undo --yes").ok();
    assert_works_with(&machine, 2);

    // Both gone: what was put to work last is in the history.
    write_concurrent(&machine, 5);
    apply(&machine, "").fails_with(0);
    machine.user("podman stop pipglr; podman secret rm config.toml").ok();
    machine.user("pipglr config undo --yes").ok();
    assert_works_with(&machine, 5);
}

/// pipglr is killed before every podman command of a change, and podman at every one that changes something. The next
/// `config apply`, or `config undo`, gets there.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn killed_at_every_command_nothing_is_lost() {
    let (machine, _server) = set_up();
    machine.user("mkdir fault").ok();
    // `at` is the number of the command; `who` is killed: pipglr before it, podman a moment after its start.
    machine.write(
        "fault/podman",
        "#!/bin/sh\nn=$(($(cat ~/fault/n) + 1)); echo $n >~/fault/n; echo \"$n $1 $2\" >>~/fault/log\n\
         if [ $n = \"$(cat ~/fault/at)\" ]; then\n  case $(cat ~/fault/who) in\n    pipglr) kill -9 $PPID ;;\n    \
         podman) cat >~/fault/in; timeout -s KILL 0.0$((n % 7 + 1)) /usr/bin/podman \"$@\" <~/fault/in; c=$?; rm ~/fault/in; exit $c ;;\n  esac\nfi\n\
         exec /usr/bin/podman \"$@\"\n",
    );
    machine.user("chmod 755 fault/podman; echo 0 >fault/at; echo none >fault/who; echo 0 >fault/n; : >fault/log").ok();
    let faulty = |command: &str| machine.user(&format!("PATH=~/fault:$PATH {command} </dev/null"));
    write_concurrent(&machine, 3);
    faulty("pipglr config apply new.toml --yes").fails_with(0);
    let log = machine.user("cat fault/log").ok();
    let commands: Vec<&str> = log.lines().collect();
    // The ladder at the end only looks.
    let last = commands.iter().rposition(|line| line.contains(" start ")).unwrap() + 1;
    assert!(last >= 15, "{log}");
    let (mut old, mut seen) = (3, vec![]);
    for at in 1..=last + 1 {
        let changes = commands.get(at - 1).is_some_and(|line| {
            ["secret rm", "secret create", " create ", " stop ", " rm ", " rename ", " start "]
                .iter()
                .any(|verb| line.contains(verb))
        });
        for who in if changes { vec!["pipglr", "podman"] } else { vec!["pipglr"] } {
            let new = if old == 3 { 4 } else { 3 };
            write_concurrent(&machine, new);
            machine.user(&format!("echo 0 >fault/n; echo {at} >fault/at; echo {who} >fault/who")).ok();
            let first = faulty("pipglr config apply new.toml --yes");
            let what = commands.get(at - 1).copied().unwrap_or("the ladder");
            let after = format!("{who} killed at {what}");
            machine.user("echo 0 >fault/at").ok();
            // Both can be had: in the secret, the work file or the history.
            let had = machine.user(&format!(
                "(podman secret inspect --showsecret config.toml 2>/dev/null | jq -r '.[0].SecretData'; \
                 podman exec pipglr cat /run/secrets/config.toml 2>/dev/null; cat {STATE}/history/* {STATE}/work/config.toml 2>/dev/null; \
                 cat new.toml) | grep ^concurrent"
            ));
            for n in [old, new] {
                assert!(had.out.contains(&format!("concurrent = {n}")), "{after}: {n} is lost: {}", had.both());
            }
            let status = machine.user("pipglr status");
            assert!(matches!(status.code, 0 | 3), "{after}: {}", status.both());
            seen.push(format!("{after}: exit {}, then status {}", first.code, status.code));
            // On with it every other time, back the others.
            if at % 2 == 0 {
                let output = apply(&machine, "");
                assert_eq!(output.code, 0, "{after}: {}\n{}", output.both(), status.both());
                assert_works_with(&machine, new);
                old = new;
            } else {
                let undone = machine.user("pipglr config undo --yes");
                write_concurrent(&machine, old);
                let output = apply(&machine, "");
                assert_eq!(output.code, 0, "{after}: {}\n{}", output.both(), undone.both());
                assert_works_with(&machine, old);
            }
        }
    }
    eprintln!("{}", seen.join("\n"));
    machine.user("rm -r fault").ok();
    assert_not_leaked(&machine);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_full_disk_loses_nothing() {
    let (machine, _server) = set_up();
    write_concurrent(&machine, 5);
    let full = |folder: &str, act: &dyn Fn()| {
        machine.root(&format!(
            "cd {folder} && cp -a . /root/kept && mount -t tmpfs -o size=256k,mode=700,uid=1000,gid=1000 none {folder} && cp -a /root/kept/. {folder}/ && rm -r /root/kept; \
             dd if=/dev/zero of={folder}/filler bs=1k 2>/dev/null; chown 1000 {folder}/filler"
        ));
        act();
        machine.root(&format!("rm {folder}/filler"));
    };
    full("/home/johndoe/.local/state/pipglr", &|| {
        let before = container(&machine);
        let output = apply(&machine, "").fails_with(1);
        assert!(output.err.contains("Free some space"), "{}", output.both());
        assert_eq!(container(&machine), before);
    });
    assert_works_with(&machine, 2);
    // podman truncates its file first, which gives some room: so more is stored than that.
    machine.user("head -c 30000 /dev/zero | tr '\\0' x | fold -w 80 | sed 's/^/# /' >>new.toml").ok();
    full("/home/johndoe/.local/share/containers/storage/secrets", &|| {
        let output = apply(&machine, "").fails_with(1);
        assert!(output.err.contains("config undo") || output.err.contains("config apply"), "{}", output.both());
    });
    machine.user("pipglr config apply --yes || pipglr config apply new.toml --yes").ok();
    assert_works_with(&machine, 5);
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
    screen.wait_for("+concurrent = 6", SECONDS(30)).wait_for("Put it to work? [y/N]", SECONDS(10));
    screen.send("y\r");
    screen.wait_for("The runner works with", SECONDS(60)).wait_for("ended with 0", SECONDS(10));
    assert_works_with(&machine, 6);
    let seen = machine.user("cat seen").ok();
    assert!(seen.starts_with("600 /run/user/") && seen.contains("tmpfs"), "{seen}");

    // An error is said, and the text kept where it is not mended now.
    machine.user("echo 'concurrent = \"' >line").ok();
    let mut screen = machine.screen("EDITOR=~/ed.sh pipglr edit --plain; echo ended with $?; sleep 300", 40, 120);
    screen.wait_for("Edit it again? [y/N]", SECONDS(30));
    screen.send("n\r").wait_for("ended with 3", SECONDS(10));
    assert!(screen.shows("is kept in"), "{}", screen.dump());
    assert!(machine.user("pipglr config apply --yes").fails_with(3).err.contains("line "));
    assert!(machine.user("pipglr status").ok().contains("was not put to work"));
    machine.user("pipglr config undo --yes").ok();
    assert_works_with(&machine, 6);
    assert_eq!(machine.user("ls -d /run/user/1000/pipglr-edit").code, 2, "the editor's file is gone");
    assert_not_leaked(&machine);
}
