//! `pipglr image`.

use super::{Printer, Tone};
use crate::apply::Sudo;
use crate::host::state_folder::Lock;
use crate::image::label;
use crate::problem::{Exit, Problem, Result};
use crate::steps::image_build::{self, Options};
use crate::steps::{Report, Setup, Step};
use crate::target::Target;

/// Pulls the image, or builds it with these options.
///
/// # Errors
/// podman fails; its last lines are in the problem.
pub fn get(setup: &Setup, options: Option<Options>, tone: Tone) -> Result<Exit> {
    let _lock = Lock::take(&*setup.target.host, "the image")?;
    let plan = match &options {
        Some(options) => image_build::build(&setup.target.image, options, &image_build::folder(&*setup.target.host)),
        None => image_build::pull(&setup.target.image),
    };
    setup.carry_out(&Report::ready(Step::Image, vec![], plan), Sudo::Silent, &Printer::new(false))?;
    say!("{} {}", tone.mark(Some(true)), setup.target.image);
    Ok(Exit::Done)
}

/// Prints the labels, and whether they would be run.
///
/// # Errors
/// The image is not here, or one of its labels is not one to run.
pub fn labels(target: &Target) -> Result<Exit> {
    let Some(image) = target.found_image()? else {
        return Err(Problem::new(
            format!("The image {} is not on this machine.", target.image),
            "`pipglr image pull` or `pipglr image build` brings it.",
        ));
    };
    let mut refused = None;
    for name in label::NAMES {
        match label::read(&image, &target.image, name) {
            Ok(label) => say!("{name}: {}", label.cmd().shell()),
            Err(problem) => refused = Some(problem),
        }
    }
    refused.map_or(Ok(Exit::Done), Err)
}
