//! `status`: how the host stands, from linger to "GitLab heard from this runner".

pub mod advice;
mod container;
mod drift;
mod expiry;
mod memory;
mod room;
mod token;

use crate::api::creation;
use crate::boot::{self, Starter};
use crate::change::{self, Held, Standing};
use crate::config::document;
use crate::config::lint::{self, Finding};
use crate::container::copies;
use crate::container::foreign;
use crate::container::jobs::Job;
use crate::container::limits;
use crate::container::others::{self, Other};
use crate::container::recreate::has_secret;
use crate::gitlab::TokenKind;
use crate::host::podman::{Container, Volume};
use crate::host::{Watch, logind, podman, subids};
use crate::ladder;
use crate::names::Names;
use crate::problem::Result;
use crate::secret::Secret;
use crate::target::Target;
use crate::text::mask;
use crate::text::sanitize::sanitize;
use advice::Advice;
pub use container::StatusContainer;
use drift::Drift;
pub use expiry::{Expiry, Stage};
use jiff::Timestamp;
pub use memory::{Ask, Memory};
pub use room::{ROOM, StatusDisk};
use serde::Serialize;
use std::thread::{self, ScopedJoinHandle};

/// One rung of the ladder, the host's own first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatusRung {
    /// Its name.
    pub id: String,
    /// Whether it holds; `null` where an earlier one does not, so that it cannot be known.
    pub ok: Option<bool>,
    /// What was seen.
    pub detail: String,
    /// Where it does not hold: why, and what to do.
    pub advice: Option<Advice>,
    /// Where it does not hold: the lines of the container's log that say why, without secrets.
    pub said: Vec<String>,
}

/// One `[[runners]]` entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatusRunner {
    /// Its name.
    pub name: String,
    /// Its server.
    pub url: String,
    /// `authentication` (glrt-), or `runner` for what a legacy registration gave.
    pub token_kind: String,
    /// Whether GitLab knows its token; `null` where it could not be asked.
    pub verified: Option<bool>,
    /// When GitLab was last seen to answer it, RFC 3339; `null` where it never was.
    pub last_contact: Option<String>,
    /// When its token was given, RFC 3339.
    pub token_obtained_at: Option<String>,
    /// When its token expires, RFC 3339; `null` where it does not.
    pub token_expires_at: Option<String>,
    /// The same in words.
    #[serde(skip)]
    pub expiry: Option<Expiry>,
    /// Whether `runner rotate` was cut off: its new token is here, and waits.
    pub rotation_waits: bool,
}

/// A volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatusVolume {
    /// Its name.
    pub name: String,
    /// Its size on disk; `null` where it is not there or cannot be read.
    pub bytes: Option<u64>,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Status {
    /// Every rung holds.
    pub healthy: bool,
    /// From the ground up.
    pub rungs: Vec<StatusRung>,
    /// The container.
    pub container: StatusContainer,
    /// gitlab-runner's, as it says it itself; `null` where it does not answer.
    pub runner_version: Option<String>,
    /// Since when the runner is paused, RFC 3339.
    pub paused_since: Option<String>,
    /// As the config secret has them.
    pub runners: Vec<StatusRunner>,
    /// The number in GitLab of a runner that `runner create` made, and that is not set up.
    pub created_waits: Option<u64>,
    /// Jobs at once.
    pub concurrent: Option<i64>,
    /// The jobs that run; none also where nobody says.
    pub jobs: Vec<Job>,
    /// What lint says of the configuration.
    pub findings: Vec<Finding>,
    /// Whether the container was made with `--privileged`, as images before this one's asked for.
    pub privileged: bool,
    /// How much memory the container may have, in bytes; 0 is as much as the user.
    pub memory: u64,
    /// How many processes and threads it may have; 0 is as many as the user.
    pub pids_limit: u64,
    /// Whether limits of a job's own hold (`memory`, `cpus` in [runners.docker]).
    pub job_limits: bool,
    /// The volumes; the third is there with an image that has it.
    pub volumes: Vec<StatusVolume>,
    /// When they were measured, RFC 3339.
    #[serde(skip)]
    pub measured: String,
    /// The file systems that podman, the container and the jobs write on.
    pub disks: Vec<StatusDisk>,
    /// Whether linger is on.
    pub linger: bool,
    /// Subordinate user IDs in force.
    pub subuid: u64,
    /// Subordinate group IDs in force.
    pub subgid: u64,
    /// Whether the container starts when the machine does.
    pub boot: bool,
    /// The unit that starts it then.
    pub boot_by: Option<String>,
    /// In what that unit differs from what this pipglr writes, where an earlier one has written it.
    pub boot_older: Option<String>,
    /// The account's other containers of pipglr's.
    pub others: Vec<Other>,
}

