//! Recreates a container, so that it takes the secret as it is now: a restart keeps the old one (every version).
//!
//! It is made by the command it was made with before ([`command`]), so that an admin's own options stay, from any
//! folder ([`resolve`]), and by what only podman knows of it ([`carry`]); tried first under another name ([`probe`]) and compared ([`compare`]): what is
//! wrong, and what would be lost, is known before anything is changed.
//!
//! The new one is made beside the old one: where podman does not like the command, the old one still runs; and at
//! whatever moment it is all cut off, one of the two is there and knows the command. podman keeps the command with the
//! name in it, so the new one is made under the right name; for that moment the old one, which runs on, has another.

pub mod carry;
pub mod command;
pub mod compare;
mod networks;
pub mod onto;
mod probe;
pub mod resolve;

use super::stopping::{self, Jobs};
use super::{limits, older_network, pausing, state_volume};
use crate::host::podman::{self, Container};
use crate::host::{Cmd, Host, state_folder};
use crate::names::Names;
use crate::plan::Action;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::state;
use crate::target::Target;
use command::{Command, Opt};
use onto::Onto;
pub use probe::Tried;
use resolve::Made;
use std::path::PathBuf;
use std::time::Duration;

/// Making a container may copy an image (podman 4.3 with the vfs driver).
const MAKE: Duration = Duration::from_secs(600);
/// The name of the new container while the old one is there.
pub fn next_name(name: &str) -> String {
    format!("{name}-next")
}

/// Whether the container holds the secret with this ID: the ID changes with every new content, on every version.
pub fn has_secret(container: &Container, id: &str) -> bool {
    container.secrets.iter().any(|(_, held)| held == id)
}

/// Returns the ID of the secret that the container was made with.
pub fn held<'a>(names: &Names, container: &'a Container) -> Option<&'a str> {
    container.secrets.iter().find(|(name, _)| *name == names.config).map(|(_, id)| id.as_str())
}

/// The old one's name, while the new one is made under its own.
pub fn moved_name(name: &str) -> String {
    format!("{name}-replaced")
}

/// The container of this name; where a change was cut off while it had another name for a moment, under that one.
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

/// What makes a container run with the secret as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Again {
    /// How. Empty: it does.
    pub actions: Vec<Action>,
    /// What the user should know before.
    pub warnings: Vec<String>,
    /// What the new one would lack, in words: nothing of it can be carried over.
    pub losses: Vec<String>,
    /// Of a container with `--privileged`: whether the new one has it, too.
    pub privileged: Option<bool>,
}

/// A container that is to run, and with what.
#[derive(Clone)]
pub struct Wanted<'a> {
    /// The machine, and the container's name.
    pub target: &'a Target,
    /// The [`current`] one.
    pub container: Option<&'a Container>,
    /// The secret's ID; `None` where it is about to be replaced.
    pub secret: Option<&'a str>,
    /// The `run` label's command, for a container that was not made by a command.
    pub label: Option<Cmd>,
    /// What becomes of running jobs.
    pub jobs: Jobs,
    /// Whether gitlab-runner was seen at work, so that it is not paused.
    pub works: bool,
    /// The image that it is to be made of, where that is another than its own.
    pub onto: Option<&'a Onto>,
}

impl<'a> Wanted<'a> {
    /// Returns the wish for the container with the secret that is about to be stored; its jobs are waited for.
    pub fn of(target: &'a Target, container: Option<&'a Container>) -> Self {
        Self { target, container, secret: None, label: None, jobs: Jobs::Wait, works: false, onto: None }
    }
}

