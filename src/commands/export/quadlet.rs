//! `pipglr export quadlet`.

use super::write;
use crate::boot;
use crate::commands::Context;
use crate::image::label;
use crate::names::{FIRST, Names};
use crate::problem::{Exit, Result};
use std::path::PathBuf;

/// What `export quadlet` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file; without it, or with `-`, standard output
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

/// Examples of its `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  pipglr export quadlet                     # of the container as it is, with your own options
  pipglr export quadlet pipglr.container

Its first lines say what it needs on the other host. `pipglr boot enable` installs the same here.";

/// Writes the quadlet. It is not installed.
///
/// # Errors
/// The container cannot be read, no quadlet can run it, or the file cannot be written.
pub(super) fn run(args: &Args, context: &Context) -> Result<Exit> {
    let target = context.target()?;
    let quadlet = boot::exported(&target)?;
    let shown = boot::shown(&quadlet);
    let text = format!("{}{shown}\n", needs(target.names(), &target.image));
    write::text(args.file.as_deref(), &text, args.force)?;
    if shown != quadlet {
        complain!("pipglr: secrets are masked in it: fill them in there");
    }
    if let Some(why) = boot::renewal(&target).filter(|_| !quadlet.contains(&target.host.names().state)) {
        complain!(
            "pipglr: such a unit recreates the container at each start, and {why}: `pipglr boot enable` makes another here"
        );
    }
    if text.contains("\nEnvironmentFile=") {
        complain!("pipglr: the file of its EnvironmentFile= holds this host's proxy variables, and is not exported");
    }
    Ok(Exit::Done)
}

/// What there must be before it is started, as comments.
fn needs(names: &Names, image: &str) -> String {
    let Names { container: name, config, .. } = names;
    format!(
        "# By `pipglr export quadlet`. On the other host, as the user who is to own the runner:\n\
         #   loginctl enable-linger; 65539 subordinate IDs (`pipglr check` says how); the image {image}\n\
         #   podman secret create {config} -    # the registered config.toml, by a pipe\n\
         #   {}\n#   {}\n\
         #   (umask 077; mkdir -p ~/.local/state/pipglr/boot); mkdir -p ~/.config/containers/systemd\n\
         # Then this file is ~/.config/containers/systemd/{name}.container:\n\
         #   systemctl --user daemon-reload && systemctl --user start {name}.service\n",
        label::carried("setupstorage").replace(&FIRST.storage, &names.storage),
        label::carried("setupcache").replace(&FIRST.cache, &names.cache),
    )
}
