//! Step 3: registered with GitLab. The registered runners are in the work file until step 4 makes it a secret.

use super::authority;
use super::{Fact, Report, Row, Setup, State, Step, as_it_is};
use crate::api::creation::{self, Created};
use crate::change::{self, Undo};
use crate::config::document::{self, Runner};
use crate::container;
use crate::gitlab::{self, TokenKind};
use crate::host::Cmd;
use crate::host::podman::{self, Image};
use crate::image::label;
use crate::plan::{Action, Content, Plan};
use crate::problem::Result;
use crate::secret::Secret;
use crate::secret_store::{self, Store};
use crate::state;

/// The row of this step.
pub(super) const ROW: Row = Row {
    step: Step::Registration,
    number: Some(3),
    id: "registration",
    title: "Registration",
    why: "GitLab must know the runner. N jobs at once need `concurrent = N`, not N registrations: a glrt- token \
                       registers once; only a legacy token makes a new runner each time.",
    verb: "register",
    check,
    explain: as_it_is,
};

/// What is asked for, in GitLab's words.
pub const ASKED: &str = "an authentication token (`glrt-…`)";

/// gitlab-runner looks up the registration at once; a slow server may take its time, and one that limits how often it may
/// be asked makes gitlab-runner 19 wait four times, mostly a minute each.
const REGISTER_TIME: std::time::Duration = std::time::Duration::from_secs(600);

/// Looks for a committed configuration, else at what is registered so far; plans what is missing.
///
/// # Errors
/// podman fails, or the work file is not TOML.
pub fn check(setup: &Setup) -> Result<Report> {
    let host = &*setup.target.host;
    let text = state::read_work(host)?.map(|bytes| document::utf8(bytes, &state::work_file(host))).transpose()?;
    let store = secret_store::inspect(host)?;
    if text.is_none()
        && let Some(report) = committed(setup, &store)?
    {
        return Ok(report);
    }
    // GitLab is asked for no runner that no container can be made for.
    if let Some(container) = podman::container(host, &setup.target.name)?
        && let Some(problem) = container::foreign(setup.target.names(), &container)
    {
        return Ok(Report::not_yet(Step::Registration, vec![], State::Blocked(problem)));
    }
    let so_far = SoFar {
        setup,
        runners: text.as_deref().map(document::read).transpose()?.unwrap_or_default().runners,
        read: text.map(Secret::new),
        leftover: podman::secret_id(host, &setup.target.names().token)?.is_some(),
        waits: creation::waiting(host)?,
        store,
    };
    if setup.wants.vault.tokens.is_empty() { so_far.unasked() } else { so_far.asked() }
}

/// What the secret says of it, where there is one, or was: all is registered.
fn committed(setup: &Setup, store: &Store) -> Result<Option<Report>> {
    let (host, names) = (&*setup.target.host, setup.target.names());
    let found = if store.is_broken() || store.has_lost(&names.config) {
        // Registered once more, a legacy token would make a second runner.
        match change::undo(&setup.target, &change::read_standing(&setup.target)?) {
            Ok(Undo::Back(_, from)) => Some(format!("podman has lost its secret; it is at hand: {from}")),
            Err(problem) if podman::container(host, &setup.target.name)?.is_some() => {
                let fact = Fact::new("registered", "podman has lost its secret", "", false);
                return Ok(Some(Report::not_yet(Step::Registration, vec![fact], State::Blocked(problem))));
            }
            _ => None,
        }
    } else {
        podman::secret_id(host, &names.config)?.map(|_| format!("the secret {} is there", names.config))
    };
    Ok(found.map(|found| Report::done(Step::Registration, vec![Fact::new("registered", found, "", true)])))
}

/// What is registered so far, and what an earlier run may have left.
struct SoFar<'a> {
    setup: &'a Setup,
    /// What the work file says.
    read: Option<Secret>,
    /// The runners in it.
    runners: Vec<Runner>,
    /// Whether podman lists a token.
    leftover: bool,
    /// A runner that GitLab made, and that waits to be set up.
    waits: Option<Created>,
    store: Store,
}

