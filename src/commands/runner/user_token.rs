//! The access token of a user: by pipe, from a file, or typed unseen; kept nowhere.

use crate::commands::prompt;
use crate::gitlab;
use crate::named_file;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use std::io::IsTerminal;
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
        let failed = |e: std::io::Error| {
            Problem::usage(format!("The access token cannot be read: {e}."), "Name its file, readable by you alone.")
        };
        let text = if self.token_stdin {
            named_file::read_stdin().and_then(named_file::text)
        } else if let Some(path) = &self.token_file {
            named_file::read_text(path)
        } else if std::io::stdin().is_terminal() {
            return asked();
        } else {
            return Err(Problem::usage(
                "An access token of yours is needed, and nobody is there to be asked.",
                "Give `--token-file FILE`, or pipe it in with `--token-stdin`.",
            ));
        };
        gitlab::check_user_token(&Zeroizing::new(text.map_err(failed)?))
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
