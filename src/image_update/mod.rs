//! A newer image for the container, for both faces: what is in it is looked at, the container is made of it, and the
//! ladder is climbed. The image before is kept, and where the new one does not come up in time, it comes back by itself.
//!
//! [`fetch`] brings the image (or it is here already) → [`propose`] compares and plans → [`carry_out`].
//!
//! Cut off anywhere, a record in `work/` says from which image to which it went ([`update_record`]); where the container
//! stands, the host says. The next [`propose`] goes on from there.

mod back;
mod contents;

use crate::apply::{Progress, Sudo, apply};
use crate::change;
use crate::container;
use crate::container::copies;
use crate::container::jobs;
use crate::container::recreate::onto::{GREEN, Onto, is_same};
use crate::container::recreate::{self, Wanted, held};
use crate::container::rotated_tokens;
use crate::container::stopping::{self, Jobs};
use crate::container::update_record::{self, Record};
use crate::host::podman::{self, Container, Image};
use crate::host::{Cmd, Host, ask, systemd};
use crate::image::label;
use crate::ladder::Rung;
use crate::names;
use crate::plan::{Action, Plan};
use crate::problem::{Kind, Problem, Result};
use crate::secret::Vault;
use crate::steps::image_build::{self, Options};
use crate::target::Target;
pub use contents::Contents;
use std::collections::BTreeSet;
use std::thread;

/// Where a newer image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is here: the image's name means it.
    Local,
    /// It is pulled.
    Pull,
    /// It is built.
    Build(Options),
}

/// Plans that the image comes here; empty where it is to be here.
pub fn fetch(target: &Target, source: &Source) -> Plan {
    match source {
        Source::Local => Plan::default(),
        Source::Pull => image_build::pull(&target.image),
        Source::Build(options) => image_build::build(&target.image, options, &image_build::folder(&*target.host)),
    }
}

/// An update that was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What the new image is called.
    pub image: String,
    /// What is in the container's image.
    pub from: Contents,
    /// What is in the new one.
    pub to: Contents,
    /// How. Empty where the container is of it, and nothing was cut off.
    pub plan: Plan,
    /// The running jobs' IDs; `None` where the container does not say.
    pub jobs: Option<BTreeSet<u64>>,
    /// Jobs are ended, not waited for.
    pub now: bool,
    /// What the container would lack, in words; a user is asked, nobody else decides it.
    pub losses: Vec<String>,
    /// The update that was cut off, which this goes on with.
    pub begun: Option<Record>,
    /// From which image to which.
    pub record: Record,
}

impl Proposal {
    /// Returns whether there is anything to do.
    pub fn does_something(&self) -> bool {
        self.begun.is_some() || !self.plan.is_empty()
    }

    /// Says what becomes of the running jobs.
    pub fn words(&self) -> String {
        match &self.jobs {
            Some(jobs) if jobs.is_empty() => "No job runs.".into(),
            Some(jobs) if self.now => format!("It ends {}.", jobs::named(jobs)),
            Some(jobs) => format!("It waits for {}.", jobs::named(jobs)),
            None if self.now => "The container does not say which jobs run.".into(),
            None => "Running jobs are waited for; the container does not say which.".into(),
        }
    }

    /// Says what becomes of the image before.
    pub fn keeps(&self, name: &str) -> String {
        format!(
            "The image before stays as {}. Where the runner is not up within {} s, it comes back by itself.",
            before(name),
            GREEN.as_secs()
        )
    }
}

/// Returns what the image before is called while the new one is tried, and after.
pub fn before(name: &str) -> String {
    format!("localhost/pipglr-before:{name}")
}

