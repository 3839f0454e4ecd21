//! A quadlet, from the command that makes the container.
//!
//! Its container is recreated at each start, so what is to outlive one lies elsewhere: the log in a file of pipglr's (both
//! runs write to its end: 5.4, 5.8, 6.1), the rest in volumes and the secret.

use super::files::{self, word};
use crate::container::recreate::carry::variable;
use crate::container::recreate::command::{Command, Opt};
use crate::container::recreate::resolve::Made;
use crate::container::written_before::{self, BEFORE_STOP, FAILED_START};
use crate::host::podman::Version;
use crate::host::{Cmd, Host};
use crate::secret::Secret;
use serde_json::Value;
use std::fmt::Write;

/// Before, a quadlet knew no `Notify=healthy` and no `StopTimeout=`.
const SINCE: Version = Version(5, 0, 0);
/// How long the container waits for jobs when it is stopped, in seconds: longer than the image's gitlab-runner does.
pub(super) const STOP: u64 = 3660;
/// How long the unit waits for that, in seconds. The time counts for `podman rm`, and once more for what is left.
pub(super) const STOP_UNIT: u64 = STOP + 60;
/// How long a start may take, in seconds, the wait for the network left out, which has as much for itself: then it has failed,
/// which is what `podman auto-update` goes by. One took 2.4 s (5.4); making the container may copy an image.
pub(super) const START: u64 = 120;
/// Waits for a default route, as pasta takes its addresses from it: half a minute, then goes on without. The user's manager
/// knows no network-online.target, and podman's own wait for it takes 90 s in vain where nothing reaches that (5.4 to 6.1).
pub(super) const NETWORK: &str = "ExecStartPre=-/bin/sh -c \"n=0; until grep -qs '\\t00000000\\t' /proc/net/route || \
                                  grep -qs '^00000000000000000000000000000000 00 .* 00000000000000000000000000000000 00 ' \
                                  /proc/net/ipv6_route || [ $$n -ge 60 ]; do sleep 0.5; n=$$((n+1)); done\"";
/// Proxies, which podman hands from its own environment to the container, and a unit has none of.
const PROXIES: [&str; 8] =
    ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY"];

/// Returns whether podman was given this option because a quadlet of pipglr's says so, or by its generator of units.
pub fn is_of_unit(host: &dyn Host, name: &str, option: &Opt) -> bool {
    let log = || format!("path={}", files::log(host, name).display());
    option.is(&["cgroups", "cidfile", "rm", "sdnotify", "restart"])
        || option.name().starts_with("health-")
        || option.is(&["label"]) && option.text().starts_with("io.containers.autoupdate=")
        || option.is(&["stop-timeout"]) && option.text() == STOP.to_string()
        || option.is(&["log-opt"]) && option.text() == log()
}

/// The two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Quadlet {
    /// What podman makes a unit from.
    pub text: String,
    /// Variables that its podman needs; `None` where there are none.
    pub variables: Option<Secret>,
}

/// Returns why no quadlet can run this container; `None` where one can.
pub(super) fn hindrance(host: &dyn Host, version: Version, command: &Command) -> Option<String> {
    if version < SINCE {
        return Some(format!("podman {version} has no quadlet that is of use here"));
    }
    if files::generator(host).is_none() {
        return Some("podman's generator of units is not installed here".into());
    }
    cannot(command)
}

/// Returns why no quadlet can run the container of this command, on any host; `None` where one can.
pub(super) fn cannot(command: &Command) -> Option<String> {
    if let Some(option) = command.global.first() {
        return Some(format!("the container was made with podman's own `{option}`"));
    }
    let anonymous = |option: &&Opt| {
        let source = option.text().split(':').next().unwrap_or_default();
        option.is(&["volume"]) && source.len() == 64 && source.chars().all(|c| c.is_ascii_hexdigit())
    };
    if command.options.iter().any(|option| anonymous(&option)) {
        return Some("the container has a volume without a name, which goes with a container that is recreated".into());
    }
    let option =
        command.options.iter().find(|option| option.is(&["rootfs", "pod", "pod-id-file", "conmon-pidfile"]))?;
    Some(format!("the container was made with `{}`", option.flag))
}

