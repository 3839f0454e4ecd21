//! A container made again, so that it takes the secret as it is now: a restart keeps the old one (facts/podman.md).
//!
//! It is made by the command it was made with before, so that an admin's own options stay. The new one is made beside
//! the old one first: where podman does not like the command, the old one still runs; and at whatever moment it is all
//! cut off, one of the two is there and knows the command.

use super::stopping::{self, Jobs};
use crate::host::podman::{self, Container};
use crate::host::{Cmd, Host};
use crate::plan::Action;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::steps::registration::CONFIG_SECRET;
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
    container.secrets.iter().any(|(name, held)| name == CONFIG_SECRET && held == id)
}

/// What makes the container run with the secret as it is now: nothing where it does, a start where it only stands, and
/// else it is made again; also where an earlier run was cut off in the midst of that, or podman was killed before the
/// container ran. Where there is no container and never was one, nothing.
///
/// `secret` is the secret's ID, `None` where it is about to be replaced; `label` the `run` label's command, for a
/// container that was not made by a command.
///
/// # Errors
/// podman fails, or there is no command to make it with.
pub fn plan(
    host: &dyn Host,
    name: &str,
    container: Option<&Container>,
    secret: Option<&str>,
    label: Option<Cmd>,
    jobs: Jobs,
) -> Result<Vec<Action>> {
    let next_name = next_name(name);
    let next = podman::container(host, &next_name)?;
    let has = |container: &Container| secret.is_some_and(|id| has_secret(container, id));
    Ok(match (container, &next) {
        (Some(old), _) if !has(old) || old.never_ran() => match &old.unit {
            Some(unit) => stopping::restart(host, name, old, unit, jobs)?,
            None => {
                let mut actions = vec![];
                if !next.as_ref().is_some_and(has) {
                    actions.extend(if next.is_some() { Some(remove(&next_name)) } else { clear(host, &next_name)? });
                    actions.push(Action::Run(create(&command(host, old, label)?, old, &next_name)));
                }
                if old.at_work() {
                    actions.extend(stopping::stop(name, old, jobs));
                }
                let by_force = old.auto_remove || old.never_ran();
                let gone = if by_force { remove(name) } else { Action::Run(Cmd::podman(["rm", name])) };
                actions.extend([gone, rename(&next_name, name), start(name)]);
                actions
            }
        },
        (Some(current), _) => {
            let mut actions = vec![];
            if !current.running() {
                actions.extend(if current.at_work() { stopping::stop(name, current, jobs) } else { vec![] });
                actions.push(start(name));
            }
            actions.extend(next.is_some().then(|| remove(&next_name)));
            actions
        }
        // The old one was gone already when it was cut off.
        (None, Some(next)) if has(next) => vec![rename(&next_name, name), start(name)],
        (None, Some(next)) => {
            let make = Action::Run(create(&command(host, next, label)?, next, name));
            clear(host, name)?.into_iter().chain([make, start(name), remove(&next_name)]).collect()
        }
        (None, None) => vec![],
    })
}

/// What makes room for a container of a name that none has, where podman's storage still holds one.
///
/// # Errors
/// podman fails.
pub fn clear(host: &dyn Host, name: &str) -> Result<Option<Action>> {
    Ok(podman::is_left_in_storage(host, name)?.then(|| remove(name)))
}

/// Where the command of a container is kept that has to go before it can be made again: with volumes made anew.
fn kept(host: &dyn Host) -> PathBuf {
    host.user().state.join("work/container.json")
}

/// Keeps the command that makes this container again. It may hold what an admin put there, so it is kept as a secret.
///
/// # Errors
/// There is no such command.
pub fn keep(host: &dyn Host, name: &str, container: &Container, label: Option<Cmd>) -> Result<Action> {
    let cmd = create(&command(host, container, label)?, container, name);
    Ok(Action::Save { path: kept(host), text: Secret::new(serde_json::Value::from(cmd.args).to_string()) })
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
    let args: Vec<String> = serde_json::from_slice(&bytes).map_err(|_| failed("it is no list of words".into()))?;
    if !args.windows(2).any(|pair| pair[0] == "--name" && pair[1] == name) {
        return Ok((vec![], None)); // another container's
    }
    let make = [Action::Run(Cmd::podman(args).timeout(Some(MAKE))), start(name)];
    Ok((clear(host, name)?.into_iter().chain(make).collect(), Some(Action::Remove(path))))
}

fn rename(from: &str, to: &str) -> Action {
    Action::Run(Cmd::podman(["rename", from, to]))
}

fn start(name: &str) -> Action {
    Action::Run(Cmd::podman(["start", name]))
}

/// Wherever it stands; one that is not there is no failure, on every version.
fn remove(name: &str) -> Action {
    Action::Run(Cmd::podman(["rm", "--force", name]))
}

/// The command that made a container: its own, else the label's.
fn command(host: &dyn Host, container: &Container, label: Option<Cmd>) -> Result<Vec<String>> {
    let by = &container.created_by;
    if by.iter().any(|word| word == "run" || word == "create") && !by.iter().any(|word| word == "kube") {
        let mut words = by.clone();
        "podman".clone_into(&mut words[0]); // through runlabel it is /proc/self/exe
        if let Some(at) = image_at(&words, container) {
            // The name may mean a newer image by now, and a change of the configuration is none of the image.
            let named = podman::image(host, &words[at])?.map(|image| image.id);
            if named.as_ref() != Some(&container.image_id) && !container.image_id.is_empty() {
                words[at].clone_from(&container.image_id);
            }
        }
        return Ok(words);
    }
    label.map(|cmd| std::iter::once(cmd.program).chain(cmd.args).collect()).ok_or_else(|| {
        Problem::new(
            "The container was not made by `podman run`, so it cannot be made again as it was.",
            "Make it again the way it was made; it takes the new configuration then.",
        )
    })
}

