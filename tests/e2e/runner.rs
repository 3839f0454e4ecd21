//! `pipglr runner`: made by GitLab, set up and serving in one command; new tokens; whatever is killed.

use crate::screen::Screen;
use crate::server::Server;
use crate::setup::{assert_set_up, machine};
use crate::testhost::Machine;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const SONG: &str = "CaNaRy7Sings3";
const STATE: &str = "~/.local/state/pipglr";

/// Writes the access token of a user; what is in its name says how GitLab treats it.
fn access_token(machine: &Machine, how: &str) {
    machine.write("access", &format!("glpat-{SONG}{how}\n"));
}

/// pipglr is killed while GitLab answers; all in one session, whose end would end the container that asks, too. The file
/// for the answer is there, and empty, before GitLab is asked; then the answer is in it, and nobody else may read it.
fn kill_while_gitlab_answers(machine: &Machine, command: &str, file: &str) {
    machine
        .user(&format!(
            "{command} >/dev/null 2>&1 & for i in $(seq 600); do test -e {file} && break; sleep 0.1; done; sleep 4; kill -KILL $!; \
             for i in $(seq 150); do test -s {file} && exit; sleep 0.1; done; exit 1"
        ))
        .ok();
    assert_eq!(machine.user(&format!("stat -c %a {file}")).ok().trim(), "600");
}

/// A machine on which steps 1 and 2 are done.
fn ready() -> Machine {
    let machine = machine();
    let ids = "usermod --add-subuids 165536-165538 --add-subgids 165536-165538 johndoe";
    machine.root(&format!("loginctl enable-linger johndoe && {ids}")).ok();
    machine.user("podman system migrate").ok();
    machine
}

