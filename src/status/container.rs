//! What `status` says of the container itself: its state, its image, the unit that runs it.

use crate::container::older_network;
use crate::host::podman::{self, Container};
use crate::host::systemd;
use crate::problem::Result;
use crate::target::Target;
use serde::Serialize;

/// The container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatusContainer {
    /// podman's word for it, or `missing`.
    pub state: String,
    /// RFC 3339; `null` where it never started.
    pub started_at: Option<String>,
    /// Its image.
    pub image: String,
    /// Whether that name still means the image that it was made of; `null` where there is no such image or container.
    pub image_current: Option<bool>,
    /// Whether it has the config secret as it is now.
    pub config_current: bool,
    /// Whether this podman has no more of what connects it to the network (slirp4netns), so that it cannot start.
    pub network_gone: bool,
    /// The unit of systemd that runs it, also while it is not there: a unit that is stopped removes its container.
    pub managed_by: Option<String>,
}

impl StatusContainer {
    /// Returns what is to be said of `found`, but whether its configuration is current.
    pub(super) fn of(target: &Target, found: Option<&Container>) -> Result<Self> {
        let host = &*target.host;
        let Some(container) = found else {
            // Where systemd cannot be asked, no unit of it is known.
            let unit = systemd::find(host, &target.name).ok().flatten();
            return Ok(Self {
                state: "missing".into(),
                image: target.image.clone(),
                managed_by: unit.map(|unit| unit.name),
                ..Self::default()
            });
        };
        let image = podman::image(host, &container.image)?;
        let same = |id: &str| id.trim_start_matches("sha256:") == container.image_id.trim_start_matches("sha256:");
        Ok(Self {
            state: container.state.clone(),
            started_at: container.started().map(str::to_owned),
            image: container.image.clone(),
            image_current: image.filter(|_| !container.image_id.is_empty()).map(|image| same(&image.id)),
            config_current: false,
            network_gone: older_network::is_gone(host, container)?,
            managed_by: container.unit.clone(),
        })
    }

    /// Says how it takes the image that its tag means by now; `None` where it has it. `name` is the container's.
    pub fn newer_image(&self, name: &str) -> Option<String> {
        (self.image_current == Some(false)).then(|| {
            let how = match &self.managed_by {
                Some(unit) => format!("`systemctl --user restart {unit}` takes it"),
                None => format!("`podman rm {name}` once it is stopped, then `pipglr setup`, takes it"),
            };
            format!("{} is a newer image by now: {how}", self.image)
        })
    }
}
