//! A change of the configuration that cannot be lost, for both faces.
//!
//! [`open`] reads the secret → the user makes a new text → [`offer`]: gitlab-runner reads it, and [`propose`] makes the
//! plan: the old version to `history/`, the new text to `work/`, the secret replaced and read back, the container recreated →
//! [`carry_out`] → the ladder; and where that fails, [`undo`] is the same way back.
//!
//! Cut off anywhere, the host tells how far it came: the work file, where it is not the secret, was not applied, and
//! the newest version in `history/` is what it was begun from.
//!
//! **What is stored is what was agreed to**, also with two pipglr at once. They share one work file, for there is one
//! secret: which text was on its way when something was cut off must not be a guess. So a plan carries the text that was
//! looked at, and begins with [`Action::Expect`]: under the lock, the work file must still be what it was then. The
//! secret must be ([`Action::Unchanged`]); and what is stored is the plan's text, where the work file has it
//! ([`Content::Agreed`]). Holding the lock while somebody reads would be no better: the other would wait for a user
//! who has gone home. Whoever comes second stops before anything is changed, and his text gets a file of its own
//! ([`unsaved`]), which both are told of ([`crossed`]).

pub mod crossed;
pub mod external_editor;
pub mod history;
pub mod image_lint;
pub mod offer;
pub mod opening;
pub mod reader;
pub mod rotate;
pub mod standing;
pub mod undo;
pub mod unsaved;
pub mod versions;

use crate::apply::{Progress, Sudo, apply};
use crate::config::document;
use crate::config::lint::SECRET_LIMIT;
use crate::config::reload::{self, Needs};
use crate::container;
use crate::container::copies::{self, Copies};
use crate::container::jobs;
use crate::container::recreate::{self, Wanted};
use crate::container::rotated_tokens;
use crate::container::stopping::{self, Jobs};
use crate::host::podman::{self, Container};
use crate::host::state_folder::Lock;
use crate::plan::{Action, Content, Plan};
use crate::problem::{Kind, Problem, Result};
use crate::secret::Secret;
use crate::secret::Vault;
use crate::state;
use crate::target::Target;
pub use offer::{Offer, offer, offer_old, offer_typed, offer_unlinted, offer_way_back};
pub use opening::{Opening, absent, answer_by, open};
pub use standing::{Held, Kept, Standing, notice, read_standing};
use std::collections::BTreeSet;
use std::thread;
pub use undo::{Undo, undo};
pub use versions::{Listed, offer_version, read_versions};

/// How a change may be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Running jobs are ended, not waited for.
    pub now: bool,
    /// The container is recreated, also where gitlab-runner could take the text while it runs.
    pub recreate: bool,
}

impl From<bool> for Wish {
    fn from(now: bool) -> Self {
        Self { now, ..Self::default() }
    }
}

/// What is to be done to apply a new text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What the secret says now, where it can be read.
    pub old: Option<Secret>,
    /// What it is to say.
    pub new: Secret,
    /// How. Empty: the runner works with it already.
    pub plan: Plan,
    /// The running jobs' IDs, where the container is recreated; `None` where it does not say.
    pub jobs: Option<BTreeSet<u64>>,
    /// Whether the container is recreated.
    pub recreates: bool,
    /// Whether gitlab-runner takes the text while it runs.
    pub hands_over: bool,
    /// Whether the runner is paused: it works with it when it takes jobs again.
    pub paused: bool,
    /// Whether GitLab's answer to the runner has to be seen: it asks in another way than before.
    pub asks_anew: bool,
    /// How many tokens are other ones than in the text that was given: GitLab has renewed them.
    pub renewed: usize,
    /// What the container would lack when it is recreated, in words; a user is asked, nobody else decides it.
    pub losses: Vec<String>,
    /// Where a container with `--privileged` is recreated: whether the new one has it, too.
    pub privileged: Option<bool>,
}

/// Plans the change to a text.
///
/// # Errors
/// The text is no configuration that podman can keep, another one waits to be applied, podman fails, or the container cannot
/// be recreated.
pub fn propose(target: &Target, standing: &Standing, new: &Secret, wish: impl Into<Wish>) -> Result<Proposal> {
    let copies = |container: &Container| copies::read_copies(&*target.host, container);
    propose_with(target, standing, new, wish.into(), copies)
}

