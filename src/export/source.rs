//! What an export takes along: the answers of a file, or what this host has.

use super::portable::{self, Portable};
use crate::answers::{Allow, Answers, SYSTEM_STORE};
use crate::boot;
use crate::config::document;
use crate::container::recreate::command::{Command, Opt};
use crate::host::Host;
use crate::host::podman::{self, Image};
use crate::image::label;
use crate::problem::Result;
use crate::secret::Secret;
use crate::steps::{Setup, authority, configuration, registration};
use crate::text::mask;
use std::path::Path;

/// The certificates of authorities that GitLab is trusted by, besides the image's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// Those that the system there trusts.
    System,
    /// These, in PEM form.
    Pem(String),
}

/// What an export takes along.
pub struct Source {
    /// The image and the container by name, and the answers: what is true of any host. No path is in them.
    pub setup: Setup,
    /// The image on this machine; where there is none, the labels that this program carries.
    pub image: Image,
    /// The configuration as it is; `None` where nothing was registered yet.
    pub config: Option<Secret>,
    /// The same for another host, without its secrets.
    pub portable: Option<Portable>,
    /// An authority of one's own.
    pub authority: Option<Authority>,
    /// The options that the container here was made with besides those of the image's command, as they are shown.
    pub added: Vec<String>,
}

impl Source {
    /// Looks at the answers of a file (`answered`), else at this host.
    ///
    /// # Errors
    /// A file that is named cannot be read, podman fails, or the configuration is not one.
    pub fn look(setup: &Setup, answered: bool) -> Result<Self> {
        let host = &*setup.target.host;
        let config = if answered { of_answers(host, &setup.wants.answers)? } else { of_host(setup)? };
        let own_name = registration::description(&without_name(setup));
        let portable = config.as_ref().map(|text| portable::of(text.expose_str(), &own_name)).transpose()?;
        let authority = authority(setup, answered)?;
        let mut setup = setup.clone();
        setup.wants.answers = answers(&setup.wants.answers, portable.as_ref(), &own_name);
        let image = setup.target.found_image().ok().flatten().unwrap_or_else(carried);
        if !answered && setup.wants.answers.start_at_boot.is_none() && podman::version(host).is_ok() {
            setup.wants.answers.start_at_boot = boot::starts(host, &setup.target.name).then_some(true);
        }
        let added = if answered { vec![] } else { added(&setup, &image)? };
        Ok(Self { setup, image, config, portable, authority, added })
    }

    /// Returns whether a token of it expires.
    pub fn expires(&self) -> bool {
        let of = |text: &Secret| {
            document::read(text.expose_str())
                .is_ok_and(|read| read.runners.iter().any(|runner| runner.token_expires_at.is_some()))
        };
        self.config.as_ref().is_some_and(of)
    }

    /// Returns how many registrations are wanted.
    pub fn registrations(&self) -> usize {
        let asked = self.setup.wants.answers.registrations() as usize;
        self.portable.as_ref().map_or(asked, |portable| portable.runners.len())
    }
}

fn without_name(setup: &Setup) -> Setup {
    let mut setup = setup.clone();
    setup.wants.answers.description = None;
    setup
}

fn carried() -> Image {
    let labels = label::NAMES.map(|name| (name.to_owned(), label::carried(name)));
    Image { labels: labels.into(), ..Image::default() }
}

/// The configuration that the answers name.
fn of_answers(host: &dyn Host, answers: &Answers) -> Result<Option<Secret>> {
    let Some(path) = &answers.config_file else { return Ok(None) };
    let text = configuration::base(host, path)?;
    let text = answers.concurrent.map_or_else(|| Ok(text.clone()), |jobs| document::set_concurrent(&text, jobs))?;
    Ok(Some(Secret::new(text)))
}

/// The configuration that podman has; `None` where there is none, also where there is no podman yet.
fn of_host(setup: &Setup) -> Result<Option<Secret>> {
    let host = &*setup.target.host;
    if podman::version(host).is_err() || podman::secret_id(host, &host.names().config)?.is_none() {
        return Ok(None);
    }
    let text = podman::secret_content(host, &host.names().config, &setup.target.image)?;
    document::utf8(text.expose().to_vec(), Path::new("The secret config.toml"))?;
    Ok(Some(text))
}

fn authority(setup: &Setup, answered: bool) -> Result<Option<Authority>> {
    let host = &*setup.target.host;
    if setup.wants.answers.ca_file.as_deref() == Some(Path::new(SYSTEM_STORE)) {
        return Ok(Some(Authority::System));
    }
    if answered {
        let Some(path) = authority::file(setup)? else { return Ok(None) };
        let bytes = host.read_named(&path).unwrap_or_default();
        return Ok(Some(Authority::Pem(document::utf8(bytes, &path)?)));
    }
    if podman::version(host).is_err() || podman::secret_id(host, &host.names().authority)?.is_none() {
        return Ok(None);
    }
    let text = podman::secret_content(host, &host.names().authority, &setup.target.image)?;
    Ok(Some(Authority::Pem(document::utf8(text.expose().to_vec(), Path::new("The secret pipglr-ca"))?)))
}

/// The options of an admin's own: what the image's command does not have, and the answers do not say. A secret that is named so
/// is this host's, and so are a folder and a network.
fn added(setup: &Setup, image: &Image) -> Result<Vec<String>> {
    let (host, target) = (&*setup.target.host, &setup.target);
    if podman::version(host).is_err() {
        return Ok(vec![]);
    }
    let container = podman::container(host, &target.name)?;
    let by_unit = container.as_ref().is_some_and(|container| container.unit.is_some());
    let made = container.and_then(|container| Command::parse(&container.created_by));
    let label = label::read(image, &target.image, "run")?.of(host.names()).cmd();
    let words: Vec<_> = std::iter::once(label.program).chain(label.args).collect();
    let (Some(made), Some(label)) = (made, Command::parse(&words)) else { return Ok(vec![]) };
    let known = |option: &Opt| {
        option.is(&["detach", "name", "replace", "memory", "pids-limit"])
            || by_unit && boot::is_of_unit(host, &target.name, option)
            || option.is(&["secret"]) && option.text().split(',').any(|part| part == host.names().authority)
            || label.options.iter().any(|of| (of.name(), of.text()) == (option.name(), option.text()))
    };
    let added = made.options.iter().filter(|option| !known(option)).map(Opt::words);
    // Only what follows `podman` is known for options whose values are hidden.
    let shown =
        |words: Vec<String>| mask::command::shown(["podman"].into_iter().chain(words.iter().map(String::as_str)));
    Ok(added.map(|words| shown(words).trim_start_matches("podman ").to_owned()).collect())
}

/// The answers that are true of any host: no file of this one, and nothing that the configuration says itself.
fn answers(given: &Answers, portable: Option<&Portable>, own_name: &str) -> Answers {
    let mut answers = Answers {
        token_file: None,
        token_env: None,
        config_file: None,
        ca_file: None,
        allow: vec![Allow::Linger, Allow::IdRanges, Allow::Migrate],
        ..given.clone()
    };
    answers.description = answers.description.filter(|name| name != own_name);
    if let Some(portable) = portable {
        answers.concurrent = None;
        answers.runners = u32::try_from(portable.runners.len()).ok().filter(|n| *n > 1);
        let url = portable.runners.first().map(|runner| runner.url.clone()).filter(|url| !url.is_empty());
        answers.gitlab_url = url.or(answers.gitlab_url);
    }
    answers
}
