//! A change of the configuration that cannot be lost, for both faces.
//!
//! [`look`] reads the secret → the person makes a new text → [`lint`] and [`judge`] → [`propose`] makes the plan: the
//! old version to `history/`, the new text to `work/`, the secret replaced and read back, the container made again →
//! [`carry_out`] → the ladder; and where that fails, [`undo`] is the same way back.
//!
//! Cut off anywhere, the host tells how far it came: a text in `work/` that is not the secret was not put to work, and
//! the newest version in `history/` is what it was begun from.

pub mod history;
pub mod judge;
pub mod own_editor;
pub mod recreate;
pub mod renewed;
pub mod rescue;
pub mod running;

use crate::apply::{Sudo, apply};
use crate::config::document;
use crate::config::lint::SECRET_LIMIT;
use crate::host::secret_store::{self, PLACEHOLDER, Store};
use crate::host::{Host, Watch, podman, state};
use crate::plan::{Action, Content, Plan};
use crate::problem::{Exit, Problem, Result};
use crate::secret::Secret;
use crate::steps::registration::CONFIG_SECRET;
use crate::steps::{Setup, Step, startup};
use history::{History, Version};
use recreate::Jobs;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The secret, as podman has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// There is none.
    Missing,
    /// It can be read.
    There {
        /// Its ID, another one for every content.
        id: String,
        /// Its content.
        text: Secret,
    },
    /// Only the beginning of what waits in `work/` came to podman, which took it for all (facts/podman.md, "truncated
    /// input").
    Cut {
        /// Its ID.
        id: String,
    },
    /// podman has lost the contents of its secrets (facts/podman.md, "crash safety"), and stores none any more.
    Lost {
        /// Its ID, where podman still lists it.
        id: Option<String>,
        /// The files that should have the content.
        store: Box<Store>,
    },
}

impl Held {
    /// Its content, where podman has it.
    pub fn text(&self) -> Option<&Secret> {
        match self {
            Self::There { text, .. } => Some(text),
            Self::Missing | Self::Cut { .. } | Self::Lost { .. } => None,
        }
    }

    /// What a person should know before it is made again.
    pub fn warnings(&self) -> Vec<String> {
        if let Self::Lost { store, .. } = self { store.warnings() } else { vec![] }
    }

    /// Its ID, where there is one.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::There { id, .. } | Self::Cut { id } => Some(id),
            Self::Lost { id, .. } => id.as_deref(),
            Self::Missing => None,
        }
    }
}

/// A text that was begun, and not put to work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its text.
    pub text: Secret,
    /// Its file.
    pub path: PathBuf,
    /// The secret is not what it was begun from any more: somebody else has changed it.
    pub conflict: bool,
}

/// How it stands with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The secret.
    pub held: Held,
    /// What waits to be put to work.
    pub kept: Option<Kept>,
    /// What was at work before.
    pub history: History,
}

/// Looks at the secret, the work file and the history.
///
/// # Errors
/// podman fails, or one of the files cannot be read.
pub fn look(setup: &Setup) -> Result<Standing> {
    let host = &*setup.host;
    let (mut held, history) = (held(setup)?, History::read(host)?);
    let path = state::work_file(host);
    let work = state::read_work(host)?.map(Secret::new);
    let begun = |held: &Secret| {
        let rest = work.as_ref().and_then(|work| work.expose().strip_prefix(held.expose()));
        rest.is_some_and(|rest| !rest.is_empty()) && history.newest().is_none_or(|newest| newest.text != *held)
    };
    if let Held::There { id, text } = &held
        && begun(text)
    {
        held = Held::Cut { id: id.clone() };
    }
    let kept = work.and_then(|text| {
        let conflict = held.text().zip(history.newest()).is_some_and(|(held, from)| *held != from.text);
        (held.text() != Some(&text)).then_some(Kept { text, path, conflict })
    });
    Ok(Standing { held, kept, history })
}

