//! A change of the configuration, the way back, and volumes recreated, on a host that is set up.

use crate::faulty::{Faulty, Told};
use crate::setup::{GLRT, WORK, all_steps};
use crate::support::{FakeHost, IMAGE};
use crate::{Flow, Run, Verdict};
use pipglr::apply::Sudo;
use pipglr::change::{self, Undo, propose};
use pipglr::problem::Result;
use pipglr::secret::Secret;
use pipglr::steps::Setup;
use pipglr::target::Target;
use std::path::Path;
use std::sync::Arc;

pub const STATE: &str = "/home/johndoe/.local/state/pipglr";

pub fn flows() -> Vec<Box<dyn Flow>> {
    let changes = [Change::Apply, Change::Edit, Change::Undo, Change::HandOver, Change::HandBack];
    let changes = changes.into_iter().map(|change| -> Box<dyn Flow> { Box::new(change) });
    let volumes = [false, true].map(|unit| -> Box<dyn Flow> { Box::new(Volumes { unit }) });
    changes.chain(volumes).collect()
}

pub fn config(concurrent: u32) -> String {
    format!(
        "concurrent = {concurrent}\n\n[[runners]]\n  name = \"pretend\"\n  url = \"https://gitlab.example/\"\n  token = \"{GLRT}\"\n"
    )
}

/// The text in the work file: what the next process finds.
pub fn text_that_waits(host: &FakeHost) -> String {
    let machine = host.machine();
    String::from_utf8_lossy(machine.files.get(Path::new(WORK)).map_or(&[], Vec::as_slice)).into_owned()
}

/// A machine that is set up with `config(1)`, whose container an admin has given an option of his own.
pub fn set_up() -> Arc<FakeHost> {
    let host = FakeHost::set_up(GLRT);
    {
        let mut machine = host.machine();
        machine.secrets.get_mut("config.toml").unwrap().1 = config(1).into();
        let container = machine.containers.get_mut("pipglr").unwrap();
        container.text = config(1).into();
        let made = format!("podman run -d --name pipglr -e FOO=bar --secret config.toml {IMAGE}");
        container.made_by = made.split(' ').map(str::to_owned).collect();
        machine.changes.clear();
        machine.commands.clear();
    }
    host
}

pub fn fresh(host: &Arc<Faulty>) -> Setup {
    Setup::new(Target::new(host.clone(), IMAGE))
}

/// As `config apply` goes about it, without its questions.
pub fn put(host: &Arc<Faulty>, text: &str) -> Result<()> {
    let setup = fresh(host);
    let standing = change::read_standing(&setup.target)?;
    let proposal = propose(&setup.target, &standing, &Secret::new(text), false)?;
    change::carry_out(&setup.target, &proposal, Sudo::Silent, &Told(host))
}

/// As the editor does: the text is kept before anything else.
fn edit(host: &Arc<Faulty>, text: &str) -> Result<()> {
    let setup = fresh(host);
    let standing = change::read_standing(&setup.target)?;
    change::keep(&setup.target, &standing, &Secret::new(text), &Told(host))?;
    put(host, text)
}

/// As `config undo` does.
fn undo(host: &Arc<Faulty>) -> Result<()> {
    let setup = fresh(host);
    let standing = change::read_standing(&setup.target)?;
    match change::undo(&setup.target, &standing)? {
        Undo::Drop(kept) => change::discard(&setup.target, &kept, &Told(host)),
        Undo::Back(text, _) => {
            let proposal = propose(&setup.target, &standing.superseding(), &text, false)?;
            change::carry_out(&setup.target, &proposal, Sudo::Silent, &Told(host))
        }
    }
}

/// All places where a text can be had from.
pub fn can_be_had(host: &FakeHost, text: &str) -> bool {
    let machine = host.machine();
    let listed = machine.secrets.get("config.toml").filter(|_| !machine.lost.contains("config.toml"));
    let files = machine.files.iter().filter(|(path, _)| path.starts_with(STATE)).map(|(_, text)| text);
    let running = machine.containers.values().filter(|container| container.state == "running");
    let all = listed
        .map(|(_, text)| &**text)
        .into_iter()
        .chain(files.map(|text| &**text))
        .chain(running.map(|container| container.agreed()));
    all.into_iter().any(|there| there == text.as_bytes())
}

/// One running container with this text and the admin's option, and nothing half done.
pub fn judge(host: &FakeHost, texts: &[String]) -> Verdict {
    let machine = host.machine();
    let secret = machine.secrets.get("config.toml").filter(|_| !machine.lost.contains("config.toml"));
    let good = secret.is_some_and(|(_, text)| texts.iter().any(|wanted| wanted.as_bytes() == text));
    let left = machine.secrets.keys().ne(["config.toml"])
        || machine.files.keys().any(|p| p.starts_with(format!("{STATE}/work")));
    let works = machine.containers.len() == 1
        && machine.containers.get("pipglr").zip(secret).is_some_and(|(container, (id, text))| {
            container.state == "running"
                && container.works_with(*id, text)
                && container.made_by.join(" ").contains("-e FOO=bar")
        });
    Verdict {
        lost: (!good).then(|| format!("{:?}", secret.map(|(_, text)| String::from_utf8_lossy(text).into_owned()))),
        leaked: left.then(|| format!("{:?} {:?}", machine.secrets.keys(), machine.files.keys())),
        stuck: (!works || machine.volumes.len() != 2)
            .then(|| format!("{:?} {:?}", machine.containers, machine.volumes)),
    }
}

