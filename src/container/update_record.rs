//! An update of the image that has begun: what the host itself cannot say, in the state folder until the new image has
//! been seen to work, or the one before is back.

use crate::host::{Host, state_folder};
use crate::names;
use crate::plan::Action;
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// From which image to which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What the container's image was called before.
    pub image: String,
    /// Its ID.
    pub from: String,
    /// What the new one is called.
    pub onto: String,
    /// Its ID.
    pub to: String,
    /// The new one did not work: it goes back.
    pub back: bool,
    /// The ID of the image that an update before this one has kept, which makes room for this one's.
    #[serde(default)]
    pub earlier: Option<String>,
}

fn path(host: &dyn Host, name: &str) -> PathBuf {
    state_folder::work(host).join(format!("update-{name}.json"))
}

/// Returns the update of a container's image that has begun; `None` where there is none.
pub fn read(host: &dyn Host, name: &str) -> Option<Record> {
    serde_json::from_slice(&host.read(&path(host, name)).ok()?).ok()
}

impl Record {
    /// Plans that it is kept.
    pub fn save(&self, host: &dyn Host, name: &str) -> Action {
        let text = serde_json::json!(self).to_string();
        Action::Save { path: path(host, name), text: Secret::new(text) }
    }

    /// Says where it stands, and what goes on. `name` is the container's.
    pub fn words(&self, name: &str) -> String {
        let update = names::typed("update", name);
        match self.back {
            false => format!(
                "an update to {} was cut off before its runner was seen to work: `{update}` goes on with it, and goes back \
                 where it does not work",
                self.onto
            ),
            true => format!(
                "an update to {} failed, and its way back to the image before was cut off: `{update}` goes on with that",
                self.onto
            ),
        }
    }
}

/// Plans that nothing of it is kept any more.
pub fn forget(host: &dyn Host, name: &str) -> Action {
    Action::Remove(path(host, name))
}
