//! The volume that outlives the container: what gitlab-runner works with, into which it writes the tokens that GitLab
//! renews, and the ID by which GitLab knows this machine. What lies in it, and what wins where the secret has become
//! another, says the image's `runner`, which makes it; podman makes the volume with the container, and systemd in it gives
//! the folder to gitlab-runner alone.
//!
//! A container from before has them on its own disk ([`super::copies`]). One that is made in its place gets the volume
//! where its image says so, and what is on that disk comes into it before the container goes: in one step, by a link, so
//! that cut off anywhere the volume has nothing or all, and the container is still there to be asked again.

use super::copies::FOLDER;
use super::recreate::command::{Command, Opt};
use super::stopping::Jobs;
use super::written_before;
use crate::host::podman::{self, Container};
use crate::host::{Host, systemd};
use crate::names::{FIRST, Names};
use crate::plan::Action;
use crate::problem::Result;
use crate::secret::Secret;

/// `$1` is a container, `$2` the volume. Whose the files are, the folder says: systemd gives both to gitlab-runner.
const MOVE: &str = "set -eu; umask 077
podman volume exists \"$2\" || podman volume create \"$2\" >/dev/null
to=$(podman volume inspect --format '{{.Mountpoint}}' \"$2\")
at=$(podman mount \"$1\"); trap 'podman unmount \"$1\" >/dev/null' EXIT
from=$at/var/lib/gitlab-runner
[ -s \"$from/config.toml\" ] || exit 0
agreed=$(dirname \"$(readlink -f \"$from/config.toml\")\")/agreed
[ -s \"$agreed\" ] || agreed=$from/secret
new=$(mktemp -d \"$to/agreed.XXXXXX\"); trap 'rm -rf \"$new\"; podman unmount \"$1\" >/dev/null' EXIT
cp \"$agreed\" \"$new/agreed\"; cp \"$from/config.toml\" \"$new/config.toml\"
ln -s \"${new##*/}/config.toml\" \"$new/link\"
chown -R --reference=\"$to\" \"$new\"; sync \"$new/agreed\" \"$new/config.toml\"
mv -T \"$new/link\" \"$to/config.toml\"
trap 'podman unmount \"$1\" >/dev/null' EXIT
find \"$to\" -maxdepth 1 -name 'agreed.*' ! -path \"$new\" -exec rm -rf {} +";

/// Returns the folder of this machine in which a container keeps its state beyond its own life; `None` where it does not.
pub fn folder(container: &Container) -> Option<&str> {
    let mounts = container.inspect.0["Mounts"].as_array()?;
    mounts.iter().find(|mount| mount["Destination"] == FOLDER)?["Source"].as_str()
}

/// Returns whether a command that makes a container mounts it.
pub fn is_in(command: &Command) -> bool {
    command.options.iter().any(|option| option.is(&["volume", "mount"]) && option.text().contains(FOLDER))
}

/// Returns whether a container that is made of this image (its ID) in the place of another gets the volume, which that one
/// does not have.
///
/// # Errors
/// podman fails.
pub fn comes(host: &dyn Host, old: &Container, image: &str) -> Result<bool> {
    if folder(old).is_some() || image.is_empty() {
        return Ok(false);
    }
    let run = podman::image(host, image)?.and_then(|image| image.labels.get("run").cloned());
    Ok(run.is_some_and(|run| run.contains(&mount(&FIRST))))
}

/// Returns whether what a container has outlives its re-creation: it has the volume, or gets it then.
///
/// # Errors
/// podman fails.
pub fn outlives(host: &dyn Host, container: &Container) -> Result<bool> {
    Ok(folder(container).is_some() || comes(host, container, &container.image_id)?)
}

fn mount(names: &Names) -> String {
    format!("{}:{FOLDER}", names.state)
}

/// Has a command mount the volume; returns the field of `podman inspect` in which its container differs for it.
pub fn mounted(names: &Names, command: &mut Command) -> String {
    if !is_in(command) {
        command.options.push(Opt::new("--volume", mount(names)));
    }
    format!("mount {FOLDER}")
}

/// Plans the stop of a container that goes after it, or with it, in whose place one with the volume [`comes`]: what it has
/// comes into the volume while it is there, and gitlab-runner has ended.
pub fn moved(names: &Names, name: &str, old: &Container, jobs: Jobs, stop: Vec<Action>) -> Vec<Action> {
    let moves = Action::Run(podman::unshared(&["sh", "-c", MOVE, "sh", name, &names.state]));
    if old.never_ran() {
        return stop;
    }
    if !old.auto_remove && old.unit.is_none() {
        return stop.into_iter().chain([moves]).collect();
    }
    let drains = old.running() && matches!(jobs, Jobs::Wait | Jobs::End);
    let drain = drains.then(|| Action::Drain { name: name.to_owned(), end: jobs == Jobs::End });
    drain.into_iter().chain([moves]).chain(stop).collect()
}

/// Plans the restart of a container `by` its unit; where an earlier pipglr has written that unit it is renewed, and where
/// one with the volume [`comes`], a quadlet says so from then on.
///
/// # Errors
/// podman fails.
pub fn restarted(
    host: &dyn Host,
    name: &str,
    old: &Container,
    unit: &str,
    image: &str,
    jobs: Jobs,
    by: Vec<Action>,
) -> Result<Vec<Action>> {
    let unit = systemd::unit(host, unit)?;
    let Some(text) = written_before::text(host, &unit) else { return Ok(by) };
    let gets_state = unit.is_quadlet() && !text.contains(FOLDER) && comes(host, old, image)?;
    let mut new = written_before::renewed(&text).map_or_else(|| text.clone(), |renewed| renewed.text);
    if gets_state {
        new = mounting(host.names(), &new);
    }
    if new == text {
        return Ok(by);
    }
    let put = [Action::Save { path: unit.file, text: Secret::new(new) }, Action::Run(systemd::reload())];
    let by = put.into_iter().chain(by).collect();
    Ok(if gets_state { moved(host.names(), name, old, jobs, by) } else { by })
}

fn mounting(names: &Names, text: &str) -> String {
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    let at = lines.iter().position(|known| known.starts_with("ContainerName=")).map_or(lines.len(), |at| at + 1);
    lines.insert(at, format!("PodmanArgs=--volume {}", mount(names)));
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_one_that_a_shell_can_read() {
        assert!(crate::text::shell::is_readable(MOVE));
    }

    #[test]
    fn a_quadlet_from_before_mounts_it_and_stays_what_it_is() {
        let text = format!("{}\n[Container]\nContainerName=x\nImage=i\nPodmanArgs=--tty\n", written_before::WRITTEN);
        assert_eq!(
            mounting(&FIRST, &text),
            text.replace("=x\n", "=x\nPodmanArgs=--volume pipglr-state:/var/lib/gitlab-runner\n")
        );
    }
}
