//! `pipglr setup --answers`: a bare account to a running runner without a screen, again, and what goes wrong.

use crate::gitlab::state::JobState;
use crate::image_store::{HELPER_IMAGE, IMAGE, JOB_IMAGE};
use crate::reliability::keep;
use crate::screen::SECONDS;
use crate::server::Server;
use crate::testhost::{Machine, suite, unhurried};
use std::time::Duration;

pub const TOKEN: &str = "glrt-t1_e2eabcdefghijklmn";
const LEGACY: &str = "GR1348941e2eabcdefghij";
const MINUTE: Duration = Duration::from_secs(60);
const ALLOW: &str = "allow = [\"linger\", \"id_ranges\", \"migrate\"]";

/// A machine with the image, and pipglr that knows it by the environment.
pub fn machine() -> Machine {
    let machine = Machine::with_image(&suite());
    machine.install_pipglr();
    machine.write(".bash_profile", &format!("export IMAGE={IMAGE}\n"));
    machine
}

/// Writes the token and the answers beside each other.
pub fn answer(machine: &Machine, token: &str, answers: &str) {
    machine.write("token", &format!("{token}\n"));
    machine.write("answers.toml", &format!("token_file = \"token\"\n{ALLOW}\n{answers}\n"));
}

pub const SETUP: &str = "pipglr setup --answers answers.toml --yes";

/// What podman has and the home holds once all is done, however it was done.
pub fn assert_set_up(machine: &Machine) {
    assert_eq!(machine.user("podman secret ls --noheading --format '{{.Name}}'").ok().trim(), "config.toml");
    let owners = machine.user(
        "for v in storage cache; do podman unshare stat -c '%u:%g' $(podman volume inspect -f '{{.Mountpoint}}' pipglr-$v); done",
    );
    assert_eq!(owners.ok(), "1000:1000\n1001:1001\n");
    let mounts = machine.user("podman inspect -f '{{range .Mounts}}{{.Name}}:{{.Destination}} {{end}}' pipglr").ok();
    assert!(
        mounts.contains("pipglr-storage:/home/podman/.local/share/containers")
            && mounts.contains("pipglr-cache:/cache"),
        "{mounts}"
    );
    let secret = machine.user("podman exec pipglr stat -c '%U %a' /run/secrets/config.toml").ok();
    assert_eq!(secret.trim(), "runner 400");
    assert_eq!(machine.user("podman inspect -f '{{.State.Status}}' pipglr").ok().trim(), "running");
    assert_eq!(machine.user("loginctl show-user johndoe -p Linger --value").ok().trim(), "yes");
    for map in ["uid", "gid"] {
        let map = machine.user(&format!("podman unshare cat /proc/self/{map}_map")).ok();
        let count: u64 =
            map.lines().skip(1).map(|line| line.split_whitespace().nth(2).unwrap().parse::<u64>().unwrap()).sum();
        assert!(count >= 65_539, "{map}");
    }
    // Private, and no more than the contract says.
    let state =
        machine.user("cd ~/.local/state/pipglr && find . -type f -printf '%P %m\\n' | sort && stat -c %a .").ok();
    // What makes the container again without its unit, and the log that podman writes (640 from 5.8 on).
    let known = [
        "boot/pipglr.json 600",
        "boot/pipglr.log 600",
        "boot/pipglr.log 640",
        "commands.log 600",
        "lock 600",
        "setup.toml 600",
        "700",
    ];
    assert!(state.lines().all(|line| known.contains(&line)), "{state}");
}

/// No secret outside its place: not in a file of johndoe's but podman's own and the private work file, not in the journal, not in a process.
pub fn assert_not_leaked(machine: &Machine, token: &str) {
    // A pattern that does not match itself in the command that looks for it.
    let (rest, last) = token.trim_start_matches("glrt-t1_").split_at(token.trim_start_matches("glrt-t1_").len() - 1);
    let pattern = format!("'{rest}[{last}]'");
    let found = machine.root(&format!(
        "grep -rl {pattern} /home/johndoe --exclude-dir=containers --exclude-dir=work --exclude=token; \
         journalctl -o cat --no-pager | grep -c {pattern}; \
         cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep {pattern}"
    ));
    assert_eq!(found.out.trim(), "0", "{}", found.both());
}

