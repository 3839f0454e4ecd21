//! A host that is torn down: GitLab is told, and nothing stays but what is to.

use crate::changes::{STATE, config, fresh, set_up};
use crate::faulty::{Faulty, Told};
use crate::setup::GLRT;
use crate::support::FakeHost;
use crate::{Flow, Run, Verdict};
use pipglr::apply::{Sudo, apply};
use pipglr::problem::{Problem, Result};
use pipglr::secret::Vault;
use pipglr::teardown::{self, Choice};
use std::sync::Arc;

pub fn flows() -> Vec<Box<dyn Flow>> {
    vec![Box::new(Teardown { whole: false }), Box::new(Teardown { whole: true })]
}

/// `whole`: the runner is deleted in GitLab, for all machines.
struct Teardown {
    whole: bool,
}

impl Flow for Teardown {
    fn name(&self) -> String {
        if self.whole { "teardown --delete-runners".into() } else { "teardown".into() }
    }

    fn machine(&self) -> Arc<FakeHost> {
        let host = set_up();
        host.machine().containers.get_mut("pipglr").unwrap().copy = Some(config(1));
        host
    }

    fn first(&self, host: &Arc<Faulty>) -> Result<()> {
        let target = fresh(host).target;
        let choice = Choice { delete_runners: self.whole, ..Choice::default() };
        let found = teardown::find(&target, &Told(host))?;
        if found.unasked().next().is_some() {
            return Err(Problem::new("GitLab could not be asked.", "Try again."));
        }
        let plan = teardown::plan(&target, &found, &choice);
        apply(&*target.host, &plan, &Vault::default(), Sudo::Silent, &Told(host))
    }

    fn ways_on(&self) -> Vec<&'static str> {
        vec!["teardown"]
    }

    fn next(&self, _way: &str, host: &Arc<Faulty>) -> Result<()> {
        self.first(host)
    }

    fn judge(&self, _way: &str, run: &Run) -> Verdict {
        let machine = run.machine.machine();
        let told = if self.whole { !machine.runners.contains(GLRT) } else { machine.unlisted.contains(GLRT) };
        let ours: Vec<_> = machine.files.iter().filter(|(path, _)| path.starts_with(STATE)).collect();
        let copy = matches!(&*ours, [(path, text)] if path.to_string_lossy().contains("/history/") && **text == config(1).into_bytes());
        let left = !machine.secrets.is_empty() || ours.len() > 1;
        let there = !machine.containers.is_empty() || !machine.half_made.is_empty() || machine.image;
        Verdict {
            lost: (!told || !copy).then(|| format!("GitLab was told: {told}; {:?}", ours)),
            leaked: left.then(|| format!("{:?} {ours:?}", machine.secrets.keys())),
            stuck: (there || !machine.volumes.is_empty())
                .then(|| format!("{:?} {:?} image: {}", machine.containers, machine.volumes, machine.image)),
        }
    }

    fn token(&self) -> &str {
        GLRT
    }
}
