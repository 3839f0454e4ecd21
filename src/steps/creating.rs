//! A runner that GitLab makes for a user's access token, in place of a token that somebody carries over.

use super::{Setup, authority, registration};
use crate::api::Place;
use crate::api::creation::{self, Created, Wanted};
use crate::apply::{Progress, Sudo, apply};
use crate::container::foreign;
use crate::host::podman;
use crate::host::state_folder::Lock;
use crate::host::{Host, Watch};
use crate::names::typed;
use crate::problem::{Problem, Result};
use crate::secret::{Secret, Vault};
use crate::state;

/// Refuses where this account has a runner already, which setup would not register a second one beside.
///
/// # Errors
/// It has, or podman fails.
pub fn refuse_second(setup: &Setup) -> Result<()> {
    let (host, name) = (&*setup.target.host, &setup.target.name);
    // An empty one has nothing registered in it.
    if state::read_work(host)?.is_some_and(|text| !text.is_empty()) {
        return Err(Problem::usage(
            "A setup was begun here, and nothing was made.",
            format!("`{}` goes on with it.", typed("setup", name)),
        ));
    }
    if let Some(container) = podman::container(host, name)?
        && let Some(problem) = foreign(host.names(), &container)
    {
        return Err(problem);
    }
    if podman::secret_id(host, &host.names().config)?.is_some() {
        return Err(Problem::usage(
            "This host has a runner already, and nothing was made.",
            format!(
                "`{}` goes on where its setup was cut off. `{}` adds a [[runners]] with the token of another one, which \
                 `--no-setup` makes; for more jobs at once set `concurrent`.",
                typed("setup", name),
                typed("edit", name)
            ),
        ));
    }
    Ok(())
}

/// Returns whether an earlier run was cut off before GitLab's answer was there: it may have made one.
pub fn unanswered(host: &dyn Host) -> bool {
    host.read(&creation::file(host)).is_ok() && creation::waiting(host).is_ok_and(|waits| waits.is_none())
}

/// Returns what is to be said of one that may have been made.
pub const UNANSWERED: &str =
    "An earlier run was cut off before GitLab's answer came: GitLab's list of runners says whether it made one.";

/// Has GitLab make it; the caller holds the lock, as setup does. Its token is on the disk before anything else is done, and
/// is removed when it is registered.
///
/// # Errors
/// What is wanted makes no sense, another one waits, GitLab refuses, or the state folder cannot be written.
pub fn make(setup: &mut Setup, user: &Secret, wanted: &Wanted, watch: &dyn Progress) -> Result<Created> {
    wanted.refuse_nonsense()?;
    let server = registration::server(setup, setup.target.found_image()?.as_ref());
    let host = setup.target.host.clone();
    // One that somebody has put into the configuration by hand waits no more.
    if creation::waiting(&*host)?.is_some_and(|before| is_used(&*host, setup, &before)) {
        creation::forget(&*host)?;
    }
    // What the next run needs to know, should this one not come back.
    setup.wants.answers.gitlab_url = Some(server.clone());
    setup.wants.answers.description = Some(wanted.description.clone());
    state::save_answers(&*host, &setup.wants.answers)?;
    // GitLab is asked before step 3, which would store the authority: it is trusted here already.
    apply(&*host, &authority::store(setup)?.into(), &Vault::default(), Sudo::Silent, watch)?;
    let place = Place::without_container(&*host, &setup.target.image)?.trusting(authority::file(setup)?);
    creation::create(&*host, &place, &server, user, wanted, watch)
}

/// Whether the configuration has it, also the one on its way to the secret.
fn is_used(host: &dyn Host, setup: &Setup, created: &Created) -> bool {
    let has = |text: &[u8]| memchr::memmem::find(text, created.token.expose()).is_some();
    let stored = || podman::secret_content(host, &host.names().config, &setup.target.image).ok();
    state::read_work(host).ok().flatten().is_some_and(|text| has(&text))
        || stored().is_some_and(|text| has(text.expose()))
}

/// Deletes the one that waits, in GitLab and here.
///
/// # Errors
/// It is in use, GitLab cannot be asked, or refuses.
pub fn discard(setup: &Setup, created: &Created, watch: &dyn Watch) -> Result<()> {
    let host = &*setup.target.host;
    let _lock = Lock::take(host, "the deletion of a runner")?;
    if is_used(host, setup, created) {
        let advice = format!("`{}` unregisters it.", typed("teardown", &setup.target.name));
        return Err(Problem::usage(format!("The runner {} is set up here, and was not deleted.", created.id), advice));
    }
    let place = Place::find(host, &setup.target.name, &setup.target.image)?.trusting(authority::file(setup)?);
    creation::discard(host, &place, created, watch)
}
