//! A command as it can be given again, from any folder and any shell: without what only `podman run` knows, with whole
//! paths, and with the volumes by name.

use super::carry::{is_podmans_own, variable};
use super::command::{Command, Opt, RUN_ONLY};
use super::compare::{is_made, list};
use crate::host::Host;
use crate::problem::{Kind, Problem, Result};
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

/// Options whose value is a path that nothing but the folder of that shell could make whole.
const PATHS: [&str; 5] = ["hosts-file", "init-path", "pod-id-file", "health-log-destination", "chrootdirs"];

/// Returns the command without what `create` lacks, with each path as it was resolved and each anonymous volume by its
/// name, so that what is in it stays.
///
/// # Errors
/// It has a relative path that podman does not tell any more.
pub fn resolved(host: &dyn Host, mut command: Command, old: &Value) -> Result<Made> {
    command.remove(&RUN_ONLY);
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
                let (new, target) = volume(&value, old)?;
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
    .kind(Kind::Failed)
}

fn mounted<'a>(old: &'a Value, kind: &str, target: &str) -> Option<&'a Value> {
    list(&old["Mounts"]).find(|mount| mount["Type"] == kind && mount["Destination"] == target)
}

/// A path without what podman takes off it.
fn clean(path: &str) -> String {
    if path == "/" { path.to_owned() } else { path.trim_end_matches('/').to_owned() }
}

/// `-v SOURCE:TARGET[:OPTIONS]`, or `-v TARGET` for an anonymous volume; with the target.
fn volume(value: &str, old: &Value) -> Result<(String, String)> {
    let (source, rest) = match value.split_once(':') {
        Some((source, rest)) if rest.starts_with('/') => (Some(source), rest),
        _ => (None, value),
    };
    let target = clean(rest.split(':').next().unwrap_or_default());
    let found = match source {
        None => mounted(old, "volume", &target).and_then(|mount| mount["Name"].as_str()),
        Some(source) if source.starts_with('.') => {
            let found = mounted(old, "bind", &target).and_then(|mount| {
                // Of an overlay (`:O`) it is the folder below.
                let below = || list(&mount["Options"]).find_map(|option| option.as_str()?.strip_prefix("lowerdir="));
                if is_made(mount, old) { below() } else { mount["Source"].as_str() }
            });
            Some(found.ok_or_else(|| relative("--volume", value))?)
        }
        Some(_) => None,
    };
    Ok((found.map_or_else(|| value.to_owned(), |found| format!("{found}:{rest}")), target))
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::fake_host::Recorded;
    use serde_json::json;

    pub(in super::super) fn made(words: &str, old: &Value) -> Result<Made> {
        let command = Command::parse(&shlex::split(words).unwrap()).unwrap();
        resolved(&Recorded::debian().file("/etc/envs", ""), command, old)
    }

    #[test]
    fn what_run_alone_knows_goes_and_paths_and_volumes_are_whole() {
        let mount =
            |kind, name, source, target| json!({"Type": kind, "Name": name, "Source": source, "Destination": target});
        let overlay = json!({"Type": "bind", "Source": "/c/overlay/7/merge", "Destination": "/o", "Options": ["userxattr", "lowerdir=/made/o"]});
        let old = json!({"StaticDir": "/c", "Mounts": [
            overlay,
            mount("bind", "", "/made/x", "/x"), mount("bind", "", "/made/y", "/y"), mount("volume", "0123", "/v/0123", "/anon"),
            mount("volume", "4567", "/v/4567", "/other"), mount("volume", "89ab", "/v/89ab", "/of-the-image"),
        ]});
        for (words, whole) in [
            ("-dv./x:/x:Z --volume=../y:/y/", "-v/made/x:/x:Z --volume=/made/y:/y/"),
            ("-v ./o:/o:O", "-v /made/o:/o:O"),
            ("-v /anon -v name:/x", "-v 0123:/anon -v name:/x"),
            ("--mount type=bind,src=./y,dst=/y,ro", "--mount type=bind,src=/made/y,dst=/y,ro"),
            ("--mount type=volume,target=/other", "--mount type=volume,target=/other,src=4567"),
            ("--env-file ./envs --label-file=l --env-file /etc/envs --env-file /gone", "--env-file /etc/envs"),
            ("-d=true --sig-proxy=false --detach-keys ctrl-x --rmi --passwd=false --preserve-fds 1 -t", "-t"),
            ("--replace --cidfile=c --pull always --name x -q", "-q"),
        ] {
            let made = made(&format!("podman run {words} i"), &old).unwrap().command.create("n").join(" ");
            assert!(made.starts_with(&format!("create --name n {whole} ")), "{words}: {made}");
            assert!(made.ends_with("--volume 89ab:/of-the-image i"), "{words}: {made}");
        }
        for words in [
            "--mount type=bind,src=./gone,dst=/gone",
            "--volume ./gone:/gone:O",
            "--hosts-file ./hosts",
            "--security-opt seccomp=./s.json",
        ] {
            let problem = made(&format!("podman run {words} i"), &old).unwrap_err();
            assert!(problem.what.contains(words) && problem.advice.contains("whole path"), "{problem}");
        }
    }
}