fn held(setup: &Setup) -> Result<Held> {
    let host = &*setup.host;
    let lost = |id, store| Held::Lost { id, store: Box::new(store) };
    let Some(id) = podman::secret_id(host, CONFIG_SECRET)? else {
        let store = secret_store::look(host)?;
        return Ok(if store.is_broken() { lost(None, store) } else { Held::Missing });
    };
    match podman::secret_content(host, CONFIG_SECRET, &setup.wants.image) {
        Ok(text) if text.expose() != PLACEHOLDER.as_bytes() => Ok(Held::There { id, text }),
        // It could not be read: is it lost, or does something else stand in the way?
        read => match secret_store::look(host)? {
            store if store.is_broken() || store.has_lost(CONFIG_SECRET) => Ok(lost(Some(id), store)),
            _ => read.map(|text| Held::There { id, text }),
        },
    }
}

/// What is to be done to bring a new text to work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What the secret says now, where it can be read.
    pub old: Option<Secret>,
    /// What it is to say.
    pub new: Secret,
    /// How. Empty: the runner works with it already.
    pub plan: Plan,
    /// The running jobs' IDs, where the container is made again; `None` where it does not say.
    pub jobs: Option<BTreeSet<u64>>,
    /// Whether the container is made again.
    pub recreates: bool,
    /// How many tokens are other ones than in the text that was given: GitLab has renewed them.
    pub renewed: usize,
    /// What the container would lack when it is made again, in words; a person is asked, nobody else decides it.
    pub losses: Vec<String>,
}

/// Plans the change to a text.
///
/// # Errors
/// The text is no configuration that podman can keep, podman fails, or the container cannot be made again.
pub fn propose(setup: &Setup, standing: &Standing, new: &Secret, now: bool) -> Result<Proposal> {
    check_size(new)?;
    let host = &*setup.host;
    let container = recreate::current(host, &setup.wants.name)?;
    if let Some(problem) = container.as_ref().and_then(|container| startup::foreign(&setup.wants.name, container)) {
        return Err(problem);
    }
    let (new, renewed) = renewed::carried(host, container.as_ref(), new);
    let running = container.as_ref().is_some_and(podman::Container::running);
    let same = standing.held.text() == Some(&new);
    let mut plan = if same {
        let stale = host.read(&state::work_file(host)).is_ok();
        Plan::from(if stale { vec![Action::Remove(state::work_file(host))] } else { vec![] })
    } else {
        Plan { warnings: standing.held.warnings(), ..Plan::from(commit(setup, standing, Some(&new), vec![])) }
    };
    if renewed > 0 {
        plan.warnings.push(renewed::notice(renewed));
    }
    let secret = standing.held.id().filter(|_| same);
    let stays = container.as_ref().zip(secret).is_some_and(|(container, id)| recreate::has_secret(container, id));
    let jobs = match &container {
        Some(container) if running && !stays => running::jobs(host, &container.name),
        _ => Some(BTreeSet::new()),
    };
    let how = match (now, &jobs) {
        (false, _) => Jobs::Wait,
        (true, Some(jobs)) if !jobs.is_empty() => Jobs::End,
        (true, _) => Jobs::Ignore,
    };
    let again = recreate::plan(host, &setup.wants.name, container.as_ref(), secret, startup::label(setup)?, how)?;
    let recreates = !again.actions.is_empty();
    plan.actions.extend(again.actions);
    plan.warnings.extend(again.warnings);
    plan.warnings.extend(again.losses.iter().map(|lost| format!("The new container would not have: {lost}")));
    Ok(Proposal { old: standing.held.text().cloned(), new, plan, jobs, recreates, renewed, losses: again.losses })
}

/// How many tokens of the secret GitLab has renewed: gitlab-runner works with others, which only the container has.
///
/// # Errors
/// podman fails.
pub fn stale(setup: &Setup, standing: &Standing) -> Result<usize> {
    let host = &*setup.host;
    let container = recreate::current(host, &setup.wants.name)?;
    let carried = |text| renewed::carried(host, container.as_ref(), text).1;
    Ok(standing.held.text().map_or(0, carried))
}

