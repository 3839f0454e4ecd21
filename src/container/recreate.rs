//! Recreates a container, so that it takes the secret as it is now: a restart keeps the old one (every version).
//!
//! It is made by the command it was made with before ([`command`]), so that an admin's own options stay, from any
//! folder ([`resolve`]), and by what only podman knows of it ([`carry`]); tried first under another name ([`probe`]) and
//! compared ([`compare`]): what is wrong, and what would be lost, is known before anything is changed.
//!
//! The new one is made beside the old one: where podman does not like the command, the old one still runs; and at
//! whatever moment it is all cut off, one of the two is there and knows the command. podman keeps the command with the
//! name in it, so the new one is made under the right name; for that moment the old one, which runs on, has another.

pub mod carry;
pub mod command;
pub mod compare;
mod kept;
mod networks;
pub mod onto;
mod plan;
mod probe;
pub mod resolve;

use super::{limits, state_volume};
use crate::host::podman::{self, Container};
use crate::host::{Cmd, Host};
use crate::names::Names;
use crate::plan::Action;
use crate::problem::{Problem, Result};
use crate::state;
use command::{Command, Opt};
pub use kept::{again, keep, read, written};
pub use plan::{Again, Wanted, plan};
pub use probe::Tried;
use resolve::Made;
use std::time::Duration;

/// Making a container may copy an image (podman 4.3 with the vfs driver).
const MAKE: Duration = Duration::from_secs(600);

/// Returns the name of the new container while the old one is there.
pub fn next_name(name: &str) -> String {
    format!("{name}-next")
}

/// Returns whether the container holds the secret with this ID: the ID changes with every new content, on every
/// version.
pub fn has_secret(container: &Container, id: &str) -> bool {
    container.secrets.iter().any(|(_, held)| held == id)
}

/// Returns the ID of the secret that the container was made with.
pub fn held<'a>(names: &Names, container: &'a Container) -> Option<&'a str> {
    container.secrets.iter().find(|(name, _)| *name == names.config).map(|(_, id)| id.as_str())
}

/// Returns the old one's name, while the new one is made under its own.
pub fn moved_name(name: &str) -> String {
    format!("{name}-replaced")
}

/// Returns the container of this name; where a change was cut off while it had another name for a moment, under that
/// one.
///
/// # Errors
/// podman fails.
pub fn current(host: &dyn Host, name: &str) -> Result<Option<Container>> {
    let container = podman::container(host, name)?;
    if container.as_ref().is_some_and(|container| !container.never_ran()) {
        return Ok(container);
    }
    Ok(podman::container(host, &moved_name(name))?.or(container))
}

/// Returns what removes the containers that a killed run was trying when it ended.
///
/// # Errors
/// podman fails.
pub fn clear_tried(host: &dyn Host, name: &str) -> Result<Vec<Action>> {
    let there = podman::all_containers(host)?;
    Ok(probe::left(host, name, &there).into_iter().map(|left| remove(left)).collect())
}

/// Goes on only where two containers are alike but for these fields.
///
/// # Errors
/// They are not, or podman fails.
pub fn assert_same(host: &dyn Host, old: &str, new: &str, but: &[String]) -> Result<()> {
    let gone =
        |name: &str| Problem::new(format!("The container {name} is gone."), "Run pipglr again: it goes on from there.");
    let inspect = |name: &str| podman::container(host, name)?.ok_or_else(|| gone(name));
    let (old, new) = (inspect(old)?, inspect(new)?);
    let differ: Vec<_> = differ(host, &old, &new)?
        .into_iter()
        .filter(|found| !but.contains(&found.field))
        .map(|found| found.words())
        .collect();
    if differ.is_empty() {
        return Ok(());
    }
    Err(Problem::new(
        "The new container is not as the old one; the old one was left as it is.",
        "Did somebody change it meanwhile? `pipglr config apply` looks again, and goes on.",
    )
    .said(differ))
}

/// The fields in which two containers differ.
fn differ(host: &dyn Host, old: &Container, new: &Container) -> Result<Vec<compare::Difference>> {
    Ok(compare::differences(&networks::known(host, old)?, &networks::known(host, new)?))
}

/// Returns what would be lost, as a problem for whoever cannot be asked.
pub fn would_lose(name: &str, losses: &[String]) -> Problem {
    Problem::new(
        format!("The container {name} cannot be recreated just as it is; nothing was changed."),
        "`pipglr config apply FILE` without `--yes`, on a terminal, asks whether that may be; or make the container \
         again by hand.",
    )
    .said(losses.to_vec())
}

/// Returns what makes room for a container of a name that none has, where podman's storage still holds one.
///
/// # Errors
/// podman fails.
pub fn clear(host: &dyn Host, name: &str) -> Result<Option<Action>> {
    Ok(podman::is_left_in_storage(host, name)?.then(|| remove(name)))
}

fn rename(from: &str, to: &str) -> Action {
    Action::Run(Cmd::podman(["rename", from, to]))
}

fn start(name: &str) -> Action {
    Action::Run(Cmd::podman(["start", name]))
}

/// Wherever it stands; one that is not there is no failure, on every version.
pub fn remove(name: &str) -> Action {
    Action::Run(Cmd::podman(["rm", "--force", name]))
}

