//! The volume that outlives the container of the pretend machine, and what the image's `runner` does with it.

use super::{Machine, said};
use pipglr::config::rotated_tokens::{carry, find};
use pipglr::host::Finished;

impl Machine {
    /// A container of the volume begins with what lies there, where it knows the secret, else with the secret and the
    /// tokens that were renewed since.
    pub(super) fn begin_work(&mut self, name: &str) {
        let Some(container) = self.containers.get_mut(name).filter(|container| container.keeps_state()) else { return };
        if std::mem::replace(&mut container.begun, true) {
            return;
        }
        let volume = container.state_volume().unwrap_or_default().to_owned();
        let Some((agreed, works)) = self.states.get(&volume).cloned() else { return };
        let text = String::from_utf8(container.text.clone()).unwrap();
        let works = if agreed == text { works } else { carry(&text, &find(&agreed, &works)).unwrap().0 };
        container.copy = Some(works.clone());
        self.states.insert(volume, (text, works));
    }

    /// What it works with stays, where it has the volume.
    pub(super) fn remove_container(&mut self, name: &str) {
        let Some(container) = self.containers.remove(name) else { return };
        if let (Some(copy), Some(volume)) = (container.copy.clone(), container.state_volume()) {
            let agreed = String::from_utf8(container.agreed().to_vec()).unwrap();
            self.states.insert(volume.to_owned(), (agreed, copy));
        }
    }

    pub(super) fn move_state(&mut self, name: &str, volume: &str) -> Finished {
        let Some(container) = self.containers.get(name) else { return said(125, "Error: no such container") };
        if let Some(copy) = &container.copy {
            let agreed = String::from_utf8(container.agreed().to_vec()).unwrap();
            self.states.insert(volume.to_owned(), (agreed, copy.clone()));
        }
        said(0, "")
    }
}
