//! `update`: the container on another image, which works or does not.

use crate::changes::{config, fresh, judge, set_up};
use crate::faulty::{Faulty, Told};
use crate::setup::{GLRT, all_steps};
use crate::support::FakeHost;
use crate::{Flow, Run, Verdict};
use pipglr::apply::Sudo;
use pipglr::image_update;
use pipglr::problem::Result;
use std::sync::Arc;

const OLD: &str = "abcdef0123456789";
const NEW: &str = "fedcba9876543210";

pub fn flows() -> Vec<Box<dyn Flow>> {
    vec![Box::new(Update { works: true }), Box::new(Update { works: false })]
}

struct Update {
    /// The new image; else its runner does not come up.
    works: bool,
}

impl Update {
    /// To go back is an end, too.
    fn carry_out(host: &Arc<Faulty>) -> Result<()> {
        let target = fresh(host).target;
        let proposal = image_update::propose(&target, false)?;
        match image_update::carry_out(&target, &proposal, Sudo::Silent, &Told(host), &mut |_| {}) {
            Err(problem) if problem.what.contains("again, and works") => Ok(()),
            done => done,
        }
    }
}

impl Flow for Update {
    fn name(&self) -> String {
        format!("update, to an image that {}", if self.works { "works" } else { "does not work" })
    }

    fn machine(&self) -> Arc<FakeHost> {
        let host = set_up();
        {
            let mut machine = host.machine();
            machine.image_id = NEW.into();
            machine.images = [("localhost/old:1".into(), OLD.into())].into();
            machine.broken = if self.works { vec![] } else { vec![NEW] };
        }
        host
    }

    fn first(&self, host: &Arc<Faulty>) -> Result<()> {
        Self::carry_out(host)
    }

    fn ways_on(&self) -> Vec<&'static str> {
        if self.works { vec!["update"] } else { vec!["update", "setup, then update"] }
    }

    fn next(&self, way: &str, host: &Arc<Faulty>) -> Result<()> {
        if way != "update" {
            all_steps(&mut fresh(host), host)?;
        }
        Self::carry_out(host)
    }

    fn after_the_fault(&self, host: &FakeHost) -> Vec<String> {
        let machine = host.machine();
        let told = machine.files.keys().any(|path| path.ends_with("work/update-pipglr.json"));
        // Nothing was done yet, or all of it; what a container is tried as is no part of it.
        let whole = machine.containers.get("pipglr").is_some_and(|container| container.state == "running");
        let whole = whole && machine.containers.keys().filter(|name| !name.contains("-probe-")).count() == 1;
        (!told && !whole)
            .then(|| format!("nobody says where it stands: {:?}", machine.containers))
            .into_iter()
            .collect()
    }

    fn judge(&self, _way: &str, run: &Run) -> Verdict {
        let mut verdict = judge(&run.machine, &[config(1)]);
        let machine = run.machine.machine();
        let image = machine.containers.get("pipglr").map_or("", |container| &container.image_id);
        // A command that failed in its midst is a reason to go back, too; the name means what the container is of.
        let ends = image == OLD || (self.works && image == NEW);
        if !ends || machine.image_id != image {
            verdict.stuck = Some(format!("on {image}; its name means {}", machine.image_id));
        }
        verdict
    }

    fn token(&self) -> &str {
        GLRT
    }
}
