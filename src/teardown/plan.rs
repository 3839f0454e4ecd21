//! The plan, and what is said of what stays.

use super::found::{Found, untold};
use super::{Also, Choice, Part};
use crate::api::Place;
use crate::api::registered::{BY_HAND, Known, Leave};
use crate::config::document::Runner;
use crate::container::stopping::{self, Jobs};
use crate::host::podman::Container;
use crate::host::{Cmd, Privilege, state_folder};
use crate::plan::{Action, Plan};
use crate::secret::Secret;
use crate::target::Target;
use crate::text::sanitize::sanitize;

/// Plans it: the copy of the configuration, the jobs' end, GitLab, the container, and what it was made of.
pub fn plan(target: &Target, found: &Found, choice: &Choice) -> Plan {
    let host = &*target.host;
    let mut history = found.standing.history.clone();
    let mut plan = Plan::default();
    // What the last copy is taken of is gone in the end.
    let state = choice.removes(Part::State);
    let text = found.text.as_ref().or(found.standing.work.as_ref()).filter(|_| choice.removes(Part::Secrets));
    if let Some(text) = text.filter(|_| !(state && choice.without_copy))
        && let Some((path, over)) = history.add(text)
    {
        plan.actions.push(Action::Save { path, text: text.clone() });
        plan.actions.extend(over);
    }
    let running = found.container.as_ref().filter(|container| container.running());
    let leaves = choice.removes(Part::Runners) && !choice.without_gitlab;
    if let Some(container) = running.filter(|_| choice.removes(Part::Container)) {
        plan.actions.push(Action::Drain { name: container.name.clone(), end: choice.now });
    }
    let untold_text = untold_text(found, choice);
    if leaves {
        plan.actions.extend(unregistrations(found, choice));
    } else if let Some(text) = &untold_text {
        plan.actions.push(Action::Save { path: untold(host), text: text.clone() });
    }
    if choice.removes(Part::Container) {
        plan.actions.extend(container(found, choice));
    }
    if choice.removes(Part::Secrets) && (found.store.is_broken() || !found.secrets.is_empty()) {
        plan.actions.extend(found.store.repair());
        // The configuration last: with it, what is cut off knows what there was.
        let mut secrets = found.secrets.clone();
        secrets.sort_by_key(|name| *name == host.names().config);
        plan.actions.extend(secrets.into_iter().map(Action::RemoveSecret));
    }
    // Renewed tokens are the configuration's.
    let part = |volume: &str| if volume == host.names().state { Part::Secrets } else { Part::Volumes };
    let volumes = found.volumes.iter().filter(|volume| choice.removes(part(volume)));
    plan.actions.extend(volumes.map(|name| Action::Run(Cmd::podman(["volume", "rm", name]))));
    if let Some(image) = found.image.as_ref().filter(|_| choice.removes(Part::Image)) {
        plan.actions.push(Action::Run(Cmd::podman(["image", "rm", image]).timeout(None)));
    }
    if choice.also.contains(&Also::Linger) && found.lingers {
        let words = ["disable-linger", &host.user().name];
        plan.actions.push(Action::Run(Cmd::new("loginctl", words).privilege(Privilege::RootIfRefused)));
    }
    if choice.also.contains(&Also::IdRanges) {
        plan.actions.extend(found.ids.iter().map(|extra| Action::Run(extra.cmd())));
        if !found.ids.is_empty() {
            plan.warnings.push("podman goes on with the ID ranges as they were until `podman system migrate`.".into());
        }
    }
    if state {
        let kept = (!choice.without_copy).then(|| history.newest().map(|newest| newest.path.clone())).flatten();
        let untold = untold_text.map(|_| untold(host));
        let goes = |path: &&std::path::PathBuf| Some(*path) != kept.as_ref() && Some(*path) != untold.as_ref();
        plan.actions.extend(found.files.iter().filter(goes).map(|path| Action::Remove(path.clone())));
        let folders = match (found.beside, host.names().are_first()) {
            (false, _) => vec![(host.user().state.clone(), kept.is_none() && untold.is_none())],
            (true, true) => vec![],
            (true, false) => {
                vec![(state_folder::work(host), untold.is_none()), (state_folder::history(host), kept.is_none())]
            }
        };
        let empty = folders.into_iter().filter(|(_, empty)| *empty && !found.files.is_empty());
        plan.actions.extend(empty.map(|(folder, _)| Action::Remove(folder)));
    }
    plan
}

/// The runners that GitLab is not told about, as a configuration; `None` where there are none.
fn untold_text(found: &Found, choice: &Choice) -> Option<Secret> {
    if !choice.without_gitlab || !choice.removes(Part::Runners) {
        return None;
    }
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let entry = |runner: &Runner| {
        format!(
            "[[runners]]\n  name = {}\n  url = {}\n  token = {}\n",
            quoted(&runner.name),
            quoted(&runner.url),
            quoted(runner.token.expose_str())
        )
    };
    let known = found.runners.iter().filter(|(_, known)| *known != Known::No);
    let entries: Vec<String> = known.map(|(runner, _)| entry(runner)).collect();
    (!entries.is_empty()).then(|| Secret::new(entries.join("\n")))
}