/// What makes the container run with the secret as it is now: nothing where it does, a start where it only stands, and
/// else it is recreated; also where an earlier run was cut off in the midst of that, or podman was killed before the
/// container ran. Where there is no container and never was one, nothing.
///
/// # Errors
/// podman fails, does not take the command, or there is none to make it with.
pub fn plan(wanted: Wanted) -> Result<Again> {
    let Wanted { target, container, secret, label, jobs, works, onto } = wanted;
    let (host, name) = (&*target.host, target.name.as_str());
    let (next_name, moved_name) = (next_name(name), moved_name(name));
    let there = podman::all_containers(host)?;
    let is_there = |name: &str| there.iter().any(|found| found == name);
    let next = if is_there(&next_name) { podman::container(host, &next_name)? } else { None };
    let has = |container: &Container| {
        secret.is_some_and(|id| has_secret(container, id)) && onto.is_none_or(|onto| onto.is_of(container))
    };
    let mut again = Again::default();
    let actions = &mut again.actions;
    if let Some(old) = container.filter(|container| !container.running())
        && older_network::is_gone(host, old)?
    {
        actions.push(Action::Run(podman::migrate()));
        again.warnings.push(match podman::running_containers(host)?.as_slice() {
            [] => {
                "The container is moved from slirp4netns to pasta by a migration, which stops no container: none runs."
                    .into()
            }
            names => format!(
                "The container is moved from slirp4netns to pasta by a migration, which stops {}.",
                names.join(", ")
            ),
        });
    }
    if container.is_some_and(|container| container.name == moved_name) {
        // What took its name was just made, or half made, and has never run.
        actions.extend(if is_there(name) { Some(remove(name)) } else { clear(host, name)? });
        actions.push(rename(&moved_name, name));
    }
    let carried = container
        .filter(|old| !works && old.running() && !has(old))
        .is_some_and(|_| pausing::goes_with_container(host, name));
    match (container, &next) {
        (Some(old), _) if !has(old) || old.never_ran() => match &old.unit {
            Some(unit) => {
                again
                    .warnings
                    .push(format!("The unit {unit} makes the container {name} again, as the unit's own file says."));
                actions.extend(onto.map(|onto| onto.named(host, &old.image)).transpose()?.flatten());
                let time = onto.filter(|_| jobs != Jobs::Failed).map(|_| onto::GREEN);
                let image = onto.map_or(&old.image_id, |onto| &onto.id);
                let by = stopping::restart(host, name, old, unit, jobs, time)?;
                actions.extend(state_volume::restarted(host, name, old, unit, image, jobs, by)?);
            }
            None => {
                let mut command = command(host, old, label)?;
                let mut but = vec![];
                if let Some(onto) = onto {
                    command.image = onto.word(host)?;
                    but = onto.fields(host, old)?;
                }
                let (answers, cannot) = limits::possible(host, &state::load_answers(host));
                again.warnings.extend(cannot);
                let changed = limits::of_again(&mut command, old, &answers);
                but.extend(changed.fields);
                let gets_state = state_volume::comes(host, old, onto.map_or(&old.image_id, |onto| &onto.id))?;
                but.extend(gets_state.then(|| state_volume::mounted(host.names(), &mut command)));
                let meant = |found: &compare::Difference| but.contains(&found.field);
                let fits = match &next {
                    Some(next) => has(next) && differ(host, old, next)?.iter().all(meant),
                    None => false,
                };
                again.warnings.extend(changed.words);
                again.privileged = changed.privileged;
                if !fits {
                    let made = probe::tried(host, name, old, command, &but)?;
                    actions.extend(if next.is_some() { Some(remove(&next_name)) } else { clear(host, &next_name)? });
                    actions.extend([rename(name, &moved_name), Action::Run(create(&made.made, name))]);
                    actions.extend([rename(name, &next_name), rename(&moved_name, name)]);
                    again.losses = made.losses.iter().map(compare::Difference::words).collect();
                    but.extend(made.losses.into_iter().map(|lost| lost.field));
                }
                actions.push(Action::SameContainer { old: name.into(), new: next_name.clone(), but });
                if old.paused() {
                    again.warnings.push(format!("The container {name} is paused: it goes on before it is stopped."));
                } else if !old.at_work() && !old.never_ran() {
                    again
                        .warnings
                        .push(format!("The container {name} does not run; it is started with the new configuration."));
                }
                let stop = if old.at_work() { stopping::stop(name, old, jobs) } else { vec![] };
                actions.extend(if gets_state {
                    state_volume::moved(host.names(), name, old, jobs, stop)
                } else {
                    stop
                });
                let by_force = old.auto_remove || old.never_ran();
                let gone = if jobs == Jobs::Failed {
                    Action::Run(podman::remove_at_once(name))
                } else if by_force {
                    remove(name)
                } else {
                    Action::Run(Cmd::podman(["rm", name]))
                };
                actions.extend([gone, rename(&next_name, name), start(name)]);
            }
        },
        (Some(current), _) => {
            if current.paused() {
                actions.push(Action::Run(Cmd::podman(["unpause", name])));
            } else if !current.running() {
                actions.extend(if current.at_work() { stopping::stop(name, current, jobs) } else { vec![] });
                actions.push(start(name));
            }
            actions.extend(next.is_some().then(|| remove(&next_name)));
        }
        // The old one was gone already when it was cut off.
        (None, Some(next)) if has(next) => actions.extend([rename(&next_name, name), start(name)]),
        (None, Some(next)) => {
            let made = resolve::resolved(host, command(host, next, label)?, &next.inspect.0)?;
            actions.extend(clear(host, name)?);
            actions.extend([Action::Run(create(&made, name)), start(name), remove(&next_name)]);
        }
        (None, None) => {}
    }
    if carried {
        again
            .warnings
            .push("The runner is paused, and stays so: an image from before pauses is told of it once more.".into());
        actions.push(Action::Run(pausing::carry_over(name)));
    }
    if container.is_some() || next.is_some() {
        again.actions.extend(probe::left(host, name, &there).into_iter().map(|left| remove(left)));
    }
    Ok(again)
}

