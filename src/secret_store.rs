//! podman's own files of secrets, looked at from outside: what of them is broken, and whose contents are lost.
//!
//! podman rewrites both by truncation (host/podman/FACTS.md): killed in the midst of it, or on a full disk,
//! it leaves one empty or cut. Then it can do nothing with any secret, and says little: with the list cut, `secret
//! inspect` prints `[]` and exits with 0, as if there were none (5.4.2).

use crate::host::{Host, ask, podman};
use crate::names::{self, Names};
use crate::plan::Action;
use crate::problem::Result;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// What stands for a lost content while a secret is recreated: podman removes no secret without a content.
pub const PLACEHOLDER: &str = "pipglr: podman has lost the content of this secret";
/// The same as podman writes it.
const PLACEHOLDER_BASE64: &str = "cGlwZ2xyOiBwb2RtYW4gaGFzIGxvc3QgdGhlIGNvbnRlbnQgb2YgdGhpcyBzZWNyZXQ=";

/// The two files, as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    /// The file with all contents, by ID.
    pub data: PathBuf,
    /// It is there and podman cannot read it.
    pub data_broken: bool,
    /// The file with all names.
    pub list: PathBuf,
    /// It is there and podman cannot read it.
    pub list_broken: bool,
    /// Whose content is lost: ID and name.
    pub lost: Vec<(String, String)>,
    /// How many secrets are listed.
    pub listed: usize,
    /// Which are the container's.
    pub names: Names,
}

/// Looks at the files of this user's podman.
///
/// # Errors
/// podman does not say where they are.
pub fn inspect(host: &dyn Host) -> Result<Store> {
    let cmd = podman::graph_root();
    let done = ask(host, &cmd)?;
    if done.ok() { Ok(read(host, Path::new(&done.text()))) } else { Err(podman::failed(&cmd, done)) }
}

/// Looks at the files below podman's storage. One that cannot be read at all is no sign of anything.
pub fn read(host: &dyn Host, graph_root: &Path) -> Store {
    let list = graph_root.join("secrets/secrets.json");
    let listed = object(host, &list);
    let entries: Vec<(&String, &Value)> =
        listed.iter().flatten().filter_map(|all| all["secrets"].as_object()).flatten().collect();
    let path = |entry: &Value| entry["driverOptions"]["path"].as_str().map(PathBuf::from);
    let usual = graph_root.join("secrets/filedriver");
    let ours =
        entries.iter().find(|(_, entry)| entry["name"] == *host.names().config).and_then(|(_, entry)| path(entry));
    let folder = ours.unwrap_or_else(|| usual.clone());
    let data = folder.join("secretsdata.json");
    let contents = object(host, &data);
    let has = |id: &str| {
        let content = contents.as_ref().and_then(|all| all.as_ref()?.get(id)?.as_str());
        content.is_some_and(|content| content != PLACEHOLDER_BASE64)
    };
    let here = |entry: &Value| entry["driver"] == "file" && path(entry).unwrap_or_else(|| usual.clone()) == folder;
    let lost = entries.iter().filter(|(id, entry)| here(entry) && !has(id)).map(|(id, entry)| {
        let name = entry["name"].as_str().unwrap_or_default();
        ((*id).clone(), crate::text::sanitize::sanitize(name))
    });
    Store {
        lost: lost.collect(),
        listed: entries.len(),
        data_broken: contents.is_none(),
        data,
        list_broken: listed.is_none(),
        list,
        names: host.names().clone(),
    }
}

/// A file's JSON object: `Some(None)` where there is no such file, `None` where it holds something else.
#[allow(clippy::option_option, reason = "three cases: broken, absent, there")]
fn object(host: &dyn Host, path: &Path) -> Option<Option<Map<String, Value>>> {
    match host.read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).ok().map(Some),
        Err(_) => Some(None),
    }
}

impl Store {
    /// Returns whether podman can work with it, and has every secret that it lists.
    pub fn is_well(&self) -> bool {
        !self.is_broken() && self.lost.is_empty()
    }

    /// Returns whether podman can do nothing with any secret.
    pub fn is_broken(&self) -> bool {
        self.data_broken || self.list_broken
    }

    /// Returns whether the content of a listed secret is lost.
    pub fn has_lost(&self, name: &str) -> bool {
        self.lost.iter().any(|(_, lost)| lost == name)
    }

    /// Returns the names of the lost secrets that are not the container's.
    pub fn others(&self) -> Vec<&str> {
        let others = self.lost.iter().map(|(_, name)| name.as_str());
        others.filter(|name| ![&*self.names.config, &*self.names.token].contains(name)).collect()
    }

    /// Returns what makes it one that podman can work with. What is lost is listed no more, so that it can be
    /// recreated; but for a configuration, whose place [`Action::StoreSecret`] takes, also that of another container.
    pub fn repair(&self) -> Vec<Action> {
        if self.is_well() {
            return vec![];
        }
        let repair = Action::Repair {
            data: self.data.clone(),
            list: self.list_broken.then(|| self.list.clone()),
            lost: self.lost.iter().map(|(id, _)| id.clone()).collect(),
        };
        let gone = self.lost.iter().filter(|(_, name)| !names::is_config(name));
        // By its ID: `--replace` in a broken store leaves two of one name.
        std::iter::once(repair).chain(gone.map(|(id, _)| Action::Run(podman::secret_rm(id)))).collect()
    }

    /// Returns what a user should know before it is fixed.
    pub fn warnings(&self) -> Vec<String> {
        if self.is_well() {
            return vec![];
        }
        let mut warnings = vec![format!(
            "podman {}: it was killed, or the disk was full, while it wrote. What is left of its files is kept beside \
             them (.broken).",
            if self.is_broken() { "cannot read its store of secrets" } else { "has lost the content of a secret" }
        )];
        if self.list_broken {
            warnings.push(
                "Its list of secrets is what broke: secrets of other programs must be created again, too.".into(),
            );
        }
        let others = self.others();
        if !others.is_empty() {
            warnings.push(format!(
                "Lost with it, and to be created again by whoever made them: {}. podman lists them no more then.",
                others.join(", ")
            ));
        }
        warnings
    }
}

/// Does [`Action::Repair`]: puts what is left aside, and writes files that podman can read.
///
/// # Errors
/// As the file system says.
pub fn repair(host: &dyn Host, data: &Path, list: Option<&Path>, lost: &[String]) -> std::io::Result<()> {
    let old = host.read(data).unwrap_or_default();
    let contents: Option<Map<String, Value>> = serde_json::from_slice(&old).ok();
    if contents.is_none() {
        host.write(&broken(data), &old)?;
    }
    let mut contents = contents.unwrap_or_default();
    for id in lost {
        contents.insert(id.clone(), PLACEHOLDER_BASE64.into());
    }
    host.write(data, Value::from(contents).to_string().as_bytes())?;
    if let Some(list) = list {
        host.write(&broken(list), &host.read(list)?)?;
        host.remove(list)?; // podman makes a new one; an empty one would not do
    }
    Ok(())
}

/// Returns the name under which what is left of a file is kept.
pub fn broken(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".broken");
    name.into()
}
