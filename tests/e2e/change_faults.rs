//! All that can come between in a change of the configuration: a runner that does not come up, a second admin, a podman
//! that loses its secrets, a kill at every command, a full disk.

use crate::change::{
    STATE, STORE, apply, assert_not_leaked, assert_works_with, container, secret, set_up, write_concurrent,
};
use crate::reliability::Row;
use crate::screen::SECONDS;
use crate::setup::TOKEN;

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_runner_that_does_not_come_up_gets_its_old_configuration_back() {
    let (machine, server) = set_up();
    // The server does not know this runner: nothing a lint could see.
    machine
        .user(&format!("sed -i 's/{TOKEN}/glrt-t1_mock403klmnopqr/; s/^concurrent.*/concurrent = 3/' new.toml"))
        .ok();
    let output = machine.user("pipglr config apply new.toml --recreate --yes </dev/null").fails_with(1);
    assert!(
        output.err.contains("GitLab accepts the runner") && output.err.contains("`pipglr config undo` goes back to"),
        "{}",
        output.both()
    );
    machine.user("pipglr config undo --yes").ok();
    assert_works_with(&machine, 2);

    // A user is asked.
    let mut screen = machine.screen("pipglr config apply new.toml --recreate; echo ended with $?; sleep 300", 40, 120);
    screen.wait_for("Apply it? [y/N]", SECONDS(240));
    screen.send("y\r").wait_for("Go back to the version of", SECONDS(240));
    screen.send("y\r");
    screen.wait_for("the old one does again", SECONDS(240)).wait_for("ended with 1", SECONDS(10));
    assert!(!screen.raw().contains(&TOKEN[10..]));
    assert_works_with(&machine, 2);
    drop(server);
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn two_admins_do_not_overwrite_each_other() {
    let (machine, _server) = set_up();
    write_concurrent(&machine, 5);
    let mut screen = machine.screen("pipglr config apply new.toml --recreate; echo ended with $?; sleep 300", 40, 120);
    screen.send("y\r"); // before there is a question: no answer to it
    screen.wait_for("Apply it? [y/N]", SECONDS(240));
    machine.user("sed s/^concurrent.*/concurrent=9/ new.toml >old.toml; podman secret rm config.toml; cat old.toml | podman secret create config.toml -").ok();
    screen
        .send("y\r")
        .wait_for("changed by somebody else meanwhile", SECONDS(240))
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

    // Both gone: what was applied last is in the history.
    write_concurrent(&machine, 5);
    apply(&machine, "").fails_with(0);
    machine.user("podman stop pipglr; podman secret rm config.toml").ok();
    machine.user("pipglr config undo --yes").ok();
    assert_works_with(&machine, 5);
}

/// The README's own sequence has lost one here: the dump failed, `rm` worked, `create` refused the empty file.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn what_the_readmes_sequence_has_lost_comes_back() {
    let (machine, _server) = set_up();
    let text = secret(&machine);
    let lose = || {
        // Its lines as they are, in a shell where IMAGE names an image that cannot be had.
        let output = machine.user(
            "IMAGE=localhost:1/pipglr:latest\npodman container runlabel dumpconfig $IMAGE > ./config.toml\n\
             $EDITOR ./config.toml\npodman secret rm config.toml\npodman secret create config.toml ./config.toml\n\
             echo created: $?\nrm ./config.toml",
        );
        assert!(output.out.contains("created: 125"), "{}", output.both());
        machine.user("podman secret inspect config.toml").fails_with(125);
    };
    let restored = || {
        let status = machine.user("pipglr status").fails_with(3);
        assert!(status.out.contains("`pipglr config undo` recreates it"), "{}", status.both());
        machine.user("pipglr config show").fails_with(1);
        let output = machine.user("pipglr config undo --yes").fails_with(0);
        assert!(output.out.contains("back to what the container pipglr still has"), "{}", output.both());
        assert!(!output.both().contains(&TOKEN[10..]), "{}", output.both());
        assert_works_with(&machine, 2);
        assert_eq!(secret(&machine), text);
    };
    lose();
    // A user without pipglr has it by this, while the container runs.
    assert_eq!(machine.user("podman exec pipglr cat /run/secrets/config.toml").ok(), text);
    restored();

    // Where it does not run podman has no command for it; pipglr reads the copy all the same.
    lose();
    machine.user("podman stop pipglr").ok();
    machine.user("podman exec pipglr cat /run/secrets/config.toml").fails_with(255);
    restored();

    // Without a container and a history there is nothing, and that is said.
    lose();
    machine.user("podman rm -f -t 20 pipglr; rm -r ~/.local/state/pipglr/history; true").ok();
    let output = machine.user("pipglr config undo --yes").fails_with(1);
    assert!(output.err.contains("no configuration to go back to") && output.err.contains("pipglr setup"), "{output:?}");
    machine.user("pipglr edit --plain </dev/null").fails_with(2);
    assert_not_leaked(&machine);
}

