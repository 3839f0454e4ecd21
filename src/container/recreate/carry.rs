//! What only `podman inspect` knows of a container is written into its command: what `podman update` and `network
//! connect` have changed since, and what came from a file or the defaults that made it.

use super::command::{Command, Opt};
use super::compare::{Difference, list};
use super::resolve::Made;
use crate::secret::Secret;
use serde_json::Value;

/// Variables that podman itself reads: they cannot be given to it just to hand them on.
const PODMANS_OWN: [&str; 20] = [
    "HOME",
    "PATH",
    "USER",
    "TMPDIR",
    "LANG",
    "XDG_",
    "CONTAINER_",
    "CONTAINERS_",
    "PODMAN_",
    "STORAGE_",
    "REGISTRY_",
    "DBUS_",
    "LD_",
    "LC_",
    "GODEBUG",
    "GOGC",
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GOTRACEBACK",
    "NOTIFY_SOCKET",
];

/// Whether podman itself reads this variable.
pub(super) fn is_podmans_own(name: &str) -> bool {
    PODMANS_OWN.iter().any(|own| name == *own || own.ends_with('_') && name.starts_with(own))
}

/// Returns what a variable is in a container.
pub fn variable<'a>(old: &'a Value, name: &str) -> Option<&'a str> {
    let pairs = list(&old["Config"]["Env"]).filter_map(Value::as_str);
    pairs.filter_map(|pair| pair.split_once('=')).find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// Fields of `HostConfig` that an option sets as they stand, and that option.
const LIMITS: [(&str, &str, &str); 14] = [
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
    ("ShmSize", "shm-size", "b"),
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
            ("label", _) => made.command.remove(&["label-file"]),
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
        // It comes from a file that somebody has changed, or from podman's own environment (`--http-proxy`, `--env-host`).
        None => {
            made.command.remove(&["env-file"]);
            if !is_podmans_own(name) {
                made.env.push((name.to_owned(), None));
            }
        }
    }
}

fn set_network(command: &mut Command, name: &str, found: &Difference) {
    command.options.retain(|option| option.name() != "network" || option.text().split([':', ',']).next() != Some(name));
    if !found.old.is_null() {
        let texts = |value| list(value).filter_map(Value::as_str);
        let aliases = texts(&found.old["aliases"]).map(|alias| format!("alias={alias}"));
        let options = aliases.chain(texts(&found.old["given"]).map(str::to_owned)).collect::<Vec<_>>().join(",");
        let colon = if options.is_empty() { "" } else { ":" };
        command.options.push(Opt::new("--network", format!("{name}{colon}{options}")));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::recreate::compare::differences;
    use crate::container::recreate::resolve::tests::made;
    use serde_json::json;

    /// The options of a command once all was carried into it that differs between these two.
    fn carried(words: &str, old: &Value, new: &Value) -> String {
        let mut made = made(words, old).unwrap();
        carry(&mut made, &differences(old, new), old);
        let line = made.command.create("n").join(" ");
        line.trim_start_matches("create --name n ").trim_end_matches('i').trim_end().to_owned()
    }

    #[test]
    fn a_value_from_the_shell_stays_out_of_the_command() {
        let old = json!({"Config": {"Env": ["FOO=from the shell", "HOME=/root", "FILE=f"]}});
        let made = made("podman run -e FOO -e HOME -e GONE i", &old).unwrap();
        assert_eq!(made.command.create("n").join(" "), "create --name n -e FOO -e HOME=/root -e GONE i");
        let env = [("FOO".into(), Some(Secret::new("from the shell"))), ("GONE".into(), None)];
        assert_eq!(made.env, env, "podman's own variables are not made others for it");
        let mut made = made;
        carry(&mut made, &differences(&old, &json!({"Config": {"Env": ["NEW=x"]}})), &old);
        assert!(
            made.env.contains(&("FILE".into(), Some(Secret::new("f")))) && made.env.contains(&("NEW".into(), None))
        );
    }

    #[test]
    fn what_was_changed_since_has_its_option() {
        let host = |fields: Value| json!({"HostConfig": fields});
        let config = |fields: Value| json!({"Config": fields});
        let network =
            |aliases: Value| json!({"Id": "c0ffee", "NetworkSettings": {"Networks": {"build": {"Aliases": aliases}}}});
        let none = json!({});
        let check = json!({"Test": ["CMD-SHELL", "curl -f localhost"], "Interval": 30_000_000_000_u64, "Retries": 3});
        for (words, old, new, options) in [
            (
                "--restart always",
                host(json!({"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}})),
                &none,
                "--restart on-failure:3",
            ),
            (
                "--restart always",
                host(json!({"RestartPolicy": {"Name": ""}})),
                &host(json!({"RestartPolicy": {"Name": "always"}})),
                "--restart no",
            ),
            (
                "-m 1g",
                host(json!({"Memory": 2_147_483_648_u64})),
                &host(json!({"Memory": 1_073_741_824})),
                "--memory 2147483648b",
            ),
            (
                "--cpus 2 -t",
                host(json!({"CpuQuota": 150_000, "CpuPeriod": 100_000})),
                &none,
                "-t --cpu-period 100000 --cpu-quota 150000",
            ),
            ("--pids-limit 5", none.clone(), &host(json!({"PidsLimit": 5})), ""),
            (
                "-P",
                host(
                    json!({"PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}], "53/udp": [{"HostIp": "::1", "HostPort": "53"}]}}),
                ),
                &none,
                "--publish [::1]:53:53/udp --publish 127.0.0.1:8080:80/tcp",
            ),
            (
                "--ulimit nofile=1:1",
                host(json!({"Ulimits": [{"Name": "RLIMIT_NOFILE", "Soft": 5, "Hard": 9}]})),
                &host(json!({"Ulimits": [{"Name": "RLIMIT_NOFILE", "Soft": 1, "Hard": 1}]})),
                "--ulimit nofile=5:9",
            ),
            (
                "--network base",
                network(json!(["other", "c0ffee"])),
                &none,
                "--network base --network build:alias=other",
            ),
            (
                "--network base --network build:mac=44:33:22:11:00:99",
                json!({"NetworkSettings": {"Networks": {"build": {"Given": ["ip=10.89.0.77", "mac=44:33:22:11:00:99"]}}}}),
                &none,
                "--network base --network build:ip=10.89.0.77,mac=44:33:22:11:00:99",
            ),
            ("--network base --net build", none.clone(), &network(json!([])), "--network base"),
            (
                "--env-file /etc/envs --label-file /etc/envs",
                none.clone(),
                &config(json!({"Labels": {"later": "a"}, "Env": ["LATER=a"]})),
                "",
            ),
            ("--label-file l", config(json!({"Labels": {"mine": "a"}})), &none, "--label mine=a"),
            (
                "--health-cmd x --health-retries 1",
                config(json!({"Healthcheck": check})),
                &none,
                "--health-cmd curl -f localhost --health-interval 30000000000ns --health-retries 3",
            ),
            (
                "--health-cmd x",
                config(json!({"Healthcheck": {"Test": ["NONE"]}})),
                &config(json!({"Healthcheck": check})),
                "--no-healthcheck",
            ),
            (
                "--health-cmd x",
                config(json!({"Healthcheck": {"Test": ["CMD", "a", "b"]}})),
                &none,
                "--health-cmd [\"a\",\"b\"] --health-interval disable",
            ),
        ] {
            assert_eq!(carried(&format!("podman run {words} i"), &old, new), options, "{words}");
        }
    }
}
