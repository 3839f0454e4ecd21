//! What the pretend podman answers, and what it changes.

use super::api;
use super::container::{Container, exec, image};
use super::machine::{GRAPH, Machine, said};
use crate::host::{Cmd, Finished};
use crate::names::FIRST;
use crate::secret::Secret;
use jiff::Timestamp;
use serde_json::json;

const NONE: &str = "Error: no such container, image, secret or volume";
/// The words of a registry that cannot be reached, as podman 5.4 has them.
const UNREACHABLE: &str = "Error: unable to copy from source docker://registry.gitlab.com/qontainers/pipglr:latest: initializing source \
     docker://registry.gitlab.com/qontainers/pipglr:latest: pinging container registry registry.gitlab.com: Get \
     \"https://registry.gitlab.com/v2/\": dial tcp: lookup registry.gitlab.com: i/o timeout";

/// Runs a podman command.
pub(super) fn run(machine: &mut Machine, args: &[&str], cmd: &Cmd, input: Option<&Secret>, now: Timestamp) -> Finished {
    match args {
        // The image's gitlab-runner is asked about a text; 17 has no lint.
        ["run" | "exec", .., "sh", "-c", lint, "sh", _, _] if lint.contains("gitlab-runner lint") => said(100, ""),
        ["exec", rest @ ..] => exec(machine, rest, input, now),
        ["unshare", rest @ ..] => unshare(machine, rest),
        ["info", ..] => said(0, &info(machine)),
        ["--version"] => said(0, "podman version 5.4.2"),
        ["ps", rest @ ..] => {
            let all = rest.contains(&"--all");
            let names = machine.containers.iter().filter(|(_, found)| all || found.state == "running");
            said(0, &names.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join("\n"))
        }
        ["image", "inspect", _] if machine.image => said(0, &image()),
        ["image", "rm", _] => {
            machine.image = false;
            said(0, "")
        }
        ["secret", "inspect", rest @ ..] => {
            let found = rest.last().and_then(|name| machine.secrets.get(*name));
            let of = |(id, data): &(u32, Vec<u8>)| {
                let driver =
                    json!({"Driver": {"Name": "file", "Options": {"path": format!("{GRAPH}/secrets/filedriver")}}});
                json!([{"ID": id.to_string(), "SecretData": String::from_utf8_lossy(data), "Spec": driver}]).to_string()
            };
            found.map_or(said(125, NONE), |found| said(0, &of(found)))
        }
        ["volume", "inspect", name] => {
            let of = |(uid, gid): &(u64, u64)| {
                json!([{"UID": uid, "GID": gid, "Mountpoint": format!("{GRAPH}/volumes/{name}/_data")}]).to_string()
            };
            machine.volumes.get(*name).map_or(said(125, NONE), |owner| said(0, &of(owner)))
        }
        ["container", "inspect", name] => {
            machine.containers.get(*name).map_or(said(125, NONE), |found| said(0, &found.json(name)))
        }
        ["container", "exists", .., name] => said(i32::from(!machine.containers.contains_key(*name)), ""),
        ["logs", rest @ ..] => {
            let Some(container) = named(machine, rest.last()) else { return said(125, NONE) };
            let since = rest.iter().position(|word| *word == "--since").and_then(|at| rest.get(at + 1)?.parse().ok());
            said(0, &container.log(since, now, rest.contains(&"--timestamps")))
        }
        ["system", "migrate"] => {
            machine.in_force = machine.subids();
            machine.containers.values_mut().for_each(|container| container.stop(now));
            said(0, "")
        }
        ["pull", _] => {
            machine.pulls += 1;
            machine.image = machine.pulls > 1;
            if machine.image { said(0, "") } else { said(125, UNREACHABLE) }
        }
        ["build", ..] => {
            machine.image = true;
            said(0, "")
        }
        ["generate", "spec", _] => said(0, "{}"),
        ["run", .., "register"] => register(machine, cmd),
        ["run", "--rm", ..] => api::answer(machine, args, input).unwrap_or_else(|| said(125, NONE)),
        ["run" | "create", ..] => create(machine, args, now),
        [kind @ ("secret" | "volume"), rest @ ..] => kept(machine, kind, rest, input),
        _ => container(machine, args, now),
    }
}