/// pipglr is killed before every podman command of a change, and podman at every one that changes something. The next
/// `config apply`, or `config undo`, gets there.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn killed_at_every_command_nothing_is_lost() {
    let (machine, _server) = set_up();
    machine.user("mkdir fault").ok();
    // `at` is the number of the command; `who` is killed: pipglr before it, podman a moment after its start. podman's
    // service, which would answer in the place of most, does not start.
    machine.write(
        "fault/podman",
        "#!/bin/sh\n[ \"$1 $2\" != 'system service' ] || exit 125\nn=$(($(cat ~/fault/n) + 1)); echo $n >~/fault/n; echo \"$n $1 $2\" >>~/fault/log\n\
         if [ $n = \"$(cat ~/fault/at)\" ]; then\n  case $(cat ~/fault/who) in\n    pipglr) kill -9 $PPID ;;\n    \
         podman) cat >~/fault/in; timeout -s KILL 0.0$((n % 7 + 1)) /usr/bin/podman \"$@\" <~/fault/in; c=$?; rm ~/fault/in; exit $c ;;\n  esac\nfi\n\
         exec /usr/bin/podman \"$@\"\n",
    );
    machine.user("chmod 755 fault/podman; echo 0 >fault/at; echo none >fault/who; echo 0 >fault/n; : >fault/log").ok();
    let faulty = |command: &str| machine.user(&format!("PATH=~/fault:$PATH {command} </dev/null"));
    write_concurrent(&machine, 3);
    faulty("pipglr config apply new.toml --recreate --yes").fails_with(0);
    let log = machine.user("cat fault/log").ok();
    let commands: Vec<&str> = log.lines().collect();
    // The ladder at the end only looks.
    let last = commands.iter().rposition(|line| line.contains(" start ")).unwrap() + 1;
    assert!(last >= 15, "{log}");
    let mut old = 3;
    let mut row = Row::new(format!("a change on {}, each of its commands", machine.suite));
    row.points = last + 1;
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
            let first = faulty("pipglr config apply new.toml --recreate --yes");
            let what = commands.get(at - 1).copied().unwrap_or("the ladder");
            let after = format!("{who} killed at {what}");
            machine.user("echo 0 >fault/at").ok();
            // Both can be had: in the secret, the work file or the history.
            let had = machine.user(&format!(
                "(jq -r \".[]\" {STORE} 2>/dev/null | base64 -d 2>/dev/null; \
                 podman exec pipglr cat /run/secrets/config.toml 2>/dev/null; cat {STATE}/history/* {STATE}/work/config.toml 2>/dev/null; \
                 cat new.toml) | grep ^concurrent"
            ));
            for n in [old, new] {
                if !had.out.contains(&format!("concurrent = {n}")) {
                    row.lost.push(format!("{after}: concurrent = {n}: {}", had.both()));
                }
            }
            let status = machine.user("pipglr status");
            if !matches!(status.code, 0 | 3) {
                row.stuck.push(format!("{after}: status: {}", status.both()));
            }
            row.faults += 1;
            eprintln!("{after}: exit {}, then status {}", first.code, status.code);
            // On with it every other time, back the others.
            if at % 2 == 0 {
                let output = apply(&machine, "");
                assert_eq!(output.code, 0, "{after}: stuck: {}\n{}", output.both(), status.both());
                assert_works_with(&machine, new);
                old = new;
            } else {
                let undone = machine.user("pipglr config undo --yes");
                write_concurrent(&machine, old);
                let output = apply(&machine, "");
                assert_eq!(output.code, 0, "{after}: stuck: {}\n{}", output.both(), undone.both());
                assert_works_with(&machine, old);
            }
        }
    }
    machine.user("rm -r fault").ok();
    assert_not_leaked(&machine);
    row.finish();
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
    machine.user("pipglr config apply --yes || pipglr config apply new.toml --recreate --yes").ok();
    assert_works_with(&machine, 5);
}
