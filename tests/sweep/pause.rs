//! `pause` and `resume`, and what is done to a container whose runner is paused: it stays so.

use crate::changes::{config, fresh, judge, put, set_up};
use crate::faulty::{Faulty, Told};
use crate::setup::{GLRT, all_steps};
use crate::support::FakeHost;
use crate::{Flow, Run, Verdict};
use pipglr::apply::Sudo;
use pipglr::lifecycle::{self, Verb};
use pipglr::problem::Result;
use std::sync::Arc;

pub fn flows() -> Vec<Box<dyn Flow>> {
    let first = [First::Pause, First::Resume, First::Restart, First::HandOver, First::Recreate];
    let flows = first.into_iter().map(|first| Pause { first, older_image: false });
    let flows = flows.chain([Pause { first: First::Recreate, older_image: true }]);
    flows.map(|flow| -> Box<dyn Flow> { Box::new(flow) }).collect()
}

struct Pause {
    first: First,
    /// Its unit looks for no pause: a drop-in does, which goes with the container.
    older_image: bool,
}

/// What is cut off.
#[derive(Clone, Copy, Debug, PartialEq)]
enum First {
    Pause,
    /// As the others, of a runner that is paused.
    Resume,
    Restart,
    HandOver,
    Recreate,
}

fn operate(host: &Arc<Faulty>, verb: Verb) -> Result<()> {
    let target = fresh(host).target;
    let operation = lifecycle::plan(&target, verb, false)?;
    lifecycle::carry_out(&target, &operation, Sudo::Silent, &Told(host))
}

/// Whether gitlab-runner asks for no jobs.
fn rests(host: &FakeHost) -> bool {
    let machine = host.machine();
    machine.containers.get("pipglr").is_some_and(|container| machine.rests(container))
}

impl Flow for Pause {
    fn name(&self) -> String {
        let first = match self.first {
            First::Pause => "pause",
            First::Resume => "resume",
            First::Restart => "restart of a paused one",
            First::HandOver => "a text handed to a paused one",
            First::Recreate => "a paused one recreated",
        };
        format!("{first}{}", if self.older_image { ", an older image" } else { "" })
    }

    fn machine(&self) -> Arc<FakeHost> {
        let host = set_up();
        {
            let mut machine = host.machine();
            machine.older_image = self.older_image;
            if self.first != First::Recreate {
                machine.containers.get_mut("pipglr").unwrap().copy = Some(config(1));
            }
        }
        if self.first != First::Pause {
            operate(&Faulty::new(&host, None), Verb::Pause).unwrap();
            host.machine().changes.clear();
        }
        host
    }

    fn first(&self, host: &Arc<Faulty>) -> Result<()> {
        match self.first {
            First::Pause => operate(host, Verb::Pause),
            First::Resume => operate(host, Verb::Resume),
            First::Restart => operate(host, Verb::Restart),
            First::HandOver | First::Recreate => put(host, &config(5)),
        }
    }

    fn ways_on(&self) -> Vec<&'static str> {
        vec!["config apply", "setup, then pause", "setup, then resume"]
    }

    fn next(&self, way: &str, host: &Arc<Faulty>) -> Result<()> {
        match way {
            "config apply" => put(host, &config(5)),
            _ => {
                all_steps(&mut fresh(host), host)?;
                operate(host, if way.ends_with("pause") { Verb::Pause } else { Verb::Resume })
            }
        }
    }

    fn after_the_fault(&self, host: &FakeHost) -> Vec<String> {
        let said = !matches!(self.first, First::Pause | First::Resume);
        (said && !host.machine().paused).then(|| "that it is paused".into()).into_iter().collect()
    }

    fn judge(&self, way: &str, run: &Run) -> Verdict {
        let texts = if way == "config apply" { vec![config(5)] } else { vec![config(1), config(5)] };
        let mut verdict = judge(&run.machine, &texts);
        let wanted = match way {
            "setup, then pause" => true,
            "setup, then resume" => false,
            _ => run.machine.machine().paused,
        };
        // A container of an older image has nobody to tell it again, but whoever pauses again; and `status` says which holds.
        let told = !self.older_image || way.contains("then");
        if (rests(&run.machine) != wanted && told) || run.machine.machine().paused != wanted {
            verdict.stuck = Some(format!("it rests: {}, and should: {wanted}", rests(&run.machine)));
        }
        verdict
    }

    fn token(&self) -> &str {
        GLRT
    }
}
