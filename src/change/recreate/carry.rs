//! What only `podman inspect` knows of a container is written into its command: what `podman update` and `network
//! connect` have changed since, what came from the shell that made it, and paths relative to where that stood.

use super::command::{Command, Opt};
use super::compare::{Difference, list};
use crate::host::Host;
use crate::problem::{Exit, Problem, Result};
use crate::secret::Secret;
use serde_json::Value;
use std::path::Path;

/// A command, and the variables of podman's own environment that it needs; `None`: it must not have that variable.
/// `-e NAME` takes its value from there: it stays out of the command, as whoever wrote it wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// The command.
    pub command: Command,
    /// The variables.
    pub env: Vec<(String, Option<Secret>)>,
}

/// What `podman create` needs only for pulling an image, and this image is there; or must not have a second time.
const NOT_AGAIN: [&str; 9] =
    ["name", "replace", "cidfile", "pull", "authfile", "cert-dir", "creds", "decryption-key", "retry"];

/// Variables that podman itself reads: they cannot be given to it just to hand them on.
const PODMANS_OWN: [&str; 14] = [
    "HOME",
    "PATH",
    "USER",
    "TMPDIR",
    "LANG",
    "XDG_",
    "CONTAINER",
    "STORAGE_",
    "REGISTRY_",
    "DBUS_",
    "LD_",
    "LC_",
    "GO",
    "NOTIFY_SOCKET",
];

/// Options whose value is a path that nothing but the folder of that shell could make whole.
const PATHS: [&str; 5] = ["hosts-file", "init-path", "pod-id-file", "health-log-destination", "chrootdirs"];

fn is_podmans_own(name: &str) -> bool {
    PODMANS_OWN
        .iter()
        .any(|own| name == *own || (own.ends_with('_') || *own == "CONTAINER" || *own == "GO") && name.starts_with(own))
}

/// The command without what `create` lacks, with each path as it was resolved and each anonymous volume by its name, so
/// that what is in it stays.
///
/// # Errors
/// It has a relative path that podman does not tell any more.
pub fn resolved(host: &dyn Host, mut command: Command, old: &Value) -> Result<Made> {
    command.remove(&super::command::RUN_ONLY);
    command.remove(&NOT_AGAIN);
    if command.has("rootfs") && !command.image.starts_with('/') {
        return Err(relative("--rootfs", &command.image));
    }
    let mut made = Made::default();
    let mut covered = vec![];
    for mut option in std::mem::take(&mut command.options) {
        let value = option.text().to_owned();
        let is_relative = !value.starts_with('/');
        match option.name() {
            "volume" => {
                let (new, target) = volume(&value, old);
                covered.push(target);
                option.value = Some(new);
            }
            "mount" => {
                let (new, target) = mount(&value, old)?;
                covered.push(target);
                option.value = Some(new);
            }
            // What they said is in the environment and the labels, which are carried over.
            "env-file" | "label-file" if is_relative || host.read(Path::new(&value)).is_err() => continue,
            "pidfile" if is_relative => option.value = old["PidFile"].as_str().map(str::to_owned),
            "conmon-pidfile" if is_relative => option.value = old["ConmonPidFile"].as_str().map(str::to_owned),
            "log-opt" if value.strip_prefix("path=").is_some_and(|path| !path.starts_with('/')) => {
                let path = old["HostConfig"]["LogConfig"]["Path"].as_str().unwrap_or_default();
                option.value = Some(format!("path={path}"));
            }
            "security-opt"
                if value.strip_prefix("seccomp=").is_some_and(|path| path.contains('/') && !path.starts_with('/')) =>
            {
                return Err(relative(&option.flag, &value));
            }
            name if PATHS.contains(&name) && is_relative && value.contains('/') => {
                return Err(relative(&option.flag, &value));
            }
            "env" if !value.contains('=') && !value.ends_with('*') => {
                let stood = variable(old, &value);
                if !is_podmans_own(&value) {
                    made.env.push((value, stood.map(Secret::new)));
                } else if host.variable(&value).as_deref() != stood {
                    let Some(stood) = stood else { continue };
                    option.value = Some(format!("{value}={stood}"));
                }
            }
            _ => {}
        }
        command.options.push(option);
    }
    if !command.has("volumes-from") {
        // An image's own volumes.
        let rest = list(&old["Mounts"]).filter(|mount| mount["Type"] == "volume");
        for mount in rest.filter(|mount| !covered.iter().any(|target| mount["Destination"] == target.as_str())) {
            if let (Some(name), Some(target)) = (mount["Name"].as_str(), mount["Destination"].as_str()) {
                command.options.push(Opt::new("--volume", format!("{name}:{target}")));
            }
        }
    }
    made.command = command;
    Ok(made)
}

