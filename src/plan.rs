//! A plan is data: what a step wants done. The wizard shows it, `--dry-run` prints it, `apply` applies it, tests
//! compare it. No secret is ever in one: an action names where the secret is, and `apply` fetches it.

use crate::api::{Place, registered::Leave};
use crate::config::document::Runner;
use crate::host::{Cmd, Privilege, podman};
use crate::image;
use crate::secret::Secret;
use crate::text::mask::mask;
use crate::text::sanitize::sanitize;
use crate::text::shell::quote;
use std::path::PathBuf;

/// Where a podman secret's content comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The vault's token with this index.
    Token(usize),
    /// The text that was looked at and agreed to, where this file has it.
    Agreed {
        /// The file, which outlives what is cut off.
        path: PathBuf,
        /// The text.
        text: Secret,
    },
}

/// A change of the work file that pipglr makes by itself; the user's own are [`Action::Save`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Sets `concurrent`.
    Concurrent(u32),
    /// Takes the text of this file instead, with the tokens that were registered filled in.
    Base(PathBuf),
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Runs a command.
    Run(Cmd),
    /// Has gitlab-runner in a container take no more jobs and end, then stops the container.
    Stop {
        /// The container's name.
        name: String,
        /// Running jobs are ended, not waited for.
        end: bool,
        /// What stops it: podman, or the unit that runs it.
        by: Cmd,
    },
    /// Has gitlab-runner in a container take no more jobs and end; the container runs on.
    Drain {
        /// The container's name.
        name: String,
        /// Running jobs are ended, not waited for.
        end: bool,
    },
    /// Takes a runner, or this machine of it, from GitLab's list.
    Unregister {
        /// Where GitLab is asked from.
        place: Place,
        /// The runner, with its token.
        runner: Runner,
        /// Which of both.
        what: Leave,
    },
    /// Runs a registration; repeated where the refusal is one that passes.
    Register {
        /// The `register` label's command.
        cmd: Cmd,
        /// Which one, from 1.
        number: usize,
        /// Of how many.
        of: usize,
    },
    /// Makes a podman secret through a pipe and reads it back.
    StoreSecret {
        /// Its name.
        name: String,
        /// What goes in.
        content: Content,
        /// Whether one of that name is there and makes room.
        replace: bool,
        /// The image that reads it back where podman itself cannot.
        image: String,
    },
    /// Goes on only where a podman secret is still what was read; else two people's changes would meet.
    Unchanged {
        /// Its name.
        name: String,
        /// Its ID when it was read; `None` where there was none.
        id: Option<String>,
        /// Its content then; `None` where there was none to be had.
        text: Option<Secret>,
        /// The image that reads it where podman itself cannot.
        image: String,
    },
    /// Goes on only where a file of ours still is what was read; else two people's texts would meet.
    Expect {
        /// The file.
        path: PathBuf,
        /// What it said; `None` where there was none.
        text: Option<Secret>,
    },
    /// Goes on only where a container is as the one it takes the place of, but for what was agreed to.
    SameContainer {
        /// The one that is there.
        old: String,
        /// The one that takes its place.
        new: String,
        /// The fields that may differ.
        but: Vec<String>,
    },
    /// Hands a text to the gitlab-runner that runs in a container, which goes on.
    HandOver {
        /// The container's name.
        name: String,
        /// What gitlab-runner worked with when it was looked at.
        seen: Secret,
        /// What it is to work with.
        text: Secret,
    },
    /// Makes podman's files of secrets ones that podman can read, where it has broken them or lost what was in them.
    Repair {
        /// The file of all contents.
        data: PathBuf,
        /// The file of all names, where that is what broke.
        list: Option<PathBuf>,
        /// The IDs whose content is lost.
        lost: Vec<String>,
    },
    /// Writes a private file (0600).
    Save {
        /// Where.
        path: PathBuf,
        /// What; a configuration holds tokens.
        text: Secret,
    },
    /// Changes the work file.
    Edit {
        /// The file.
        path: PathBuf,
        /// How.
        edit: Edit,
        /// What it then says.
        text: Secret,
    },
    /// Removes a file or folder of ours.
    Remove(PathBuf),
    /// Removes a podman secret, where there is one.
    RemoveSecret(String),
    /// Removes a container at once, where there is one.
    RemoveContainer(String),
    /// Removes a file that still says this; one that says something else is somebody's.
    RemoveIf {
        /// The file.
        path: PathBuf,
        /// What it says.
        text: Secret,
    },
    /// Writes the image's build context, which this program carries, to a folder.
    Unpack(PathBuf),
    /// Copies a file.
    Copy {
        /// From here.
        from: PathBuf,
        /// To there.
        to: PathBuf,
    },
}