/// The actions that make the work file the secret: first `save`, where it is not the work file yet, then `edits` of
/// it. What is replaced goes to the history before, and what was stored after it was read back.
pub fn commit(setup: &Setup, standing: &Standing, save: Option<&Secret>, edits: Vec<Action>) -> Vec<Action> {
    let path = state::work_file(&*setup.host);
    let (name, image) = (CONFIG_SECRET.to_owned(), setup.wants.image.clone());
    let mut history = standing.history.clone();
    let (mut actions, mut gone) = (vec![], vec![]);
    // The history first: its newest version is what the work file was begun from.
    if let Some(text) = standing.held.text()
        && let Some((path, over)) = history.add(text)
    {
        actions.push(Action::Save { path, text: text.clone() });
        gone.extend(over);
    }
    if let Some(text) = save
        && standing.kept.as_ref().map(|kept| &kept.text) != Some(text)
    {
        actions.push(Action::Save { path: path.clone(), text: text.clone() });
    }
    actions.extend(edits);
    if standing.held != Held::Missing || !standing.history.is_empty() {
        let (id, text) = (standing.held.id().map(str::to_owned), standing.held.text().cloned());
        actions.push(Action::Unchanged { name: name.clone(), id, text, image: image.clone() });
    }
    if let Held::Lost { store, .. } = &standing.held {
        actions.extend(store.mend());
    }
    let replace = standing.held.id().is_some();
    actions.push(Action::StoreSecret { name, content: Content::File(path.clone()), replace, image });
    // A first configuration has no history: it is in podman, and nowhere else.
    let text = save.or(standing.kept.as_ref().map(|kept| &kept.text));
    if let Some(text) = text.filter(|_| !history.is_empty() || replace)
        && let Some((to, over)) = history.add(text)
    {
        actions.push(Action::Copy { from: path.clone(), to });
        gone.extend(over);
    }
    actions.push(Action::Remove(path));
    actions.extend(gone);
    actions
}

/// Keeps a text for later: the next `edit`, `config` or `setup` finds it.
pub fn keep(setup: &Setup, standing: &Standing, text: &Secret) -> Plan {
    let mut history = standing.history.clone();
    let (mut actions, mut gone) = (vec![], vec![]);
    if let Some(from) = standing.held.text()
        && let Some((path, over)) = history.add(from)
    {
        actions.push(Action::Save { path, text: from.clone() });
        gone = over;
    }
    actions.push(Action::Save { path: state::work_file(&*setup.host), text: text.clone() });
    actions.extend(gone);
    actions.into()
}

/// Applies a proposal's plan, and looks whether the host is as it should be.
///
/// # Errors
/// What failed; what was done before it stays done, and the next change goes on from there.
pub fn carry_out(setup: &Setup, proposal: &Proposal, sudo: Sudo, watch: &dyn Watch) -> Result<()> {
    apply(&*setup.host, &proposal.plan, &setup.wants.vault, sudo, watch)?;
    setup.verify(Step::Configuration)?;
    if proposal.recreates {
        setup.verify(Step::Startup)?;
    }
    Ok(())
}

/// What `config undo` goes back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// The text that was not put to work is dropped.
    Drop(Kept),
    /// This text is put to work again; and where it comes from, in words.
    Back(Secret, String),
}