/// Looks at everything once; waits for nothing to come. What `memory` has is not asked again before it is old.
///
/// # Errors
/// podman is missing or fails, and not for want of room.
pub fn gather(target: &Target, memory: &mut Memory, watch: &dyn Watch) -> Result<Status> {
    gather_all(target, memory, watch).or_else(|problem| room::instead(&*target.host, &target.name, problem))
}

fn gather_all(target: &Target, memory: &mut Memory, watch: &dyn Watch) -> Result<Status> {
    let host = &*target.host;
    // Side by side: each of these is a process, and none needs another's answer.
    let (ids, boot, others, seen, sizes, mut climbed) = thread::scope(|scope| -> Result<_> {
        let ids = scope.spawn(|| podman::ids_in_force(host));
        let boot = scope.spawn(|| boot::look(host, &target.name).ok().flatten().filter(Starter::at_boot));
        let others = scope.spawn(|| others::find(host).unwrap_or_default());
        let climb = |known| scope.spawn(move || ladder::look_once(target, known, watch));
        let ahead = memory.is_empty().then(|| climb(None));
        let seen = Seen::gather(target)?;
        let climbed = ahead.unwrap_or_else(|| climb(Some(memory.known(host.now(), &seen.of()))));
        let sizes = memory.sizes(host, &seen.volumes)?;
        Ok((
            joined(ids)?,
            boot.join().unwrap_or_default(),
            others.join().unwrap_or_default(),
            seen,
            sizes,
            joined(climbed)?,
        ))
    })?;
    // The look into the container has them, unless it does not run, or boots.
    let looked = climbed.copies.take();
    let copies = seen.compared().and_then(|container| looked.or_else(|| copies::read_copies(host, container)));
    let mut status = Status {
        linger: logind::lingers(host),
        subuid: ids[0],
        subgid: ids[1],
        boot: boot.is_some(),
        boot_older: boot.as_ref().and_then(Starter::older),
        boot_by: boot.map(|starter| starter.unit.name),
        others,
        ..Status::default()
    };
    let enough = status.subuid >= subids::NEEDED && status.subgid >= subids::NEEDED;
    status.push("linger", Some(status.linger), if status.linger { "on" } else { "off" }.into());
    status.push("id_ranges", Some(enough), format!("{} user IDs, {} group IDs in force", status.subuid, status.subgid));
    let (standing, found) = (&seen.standing, seen.container.as_ref());
    let used = |token: &Secret| {
        let texts = standing.held.text().into_iter().chain(&standing.work);
        texts.into_iter().any(|text| text.expose_str().contains(token.expose_str()))
    };
    let waits = creation::waiting(host).ok().flatten().filter(|created| !used(&created.token));
    status.created_waits = waits.map(|created| created.id);
    let there = matches!(standing.held, Held::There { .. });
    let detail = match (there, change::notice(standing)) {
        (true, None) => format!("{} is there", host.names().config),
        (true, Some(notice)) => format!("{} is there; {notice}", host.names().config),
        (false, Some(notice)) => notice,
        (false, None) if found.is_some_and(|found| foreign(host.names(), found).is_none()) => {
            "no secret config.toml; the container still has it: `pipglr config undo` recreates it".into()
        }
        (false, None) => "no secret config.toml".into(),
    };
    status.push("secret", Some(there), detail);
    status.volumes_are(host.names(), sizes);
    status.container = StatusContainer::of(target, found)?;
    status.paused_since = copies.as_ref().and_then(|copies| copies.paused_since.clone());
    let drift = found.and_then(|container| Drift::of(&standing.held, container, copies.as_ref()));
    status.container.config_current = drift.as_ref().is_some_and(|drift| drift.current);
    status.privileged = found.is_some_and(limits::is_privileged);
    (status.memory, status.pids_limit) = found.map(limits::of).unwrap_or_default();
    let controllers = climbed.controllers.unwrap_or_else(|| limits::controllers_given(host));
    status.job_limits = controllers.is_some();
    if let Some(drift) = drift {
        status.push("config", Some(drift.current), drift.words);
    }
    memory.learn(host.now(), &seen.of(), &climbed.dear);
    status.jobs = climbed.jobs.unwrap_or_default();
    let answer = climbed.dear.verified;
    status.runner_version = answer.as_ref().and_then(ladder::runner_version);
    if let Some(text) = standing.held.text() {
        let verified = answer.as_ref().map(ladder::known).unwrap_or_default();
        // What GitLab has renewed since is in the container alone.
        let text = &copies.as_ref().map_or_else(|| text.clone(), |copies| copies.carried(text).0);
        runners(target, text, &verified, memory.gitlab_at(), &mut status);
        status.findings =
            lint::lint_bytes(text.expose(), &lint::Context { controllers, here: true, ..lint::Context::default() });
    }
    for rung in climbed.rungs {
        status.push(rung.id.id(), rung.ok, rung.detail);
        status.said(&rung.said);
    }
    status.room(room::of_host(host, &seen.volumes), climbed.disks);
    status.advise(&target.name);
    status.healthy = status.rungs.iter().all(|rung| rung.ok == Some(true));
    Ok(status)
}

