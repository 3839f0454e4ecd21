//! `[runners.docker]` as `[runners.kubernetes]`.

use super::table::{self, Row};
use super::units::{self, Volume};
use super::{NAMESPACE, Note, place};
use std::net::IpAddr;
use toml::{Table, Value};

/// What a conversion makes of a value: whether all of it went over.
enum Went {
    All,
    /// All, and there is something to mind.
    Mind,
    /// Not, or a part of it: the row says why.
    Lost,
    /// All, and what is to be minded.
    Minding(&'static str),
    /// Not, and why.
    Because(&'static str),
}

/// The most name servers that a pod takes.
const SERVERS: usize = 3;
const DNS: &str =
    "a pod takes three name servers, by their addresses; names of the cluster's own services are not found by them";
const NO_ALIAS: &str = "an alias is a DNS name there (small letters, digits, - and .), others are left out; all services of a job share the \
                        pod's network: two on one port collide";
const CLAIM: &str = "each named volume is a claim, which must be in the namespace (for jobs at once ReadWriteMany)";
const NO_CLAIM: &str = "a claim is called by small letters, digits and -, and not as what the executor itself mounts (repo, scripts, logs): \
                        other named volumes are left out";
/// What the executor itself calls volumes (17.5.5, `executors/kubernetes/kubernetes.go`).
const OWN: [&str; 3] = ["repo", "scripts", "logs"];

/// Returns the section of the kubernetes executor, and adds what could not be had there, or is to be minded.
pub(super) fn section(docker: &Table, notes: &mut Vec<Note>) -> Table {
    let mut to = Table::new();
    place(&mut to, "namespace", NAMESPACE.into());
    for (key, value) in docker {
        let path = format!("runners[].docker.{key}");
        let Some(row) = table::of(&path) else {
            notes.push(Note::lost(&path, "it is not known here"));
            continue;
        };
        match convert(row, value, &mut to) {
            Went::All => {}
            Went::Mind => notes.push(Note::mind(row.key, row.mind)),
            Went::Minding(what) => notes.push(Note::mind(row.key, what)),
            Went::Lost => notes.push(Note::lost(row.key, row.mind)),
            Went::Because(why) => notes.push(Note::lost(row.key, why)),
        }
    }
    to
}

fn convert(row: Row, value: &Value, to: &mut Table) -> Went {
    let text = value.as_str().unwrap_or_default();
    let list: Vec<&str> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match row.how {
        "drop" => return Went::All,
        "none" => return Went::Lost,
        "same" => place(to, row.to, value.clone()),
        "image" => {
            place(to, row.to, value.clone());
            if text.starts_with("localhost/") {
                return Went::Because("an image of this host (localhost/) is not in a cluster: push it to a registry");
            }
        }
        "privileged" if value.as_bool() == Some(true) => return Went::Lost,
        "privileged" => place(to, row.to, value.clone()),
        "services" => {
            let mut services = value.clone();
            let mut all = true;
            for service in services.as_array_mut().into_iter().flatten().filter_map(Value::as_table_mut) {
                service.remove("suspend_data_path");
                all &= only_names(service);
            }
            place(to, row.to, services);
            return if all { Went::Mind } else { Went::Because(NO_ALIAS) };
        }
        "memory" => match units::memory(text) {
            Some(amount) => place(to, row.to, amount.into()),
            None => return Went::Because("this is no amount of memory"),
        },
        "cpus" if units::is_number(text) => place(to, row.to, text.into()),
        "cpus" => return Went::Because("this is no number of processors"),
        "dns" => {
            let mut servers: Vec<_> = list.iter().filter(|server| server.parse::<IpAddr>().is_ok()).copied().collect();
            servers.truncate(SERVERS);
            if !servers.is_empty() {
                place(to, "dns_policy", "none".into());
                place(to, row.to, strings(&servers));
            }
            return if servers.len() == list.len() { Went::Mind } else { Went::Because(DNS) };
        }
        "searches" => {
            let (good, bad): (Vec<_>, Vec<_>) = list.iter().partition(|name| units::is_dns_name(name));
            if !good.is_empty() {
                place(to, row.to, strings(&good));
            }
            return if bad.is_empty() { Went::All } else { Went::Lost };
        }
        "hosts" => {
            let (hosts, all) = units::hosts(&list);
            if !hosts.is_empty() {
                place(to, row.to, Value::Array(hosts.into_iter().map(Value::Table).collect()));
            }
            return if all { Went::All } else { Went::Lost };
        }
        "numbers" | "groups" => return numbers(row, &list, to),
        "user" => return user(text, to),
        "tmpfs" => {
            for (path, options) in value.as_table().into_iter().flatten() {
                let size =
                    options.as_str().unwrap_or_default().split(',').find_map(|option| option.strip_prefix("size="));
                in_memory(to, path, size.and_then(units::memory));
            }
            return Went::Mind;
        }
        "shm" if value.as_integer().is_some_and(|bytes| bytes <= 0) => {} // as much as there is by itself
        "shm" => {
            in_memory(to, "/dev/shm", value.as_integer().map(|bytes| bytes.to_string()));
            return Went::Mind;
        }
        "labels" => {
            let labels = value.as_table().cloned().unwrap_or_default();
            let fits = |(key, value): (&String, &Value)| {
                units::is_label(key, true) && value.as_str().is_some_and(|value| units::is_label(value, false))
            };
            let (good, bad): (Table, Table) = labels.into_iter().partition(|(key, value)| fits((key, value)));
            if !good.is_empty() {
                place(to, row.to, Value::Table(good));
            }
            return if bad.is_empty() { Went::All } else { Went::Lost };
        }
        "volumes" => return volumes(&list, to),
        _ => return Went::Because("it is not known here"),
    }
    Went::All
}

fn numbers(row: Row, list: &[&str], to: &mut Table) -> Went {
    let (good, bad): (Vec<&str>, Vec<&str>) =
        list.iter().partition(|text| text.split(':').all(|part| part.parse::<u32>().is_ok()));
    let as_group = |text: &&str| text.parse::<i64>().map_or_else(|_| Value::from(*text), Value::from);
    let good: Vec<Value> = match row.how {
        "groups" => good.iter().map(as_group).collect(),
        _ => good.into_iter().map(Value::from).collect(),
    };
    if !good.is_empty() {
        place(to, row.to, Value::Array(good));
    }
    if bad.is_empty() { Went::All } else { Went::Lost }
}

fn strings(list: &[&str]) -> Value {
    Value::Array(list.iter().map(|text| Value::from(*text)).collect())
}

/// Leaves a service the aliases that Kubernetes takes; whether those are all.
fn only_names(service: &mut Table) -> bool {
    let Some(alias) = service.get("alias").and_then(Value::as_str) else { return true };
    let words: Vec<_> = alias.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let good: Vec<_> = words.iter().filter(|word| units::is_dns_name(word)).copied().collect();
    let all = good.len() == words.len();
    if good.is_empty() {
        service.remove("alias");
    } else if !all {
        service.insert("alias".into(), good.join(" ").into());
    }
    all
}

fn user(text: &str, to: &mut Table) -> Went {
    let mut parts = text.splitn(2, ':').map(|id| id.parse().map(|id: u32| i64::from(id)));
    let (Some(Ok(user)), group) = (parts.next(), parts.next()) else { return Went::Lost };
    place(to, "build_container_security_context.run_as_user", user.into());
    match group {
        None => Went::All,
        Some(Ok(group)) => {
            place(to, "build_container_security_context.run_as_group", group.into());
            Went::All
        }
        Some(Err(_)) => Went::Lost,
    }
}

fn volumes(list: &[&str], to: &mut Table) -> Went {
    let mut went = Went::All;
    for text in list {
        match Volume::parse(text) {
            Volume::Own(path) => {
                volume(to, "empty_dir", None, path, []);
                went = match went {
                    Went::All => {
                        Went::Minding("a volume of docker's keeps what is in it from job to job, an empty_dir does not")
                    }
                    other => other,
                };
            }
            Volume::Named(name, path, read_only) if units::is_dns_label(name) && !OWN.contains(&name) => {
                volume(to, "pvc", Some(name), path, [("read_only", read_only.into())]);
                went = if matches!(went, Went::Because(_)) { went } else { Went::Because(CLAIM) };
            }
            Volume::Named(..) => went = Went::Because(NO_CLAIM),
            Volume::Folder(_) => {
                went = Went::Because(
                    "a folder of pipglr's container is not in a cluster: [[runners.kubernetes.volumes.host_path]] is one of the node, \
                     [[runners.kubernetes.volumes.pvc]] a claim",
                );
            }
        }
    }
    went
}

fn in_memory(to: &mut Table, path: &str, size: Option<String>) {
    let size = size.map(|size| ("size_limit", size.into()));
    volume(to, "empty_dir", None, path, [("medium", "Memory".into())].into_iter().chain(size));
}

/// Adds a volume, where nothing is mounted at its path yet: a pod takes one. Without a name it gets one that no other has.
fn volume(
    to: &mut Table,
    kind: &str,
    name: Option<&str>,
    path: &str,
    rest: impl IntoIterator<Item = (&'static str, Value)>,
) {
    let volumes = to.entry("volumes").or_insert_with(|| Table::new().into());
    let Some(volumes) = volumes.as_table_mut() else { return };
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    let has = |key: &str, value: &str| {
        let all = volumes.values().filter_map(Value::as_array).flatten();
        all.filter_map(|volume| volume.get(key)?.as_str()).any(|known| known == value)
    };
    if has("mount_path", path) {
        return;
    }
    let free = || (1..).map(|number| format!("volume-{number}")).find(|name| !has("name", name));
    let Some(name) = name.map(str::to_owned).or_else(free) else { return };
    let entry = [("name", name.into()), ("mount_path", path.into())].into_iter().chain(rest);
    let entry = entry.map(|(key, value)| (key.to_owned(), value)).collect();
    let list = volumes.entry(kind).or_insert_with(|| Value::Array(vec![]));
    if let Some(list) = list.as_array_mut() {
        list.push(Value::Table(entry));
    }
}
