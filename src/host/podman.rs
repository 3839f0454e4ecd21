//! Typed podman verbs: each builds a `Cmd`, runs it where it is a query, and reads what podman answers.
//! What it stands on: podman/FACTS.md (4.3, 5.4, 5.8, 6.1).

mod container;
mod maps;
mod secrets;
pub mod service;
pub mod throwaway;

use super::{Cmd, Finished, Host, ask};
use crate::problem::{Problem, Result};
use crate::text::sanitize::sanitize;
pub use container::{Container, container};
pub use maps::ids_in_force;
pub use secrets::{PRINT_END, secret_content, secret_create, secret_id, secret_rm, whole};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// podman's version: major, minor, patch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl Version {
    /// The oldest that everything here was tried on.
    pub const OLDEST: Self = Self(4, 3, 0);

    /// Returns what this version can.
    pub fn capabilities(self) -> Capabilities {
        Capabilities {
            shows_secrets: self >= Self(4, 7, 0),
            replaces_secrets: self >= Self(4, 7, 0),
            quadlet: self >= Self(4, 5, 0),
            quadlet_verbs: self >= Self(5, 6, 0),
            overlay_without_root: self >= Self(4, 4, 0),
            pasta: self >= Self(5, 0, 0),
            slirp4netns: self < Self(6, 0, 0),
        }
    }
}

/// What differs between versions and matters here, decided in one place (podman/FACTS.md; `pasta` is what
/// is used unless told otherwise).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// `podman secret inspect --showsecret`.
    pub shows_secrets: bool,
    /// `podman secret create --replace`.
    pub replaces_secrets: bool,
    /// `.container` files with `Secret=`.
    pub quadlet: bool,
    /// `podman quadlet install`, `list`, `rm`.
    pub quadlet_verbs: bool,
    /// Chooses overlay by itself for a rootless user: 4.3 chose vfs where later ones chose overlay.
    pub overlay_without_root: bool,
    /// Connects rootless containers with pasta; before, with slirp4netns.
    pub pasta: bool,
    /// Still knows slirp4netns.
    pub slirp4netns: bool,
}

impl Capabilities {
    /// Returns what it lacks, in words, with what that means here.
    pub fn lacks(self) -> Vec<&'static str> {
        [
            (self.shows_secrets, "cannot show a secret, which is read from podman's own file"),
            (self.overlay_without_root, "may choose vfs for its storage, a full copy of every layer"),
            (self.quadlet, "has no quadlet: at boot the runner is started by podman-restart.service"),
        ]
        .into_iter()
        .filter_map(|(has, words)| (!has).then_some(words))
        .collect()
    }
}

/// Reads `podman version 5.4.2` (and `-dev`, `-rc1` behind it).
pub fn parse_version(text: &str) -> Option<Version> {
    let mut numbers = text.split_whitespace().last()?.split(['.', '-']).map(|n| n.parse().ok());
    Some(Version(numbers.next()??, numbers.next()??, numbers.next().flatten().unwrap_or(0)))
}

/// Returns the version of the podman on this machine.
///
/// # Errors
/// No podman, or one that does not say its version.
pub fn version(host: &dyn Host) -> Result<Version> {
    let done = ask(host, &Cmd::podman(["--version"]))?;
    parse_version(&done.text()).ok_or_else(|| {
        Problem::new("`podman --version` did not say a version.", "Does podman run at all? Try it by hand.")
            .said(done.lines)
    })
}

const NO_ROOM: &str = "`pipglr status` says which disk is full, and what makes room on it.";

const NO_LOGIN: &str = "Where HOME, XDG_RUNTIME_DIR or XDG_CONFIG_HOME names that folder, log in anew (`ssh USER@localhost` or \
                        `machinectl shell USER@`), then run pipglr again.";

/// What podman says after the distribution was upgraded, and what that means (seen with 4.3.1, then 6.1.1); on a full disk;
/// and in a shell whose variables name folders that are not there (both 5.4.2).
const KNOWN: [(&str, &str); 6] = [
    ("Failed to obtain podman configuration: ", NO_LOGIN),
    ("cannot resolve /", NO_LOGIN),
    ("no space left on device", NO_ROOM),
    ("database or disk is full", NO_ROOM),
    (
        "several valid graphdrivers",
        "An older podman made its storage with another driver, and this one has begun a second beside it: `pipglr setup` \
         has it go on with the one that the containers are in.",
    ),
    (
        "slirp4netns support has been removed",
        "An older podman made the container with slirp4netns, which this one no longer has: `pipglr setup` moves it to \
         pasta (`podman system migrate`).",
    ),
];

/// Returns the failure of a podman command, in its own words.
pub fn failed(cmd: &Cmd, done: Finished) -> Problem {
    let knows = KNOWN.iter().find(|(words, _)| done.lines.iter().any(|line| line.contains(words)));
    let advice = knows.map_or_else(
        || match cmd.program.as_str() {
            "podman" => {
                "Repair what podman complains of (`pipglr check` looks at all that it needs), then go on.".into()
            }
            program => format!("Repair what {program} complains of, then go on."),
        },
        |(_, advice)| (*advice).to_owned(),
    );
    Problem::new(format!("`{}` failed with exit code {}.", cmd.shown(), done.code), advice).said(tail(done.lines))
}

