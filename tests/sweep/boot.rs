//! `boot enable` and `boot disable`: the container gets a unit, and goes without one again.

use crate::changes::{config, fresh, judge, set_up};
use crate::faulty::{Faulty, Told};
use crate::setup::{GLRT, all_steps};
use crate::support::FakeHost;
use crate::{Flow, Run, Verdict};
use pipglr::apply::{Sudo, apply};
use pipglr::boot;
use pipglr::problem::Result;
use pipglr::secret::Vault;
use std::sync::Arc;

pub fn flows() -> Vec<Box<dyn Flow>> {
    let flows = [(true, true), (false, true), (true, false), (false, false)].into_iter();
    flows.map(|(enables, quadlet)| -> Box<dyn Flow> { Box::new(Boot { enables, quadlet }) }).collect()
}

struct Boot {
    enables: bool,
    /// Else by a unit, since it is one of a pod.
    quadlet: bool,
}

/// Gives a machine's container a quadlet.
pub fn enable(host: &Arc<FakeHost>) {
    host.machine().unit = "";
    carry_out(&Faulty::new(host, None), true).unwrap();
    host.machine().changes.clear();
}

fn carry_out(host: &Arc<Faulty>, enables: bool) -> Result<()> {
    let target = fresh(host).target;
    let change = if enables { boot::enable(&target, false) } else { boot::disable(&target, false) }?;
    apply(&**host, &change.plan, &Vault::default(), Sudo::Silent, &Told(host))
}

impl Flow for Boot {
    fn name(&self) -> String {
        format!(
            "boot {}, {}",
            if self.enables { "enable" } else { "disable" },
            if self.quadlet { "a quadlet" } else { "a unit" }
        )
    }

    fn machine(&self) -> Arc<FakeHost> {
        let host = set_up();
        host.machine().unit = "";
        if !self.quadlet {
            host.machine().containers.get_mut("pipglr").unwrap().made_by.insert(2, "--pod=box".into());
        }
        if !self.enables {
            carry_out(&Faulty::new(&host, None), true).unwrap();
            host.machine().changes.clear();
        }
        host
    }

    fn first(&self, host: &Arc<Faulty>) -> Result<()> {
        carry_out(host, self.enables)
    }

    fn ways_on(&self) -> Vec<&'static str> {
        vec!["on", "back", "setup"]
    }

    fn next(&self, way: &str, host: &Arc<Faulty>) -> Result<()> {
        match way {
            "on" => carry_out(host, self.enables),
            // What is to be gone back to must be there: a start brings it.
            "back" => carry_out(host, !self.enables),
            _ => all_steps(&mut fresh(host), host),
        }
    }

    fn judge(&self, way: &str, run: &Run) -> Verdict {
        let mut verdict = judge(&run.machine, &[config(1)]);
        let starts = boot::starts(&*run.machine, "pipglr");
        let wanted = match way {
            "on" => self.enables,
            "back" => !self.enables,
            _ => starts,
        };
        if starts != wanted {
            verdict.stuck = Some(format!("starts at boot: {starts}; {:?}", run.machine.machine().files.keys()));
        }
        verdict
    }

    fn token(&self) -> &str {
        GLRT
    }
}
