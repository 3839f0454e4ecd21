//! `pipglr image`.

use super::{Printer, Tone};
use crate::apply::Sudo;
use crate::host::state::Lock;
use crate::image::build::{self, Options};
use crate::image::label;
use crate::problem::{Exit, Problem, Result};
use crate::steps::{Report, Setup, Step};

/// Pulls the image, or builds it with these options.
///
/// # Errors
/// podman fails; its last lines are in the problem.
pub fn get(setup: &Setup, options: Option<Options>, tone: Tone) -> Result<Exit> {
    let _lock = Lock::take(&*setup.host, "the image")?;
    let plan = match &options {
        Some(options) => build::build(&setup.wants.image, options, &build::folder(&*setup.host)),
        None => build::pull(&setup.wants.image),
    };
    setup.carry_out(&Report::ready(Step::Image, vec![], plan), Sudo::Silent, &Printer::new(false))?;
    say!("{} {}", tone.mark(Some(true)), setup.wants.image);
    Ok(Exit::Done)
}

/// Prints the labels, and whether they would be run.
///
/// # Errors
/// The image is not here, or one of its labels is not one to run.
pub fn labels(setup: &Setup) -> Result<Exit> {
    let Some(image) = setup.found_image()? else {
        return Err(Problem::new(
            format!("The image {} is not on this machine.", setup.wants.image),
            "`pipglr image pull` or `pipglr image build` brings it.",
        ));
    };
    let mut refused = None;
    for name in label::NAMES {
        match label::read(&image, &setup.wants.image, name) {
            Ok(label) => say!("{name}: {}", label.cmd().shell()),
            Err(problem) => refused = Some(problem),
        }
    }
    refused.map_or(Ok(Exit::Done), Err)
}