/// The same, with what the container that is there has.
fn propose_with(
    target: &Target,
    standing: &Standing,
    new: &Secret,
    wish: Wish,
    copies: impl FnOnce(&Container) -> Option<Copies>,
) -> Result<Proposal> {
    check_size(new)?;
    if let Some(kept) = standing.kept.as_ref().filter(|kept| kept.text != *new) {
        return Err(crossed::waits(kept));
    }
    let host = &*target.host;
    let container = recreate::current(host, &target.name)?;
    if let Some(problem) = container.as_ref().and_then(|container| container::foreign(target.names(), container)) {
        return Err(problem);
    }
    // Asked for, a new container is made whatever the old one's copies say: then its jobs are asked for beside them.
    let (copies, jobs) = thread::scope(|scope| {
        let at_work = || container.as_ref().filter(|container| wish.recreate && container.at_work());
        let jobs = at_work().map(|container| scope.spawn(|| jobs::jobs(host, &container.name)));
        let copies = container.as_ref().and_then(copies);
        (copies, jobs.map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))))
    });
    let (new, renewed) = copies.as_ref().map_or_else(|| (new.clone(), 0), |copies| copies.carried(new));
    let same = standing.held.text() == Some(&new);
    let mut plan = if same {
        let stale = standing
            .work
            .clone()
            .filter(|work| *work == new)
            .map(|text| Action::RemoveIf { path: state::work_file(host), text });
        Plan::from(Vec::from_iter(stale))
    } else {
        Plan { warnings: standing.held.warnings(), ..Plan::from(commit(target, standing, Some(&new), vec![])) }
    };
    if let Some(inside) = copies.as_ref().map(Copies::changed_inside).filter(|inside| !inside.is_empty()) {
        let what = inside.join(", ");
        plan.warnings
            .push(format!("Somebody has changed gitlab-runner's own file in the container ({what}); that goes."));
    }
    if renewed > 0 {
        plan.warnings.push(rotated_tokens::notice(renewed));
    }
    let way = way(container.as_ref(), copies.as_ref(), standing.held.id().filter(|_| same), &new, wish);
    // Nothing of a container that stays is another one after it; and what was asked for is done again.
    let secret = match &way {
        Way::Recreate(_) => standing.held.id().filter(|_| same && !wish.recreate),
        Way::Stays | Way::HandOver(..) => {
            container.as_ref().and_then(|container| recreate::held(target.names(), container))
        }
    };
    let jobs = match (&container, jobs) {
        (_, Some(jobs)) => jobs,
        (Some(container), None) if matches!(way, Way::Recreate(_)) && container.at_work() => {
            jobs::jobs(host, &container.name)
        }
        _ => Some(BTreeSet::new()),
    };
    let how = match (wish.now, &jobs) {
        (false, _) => Jobs::Wait,
        (true, Some(jobs)) if !jobs.is_empty() => Jobs::End,
        (true, _) => Jobs::Ignore,
    };
    let (label, works) = (target.run_label()?, copies.as_ref().is_some_and(|copies| copies.up));
    let again = recreate::plan(Wanted { secret, label, jobs: how, works, ..Wanted::of(target, container.as_ref()) })?;
    let (hands_over, asks_anew) = match way {
        Way::HandOver(action, needs) => {
            plan.actions.push(*action);
            (true, needs.asks_anew)
        }
        Way::Recreate(why) => {
            plan.warnings.extend(why.iter().map(|why| format!("gitlab-runner must be restarted for {why}.")));
            (false, false)
        }
        Way::Stays => (false, false),
    };
    let recreates = !hands_over && !again.actions.is_empty();
    if let Some(container) = container.as_ref().filter(|_| recreates) {
        plan.warnings.extend(stopping::warning(host, container)?);
    }
    plan.actions.extend(again.actions);
    plan.warnings.extend(again.warnings);
    plan.warnings.extend(again.losses.iter().map(|lost| format!("The new container would not have: {lost}")));
    Ok(Proposal {
        old: standing.held.text().cloned(),
        new,
        plan,
        jobs,
        recreates,
        hands_over,
        asks_anew,
        paused: copies.is_some_and(|copies| copies.paused_since.is_some()),
        renewed,
        losses: again.losses,
        privileged: again.privileged,
    })
}

/// How the container comes to work with a text.
enum Way {
    /// It does.
    Stays,
    /// gitlab-runner takes it while it runs.
    HandOver(Box<Action>, Needs),
    /// It is recreated, or there is none; and the settings that only a restart takes.
    Recreate(Vec<String>),
}