impl Action {
    /// Returns the commands as they are shown: as a shell would take them, what an admin gave a container of their own
    /// masked. `sudo` is written where root is needed; those are for an admin's hands, and whole.
    pub fn shell(&self) -> Vec<String> {
        match self {
            Self::Run(cmd) if cmd.privilege == Privilege::Root => vec![format!("sudo {}", cmd.shell())],
            Self::Stop { name, end, by } => {
                drain(name, *end).into_iter().chain(Self::Run(by.clone()).shell()).collect()
            }
            Self::Drain { name, end } => drain(name, *end),
            Self::Unregister { runner, what, .. } => {
                let (url, name) = (runner.url.trim_end_matches('/'), &runner.name);
                let shown = format!("# DELETE {url}/api/v4/{}, with the token of {name} by a pipe", what.endpoint());
                vec![sanitize(&mask(&shown))]
            }
            Self::Run(cmd) | Self::Register { cmd, .. } => match &cmd.cwd {
                Some(dir) => vec![format!("cd {} && {}", quote(&dir.to_string_lossy()), cmd.shown())],
                None => vec![cmd.shown()],
            },
            Self::StoreSecret { name, content, replace, .. } => {
                let create = podman::secret_create(name).shell();
                // A pipe, not `<`: podman before 5.8 takes no file on standard input.
                let create = match content {
                    Content::Token(_) => format!("{create} # the token, by a pipe"),
                    Content::Agreed { path, .. } => format!("cat {} | {create}", quote(&path.to_string_lossy())),
                };
                let remove = replace.then(|| podman::secret_rm(name).shell());
                remove.into_iter().chain([create]).collect()
            }
            Self::Unchanged { name, id: None, .. } => vec![format!("# there must still be no secret {name}")],
            Self::Unchanged { name, .. } => vec![format!("# the secret {name} must still be what was read")],
            Self::Expect { path, text: Some(_) } => vec![format!("# {} must still be what was read", path.display())],
            Self::Expect { path, .. } => vec![format!("# there must still be no {}", path.display())],
            Self::SameContainer { old, new, .. } => vec![format!("# {new} must be as {old} is (podman inspect)")],
            Self::HandOver { name, .. } => vec![
                format!("# hand the text to gitlab-runner in {name}, by a pipe"),
                podman::exec(name, None, &["systemctl", "kill", "--signal=SIGHUP", "runner.service"]).shell(),
            ],
            Self::Repair { data, list, .. } => {
                let aside = |path: &PathBuf, verb| {
                    let path = quote(&path.to_string_lossy());
                    format!("{verb} {path} {path}.broken")
                };
                let list = list.as_ref().map(|list| aside(list, "mv"));
                let made = format!("# make {} readable for podman", quote(&data.to_string_lossy()));
                [aside(data, "cp -p"), made].into_iter().chain(list).collect()
            }
            Self::Save { path, text } if text.expose().is_empty() => {
                vec![format!("install -D -m 600 /dev/null {}", quote(&path.to_string_lossy()))]
            }
            Self::Save { path, .. } => vec![format!("# write {} (0600)", path.display())],
            Self::Edit { path, edit: Edit::Concurrent(n), .. } => {
                vec![format!("# set concurrent = {n} in {}", path.display())]
            }
            Self::Edit { path, edit: Edit::Base(base), .. } => {
                vec![format!("# take {} for {}, with the registered tokens", base.display(), path.display())]
            }
            Self::Remove(path) => vec![format!("rm -rf {}", quote(&path.to_string_lossy()))],
            Self::RemoveSecret(name) => vec![podman::secret_rm(name).shell()],
            Self::RemoveContainer(name) => vec![podman::remove_at_once(name).shell()],
            Self::RemoveIf { path, text } if text.expose().is_empty() => {
                vec![format!("find {} -empty -delete", quote(&path.to_string_lossy()))]
            }
            Self::RemoveIf { path, .. } => vec![format!("rm -rf {}", quote(&path.to_string_lossy()))],
            Self::Unpack(dir) => {
                vec![format!(
                    "# write Containerfile and assets/image to {} ({} files)",
                    dir.display(),
                    image::context::FILES.len()
                )]
            }
            Self::Copy { from, to } => {
                vec![format!("cp {} {}", quote(&from.to_string_lossy()), quote(&to.to_string_lossy()))]
            }
        }
    }

