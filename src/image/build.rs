//! Getting the image: pulled, or built from the context this program carries.

use super::context;
use crate::host::{Cmd, Host};
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
    /// The same options, looked at before anything is started.
    ///
    /// # Errors
    /// A build argument without a `=`, or a binary that is not a file.
    pub fn checked(self) -> Result<Self> {
        if let Some(arg) = self.args.iter().find(|arg| !arg.contains('=')) {
            return Err(Problem::usage(format!("The build argument `{arg}` has no value."), "Write it as NAME=VALUE."));
        }
        if let Some(path) = self.runner.as_ref().filter(|path| !path.is_file()) {
            return Err(Problem::usage(
                format!("The gitlab-runner binary {} is not there.", path.display()),
                "Name the file: gitlab-runner-linux-amd64 or -arm64, from GitLab's release page.",
            ));
        }
        Ok(self)
    }
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

/// A folder of our own for one build: below the state folder, where nobody else can put anything.
pub fn folder(host: &dyn Host) -> PathBuf {
    host.user().state.join("build")
}