/// The last lines, which are the ones that say why.
fn tail(mut lines: Vec<String>) -> Vec<String> {
    lines.drain(..lines.len().saturating_sub(12));
    lines
}

/// `inspect` of one thing: its JSON object, or `None` where it does not exist.
fn inspect(host: &dyn Host, kind: &[&str], name: &str, extra: &[&str]) -> Result<Option<Value>> {
    let cmd = Cmd::podman(kind.iter().chain(&["inspect"]).chain(extra).chain(&[name]).copied());
    let done = ask(host, &cmd)?;
    if !done.ok() {
        // 125 is also podman's own failure; the words tell. They differ by version, "no such" is in all of them.
        let absent = done.lines.iter().any(|line| line.contains("no such") || line.contains("image not known"));
        return if absent { Ok(None) } else { Err(failed(&cmd, done)) };
    }
    // What was answered is not in the error: with --showsecret it holds the secret.
    let value: Value = serde_json::from_slice(&done.stdout).map_err(|e| {
        Problem::new(format!("`{}` did not answer in JSON: {e}.", cmd.shown()), "Is this podman's own binary?")
    })?;
    Ok(value.get(0).cloned())
}

/// Returns an image's ID and labels; `None` where it is not on this machine.
///
/// # Errors
/// podman fails.
pub fn image(host: &dyn Host, name: &str) -> Result<Option<Image>> {
    let Some(found) = inspect(host, &["image"], name, &[])? else { return Ok(None) };
    let labels = found["Labels"].as_object().map(|labels| {
        labels.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    });
    Ok(Some(Image {
        id: text(&found["Id"]),
        labels: labels.unwrap_or_default(),
        env: found["Config"]["Env"].as_array().into_iter().flatten().map(text).collect(),
        created: text(&found["Created"]),
        names: found["RepoTags"].as_array().into_iter().flatten().map(text).collect(),
        config: found["Config"].clone(),
    }))
}

/// An image on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// Its ID, in hex.
    pub id: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its environment, `NAME=value`.
    pub env: Vec<String>,
    /// When it was made, RFC 3339.
    pub created: String,
    /// Its names; none where other images took them over.
    pub names: Vec<String>,
    /// What a container of it has unless its own options say otherwise.
    pub config: Value,
}

impl Image {
    /// Returns the value of an environment variable.
    pub fn env(&self, name: &str) -> Option<&str> {
        self.env.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    /// Returns the GitLab that the image was built for.
    pub fn server(&self) -> Option<&str> {
        self.env("GITLAB_URL").or_else(|| self.env("CI_SERVER_URL"))
    }
}

/// Asks where podman keeps everything. `podman info` says it, too, and takes three times as long: it asks all programs that
/// podman works with for their versions.
pub fn graph_root() -> Cmd {
    unshared(&["printenv", "CONTAINERS_GRAPHROOT"])
}

/// A volume, as podman sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Owner inside the user namespace.
    pub uid: u64,
    /// Group inside the user namespace.
    pub gid: u64,
    /// Where it is on the host.
    pub mountpoint: String,
}

/// Returns a volume; `None` where it does not exist.
///
/// # Errors
/// podman fails.
pub fn volume(host: &dyn Host, name: &str) -> Result<Option<Volume>> {
    Ok(inspect(host, &["volume"], name, &[])?.map(|found| Volume {
        uid: found["UID"].as_u64().unwrap_or(0),
        gid: found["GID"].as_u64().unwrap_or(0),
        mountpoint: text(&found["Mountpoint"]),
    }))
}

/// Returns the size of each of these volumes on disk in bytes; `None` where there is none, or `du` cannot say.
///
/// # Errors
/// podman cannot be run.
pub fn volume_sizes(host: &dyn Host, volumes: &[Option<Volume>]) -> Result<Vec<Option<u64>>> {
    let folders: Vec<&str> = volumes.iter().flatten().map(|volume| &*volume.mountpoint).collect();
    if folders.is_empty() {
        return Ok(vec![None; volumes.len()]);
    }
    let done = ask(host, &unshared(&[&["du", "-sk"], &*folders].concat()))?;
    let text = done.text();
    let size = |volume: &Volume| {
        let of = |line: &str| line.split_once('\t').filter(|(_, folder)| *folder == volume.mountpoint)?.0.parse().ok();
        text.lines().find_map(of).map(|kib: u64| kib * 1024)
    };
    Ok(volumes.iter().map(|volume| volume.as_ref().and_then(size)).collect())
}

/// Removes a container wherever it stands, at once; with `--force` one that is not there is no error, on every version.
pub fn remove_at_once(name: &str) -> Cmd {
    Cmd::podman(["rm", "--force", "--time", "0", name])
}

