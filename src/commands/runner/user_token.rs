//! The access token of a user: by pipe, from a file, or typed unseen; kept nowhere.

use crate::commands::prompt;
use crate::gitlab;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Where it is.
#[derive(Debug, clap::Args)]
pub(super) struct From {
    /// The file that has your access token
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Read your access token from standard input
    #[arg(long)]
    token_stdin: bool,
}

impl From {
    /// Returns whether nobody needs to be asked.
    pub(super) fn is_given(&self) -> bool {
        self.token_stdin || self.token_file.is_some()
    }

    /// Returns the token, which a user is asked for where it is nowhere else.
    ///
    /// # Errors
    /// There is none, or it is none.
    pub(super) fn token(&self) -> Result<Secret> {
        let mut text = Zeroizing::new(String::new());
        let failed = |e: std::io::Error| {
            Problem::usage(format!("The access token cannot be read: {e}."), "Name its file, readable by you alone.")
        };
        if self.token_stdin {
            std::io::stdin().read_to_string(&mut text).map_err(failed)?;
        } else if let Some(path) = &self.token_file {
            text = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
        } else if std::io::stdin().is_terminal() {
            return asked();
        } else {
            return Err(Problem::usage(
                "An access token of yours is needed, and nobody is there to be asked.",
                "Give `--token-file FILE`, or pipe it in with `--token-stdin`.",
            ));
        }
        gitlab::check_user_token(&text)
    }
}

/// Returns the token that a user types unseen.
///
/// # Errors
/// Ctrl-C, or the input has ended.
pub(in crate::commands) fn asked() -> Result<Secret> {
    say!("This needs an access token of yours, with the scope `create_runner`. GitLab makes one at");
    say!("  your picture, Edit profile, Access tokens. It is kept nowhere.");
    prompt::until(|| gitlab::check_user_token(&prompt::hidden("Access token (not shown)")?))
}