fn relative(flag: &str, value: &str) -> Problem {
    Problem::new(
        format!("The container was made with `{flag} {value}`, relative to a folder that nobody knows any more."),
        "Make the container again by hand with the whole path; then nothing stands in the way of a change.",
    )
    .exit(Exit::Failed)
}

fn variable<'a>(old: &'a Value, name: &str) -> Option<&'a str> {
    let pairs = list(&old["Config"]["Env"]).filter_map(Value::as_str);
    pairs.filter_map(|pair| pair.split_once('=')).find(|(found, _)| *found == name).map(|(_, value)| value)
}

fn mounted<'a>(old: &'a Value, kind: &str, target: &str) -> Option<&'a Value> {
    list(&old["Mounts"]).find(|mount| mount["Type"] == kind && mount["Destination"] == target)
}

/// A path without what podman takes off it.
fn clean(path: &str) -> String {
    if path == "/" { path.to_owned() } else { path.trim_end_matches('/').to_owned() }
}

/// `-v SOURCE:TARGET[:OPTIONS]`, or `-v TARGET` for an anonymous volume; with the target.
fn volume(value: &str, old: &Value) -> (String, String) {
    let (source, rest) = match value.split_once(':') {
        Some((source, rest)) if rest.starts_with('/') => (Some(source), rest),
        _ => (None, value),
    };
    let target = clean(rest.split(':').next().unwrap_or_default());
    let found = match source {
        None => mounted(old, "volume", &target).and_then(|mount| mount["Name"].as_str()),
        Some(source) if source.starts_with('.') => {
            mounted(old, "bind", &target).and_then(|mount| mount["Source"].as_str())
        }
        Some(_) => None,
    };
    (found.map_or_else(|| value.to_owned(), |found| format!("{found}:{rest}")), target)
}

/// `--mount type=bind,src=…,dst=…`; with the target.
fn mount(value: &str, old: &Value) -> Result<(String, String)> {
    let part = |names: &[&str]| {
        value
            .split(',')
            .filter_map(|part| part.split_once('='))
            .find(|(name, _)| names.contains(name))
            .map(|(_, value)| value)
    };
    let kind = part(&["type"]).unwrap_or("volume");
    let source = part(&["src", "source"]);
    let target = clean(part(&["dst", "dest", "destination", "target"]).unwrap_or_default());
    let new = match (kind, source) {
        ("bind" | "glob", Some(path)) if !path.starts_with('/') => {
            let resolved = mounted(old, kind, &target).and_then(|mount| mount["Source"].as_str());
            let resolved = resolved.ok_or_else(|| relative("--mount", value))?;
            let part = |part: &str| match part.split_once('=') {
                Some((name @ ("src" | "source"), _)) => format!("{name}={resolved}"),
                _ => part.to_owned(),
            };
            value.split(',').map(part).collect::<Vec<_>>().join(",")
        }
        ("volume", None) => match mounted(old, kind, &target).and_then(|mount| mount["Name"].as_str()) {
            Some(name) => format!("{value},src={name}"),
            None => value.to_owned(),
        },
        _ => value.to_owned(),
    };
    Ok((new, target))
}