/// What a failed registration must not leave: secrets, containers, an empty work file.
pub fn assert_nothing_left(machine: &Machine) {
    assert_eq!(machine.user("podman secret ls -q").ok().trim(), "", "a secret is left");
    assert_eq!(machine.user("podman ps -aq").ok().trim(), "", "a container is left");
    assert_eq!(machine.user("find ~/.local/state/pipglr/work -type f").out.trim(), "", "a work file is left");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_fresh_machine_is_set_up_and_a_second_run_changes_nothing() {
    let (machine, server) = (machine(), Server::start());
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"\nconcurrent = 3\nstart_at_boot = true", server.url()));
    let before = machine.user("ls -A").ok();

    let output = machine.user(SETUP).fails_with(0);
    for words in
        ["Persistent", "ID ranges", "Registration", "registered successfully", "Configuration", "Volumes", "Startup"]
    {
        assert!(output.out.contains(words), "{words}: {}", output.both());
    }
    assert!(output.out.contains("first poll seen: GitLab answered"), "{}", output.both());
    assert_set_up(&machine);
    assert_not_leaked(&machine, TOKEN);
    assert_eq!(
        machine.user("ls -A | grep -vxE '\\.local|\\.config|\\.cache'").ok(),
        before.replace(".local\n", "").replace(".config\n", "").replace(".cache\n", "")
    );
    assert!(machine.user("pipglr boot show").ok().starts_with("pipglr.service starts the container pipglr"));

    // GitLab knows it by a name that a user recognises, and hears from it.
    let config = machine.user("podman exec pipglr cat /run/secrets/config.toml").ok();
    assert!(config.contains("name = \"pipglr johndoe@testhost\"") && config.contains("concurrent = 3"), "{config}");
    server.wait_polls(TOKEN, 2, MINUTE);
    assert_eq!(server.runners().len(), 1);

    let status: serde_json::Value = serde_json::from_str(&machine.user("pipglr status --json").ok()).unwrap();
    assert_eq!(status["healthy"], true, "{status:#}");
    assert_eq!(status["concurrent"], 3);
    assert_eq!(status["container"]["config_current"], true);
    assert_eq!(status["runners"][0]["verified"], true, "{status:#}");
    assert_eq!(status["boot"], true);
    let check: serde_json::Value = serde_json::from_str(&machine.user("pipglr check --json").ok()).unwrap();
    assert!(
        check.as_array().unwrap().iter().all(|item| item["status"] == "ok" || item["status"] == "warning"),
        "{check:#}"
    );

    let podman = machine.user("podman --version").ok();
    keep(
        &format!("host {}", machine.suite),
        &format!("| host passed: {}, {} | | | | | |", machine.suite, podman.trim()),
    );

    // Again, with the token and without it: nothing changes, and it says so.
    let identity =
        "podman inspect -f '{{.Id}} {{.State.StartedAt}}' pipglr; podman secret ls -q; cat /etc/subuid /etc/subgid";
    let identity_before = machine.user(identity).ok();
    let verbose = format!("{SETUP} -v");
    for command in [&*verbose, "rm token; pipglr setup --answers answers.toml", "pipglr setup --yes </dev/null"] {
        let output = machine.user(command).fails_with(0);
        assert!(output.out.contains("Nothing to do"), "{}", output.both());
        let asked = output.err.lines().filter(|line| line.starts_with("+ systemctl --user show")).count();
        assert_eq!(asked, usize::from(command == verbose), "the units are asked for once: {}", output.err);
    }
    assert_eq!(machine.user(identity).ok(), identity_before);
    assert_eq!(server.runners().len(), 1, "nothing was registered again");

    // The log, told apart.
    let log = machine.user("pipglr logs --plain --no-follow").ok();
    assert!([" R ", " S "].iter().all(|from| log.lines().any(|line| line.contains(from))), "{log}");
    assert!(!log.contains('\u{1b}'), "{log}");
    assert_eq!(machine.user("pipglr logs --plain --no-follow | head -1").code, 0, "a closed pipe is no failure");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_configuration_of_ones_own_runs_a_job_in_the_nested_podman() {
    let (machine, server) = (machine(), Server::start());
    answer(
        &machine,
        TOKEN,
        &format!("gitlab_url = \"{}\"\nconfig_file = \"base.toml\"\ndescription = \"my box\"", server.url()),
    );
    let base = format!(
        "# mine\nconcurrent = 2 # two\ncheck_interval = 1\n\n[[runners]]\n  executor = \"docker\"\n  [runners.docker]\n    \
         host = \"unix:///home/runner/podman.sock\"\n    image = \"{JOB_IMAGE}\"\n    helper_image = \"{HELPER_IMAGE}\"\n    \
         pull_policy = [\"if-not-present\"]\n"
    );
    machine.write("base.toml", &base);
    machine.user(SETUP).ok();
    assert_set_up(&machine);
    let config = machine.user("podman exec pipglr cat /run/secrets/config.toml").ok();
    assert!(config.starts_with("# mine\nconcurrent = 2 # two\n") && config.contains(TOKEN), "{config}");
    machine.load_job_images();
    let job = server.wait_job(server.script("", &["echo from $CI_JOB_ID", "id -u", "chown 65535:65535 /tmp"]), MINUTE);
    assert_eq!(job.state, JobState::Success, "{}", job.text());
    assert!(job.text().contains(&format!("from {}", job.id)), "{}", job.text());

    // The same answers again: nothing. Other ones: a change like any other, foretold by --dry-run.
    let outcome = |options: &str| -> serde_json::Value {
        let output = machine.user(&format!("pipglr setup --answers answers.toml --json {options}")).fails_with(0);
        serde_json::from_str(&output.out).unwrap_or_else(|e| panic!("{e}: {}", output.both()))
    };
    assert_eq!((&outcome("--dry-run")["changed"], &outcome("")["changed"]), (&false.into(), &false.into()));
    machine.write("base.toml", &base.replace("check_interval = 1", "check_interval = 2"));
    assert_eq!(outcome("--dry-run")["changed"], true);
    let unchanged = machine.user("podman exec pipglr cat /run/secrets/config.toml").ok();
    assert!(unchanged.contains("check_interval = 1"), "{unchanged}");
    assert_eq!((&outcome("")["changed"], &outcome("")["changed"]), (&true.into(), &false.into()));
    let changed = crate::change::secret(&machine);
    assert_eq!(changed, config.replace("check_interval = 1", "check_interval = 2"));
    machine.user("pipglr status").fails_with(0);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_legacy_token_registers_n_times_and_a_failure_loses_none() {
    let (machine, server) = (machine(), Server::start());
    server.behave("runners", "403", None);
    answer(&machine, LEGACY, &format!("gitlab_url = \"{}\"\nrunners = 3", server.url()));
    machine.user(SETUP).fails_with(1);
    assert_nothing_left(&machine);

    // The server falls over after two; three tries do not help; the two are kept.
    server.behave_well();
    let two_good = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while server.runners().len() < 2 {
                std::thread::sleep(Duration::from_millis(5));
            }
            server.behave("runners", "500", None);
        });
        let output = machine.user(SETUP).fails_with(1);
        watcher.join().unwrap();
        output
    });
    assert!(
        two_good.out.contains("registration 1 of 3") && two_good.out.contains("registration 3 of 3"),
        "{}",
        two_good.both()
    );
    assert!(two_good.out.contains("trying again"), "{}", two_good.both());
    assert!(
        two_good.err.contains("500 Internal Server Error") && two_good.err.contains("cause:"),
        "{}",
        two_good.both()
    );
    let work = ".local/state/pipglr/work/config.toml";
    assert_eq!(machine.read(work).matches("[[runners]]").count(), 2);
    assert_eq!(machine.user(&format!("stat -c '%a %U' {work}")).ok().trim(), "600 johndoe");
    assert_eq!(machine.user("podman secret ls -q").ok().trim(), "", "the token is not left behind");

    server.behave_well();
    machine.user(SETUP).ok();
    assert_eq!(server.runners().len(), 3, "only what was missing is registered");
    assert_set_up(&machine);
    assert_not_leaked(&machine, LEGACY);
    let config = machine.user("podman exec pipglr cat /run/secrets/config.toml").ok();
    assert!(config.contains("concurrent = 3"), "{config}");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn every_refusal_has_its_reason_its_exit_code_and_leaves_nothing() {
    let (machine, server) = (machine(), Server::start());
    let good = format!("gitlab_url = \"{}\"", server.url());
    let url = |url: &str| format!("gitlab_url = \"{url}\"");
    let cases: [(&str, String, i32, &[&str]); 14] = [
        ("glrt-abc", good.clone(), 2, &["cut short"]),
        ("", good.clone(), 2, &["token is empty"]),
        ("glrt-t1_abc defghijklmnop", good.clone(), 2, &["a blank"]),
        ("glrt-t1_mock403abcdef", good.clone(), 1, &["is not valid", "does not know", "fresh token"]),
        ("glrt-t1_mock500abcdef", good.clone(), 1, &["500 Internal Server Error", "itself failed"]),
        ("glrt-t1_mock502abcdef", good.clone(), 1, &["502 Bad Gateway", "in front of GitLab"]),
        ("glrt-t1_mockhtmlabcde", good.clone(), 1, &["page"]),
        ("glrt-t1_mockdropabcde", good.clone(), 1, &["EOF", "closed the connection"]),
        ("GR1348941mock403abcde", good.clone(), 1, &["forbidden", "does not accept this registration token"]),
        ("GR1348941mock410abcde", good.clone(), 1, &["410 Gone", "switched off", "glrt- token"]),
        ("GR1348941mock429abcde", good.clone(), 1, &["limits how fast"]),
        (TOKEN, url("http://host.containers.internal:1/"), 1, &["connection refused", "Nothing listens"]),
        (TOKEN, url("http://no.such.invalid/"), 1, &["no such host", "cannot be found"]),
        (TOKEN, url("gitlab"), 2, &["does not begin with https://"]),
    ];
    // The others are told by their words, too, which a runner alone says in mock.rs.
    let others = ["mock502", "mockhtml", "mockdrop", "mock410", "mock429"];
    let cases =
        cases.into_iter().filter(|(token, ..)| unhurried() || !others.iter().any(|other| token.contains(other)));
    for (token, answers, code, words) in cases {
        answer(&machine, token, &answers);
        let output = machine.user(SETUP);
        for word in words {
            assert!(output.err.contains(word), "{token}: no `{word}` in\n{}", output.both());
        }
        assert!(output.err.contains("next:"), "{}", output.both());
        let output = output.fails_with(code);
        assert!(token.len() < 12 || !output.both().contains(token), "the token is printed: {}", output.both());
        assert_nothing_left(&machine);
        assert_not_leaked(&machine, if token.len() < 12 { TOKEN } else { token });
    }
    assert!(server.runners().is_empty());

    // Plain http where https is asked for.
    answer(&machine, TOKEN, &url(&server.url().replace("http:", "https:")));
    let output = machine.user(SETUP).fails_with(1);
    assert!(output.err.contains("speaks plain http"), "{}", output.both());
    assert_nothing_left(&machine);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_missing_answer_is_named_before_anything_changes() {
    let machine = machine();
    machine.write("answers.toml", "concurrent = 2\n");
    let output = machine.user(SETUP).fails_with(2);
    assert!(output.err.contains("token_file"), "{}", output.both());
    machine.write("answers.toml", "token_file = \"token\"\nconcurent = 2\n");
    assert!(machine.user(SETUP).fails_with(2).err.contains("concurent"));
    // A dry run looks at the token as well, and at all the rest.
    machine.write("short", "glrt-abc\n");
    machine.write("answers.toml", "token_file = \"short\"\n");
    let output = machine.user("pipglr setup --answers answers.toml --dry-run").fails_with(2);
    assert!(output.err.contains("cut short"), "{}", output.both());
    machine.write("answers.toml", "token_file = \"nowhere\"\n");
    assert!(machine.user(SETUP).fails_with(2).err.contains("nowhere"));
    machine.write("answers.toml", "token_env = \"T\"\nallow = [\"linger\"]\n");
    let output = machine.user(&format!("T={TOKEN} {SETUP}")).fails_with(2);
    assert!(output.err.contains("id_ranges") && output.err.contains("usermod"), "{}", output.both());
    assert_eq!(machine.user("loginctl show-user johndoe -p Linger --value").ok().trim(), "no");
    assert_eq!(machine.user("grep -c . /etc/subuid").ok().trim(), "1");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn without_root_the_commands_are_printed_and_nothing_is_begun() {
    let (machine, server) = (machine(), Server::start());
    machine.without_sudo();
    machine.root("useradd -m jane").ok(); // she gets the range behind johndoe's
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"", server.url()));
    let output = machine.user(SETUP).fails_with(4);
    let commands: Vec<_> = output.err.lines().filter(|line| line.starts_with("sudo ")).collect();
    assert_eq!(
        commands,
        ["sudo usermod --add-subuids 231072-231074 johndoe", "sudo usermod --add-subgids 231072-231074 johndoe"],
        "{}",
        output.both()
    );
    assert_nothing_left(&machine);
    assert_eq!(machine.user("loginctl show-user johndoe -p Linger --value").ok().trim(), "no");
    // An administrator runs them; johndoe goes on.
    machine.root(&commands.join(" && ").replace("sudo ", "")).ok();
    machine.user(SETUP).ok();
    assert_set_up(&machine);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_run_that_was_killed_is_gone_on_with() {
    let (machine, server) = (machine(), Server::start());
    server.behave("runners/verify", "slow:20", Some(1));
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"", server.url()));
    let killed = machine.user(&format!("timeout -s KILL 8 {SETUP}"));
    assert_ne!(killed.code, 0, "{}", killed.both());
    machine.user(SETUP).ok();
    assert_set_up(&machine);
    assert_eq!(server.runners().len(), 1);

    // Ctrl-C in mid-registration cleans up after itself.
    machine.user("podman rm -f -t 0 pipglr && podman secret rm config.toml").ok();
    server.behave("runners/verify", "slow:20", Some(1));
    let stopped = machine.user(&format!("timeout -s INT 4 {SETUP}")).fails_with(124);
    assert!(stopped.err.contains("Stopped.") && stopped.err.contains("run pipglr again"), "{}", stopped.both());
    assert_nothing_left(&machine);
    machine.user(SETUP).ok();
    assert_set_up(&machine);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_broken_configuration_fails_the_ladder_with_the_line_that_says_why() {
    let (machine, server) = (machine(), Server::start());
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"", server.url()));
    machine.user(SETUP).ok();
    machine.user("podman secret rm config.toml && printf 'concurrent = \"' | podman secret create config.toml -").ok();
    let status: serde_json::Value =
        serde_json::from_str(&machine.user("pipglr status --json").fails_with(3).out).unwrap();
    assert_eq!(status["container"]["config_current"], false, "{status:#}");
    // A healthy container is not given up for something that cannot be read.
    let identity = machine.user("podman inspect -f '{{.Id}}' pipglr").ok();
    let output = machine.user("pipglr setup --yes </dev/null").fails_with(1);
    assert!(output.err.contains("not a configuration") && output.err.contains("line 1"), "{}", output.both());
    assert_eq!(machine.user("podman inspect -f '{{.Id}}' pipglr").ok(), identity);

    // TOML that gitlab-runner ends by: podman says Up; the ladder says what is.
    machine
        .user(
            "podman exec pipglr cat /run/secrets/config.toml | sed 's/^concurrent.*/concurrent = 0/' >c && \
             podman secret rm config.toml && cat c | podman secret create config.toml -",
        )
        .ok();
    let output = machine.user("pipglr setup --yes </dev/null").fails_with(1);
    assert!(output.out.contains("is recreated"), "{}", output.both());
    assert!(output.err.contains("gitlab-runner up") && output.err.contains("FATAL"), "{}", output.both());
    assert_eq!(machine.user("podman inspect -f '{{.State.Status}}' pipglr").ok().trim(), "running");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn what_is_somebody_elses_is_left_alone() {
    let (machine, server) = (machine(), Server::start());
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"", server.url()));
    machine.user(&format!("podman run -d --name pipglr {IMAGE} sleep 1000")).ok();
    let identity = machine.user("podman inspect -f '{{.Id}}' pipglr").ok();
    let output = machine.user(SETUP).fails_with(1);
    assert!(output.err.contains("pipglr did not make") && output.err.contains("--name"), "{}", output.both());
    assert_eq!(machine.user("podman inspect -f '{{.Id}}' pipglr").ok(), identity);

    // Under another name all is well, for that has its own; but two never share the volumes.
    machine.user(&format!("{SETUP} --name mine")).ok();
    machine
        .user(&format!(
            "podman rm -f -t 0 pipglr; podman container runlabel setupstorage {IMAGE}; \
             podman run -d --name other -v pipglr-storage:/x {IMAGE} sleep 1000"
        ))
        .ok();
    let output = machine.user(SETUP).fails_with(1);
    assert!(output.err.contains("uses the volume pipglr-storage"), "{}", output.both());

    // A closed pipe stops nothing half-way, and no child gets the variable with the token.
    machine.user("podman rm -f -t 0 mine other && podman secret rm --all && podman system migrate").ok();
    machine.user("rm -r ~/.local/state/pipglr").ok();
    machine.write("answers.toml", &format!("token_env = \"MYTOK\"\n{ALLOW}\ngitlab_url = \"{}\"", server.url()));
    machine.user(&format!("export MYTOK={TOKEN}; {SETUP} | grep -m1 registration; sleep 15; unset MYTOK")).ok();
    assert_set_up(&machine);
    let environs = machine.root("cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep -c '^MYTOK=glrt' || true").ok();
    assert_eq!(environs.trim(), "0");
    for verb in ["check", "check --json", "status", "status --json", "image labels", "setup --dry-run"] {
        let output = machine.user(&format!("set -o pipefail; pipglr {verb} | true; echo ended with $?"));
        assert!(!output.both().contains("panicked") && !output.out.contains("with 101"), "{verb}: {}", output.both());
    }
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn two_at_once_do_not_meet() {
    let (machine, server) = (machine(), Server::start());
    server.behave("runners/verify", "slow:6", Some(1));
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"", server.url()));
    let output =
        machine.user(&format!("{SETUP} >first 2>&1 & sleep 4; {SETUP}; echo second=$?; wait $!; echo first=$?"));
    assert!(
        output.out.contains("second=1") && output.out.contains("first=0"),
        "{}\n{}",
        output.both(),
        machine.read("first")
    );
    assert!(output.err.contains("Another pipglr is at work: a setup, process"), "{}", output.both());
    assert_set_up(&machine);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_image_is_built_from_the_program_alone() {
    let machine = machine();
    machine.put(&crate::programs::runner(), "gitlab-runner");
    let output = machine
        .user("pipglr --image localhost/own image build --runner-binary gitlab-runner --prune-interval hourly")
        .fails_with(0);
    assert!(output.out.contains("STEP"), "{}", output.both());
    let labels = machine.user("pipglr --image localhost/own image labels").ok();
    for label in [
        "register: podman run",
        "setupstorage: podman volume create",
        "setupcache: ",
        "run: podman run -d -t",
        "dumpconfig: ",
    ] {
        assert!(labels.contains(label), "{labels}");
    }
    assert_eq!(machine.user("ls ~/.local/state/pipglr").ok(), "commands.log\nlock\n", "the context is gone");
    let refused = machine
        .user("pipglr --image localhost/own image build --runner-binary gitlab-runner --nested-privileged maybe")
        .fails_with(2);
    assert!(
        refused.err.contains("NESTED_PRIVILEGED") && refused.err.contains("one of true, false"),
        "{}",
        refused.both()
    );
    let missing = machine.user("pipglr image build --runner-binary nowhere").fails_with(2);
    assert!(missing.err.contains("nowhere"), "{}", missing.both());
    let offline = machine.user("pipglr --image localhost:1/none image pull").fails_with(1);
    assert!(offline.err.contains("image build"), "{}", offline.both());
    let _ = SECONDS;
}