impl SoFar<'_> {
    /// Without a token: whether there are as many as are wanted.
    fn unasked(&self) -> Result<Report> {
        let (setup, have) = (self.setup, self.runners.len());
        // Nothing more is wanted, as far as anybody said.
        let wanted = setup.wants.answers.registrations() as usize;
        if have >= wanted || (have > 0 && setup.wants.answers.runners.is_none()) {
            return Ok(self.done(vec![registered(&self.runners, have)]));
        }
        let mut facts = vec![registered(&self.runners, wanted)];
        // The secret alone is gone: what was registered need not be registered again.
        if self.read.is_none()
            && let Ok(Undo::Back(_, from)) = change::undo(&setup.target, &change::read_standing(&setup.target)?)
        {
            let found = format!("its secret is gone; `pipglr config undo` recreates it from {from}");
            facts.push(Fact::new("configuration", found, "", false));
        }
        let mut preview = Plan::default();
        if let Some(image) = &setup.target.found_image()? {
            facts.extend(chosen(setup, image, wanted));
            let missing: Vec<usize> = (have..wanted).map(|_| 0).collect();
            preview = self.plan(&register(setup, image)?, &missing);
            preview.actions.splice(0..0, authority::store(setup)?);
        }
        let asks = State::Asks(ASKED.into());
        Ok(Report::not_yet(Step::Registration, facts, asks).preview(preview))
    }

    /// With the tokens that were given: registers what is missing.
    fn asked(&self) -> Result<Report> {
        let (setup, tokens) = (self.setup, &self.setup.wants.vault.tokens);
        let missing = missing(setup, &self.runners);
        let wanted = self.runners.len() + missing.len();
        let mut facts = vec![registered(&self.runners, wanted)];
        if missing.is_empty() {
            return Ok(self.done(facts));
        }
        let Some(image) = setup.target.found_image()? else {
            return Ok(Report::not_yet(Step::Registration, facts, State::Waits(Step::Image)));
        };
        let kind = TokenKind::of(&tokens[0]);
        facts.push(Fact::new("token", format!("{}, {}", kind.name(), count(tokens.len())), "", true));
        let waits = self.waits.as_ref().filter(|it| tokens.contains(&it.token));
        if let Some(created) = waits {
            // Answers that name another one meanwhile do not have its token sent there.
            if let Err(problem) = created.refuse_elsewhere(&server(setup, Some(&image)), &setup.target.name) {
                return Ok(Report::not_yet(Step::Registration, facts, State::Blocked(problem)));
            }
            facts.push(Fact::new("made by `pipglr runner create`", format!("runner {}", created.id), "", true));
        }
        facts.extend(chosen(setup, &image, wanted));
        let mut plan = self.plan(&register(setup, &image)?, &missing);
        if let Some(created) = waits {
            // Its token is in the work file by then.
            plan.actions.extend(creation::files(&*setup.target.host).map(Action::Remove));
            plan.warnings.push(creation::words(created.id, &setup.target.name));
        }
        // Before the first action of the plan itself, which expects that nobody else has begun.
        plan.actions.splice(0..0, authority::store(setup)?);
        Ok(Report::ready(Step::Registration, facts, plan))
    }

    /// All are registered: what is left of it goes.
    fn done(&self, mut facts: Vec<Fact>) -> Report {
        let names = self.setup.target.names();
        let mut plan = Plan::default();
        // A run that was cut off may have left the token; behind step 4 it is there because somebody wants it.
        if self.leftover && !self.setup.wants.keep_token {
            facts.push(Fact::new(&format!("secret {}", names.token), "still there", "gone", false));
            plan = fixed(&self.store);
            if !self.store.has_lost(&names.token) {
                plan.actions.push(Action::RemoveSecret(names.token.clone()));
            }
        }
        // So it may have left GitLab's answer: the runner would seem to wait.
        if self.waits.as_ref().is_some_and(|it| self.runners.iter().any(|runner| runner.token == it.token)) {
            facts.push(Fact::new("GitLab's answer with its token", "still there", "gone", false));
            plan.actions.extend(creation::files(&*self.setup.target.host).map(Action::Remove));
        }
        match plan.is_empty() {
            true => Report::done(Step::Registration, facts),
            false => Report::ready(Step::Registration, facts, plan),
        }
    }

    /// Registers the tokens of these indices, behind as many registrations as there are.
    fn plan(&self, cmd: &Cmd, missing: &[usize]) -> Plan {
        let work = state::work_file(&*self.setup.target.host);
        let names = self.setup.target.names();
        let Plan { mut actions, warnings, .. } = fixed(&self.store);
        let leftover = self.leftover && !self.store.has_lost(&names.token);
        let blank = self.read.is_none();
        let mut first = vec![Action::Expect { path: work.clone(), text: self.read.clone() }];
        if blank && self.store.is_well() {
            // Another pipglr may have come as far as the secret meanwhile: a legacy token would make more runners.
            let (name, image) = (names.config.clone(), self.setup.target.image.clone());
            first.push(Action::Unchanged { name, id: None, text: None, image });
        }
        actions.splice(0..0, first);
        if blank {
            // Without it podman refuses the mount; made by us it is private before a token is in it.
            actions.push(Action::Save { path: work.clone(), text: Secret::new("") });
        }
        // A run that was killed may have left one behind that still writes to the work file.
        actions.push(remove_container(self.setup));
        let (mut stored, have) = (None, self.runners.len());
        for (done, index) in missing.iter().enumerate() {
            if stored != Some(*index) {
                actions.push(Action::StoreSecret {
                    name: names.token.clone(),
                    content: Content::Token(*index),
                    replace: leftover || stored.is_some(),
                    image: self.setup.target.image.clone(),
                });
                stored = Some(*index);
            }
            actions.push(Action::Register { cmd: cmd.clone(), number: have + done + 1, of: have + missing.len() });
        }
        let mut finally = vec![remove_container(self.setup), Action::RemoveIf { path: work, text: Secret::new("") }];
        if !self.setup.wants.keep_token {
            finally.push(Action::RemoveSecret(names.token.clone()));
        }
        Plan { actions, finally, warnings }
    }
}

