//! What `status` says of the container itself: its state, its image, the unit that runs it.

use crate::container::recreate::onto::is_same;
use crate::container::update_record;
use crate::container::{foreign, older_network, others};
use crate::host::podman::{self, Container};
use crate::host::systemd;
use crate::names;
use crate::problem::{Problem, Result};
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
    /// An update of its image that was cut off, in words.
    pub update: Option<String>,
    /// The unit of systemd that runs it, also while it is not there: a unit that is stopped removes its container.
    pub managed_by: Option<String>,
    /// What is to be done first: the container of this name is not pipglr's, or one from before has its secrets.
    #[serde(skip)]
    pub mistaken: Option<Problem>,
}

impl StatusContainer {
    /// Returns what is to be said of `found`, but whether its configuration is current.
    pub(super) fn of(target: &Target, found: Option<&Container>) -> Result<Self> {
        let host = &*target.host;
        let update = update_record::read(host, &target.name).map(|begun| begun.words(&target.name));
        let Some(container) = found else {
            // Where systemd cannot be asked, no unit of it is known.
            let unit = systemd::find(host, &target.name).ok().flatten();
            return Ok(Self {
                state: "missing".into(),
                image: target.image.clone(),
                managed_by: unit.map(|unit| unit.name),
                update,
                mistaken: others::from_before(host)?,
                ..Self::default()
            });
        };
        let image = podman::image(host, &container.image)?;
        Ok(Self {
            state: container.state.clone(),
            started_at: container.started().map(str::to_owned),
            image: container.image.clone(),
            image_current: image
                .filter(|_| !container.image_id.is_empty())
                .map(|image| is_same(&image.id, &container.image_id)),
            config_current: false,
            network_gone: older_network::is_gone(host, container)?,
            managed_by: container.unit.clone(),
            update,
            mistaken: foreign(host.names(), container),
        })
    }

    /// Says what takes the image that its name means by now, or goes on with an update that was cut off; `None` where it
    /// has it. `name` is the container's.
    pub fn newer_image(&self, name: &str) -> Option<String> {
        let newer = || {
            let update = names::typed("update", name);
            format!("{} is a newer image by now: `{update}` shows what is newer, and takes it", self.image)
        };
        self.update.clone().or_else(|| (self.image_current == Some(false)).then(newer))
    }
}