fn info(machine: &Machine) -> String {
    let map = json!([{"container_id": 0, "host_id": 1000, "size": 1}, {"container_id": 1, "host_id": 100_000, "size": machine.in_force}]);
    json!({
        "host": {"cgroupVersion": "v2", "idMappings": {"uidmap": map, "gidmap": map}, "rootlessNetworkCmd": "pasta",
                 "security": {"rootless": true, "selinuxEnabled": false}},
        "store": {"graphDriverName": "overlay", "graphOptions": {}, "graphRoot": GRAPH},
    })
    .to_string()
}

fn unshare(machine: &Machine, words: &[&str]) -> Finished {
    match words {
        ["printenv", _] => said(0, GRAPH),
        ["cat", _, _] => said(0, &format!("0 1000 1\n1 100000 {0}\n0 1000 1\n1 100000 {0}", machine.in_force)),
        ["cat", path] => {
            let of = |container: &Container, name: &str| {
                path.starts_with(&format!("/demo/{name}/")).then(|| container.text.clone())
            };
            let text = machine.containers.iter().find_map(|(name, container)| of(container, name));
            text.map_or(said(1, "cat: no such file"), |text| said(0, &text))
        }
        ["sh", "-c", script, _, name, _, _] if script.contains("/agreed") => {
            let Some(container) = machine.containers.get(*name) else { return said(1, NONE) };
            let handed = container.handed.clone().unwrap_or_default();
            let works = container.handed.as_ref().unwrap_or(&container.text);
            said(0, &format!("{}\0{handed}\0{works}\0", container.text))
        }
        ["du", _, folders @ ..] => {
            let of =
                |folder: &&str| format!("{}\t{folder}\n", if folder.contains("cache") { 41_300 } else { 1_874_000 });
            said(0, &folders.iter().map(of).collect::<String>())
        }
        _ => said(127, &format!("`{}` is not on the demo's machine", words.join(" "))),
    }
}

fn named<'a>(machine: &'a mut Machine, name: Option<&&str>) -> Option<&'a mut Container> {
    let name = name?;
    machine.containers.iter_mut().find(|(known, found)| known == name || found.id == **name).map(|(_, found)| found)
}

/// Secrets and volumes.
fn kept(machine: &mut Machine, kind: &str, words: &[&str], input: Option<&Secret>) -> Finished {
    match (kind, words) {
        ("secret", ["create", name, from]) => {
            if machine.secrets.contains_key(*name) {
                return said(125, &format!("Error: {name}: secret name in use"));
            }
            let file = || machine.files.get(std::path::Path::new(from)).cloned();
            let data = input.map(|input| input.expose().to_vec()).or_else(file).unwrap_or_default();
            let id = machine.next();
            machine.secrets.insert((*name).into(), (id, data));
            said(0, &id.to_string())
        }
        ("secret", ["rm", name]) => {
            let found = machine.secrets.iter().find(|(known, (id, _))| known == name || id.to_string() == **name);
            let Some(name) = found.map(|(name, _)| name.clone()) else { return said(125, NONE) };
            machine.secrets.remove(&name);
            said(0, &name)
        }
        ("volume", ["create", "--opt", options, name]) => {
            let number = |at: usize| options.split(['=', ',']).nth(at).and_then(|word| word.parse().ok()).unwrap_or(0);
            machine.volumes.insert((*name).into(), (number(2), number(4)));
            said(0, name)
        }
        ("volume", ["rm", .., name]) if machine.volumes.remove(*name).is_some() => said(0, name),
        _ => said(125, NONE),
    }
}