/// What one look at podman saw.
struct Seen {
    standing: Standing,
    container: Option<Container>,
    volumes: Vec<Option<Volume>>,
}

impl Seen {
    fn gather(target: &Target) -> Result<Self> {
        let host = &*target.host;
        Ok(Self {
            standing: change::read_standing(target)?,
            container: podman::container(host, &target.name)?,
            volumes: host.names().all_volumes().iter().map(|name| podman::volume(host, name)).collect::<Result<_>>()?,
        })
    }

    /// What GitLab's answer is about: started again or with another configuration, it is asked anew.
    fn of(&self) -> String {
        let secret = self.standing.held.id();
        let of = |container: &Container| format!("{} {} {secret:?}", container.id, container.started_at);
        self.container.as_ref().map(of).unwrap_or_default()
    }

    /// The container that is to tell what it works with: one that runs, and one that was not made with the secret as it is.
    fn compared(&self) -> Option<&Container> {
        let id = self.standing.held.id()?;
        self.container.as_ref().filter(|container| container.running() || !has_secret(container, id))
    }
}

/// What a thread found out.
fn joined<T>(thread: ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

impl Status {
    fn push(&mut self, id: &str, ok: Option<bool>, detail: String) {
        self.rungs.push(StatusRung { id: id.into(), ok, detail, ..StatusRung::default() });
    }

    fn volumes_are(&mut self, names: &Names, (sizes, at): (Vec<Option<u64>>, Timestamp)) {
        let named =
            names.all_volumes().into_iter().zip(sizes).map(|(name, bytes)| StatusVolume { name: name.into(), bytes });
        // An image from before the third has none.
        self.volumes = named.filter(|found| found.bytes.is_some() || names.volumes().contains(&&*found.name)).collect();
        self.measured = format!("{at:.0}");
        let there = self.volumes.iter().all(|volume| volume.bytes.is_some());
        let words = match (there, self.volumes.len()) {
            (false, _) => "one is missing",
            (_, 2) => "both are there",
            _ => "all are there",
        };
        self.push("volumes", Some(there), words.into());
    }

    /// What the log says of the rung that was added last.
    fn said(&mut self, lines: &[String]) {
        if let Some(rung) = self.rungs.last_mut() {
            rung.said = lines.iter().map(|line| mask::mask(line).into_owned()).collect();
        }
    }

    /// Says of each rung that does not hold what to do about it. `name` is the container's.
    pub fn advise(&mut self, name: &str) {
        let advice: Vec<_> = self.rungs.iter().map(|rung| advice::of(self, rung, name)).collect();
        self.rungs.iter_mut().zip(advice).for_each(|(rung, advice)| rung.advice = advice);
    }

    /// Returns the lowest rung that does not hold: what is above it may suffer from it alone.
    pub fn wrong(&self) -> Option<&StatusRung> {
        self.rungs.iter().find(|rung| rung.ok == Some(false))
    }
}

/// `verified` is GitLab's answer, where it was asked: the rungs below it hold. The answer is the contact.
fn runners(target: &Target, text: &Secret, verified: &[(String, bool)], at: Option<Timestamp>, status: &mut Status) {
    let host = &*target.host;
    let Ok(config) = document::read(text.expose_str()) else { return }; // the ladder says what is wrong with it
    status.concurrent = config.concurrent;
    let expires = config.runners.iter().any(|runner| runner.token_expires_at.is_some());
    let sharers = if expires { token::sharers(target, &config.runners) } else { vec![] };
    for runner in config.runners {
        let verified = verified.iter().find(|(short, _)| runner.is_shortened_to(short)).map(|(_, valid)| *valid);
        let rotation_waits = token::waits(host, &runner);
        let expiry = |expires| {
            let expiry = Expiry::of(runner.token_obtained_at, expires, host.now());
            // A refusal has its reason then.
            expiry.seen(verified.filter(|_| !rotation_waits), &sharers, &target.name)
        };
        let kind = if TokenKind::of(&runner.token).registers_once() { "authentication" } else { "runner" };
        status.runners.push(StatusRunner {
            name: runner.name,
            url: runner.url,
            token_kind: kind.into(),
            verified,
            last_contact: verified.and(at).map(|at| format!("{at:.0}")),
            token_obtained_at: runner.token_obtained_at.map(|at| format!("{at:.0}")),
            token_expires_at: runner.token_expires_at.map(|at| format!("{at:.0}")),
            expiry: runner.token_expires_at.map(expiry),
            rotation_waits,
        });
    }
    let all = status.runners.iter().filter_map(|runner| Some((&runner.name, runner.expiry.as_ref()?)));
    let past: Vec<_> = all.filter(|(_, expiry)| expiry.stage == Stage::Past).collect();
    if let Some((name, expiry)) = past.first() {
        status.push("token", Some(false), format!("{}: {}", sanitize(name), expiry.words));
    }
}
