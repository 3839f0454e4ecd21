//! `pipglr image`.

use super::Context;
use super::printer::Printer;
use crate::apply::Sudo;
use crate::host::state_folder::Lock;
use crate::image::arguments::ARGUMENTS;
use crate::image::label;
use crate::image_update::{self, Source};
use crate::problem::{Exit, Problem, Result};
use crate::steps::image_build::Options;
use crate::steps::{Report, Step};
use crate::target::Target;
use crate::text::sanitize::sanitize;
use std::path::PathBuf;

/// How it is called.
pub const EXAMPLES: &str = "\
Examples:
  pipglr image build
  pipglr image pull
  pipglr image labels             # the commands that the image brings along";

/// What `image` does.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Build it from what this program carries
    #[command(after_help = "\
Examples:
  pipglr image build
  pipglr image build --runner-version 17.5.5 --base-image docker.io/library/debian:testing-slim
  pipglr image build --runner-binary ./gitlab-runner-linux-amd64")]
    Build(Box<BuildArgs>),
    /// Pull it from its registry
    #[command(after_help = "\
Examples:
  pipglr image pull
  pipglr --image registry.gitlab.com/qontainers/pipglr:latest image pull")]
    Pull,
    /// Show the commands it brings along
    #[command(after_help = "\
Examples:
  pipglr image labels")]
    Labels,
}

/// What `image build` takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct BuildArgs {
    /// The image to build on [default: docker.io/library/debian:stable-slim]
    #[arg(long, value_name = "IMAGE")]
    base_image: Option<String>,
    /// How often disused images and containers of jobs are pruned: a systemd OnCalendar value [default: daily]
    #[arg(long, value_name = "WHEN")]
    prune_interval: Option<String>,
    /// The gitlab-runner to download [default: latest]
    #[arg(long, value_name = "VERSION")]
    runner_version: Option<String>,
    /// The checksum of that gitlab-runner, where you know it [default: the one beside the download is believed]
    #[arg(long, value_name = "SHA256", requires = "runner_version")]
    runner_sha256: Option<String>,
    /// A mirror of gitlab-runner's downloads [default: GitLab's]
    #[arg(long, value_name = "URL")]
    runner_download_url: Option<String>,
    /// What gitlab-runner logs: debug (which shows tokens), info, warn, error, fatal or panic [default: info]
    #[arg(long, value_name = "LEVEL")]
    runner_log_level: Option<String>,
    /// What the nested podman logs: trace, debug, info, warn or error [default: warn]
    #[arg(long, value_name = "LEVEL")]
    podman_log_level: Option<String>,
    /// amd64 or arm64 [default: this machine's]
    #[arg(long, value_name = "ARCH")]
    targetarch: Option<String>,
    /// The GitLab server that runners register with [default: https://gitlab.com/]
    #[arg(long, value_name = "URL")]
    gitlab_url: Option<String>,
    /// Whether jobs run privileged: true or false [default: true]
    #[arg(long, value_name = "BOOL")]
    nested_privileged: Option<String>,
    /// Any build argument
    #[arg(long, value_name = "NAME=VALUE")]
    build_arg: Vec<String>,
    /// A gitlab-runner binary to put in, for a host that cannot download one
    #[arg(long, value_name = "FILE")]
    runner_binary: Option<PathBuf>,
}

