//! A token that GitLab has renewed, and that only gitlab-runner's own file has: whatever is done with the container, and
//! wherever it is cut off, it is there, and in the end the runner works with it. So it is for a container that has the
//! volume for that file, and for one that gets it by this.

use crate::changes::{STATE, config, fresh, put, set_up};
use crate::faulty::{Faulty, Told};
use crate::setup::{GLRT, all_steps};
use crate::support::FakeHost;
use crate::{Flow, Run, Verdict};
use pipglr::apply::{Sudo, apply};
use pipglr::boot;
use pipglr::change::{self, Wish};
use pipglr::image_update;
use pipglr::problem::Result;
use pipglr::secret::{Secret, Vault};
use std::sync::Arc;

const RENEWED: &str = "glrt-t1_renewedrenewed00";
const NEW_IMAGE: &str = "fedcba9876543210";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Doing {
    Apply,
    Recreate,
    Enable,
    Disable,
    Update,
    UpdateAndBack,
    Volumes,
}

pub fn flows() -> Vec<Box<dyn Flow>> {
    use Doing::*;
    let (before, with) = ([Apply, Enable, Update, Volumes], [Recreate, Disable, UpdateAndBack]);
    let of = |from_before| move |doing| -> Box<dyn Flow> { Box::new(Renewed { doing, from_before }) };
    before.into_iter().map(of(true)).chain(with.into_iter().map(of(false))).collect()
}

struct Renewed {
    doing: Doing,
    /// Its container has no volume for it yet.
    from_before: bool,
}

/// The text with the token that was renewed.
fn renewed(text: &str) -> String {
    text.replace(GLRT, RENEWED)
}

fn recreate(host: &Arc<Faulty>) -> Result<()> {
    let target = fresh(host).target;
    let standing = change::read_standing(&target)?;
    let text = standing.kept.as_ref().map(|kept| &kept.text).or(standing.held.text());
    let text = text.cloned().unwrap_or_else(|| Secret::new(config(1)));
    let wish = Wish { recreate: true, ..Wish::default() };
    let proposal = change::propose(&target, &standing, &text, wish)?;
    change::carry_out(&target, &proposal, Sudo::Silent, &Told(host))
}

fn boots(host: &Arc<Faulty>, enables: bool) -> Result<()> {
    let target = fresh(host).target;
    let change = if enables { boot::enable(&target, false) } else { boot::disable(&target, false) }?;
    apply(&**host, &change.plan, &Vault::default(), Sudo::Silent, &Told(host))
}

fn update(host: &Arc<Faulty>) -> Result<()> {
    let target = fresh(host).target;
    let proposal = image_update::propose(&target, false)?;
    image_update::carry_out(&target, &proposal, Sudo::Silent, &Told(host), &mut |_| {})
}

impl Flow for Renewed {
    fn name(&self) -> String {
        format!("a renewed token, {:?}{}", self.doing, if self.from_before { ", from before the volume" } else { "" })
    }

    fn machine(&self) -> Arc<FakeHost> {
        let host = set_up();
        host.machine().unit = "";
        if !self.from_before {
            let mut machine = host.machine();
            let container = machine.containers.get_mut("pipglr").unwrap();
            container.made_by.splice(2..2, ["-v", "pipglr-state:/var/lib/gitlab-runner"].map(str::to_owned));
        }
        if self.doing == Doing::Disable {
            boots(&Faulty::new(&host, None), true).unwrap();
        }
        let mut machine = host.machine();
        if matches!(self.doing, Doing::Update | Doing::UpdateAndBack) {
            machine.images = [("localhost/old:1".into(), machine.image_id.clone())].into();
            machine.image_id = NEW_IMAGE.into();
            machine.broken = if self.doing == Doing::UpdateAndBack { vec![NEW_IMAGE] } else { vec![] };
        }
        machine.containers.get_mut("pipglr").unwrap().copy = Some(renewed(&config(1)));
        machine.changes.clear();
        drop(machine);
        host
    }

    fn first(&self, host: &Arc<Faulty>) -> Result<()> {
        match self.doing {
            Doing::Apply => put(host, &config(5)),
            Doing::Recreate => recreate(host),
            Doing::Enable => boots(host, true),
            Doing::Disable => boots(host, false),
            Doing::Update => update(host),
            Doing::UpdateAndBack => update(host).or_else(|problem| match problem.what.contains("works") {
                true => Ok(()),
                false => Err(problem),
            }),
            Doing::Volumes => {
                let mut setup = fresh(host);
                setup.wants.recreate_volumes = true;
                all_steps(&mut setup, host)
            }
        }
    }

    fn ways_on(&self) -> Vec<&'static str> {
        vec!["on"]
    }

    fn next(&self, _way: &str, host: &Arc<Faulty>) -> Result<()> {
        // What waits is gone on with first, as is said; and nobody types again what is stored with a newer token.
        let standing = change::read_standing(&fresh(host).target)?;
        let stored =
            standing.held.text().filter(|text| self.doing == Doing::Apply && text.expose_str().contains(RENEWED));
        if let Some(text) = standing.kept.as_ref().map(|kept| &kept.text).or(stored) {
            put(host, text.expose_str())?;
        }
        if self.doing == Doing::Apply && (stored.is_some() || standing.kept.is_some()) {
            return Ok(());
        }
        match self.first(host) {
            Err(problem) if self.doing == Doing::UpdateAndBack && problem.what.ends_with("did not work.") => Ok(()),
            done => done,
        }
    }

    fn after_the_fault(&self, host: &FakeHost) -> Vec<String> {
        let machine = host.machine();
        let has = |text: &[u8]| String::from_utf8_lossy(text).contains(RENEWED);
        let files = machine.files.iter().filter(|(path, _)| path.starts_with(STATE)).any(|(_, text)| has(text));
        let secret = !machine.lost.contains("config.toml") && machine.secrets.values().any(|(_, text)| has(text));
        let copies = machine.containers.values().filter_map(|container| container.copy.as_ref());
        let all = files
            || secret
            || copies.chain(machine.states.values().map(|(_, works)| works)).any(|copy| has(copy.as_bytes()));
        if all { vec![] } else { vec![format!("{:?}", machine.containers)] }
    }

    fn judge(&self, _way: &str, run: &Run) -> Verdict {
        let machine = run.machine.machine();
        let container = machine.containers.get("pipglr").filter(|container| container.state == "running");
        let works = container.map(|container| match &container.copy {
            Some(copy) => copy.clone(),
            None => String::from_utf8_lossy(&container.text).into_owned(),
        });
        let works_with = works.as_ref().is_some_and(|works| works.contains(RENEWED) && !works.contains(GLRT));
        Verdict {
            lost: (!works_with).then(|| format!("it works with {works:?}")),
            leaked: None,
            stuck: (machine.containers.len() != 1).then(|| format!("{:?}", machine.containers)),
        }
    }

    fn token(&self) -> &str {
        RENEWED
    }
}
