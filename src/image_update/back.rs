//! Whether the new image works, and the way back to the one before.

use crate::apply::{Progress, Sudo, apply};
use crate::container::recreate::onto::{GREEN, Onto, is_same};
use crate::container::recreate::{self, Wanted, held};
use crate::container::stopping::Jobs;
use crate::container::update_record::{self, Record};
use crate::host::podman::Container;
use crate::host::{Cmd, ask, interrupt, systemd};
use crate::ladder::{self, Dear, Rung};
use crate::logs::line;
use crate::names;
use crate::plan::Action;
use crate::problem::{Kind, Problem, Result};
use crate::secret::Vault;
use crate::symptoms::catalogue::catalogue;
use crate::target::Target;

/// How many lines of a log that complains of nothing are shown.
const LAST: &str = "3";

/// Climbs the ladder: a paused runner is as it should be where all below it holds.
///
/// # Errors
/// A rung does not hold: the lines of the log that say why, and what they mean.
pub(super) fn is_green(target: &Target, watch: &dyn Progress, tell: &mut dyn FnMut(&Rung)) -> Result<()> {
    judged(target, &ladder::climb_within(target, GREEN, tell, watch)?)
}

/// Says why the container's unit did not come to an end with its start: by the ladder, where that knows it.
pub(super) fn late(target: &Target, problem: Problem, watch: &dyn Progress) -> Problem {
    match ladder::look_once(target, Some(Dear::default()), watch) {
        Ok(climbed) => judged(target, &climbed.rungs).err().unwrap_or(problem),
        Err(_) => problem,
    }
}

fn judged(target: &Target, rungs: &[Rung]) -> Result<()> {
    ladder::problem(target, rungs).map_or(Ok(()), |problem| Err(explained(target, problem)))
}

/// Says what the log says: its complaints and what they mean, else its last lines.
fn explained(target: &Target, mut problem: Problem) -> Problem {
    if problem.said.is_empty() {
        let cmd = Cmd::podman(["logs", "--tail", LAST, &target.name]);
        problem = problem.said(ask(&*target.host, &cmd).map(|done| done.lines).unwrap_or_default());
    }
    if problem.said.is_empty() {
        problem.said.push("(the container's log is empty)".into());
    }
    let known = problem.said.iter().rev().find_map(|said| {
        let line = line::parse(said);
        catalogue().find(Some(line.source), line.text()).filter(|symptom| symptom.severity.is_finding())
    });
    match known {
        Some(symptom) => problem.cause(&symptom.cause),
        None => problem,
    }
}

/// Whether the container is of this image, and runs.
fn runs_on(container: Option<&Container>, id: &str) -> bool {
    container.is_some_and(|container| container.running() && is_same(&container.image_id, id))
}

/// What is said where the user stopped an update. Before the container was touched, it leaves nothing behind.
pub(super) fn cut_off(target: &Target, record: &Record, problem: Problem) -> Problem {
    let (host, name) = (&*target.host, target.name.as_str());
    let untouched = interrupt::cleaning(|| {
        let container = recreate::current(host, name)?;
        if !runs_on(container.as_ref(), &record.from) {
            return Result::Ok(false);
        }
        let before = of_before(record);
        let secret = container.as_ref().and_then(|container| held(target.names(), container));
        let wanted = Wanted { secret, onto: Some(&before), ..Wanted::of(target, container.as_ref()) };
        let mut actions = recreate::plan(wanted)?.actions;
        actions.extend(before.named(host, &record.image)?.filter(|_| is_renamed(record)));
        actions.push(update_record::forget(host, name));
        apply(host, &actions.into(), &Vault::default(), Sudo::Silent, &()).map(|()| true)
    });
    match untouched {
        Ok(true) => Problem { advice: "Nothing was changed. Run it again when it is time.".into(), ..problem },
        _ => Problem {
            what: "Stopped before the new image was seen to work.".into(),
            advice: format!(
                "`{}` goes on with it, and goes back where it does not work.",
                names::typed("update", name)
            ),
            ..problem
        },
    }
}