impl BuildArgs {
    /// The image's own arguments, as they were given.
    fn named(&self) -> [(&'static str, &Option<String>); ARGUMENTS.len()] {
        [
            ("BASE_IMAGE", &self.base_image),
            ("PRUNE_INTERVAL", &self.prune_interval),
            ("RUNNER_VERSION", &self.runner_version),
            ("RUNNER_SHA256", &self.runner_sha256),
            ("RUNNER_DOWNLOAD_URL", &self.runner_download_url),
            ("RUNNER_LOG_LEVEL", &self.runner_log_level),
            ("PODMAN_LOG_LEVEL", &self.podman_log_level),
            ("TARGETARCH", &self.targetarch),
            ("GITLAB_URL", &self.gitlab_url),
            ("NESTED_PRIVILEGED", &self.nested_privileged),
        ]
    }

    /// Whether one was given.
    pub(crate) fn any(&self) -> bool {
        self.named().iter().any(|(_, value)| value.is_some())
            || !self.build_arg.is_empty()
            || self.runner_binary.is_some()
    }

    /// The options that were given.
    pub(crate) fn options(self) -> Result<Options> {
        let named = self.named().into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?)));
        let args = named.chain(self.build_arg.iter().cloned()).collect();
        Options { args, runner: self.runner_binary }.checked()
    }
}

/// Does it.
///
/// # Errors
/// podman fails, the options are wrong, or the image is not here.
pub fn run(verb: Verb, context: &Context) -> Result<Exit> {
    match verb {
        Verb::Build(args) => get(Some(args.options()?), context),
        Verb::Pull => get(None, context),
        Verb::Labels => labels(&context.target()?),
    }
}

/// Pulls the image, or builds it with these options.
fn get(options: Option<Options>, context: &Context) -> Result<Exit> {
    let setup = context.setup()?;
    let _lock = Lock::take(&*setup.target.host, "the image")?;
    let source = options.map_or(Source::Pull, Source::Build);
    let plan = image_update::fetch(&setup.target, &source);
    setup.carry_out(&Report::ready(Step::Image, vec![], plan), Sudo::Silent, &Printer::new(false))?;
    say!("{} {}", context.tone.mark(Some(true)), setup.target.image);
    Ok(Exit::Done)
}

/// Prints the labels, and whether they would be run.
fn labels(target: &Target) -> Result<Exit> {
    let Some(image) = target.found_image()? else {
        return Err(Problem::new(
            format!("The image {} is not on this machine.", target.image),
            "`pipglr image pull` or `pipglr image build` brings it.",
        ));
    };
    let mut refused = None;
    for name in label::NAMES {
        match label::read(&image, &target.image, name) {
            Ok(label) => {
                say!("{name}: {}", sanitize(&label.cmd().shell()));
                for found in label::differs(&image, name) {
                    say_behind!("  note: ", "not as pipglr's own: {found}");
                }
            }
            Err(problem) => refused = Some(problem),
        }
    }
    refused.map_or(Ok(Exit::Done), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Image {
        #[command(subcommand)]
        verb: Verb,
    }

    #[test]
    fn every_build_argument_is_an_option() {
        let values = [
            ("BASE_IMAGE", "b"),
            ("PRUNE_INTERVAL", "hourly"),
            ("RUNNER_VERSION", "17.5.5"),
            ("RUNNER_SHA256", &"0a".repeat(32)),
            ("RUNNER_DOWNLOAD_URL", "https://m/"),
            ("RUNNER_LOG_LEVEL", "warn"),
            ("PODMAN_LOG_LEVEL", "info"),
            ("TARGETARCH", "arm64"),
            ("GITLAB_URL", "https://g/"),
            ("NESTED_PRIVILEGED", "false"),
        ];
        assert_eq!(values.len(), ARGUMENTS.len());
        assert!(ARGUMENTS.iter().all(|argument| values.iter().any(|(name, _)| *name == argument.name)));
        let option = |name: &str| format!("--{}", name.to_lowercase().replace('_', "-"));
        let words = values.iter().flat_map(|(name, value)| [option(name), (*value).to_owned()]);
        let words = ["image", "build", "--build-arg", "X=y"].map(str::to_owned).into_iter().chain(words);
        let Verb::Build(args) = Image::parse_from(words).verb else { panic!("not understood") };
        assert!(args.any() && !BuildArgs::default().any());
        let expected: Vec<_> = values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(args.options().unwrap().args, [expected, vec!["X=y".into()]].concat());
    }
}
