//! Step 5: the two volumes, made by the image's labels, owned by those who write in them.

use super::{Fact, Report, Row, Setup, State, Step, as_it_is};
use crate::container;
use crate::container::recreate;
use crate::container::state_volume;
use crate::container::stopping::{self, Jobs};
use crate::host::podman::{self, Volume};
use crate::host::{Cmd, Host, systemd};
use crate::plan::Action;
use crate::problem::{Problem, Result};
use std::path::Path;

/// The row of this step.
pub(super) const ROW: Row = Row {
    step: Step::Volumes,
    number: Some(5),
    id: "volumes",
    title: "Volumes",
    why: "Several users write in the container's volumes, so each volume must belong to the right one. They hold \
                       images and caches, nothing that could not be had again.",
    verb: "make them",
    check,
    explain: as_it_is,
};

/// Less free than this, in bytes, and podman cannot stop a container any more: it saves its state first (5.4.2: "database
/// or disk is full", exit code 125).
const FULL: u64 = 16 * 1024 * 1024;

/// Bytes free on the disk of a volume. Its folder belongs to the container's users, so one above it is asked.
fn free_bytes(host: &dyn Host, volume: &Volume) -> Option<u64> {
    Path::new(&volume.mountpoint).ancestors().find_map(|folder| Some(host.disk(folder).ok()?.free))
}

/// What makes room on a full disk, without podman's having to write: the volume loses what is in it at once.
fn empty(volume: &Volume) -> Action {
    Action::Run(podman::unshared(&["find", &volume.mountpoint, "-mindepth", "1", "-delete"]).timeout(None))
}

/// Looks at both volumes and their owners; plans to make what is missing, or all anew where that is asked for.
///
/// # Errors
/// podman fails, or a label is not one to run.
pub fn check(setup: &Setup) -> Result<Report> {
    let host = &*setup.target.host;
    let (mut facts, mut actions, mut removals) = (Vec::new(), Vec::new(), Vec::new());
    let mut full = Vec::new();
    for label in ["setupstorage", "setupcache"] {
        let Some(label) = setup.target.label(label)? else {
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
            Some(volume) if setup.wants.recreate_volumes => {
                if free_bytes(host, &volume).is_some_and(|free| free < FULL) {
                    full.push(empty(&volume));
                }
                removals.push(Action::Run(Cmd::podman(["volume", "rm", &name])));
            }
            Some(_) if ok => continue,
            Some(_) => {
                let problem = Problem::new(
                    format!("The volume {name} belongs to the wrong user."),
                    "Recreate it (what is in it, images and caches, is fetched again): `pipglr setup --recreate-volumes`.",
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
        && let Some(container) = recreate::current(host, &setup.target.name)?
    {
        if let Some(problem) = container::foreign(setup.target.names(), &container) {
            return Ok(Report::not_yet(Step::Volumes, facts, State::Blocked(problem)));
        }
        if !full.is_empty() {
            plan.warnings.push("The disk is full: the volumes are emptied first, and jobs that run are lost.".into());
        }
        let by_force = !full.is_empty();
        plan.actions.extend(full);
        if let Some(unit) = &container.unit {
            let unit = systemd::unit(host, unit)?;
            plan.warnings
                .push(format!("The unit {} is stopped, which takes the container, and makes it again.", unit.name));
            plan.actions.extend(stopping::by_unit(&setup.target.name, &container, &unit, "stop", Jobs::Wait));
            // What its end may have left (5.4.2).
            plan.actions.push(recreate::remove(&setup.target.name));
            plan.actions.extend(removals.into_iter().chain(actions).chain([Action::Run(unit.cmd("start"))]));
            return Ok(Report::ready(Step::Volumes, facts, plan));
        }
        // `volume rm -f` would take the container with it without a word, so it is done in the open.
        plan.warnings.push(format!(
            "The container {} is stopped and removed; step 6 recreates it, by its own command.",
            setup.target.name
        ));
        let label = setup.target.run_label()?;
        plan.actions.push(recreate::keep(host, &setup.target.name, &container, label, by_force)?);
        plan.actions.extend(if by_force {
            // `podman stop` waits in vain for what a full disk has cut off (5.4.2: "timed out waiting for file … exit").
            vec![Action::Run(Cmd::podman(["rm", "--force", "--time", "30", &setup.target.name]).timeout(None))]
        } else {
            let mut removal = stopping::remove(&setup.target.name, &container);
            if state_volume::comes(host, &container, &container.image_id)? {
                let rm = removal.split_off(removal.len() - 1);
                removal =
                    state_volume::moved(setup.target.names(), &setup.target.name, &container, Jobs::Wait, removal);
                removal.extend(rm);
            }
            removal
        });
    }
    plan.actions.extend(removals.into_iter().chain(actions));
    Ok(Report::ready(Step::Volumes, facts, plan))
}