/// `held`: the secret's ID, where it says this already.
fn way(container: Option<&Container>, copies: Option<&Copies>, held: Option<&str>, new: &Secret, wish: Wish) -> Way {
    let Some(container) = container else { return Way::Recreate(vec![]) };
    let has = held.is_some_and(|id| recreate::has_secret(container, id));
    let agreed = copies.map(Copies::agreed);
    if wish.recreate {
        return Way::Recreate(vec![]);
    }
    let changed_inside = copies.is_some_and(|copies| !copies.changed_inside().is_empty());
    if agreed.map_or(has, |agreed| agreed == new) && !changed_inside {
        return Way::Stays;
    }
    let Some((container, copies)) = Some(container).zip(copies).filter(|(container, _)| container.running()) else {
        return Way::Recreate(vec![]);
    };
    match reload::needs(copies.agreed().expose_str(), new.expose_str()) {
        Some(needs) if needs.restart.is_empty() && (copies.up || copies.paused_since.is_some()) => {
            let (name, seen) = (container.name.clone(), copies.works().clone());
            Way::HandOver(Box::new(Action::HandOver { name, seen, text: new.clone() }), needs)
        }
        needs => Way::Recreate(needs.map(|needs| needs.restart).unwrap_or_default()),
    }
}

/// Whether the container works with the secret as it is now, or there is none.
///
/// # Errors
/// podman fails.
pub fn is_in_force(target: &Target, standing: &Standing) -> Result<bool> {
    let container = recreate::current(&*target.host, &target.name)?;
    let Some((container, text)) = container.as_ref().zip(standing.held.text()) else { return Ok(true) };
    let copies = copies::read_copies(&*target.host, container);
    Ok(matches!(way(Some(container), copies.as_ref(), standing.held.id(), text, Wish::default()), Way::Stays))
}

/// How many tokens of the secret GitLab has renewed: gitlab-runner works with others, which only the container has.
///
/// # Errors
/// podman fails.
pub fn stale(target: &Target, standing: &Standing) -> Result<usize> {
    let host = &*target.host;
    let container = recreate::current(host, &target.name)?;
    let carried = |text| rotated_tokens::carried(host, container.as_ref(), text).1;
    Ok(standing.held.text().map_or(0, carried))
}

/// The actions that make a text the secret, by way of the work file: `save`, else what the work file comes to by these
/// `edits`. What is replaced goes to the history before, and what was stored after it was read back.
pub fn commit(target: &Target, standing: &Standing, save: Option<&Secret>, edits: Vec<Action>) -> Vec<Action> {
    let path = state::work_file(&*target.host);
    let (name, image) = (target.names().config.clone(), target.image.clone());
    let mut history = standing.history.clone();
    let (mut actions, mut gone) = (vec![expect(target, standing)], vec![]);
    // The history first: its newest version is what the work file was begun from.
    if let Some(text) = standing.held.text()
        && let Some((path, over)) = history.add(text)
    {
        actions.push(Action::Save { path, text: text.clone() });
        gone.extend(over);
    }
    if let Some(text) = save
        && standing.work.as_ref() != Some(text)
    {
        actions.push(Action::Save { path: path.clone(), text: text.clone() });
    }
    let edited = edits.iter().rev().find_map(|action| match action {
        Action::Edit { text, .. } => Some(text.clone()),
        _ => None,
    });
    actions.extend(edits);
    if standing.was_stored() {
        let (id, text) = (standing.held.id().map(str::to_owned), standing.held.text().cloned());
        actions.push(Action::Unchanged { name: name.clone(), id, text, image: image.clone() });
    }
    if let Held::Lost { store, .. } = &standing.held {
        actions.extend(store.repair());
    }
    let replace = standing.held.id().is_some();
    // Where there is none yet this is a preview: no work file is ever empty when it is stored.
    let text = edited.or_else(|| save.or(standing.work.as_ref()).cloned()).unwrap_or_else(|| Secret::new(""));
    let content = Content::Agreed { path: path.clone(), text: text.clone() };
    actions.push(Action::StoreSecret { name, content, replace, image });
    // A first configuration has no history: it is in podman, and nowhere else.
    if (!history.is_empty() || replace)
        && let Some((to, over)) = history.add(&text)
    {
        actions.push(Action::Copy { from: path.clone(), to });
        gone.extend(over);
    }
    let saved = standing.unsaved.iter().filter(|unsaved| unsaved.text == text);
    gone.extend(saved.map(|there| Action::RemoveIf { path: there.path.clone(), text: there.text.clone() }));
    actions.push(Action::RemoveIf { path, text });
    actions.extend(gone);
    actions
}

/// The work file must still be what it was when somebody looked.
fn expect(target: &Target, standing: &Standing) -> Action {
    Action::Expect { path: state::work_file(&*target.host), text: standing.work.clone() }
}