/// What there is to go back to: a kept text is dropped; else the version before the secret's; and where podman has
/// lost the secret, what the container still has, else the newest of the history.
///
/// # Errors
/// There is nothing, or podman fails.
pub fn undo(setup: &Setup, standing: &Standing) -> Result<Undo> {
    let from_history = |version: &Version| (version.text.clone(), format!("the version of {:.0}", version.at));
    if let Some(text) = standing.held.text() {
        return match (&standing.kept, standing.history.before(text)) {
            (Some(kept), _) => Ok(Undo::Drop(kept.clone())),
            (None, Some(version)) => {
                let (back, from) = from_history(version);
                Ok(match renewed::later(&back, text) {
                    Some(back) => Undo::Back(back, format!("{from}, with the token that GitLab has renewed since")),
                    None => Undo::Back(back, from),
                })
            }
            (None, None) => Err(Problem::new(
                "There is no version before this one.",
                "Each change by pipglr keeps the version before it; the first one is still to come.",
            )),
        };
    }
    let ours = |container: &podman::Container| startup::foreign(&setup.wants.name, container).is_none();
    let container = recreate::current(&*setup.host, &setup.wants.name)?.filter(ours);
    if let Some(text) = container.as_ref().and_then(|found| rescue::text(&*setup.host, &found.name, found)) {
        return Ok(Undo::Back(text, format!("what the container {} still has", setup.wants.name)));
    }
    if let Some(version) = standing.history.newest() {
        let (text, from) = from_history(version);
        return Ok(Undo::Back(text, from));
    }
    Err(if container.is_some() {
        Problem::new(
            format!(
                "The secret config.toml is gone, and the container {} has no copy of it that can be read.",
                setup.wants.name
            ),
            "Nothing of it is left here: `pipglr setup` registers the runner again.",
        )
    } else {
        Problem::new("There is no configuration to go back to.", "`pipglr setup` registers the runner and makes one.")
    })
}

/// Where the configuration is not as it should be, in a sentence that says what to do; `None` where all is well.
pub fn notice(standing: &Standing) -> Option<String> {
    let on = "`pipglr config apply` goes on with it, `pipglr config undo` drops it";
    Some(match (&standing.held, &standing.kept) {
        (Held::Lost { .. }, None) => {
            "podman has lost the content of the secret config.toml: `pipglr config undo` makes it again".into()
        }
        (Held::Lost { .. }, Some(kept)) => format!(
            "podman has lost the content of the secret config.toml: `pipglr config apply` makes it again from \
             {}, `pipglr config undo` from the version before",
            kept.path.display()
        ),
        (Held::Cut { .. }, _) => {
            "only a part of the new configuration came to podman: `pipglr config apply` stores it again, \
             `pipglr config undo` goes back to the version before"
                .into()
        }
        (Held::There { .. }, Some(kept)) if kept.conflict => {
            format!("a text in {} waits, and the secret was changed meanwhile: {on}", kept.path.display())
        }
        (Held::There { .. }, Some(kept)) => format!("a text in {} was not put to work: {on}", kept.path.display()),
        (Held::Missing, Some(_)) if !standing.history.is_empty() => {
            "a change of the configuration was cut off: `pipglr config apply` finishes it, `pipglr config undo` goes \
             back to the version before"
                .into()
        }
        (Held::Missing, Some(_)) => "registered, and not stored yet: `pipglr setup` goes on".into(),
        (Held::Missing, None) if !standing.history.is_empty() => {
            "the secret config.toml is gone: `pipglr config undo` makes it again".into()
        }
        (Held::Missing | Held::There { .. }, None) => return None,
    })
}

/// Somebody else has changed the secret since it was read.
pub fn conflict(host: &dyn Host) -> Problem {
    Problem::new(
        "The secret config.toml was changed by somebody else meanwhile; nothing was overwritten.",
        "`pipglr config apply` shows how your text differs from the secret and asks before it takes its place; \
         `pipglr config undo` drops your text.",
    )
    .said(vec![
        format!("your text:   {}", state::work_file(host).display()),
        "the other's: the secret config.toml (`pipglr config show`)".into(),
    ])
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

/// A configuration that would not work is not put to work.
///
/// # Errors
/// With what is wrong, line by line; exit code 3.
pub fn refuse(lines: Vec<String>) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let advice = "Mend these lines; nothing was changed.";
    Err(Problem::new("The configuration has errors.", advice).said(lines).exit(Exit::Found))
}
