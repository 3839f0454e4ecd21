//! What there is of pipglr on a host, and of its runners in GitLab.

use super::ids;
use crate::api::registered::{self, Known};
use crate::api::{Place, creation};
use crate::boot::{self, By};
use crate::change::standing::{self, Standing};
use crate::config::document::{self, Runner};
use crate::container::recreate::{current, moved_name, next_name};
use crate::container::{copies, others as siblings};
use crate::host::podman::{self, Container};
use crate::host::{Host, Watch, logind, state_folder, systemd};
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::secret_store::{self, Store};
use crate::target::Target;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A unit that runs the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The unit.
    pub unit: systemd::Unit,
    /// The file that it is made of: a quadlet, or the unit's own.
    pub file: Option<PathBuf>,
    /// Whether that file is in the user's home, and his to remove.
    pub own: bool,
    /// Whether it is made by podman of a quadlet.
    pub generated: bool,
}

/// What there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The container.
    pub container: Option<Container>,
    /// The names of containers that an operation which was cut off has left.
    pub leftovers: Vec<String>,
    /// The unit that runs it.
    pub unit: Option<Unit>,
    /// The runners, and what GitLab says of each.
    pub runners: Vec<(Runner, Known)>,
    /// The token of the one that GitLab made for this host and that is not set up: no other machine can have it.
    pub created: Option<Secret>,
    /// Where GitLab was asked from.
    pub place: Place,
    /// The configuration, as gitlab-runner works with it.
    pub text: Option<Secret>,
    /// How it stands with the configuration.
    pub standing: Standing,
    /// The secrets that are there.
    pub secrets: Vec<String>,
    /// podman's store of them.
    pub store: Store,
    /// The volumes that are there.
    pub volumes: Vec<String>,
    /// The image's name, where it is there.
    pub image: Option<String>,
    /// What other containers of this user need of it: in words, and so it stays.
    pub shared: Vec<String>,
    /// Its files in the state folder; where it is the last container, all that are there.
    pub files: Vec<PathBuf>,
    /// Whether another container of pipglr's is here, or has files in the state folder.
    pub beside: bool,
    /// Whether the user lingers.
    pub lingers: bool,
    /// The ID ranges that can go.
    pub ids: Vec<ids::Extra>,
    /// Whether the user's containers are started at boot.
    pub at_boot: bool,
}

impl Found {
    /// Returns the runners that GitLab could not be asked about.
    pub fn unasked(&self) -> impl Iterator<Item = (&Runner, &str)> {
        self.runners.iter().filter_map(|(runner, known)| match known {
            Known::Unasked(why) => Some((runner, why.as_str())),
            _ => None,
        })
    }
}

/// Returns the runners that GitLab was not told about, and their file.
pub fn untold(host: &dyn Host) -> PathBuf {
    state_folder::work(host).join("unregister.toml")
}

/// Looks at all there is, and asks GitLab for each runner.
///
/// # Errors
/// The container is not pipglr's, podman fails, or the user has stopped it.
pub fn find(target: &Target, watch: &dyn Watch) -> Result<Found> {
    let (host, name) = (&*target.host, target.name.as_str());
    let container = current(host, name)?;
    if let Some(problem) = container.as_ref().and_then(|container| crate::container::foreign(host.names(), container)) {
        return Err(problem);
    }
    let image = image(target, container.as_ref())?;
    let place = Place::find(host, name, image.as_deref().unwrap_or(&target.image))?;
    let standing = standing::read_standing(target)?;
    let copies = container.as_ref().and_then(|container| copies::read_copies(host, container));
    let text = copies.map(|copies| copies.works().clone()).or_else(|| standing.held.text().cloned());
    let created = creation::waiting(host)?.map(|created| created.token);
    let mut runners = vec![];
    for runner in registered_ones(host, &standing, text.as_ref()) {
        let known = registered::known(host, &place, &runner, watch)?;
        runners.push((runner, known));
    }
    let own = [name.to_owned(), next_name(name), moved_name(name), format!("{name}-register")];
    let siblings = siblings::find(host)?;
    let others = others(host, &own)?;
    let (mut shared, mut secrets, mut volumes) = (vec![], vec![], vec![]);
    let user = |what: &str, needs: &dyn Fn(&Container) -> bool| {
        let user = others.iter().find(|other| needs(other))?;
        Some(format!("{what}: the container {} needs it", user.name))
    };
    for secret in host.names().secrets() {
        if podman::secret_id(host, secret)?.is_some() {
            let needs = |other: &Container| other.secrets.iter().any(|(held, _)| held == secret);
            match user(&format!("secret {secret}"), &needs) {
                Some(needed) => shared.push(needed),
                None => secrets.push(secret.to_owned()),
            }
        }
    }
    for volume in host.names().all_volumes() {
        if podman::volume(host, volume)?.is_some() {
            match user(&format!("volume {volume}"), &|other| other.volumes.iter().any(|used| used == volume)) {
                Some(needed) => shared.push(needed),
                None => volumes.push(volume.to_owned()),
            }
        }
    }
    let image = match image.map(|image| -> Result<_> { Ok((podman::image(host, &image)?, image)) }).transpose()? {
        Some((Some(found), image)) => match user(&format!("image {image}"), &|other| other.image_id == found.id) {
            Some(needed) => {
                shared.push(needed);
                None
            }
            None => Some(image),
        },
        _ => None,
    };
    let mut leftovers = vec![];
    for left in own.iter().filter(|left| container.as_ref().is_none_or(|there| there.name != **left)) {
        if podman::is_left_in_storage(host, left)? {
            leftovers.push(left.clone());
        }
    }
    // What the host has once, all containers need.
    let (mut lingers, mut ids) = (logind::lingers(host), ids::extra(host));
    if let Some(sibling) = siblings.first() {
        let of_host = [("linger", std::mem::take(&mut lingers)), ("ID ranges", !std::mem::take(&mut ids).is_empty())];
        let stays = of_host.iter().filter(|(_, there)| *there);
        shared.extend(stays.map(|(what, _)| format!("{what}: the container {} needs it", sibling.name)));
    }
    let beside = !siblings.is_empty() || state_folder::is_shared(host);
    Ok(Found {
        leftovers,
        unit: unit(host, name, container.as_ref())?,
        runners,
        created,
        place,
        secrets,
        store: secret_store::inspect(host)?,
        volumes,
        image,
        shared,
        files: files(host, beside)?,
        beside,
        lingers,
        ids,
        at_boot: systemd::unit(host, logind::BOOT_UNIT).is_ok_and(|unit| unit.wanted),
        container,
        text,
        standing,
    })
}

