//! `runner rotate`: a new token in place of the old one, which ends with GitLab's answer.

use crate::changes::{STATE, config, fresh, judge, set_up};
use crate::faulty::{Faulty, Told};
use crate::setup::{GLRT, all_steps};
use crate::support::FakeHost;
use crate::{Flow, Run, Verdict};
use pipglr::apply::Sudo;
use pipglr::change::{self, propose, rotate};
use pipglr::problem::Result;
use std::sync::Arc;

pub fn flows() -> Vec<Box<dyn Flow>> {
    vec![Box::new(Rotate { handed_over: false }), Box::new(Rotate { handed_over: true })]
}

struct Rotate {
    /// gitlab-runner takes the new token while it runs.
    handed_over: bool,
}

/// As `runner rotate` goes about it, without its questions.
fn carry_out(host: &Arc<Faulty>) -> Result<()> {
    let target = fresh(host).target;
    let rotation = rotate::read(&target, None)?;
    let text = rotation.replace(&target)?;
    let proposal = propose(&target, &rotation.standing, &text, false)?;
    change::carry_out(&target, &proposal, Sudo::Silent, &Told(host))?;
    rotation.forget(&target)
}

/// The one token that GitLab knows.
fn known(host: &FakeHost) -> String {
    let machine = host.machine();
    let mut runners = machine.runners.iter();
    let (Some(token), None) = (runners.next(), runners.next()) else { panic!("{:?}", machine.runners) };
    token.clone()
}

impl Flow for Rotate {
    fn name(&self) -> String {
        format!("runner rotate{}", if self.handed_over { ", handed over" } else { "" })
    }

    fn machine(&self) -> Arc<FakeHost> {
        let host = set_up();
        if self.handed_over {
            host.machine().containers.get_mut("pipglr").unwrap().copy = Some(config(1));
        }
        host
    }

    fn first(&self, host: &Arc<Faulty>) -> Result<()> {
        carry_out(host)
    }

    fn ways_on(&self) -> Vec<&'static str> {
        if self.handed_over { vec!["rotate"] } else { vec!["rotate", "setup, then rotate"] }
    }

    fn next(&self, way: &str, host: &Arc<Faulty>) -> Result<()> {
        if way != "rotate" {
            all_steps(&mut fresh(host), host)?;
        }
        // A text that was to be put to work goes first, as it is told to.
        let target = fresh(host).target;
        let standing = change::read_standing(&target)?;
        if let Some(kept) = &standing.kept {
            let proposal = propose(&target, &standing, &kept.text, false)?;
            change::carry_out(&target, &proposal, Sudo::Silent, &Told(host))?;
        }
        carry_out(host)
    }

    fn after_the_fault(&self, host: &FakeHost) -> Vec<String> {
        let token = known(host);
        let machine = host.machine();
        let secret = machine.secrets.get("config.toml").filter(|_| !machine.lost.contains("config.toml"));
        let files = machine.files.iter().filter(|(path, _)| path.starts_with(STATE)).map(|(_, text)| text.as_slice());
        let works = machine.containers.values().map(|container| container.agreed());
        let mut all = secret.map(|(_, text)| text.as_slice()).into_iter().chain(files).chain(works);
        let there = all.any(|text| text.windows(token.len()).any(|part| part == token.as_bytes()));
        (!there).then(|| "the token that GitLab knows is nowhere".to_owned()).into_iter().collect()
    }

    fn judge(&self, _way: &str, run: &Run) -> Verdict {
        let token = known(&run.machine);
        let mut verdict = judge(&run.machine, &[config(1).replace(GLRT, &token)]);
        let machine = run.machine.machine();
        if machine.commands.iter().chain(&machine.changes).any(|words| words.contains(&token)) {
            verdict.leaked = Some("the new token is in a command".into());
        }
        verdict
    }

    fn token(&self) -> &str {
        GLRT
    }
}
