//! What makes a container run with the secret as it is now, as a plan.

use super::onto::{self, Onto};
use super::start;
use super::{
    clear, command, compare, create, differ, has_secret, moved_name, next_name, probe, remove, rename, resolve,
};
use crate::container::stopping::{self, Jobs};
use crate::container::{limits, older_network, pausing, state_volume};
use crate::host::podman::{self, Container};
use crate::host::{Cmd, Host};
use crate::plan::Action;
use crate::problem::Result;
use crate::state;
use crate::target::Target;

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

    /// Whether a container has the secret, and is of the image, that are wanted.
    fn is_met_by(&self, container: &Container) -> bool {
        self.secret.is_some_and(|id| has_secret(container, id)) && self.onto.is_none_or(|onto| onto.is_of(container))
    }
}

/// Returns what makes the container run with the secret as it is now: nothing where it does, a start where it only
/// stands, and else it is recreated; also where an earlier run was cut off in the midst of that, or podman was killed
/// before the container ran. Where there is no container and never was one, nothing.
///
/// # Errors
/// podman fails, does not take the command, or there is none to make it with.
pub fn plan(wanted: Wanted) -> Result<Again> {
    let (host, name, container) = (&*wanted.target.host, wanted.target.name.as_str(), wanted.container);
    let (next_name, moved_name) = (next_name(name), moved_name(name));
    let there = podman::all_containers(host)?;
    let is_there = |name: &str| there.iter().any(|found| found == name);
    let next = if is_there(&next_name) { podman::container(host, &next_name)? } else { None };
    let mut again = Again::default();
    if let Some(old) = container.filter(|container| !container.running())
        && older_network::is_gone(host, old)?
    {
        migrate(host, &mut again)?;
    }
    let actions = &mut again.actions;
    if container.is_some_and(|container| container.name == moved_name) {
        // What took its name was just made, or half made, and has never run.
        actions.extend(if is_there(name) { Some(remove(name)) } else { clear(host, name)? });
        actions.push(rename(&moved_name, name));
    }
    let carried = container
        .filter(|old| !wanted.works && old.running() && !wanted.is_met_by(old))
        .is_some_and(|_| pausing::goes_with_container(host, name));
    match (container, &next) {
        (Some(old), _) if !wanted.is_met_by(old) || old.never_ran() => match &old.unit {
            Some(unit) => by_unit(&wanted, old, unit, &mut again)?,
            None => by_command(&wanted, old, next.as_ref(), &mut again)?,
        },
        (Some(current), _) => {
            if current.paused() {
                actions.push(Action::Run(Cmd::podman(["unpause", name])));
            } else if !current.running() {
                actions.extend(if current.at_work() { stopping::stop(name, current, wanted.jobs) } else { vec![] });
                actions.push(start(name));
            }
            actions.extend(next.is_some().then(|| remove(&next_name)));
        }
        // The old one was gone already when it was cut off.
        (None, Some(next)) if wanted.is_met_by(next) => actions.extend([rename(&next_name, name), start(name)]),
        (None, Some(next)) => {
            let made = resolve::resolved(host, command(host, next, wanted.label)?, &next.inspect.0)?;
            actions.extend(clear(host, name)?);
            actions.extend([Action::Run(create(&made, name)), start(name), remove(&next_name)]);
        }
        (None, None) => {}
    }
    if carried {
        again
            .warnings
            .push("The runner is paused, and stays so: an image from before pauses is told of it once more.".into());
        again.actions.push(Action::Run(pausing::carry_over(name)));
    }
    if container.is_some() || next.is_some() {
        again.actions.extend(probe::left(host, name, &there).into_iter().map(|left| remove(left)));
    }
    Ok(again)
}

/// Has podman move its containers from a network that is gone.
fn migrate(host: &dyn Host, again: &mut Again) -> Result<()> {
    again.actions.push(Action::Run(podman::migrate()));
    again.warnings.push(match podman::running_containers(host)?.as_slice() {
        [] => "The container is moved from slirp4netns to pasta by a migration, which stops no container: none runs."
            .into(),
        names => format!(
            "The container is moved from slirp4netns to pasta by a migration, which stops {}.",
            names.join(", ")
        ),
    });
    Ok(())
}

/// Has the unit make the container that it makes.
fn by_unit(wanted: &Wanted, old: &Container, unit: &str, again: &mut Again) -> Result<()> {
    let (host, name, jobs, onto) = (&*wanted.target.host, wanted.target.name.as_str(), wanted.jobs, wanted.onto);
    again.warnings.push(format!("The unit {unit} makes the container {name} again, as the unit's own file says."));
    again.actions.extend(onto.map(|onto| onto.named(host, &old.image)).transpose()?.flatten());
    let time = onto.filter(|_| jobs != Jobs::Failed).map(|_| onto::GREEN);
    let image = onto.map_or(&old.image_id, |onto| &onto.id);
    let by = stopping::restart(host, name, old, unit, jobs, time)?;
    again.actions.extend(state_volume::restarted(host, name, old, unit, image, jobs, by)?);
    Ok(())
}

/// Has the container made again by its own command, beside the old one; by what was made so already (`next`), where that
/// fits.
fn by_command(wanted: &Wanted, old: &Container, next: Option<&Container>, again: &mut Again) -> Result<()> {
    let (host, name, jobs, onto) = (&*wanted.target.host, wanted.target.name.as_str(), wanted.jobs, wanted.onto);
    let (next_name, moved_name, actions) = (next_name(name), moved_name(name), &mut again.actions);
    let mut command = command(host, old, wanted.label.clone())?;
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
    let fits = match next {
        Some(next) => wanted.is_met_by(next) && differ(host, old, next)?.iter().all(meant),
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
        again.warnings.push(format!("The container {name} does not run; it is started with the new configuration."));
    }
    let stop = if old.at_work() { stopping::stop(name, old, jobs) } else { vec![] };
    actions.extend(if gets_state { state_volume::moved(host.names(), name, old, jobs, stop) } else { stop });
    let by_force = old.auto_remove || old.never_ran();
    let gone = if jobs == Jobs::Failed {
        Action::Run(podman::remove_at_once(name))
    } else if by_force {
        remove(name)
    } else {
        Action::Run(Cmd::podman(["rm", name]))
    };
    actions.extend([gone, rename(&next_name, name), start(name)]);
    Ok(())
}