/// Fields of `HostConfig` that an option sets as they stand, and that option.
const LIMITS: [(&str, &str, &str); 13] = [
    ("BlkioWeight", "blkio-weight", ""),
    ("CpuPeriod", "cpu-period", ""),
    ("CpuQuota", "cpu-quota", ""),
    ("CpuRealtimePeriod", "cpu-rt-period", ""),
    ("CpuRealtimeRuntime", "cpu-rt-runtime", ""),
    ("CpuShares", "cpu-shares", ""),
    ("CpusetCpus", "cpuset-cpus", ""),
    ("CpusetMems", "cpuset-mems", ""),
    ("Memory", "memory", "b"),
    ("MemoryReservation", "memory-reservation", "b"),
    ("MemorySwap", "memory-swap", ""),
    ("MemorySwappiness", "memory-swappiness", ""),
    ("PidsLimit", "pids-limit", ""),
];

/// Writes into a command what differs between the container it once made and the one it would make now; what no
/// option can say stays as it is.
pub fn carry(made: &mut Made, differences: &[Difference], old: &Value) {
    let health =
        |found: &Difference| found.field.starts_with("Config.Health") || found.field == "Config.StartupHealthCheck";
    if differences.iter().any(health) {
        set_health(&mut made.command, &old["Config"]);
    }
    for found in differences {
        let field = found.field.as_str();
        let (kind, name) = field.split_once([' ', '.']).unwrap_or((field, ""));
        let gone = found.old.is_null();
        match (kind, name) {
            ("env", name) => set_variable(made, name, if gone { None } else { variable(old, name) }),
            ("label", name) if !gone => {
                let value = old["Config"]["Labels"][name].as_str().unwrap_or_default();
                made.command.options.push(Opt::new("--label", format!("{name}={value}")));
            }
            ("annotation", name) if !gone => {
                let value = old["Config"]["Annotations"][name].as_str().unwrap_or_default();
                made.command.options.push(Opt::new("--annotation", format!("{name}={value}")));
            }
            ("network", name) => set_network(&mut made.command, name, found),
            ("ulimit", _) => set_ulimits(&mut made.command, &old["HostConfig"]["Ulimits"], differences),
            ("HostConfig", "RestartPolicy") => {
                let policy = &old["HostConfig"]["RestartPolicy"];
                let name = policy["Name"].as_str().filter(|name| !name.is_empty()).unwrap_or("no");
                let value = match policy["MaximumRetryCount"].as_u64() {
                    Some(count @ 1..) => format!("{name}:{count}"),
                    _ => name.to_owned(),
                };
                made.command.set("restart", &value);
            }
            ("HostConfig", "AutoRemove") if !gone => made.command.options.push(Opt::flag("--rm")),
            ("HostConfig", "PortBindings") => set_ports(&mut made.command, &old["HostConfig"]["PortBindings"]),
            ("HostConfig", name) => {
                if let Some((_, option, unit)) = LIMITS.iter().find(|(field, ..)| *field == name) {
                    if option.starts_with("cpu-") {
                        made.command.remove(&["cpus"]);
                    }
                    match &old["HostConfig"][name] {
                        Value::Number(number) => made.command.set(option, &format!("{number}{unit}")),
                        Value::String(text) if !text.is_empty() => made.command.set(option, text),
                        _ => made.command.remove(&[option]),
                    }
                }
            }
            _ => {}
        }
    }
}

fn set_variable(made: &mut Made, name: &str, value: Option<&str>) {
    made.env.retain(|(known, _)| known != name);
    match value {
        Some(value) if is_podmans_own(name) => {
            made.command.options.push(Opt::new("--env", format!("{name}={value}")));
        }
        Some(value) => {
            made.env.push((name.to_owned(), Some(Secret::new(value))));
            made.command.options.push(Opt::new("--env", name));
        }
        // It comes from podman's own environment (`--http-proxy`, `--env-host`).
        None if !is_podmans_own(name) => made.env.push((name.to_owned(), None)),
        None => {}
    }
}