/// What removes the containers that a killed run was trying when it ended.
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

/// What would be lost, as a problem for whoever cannot be asked.
pub fn would_lose(name: &str, losses: &[String]) -> Problem {
    Problem::new(
        format!("The container {name} cannot be recreated just as it is; nothing was changed."),
        "`pipglr config apply FILE` without `--yes`, on a terminal, asks whether that may be; or make the container \
         again by hand.",
    )
    .said(losses.to_vec())
}

/// What makes room for a container of a name that none has, where podman's storage still holds one.
///
/// # Errors
/// podman fails.
pub fn clear(host: &dyn Host, name: &str) -> Result<Option<Action>> {
    Ok(podman::is_left_in_storage(host, name)?.then(|| remove(name)))
}

/// Where the command of a container is kept that has to go before it can be recreated: with volumes recreated.
fn kept(host: &dyn Host) -> PathBuf {
    state_folder::work(host).join("container.json")
}

/// Keeps the command that makes this container again. It may hold what an admin put there, so it is kept as a secret.
/// `full`: there is no room on the disk to try it first.
///
/// # Errors
/// There is no such command, podman does not take it, or the container would lack something.
pub fn keep(host: &dyn Host, name: &str, container: &Container, label: Option<Cmd>, full: bool) -> Result<Action> {
    let mut command = command(host, container, label)?;
    let gets_state = state_volume::comes(host, container, &container.image_id)?;
    let meant = Vec::from_iter(gets_state.then(|| state_volume::mounted(host.names(), &mut command)));
    let made = if full {
        resolve::resolved(host, command, &container.inspect.0)?
    } else {
        let tried = probe::tried(host, name, container, command, &meant)?;
        if !tried.losses.is_empty() {
            return Err(would_lose(name, &tried.losses.iter().map(compare::Difference::words).collect::<Vec<_>>()));
        }
        tried.made
    };
    Ok(Action::Save { path: kept(host), text: written(&create(&made, name)) })
}

/// Returns a command that makes a container as it is kept in a file.
pub fn written(cmd: &Cmd) -> Secret {
    let env: Vec<_> = cmd.env.iter().map(|(name, value)| (name, value.as_ref().map(Secret::expose_str))).collect();
    Secret::new(serde_json::json!({"args": cmd.args, "env": env}).to_string())
}

/// Reads a command that was kept.
pub fn read(kept: &[u8]) -> Option<Cmd> {
    let value: serde_json::Value = serde_json::from_slice(kept).ok()?;
    let args: Vec<String> = serde_json::from_value(value["args"].clone()).ok()?;
    let env: Vec<(String, Option<String>)> = serde_json::from_value(value["env"].clone()).ok()?;
    let env = env.into_iter().map(|(name, value)| (name, value.map(Secret::new))).collect();
    Some(Cmd::podman(args).timeout(Some(MAKE)).env(env))
}

/// What makes the container again by its own command, where that was kept; and what forgets it.
///
/// # Errors
/// It was kept, and cannot be read.
pub fn again(host: &dyn Host, name: &str) -> Result<(Vec<Action>, Option<Action>)> {
    let path = kept(host);
    let failed = |why: String| {
        Problem::new(
            format!("{}, which makes the container {name} again as it was, cannot be read: {why}.", path.display()),
            "Make it readable for you, or remove it: the container is then made as the image says.",
        )
    };
    let bytes = match host.read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok((vec![], None)),
        Err(e) => return Err(failed(e.to_string())),
    };
    let cmd = read(&bytes).ok_or_else(|| failed("it is no command".into()))?;
    if !cmd.args.windows(2).any(|pair| pair[0] == "--name" && pair[1] == name) {
        return Ok((vec![], None)); // another container's
    }
    let make = [Action::Run(cmd), start(name)];
    Ok((clear(host, name)?.into_iter().chain(make).collect(), Some(Action::Remove(path))))
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