/// What makes podman's store of secrets one that takes a token again.
fn fixed(store: &Store) -> Plan {
    Plan { actions: store.repair(), warnings: store.warnings(), finally: vec![] }
}

/// The token that an earlier run, cut off, has left in podman, where podman has not lost it; else that of a runner that
/// GitLab made and that waits to be set up.
///
/// # Errors
/// podman fails, or what is there is not a token.
pub fn leftover_token(setup: &Setup) -> Result<Option<Secret>> {
    let host = &*setup.target.host;
    let secret = &host.names().token;
    if podman::secret_id(host, secret)?.is_none() || secret_store::inspect(host)?.has_lost(secret) {
        return Ok(creation::waiting(host)?.map(|created| created.token));
    }
    let content = podman::secret_content(host, secret, &setup.target.image)?;
    gitlab::check_token(content.expose_str()).map(Some)
}

/// Returns the server that runners register with: the one that was chosen, else the image's.
pub fn server(setup: &Setup, image: Option<&Image>) -> String {
    setup.wants.answers.server(image.and_then(Image::server)).to_owned()
}

/// What the registration is done with, to be seen before it is done.
fn chosen(setup: &Setup, image: &Image, registrations: usize) -> Vec<Fact> {
    let answers = &setup.wants.answers;
    let mut facts = vec![
        Fact::new("GitLab", server(setup, Some(image)), "", true),
        Fact::new("name in GitLab", description(setup), "", true),
    ];
    // A configuration of one's own says it itself.
    if answers.concurrent.is_some() || answers.config_file.is_none() {
        let jobs = answers.concurrent.unwrap_or(u32::try_from(registrations).unwrap_or(1)).to_string();
        facts.push(Fact::new("jobs at once", jobs, "", true));
    }
    facts
}

/// The `register` label's command, for the chosen server and name.
fn register(setup: &Setup, image: &Image) -> Result<Cmd> {
    let stored = podman::secret_id(&*setup.target.host, &setup.target.names().authority)?.is_some();
    let work = state::work_file(&*setup.target.host);
    let cmd = command(setup, image, stored || setup.wants.answers.ca_file.is_some())?;
    Ok(cmd.cwd(work.parent().unwrap_or(&work)).timeout(Some(REGISTER_TIME)))
}

/// Returns the `register` label's command for the chosen server and name; `trusts`: with an authority of one's own.
///
/// # Errors
/// The label is not one to run.
pub fn command(setup: &Setup, image: &Image, trusts: bool) -> Result<Cmd> {
    let names = setup.target.names();
    let label = label::read(image, &setup.target.image, "register")?.of(names);
    let mut label = label.name(&container(setup)).env("RUNNER_NAME", &description(setup));
    if let Some(url) = &setup.wants.answers.gitlab_url {
        label = label.env("CI_SERVER_URL", url);
    }
    if trusts {
        label = label.authority(names);
    }
    Ok(label.cmd())
}

/// Returns the name of the container that registers: with it, one that hangs can be ended.
pub fn container(setup: &Setup) -> String {
    format!("{}-register", setup.target.name)
}

/// Ends it wherever it is.
fn remove_container(setup: &Setup) -> Action {
    Action::RemoveContainer(container(setup))
}

/// The indices of tokens to register, one for each registration that is missing.
fn missing(setup: &Setup, runners: &[Runner]) -> Vec<usize> {
    let tokens = &setup.wants.vault.tokens;
    let is_new = |token: &Secret| !runners.iter().any(|runner| runner.token == *token);
    match tokens.first().map(TokenKind::of) {
        Some(TokenKind::Legacy) => {
            let wanted = (setup.wants.answers.registrations() as usize).max(tokens.len());
            // A legacy token leaves no trace in the file: count, and give each token its turn.
            (runners.len()..wanted).map(|n| n % tokens.len()).collect()
        }
        _ => (0..tokens.len()).filter(|index| is_new(&tokens[*index])).collect(),
    }
}

/// A name that a user recognises in GitLab's list: who and where, not the container's hash.
pub fn description(setup: &Setup) -> String {
    let user = setup.target.host.user();
    setup.wants.answers.description.clone().unwrap_or_else(|| format!("pipglr {}@{}", user.name, user.hostname))
}

fn registered(runners: &[Runner], wanted: usize) -> Fact {
    let names: Vec<_> = runners.iter().map(|runner| crate::text::sanitize::sanitize(&runner.name)).collect();
    let found = if names.is_empty() { "none".to_owned() } else { format!("{} ({})", names.len(), names.join(", ")) };
    Fact::new("registered", found, &wanted.to_string(), runners.len() >= wanted)
}

fn count(tokens: usize) -> String {
    if tokens == 1 { "one".into() } else { format!("{tokens} of them") }
}