/// Keeps a text for later: the next `edit`, `config` or `setup` finds it. What waits there already is written over only
/// where it is what `standing` says.
///
/// # Errors
/// It is not, or the text cannot be written.
pub fn keep(target: &Target, standing: &Standing, text: &Secret, watch: &dyn Progress) -> Result<()> {
    let mut history = standing.history.clone();
    let (mut actions, mut gone) = (vec![expect(target, standing)], vec![]);
    if let Some(from) = standing.held.text()
        && let Some((path, over)) = history.add(from)
    {
        actions.push(Action::Save { path, text: from.clone() });
        gone = over;
    }
    actions.push(Action::Save { path: state::work_file(&*target.host), text: text.clone() });
    actions.extend(gone);
    alone(target, text, &actions.into(), Sudo::Silent, watch)
}

/// Keeps a first configuration, which nothing was at work before. `from`: what the work file said when it was opened.
///
/// # Errors
/// It says something else by now, or the text cannot be written.
pub fn keep_first(target: &Target, from: Option<Secret>, text: &Secret) -> Result<()> {
    let path = state::work_file(&*target.host);
    let save = Action::Save { path: path.clone(), text: text.clone() };
    alone(target, text, &vec![Action::Expect { path, text: from }, save].into(), Sudo::Silent, &())
}

/// Drops a text that was kept.
///
/// # Errors
/// It is another one by now, or cannot be removed.
pub fn discard(target: &Target, kept: &Kept, watch: &dyn Progress) -> Result<()> {
    let expect = Action::Expect { path: kept.path.clone(), text: Some(kept.text.clone()) };
    let plan = Plan::from(vec![expect, Action::Remove(kept.path.clone())]);
    let _lock = Lock::take(&*target.host, "dropping a configuration")?;
    apply(&*target.host, &plan, &Vault::default(), Sudo::Silent, watch)
}

/// Applies what brings a text on its way, while no other pipglr does.
fn alone(target: &Target, text: &Secret, plan: &Plan, sudo: Sudo, watch: &dyn Progress) -> Result<()> {
    let host = &*target.host;
    let _lock = Lock::take(host, "a change of the configuration")?;
    apply(host, plan, &Vault::default(), sudo, watch).map_err(|problem| crossed::named(host, text, problem))
}

/// Applies a proposal's plan while no other pipglr changes anything, and looks whether the host is as it should be.
///
/// # Errors
/// What failed; what was done before it stays done, and the next change goes on from there.
pub fn carry_out(target: &Target, proposal: &Proposal, sudo: Sudo, watch: &dyn Progress) -> Result<()> {
    alone(target, &proposal.new, &proposal.plan, sudo, watch)?;
    verify(target, proposal)
}

/// Looks again: podman must have what was agreed to, and the container must run with it.
fn verify(target: &Target, proposal: &Proposal) -> Result<()> {
    let wrong = |found: String, needed: &str| {
        Problem::new(
            "All was run, and yet the change is not in force.",
            "Compare what was found with what is needed; `pipglr status` looks at it again.",
        )
        .said(vec![format!("{found} (needed: {needed})")])
    };
    let standing = read_standing(target)?;
    if standing.held.text() != Some(&proposal.new) {
        return Err(wrong("the secret config.toml has another text".into(), "the one that was agreed to"));
    }
    if !proposal.recreates {
        return Ok(());
    }
    let container = recreate::current(&*target.host, &target.name)?;
    let state = container.as_ref().map_or("missing", |container| container.state.as_str());
    let current = container.as_ref().zip(standing.held.id()).is_some_and(|(found, id)| recreate::has_secret(found, id));
    if !container.as_ref().is_some_and(podman::Container::running) {
        return Err(wrong(format!("container {}: {state}", target.name), "running"));
    }
    // One that was only started has the secret that it was made with, which says the same.
    let agreed = || container.as_ref().and_then(|container| copies::read_copies(&*target.host, container));
    let current = current || agreed().is_some_and(|copies| copies.agreed() == &proposal.new);
    if current { Ok(()) } else { Err(wrong("its config.toml: older than the secret".into(), "as the secret is now")) }
}

fn check_size(text: &Secret) -> Result<()> {
    let bytes = text.expose().len();
    if bytes == 0 {
        return Err(Problem::usage(
            "The configuration is empty.",
            "podman keeps no empty secret. Give the whole text.",
        ));
    }
    if bytes >= SECRET_LIMIT {
        return Err(Problem::usage(
            format!("The configuration has {bytes} bytes; podman keeps a secret of at most {}.", SECRET_LIMIT - 1),
            "Make it smaller: long certificates and scripts can be files in a volume.",
        ));
    }
    document::utf8(text.expose().to_vec(), std::path::Path::new("config.toml")).map(drop)
}

/// A configuration that would not work is not applied.
///
/// # Errors
/// With what is wrong, line by line; exit code 3.
pub fn refuse(lines: Vec<String>) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let advice = "Fix these lines; nothing was changed.";
    Err(Problem::new("The configuration has errors.", advice).said(lines).kind(Kind::Found))
}
