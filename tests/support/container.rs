//! A container of the pretend podman, and what `podman inspect` says of it.

use super::IMAGE;
use std::collections::BTreeMap;

/// Where gitlab-runner's own file is.
const STATE: &str = "/var/lib/gitlab-runner";

/// The secret that a command mounts under this name.
pub fn mounted<'a>(words: &[&'a str], named: &str) -> Option<&'a str> {
    let secrets = words.windows(2).filter(|pair| pair[0] == "--secret").map(|pair| pair[1]);
    secrets.into_iter().find_map(|word| {
        let (secret, target) = (word.split(',').next()?, word.split(',').find_map(|part| part.strip_prefix("target=")));
        (target.unwrap_or(secret) == named).then_some(secret)
    })
}

/// A container, with the text of the secret as it was when it was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FakeContainer {
    pub state: &'static str,
    pub secret: String,
    /// The ID of the authority that it trusts.
    pub authority: Option<u32>,
    pub text: Vec<u8>,
    pub image_id: String,
    pub made_by: Vec<String>,
    pub unit: Option<&'static str>,
    pub auto_remove: bool,
    /// The runtime has begun with it, unknown to podman: it cannot be started.
    pub half_run: bool,
    /// What gitlab-runner has made of its copy.
    pub copy: Option<String>,
    /// What was handed over to it, without being recreated.
    pub handed: Option<String>,
    /// An older image's drop-in of a pause, which goes with the container.
    pub drop_in: bool,
    /// It was started before.
    pub begun: bool,
    /// What `podman update` and `network connect` have made of it: fields of `podman inspect`, by JSON pointer.
    pub updated: BTreeMap<&'static str, serde_json::Value>,
}

impl FakeContainer {
    /// The text that it was given last.
    pub fn agreed(&self) -> &[u8] {
        self.handed.as_ref().map_or(&self.text, |text| text.as_bytes())
    }

    /// Whether it has the volume for gitlab-runner's own file.
    pub fn keeps_state(&self) -> bool {
        self.state_volume().is_some()
    }

    /// The volume for gitlab-runner's own file.
    pub fn state_volume(&self) -> Option<&str> {
        self.made_by.iter().find_map(|word| word.split_once(':').filter(|(_, to)| *to == STATE)).map(|(from, _)| from)
    }

    /// Its secret of this name, as the container calls it.
    pub fn secret_named(&self, named: &str) -> String {
        let words: Vec<&str> = self.made_by.iter().map(String::as_str).collect();
        mounted(&words, named).unwrap_or(named).to_owned()
    }

    /// As one from before it.
    pub fn without_state(&mut self) {
        let at = self.made_by.iter().position(|word| word.ends_with(&format!(":{STATE}"))).expect("it has it");
        self.made_by.drain(at - 1..=at);
    }

    /// Whether it works with the secret of this ID and text.
    pub fn works_with(&self, id: u32, text: &[u8]) -> bool {
        self.agreed() == text
            && (self.copy.is_some() || self.secret == id.to_string())
            && self.copy.as_ref().is_none_or(|copy| copy.as_bytes() == text)
    }
}

pub fn json(name: &str, container: &FakeContainer) -> String {
    let labels = container.unit.map(|unit| serde_json::json!({"PODMAN_SYSTEMD_UNIT": unit}));
    let values = |option: &str| -> Vec<&String> {
        let pairs = container.made_by.windows(2);
        pairs.filter(|pair| pair[0] == option).map(|pair| &pair[1]).collect()
    };
    let mounts = serde_json::json!([{"Type": "volume", "Name": container.state_volume(), "Destination": "/var/lib/gitlab-runner", "Source": "/graph/state"}]);
    let mounts = if container.keeps_state() { mounts } else { serde_json::json!([]) };
    let networks = values("--network").into_iter().map(|name| (name.clone(), serde_json::json!({})));
    let authority = container.authority.map(|id| (container.secret_named("pipglr-ca"), id.to_string()));
    let secrets = [(container.secret_named("config.toml"), container.secret.clone())].into_iter().chain(authority);
    let secrets: Vec<_> = secrets.map(|(name, id)| serde_json::json!({"Name": name, "ID": id})).collect();
    let image = container.made_by.last().filter(|word| word.contains('/')).map_or(IMAGE, String::as_str);
    let mut all = serde_json::json!([{
        "Id": "c0ffee", "Name": name, "Image": container.image_id, "ImageName": image, "StaticDir": format!("/graph/userdata-{name}"), "State": {"Status": container.state},
        "Config": {
            "Secrets": secrets,
            "CreateCommand": container.made_by, "Labels": labels, "StopTimeout": 3660,
            "Env": values("-e").into_iter().filter(|pair| pair.contains('=')).collect::<Vec<_>>(),
        },
        "HostConfig": {
            "AutoRemove": container.auto_remove, "RestartPolicy": {"Name": values("--restart").last()}, "Else": null,
        },
        "Mounts": mounts,
        "NetworkSettings": {"Networks": networks.collect::<serde_json::Map<_, _>>()},
    }]);
    for (pointer, value) in &container.updated {
        let (folder, key) = pointer.rsplit_once('/').unwrap();
        all[0].pointer_mut(folder).unwrap()[key] = value.clone();
    }
    all.to_string()
}
