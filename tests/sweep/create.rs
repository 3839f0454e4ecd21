//! `runner create`: a runner that GitLab makes, and its setup. Between GitLab's answer and the secret its token is in a file.

use crate::changes::{STATE, fresh};
use crate::faulty::{Faulty, Told};
use crate::setup::all_steps;
use crate::support::{FakeHost, wanted};
use crate::{Flow, Run, Verdict};
use pipglr::api::creation::{self, Created, Owner};
use pipglr::gitlab::Named;
use pipglr::problem::Result;
use pipglr::secret::Secret;
use pipglr::state;
use pipglr::steps::{Setup, creating};
use std::path::Path;
use std::sync::Arc;

const PERSONAL: &str = "glpat-canarycanarycanary";

pub fn flows() -> Vec<Box<dyn Flow>> {
    vec![Box::new(Create { image: true }), Box::new(Create { image: false })]
}

struct Create {
    /// The image is there; else this machine itself asks GitLab, and setup pulls it.
    image: bool,
}

/// What an earlier run was told, as `pipglr setup` and `runner create` begin.
fn resumed(host: &Arc<Faulty>) -> Result<(Setup, Option<Created>)> {
    let mut setup = fresh(host);
    setup.wants.answers = state::load_answers(&**host);
    let waits = creation::waiting(&**host)?;
    if let Some(created) = &waits {
        setup.wants.answers.gitlab_url = Some(created.server.clone());
        setup.wants.vault.tokens.push(created.token.clone());
    }
    Ok((setup, waits))
}

/// As `runner create --group 42` goes about it, without its questions.
fn carry_out(host: &Arc<Faulty>) -> Result<()> {
    let (mut setup, waits) = resumed(host)?;
    if waits.is_none() {
        creating::refuse_second(&setup)?;
        let wanted = wanted(Owner::Group(Named::Number(42)));
        let created = creating::make(&mut setup, &Secret::new(PERSONAL), &wanted, &Told(host))?;
        setup.wants.vault.tokens = vec![created.token];
    }
    all_steps(&mut setup, host)
}

/// Whether a text is where only this user can read it: in the state folder, in a secret, or in the container.
fn is_held(host: &FakeHost, token: &str) -> bool {
    let machine = host.machine();
    let files = machine.files.iter().filter(|(path, _)| path.starts_with(STATE)).map(|(_, text)| text.as_slice());
    let secrets = machine.secrets.iter().filter(|(name, _)| !machine.lost.contains(*name));
    let works = machine.containers.values().map(|container| container.agreed());
    let mut all = files.chain(secrets.map(|(_, (_, text))| text.as_slice())).chain(works);
    all.any(|text| text.windows(token.len()).any(|part| part == token.as_bytes()))
}

impl Flow for Create {
    fn name(&self) -> String {
        if self.image { "runner create".into() } else { "runner create, without an image".into() }
    }

    fn machine(&self) -> Arc<FakeHost> {
        let host = FakeHost::fresh();
        host.machine().image = self.image;
        host
    }

    fn first(&self, host: &Arc<Faulty>) -> Result<()> {
        carry_out(host)
    }

    fn ways_on(&self) -> Vec<&'static str> {
        // Who asks makes no difference to what is deleted.
        let deletes = self.image.then_some("runner create --discard, then runner create");
        ["runner create"].into_iter().chain(deletes).collect()
    }

    fn next(&self, way: &str, host: &Arc<Faulty>) -> Result<()> {
        if way != "runner create"
            && let (setup, Some(created)) = resumed(host)?
            && let Err(problem) = creating::discard(&setup, &created, &Told(host))
            && !problem.what.contains("is set up here")
        {
            return Err(problem);
        }
        let (mut setup, waits) = resumed(host)?;
        match creating::refuse_second(&setup) {
            // As it is told to.
            Err(told) if waits.is_none() && told.advice.starts_with("`pipglr setup`") => all_steps(&mut setup, host),
            _ => carry_out(host),
        }
    }

    fn after_the_fault(&self, host: &FakeHost) -> Vec<String> {
        let runners = host.machine().runners.clone();
        let nowhere = runners.iter().filter(|token| !is_held(host, token));
        nowhere.map(|token| format!("{token} is in GitLab and nowhere here")).collect()
    }

    fn judge(&self, _way: &str, run: &Run) -> Verdict {
        let machine = run.machine.machine();
        let runners: Vec<_> = machine.runners.iter().cloned().collect();
        let text = machine.secrets.get("config.toml").filter(|_| !machine.lost.contains("config.toml"));
        let text = text.map(|(_, text)| String::from_utf8_lossy(text).into_owned()).unwrap_or_default();
        let whole = runners.len() == 1 && text.matches("[[runners]]").count() == 1 && text.contains(&runners[0]);
        let words = || machine.commands.iter().chain(&machine.changes);
        let told = runners.iter().any(|token| words().any(|words| words.contains(token)));
        let history = Path::new(STATE).join("history");
        let files = machine.files.iter().filter(|(path, text)| {
            let text = String::from_utf8_lossy(text);
            text.contains(PERSONAL) || runners.iter().any(|token| text.contains(token) && !path.starts_with(&history))
        });
        let files: Vec<_> = files.map(|(path, _)| path.clone()).collect();
        let left = told || !files.is_empty() || machine.secrets.keys().ne(["config.toml"]);
        let works = machine.containers.len() == 1 && machine.containers.values().all(|made| made.state == "running");
        Verdict {
            lost: (!whole).then(|| format!("in GitLab {runners:?}; here {text}")),
            leaked: left.then(|| format!("in a command: {told}; in {files:?}; {:?}", machine.secrets.keys())),
            stuck: (!works).then(|| format!("{:?}", machine.containers)),
        }
    }

    fn token(&self) -> &str {
        PERSONAL
    }
}
