//! `pipglr export`: what is written ends, elsewhere, where `setup` ends.

use crate::server::Server;
use crate::setup::{SETUP, TOKEN, answer, assert_not_leaked, assert_set_up, machine};
use crate::testhost::Machine;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a setup leaves of a container, without what differs from one registration and one container to the next.
fn state_of(machine: &Machine, name: &str) -> (String, Vec<Vec<Value>>, Value) {
    let secret = machine.user(&format!("pipglr --name {name} config show --reveal")).ok();
    let own = ["  id =", "  token =", "  token_obtained_at =", "  token_expires_at ="];
    let known =
        |line: &str| own.iter().find(|key| line.starts_with(*key)).map_or(line.to_owned(), |key| (*key).to_owned());
    let secret = secret.lines().map(known).collect::<Vec<_>>().join("\n");
    let json = |command: &str| -> Value { serde_json::from_str(&machine.user(command).ok()).unwrap() };
    let volumes = json(&format!("podman volume inspect {name}-storage {name}-cache"));
    let keys = ["Name", "Driver", "Labels", "Options", "UID", "GID", "Mountpoint"];
    let of = |volume: &Value| keys.iter().map(|key| volume[*key].clone()).collect();
    let volumes = volumes.as_array().unwrap().iter().map(of).collect();
    let mut found = json(&format!("podman inspect {name}"));
    // In no order of podman's.
    for list in ["/0/Mounts", "/0/HostConfig/Binds", "/0/Config/Env"] {
        found.pointer_mut(list).unwrap().as_array_mut().unwrap().sort_by_key(ToString::to_string);
    }
    if let Some(annotations) = found[0]["Config"]["Annotations"].as_object_mut() {
        annotations.remove("io.kubernetes.cri-o.Created"); // 4.3
    }
    let mut text = serde_json::json!([found[0]["Config"], found[0]["HostConfig"], found[0]["Mounts"]]).to_string();
    let id = found[0]["Id"].as_str().unwrap();
    let secret_id = found[0]["Config"]["Secrets"][0]["ID"].as_str().unwrap();
    for (own, word) in [(id, "ID"), (&id[..32], "ID"), (&id[..12], "ID"), (secret_id, "SECRET")] {
        text = text.replace(own, word);
    }
    (secret, volumes, serde_json::from_str(&text).unwrap())
}

fn state(machine: &Machine) -> (String, Vec<Vec<Value>>, Value) {
    state_of(machine, "pipglr")
}

fn wipe(machine: &Machine) {
    wipe_all_of(machine, "pipglr", "config.toml");
}

fn wipe_all_of(machine: &Machine, name: &str, secret: &str) {
    let files = format!(
        ".config/containers/systemd/pipglr .config/containers/systemd/*.container .config/systemd/user/{name}.service"
    );
    machine.user(&format!(
        "systemctl --user stop {name}.service; systemctl --user disable {name}.service; rm -rf {files}; systemctl --user daemon-reload"
    ));
    machine
        .user(&format!(
            "podman rm -f -i -t 0 {name} && podman secret rm {secret} && podman volume rm {name}-storage {name}-cache {name}-state && \
             rm -r ~/.local/state/pipglr"
        ))
        .ok();
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_script_ends_where_setup_ends_and_has_no_token_in_it() {
    let (machine, server) = (machine(), Server::start());
    // A limit is one where the host has a controller for it, and elsewhere left out, as setup does.
    let answers = "concurrent = 3\nstart_at_boot = true\nmemory = \"4GiB\"\npids_limit = 5000";
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"\n{answers}", server.url()));
    machine.user("pipglr export script --answers answers.toml setup.sh").ok();
    let by_root = machine.root("HOME=/root sh /home/johndoe/setup.sh </dev/null").fails_with(1);
    assert!(by_root.err.contains("not as root") && by_root.out.is_empty(), "{}", by_root.both());
    machine.user("PIPGLR_TOKEN_FILE=token sh setup.sh").ok();
    assert_set_up(&machine);
    assert_not_leaked(&machine, TOKEN);
    let boot = || machine.user("pipglr boot show --json").ok();
    let (by_script, boot_by_script) = (state(&machine), boot());
    assert!(
        boot_by_script.contains("\"starts\": true") && boot_by_script.contains("\"by_pipglr\": true"),
        "{boot_by_script}"
    );
    let identity = "podman inspect -f '{{.Id}} {{.State.StartedAt}}' pipglr; podman secret ls -q";
    let before = machine.user(identity).ok();
    machine.user("bash setup.sh </dev/null").ok();
    assert_eq!(machine.user(identity).ok(), before, "a second run changes nothing");

    wipe(&machine);
    machine.user(SETUP).ok();
    assert_eq!((state(&machine), boot()), (by_script, boot_by_script));

    // A host that is set up, with a configuration of its own: the same again, its other secrets put in from files.
    let own = "podman exec pipglr cat /run/secrets/config.toml | sed 's/check_interval = 0/check_interval = 3 # mine/; \
               s|^  executor.*|&\\n  environment = [\"A_PASSWORD=s3cr3t\\\\\\\\canary\"]|' > own.toml && \
               pipglr config apply own.toml --yes && rm own.toml && pipglr export script own.sh";
    machine.user(own).ok();
    let text = machine.read("own.sh");
    assert!(
        !text.contains(&TOKEN[8..]) && !text.contains("s3cr3t") && text.contains("check_interval = 3 # mine"),
        "{text}"
    );
    let (secret, ..) = state(&machine);
    assert!(secret.contains("s3cr3t"), "{secret}");
    wipe(&machine);
    machine.write("password", "s3cr3t\\canary\n");
    let secrets = "PIPGLR_TOKEN_FILE=/dev/stdin PIPGLR_SECRET_1_FILE=$HOME/password bash own.sh < token";
    machine.user(secrets).ok();
    assert_set_up(&machine);
    // As with `config_file`, what was registered stands behind the rest.
    let sorted = |text: String| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(sorted(state(&machine).0), sorted(secret));
    machine.user("timeout 60 sh -c 'until pipglr status; do sleep 1; done'").ok();
}

