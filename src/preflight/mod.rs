//! `check`: what stands in the way of a runner on this host, and its fix. Changes nothing.
//!
//! Every probe looks at one thing, and all look side by side: together they take as long as the slowest.

mod check;
mod existing;
mod ids;
mod kernel;
mod network;
mod packages;
mod podman;
mod script;
mod secrets;
mod server;
mod session;
mod storage;

pub use check::{Check, Status};
pub use script::script;

use crate::host::podman::{Image, Version};
use crate::host::{Cmd, podman as verbs};
use crate::host::{Host, Meta, ask};
use crate::problem::{Problem, Result};
use crate::steps::Setup;
use serde_json::Value;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// One probe: its name, and what looks. What cannot be looked at is itself a finding.
type Probe = (&'static str, fn(&Context) -> Vec<Check>);

/// All of them, in the order in which they are shown.
const PROBES: &[Probe] = &[
    ("podman", podman::probe),
    ("nested", podman::nested),
    ("newuidmap", ids::helpers),
    ("ID ranges", ids::step),
    ("ID files", ids::files),
    ("linger", session::linger),
    ("session", session::probe),
    ("cgroups", kernel::cgroups),
    ("devices", kernel::devices),
    ("user namespaces", kernel::namespaces),
    ("SELinux", kernel::selinux),
    ("memory", kernel::memory),
    ("storage", storage::driver),
    ("disk", storage::disk),
    ("network tool", network::tool),
    ("image", existing::image),
    ("already here", existing::things),
    ("secrets", secrets::probe),
    ("proxy", network::proxy),
    ("GitLab", server::probe),
];

/// Where a distribution puts its programs.
const SYSTEM: [&str; 4] = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"];

/// What probes share: each part is asked for once, by the first that needs it.
struct Context<'a> {
    setup: &'a Setup,
    version: OnceLock<Result<Version>>,
    info: OnceLock<Result<Value>>,
    image: OnceLock<Option<Image>>,
}

impl Context<'_> {
    fn host(&self) -> &dyn Host {
        &*self.setup.target.host
    }

    fn version(&self) -> &Result<Version> {
        self.version.get_or_init(|| verbs::version(self.host()))
    }

    /// `podman info`; an error also where there is no podman.
    fn info(&self) -> &Result<Value> {
        self.info.get_or_init(|| {
            self.version().clone()?;
            let cmd = Cmd::podman(["info", "--format", "json"]);
            let done = ask(self.host(), &cmd)?;
            if !done.ok() {
                return Err(verbs::failed(&cmd, done));
            }
            serde_json::from_slice(&done.stdout).map_err(|e| {
                Problem::new(format!("`{}` did not answer in JSON: {e}.", cmd.shown()), "Run it by hand to see why.")
            })
        })
    }

    /// The image, where it is here.
    fn image(&self) -> Option<&Image> {
        self.image.get_or_init(|| self.setup.target.found_image().ok().flatten()).as_ref()
    }

    /// A file's text; empty where it cannot be read.
    fn read(&self, path: impl AsRef<Path>) -> String {
        String::from_utf8_lossy(&self.host().read(path.as_ref()).unwrap_or_default()).into_owned()
    }

    /// The first word of a file of the kernel.
    fn word(&self, path: &str) -> Option<String> {
        self.read(path).split_whitespace().next().map(str::to_owned)
    }

    /// A program's whereabouts.
    fn program(&self, name: &str) -> Option<std::path::PathBuf> {
        crate::host::program(self.host(), name)
    }

    /// Whether a program is the system's: root's own regular file in a folder that only root writes in.
    fn is_systems(&self, path: &Path) -> bool {
        let folder = path.parent().is_some_and(|folder| SYSTEM.iter().any(|system| folder == Path::new(system)));
        let regular = |meta: Meta| meta.uid == 0 && meta.mode & 0o170_000 == 0o100_000;
        folder && self.host().meta(path).is_ok_and(regular)
    }

    /// Whether podman works here at all: it has a user namespace of its own with more than one ID.
    fn works(&self) -> bool {
        let Ok(info) = self.info() else { return false };
        let ids = |which: &str| -> u64 {
            info["host"]["idMappings"][which].as_array().into_iter().flatten().filter_map(|m| m["size"].as_u64()).sum()
        };
        ids("uidmap") > 1 && ids("gidmap") > 1
    }
}

/// What was found, and how long it took.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// In the order of the list.
    pub checks: Vec<Check>,
    /// Each probe's own time.
    pub times: Vec<(&'static str, Duration)>,
    /// From the first one's begin to the last one's end.
    pub wall: Duration,
}

impl Looked {
    /// Returns the slowest probe.
    pub fn slowest(&self) -> Option<(&'static str, Duration)> {
        self.times.iter().copied().max_by_key(|(_, time)| *time)
    }
}

/// Looks at all of it, side by side.
pub fn check_host(setup: &Setup) -> Looked {
    let begun = Instant::now();
    let context = Context { setup, version: OnceLock::new(), info: OnceLock::new(), image: OnceLock::new() };
    let results: Vec<_> = std::thread::scope(|scope| {
        let context = &context;
        let threads: Vec<_> = PROBES
            .iter()
            .map(|(name, probe)| {
                scope.spawn(move || {
                    let begun = Instant::now();
                    (*name, probe(context), begun.elapsed())
                })
            })
            .collect();
        threads
            .into_iter()
            .zip(PROBES)
            .map(|(thread, (name, _))| {
                thread.join().unwrap_or_else(|_| (name, vec![Check::broken(name)], Duration::ZERO))
            })
            .collect()
    });
    let mut looked = Looked { wall: begun.elapsed(), ..Looked::default() };
    for (name, checks, time) in results {
        looked.checks.extend(checks);
        looked.times.push((name, time));
    }
    looked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_host::Recorded;

    /// Every command takes a while: the page is full in the time of the slowest probe, not of all of them.
    #[test]
    fn side_by_side() {
        let host = Recorded::debian().slow(Duration::from_millis(80));
        let looked = check_host(&host.setup());
        let (_, slowest) = looked.slowest().unwrap();
        let all: Duration = looked.times.iter().map(|(_, time)| *time).sum();
        assert!(looked.wall <= slowest.mul_f64(1.2), "{:?} for the slowest's {slowest:?}", looked.wall);
        assert!(looked.wall * 3 < all, "{:?} in place of {all:?}", looked.wall);
    }

    #[test]
    fn every_finding_has_a_name_a_reason_and_a_way_out() {
        let broken = Recorded::debian().without("podman").without("newuidmap").gone("/dev").gone("/sys").gone("/run");
        for check in broken.checks().into_iter().chain(Recorded::debian().checks()) {
            assert!(!check.id.is_empty() && !check.found.is_empty(), "{check:?}");
            assert!(check.status != Status::Fixable || !check.fix.is_empty(), "{check:?}");
            assert!(check.status == Status::Ok || check.why.ends_with(['.', ')']), "{check:?}");
        }
    }
}
