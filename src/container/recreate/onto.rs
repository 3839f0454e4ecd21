//! The image that a container is to be made of in place of its own, and what may differ for it.

use crate::host::podman::{self, Container, Image};
use crate::host::{Cmd, Host};
use crate::plan::Action;
use crate::problem::Result;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long a container of another image has to come up, in all. A boot takes a second, and one that fails is to be back on
/// the image before within 90 s.
pub const GREEN: Duration = Duration::from_secs(45);

/// Another image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onto {
    /// Its name.
    pub name: String,
    /// Its ID, in hex.
    pub id: String,
}

/// What an image says of its containers, and the fields of `podman inspect` that follow from it.
const SAID: [(&str, &[&str]); 9] = [
    ("Cmd", &["Config.Cmd", "command"]),
    ("Entrypoint", &["Config.Entrypoint", "command"]),
    ("StopSignal", &["Config.StopSignal"]),
    ("WorkingDir", &["Config.WorkingDir"]),
    ("User", &["Config.User"]),
    ("ExposedPorts", &["Config.ExposedPorts"]),
    ("Healthcheck", &["Config.Healthcheck", "Config.HealthcheckOnFailureAction"]),
    ("Shell", &["Config.Shell"]),
    ("OnBuild", &["Config.OnBuild"]),
];

/// Returns whether two IDs are of one image: podman writes some with `sha256:`.
pub fn is_same(one: &str, other: &str) -> bool {
    !one.is_empty() && one.trim_start_matches("sha256:") == other.trim_start_matches("sha256:")
}

impl Onto {
    /// Returns whether a container is made of it.
    pub fn is_of(&self, container: &Container) -> bool {
        is_same(&self.id, &container.image_id)
    }

    /// Whether a name means it.
    fn is_meant(&self, host: &dyn Host, name: &str) -> Result<bool> {
        Ok(podman::image(host, name)?.is_some_and(|image| is_same(&image.id, &self.id)))
    }

    /// Returns what the command that makes the container calls it: its name, or its ID where that means another by now.
    pub(super) fn word(&self, host: &dyn Host) -> Result<String> {
        Ok(if self.is_meant(host, &self.name)? { self.name.clone() } else { self.id.clone() })
    }

    /// Plans that a name means it from now on; nothing where it does.
    ///
    /// # Errors
    /// podman fails.
    pub fn named(&self, host: &dyn Host, name: &str) -> Result<Option<Action>> {
        let tag = || Action::Run(Cmd::podman(["tag", &self.id, name]));
        Ok((!self.is_meant(host, name)?).then(tag))
    }

    /// Returns the fields in which a container of it may differ from this one: those that come from the images.
    pub(super) fn fields(&self, host: &dyn Host, old: &Container) -> Result<Vec<String>> {
        let old = podman::image(host, &old.image_id)?.unwrap_or_default();
        let new = podman::image(host, &self.id)?.unwrap_or_default();
        Ok(differ(&old, &new))
    }
}

fn differ(old: &Image, new: &Image) -> Vec<String> {
    let of = |fields: &[&str]| fields.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>();
    let said = SAID.iter().filter(|(key, _)| old.config[*key] != new.config[*key]).flat_map(|(_, fields)| of(fields));
    let names: BTreeSet<_> = old.labels.keys().chain(new.labels.keys()).collect();
    let labels = names.into_iter().filter(|name| old.labels.get(*name) != new.labels.get(*name));
    let labels: Vec<_> = labels.map(|name| format!("label {name}")).collect();
    let name = |pair: &String| pair.split('=').next().unwrap_or_default().to_owned();
    let names: BTreeSet<_> = old.env.iter().chain(&new.env).map(name).collect();
    let variables = names.into_iter().filter(|name| old.env(name) != new.env(name)).map(|name| format!("env {name}"));
    let folders = |image: &Image| image.config["Volumes"].as_object().cloned().unwrap_or_default();
    let (before, after) = (folders(old), folders(new));
    let folders: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let folders = folders.into_iter().filter(|folder| before.contains_key(*folder) != after.contains_key(*folder));
    let mounts: Vec<_> = folders.map(|folder| format!("mount {folder}")).collect();
    ["Image".to_owned()].into_iter().chain(said).chain(labels).chain(variables).chain(mounts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn image(config: Value, env: &[&str], label: &str) -> Image {
        Image {
            labels: [("run".to_owned(), label.to_owned())].into(),
            env: env.iter().map(|pair| (*pair).to_owned()).collect(),
            config,
            ..Image::default()
        }
    }

    #[test]
    fn what_two_images_say_otherwise_may_differ_and_nothing_else() {
        let old = image(json!({"Cmd": ["/sbin/init"], "StopSignal": "37"}), &["A=1", "B=1"], "one");
        assert_eq!(differ(&old, &old), ["Image"]);
        let new =
            image(json!({"Cmd": ["sleep", "9"], "StopSignal": "37", "Volumes": {"/v": {}}}), &["A=1", "C=1"], "two");
        assert_eq!(differ(&old, &new), ["Image", "Config.Cmd", "command", "label run", "env B", "env C", "mount /v"]);
    }
}