/// Whether the update has given the name of the image before to the new one: a unit runs what that name means.
fn is_renamed(record: &Record) -> bool {
    record.image != record.onto
}

fn of_before(record: &Record) -> Onto {
    Onto { name: record.image.clone(), id: record.from.clone() }
}

/// Goes back to the image before, and says why.
pub(super) fn go_back(
    target: &Target,
    record: &Record,
    why: Problem,
    sudo: Sudo,
    watch: &dyn Progress,
    tell: &mut dyn FnMut(&Rung),
) -> Problem {
    let name = target.name.as_str();
    let (new, old) = (format!("{} ({:.12})", record.onto, record.to), format!("{:.12}", record.from));
    watch.line(&format!("{} It goes back to the image before.", why.what));
    let said = [why.what.clone()].into_iter().chain(why.said.clone()).collect();
    match back(target, record, sudo, watch, tell) {
        Ok(true) => Problem::new(
            format!(
                "The runner does not work with {new}; the container is on the image before ({old}) again, and works."
            ),
            format!("`podman run --rm -it {:.12} bash` looks into the new one; nothing else of it is left.", record.to),
        )
        .said(said)
        .cause(why.cause),
        // It had not come as far as the container.
        Ok(false) => Problem { advice: format!("{} The container was left as it was.", why.advice), ..why },
        Err(problem) if problem.kind == Kind::Interrupted => Problem {
            what: format!("Stopped on the way back from {new}: {}", why.what),
            advice: format!("`{}` goes on with it.", names::typed("update", name)),
            ..problem
        },
        Err(problem) => Problem::new(
            format!(
                "The runner does not work with {new}, and not with the image before ({old}) either: {}",
                problem.what
            ),
            format!("{} `pipglr doctor` looks at the host too: the image need not be the cause.", problem.advice),
        )
        .said(said)
        .cause(if problem.cause.is_empty() { why.cause } else { problem.cause }),
    }
}

/// Says whether the container had to be recreated for it.
fn back(
    target: &Target,
    record: &Record,
    sudo: Sudo,
    watch: &dyn Progress,
    tell: &mut dyn FnMut(&Rung),
) -> Result<bool> {
    let (host, name) = (&*target.host, target.name.as_str());
    let vault = Vault::default();
    let before = of_before(record);
    let container = recreate::current(host, name)?;
    // One that was cut off on its way back has come as far as the container.
    let untouched = !record.back && runs_on(container.as_ref(), &record.from);
    let record = &Record { back: true, ..record.clone() };
    // On a full disk it goes back without it: cut off then, it would only try the new one once more.
    let _ = apply(host, &vec![record.save(host, name)].into(), &vault, sudo, watch);
    // From now on the image's name means the one before again, for a unit and for whoever starts the container later; but a
    // new image that was not even tried keeps it.
    let named = Vec::from_iter(before.named(host, &record.image)?.filter(|_| !untouched || is_renamed(record)));
    apply(host, &named.into(), &vault, sudo, watch)?;
    let secret = container.as_ref().and_then(|container| held(target.names(), container));
    let jobs = if untouched { Jobs::Wait } else { Jobs::Failed };
    let wanted = Wanted { secret, jobs, onto: Some(&before), ..Wanted::of(target, container.as_ref()) };
    let again = recreate::plan(wanted)?;
    let mut plan = again.actions;
    if container.is_none() && plan.is_empty() {
        plan.extend(systemd::find(host, name)?.map(|unit| Action::Run(unit.cmd("restart"))));
    }
    apply(host, &plan.into(), &vault, sudo, watch)?;
    let green = if untouched { Ok(()) } else { is_green(target, watch, tell) };
    if green.as_ref().is_err_and(|problem| problem.kind == Kind::Interrupted) {
        return green.map(|()| true);
    }
    apply(host, &vec![update_record::forget(host, name)].into(), &vault, sudo, watch)?;
    green.map(|()| !untouched)
}