fn set_network(command: &mut Command, name: &str, found: &Difference) {
    command.options.retain(|option| option.name() != "network" || option.text().split([':', ',']).next() != Some(name));
    if !found.old.is_null() {
        let aliases = list(&found.old["aliases"]).filter_map(Value::as_str).map(|alias| format!("alias={alias}"));
        let aliases = aliases.collect::<Vec<_>>().join(",");
        let colon = if aliases.is_empty() { "" } else { ":" };
        command.options.push(Opt::new("--network", format!("{name}{colon}{aliases}")));
    }
}

fn set_ports(command: &mut Command, ports: &Value) {
    command.remove(&["publish", "publish-all"]);
    for (port, bindings) in ports.as_object().into_iter().flatten() {
        for binding in list(bindings) {
            let (ip, host) =
                (binding["HostIp"].as_str().unwrap_or_default(), binding["HostPort"].as_str().unwrap_or_default());
            let ip = match ip {
                "" => String::new(),
                ip if ip.contains(':') => format!("[{ip}]:"),
                ip => format!("{ip}:"),
            };
            command.options.push(Opt::new("--publish", format!("{ip}{host}:{port}")));
        }
    }
}

/// All of them: a limit that all containers get is not among the differences, and is none that somebody has set.
fn set_ulimits(command: &mut Command, limits: &Value, differences: &[Difference]) {
    for limit in list(limits) {
        let name = limit["Name"].as_str().unwrap_or_default();
        let short = name.trim_start_matches("RLIMIT_").to_lowercase();
        if differences.iter().any(|found| found.field == format!("ulimit {name}")) {
            command
                .options
                .retain(|option| option.name() != "ulimit" || !option.text().starts_with(&format!("{short}=")));
            command.options.push(Opt::new("--ulimit", format!("{short}={}:{}", limit["Soft"], limit["Hard"])));
        }
    }
}

/// The health check as a whole: its options belong together.
fn set_health(command: &mut Command, config: &Value) {
    command.options.retain(|option| !option.name().starts_with("health-") && option.name() != "no-healthcheck");
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            command.options.push(Opt::new(&format!("--{name}"), value));
        }
    };
    let time = |value: &Value| value.as_u64().filter(|time| *time > 0).map(|time| format!("{time}ns"));
    let number = |value: &Value| value.as_u64().map(|number| number.to_string());
    let check = &config["Healthcheck"];
    let test: Vec<&str> = list(&check["Test"]).filter_map(Value::as_str).collect();
    match test.as_slice() {
        [] => {}
        ["NONE", ..] => return command.options.push(Opt::flag("--no-healthcheck")),
        _ => {
            add("health-cmd", test_words(&test));
            // Without an interval no timer runs.
            add("health-interval", time(&check["Interval"]).or_else(|| Some("disable".into())));
            add("health-timeout", time(&check["Timeout"]));
            add("health-start-period", time(&check["StartPeriod"]));
            add("health-retries", number(&check["Retries"]));
        }
    }
    let first = &config["StartupHealthCheck"];
    let test: Vec<&str> = list(&first["Test"]).filter_map(Value::as_str).collect();
    if !test.is_empty() {
        add("health-startup-cmd", test_words(&test));
        add("health-startup-interval", time(&first["Interval"]));
        add("health-startup-timeout", time(&first["Timeout"]));
        add("health-startup-retries", number(&first["Retries"]));
        add("health-startup-success", number(&first["Successes"]));
    }
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    add("health-on-failure", text(&config["HealthcheckOnFailureAction"]));
    add("health-log-destination", text(&config["HealthLogDestination"]));
    add("health-max-log-count", number(&config["HealthcheckMaxLogCount"]));
    add("health-max-log-size", number(&config["HealthcheckMaxLogSize"]));
}

/// A test as `--health-cmd` takes it: a line for a shell, or a list of words.
fn test_words(test: &[&str]) -> Option<String> {
    match test {
        ["CMD-SHELL", line] => Some((*line).to_owned()),
        ["CMD", words @ ..] => Some(Value::from(words.to_vec()).to_string()),
        other => Some(Value::from(other.to_vec()).to_string()),
    }
}