/// Registers as often as it is told: each adds a runner to the file.
fn register(machine: &mut Machine, cmd: &Cmd) -> Finished {
    let at = cmd.args.iter().position(|word| word == "-c");
    let times = at.and_then(|at| cmd.args.get(at + 2)?.parse().ok()).unwrap_or(1);
    let Some(file) = cmd.cwd.as_ref().map(|folder| folder.join(&FIRST.config)) else { return said(125, NONE) };
    let token = machine.secrets.get("REGISTRATION_TOKEN").map(|(_, data)| String::from_utf8_lossy(data).into_owned());
    let Some(token) = token else { return said(125, "Error: no secret with name or id REGISTRATION_TOKEN") };
    for _ in 0..times {
        let token = if token.starts_with("glrt-") { token.clone() } else { format!("t1_demode{:08}", machine.next()) };
        let text = machine.files.entry(file.clone()).or_default();
        if text.is_empty() {
            text.extend_from_slice(b"concurrent = 1\ncheck_interval = 0\nshutdown_timeout = 0\n");
        }
        text.extend_from_slice(ENTRY.replace("TOKEN", token.trim()).as_bytes());
    }
    let words = format!("{:<50}  runner=t1_demode\nRunner registered successfully.", "Verifying runner... is valid");
    said(0, &vec![words; times].join("\npipglr: registered\n"))
}

/// What a registration writes.
const ENTRY: &str = r#"
[[runners]]
  name = "pipglr johndoe@demo"
  url = "https://gitlab.example/"
  token = "TOKEN"
  executor = "docker"
  request_concurrency = 2
  [runners.feature_flags]
    FF_NETWORK_PER_BUILD = true
  [runners.docker]
    host = "unix:///home/runner/podman.sock"
    image = "docker.io/library/debian:stable-slim"
    oom_score_adjust = 300
    pull_policy = ["always"]
    volumes = ["/cache"]
"#;

fn create(machine: &mut Machine, args: &[&str], now: Timestamp) -> Finished {
    let name = args.iter().position(|word| *word == "--name").and_then(|at| args.get(at + 1)).copied();
    let name = name.unwrap_or("demo").to_owned();
    if machine.containers.contains_key(&name) {
        return said(125, &format!("Error: the container name \"{name}\" is already in use"));
    }
    let Some((secret, text)) = machine.secrets.get(&*FIRST.config).cloned() else {
        return said(125, "Error: no secret with name or id \"config.toml\"");
    };
    let id = format!("{:012x}{:052x}", 0xc0ff_ee00_d000_u64 + u64::from(machine.next()), 0);
    let mut container = Container {
        id: id.clone(),
        state: "created",
        secret: secret.to_string(),
        text: String::from_utf8_lossy(&text).into_owned(),
        made_by: std::iter::once("podman").chain(args.iter().copied()).map(str::to_owned).collect(),
        ..Container::default()
    };
    machine.events.push("create");
    if args[0] == "run" {
        container.start(now, machine.paused.is_some());
        machine.events.push("start");
    }
    machine.containers.insert(name, container);
    said(0, &id)
}

/// What becomes of a container.
fn container(machine: &mut Machine, args: &[&str], now: Timestamp) -> Finished {
    let paused = machine.paused.is_some();
    match args {
        ["rename", old, new] => {
            if machine.containers.contains_key(*new) {
                return said(125, "Error: the container name is already in use");
            }
            let Some(container) = machine.containers.remove(*old) else { return said(125, NONE) };
            machine.containers.insert((*new).into(), container);
            machine.events.push("rename");
        }
        ["rm", rest @ .., name] => {
            let force = rest.contains(&"--force");
            match machine.containers.get(*name).map(|container| container.state) {
                Some("running") if !force => return said(2, "Error: the container is running"),
                None if !force => return said(1, NONE),
                _ => drop(machine.containers.remove(*name)),
            }
            machine.events.push("remove");
        }
        [verb @ ("stop" | "start" | "restart"), .., name] => {
            let Some(container) = named(machine, Some(name)) else { return said(125, NONE) };
            if *verb != "start" {
                container.stop(now);
            }
            if *verb != "stop" && container.state != "running" {
                container.start(now, paused);
            }
            machine.events.push(verb_event(verb));
        }
        _ => return said(125, NONE),
    }
    said(0, "")
}

fn verb_event(verb: &str) -> &'static str {
    if verb == "stop" { "died" } else { "start" }
}
