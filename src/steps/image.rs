//! Before step 3: the image is on this machine.

use super::{Fact, Report, Row, Setup, State, Step};
use crate::image::label;
use crate::problem::{Problem, Result};
use crate::steps::image_build::{self, Options};

/// The row of this step.
pub(super) const ROW: Row = Row {
    step: Step::Image,
    number: None,
    id: "image",
    title: "Image",
    why: "The runner lives in this image: systemd, gitlab-runner and the podman that runs the jobs. It can be \
           pulled, or built here from what this program carries.",
    verb: "pull it",
    check,
    explain,
};

/// Looks for the image and its labels; plans to pull or to build it. One of this machine alone no registry has.
///
/// # Errors
/// podman fails.
pub fn check(setup: &Setup) -> Result<Report> {
    let Some(image) = setup.target.found_image()? else {
        let fact = Fact::new("image", format!("{} is not here", setup.target.image), "here", false);
        let usual = image_build::is_local(&setup.target.image).then(Options::default);
        return Ok(match setup.wants.build.as_ref().or(usual.as_ref()) {
            Some(options) => {
                let folder = image_build::folder(&*setup.target.host);
                let plan = image_build::build(&setup.target.image, options, &folder);
                Report::ready(Step::Image, vec![fact], plan).called("build it")
            }
            None => Report::ready(Step::Image, vec![fact], image_build::pull(&setup.target.image)),
        });
    };
    let fact = Fact::new("image", format!("{} ({:.12})", setup.target.image, image.id), "here", true);
    for name in label::NAMES {
        if let Err(problem) = label::read(&image, &setup.target.image, name) {
            return Ok(Report::not_yet(Step::Image, vec![Fact { ok: false, ..fact }], State::Blocked(problem)));
        }
    }
    Ok(Report::done(Step::Image, vec![fact]))
}

/// Returns what it means when an image could not be had.
pub fn explain(problem: Problem) -> Problem {
    let text = problem.said.join("\n").to_lowercase();
    let (cause, advice) = if ["no such host", "connection refused", "i/o timeout", "network is unreachable"]
        .iter()
        .any(|sign| text.contains(sign))
    {
        (
            "The image's registry cannot be reached from here.",
            "Check the network and the image's name, or build the image here: `pipglr image build`.",
        )
    } else if ["unauthorized", "denied", "manifest unknown", "not found"].iter().any(|sign| text.contains(sign)) {
        (
            "The registry does not have an image of that name for you.",
            "Check the image's name (`--image`), or build the image here: `pipglr image build`.",
        )
    } else if text.contains("no space left") {
        ("The disk is full.", "Free some space (`podman system prune` removes what no container uses), then try again.")
    } else {
        return problem;
    };
    Problem { advice: advice.into(), ..problem }.cause(cause)
}