/// Returns the command that makes a container as it is, tried under another name, but for the fields that are `meant` to
/// differ. Where it was made by another command, `made_by` is that one.
///
/// # Errors
/// There is no such command, podman does not take it, or it cannot be asked.
pub fn tried(
    host: &dyn Host,
    container: &Container,
    made_by: Option<Vec<String>>,
    label: Option<Cmd>,
    meant: &[String],
) -> Result<Tried> {
    let made_by = made_by.unwrap_or_else(|| container.created_by.clone());
    let mut command = command(host, &Container { created_by: made_by, ..container.clone() }, label)?;
    let mut meant = meant.to_vec();
    let changed = limits::of_again(&mut command, container, &limits::possible(host, &state::load_answers(host)).0);
    meant.extend(changed.fields);
    if state_volume::comes(host, container, &container.image_id)? {
        meant.push(state_volume::mounted(host.names(), &mut command));
    }
    probe::tried(host, &container.name, container, command, &meant)
}

/// The command that made a container: its own, else the label's; with the image as it was.
fn command(host: &dyn Host, container: &Container, label: Option<Cmd>) -> Result<Command> {
    if let Some(mut command) = Command::parse(&container.created_by) {
        // One that was made before there was an authority of one's own is to trust it from now on.
        let is_authority = |word: &str| word.split(',').next() == Some(host.names().authority.as_str());
        let wanted = label.as_ref().and_then(|label| label.args.iter().find(|word| is_authority(word)));
        let there = command.options.iter().any(|option| option.name() == "secret" && is_authority(option.text()));
        if let (Some(word), false) = (wanted, there) {
            command.options.push(Opt::new("--secret", word));
        }
        if !command.has("rootfs") && !container.image_id.is_empty() {
            // The name may mean a newer image by now, and a change of the configuration is none of the image.
            let named = podman::image(host, &command.image)?.map(|image| image.id);
            if named.as_ref() != Some(&container.image_id) {
                command.image.clone_from(&container.image_id);
            }
        }
        return Ok(command);
    }
    let label = label.map(|cmd| std::iter::once(cmd.program).chain(cmd.args).collect::<Vec<_>>());
    label.and_then(|words| Command::parse(&words)).ok_or_else(|| {
        Problem::new(
            "The container was not made by `podman run`, so it cannot be recreated as it was.",
            "Make it again the way it was made; it takes the new configuration then.",
        )
    })
}

/// Returns what makes a container of this name.
pub fn create(made: &Made, name: &str) -> Cmd {
    Cmd::podman(made.command.create(name)).timeout(Some(MAKE)).env(made.env.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_host::Recorded;
    use crate::host::podman::tests::recorded;

    /// What makes this container again where the name of its image means the image with this ID.
    fn made_again(container: &Container, named: &str, id: &str) -> String {
        let found = serde_json::json!([{"Id": id, "Labels": {}, "Config": {}}]).to_string();
        let host = Recorded::debian().says(&format!("podman image inspect {named}"), 0, &found);
        let command = command(&host, container, None).unwrap();
        create(&resolve::resolved(&host, command, &container.inspect.0).unwrap(), "pipglr").shell()
    }

    #[test]
    fn what_podman_recorded_makes_the_same_container() {
        for version in ["4.3", "5.4"] {
            let ours = recorded(&format!("runlabel-{version}"));
            assert_eq!(
                made_again(&ours, &ours.image, &ours.image_id),
                "podman create --name pipglr -t '--systemd=always' --privileged --device /dev/fuse --device /dev/net/tun \
                 --secret 'config.toml,uid=1001,gid=1001,mode=0400' -v pipglr-storage:/home/podman/.local/share/containers \
                 -v pipglr-cache:/cache --log-driver k8s-file --log-opt 'max-size=50mb' --stop-timeout 3660 --restart always \
                 registry.gitlab.com/qontainers/pipglr:latest"
            );
            let admin = recorded(&format!("admin-{version}"));
            assert_eq!(
                made_again(&admin, &admin.image, &admin.image_id),
                "podman create --name pipglr -t -e 'FOO=bar' --label 'mine=a b' -v /home/johndoe/extra:/extra \
                 -v pipglr-cache:/cache --secret 'config.toml,uid=1001,gid=1001,mode=0400' --rm \
                 registry.gitlab.com/qontainers/pipglr:latest sleep 999"
            );
        }
    }

    #[test]
    fn a_command_made_again_and_again_stays_the_same() {
        for name in ["runlabel-4.3", "runlabel-5.4", "admin-4.3", "admin-5.4"] {
            let container = recorded(name);
            let once = made_again(&container, &container.image, &container.image_id);
            let created_by = shlex::split(&once).unwrap();
            assert_eq!(
                made_again(&Container { created_by, ..container.clone() }, &container.image, &container.image_id),
                once
            );
        }
    }

    #[test]
    fn the_image_is_found_however_it_was_named() {
        let id = "ab".repeat(32);
        for image in ["localhost/pipglr:latest", "localhost/pipglr", "pipglr", "pipglr:latest", "abababababababab"] {
            // The name of the container, its host's, and what stands behind the image, are no image.
            let words = format!("podman run --name pipglr -d -h pipglr {image} /bin/sh -d");
            let created_by = shlex::split(&words).unwrap();
            let container = Container { created_by, image_id: id.clone(), ..Container::default() };
            let made = |image: &str| format!("podman create --name pipglr -h pipglr {image} /bin/sh -d");
            assert_eq!(made_again(&container, image, &id), made(image));
            // It means a newer one by now, or nothing: the image stays all the same.
            assert_eq!(made_again(&container, image, "cdcd"), made(&id));
            assert_eq!(made_again(&container, "another", &id), made(&id));
        }
    }
}