/// The image of the container, else the one that is meant; `None` where it is not there.
fn image(target: &Target, container: Option<&Container>) -> Result<Option<String>> {
    let named = container.map(|container| container.image.clone()).filter(|image| !image.is_empty());
    let image = named.unwrap_or_else(|| target.image.clone());
    Ok(podman::image(&*target.host, &image)?.map(|_| image))
}

/// Returns the runners of this host, with the tokens that they have now.
///
/// # Errors
/// podman fails.
pub fn registered_here(target: &Target) -> Result<Vec<Runner>> {
    let host = &*target.host;
    let standing = standing::read_standing(target)?;
    let container = current(host, &target.name)?;
    let copies = container.as_ref().and_then(|container| copies::read_copies(host, container));
    let text = copies.map(|copies| copies.works().clone()).or_else(|| standing.held.text().cloned());
    Ok(registered_ones(host, &standing, text.as_ref()))
}

/// The containers of this user beside ours.
fn others(host: &dyn Host, own: &[String]) -> Result<Vec<Container>> {
    let names = podman::all_containers(host)?;
    let others = names.iter().filter(|name| !own.contains(name)).map(|name| podman::container(host, name));
    Ok(others.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// The runners of the configuration that is worked with, of the one that waits, and those that GitLab was not told about.
fn registered_ones(host: &dyn Host, standing: &Standing, text: Option<&Secret>) -> Vec<Runner> {
    let untold = host.read(&untold(host)).ok().map(Secret::new);
    let mut runners: Vec<Runner> = vec![];
    for text in [text, standing.work.as_ref(), untold.as_ref()].into_iter().flatten() {
        // What is no TOML names no runner that could be told about.
        for runner in document::read(text.expose_str()).unwrap_or_default().runners {
            if !runners.iter().any(|known| known.token == runner.token) {
                runners.push(runner);
            }
        }
    }
    if let Ok(Some(created)) = creation::waiting(host)
        && !runners.iter().any(|known| known.token == created.token)
    {
        runners.push(Runner {
            name: format!("{}, not set up", created.id),
            url: created.server,
            token: created.token,
            ..Runner::default()
        });
    }
    runners
}

fn unit(host: &dyn Host, name: &str, container: Option<&Container>) -> Result<Option<Unit>> {
    let unit = match container.and_then(|container| container.unit.as_ref()) {
        Some(unit) => systemd::unit(host, unit)?,
        // Where no manager of units answers, none of them runs.
        None => match boot::look(host, name).ok().flatten() {
            Some(starter) if starter.by != By::PodmanRestart => starter.unit,
            _ => return Ok(None),
        },
    };
    let file = Some(unit.file.clone()).filter(|file| !file.as_os_str().is_empty());
    let own = file.as_ref().is_some_and(|file| file.starts_with(&host.user().home));
    let generated = unit.is_quadlet();
    Ok(Some(Unit { unit, file, own, generated }))
}

/// The container's files in the state folder, and what all share where there is none `beside`. The lock is no sign of
/// anything.
fn files(host: &dyn Host, beside: bool) -> Result<Vec<PathBuf>> {
    let state = &host.user().state;
    let list = |folder: &Path| match host.list(folder) {
        Ok(found) => Ok(found),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(vec![]),
        Err(e) => Err(Problem::new(
            format!("{} cannot be read: {e}.", folder.display()),
            "Make it readable for you, then try again.",
        )),
    };
    let (work, history, boot) = (state.join("work"), state.join("history"), state.join("boot"));
    let (mut files, names) = (vec![], host.names());
    for path in list(state)? {
        if (path == state_folder::answers(host) || !beside)
            && path != work
            && path != history
            && !path.ends_with("lock")
        {
            files.push(path);
        }
    }
    if beside {
        files.extend(
            list(&boot)?.into_iter().filter(|path| path.file_stem().is_some_and(|stem| *stem == *names.container)),
        );
    }
    let is_own = |path: &PathBuf| !names.are_first() || !state_folder::is_of_another(host, path);
    files.extend(list(&state_folder::work(host))?.into_iter().filter(is_own));
    files.extend(list(&state_folder::history(host))?.into_iter().filter(is_own));
    Ok(files)
}
