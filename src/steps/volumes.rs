//! Step 5: the two volumes, made by the image's labels, owned by those who write in them.

use super::{Fact, Report, Setup, State, Step};
use crate::change::recreate;
use crate::host::{Cmd, podman};
use crate::plan::Action;
use crate::problem::{Problem, Result};

/// Why.
pub const WHY: &str = "Several users write in the container's volumes, so each volume must belong to the right one. They hold \
                       images and caches, nothing that could not be had again.";

/// Looks at both volumes and their owners; plans to make what is missing, or all anew where that is asked for.
///
/// # Errors
/// podman fails, or a label is not one to run.
pub fn look(setup: &Setup) -> Result<Report> {
    let host = &*setup.host;
    let (mut facts, mut actions, mut removals) = (Vec::new(), Vec::new(), Vec::new());
    for label in ["setupstorage", "setupcache"] {
        let Some(label) = setup.label(label)? else {
            return Ok(Report::not_yet(Step::Volumes, facts, State::Waits(Step::Image)));
        };
        let name = label.last().to_owned();
        let owner = label.owner();
        let needed = owner.map_or("there".into(), |(uid, gid)| format!("owner {uid}:{gid}"));
        let found = podman::volume(host, &name)?;
        let ok = found.as_ref().is_some_and(|volume| owner.is_none_or(|owner| owner == (volume.uid, volume.gid)));
        let text = found.as_ref().map_or("missing".into(), |volume| format!("owner {}:{}", volume.uid, volume.gid));
        facts.push(Fact::new(&name, text, &needed, ok));
        match found {
            Some(_) if setup.wants.recreate_volumes => removals.push(Action::Run(Cmd::podman(["volume", "rm", &name]))),
            Some(_) if ok => continue,
            Some(_) => {
                let problem = Problem::new(
                    format!("The volume {name} belongs to the wrong user."),
                    "Make it anew (what is in it, images and caches, is fetched again): `pipglr setup --recreate-volumes`.",
                );
                return Ok(Report::not_yet(Step::Volumes, facts, State::Blocked(problem)));
            }
            None => {}
        }
        actions.push(Action::Run(label.cmd()));
    }
    if actions.is_empty() {
        return Ok(Report::done(Step::Volumes, facts));
    }
    let mut plan = crate::plan::Plan::default();
    if !removals.is_empty()
        && let Some(container) = recreate::current(host, &setup.wants.name)?
    {
        if let Some(problem) = super::startup::foreign(&setup.wants.name, &container) {
            return Ok(Report::not_yet(Step::Volumes, facts, State::Blocked(problem)));
        }
        // `volume rm -f` would take the container with it without a word, so it is done in the open.
        plan.warnings.push(format!(
            "The container {} is stopped and removed; step 6 makes it again, by its own command.",
            setup.wants.name
        ));
        plan.actions.push(recreate::keep(host, &setup.wants.name, &container, super::startup::label(setup)?)?);
        plan.actions.extend(super::startup::remove(&container.name, &container));
    }
    plan.actions.extend(removals.into_iter().chain(actions));
    Ok(Report::ready(Step::Volumes, facts, plan))
}
