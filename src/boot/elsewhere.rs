//! What [`super::first`] puts on this host, as texts for another, which is asked there what it has.

use super::{files, quadlet, waking};
use crate::container::recreate::command::Command;
use crate::container::recreate::resolve;
use crate::container::{recreate, state_volume};
use crate::host::Cmd;
use crate::host::podman::Container;
use crate::problem::Result;
use crate::target::Target;
use serde_json::Value;

/// The files that have a container started when its machine is. Where one has the user's own folder it says `%h`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The quadlet, and the command that makes the container without it again; `None` where none can run it. podman knows
    /// all of it from 5.0 on.
    pub quadlet: Option<[String; 2]>,
    /// The unit that starts a container that is there.
    pub unit: String,
    /// Where podman's generator of units may be.
    pub generators: &'static [&'static str],
}

/// Returns them for the container that this command of the image's label makes. `expires`: so does a token of it.
///
/// # Errors
/// podman fails.
pub fn for_another_host(target: &Target, run: &Cmd, expires: bool) -> Result<Files> {
    let (host, name) = (&*target.host, target.name.as_str());
    let home = host.user().home.display().to_string();
    let words: Vec<_> = std::iter::once(run.program.clone()).chain(run.args.iter().cloned()).collect();
    let command = Command::parse(&words)
        .filter(|command| quadlet::cannot(command).is_none() && (!expires || state_volume::is_in(command)));
    let quadlet = match command {
        None => None,
        Some(command) => {
            let made = resolve::resolved(host, command, &Value::Null)?;
            let text = quadlet::of(host, name, &made, &Value::Null).text;
            let before = recreate::written(&recreate::create(&made, name));
            Some([text.replace(&home, "%h"), before.expose_str().to_owned()])
        }
    };
    let container = Container { name: name.to_owned(), stop_timeout: u64::MAX, ..Container::default() };
    Ok(Files { quadlet, unit: waking::text("podman", &container), generators: &files::GENERATORS })
}