/// Compares the image that the target's name means with the container's, and plans the update. `now`: running jobs are
/// ended.
///
/// # Errors
/// There is no such image or container, it is not pipglr's, a text waits to be applied, or podman fails.
pub fn propose(target: &Target, now: bool) -> Result<Proposal> {
    let (host, name) = (&*target.host, target.name.as_str());
    let begun = update_record::read(host, name);
    let container = recreate::current(host, name)?;
    if let Some(problem) = container.as_ref().and_then(|container| container::foreign(target.names(), container)) {
        return Err(problem);
    }
    let next = podman::container(host, &recreate::next_name(name))?;
    let Some(was) = container.as_ref().or(next.as_ref().filter(|_| begun.is_some())) else {
        return without_container(target, begun, now);
    };
    let record = match &begun {
        Some(record) => record.clone(),
        None => {
            let image = found(target)?;
            label::read(&image, &target.image, "run")?;
            Record {
                image: was.image.clone(),
                from: was.image_id.clone(),
                onto: target.image.clone(),
                to: image.id,
                back: false,
                earlier: podman::image(host, &before(name))?.map(|earlier| earlier.id),
            }
        }
    };
    let onto = Onto { name: record.onto.clone(), id: record.to.clone() };
    let (from, to) = look_into(host, &record, container.as_ref());
    let mut proposal = Proposal {
        image: record.onto.clone(),
        from,
        to,
        plan: Plan::default(),
        jobs: Some(BTreeSet::new()),
        now,
        losses: vec![],
        begun: begun.clone(),
        record,
    };
    // One that has begun to go back goes on with that; and one that is here already is only looked at.
    if proposal.record.back || (begun.is_none() && onto.is_of(was)) {
        return Ok(proposal);
    }
    proposal.jobs = match &container {
        Some(container) if container.at_work() && !onto.is_of(container) => jobs::jobs(host, &container.name),
        _ => proposal.jobs,
    };
    let how = match (now, &proposal.jobs) {
        (false, _) => Jobs::Wait,
        (true, Some(jobs)) if !jobs.is_empty() => Jobs::End,
        (true, _) => Jobs::Ignore,
    };
    let (store, mut warnings) = with_renewed_tokens(target, container.as_ref())?;
    // What is stored is what the new container is made with, whatever this one was: only its image counts.
    let secret = held(target.names(), was).map(str::to_owned).filter(|_| store.is_empty());
    let label = target.run_label()?;
    let (secret, onto) = (secret.as_deref(), Some(&onto));
    let wanted = Wanted { secret, label, jobs: how, onto, ..Wanted::of(target, container.as_ref()) };
    let again = recreate::plan(wanted)?;
    if let Some(container) = &container {
        warnings.extend(stopping::warning(host, container)?);
    }
    warnings.extend(again.warnings);
    let keep = Cmd::podman(["tag", &proposal.record.from, &before(name)]);
    let first = [proposal.record.save(host, name), Action::Run(keep)].into_iter().filter(|_| begun.is_none());
    let actions = first.chain(store).chain(again.actions).collect();
    warnings.extend(again.losses.iter().map(|lost| format!("The new container would not have: {lost}")));
    proposal.plan = Plan { actions, finally: vec![], warnings };
    proposal.losses = again.losses;
    Ok(proposal)
}

/// The image that the target's name means.
fn found(target: &Target) -> Result<Image> {
    target.found_image()?.ok_or_else(|| {
        Problem::new(
            format!("The image {} is not on this machine.", target.image),
            format!("`{} --pull` brings it, `--build` builds it.", names::typed("update", &target.name)),
        )
        .kind(Kind::NotFound)
    })
}

/// Looks into both images, side by side.
fn look_into(host: &dyn Host, record: &Record, container: Option<&Container>) -> (Contents, Contents) {
    let of = |id: &str| {
        let image = podman::image(host, id).ok().flatten().unwrap_or_default();
        let runs = |container: &&Container| container.running() && is_same(&container.image_id, id);
        Contents::of(host, id, &image, container.filter(runs))
    };
    if is_same(&record.from, &record.to) {
        let both = of(&record.from);
        return (both.clone(), both);
    }
    thread::scope(|scope| {
        let old = scope.spawn(|| of(&record.from));
        let new = of(&record.to);
        (old.join().unwrap_or_default(), new)
    })
}

/// Plans what stores the tokens that GitLab has renewed, which only this container has; and what is to be said.
fn with_renewed_tokens(target: &Target, container: Option<&Container>) -> Result<(Vec<Action>, Vec<String>)> {
    // Where podman cannot show a secret it is read by a container of the image, which the new one may be no good for.
    let image = container.map_or(&target.image, |container| &container.image_id);
    let target = &Target { image: image.clone(), ..target.clone() };
    let standing = change::read_standing(target)?;
    if let Some(kept) = &standing.kept {
        return Err(change::crossed::waits(kept));
    }
    let Some(text) = standing.held.text() else { return Err(change::absent(&standing)) };
    let copies = container.and_then(|container| copies::read_copies(&*target.host, container));
    let Some(copies) = copies else { return Ok((vec![], vec![])) };
    let mut warnings = vec![];
    if copies.agreed() != text {
        warnings.push(
            "The secret config.toml is another text than the runner works with now; the new container works with the \
             secret."
                .into(),
        );
    }
    let (new, renewed) = copies.carried(text);
    if renewed == 0 {
        return Ok((vec![], warnings));
    }
    warnings.push(rotated_tokens::notice(renewed));
    Ok((change::commit(target, &standing, Some(&new), vec![]), warnings))
}

