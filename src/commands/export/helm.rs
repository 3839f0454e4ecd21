//! `pipglr export helm`.

use super::{From, write};
use crate::commands::Context;
use crate::export::File;
use crate::export::helm::{self, Release};
use crate::problem::{Exit, Problem, Result};
use std::path::{Path, PathBuf};

/// What `export helm` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder; without it, or with `-`, standard output
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    #[command(flatten)]
    from: From,
}

/// Examples of its `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  pipglr export helm DIR                 # values-NAME.yaml and secret-NAME.yaml of each runner
  pipglr export helm > values.yaml       # where there is one runner

There: fill in secret-NAME.yaml, kubectl apply -f it, then helm install NAME gitlab/gitlab-runner -f values-NAME.yaml";

/// Writes the values, and says what did not go over.
///
/// # Errors
/// The host or the answers cannot be read, nothing is registered, or nothing can be written.
pub(super) fn run(args: &Args, context: &Context) -> Result<Exit> {
    let source = args.from.source(context)?;
    let config = source.config.ok_or_else(|| {
        let what = "There is no configuration: nothing is registered on this host.";
        Problem::usage(what, "Run it where the runner is, or give `--answers FILE` with `config_file` in it.")
    })?;
    let releases = helm::releases(&config)?;
    match (args.folder.as_deref().filter(|folder| *folder != Path::new("-")), releases.as_slice()) {
        (Some(folder), _) => {
            let files: Vec<File> =
                releases.iter().flat_map(|release| [release.values.clone(), release.secret.clone()]).collect();
            write::folder(folder, &files, args.from.force)?;
        }
        (None, [release]) => write::text(None, &whole(release), false)?,
        (None, _) => {
            let what = format!("There are {} runners, and each is a release with values of its own.", releases.len());
            return Err(Problem::usage(what, "Name a folder: `pipglr export helm DIR`."));
        }
    }
    for release in &releases {
        for note in &release.notes {
            complain!("pipglr: {}: {note}", release.name);
        }
    }
    Ok(Exit::Done)
}

/// The values, and the Secret's manifest behind them as a comment.
fn whole(release: &Release) -> String {
    let secret: String = release.secret.text.lines().map(|line| format!("# {line}\n")).collect();
    format!("{}# {}:\n{secret}", release.values.text, release.secret.path)
}