/// What of a unit differs from one container to the next is not in its file: what is exported, written by hand where its first
/// lines say, makes the same.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_script_and_the_quadlet_of_a_second_container_end_where_its_setup_ends() {
    const NAME: &str = "second";
    const SECRET: &str = "second-config.toml";
    let (machine, server) = (machine(), Server::start());
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"\nconcurrent = 3\nstart_at_boot = true", server.url()));
    machine.user("pipglr --name second setup --answers answers.toml --yes").ok();
    let by_setup = state_of(&machine, NAME);
    assert!(by_setup.0.contains("concurrent = 3"), "{}", by_setup.0);
    let boot = || machine.user("pipglr --name second boot show --json").ok();
    let booted = boot();
    machine.user("pipglr --name second export script script.sh").ok();
    let quadlet = machine.suite != "bookworm"; // its podman has none
    if quadlet {
        machine.user("pipglr --name second export quadlet exported.container").ok();
    }
    let config = machine.user("podman exec second cat /run/secrets/config.toml").ok();

    wipe_all_of(&machine, NAME, SECRET);
    machine.user("PIPGLR_TOKEN_FILE=token sh script.sh").ok();
    // As with `config_file`, what was registered stands behind the rest.
    let sorted = |(text, volumes, container): (String, Vec<Vec<Value>>, Value)| {
        (text.lines().map(str::to_owned).collect::<BTreeSet<_>>(), volumes, container)
    };
    assert_eq!((sorted(state_of(&machine, NAME)), boot()), (sorted(by_setup.clone()), booted));
    let names = "podman ps -a --format '{{.Names}}'; podman secret ls --noheading --format '{{.Name}}'; podman volume ls -q | sort";
    let all = "second\nsecond-config.toml\nsecond-cache\nsecond-state\nsecond-storage\n";
    assert_eq!(machine.user(names).ok(), all);
    assert_not_leaked(&machine, TOKEN);

    if quadlet {
        wipe_all_of(&machine, NAME, SECRET);
        let text = machine.read("exported.container");
        assert!(!text.contains(&TOKEN[8..]), "{text}");
        let told: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("#   ")).collect();
        for line in told.iter().filter(|line| !line.starts_with("loginctl")) {
            // Before the unit is started its file is to be there.
            if line.starts_with("systemctl") {
                machine.user("cp exported.container .config/containers/systemd/second.container").ok();
            }
            machine.user_with(line, config.as_bytes()).ok();
        }
        machine.user("timeout 60 sh -c 'until pipglr --name second status; do sleep 1; done'").ok();
        assert_eq!(state_of(&machine, NAME), by_setup);
        assert_eq!(machine.user(names).ok(), all);
    }
}