/// Returns the quadlet of the container that this command makes; `env` is what it has now.
pub(super) fn of(host: &dyn Host, name: &str, made: &Made, env: &Value) -> Quadlet {
    let mut command = made.command.clone();
    command.remove(&["restart", "rm", "cgroups", "sdnotify"]);
    let patient = |option: &Opt| option.text().parse().is_ok_and(|time: u64| time >= STOP);
    if !command.options.iter().any(|option| option.is(&["stop-timeout"]) && patient(option)) {
        command.set("stop-timeout", &STOP.to_string());
    }
    let in_a_file = |option: &Opt| option.is(&["log-driver"]) && ["k8s-file", "json-file"].contains(&option.text());
    let has_path = |option: &Opt| option.is(&["log-opt"]) && option.text().starts_with("path=");
    if command.options.iter().any(in_a_file) && !command.options.iter().any(has_path) {
        command.options.push(Opt::new("--log-opt", format!("path={}", files::log(host, name).display())));
    }
    let mut variables = made.env.clone();
    for proxy in PROXIES {
        let value = variable(env, proxy);
        let known = variables.iter().any(|(known, _)| known == proxy);
        if let (Some(value), false) = (value, known) {
            variables.push((proxy.to_owned(), Some(Secret::new(value))));
        }
    }
    Quadlet { text: text(host, name, &command, &variables), variables: file_of(&variables) }
}

fn text(host: &dyn Host, name: &str, command: &Command, variables: &[(String, Option<Secret>)]) -> String {
    let mut text = format!(
        "# Written by `pipglr boot enable`; `pipglr boot disable` makes a container without a unit again.\n[Unit]\n\
         Description=GitLab runner, container {name}\n\n[Container]\nContainerName={name}\nImage={}\n",
        word(&command.image)
    );
    for option in &command.options {
        let words = std::iter::once(option.flag.as_str()).chain(option.value.as_deref()).map(word);
        let _ = writeln!(text, "PodmanArgs={}", words.collect::<Vec<_>>().join(" "));
    }
    if !command.rest.is_empty() {
        let _ = writeln!(text, "Exec={}", command.rest.iter().map(|rest| word(rest)).collect::<Vec<_>>().join(" "));
    }
    if let Some(from) = updates(&command.image) {
        let _ = writeln!(text, "AutoUpdate={from}");
    }
    let health = command.options.iter().any(|option| option.name().contains("health"));
    if !health {
        let check = written_before::health();
        let _ = writeln!(
            text,
            "HealthStartupCmd={check}\nHealthStartupInterval=1s\nHealthStartupTimeout=10s\nHealthCmd={check}\n\
             HealthInterval=5m\nNotify=healthy"
        );
    }
    let _ = write!(text, "\n[Service]\n{NETWORK}\n");
    if variables.iter().any(|(_, value)| value.is_some()) {
        let _ =
            writeln!(text, "EnvironmentFile={}", files::variables(host, name).display().to_string().replace('%', "%%"));
    }
    for (name, _) in variables.iter().filter(|(_, value)| value.is_none()) {
        let _ = writeln!(text, "UnsetEnvironment={name}");
    }
    let _ = write!(
        text,
        "Restart=always\nRestartSec=10\n# systemd in the container ends with 130\nSuccessExitStatus=130 143\n\
         TimeoutStartSec={START}\n{FAILED_START}{BEFORE_STOP}{STOP_UNIT}\n\n\
         [Quadlet]\nDefaultDependencies=false\n\n[Install]\nWantedBy=default.target\n"
    );
    text
}

/// Where `podman auto-update` looks for a newer image: only under a name that says where it is from.
fn updates(image: &str) -> Option<&'static str> {
    let registry = image.split_once('/').map(|(registry, _)| registry)?;
    match registry {
        _ if image.contains('@') => None,
        "localhost" => Some("local"),
        _ if registry.contains(['.', ':']) => Some("registry"),
        _ => None,
    }
}

fn file_of(variables: &[(String, Option<Secret>)]) -> Option<Secret> {
    let lines: Vec<_> = variables
        .iter()
        .filter_map(|(name, value)| Some(files::variable(name, value.as_ref()?.expose_str())))
        .collect();
    (!lines.is_empty()).then(|| Secret::new(lines.concat()))
}

/// Returns what has the host's own generator make this container's unit from the quadlet in a folder. It prints the unit,
/// which has in it what an admin gave the container; where it makes none it says why, and may still end with 0.
pub(super) fn check(generator: &str, folder: &str, name: &str) -> Cmd {
    let script = "QUADLET_UNIT_DIRS=$1 $2 -user -dryrun | grep -qxe \"---$3.service---\"";
    Cmd::new("sh", ["-c", script, "sh", folder, generator, name])
}
