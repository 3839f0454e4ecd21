//! A command as data: built by the typed verbs, shown to the user, run by `process`.

use crate::secret::Secret;
use crate::text::mask;
use crate::text::shell::quote;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Who runs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Privilege {
    /// The user.
    #[default]
    User,
    /// Root, through sudo.
    Root,
    /// The user; root, through sudo, where the system refuses that (polkit).
    RootIfRefused,
}

/// One external command. Its words never hold a secret: those go by stdin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cmd {
    /// The program, looked up in `PATH`.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// The folder it starts in; the current one where absent.
    pub cwd: Option<PathBuf>,
    /// How long it may take; `None` for what a user waits for in sight (pull, build, follow).
    pub timeout: Option<Duration>,
    /// Who runs it.
    pub privilege: Privilege,
    /// It only asks: nothing is another way after it. What changes something is in `commands.log`, what asks is not.
    pub query: bool,
    /// Variables of its environment beside ours; `None`: without that one. Never shown.
    pub env: Vec<(String, Option<Secret>)>,
}

/// Long enough for any query on a busy machine: podman's slowest took 0.25 s (podman/FACTS.md).
const QUERY: Duration = Duration::from_secs(60);

impl Cmd {
    /// Returns a command of the user, which may take a minute.
    pub fn new<A: Into<String>>(program: &str, args: impl IntoIterator<Item = A>) -> Self {
        Self {
            program: program.into(),
            args: args.into_iter().map(Into::into).collect(),
            cwd: None,
            timeout: Some(QUERY),
            privilege: Privilege::User,
            query: false,
            env: vec![],
        }
    }

    /// `podman ARGS`.
    pub fn podman<A: Into<String>>(args: impl IntoIterator<Item = A>) -> Self {
        Self::new("podman", args)
    }

    /// Starts it in this folder.
    pub fn cwd(mut self, dir: &Path) -> Self {
        self.cwd = Some(dir.to_owned());
        self
    }

    /// Gives it this long; `None` for as long as it likes.
    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout;
        self
    }

    /// Gives it these variables, or none of that name.
    pub fn env(mut self, env: Vec<(String, Option<Secret>)>) -> Self {
        self.env = env;
        self
    }

    /// Lets root run it.
    pub fn privilege(mut self, privilege: Privilege) -> Self {
        self.privilege = privilege;
        self
    }

    /// Returns the words as they are shown and logged: an admin's own values, tokens and passwords are masked.
    pub fn shown(&self) -> String {
        mask::command::shown(std::iter::once(&self.program).chain(&self.args).map(String::as_str))
    }

    /// Says that it only asks.
    pub fn query(mut self) -> Self {
        self.query = true;
        self
    }

    /// Returns the words as a shell takes them, without sudo.
    pub fn shell(&self) -> String {
        std::iter::once(&self.program).chain(&self.args).map(|word| quote(word)).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shell_quotes_what_needs_it() {
        let cmd = Cmd::podman(["volume", "create", "--opt", "o=uid=1000,gid=1000", "a b"]);
        assert_eq!(cmd.shell(), "podman volume create --opt 'o=uid=1000,gid=1000' 'a b'");
    }
}
