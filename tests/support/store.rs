//! podman's two files of secrets, and what a crash makes of them.

use super::{LIST, Machine, STORE};
use base64::prelude::{BASE64_STANDARD, Engine};
use std::path::Path;

impl Machine {
    /// As podman is when one of its files is empty or cut: it can do nothing with any secret.
    pub(super) fn store_broken(&self) -> bool {
        self.files.contains_key(Path::new(STORE)) || self.list_broken()
    }

    pub(super) fn list_broken(&self) -> bool {
        self.files.contains_key(Path::new(LIST))
    }

    /// podman is killed, or the disk is full, while it writes the contents.
    pub fn empty_store(&mut self) {
        self.lost = self.secrets.keys().cloned().collect();
        self.files.insert(STORE.into(), vec![]);
    }

    /// The same while it writes the names.
    pub fn empty_list(&mut self) {
        self.files.insert(LIST.into(), b"{\n  \"secrets\": {".to_vec());
    }

    /// Whether this podman has `--showsecret`.
    pub(super) fn shows_secrets(&self) -> bool {
        let version = pipglr::host::podman::parse_version(self.version).unwrap();
        version.capabilities().shows_secrets
    }

    /// podman's two files, as they are while nothing is broken.
    pub(super) fn store_file(&self, path: &Path) -> Option<Vec<u8>> {
        let all = self.secrets.iter();
        let object: serde_json::Map<String, serde_json::Value> = if path == Path::new(STORE) {
            all.filter(|(name, _)| !self.lost.contains(*name))
                .map(|(_, (id, data))| (id.to_string(), self.kept(data).into()))
                .collect()
        } else if path == Path::new(LIST) {
            let entry = |name: &String, id: &u32| {
                serde_json::json!({"name": name, "id": id.to_string(), "driver": "file",
                    "driverOptions": {"path": "/graph/secrets/filedriver"}})
            };
            let all = all.map(|(name, (id, _))| (id.to_string(), entry(name, id)));
            [("secrets".to_owned(), all.collect::<serde_json::Map<_, _>>().into())].into_iter().collect()
        } else {
            return None;
        };
        Some(serde_json::Value::from(object).to_string().into())
    }

    /// A content as the file has it.
    fn kept(&self, data: &[u8]) -> String {
        BASE64_STANDARD.encode(if self.lossy { &[] } else { data })
    }

    /// What pipglr has made of podman's file of contents.
    pub(super) fn store_written(&mut self, bytes: &[u8]) {
        let contents: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        self.files.remove(Path::new(STORE));
        for (name, (id, data)) in &mut self.secrets {
            match contents[id.to_string()].as_str() {
                None => drop(self.lost.insert(name.clone())),
                Some(kept) => {
                    self.lost.remove(name);
                    *data = BASE64_STANDARD.decode(kept).unwrap();
                }
            }
        }
    }
}
