//! A container that is recreated is the same container: an admin's own, with all that only podman knows of it.

use crate::change::{apply, assert_works_with, container, secret, set_up, write_concurrent};
use crate::testhost::Machine;
use serde_json::{Value, json};

/// Replaces the container by one that this shell makes, with these options more than the image's `run` label has.
fn make_own(machine: &Machine, shell: &str, more: &str) {
    let words = machine.user("podman inspect pipglr | jq -r '.[0].Config.CreateCommand | @sh'").ok();
    let (_, options) = words.trim().split_once("'create'").or(words.trim().split_once("'run'")).unwrap();
    let (options, image) = options.rsplit_once(' ').unwrap();
    let own = format!("podman run -d {options} {more} {image}");
    machine.user(&format!("podman stop pipglr && podman rm pipglr && {shell} && {own}")).ok();
}

/// All of it that must stay, as `podman inspect` has it; the command as its words behind the verb.
fn looks(machine: &Machine) -> Value {
    let all: Value = serde_json::from_str(&machine.user("podman inspect pipglr").ok()).unwrap();
    let all = &all[0];
    let sorted = |list: Vec<String>| {
        let mut list = list;
        list.sort();
        list
    };
    let (config, host) = (&all["Config"], &all["HostConfig"]);
    let env = config["Env"].as_array().unwrap().iter().map(|pair| pair.as_str().unwrap().to_owned());
    let mounts = all["Mounts"].as_array().unwrap().iter();
    json!({
        "name": all["Name"], "image": all["Image"], "path": all["Path"], "args": all["Args"],
        "env": sorted(env.filter(|pair| !pair.starts_with("HOME=") && !pair.starts_with("container_uuid=")).collect()),
        "labels": config["Labels"], "hostname": config["Hostname"], "tty": config["Tty"],
        "stop": [&config["StopTimeout"], &config["StopSignal"]], "health": config["Healthcheck"],
        "restart": host["RestartPolicy"], "privileged": host["Privileged"], "log": [&host["LogConfig"]["Type"], &host["LogConfig"]["Size"]],
        "mounts": sorted(mounts.map(|mount| format!("{} {} {}", mount["Destination"], mount["Source"], mount["Name"])).collect()),
        "networks": all["NetworkSettings"]["Networks"].as_object().unwrap().keys().collect::<Vec<_>>(),
        "aliased": all["NetworkSettings"]["Networks"]["build"]["Aliases"].as_array().is_some_and(|list| list.contains(&json!("other"))),
        "address": all["NetworkSettings"]["Networks"]["build"]["IPAddress"],
        "secrets": config["Secrets"].as_array().unwrap().iter().map(|secret| secret["Name"].clone()).collect::<Vec<_>>(),
    })
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn an_admins_own_container_made_again_is_the_same_container() {
    let (machine, _server) = set_up();
    // Made in a folder, and by a shell, that nobody knows afterwards.
    let files = "mkdir -p made/extra && cd made && echo 'FROMFILE=in a file' >envs && echo LATER=1 >later";
    machine
        .user(&format!("podman network create base && podman network create --subnet 10.123.7.0/24 build && {files}"))
        .ok();
    let more = "-itd -e DB=canary0x1 -e FROMSHELL --label 'mine=canary0x2 b' --hostname pipglr -v /anon \
                --env-file ./envs --env-file /home/johndoe/made/later --network base --health-cmd true \
                --health-interval 30m --sig-proxy=false --detach-keys ctrl-x \
                --restart always -dv./extra:/m2";
    make_own(&machine, "cd made && export FROMSHELL='from the shell'", more);
    machine.user("podman exec pipglr sh -c 'echo precious >/anon/file'").ok();
    machine.user("podman network connect --alias other --ip 10.123.7.77 build pipglr").ok();
    let updates = machine.user("podman update --help 2>/dev/null").out.contains("--restart");
    if updates {
        machine.user("podman update --restart on-failure:7 pipglr").ok();
    }
    // One file is gone, and one says something else by now.
    machine.user("rm made/envs; echo OTHER=2 >made/later").ok();
    let (id, before) = (container(&machine), looks(&machine));
    let shown = before.to_string();
    for words in [
        "FROMSHELL=from the shell",
        "FROMFILE=in a file",
        "LATER=1",
        "/home/johndoe/made/extra",
        "\"base\",\"build\"",
        "10.123.7.77",
    ] {
        assert!(shown.contains(words), "{words}: {before:#}");
    }
    assert_eq!(before["restart"]["Name"], if updates { "on-failure" } else { "always" }, "{before:#}");

    // From another folder and another shell; and what was made by pipglr once more.
    for number in [5, 6] {
        write_concurrent(&machine, number);
        let output = machine.user("cd /; pipglr config apply ~/new.toml --recreate --yes </dev/null").fails_with(0);
        // What they gave it is theirs alone: neither on the screen nor in the command log.
        assert!(!output.both().contains("from the shell") && !output.both().contains("canary0x"), "{}", output.both());
        assert!(output.out.contains("'DB=[MASKED]'"), "{}", output.both());
        assert_works_with(&machine, number);
        assert_eq!(looks(&machine), before, "{before:#}");
        let words = machine.user("podman inspect pipglr | jq -r '.[0].Config.CreateCommand | join(\" \")'").ok();
        assert!(words.contains("create --name pipglr -t ") && !words.contains("from the shell"), "{words}");
        assert_eq!(machine.user("podman exec pipglr cat /anon/file").ok(), "precious\n");
    }
    assert_ne!(container(&machine), id);
    let leaked = machine.user("grep -rlE 'canary0x|from the shell' ~/.local/state/pipglr");
    assert_eq!(leaked.out.trim(), "");
    assert!(machine.user("grep -c 'DB=.MASKED.*mine=.MASKED.' ~/.local/state/pipglr/commands.log").ok().trim() != "0");
    assert_eq!(machine.user("podman volume ls -q | wc -l").ok().trim(), "4", "no volume is left over");

    // What podman does not take any more is found before anything is changed.
    let (id, text) = (container(&machine), secret(&machine));
    let ids = machine.user("podman secret ls -q").ok();
    machine.user("mv made/extra made/elsewhere").ok();
    write_concurrent(&machine, 7);
    let output = apply(&machine, "").fails_with(1);
    for words in ["/home/johndoe/made/extra", "Nothing was changed", "by hand"] {
        assert!(output.err.contains(words), "{words}: {}", output.both());
    }
    machine.user("mv made/elsewhere made/extra").ok();
    // So is what no option can carry over, here since the defaults are others than when it was made.
    let conf = ".config/containers/containers.conf"; // from podman 6 on it stands in place of the other
    machine
        .user(&format!(
            "mkdir -p .config/containers; (cat /etc/containers/containers.conf; echo 'annotations = [\"site=here\"]') >{conf}"
        ))
        .ok();
    let output = apply(&machine, "").fails_with(1);
    for words in ["nothing was changed", "annotation site (was not there)"] {
        assert!(output.err.contains(words), "{words}: {}", output.both());
    }
    assert_eq!((container(&machine), secret(&machine)), (id, text));
    assert_eq!(machine.user("podman secret ls -q").ok(), ids);
    assert_eq!(looks(&machine), before);
    machine.user(&format!("rm {conf}")).ok();
    assert_works_with(&machine, 6);
}
