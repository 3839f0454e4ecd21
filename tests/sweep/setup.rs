//! Setup, from a bare account to a runner.

use crate::faulty::{Faulty, Told};
use crate::support::{FakeHost, IMAGE};
use crate::{Flow, Run, Verdict};
use pipglr::apply::Sudo;
use pipglr::config::document;
use pipglr::problem::{Problem, Result};
use pipglr::secret::Secret;
use pipglr::steps::{Setup, State, Step};
use pipglr::target::Target;
use std::path::Path;
use std::sync::Arc;

pub const GLRT: &str = "glrt-t1_abcdefghijklmnop";
const LEGACY: &str = "GR1348941abcdefghijk";
pub const WORK: &str = "/home/johndoe/.local/state/pipglr/work/config.toml";

pub fn flows() -> Vec<Box<dyn Flow>> {
    vec![Box::new(FromScratch { token: LEGACY, wanted: 2 }), Box::new(ONE)]
}

/// All steps, as both faces go through them.
pub fn all_steps(setup: &mut Setup, host: &Faulty) -> Result<()> {
    for step in Step::ALL {
        let report = setup.check(step)?;
        match &report.state {
            State::Done => {}
            State::Ready => {
                assert!(!report.facts.is_empty() || step == Step::Volumes, "{step:?} does not say what it found");
                // What was to be recreated is not to be recreated once more.
                setup.wants.recreate_volumes &= step != Step::Volumes;
                let _lock = setup.target.host.lock("setup")?;
                drop(setup.carry_out(&report, Sudo::Silent, &Told(host))?);
            }
            State::Blocked(problem) => return Err(problem.clone()),
            other => return Err(Problem::new(format!("{step:?}: {other:?}"), "See `pipglr check`.")),
        }
    }
    Ok(())
}

/// One registration.
pub const ONE: FromScratch = FromScratch { token: GLRT, wanted: 1 };

pub struct FromScratch {
    token: &'static str,
    wanted: usize,
}

impl Flow for FromScratch {
    fn name(&self) -> String {
        format!("setup, {} registration(s)", self.wanted)
    }

    fn machine(&self) -> Arc<FakeHost> {
        FakeHost::fresh()
    }

    fn first(&self, host: &Arc<Faulty>) -> Result<()> {
        let mut setup = Setup::new(Target::new(host.clone(), IMAGE, "pipglr"));
        setup.wants.vault.tokens.push(Secret::new(self.token));
        setup.wants.answers.runners = Some(2);
        all_steps(&mut setup, host)
    }

    fn ways_on(&self) -> Vec<&'static str> {
        vec!["setup"]
    }

    fn next(&self, _way: &str, host: &Arc<Faulty>) -> Result<()> {
        self.first(host)
    }

    fn judge(&self, _way: &str, run: &Run) -> Verdict {
        let machine = run.machine.machine();
        let text = machine.secrets.get("config.toml").map(|(_, data)| String::from_utf8_lossy(data).into_owned());
        let have = text.as_deref().and_then(|text| document::read(text).ok()).map_or(0, |config| config.runners.len());
        // A glrt- token registers as often as one likes and is one runner; each legacy registration is a runner more.
        let issued = if self.token == GLRT { 1 } else { run.registered };
        let lost = machine.lost.contains("config.toml") || have != self.wanted || issued != self.wanted;
        let left = machine.secrets.keys().ne(["config.toml"]) || machine.files.contains_key(Path::new(WORK));
        let secret = machine.secrets.get("config.toml").map(|(id, _)| id.to_string());
        let container = machine.containers.get("pipglr").filter(|_| machine.containers.len() == 1);
        let finished = container.is_some_and(|made| made.state == "running" && Some(&made.secret) == secret.as_ref())
            && machine.in_force == 65_539
            && machine.volumes.len() == 2;
        Verdict {
            lost: lost.then(|| format!("{have} of {issued} registered, {} wanted", self.wanted)),
            leaked: left.then(|| format!("{:?} {:?}", machine.secrets.keys(), machine.files.keys())),
            stuck: (!finished).then(|| format!("{:?} {:?}", machine.containers, machine.volumes)),
        }
    }

    fn token(&self) -> &str {
        self.token
    }
}