/// Returns what is taken from GitLab's list of this runner.
pub fn what(found: &Found, choice: &Choice, runner: &Runner) -> Leave {
    Leave::of(runner, choice.delete_runners || found.created.as_ref() == Some(&runner.token))
}

fn unregistrations(found: &Found, choice: &Choice) -> Vec<Action> {
    let known = found.runners.iter().filter(|(_, known)| *known != Known::No);
    let what = known.filter_map(|(runner, _)| {
        let what = what(found, choice, runner);
        // Only the container that runs knows which machine it is.
        let can = what == Leave::Runner || matches!(found.place, Place::Container(_));
        can.then(|| Action::Unregister { place: found.place.clone(), runner: runner.clone(), what })
    });
    what.collect()
}

/// The container, whose jobs have ended, and the unit that would start it again.
fn container(found: &Found, choice: &Choice) -> Vec<Action> {
    let mut actions = vec![];
    if let Some(unit) = &found.unit {
        if unit.unit.is_up() {
            actions.push(Action::Run(unit.unit.cmd("stop")));
        }
        if let Some(file) = unit.file.as_ref().filter(|_| unit.own && choice.removes(Part::Unit)) {
            if !unit.generated {
                actions.push(Action::Run(unit.unit.cmd("disable")));
            }
            actions.push(Action::Remove(file.clone()));
            actions.push(Action::Run(Cmd::new("systemctl", ["--user", "daemon-reload"])));
        }
    }
    let by_unit = found.unit.as_ref().is_some_and(|unit| unit.unit.is_up());
    if let Some(container) = found.container.as_ref().filter(|container| container.at_work() && !by_unit) {
        actions.extend(stopping::stop(&container.name, container, Jobs::Ignore));
    }
    let there = found.container.as_ref().map(|container: &Container| container.name.clone());
    let all = there.into_iter().chain(found.leftovers.iter().cloned());
    actions.extend(all.map(Action::RemoveContainer));
    actions
}

/// Returns what stays, each with how it goes by hand.
pub fn stays(target: &Target, found: &Found, choice: &Choice) -> Vec<String> {
    let user = &target.host.user().name;
    let mut lines = found.shared.clone();
    for (runner, known) in found.runners.iter().filter(|(_, known)| *known != Known::No) {
        let shown = format!("{} at {}", sanitize(&runner.name), sanitize(&runner.url));
        let what = what(found, choice, runner);
        if !choice.removes(Part::Runners) {
            lines.push(format!("the runner {shown}, registered"));
        } else if choice.without_gitlab {
            lines.push(format!(
                "the runner {shown}: its token is kept, and `pipglr teardown` tells GitLab later; {BY_HAND}"
            ));
        } else if what == Leave::Machine {
            let machine = matches!(found.place, Place::Container(_));
            let machine = if machine {
                ""
            } else {
                ", and perhaps this machine in its list: only a container that runs can name it"
            };
            lines.push(format!(
                "the runner {shown}{machine}; `--delete-runners` deletes it, for all machines; {BY_HAND}"
            ));
        } else if matches!(known, Known::Unasked(_)) {
            lines.push(format!("perhaps the runner {shown}: GitLab could not be asked; {BY_HAND}"));
        }
    }
    if let Some(unit) = &found.unit
        && choice.removes(Part::Unit)
        && !unit.own
    {
        let file = unit.file.as_ref().map_or("its file".into(), |file| file.display().to_string());
        lines.push(format!("the unit {} ({file}), which is not yours to remove", unit.unit.name));
    }
    if found.lingers && !choice.also.contains(&Also::Linger) {
        lines.push(format!("linger (`--also linger`, or `loginctl disable-linger {user}`)"));
    }
    if !choice.also.contains(&Also::IdRanges) {
        let by_hand = |extra: &super::ids::Extra| {
            format!("the ID range {} (`--also id-ranges`, or `sudo {}`)", extra.words(), extra.cmd().shell())
        };
        lines.extend(found.ids.iter().map(by_hand));
    }
    if found.at_boot {
        lines.push(
            "podman-restart.service, which starts your other containers at boot too (`systemctl --user disable \
             podman-restart.service`)"
                .into(),
        );
    }
    let copied = choice.removes(Part::Secrets) && (found.text.is_some() || !found.standing.history.is_empty());
    if choice.removes(Part::State) && !choice.without_copy && copied {
        let folder = state_folder::history(&*target.host);
        lines.push(format!("the last configuration, in {} (`--without-copy`)", folder.display()));
    }
    lines
}