/// Names of all containers of this user, running or not.
///
/// # Errors
/// podman fails.
pub fn all_containers(host: &dyn Host) -> Result<Vec<String>> {
    let cmd = Cmd::podman(["ps", "--all", "--format", "{{.Names}}"]);
    let done = ask(host, &cmd)?;
    if !done.ok() {
        return Err(failed(&cmd, done));
    }
    Ok(done.text().lines().map(sanitize).collect())
}

/// Names of all containers of an image of pipglr's, which has its labels.
///
/// # Errors
/// podman fails.
pub fn of_our_images(host: &dyn Host) -> Result<Vec<String>> {
    let cmd = Cmd::podman(["ps", "--all", "--filter", "label=setupstorage", "--format", "{{.Names}}"]);
    let done = ask(host, &cmd)?;
    if !done.ok() {
        return Err(failed(&cmd, done));
    }
    Ok(done.text().lines().map(sanitize).collect())
}

/// Names of the running containers of this user.
///
/// # Errors
/// podman fails.
pub fn running_containers(host: &dyn Host) -> Result<Vec<String>> {
    let cmd = Cmd::podman(["ps", "--format", "{{.Names}}"]);
    let done = ask(host, &cmd)?;
    if !done.ok() {
        return Err(failed(&cmd, done));
    }
    Ok(done.text().lines().map(sanitize).collect())
}

/// Names of the running containers that use a volume.
///
/// # Errors
/// podman fails.
pub fn users_of(host: &dyn Host, volume: &str) -> Result<Vec<String>> {
    let cmd = Cmd::podman(["ps", "--filter", &format!("volume={volume}"), "--format", "{{.Names}}"]);
    let done = ask(host, &cmd)?;
    if !done.ok() {
        return Err(failed(&cmd, done));
    }
    Ok(done.text().lines().map(sanitize).collect())
}

/// Returns whether a name that no container has is taken all the same: podman that is killed while it makes a container
/// leaves it in its storage and in no list (seen on 5.8). `podman rm` takes it away.
///
/// # Errors
/// podman fails.
pub fn is_left_in_storage(host: &dyn Host, name: &str) -> Result<bool> {
    let cmd = Cmd::podman(["container", "exists", "--external", name]);
    let done = ask(host, &cmd)?;
    match done.code {
        0 => Ok(true),
        1 => Ok(false),
        _ => Err(failed(&cmd, done)),
    }
}

/// Returns a command as root of the user's own IDs: it can read what belongs to the users of a container.
pub fn unshared(words: &[&str]) -> Cmd {
    Cmd::podman(std::iter::once("unshare").chain(words.iter().copied()))
}

/// Makes changed files count; it stops every running container, 10 s each where its PID 1 ignores SIGTERM.
pub fn migrate() -> Cmd {
    Cmd::podman(["system", "migrate"]).timeout(Some(Duration::from_secs(600)))
}

/// Returns a command in a running container, as `user` where given.
pub fn exec(container: &str, user: Option<&str>, words: &[&str]) -> Cmd {
    let user = user.map_or(vec![], |user| vec!["--user", user]);
    Cmd::podman(["exec"].into_iter().chain(user).chain([container]).chain(words.iter().copied()))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
pub(crate) mod tests {
    pub(crate) use super::container::tests::recorded;
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(parse_version("podman version 5.4.2\n"), Some(Version(5, 4, 2)));
        assert_eq!(parse_version("podman version 6.2.0-dev"), Some(Version(6, 2, 0)));
        assert_eq!(parse_version("no podman"), None);
    }

    /// podman 5.4.2's own words.
    #[test]
    fn a_failure_of_podman_says_what_to_do() {
        for (line, advice) in [
            ("cannot resolve /nonexistent: lstat /nonexistent: no such file or directory", "log in anew"),
            ("Failed to obtain podman configuration: lstat /run/user/7: no such file or directory", "log in anew"),
            ("write /home/j/x: no space left on device", "`pipglr status`"),
            ("Error: something else", "`pipglr check`"),
        ] {
            let done = Finished { code: 1, lines: vec![line.into()], ..Finished::default() };
            let said = failed(&Cmd::podman(["ps"]), done).to_string();
            assert!(said.contains(line) && said.contains(advice), "{said}");
        }
    }

    #[test]
    fn what_the_versions_can() {
        let can = |major, minor| Version(major, minor, 0).capabilities();
        assert!(can(4, 7).shows_secrets && !can(4, 3).shows_secrets);
        assert!(!can(4, 3).quadlet && can(5, 4).quadlet && !can(5, 4).quadlet_verbs && can(5, 8).quadlet_verbs);
        assert!(can(4, 3).slirp4netns && !can(4, 3).pasta && can(5, 8).slirp4netns && !can(6, 1).slirp4netns);
        assert_eq!((can(4, 3).lacks().len(), can(5, 4).lacks().len(), can(6, 1).lacks().len()), (3, 0, 0));
    }
}
