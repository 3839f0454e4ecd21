//! Getting the image: pulled, or built from the context this program carries.

use crate::gitlab;
use crate::host::{Cmd, Host};
use crate::image::{arguments, context};
use crate::plan::{Action, Plan};
use crate::problem::{Problem, Result};
use std::path::{Path, PathBuf};

/// What an image is built with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Build arguments, `NAME=value`.
    pub args: Vec<String>,
    /// A gitlab-runner binary to use instead of downloading one.
    pub runner: Option<PathBuf>,
}

impl Options {
    /// Returns the same options as far as they can be told without the machine: the server's address is understood.
    ///
    /// # Errors
    /// A build argument without a `=`, with a token in it, or that cannot be so.
    pub fn understood(mut self) -> Result<Self> {
        for arg in &mut self.args {
            gitlab::refuse_token("A build argument", arg)?;
            match arg.split_once('=') {
                None => {
                    let what = format!("The build argument `{arg}` has no value.");
                    return Err(Problem::usage(what, "Write it as NAME=VALUE."));
                }
                Some((name, value)) => *arg = arguments::checked(name, value)?,
            }
        }
        arguments::agree(&self.args)?;
        let binary = self.runner.as_ref().map(|path| path.display().to_string());
        gitlab::refuse_token("The name of the gitlab-runner binary", &binary.unwrap_or_default())?;
        Ok(self)
    }

    /// Returns the same options, looked at before anything is started.
    ///
    /// # Errors
    /// As [`Self::understood`]; a binary that is not a file.
    pub fn checked(self) -> Result<Self> {
        let this = self.understood()?;
        if let Some(path) = this.runner.as_ref().filter(|path| !path.is_file()) {
            let fault = if path.exists() { "is no file" } else { "is not there" };
            return Err(Problem::usage(
                format!("The gitlab-runner binary {} {fault}.", path.display()),
                "Name the file: gitlab-runner-linux-amd64 or -arm64, from GitLab's release page.",
            ));
        }
        Ok(this)
    }
}

/// Returns whether an image is of this machine alone: no registry is behind `localhost/`, podman's place for what was built
/// here.
pub fn is_local(image: &str) -> bool {
    image.starts_with("localhost/")
}

/// Pulls the image.
pub fn pull(image: &str) -> Plan {
    vec![Action::Run(Cmd::podman(["pull", image]).timeout(None))].into()
}

/// Builds the image in a folder that is ours, and gone after.
pub fn build(image: &str, options: &Options, folder: &Path) -> Plan {
    let mut actions = vec![Action::Unpack(folder.to_owned())];
    if let Some(runner) = &options.runner {
        actions.push(Action::Copy { from: runner.clone(), to: folder.join(context::RUNNER) });
    }
    let args = options.args.iter().flat_map(|arg| ["--build-arg", arg]);
    let words: Vec<&str> = ["build", "--tag", image].into_iter().chain(args).chain(["."]).collect();
    actions.push(Action::Run(Cmd::podman(words).cwd(folder).timeout(None)));
    Plan { actions, finally: vec![Action::Remove(folder.to_owned())], warnings: vec![] }
}

/// Returns a folder of our own for one build: below the state folder, where nobody else can put anything.
pub fn folder(host: &dyn Host) -> PathBuf {
    host.user().state.join("build")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_runner_binary_is_told_apart() {
        for (file, says) in [("/no/such/file", "/no/such/file is not there"), ("/dev", "/dev is no file")] {
            let refused = Options { runner: Some(file.into()), ..Options::default() }.checked().unwrap_err();
            assert!(refused.to_string().contains(says), "{refused}");
        }
    }

    #[test]
    fn a_base_image_by_digest_and_a_pinned_runner_reach_the_build_as_they_are() {
        let digest = format!("BASE_IMAGE=docker.io/library/debian@sha256:{}", "0a".repeat(32));
        let runner = format!("RUNNER_SHA256={}", "0b".repeat(32));
        let version = "RUNNER_VERSION=17.5.5".to_owned();
        let options = Options { args: vec![digest.clone(), runner.clone(), version], runner: None }.checked().unwrap();
        let plan = build("i", &options, Path::new("/f"));
        let built = plan.all().flat_map(Action::shell).find(|line| line.contains("podman build")).unwrap();
        for arg in [digest, runner] {
            let (name, value) = arg.split_once('=').unwrap();
            assert!(built.contains(&format!("--build-arg '{name}={value}'")), "{built}");
        }
    }
}
