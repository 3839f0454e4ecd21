//! `[runners.docker]` as `[runners.kubernetes]`.

use super::table::{self, Row};
use super::units::{self, Volume};
use super::{NAMESPACE, Note, place};
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
            for service in services.as_array_mut().into_iter().flatten().filter_map(Value::as_table_mut) {
                service.remove("suspend_data_path");
            }
            place(to, row.to, services);
            return Went::Mind;
        }
        "memory" => match units::memory(text) {
            Some(amount) => place(to, row.to, amount.into()),
            None => return Went::Because("this is no amount of memory"),
        },
        "dns" => {
            place(to, "dns_policy", "none".into());
            place(to, row.to, value.clone());
            return Went::Mind;
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

fn user(text: &str, to: &mut Table) -> Went {
    let mut parts = text.splitn(2, ':').map(str::parse::<i64>);
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
                volume(to, "empty_dir", None, [("mount_path", path.into())]);
                went = match went {
                    Went::All => {
                        Went::Minding("a volume of docker's keeps what is in it from job to job, an empty_dir does not")
                    }
                    other => other,
                };
            }
            Volume::Named(name, path, read_only) => {
                volume(to, "pvc", Some(name), [("mount_path", path.into()), ("read_only", read_only.into())]);
                went = Went::Because(
                    "each named volume is a claim, which must be in the namespace (for jobs at once ReadWriteMany); \
                     folders of pipglr's container are not in a cluster",
                );
            }
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
    volume(to, "empty_dir", None, [("mount_path", path.into()), ("medium", "Memory".into())].into_iter().chain(size));
}

/// Adds a volume; without a name it gets one that no other has.
fn volume(to: &mut Table, kind: &str, name: Option<&str>, rest: impl IntoIterator<Item = (&'static str, Value)>) {
    let volumes = to.entry("volumes").or_insert_with(|| Table::new().into());
    let Some(volumes) = volumes.as_table_mut() else { return };
    let number = volumes.values().filter_map(Value::as_array).map(Vec::len).sum::<usize>() + 1;
    let name = name.map_or_else(|| format!("volume-{number}"), str::to_owned);
    let entry = [("name", name.into())].into_iter().chain(rest).map(|(key, value)| (key.to_owned(), value));
    let list = volumes.entry(kind).or_insert_with(|| Value::Array(vec![]));
    if let Some(list) = list.as_array_mut() {
        list.push(Value::Table(entry.collect()));
    }
}