    /// Returns whether root must run it.
    pub fn needs_root(&self) -> bool {
        matches!(self, Self::Run(cmd) | Self::Stop { by: cmd, .. } if cmd.privilege == Privilege::Root)
    }
}

/// What has gitlab-runner end, as a shell takes it.
fn drain(name: &str, end: bool) -> Vec<String> {
    let runner = |words: &[&str]| podman::exec(name, None, &[words, &["runner.service"]].concat()).shell();
    match end {
        true => {
            vec![runner(&["systemctl", "stop", "--no-block"]), runner(&["systemctl", "kill", "--signal=SIGTERM"])]
        }
        false => vec![runner(&["systemctl", "stop"])],
    }
}

/// What a step wants done, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In order; the first that fails ends it.
    pub actions: Vec<Action>,
    /// Done at the end, also after a failure: what must not be left behind.
    pub finally: Vec<Action>,
    /// What the user should know before: "stops 2 running containers: a, b".
    pub warnings: Vec<String>,
}

impl Plan {
    /// Returns whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// Returns all that it does.
    pub fn all(&self) -> impl Iterator<Item = &Action> {
        self.actions.iter().chain(&self.finally)
    }

    /// Returns whether root is needed for some of it.
    pub fn needs_root(&self) -> bool {
        self.all().any(Action::needs_root)
    }

    /// Root's part of a plan, also what root is asked for only where the system refuses the user.
    pub fn admin_lines(&self) -> Vec<String> {
        let lines = self.all().filter_map(|action| match action {
            Action::Run(cmd) if cmd.privilege != Privilege::User => Some(format!("sudo {}", cmd.shell())),
            _ => None,
        });
        lines.collect()
    }

    /// Returns the lines for an admin: root's part of it.
    pub fn root_lines(&self) -> Vec<String> {
        let lines = self.all().filter(|action| action.needs_root()).flat_map(Action::shell);
        lines.filter(|line| line.starts_with("sudo ")).collect()
    }
}

impl From<Vec<Action>> for Plan {
    fn from(actions: Vec<Action>) -> Self {
        Self { actions, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_prints_as_shell_and_holds_no_secret() {
        let store = Action::StoreSecret {
            name: "REGISTRATION_TOKEN".into(),
            content: Content::Token(0),
            replace: true,
            image: "i".into(),
        };
        assert_eq!(
            store.shell(),
            ["podman secret rm REGISTRATION_TOKEN", "podman secret create REGISTRATION_TOKEN - # the token, by a pipe"]
        );
        let save = Action::Save { path: "/s/work/config.toml".into(), text: Secret::new("token = \"hidden\"") };
        assert!(!format!("{save:?}{:?}", save.shell()).contains("hidden"));
        let root = Action::Run(Cmd::new("usermod", ["x"]).privilege(Privilege::Root));
        assert_eq!(Plan::from(vec![root, store]).root_lines(), ["sudo usermod x"]);
    }
}