pub enum Change {
    Apply,
    Edit,
    Undo,
    /// `Apply`, to a gitlab-runner that takes it while it runs.
    HandOver,
    /// `Undo`, by the same way.
    HandBack,
}

impl Change {
    /// Before, and after.
    pub fn texts(&self) -> (String, String) {
        if matches!(self, Self::Undo | Self::HandBack) { (config(5), config(1)) } else { (config(1), config(5)) }
    }
}

impl Flow for Change {
    fn name(&self) -> String {
        match self {
            Self::Apply => "config apply",
            Self::Edit => "edit",
            Self::Undo => "config undo",
            Self::HandOver => "config apply, handed over",
            Self::HandBack => "config undo, handed over",
        }
        .into()
    }

    fn machine(&self) -> Arc<FakeHost> {
        let host = set_up();
        if matches!(self, Self::HandOver | Self::HandBack) {
            host.machine().containers.get_mut("pipglr").unwrap().copy = Some(config(1));
        }
        if matches!(self, Self::Undo | Self::HandBack) {
            put(&Faulty::new(&host, None), &config(5)).unwrap();
            host.machine().changes.clear();
        }
        host
    }

    fn first(&self, host: &Arc<Faulty>) -> Result<()> {
        match self {
            Self::Apply | Self::HandOver => put(host, &config(5)),
            Self::Edit => edit(host, &config(5)),
            Self::Undo | Self::HandBack => undo(host),
        }
    }

    fn ways_on(&self) -> Vec<&'static str> {
        vec!["on", "back", "setup"]
    }

    fn next(&self, way: &str, host: &Arc<Faulty>) -> Result<()> {
        let (before, after) = self.texts();
        match way {
            // What was kept, else the file that the user has.
            "on" => {
                let standing = change::read_standing(&fresh(host).target)?;
                put(host, standing.kept.map_or(after, |kept| kept.text.expose_str().to_owned()).as_str())
            }
            // It may have had no effect yet, or all of it; and a container may have to follow.
            "back" => {
                let standing = change::read_standing(&fresh(host).target)?;
                if standing.kept.is_some() || standing.held.text().is_none_or(|text| text.expose_str() != before) {
                    undo(host)?;
                }
                put(host, &before)
            }
            _ => all_steps(&mut fresh(host), host),
        }
    }

    fn after_the_fault(&self, host: &FakeHost) -> Vec<String> {
        let (before, after) = self.texts();
        // The new text is in the file or the editor where it came from, or in the history, until it is written.
        let written = host.machine().changes.iter().any(|change| *change == format!("write {WORK}"));
        let needed =
            if matches!(self, Self::Undo | Self::HandBack) || written { vec![before, after] } else { vec![before] };
        needed.into_iter().filter(|text| !can_be_had(host, text)).collect()
    }

    fn judge(&self, way: &str, run: &Run) -> Verdict {
        let (before, after) = self.texts();
        let wanted = match way {
            "on" => vec![after],
            "back" => vec![before],
            // What waits is applied; else all stays as it is.
            _ if !run.begun_with.is_empty() => vec![run.begun_with.clone()],
            _ => vec![before, after],
        };
        judge(&run.machine, &wanted)
    }

    fn token(&self) -> &str {
        GLRT
    }
}

struct Volumes {
    /// The container is a quadlet's.
    unit: bool,
}

impl Flow for Volumes {
    fn name(&self) -> String {
        if self.unit { "setup --recreate-volumes, under a unit" } else { "setup --recreate-volumes" }.into()
    }

    fn machine(&self) -> Arc<FakeHost> {
        let host = set_up();
        if self.unit {
            crate::boot::enable(&host);
        }
        host
    }

    fn first(&self, host: &Arc<Faulty>) -> Result<()> {
        let mut setup = fresh(host);
        setup.wants.recreate_volumes = true;
        all_steps(&mut setup, host)
    }

    fn ways_on(&self) -> Vec<&'static str> {
        vec!["setup", "setup --recreate-volumes"]
    }

    fn next(&self, way: &str, host: &Arc<Faulty>) -> Result<()> {
        if way == "setup" { all_steps(&mut fresh(host), host) } else { self.first(host) }
    }

    fn judge(&self, _way: &str, run: &Run) -> Verdict {
        judge(&run.machine, &[config(1)])
    }

    fn token(&self) -> &str {
        GLRT
    }
}
