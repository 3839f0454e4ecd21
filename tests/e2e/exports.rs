//! `pipglr export`: what is written ends, elsewhere, where `setup` ends.

use crate::server::Server;
use crate::setup::{SETUP, TOKEN, answer, assert_not_leaked, assert_set_up, machine};
use crate::testhost::Machine;
use serde_json::Value;

/// What a setup leaves, without what differs from one registration and one container to the next.
fn state(machine: &Machine) -> (String, Vec<Vec<Value>>, Value) {
    let secret = crate::change::secret(machine);
    let own = ["  id =", "  token =", "  token_obtained_at =", "  token_expires_at ="];
    let known =
        |line: &str| own.iter().find(|key| line.starts_with(*key)).map_or(line.to_owned(), |key| (*key).to_owned());
    let secret = secret.lines().map(known).collect::<Vec<_>>().join("\n");
    let json = |command: &str| -> Value { serde_json::from_str(&machine.user(command).ok()).unwrap() };
    let volumes = json("podman volume inspect pipglr-storage pipglr-cache");
    let keys = ["Name", "Driver", "Labels", "Options", "UID", "GID", "Mountpoint"];
    let of = |volume: &Value| keys.iter().map(|key| volume[*key].clone()).collect();
    let volumes = volumes.as_array().unwrap().iter().map(of).collect();
    let mut found = json("podman inspect pipglr");
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

fn wipe(machine: &Machine) {
    let files = ".config/containers/systemd/pipglr .config/systemd/user/pipglr.service";
    machine.user(&format!("systemctl --user disable --now pipglr.service; rm -rf {files}; systemctl --user daemon-reload"));
    machine
        .user("podman rm -f -i -t 0 pipglr && podman secret rm config.toml && podman volume rm pipglr-storage pipglr-cache pipglr-state && rm -r ~/.local/state/pipglr")
        .ok();
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_script_ends_where_setup_ends_and_has_no_token_in_it() {
    let (machine, server) = (machine(), Server::start());
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"\nconcurrent = 3\nstart_at_boot = true", server.url()));
    machine.user("pipglr export script --answers answers.toml setup.sh").ok();
    machine.user("PIPGLR_TOKEN_FILE=token sh setup.sh").ok();
    assert_set_up(&machine);
    assert_not_leaked(&machine, TOKEN);
    let boot = || machine.user("pipglr boot show --json").ok();
    let (by_script, boot_by_script) = (state(&machine), boot());
    assert!(boot_by_script.contains("\"starts\": true") && boot_by_script.contains("\"by_pipglr\": true"), "{boot_by_script}");
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
    let sorted = |text: String| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(sorted(state(&machine).0), sorted(secret));
    machine.user("timeout 60 sh -c 'until pipglr status; do sleep 1; done'").ok();
}