/// The access token is nowhere.
fn assert_silence(machine: &Machine) {
    machine.user("rm access").ok();
    // A pattern that does not match itself in the command that looks for it.
    let pattern = SONG.replace('3', "[3]");
    let said = machine.root(&format!(
        "grep -rla '{pattern}' /home/johndoe --exclude-dir=overlay 2>/dev/null; \
         cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | grep -ac '{pattern}'"
    ));
    assert_eq!(said.out.trim(), "0", "{}", said.both());
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_runner_is_made_and_serving_in_one_command_and_its_token_replaced_whatever_is_killed() {
    let (machine, server) = (machine(), Server::start());
    let create = format!("pipglr runner create --url {} --token-file access --yes", server.url());
    for (how, place, words) in [
        ("expired", "42", "has expired"),
        ("noscope", "42", "`create_runner`"),
        ("norole", "42", "Your role"),
        ("plain", "acme/tools", "`read_api`"),
        ("reads", "acme/none", "no such group"),
    ] {
        access_token(&machine, how);
        let refused = machine.user(&format!("{create} --group {place}")).fails_with(1);
        assert!(refused.err.contains(words) && !refused.both().contains(SONG), "{how}: {}", refused.both());
    }
    assert_eq!(machine.user(&format!("find {STATE}/work -type f")).out, "");

    // pipglr is killed between GitLab's making it and its answer; the next one goes on with that runner.
    access_token(&machine, "reads");
    server.behave("user/runners", "slow:10", None);
    let create = format!("{create} --group acme/tools --tags a,b --description 'box 1'");
    kill_while_gitlab_answers(&machine, &create, &format!("{STATE}/work/created.json"));
    server.behave_well();
    let made = server.runners();
    assert_eq!(
        (made.len(), &made[0].parameters["group_id"], &made[0].parameters["description"]),
        (1, &42.into(), &"box 1".into())
    );
    let output = machine.user(&create).fails_with(0);
    assert!(
        output.out.contains("goes on with that one") && output.out.contains("The runner is up"),
        "{}",
        output.both()
    );
    assert!(!output.both().contains(&made[0].token[8..]), "{}", output.both());
    server.wait_polls(&made[0].token, 1, MINUTE);
    assert_eq!(server.runners().len(), 1);
    assert_set_up(&machine);
    let list = machine.user("pipglr runner list --json --token-file access").ok();
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!((&list[0]["known"], &list[0]["id"]), (&true.into(), &made[0].id.into()), "{list:#}");
    assert_eq!(list[0]["details"]["tags"], serde_json::json!(["a", "b"]), "{list:#}");
    let machines = list[0]["details"]["machines"].as_array().unwrap();
    assert_eq!(machines.len(), 2, "its registration counts as one: {list:#}");
    let here = machine.user("podman exec pipglr cat /run/gitlab-runner/.runner_system_id").ok();
    assert!(machines.iter().any(|id| here.trim() == id), "{here}: {list:#}");
    machine.user(&create).fails_with(2); // it has one
    assert_silence(&machine);

    // The same for a new token: the old one ends with GitLab's answer.
    server.behave("runners/reset", "slow:10", None);
    kill_while_gitlab_answers(&machine, "pipglr runner rotate --yes", &format!("{STATE}/work/rotated-*.json"));
    server.behave_well();
    let new = server.runners()[0].token.clone();
    assert_ne!(new, made[0].token);
    let output = machine.user("pipglr runner rotate --yes").fails_with(0);
    assert!(output.out.contains("is brought to work") && !output.both().contains(&new[8..]), "{}", output.both());
    assert_eq!(server.runners()[0].token, new, "it was not replaced once more");
    let polls = server.runners()[0].polls;
    server.wait_polls(&new, polls + 1, MINUTE);
    assert!(crate::change::secret(&machine).contains(&new));
    assert_eq!(machine.user(&format!("find {STATE}/work -type f")).out, "");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_runner_that_waits_is_for_its_own_server_alone() {
    let (machine, server, other) = (ready(), Server::start(), Server::start());
    access_token(&machine, "plain");
    let create = |server: &Server| format!("pipglr runner create --url {} --token-file access --yes", server.url());
    machine.user(&format!("{} --group 42 --no-setup", create(&server))).ok();
    let token = server.runners()[0].token.clone();
    // Another server's address, and answers that name it: whoever is asked, it is not that one.
    answer_file(&machine, &format!("gitlab_url = \"{}\"\nallow = [\"linger\"]", other.url()));
    for words in [
        &*format!("{} --group 42", create(&other)),
        &format!("{} --discard", create(&other)),
        "pipglr setup --answers a.toml",
    ] {
        let refused = machine.user(words).fails_with(2);
        let says = format!("is at {}, not at {}", server.url(), other.url());
        assert!(refused.err.contains(&says) && refused.err.contains("runner create --discard"), "{}", refused.both());
    }
    // A runner of the other server's, set up beside it, leaves its address among the answers so far.
    let elsewhere = "glrt-t1_elsewhere1234567";
    machine.write("token", elsewhere);
    answer_file(&machine, &format!("gitlab_url = \"{}\"\ntoken_file = \"token\"", other.url()));
    machine.user("pipglr setup --answers a.toml").ok();
    assert!(machine.user(&format!("cat {STATE}/setup.toml")).ok().contains(&other.url()));
    machine.user("pipglr runner create --discard").ok();
    assert_eq!((server.runners().len(), machine.user(&format!("find {STATE}/work -type f")).out), (0, String::new()));
    assert!(other.seen().iter().all(|seen| seen.token != token), "its token went elsewhere");
}

fn answer_file(machine: &Machine, text: &str) {
    machine.write("a.toml", &format!("{text}\n"));
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_bare_terminal_has_gitlab_make_the_runner_and_a_refusal_loses_no_answer() {
    let (machine, server) = (ready(), Server::start());
    let mut screen = machine.screen("pipglr setup --plain; echo ended with $?; sleep 300", 60, 160);
    answer(&mut screen, "GitLab URL [", &format!("{}\r", server.url()));
    answer(&mut screen, "Token (not shown)", "make\r");
    answer(&mut screen, "Access token (not shown)", &format!("glpat-{SONG}norole\r"));
    answer(&mut screen, "For a project (p)", "g\r");
    answer(&mut screen, "of the group: ", "42\r");
    answer(&mut screen, "Name in GitLab [", "box 1\r");
    answer(&mut screen, "Tags, with", "a, b\r");
    answer(&mut screen, "jobs without tags (yes, no) [yes]", "no\r");
    answer(&mut screen, "Takes no jobs until", "\r");
    answer(&mut screen, "or none [none]", "5\r");
    answer(&mut screen, "no number of seconds from 600", "3600\r");
    answer(&mut screen, "Your role", "yes\r");
    screen.wait_for("Access token (not shown): ", MINUTE).settle();
    screen.send(&format!("glpat-{SONG}plain\r"));
    // What was answered before is what Enter takes.
    for _ in 0..7 {
        screen.settle();
        screen.send("\r");
    }
    screen.wait_for("GitLab made the runner", MINUTE);
    answer(&mut screen, "Jobs at once [", "\r");
    screen.wait_for("Do it? [y/N]", MINUTE).settle();
    assert!(screen.shows("deletes it") && !screen.raw().contains(SONG), "{}", screen.dump());
    let made = server.runners();
    let of = |key: &str| made[0].parameters[key].clone();
    assert_eq!(made.len(), 1);
    assert_eq!((of("group_id"), of("description"), of("run_untagged")), (42.into(), "box 1".into(), false.into()));
    assert_eq!((of("tag_list"), of("maximum_timeout")), (serde_json::json!(["a", "b"]), 3600.into()));
    screen.send("no\r").wait_for("ended with 130", MINUTE);

    // It waits on the disk, which is told, and is deleted there and here.
    assert_eq!(machine.user(&format!("stat -c %a {STATE}/work/created.json")).ok().trim(), "600");
    let status = machine.user("pipglr status").fails_with(3);
    assert!(status.out.contains("`pipglr runner create --discard` deletes it"), "{}", status.both());
    machine.user("pipglr runner create --discard").ok();
    assert_eq!((server.runners().len(), machine.user(&format!("find {STATE}/work -type f")).out), (0, String::new()));
    machine.user("touch access").ok();
    assert_silence(&machine);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_screen_has_gitlab_make_the_runner_and_setup_goes_on_with_it() {
    let (machine, server) = (ready(), Server::start());
    let mut screen = machine.screen("pipglr; echo ended with $?; sleep 300", 24, 80);
    screen.wait_for("Enter begin", MINUTE).settle();
    screen.key("Enter").wait_for("This needs an authentication token", MINUTE);
    screen.key("Enter").wait_for("GitLab URL", MINUTE);
    screen.key("BackTab").send(&server.url()).settle();
    screen.keys(&["Tab", "Ctrl-G"]).wait_for("Have GitLab make the runner", MINUTE);
    screen.send(&format!("glpat-{SONG}norole")).wait_for("••••••", MINUTE);
    screen.keys(&["Tab", "Space"]).wait_for("a group", MINUTE);
    screen.key("Tab").send("acme/tools").settle();
    screen.key("Enter").wait_for("`read_api`", MINUTE);
    screen.key("Enter").wait_for("Have GitLab make the runner", MINUTE);
    assert!(screen.shows("acme/tools"), "a refusal loses nothing: {}", screen.dump());
    screen.keys(&["BackTab", "BackTab", "Ctrl-U"]).send(&format!("glpat-{SONG}reads")).settle();
    screen.key("Enter").wait_for("GitLab made the runner", MINUTE).wait_for("GitLab URL", MINUTE);
    let made = server.runners();
    assert_eq!((made.len(), &made[0].parameters["group_id"]), (1, &42.into()));
    screen.key("Enter").wait_for("will run", MINUTE);
    screen.key("Enter").next_step().wait_for("store it", MINUTE);
    screen.key("Enter").next_step().wait_for("volume create", MINUTE);
    screen.key("Enter").next_step().wait_for("start it", MINUTE);
    screen.key("Enter").wait_for("The runner is up.", MINUTE);
    assert!(!screen.raw().contains(SONG) && !screen.raw().contains(&made[0].token[8..]), "a token was on the screen");
    server.wait_polls(&made[0].token, 1, MINUTE);
    assert_set_up(&machine);
    assert_eq!(machine.user(&format!("find {STATE}/work -type f")).out, "");
    machine.user("touch access").ok();
    assert_silence(&machine);
}

/// Answers a question.
fn answer(screen: &mut Screen, question: &str, text: &str) {
    screen.wait_for(question, MINUTE);
    screen.send(text);
}
