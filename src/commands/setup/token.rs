//! The token of step 3, from where the answers say it is.

use super::Args;
use crate::gitlab;
use crate::named_file;
use crate::problem::{Problem, Result};
use crate::steps::{Setup, registration};
use zeroize::Zeroizing;

/// The text with the token, from where the answers say it is.
pub(super) fn given(setup: &Setup, args: &Args) -> Result<Option<Zeroizing<String>>> {
    let mut text = Zeroizing::new(String::new());
    if args.token_stdin {
        *text = named_file::read_stdin().and_then(named_file::text).map_err(|e| {
            Problem::usage(
                format!("The token cannot be read from standard input: {e}."),
                "Pipe it in: `pipglr setup --token-stdin < FILE`.",
            )
        })?;
    } else if let Some(path) = &setup.wants.answers.token_file {
        let bytes = setup.target.host.read_named(path).map_err(|e| {
            Problem::usage(
                format!("`token_file` {} cannot be read: {e}.", path.display()),
                "Put the token there, readable by you alone (chmod 600).",
            )
        })?;
        text.push_str(&String::from_utf8_lossy(&Zeroizing::new(bytes)));
    } else if let Some(name) = &setup.wants.answers.token_env {
        text.push_str(&std::env::var(name).map_err(|_| {
            Problem::usage(
                format!("`token_env` names the variable {name}, which is not set."),
                format!("Set {name} to the token."),
            )
        })?);
    } else {
        return Ok(None);
    }
    Ok(Some(text))
}

/// Returns what is wrong where there is none.
pub(super) fn missing(setup: &Setup) -> Result<Problem> {
    let server = registration::server(setup, setup.target.found_image()?.as_ref());
    let what = format!("An answer is missing: {}.", registration::ASKED);
    let advice = "Add `token_file` (or `token_env`) to the answers, or pipe it in with `--token-stdin`.";
    let advice: Vec<String> = [advice.to_owned()].into_iter().chain(gitlab::where_it_is_had(&server)).collect();
    Ok(Problem::usage(what, advice.join("\n")))
}
