//! A runner that GitLab makes, and one that gets a new token: what GitLab answered is lost by no fault.

use crate::changes::{self, STATE, can_be_had, config, fresh, set_up};
use crate::faulty::{Faulty, Told};
use crate::setup::{GLRT, WORK};
use crate::support::FakeHost;
use crate::{Flow, Run, Verdict};
use pipglr::api::Place;
use pipglr::api::creation::{self, Owner, Wanted};
use pipglr::apply::Sudo;
use pipglr::change::{self, propose, rotate};
use pipglr::problem::Result;
use pipglr::secret::Secret;
use pipglr::steps::{State, Step};
use std::path::Path;
use std::sync::Arc;

const USER: &str = "glpat-abcdefghijklmnop";

pub fn flows() -> Vec<Box<dyn Flow>> {
    vec![Box::new(Create), Box::new(Rotate)]
}

/// The token that GitLab has made last.
fn token(host: &FakeHost) -> String {
    host.machine().runners.iter().next().cloned().unwrap_or_default()
}

/// Made, and registered here.
struct Create;

impl Flow for Create {
    fn name(&self) -> String {
        "runner create".into()
    }

    fn machine(&self) -> Arc<FakeHost> {
        FakeHost::fresh()
    }

    fn first(&self, host: &Arc<Faulty>) -> Result<()> {
        let mut setup = fresh(host);
        // As `setup` is begun, what waits is taken first.
        let created = match creation::waiting(&**host) {
            Some(created) => created,
            None if text_of_work(&host.inner).is_some() => return Ok(()),
            None => {
                let wanted = Wanted {
                    owner: Owner::Instance,
                    description: "box".into(),
                    tags: vec![],
                    run_untagged: true,
                    locked: false,
                    paused: false,
                    maximum_timeout: None,
                };
                let place = Place::without_container(&**host, &setup.target.image)?;
                let user = Secret::new(USER);
                creation::create(&**host, &place, "https://gitlab.example/", &user, &wanted, &Told(host))?
            }
        };
        setup.wants.vault.tokens.push(created.token);
        let report = setup.check(Step::Registration)?;
        match &report.state {
            State::Ready => setup.carry_out(&report, Sudo::Silent, &Told(host)).map(drop),
            State::Blocked(problem) => Err(problem.clone()),
            _ => Ok(()),
        }
    }

    fn ways_on(&self) -> Vec<&'static str> {
        vec!["runner create"]
    }

    fn next(&self, _way: &str, host: &Arc<Faulty>) -> Result<()> {
        self.first(host)
    }

    fn judge(&self, _way: &str, run: &Run) -> Verdict {
        let (text, token) = (text_of_work(&run.machine).unwrap_or_default(), token(&run.machine));
        let machine = run.machine.machine();
        let lost = machine.made != 1 || !text.contains(&token);
        Verdict {
            lost: lost.then(|| format!("{} made; {text}", machine.made)),
            leaked: (!machine.secrets.is_empty()).then(|| format!("{:?}", machine.secrets.keys())),
            stuck: None,
        }
    }

    fn token(&self) -> &str {
        USER
    }
}

/// The configuration that was registered so far, where there is a runner in it.
fn text_of_work(host: &FakeHost) -> Option<String> {
    let machine = host.machine();
    let text = String::from_utf8_lossy(machine.files.get(Path::new(WORK))?).into_owned();
    text.contains("token").then_some(text)
}

/// A new token, handed over.
struct Rotate;

impl Flow for Rotate {
    fn name(&self) -> String {
        "runner rotate".into()
    }

    fn machine(&self) -> Arc<FakeHost> {
        let host = set_up();
        host.machine().containers.get_mut("pipglr").unwrap().copy = Some(config(1));
        host
    }

    fn first(&self, host: &Arc<Faulty>) -> Result<()> {
        let target = fresh(host).target;
        let rotation = rotate::read(&target, None)?;
        let text = rotation.replace(&target)?;
        let proposal = propose(&target, &rotation.standing, &text, false)?;
        change::carry_out(&target, &proposal, Sudo::Silent, &Told(host))?;
        rotation.forget(&target)
    }

    fn ways_on(&self) -> Vec<&'static str> {
        vec!["runner rotate", "config apply"]
    }

    fn next(&self, way: &str, host: &Arc<Faulty>) -> Result<()> {
        let target = fresh(host).target;
        let standing = change::read_standing(&target)?;
        // What waits to be applied comes first, as is said.
        if let Some(kept) = standing.kept {
            changes::put(host, kept.text.expose_str())?;
        }
        // One that came as far as that is not to be replaced once more.
        if way == "runner rotate" && host.inner.machine().made == 0 || has_token_that_waits(&host.inner) {
            self.first(host)?;
        }
        Ok(())
    }

    fn after_the_fault(&self, host: &FakeHost) -> Vec<String> {
        let token = token(host);
        let files = host.machine().files.values().any(|text| String::from_utf8_lossy(text).contains(&token));
        let had = files || can_be_had(host, &config(1).replace(GLRT, &token));
        (!had).then(|| format!("the token {token} is nowhere")).into_iter().collect()
    }

    fn judge(&self, way: &str, run: &Run) -> Verdict {
        let token = token(&run.machine);
        let made = run.machine.machine().made;
        let mut verdict = changes::judge(&run.machine, &[config(1).replace(GLRT, &token)]);
        // Its file may stay where it is not asked for again; the old token's name is in no configuration any more.
        if way == "config apply" || made == 1 {
            let machine = run.machine.machine();
            let left = machine.files.keys().filter(|path| path.starts_with(format!("{STATE}/work")));
            let harmless = left.clone().all(|path| path.to_string_lossy().contains("/rotated-"));
            verdict.leaked = verdict.leaked.filter(|_| !harmless || machine.secrets.keys().ne(["config.toml"]));
        }
        verdict.lost = verdict.lost.or_else(|| (made > 1).then(|| format!("replaced {made} times")));
        verdict
    }

    fn token(&self) -> &str {
        GLRT
    }
}

/// Whether a token is in a file, and in no configuration.
fn has_token_that_waits(host: &FakeHost) -> bool {
    let token = token(host);
    let machine = host.machine();
    let stored =
        machine.secrets.get("config.toml").is_some_and(|(_, text)| String::from_utf8_lossy(text).contains(&token));
    !stored
}