/// `podman run …` as `podman create …` with this name.
fn create(words: &[String], container: &Container, name: &str) -> Cmd {
    let verb = words.iter().position(|word| word == "run" || word == "create").unwrap_or(1);
    let image = image_at(words, container).unwrap_or(words.len()).max(verb + 1);
    let mut made: Vec<String> = words[1..verb].to_vec();
    made.extend(["create".to_owned(), "--name".to_owned(), name.to_owned()]);
    let mut options = words[verb + 1..image].iter();
    while let Some(option) = options.next() {
        let before = made.last().cloned().unwrap_or_default();
        match option.as_str() {
            "--name" => drop(options.next()),
            "-d" | "--detach" | "--sig-proxy" => {} // `run` has these, `create` does not
            word if ["--name=", "--detach=", "--sig-proxy="].iter().any(|option| word.starts_with(option)) => {}
            "--detach-keys" => drop(options.next()),
            word if is_flags(word) => made.push(word.replace('d', "")),
            word => made.push(absolute(&before, word, container)),
        }
    }
    made.extend_from_slice(&words[image..]);
    Cmd::podman(made).timeout(Some(MAKE))
}

/// Several one-letter flags with `d` among them: `-dt`.
fn is_flags(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|letters| {
        letters.len() > 1 && letters.contains('d') && letters.chars().all(|c| "ditqP".contains(c))
    })
}

/// A volume's path that was relative to a folder nobody knows any more: podman knows where it was.
fn absolute(option: &str, word: &str, container: &Container) -> String {
    let (option, value) = match word.split_once('=') {
        Some((option @ ("--volume" | "-v"), value)) => (option, value),
        _ => (option, word),
    };
    if !matches!(option, "-v" | "--volume") || !value.starts_with('.') {
        return word.to_owned();
    }
    let (_, rest) = value.split_once(':').unwrap_or((value, ""));
    let target = rest.split(':').next().unwrap_or_default();
    match container.binds.iter().find(|(_, there)| there == target) {
        Some((here, _)) => word.replacen(value, &format!("{here}:{rest}"), 1),
        None => word.to_owned(),
    }
}

/// Where in the command the image stands.
fn image_at(words: &[String], container: &Container) -> Option<usize> {
    let is = |word: &str| {
        !word.is_empty()
            && (word == container.image || format!("{word}:latest") == container.image || word == container.image_id)
    };
    let short = |word: &str| {
        !word.starts_with('-')
            && !word.is_empty()
            && (container.image.ends_with(&format!("/{word}"))
                || container.image.ends_with(&format!("/{word}:latest"))
                || (word.len() >= 12 && container.image_id.starts_with(word)))
    };
    let named = ["--name", "--hostname", "-h", "--network-alias", "--pod", "--label", "-l"];
    words
        .iter()
        .position(|word| is(word))
        .or_else(|| (2..words.len()).find(|at| short(&words[*at]) && !named.contains(&words[at - 1].as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::podman::tests::recorded;

    fn shell(words: &str, container: &Container, name: &str) -> String {
        create(&shlex::split(words).unwrap(), container, name).shell()
    }

    #[test]
    fn what_podman_recorded_makes_the_same_container() {
        for version in ["4.3", "5.4"] {
            let ours = recorded(&format!("runlabel-{version}"));
            assert_eq!(
                create(&ours.created_by, &ours, "pipglr-next").shell(),
                "podman create --name pipglr-next -t '--systemd=always' --privileged --device /dev/fuse --device /dev/net/tun \
                 --secret 'config.toml,uid=1001,gid=1001,mode=0400' -v pipglr-storage:/home/podman/.local/share/containers \
                 -v pipglr-cache:/cache --log-driver k8s-file --log-opt 'max-size=50mb' --stop-timeout 3660 --restart always \
                 registry.gitlab.com/qontainers/pipglr:latest"
            );
            let admin = recorded(&format!("admin-{version}"));
            assert_eq!(
                create(&admin.created_by, &admin, "pipglr-next").shell(),
                "podman create --name pipglr-next -t -e 'FOO=bar' --label 'mine=a b' -v /home/johndoe/extra:/extra \
                 -v pipglr-cache:/cache --secret 'config.toml,uid=1001,gid=1001,mode=0400' --rm \
                 registry.gitlab.com/qontainers/pipglr:latest sleep 999"
            );
        }
    }

    #[test]
    fn a_command_made_again_and_again_stays_the_same() {
        let container = recorded("admin-5.4");
        let once = create(&container.created_by, &container, "pipglr-next");
        let words: Vec<String> = std::iter::once(once.program.clone()).chain(once.args.clone()).collect();
        assert_eq!(create(&words, &container, "pipglr-next"), once);
    }

    #[test]
    fn the_image_is_found_however_it_was_named() {
        let container =
            Container { image: "localhost/pipglr:latest".into(), image_id: "ab".repeat(32), ..Container::default() };
        for image in ["localhost/pipglr:latest", "localhost/pipglr", "pipglr", "pipglr:latest", "abababababababab"] {
            // The name of the container, and what stands behind the image, are no image.
            let made = shell(&format!("podman run --name pipglr -d {image} /bin/sh -d"), &container, "x");
            assert_eq!(made, format!("podman create --name x {image} /bin/sh -d"));
        }
        let made = shell("podman --log-level debug run --name=a -itd --sig-proxy=false pipglr", &container, "x");
        assert_eq!(made, "podman --log-level debug create --name x -it pipglr");
    }
}
