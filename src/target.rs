//! What nearly everything is about: this machine, an image and a container on it.

use crate::host::podman::{self, Image};
use crate::host::{Cmd, Host};
use crate::image::label::{self, Label};
use crate::names::Names;
use crate::problem::Result;
use std::sync::Arc;

/// The machine, and which image and container on it are meant.
#[derive(Clone)]
pub struct Target {
    /// The machine.
    pub host: Arc<dyn Host>,
    /// The image's name.
    pub image: String,
    /// The container's name.
    pub name: String,
}

impl Target {
    /// Returns this image, and the container that the host is about.
    pub fn new(host: Arc<dyn Host>, image: &str) -> Self {
        let name = host.names().container.clone();
        Self { host, image: image.into(), name }
    }

    /// Returns what the container's things are called.
    pub fn names(&self) -> &Names {
        self.host.names()
    }

    /// Returns the image on this machine; `None` where it is not there.
    ///
    /// # Errors
    /// podman fails.
    pub fn found_image(&self) -> Result<Option<Image>> {
        podman::image(&*self.host, &self.image)
    }

    /// Returns a label of the image, about the container; `None` where the image is not there.
    ///
    /// # Errors
    /// podman fails, or the label is not one to run.
    pub fn label(&self, name: &str) -> Result<Option<Label>> {
        let label = self.found_image()?.map(|image| label::read(&image, &self.image, name)).transpose()?;
        Ok(label.map(|label| label.of(self.names())))
    }

    /// Returns the `run` label's command for the container; `None` where the image is not there.
    ///
    /// # Errors
    /// As [`Self::label`].
    pub fn run_label(&self) -> Result<Option<Cmd>> {
        let (label, names) = (self.label("run")?, self.names());
        Ok(match label {
            Some(label) if podman::secret_id(&*self.host, &names.authority)?.is_some() => {
                Some(label.authority(names).cmd())
            }
            label => label.map(|label| label.cmd()),
        })
    }
}
