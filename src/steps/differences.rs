//! What a host that is set up has otherwise than the answers say, and setup does not change.

use super::Setup;
use crate::answers::Answers;
use crate::config::document;
use crate::host::podman;
use crate::problem::Result;
use crate::text::sanitize::sanitize;
use crate::{boot, gitlab, names};

/// Returns what the answers ask for and a finished host has otherwise: said, with what changes it, and not done behind
/// somebody's back. `answered`: the answers are today's, and not those of an earlier run.
///
/// # Errors
/// podman fails, or the secret is no configuration.
pub fn differences(setup: &Setup, answered: bool) -> Result<Vec<String>> {
    // What an earlier run was answered is no answer of today's: the host has changed since, as somebody wished.
    let (none, given) = (Answers::default(), &setup.wants.answers);
    let answers = if answered { given } else { &none };
    let (host, mut notes) = (&*setup.target.host, Vec::new());
    let text = podman::secret_content(host, &host.names().config, &setup.target.image)?;
    let config = document::read(text.expose_str())?;
    let same = |one: &str, other: &str| one.trim_end_matches('/') == other.trim_end_matches('/');
    if let Some(wanted) = &answers.gitlab_url
        && !config.runners.is_empty()
        && !config.runners.iter().any(|runner| same(&runner.url, wanted))
    {
        let found = sanitize(&config.runners[0].url);
        notes.push(format!(
            "the runner is registered at {found}, the answers say {wanted}: a runner of another server is another one. \
             `podman secret rm config.toml`, then `pipglr setup` with a token of that server, makes it."
        ));
    }
    if let Some(wanted) = answers.runners
        && config.runners.len() < wanted as usize
        && config.runners.iter().any(|runner| !gitlab::TokenKind::of(&runner.token).registers_once())
    {
        notes.push(format!(
            "there are {} registrations, the answers say {wanted}: for more jobs at once `pipglr edit` raises concurrent.",
            config.runners.len()
        ));
    }
    if answers.start_at_boot == Some(false) && boot::starts(host, &setup.target.name) {
        notes.push(format!(
            "it starts at boot, the answers say no: `{}` changes it.",
            names::typed("boot disable", &setup.target.name)
        ));
    }
    let named = answered || given.image.as_ref() != Some(&setup.target.image);
    if let Some(container) =
        podman::container(host, &setup.target.name)?.filter(|found| named && found.image != setup.target.image)
    {
        notes.push(format!(
            "the container runs {}, asked for is {}: `podman rm -f {}`, then again, makes it of that.",
            container.image, setup.target.image, setup.target.name
        ));
    }
    Ok(notes)
}