/// A unit that was cut off as it restarted has no container, and makes one.
fn without_container(target: &Target, begun: Option<Record>, now: bool) -> Result<Proposal> {
    let (host, name) = (&*target.host, target.name.as_str());
    let none = |advice: String| Problem::new(format!("There is no container {name}."), advice).kind(Kind::NotFound);
    let unit = systemd::find(host, name).ok().flatten();
    let (Some(record), Some(unit)) = (begun, &unit) else {
        return Err(none(match unit {
            Some(_) => format!("`{}` has its unit make it.", names::typed("start", name)),
            None => "`pipglr setup` makes it, of the image as it is now.".into(),
        }));
    };
    let (from, to) = look_into(host, &record, None);
    let id = if record.back { &record.from } else { &record.to };
    let name_it = Onto { name: record.image.clone(), id: id.clone() }.named(host, &record.image)?;
    let actions = name_it.into_iter().chain([Action::Run(unit.cmd("restart"))]).collect::<Vec<_>>();
    Ok(Proposal {
        image: record.onto.clone(),
        from,
        to,
        plan: actions.into(),
        jobs: Some(BTreeSet::new()),
        now,
        losses: vec![],
        begun: Some(record.clone()),
        record,
    })
}

/// Plans that the new image's name means it again, where a way back that a full disk cut off had taken it.
fn name_again(host: &dyn Host, record: &Record) -> Option<Action> {
    let meant = podman::image(host, &record.onto).ok().flatten()?;
    let taken = is_same(&meant.id, &record.from) && !is_same(&record.to, &record.from);
    taken.then(|| Action::Run(Cmd::podman(["tag", &record.to, &record.onto])))
}

/// Plans that the image that was kept before goes, where nothing has a name for it or stands on it any more.
fn clear_away(host: &dyn Host, record: &Record) -> Option<Action> {
    let id = record.earlier.as_ref().filter(|id| ![&record.from, &record.to].iter().any(|other| is_same(id, other)))?;
    podman::image(host, id).ok().flatten().filter(|image| image.names.is_empty())?;
    let used = Cmd::podman(["ps", "--all", "--quiet", "--filter", &format!("ancestor={id}")]);
    let free = ask(host, &used).is_ok_and(|done| done.ok() && done.text().is_empty());
    free.then(|| Action::Run(Cmd::podman(["rmi", id])))
}

/// Goes on only where it stands as it was looked at: another pipglr may have updated the container meanwhile.
fn assert_same(target: &Target, proposal: &Proposal) -> Result<()> {
    let (host, record) = (&*target.host, &proposal.record);
    let container = recreate::current(host, &target.name)?;
    let same = proposal.begun.is_some() || container.is_some_and(|found| is_same(&found.image_id, &record.from));
    if same && update_record::read(host, &target.name) == proposal.begun {
        return Ok(());
    }
    let again = format!("`{}` looks again.", names::typed("update", &target.name));
    Err(Problem::new("Another pipglr has updated the container meanwhile; nothing was changed here.", again))
}

/// Applies an update, and climbs the ladder; where that fails, goes back. `tell` hears of each rung.
///
/// # Errors
/// The new image does not work, and the one before is back, or not: it says which. Or the user stopped it.
pub fn carry_out(
    target: &Target,
    proposal: &Proposal,
    sudo: Sudo,
    watch: &dyn Progress,
    tell: &mut dyn FnMut(&Rung),
) -> Result<()> {
    let (host, record) = (&*target.host, &proposal.record);
    assert_same(target, proposal)?;
    let done = apply(host, &proposal.plan, &Vault::default(), sudo, watch);
    if record.back {
        let why = Problem::new(format!("{} did not work.", record.onto), "`pipglr status` looks again.");
        return Err(back::go_back(target, record, done.err().unwrap_or(why), sudo, watch, tell));
    }
    match done.and_then(|()| back::is_green(target, watch, tell)) {
        Ok(()) => {
            let actions = name_again(host, record).into_iter().chain(clear_away(host, record));
            let actions: Vec<_> = actions.chain([update_record::forget(host, &target.name)]).collect();
            apply(host, &actions.into(), &Vault::default(), sudo, watch)
        }
        // It could not even be written down: nothing was changed.
        Err(problem) if proposal.begun.is_none() && update_record::read(host, &target.name).is_none() => Err(problem),
        Err(problem) if problem.kind == Kind::Interrupted => Err(back::cut_off(target, record, problem)),
        Err(problem) => {
            let why = if problem.kind == Kind::TimedOut { back::late(target, problem, watch) } else { problem };
            Err(back::go_back(target, record, why, sudo, watch, tell))
        }
    }
}
