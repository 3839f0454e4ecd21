//! A pretend machine for fast tests and fault injection: a podman with secrets, volumes and one container, files in
//! memory, a logind, a sudo, and a GitLab that answers as it is told. Never the proof: that is `tests/e2e`.

mod base;
mod container;
mod gitlab;
mod image;
mod lock;
mod podman;
mod query;
mod state;
mod store;
mod units;

pub(crate) use base::{Pretend, johndoe, pretend_host, said};
pub use container::FakeContainer;
pub use gitlab::wanted;

use pipglr::apply::Sudo;
use pipglr::host::state_folder::Lock;
use pipglr::host::{Cmd, Finished, Meta, Privilege, User, Watch};
use pipglr::names::Names;
use pipglr::problem::{Problem, Result};
use pipglr::secret::Secret;
use pipglr::steps::{Setup, State, Step};
use pipglr::target::Target;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard};

pub const IMAGE: &str = "registry.gitlab.com/qontainers/pipglr:latest";

/// What is seen in a container whose runner is up.
pub const INSIDE: &str = "systemd running\nfailed \npodman 5.4.2\nrunner ActiveState=active\n\
                          runner SubState=running\nrunner NRestarts=0\nuptime 100.0 1.0\nrunners 1\npolls 204 7 t1_abcdef\n.\n";

/// See [`Machine::registrations`].
pub const BEHIND: &str = "behind it: ";

/// What the machine holds.
#[derive(Default)]
pub struct Machine {
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    pub secrets: BTreeMap<String, (u32, Vec<u8>)>,
    pub volumes: BTreeMap<String, (u64, u64)>,
    pub containers: BTreeMap<String, FakeContainer>,
    /// In each volume for gitlab-runner's own file: the text that it was begun from, and what gitlab-runner made of it.
    pub states: BTreeMap<String, (String, String)>,
    /// Names that podman's storage holds for containers it never made.
    pub half_made: BTreeSet<String>,
    /// Secrets that are listed and whose content is lost.
    pub lost: BTreeSet<String>,
    /// The ID that the image's name means.
    pub image_id: String,
    /// Other names of images, and the IDs that they mean.
    pub images: BTreeMap<String, String>,
    /// The IDs of images that had a name once.
    pub nameless: BTreeSet<String>,
    /// The IDs of images whose runner does not come up.
    pub broken: Vec<&'static str>,
    /// What the nested podman says of its containers.
    pub nested: &'static str,
    /// What the user's systemd says of the container's unit.
    pub unit: &'static str,
    /// Units and quadlets as the user's systemd has read them last, those that are enabled, and those that are up.
    pub loaded: BTreeMap<PathBuf, Vec<u8>>,
    pub enabled: BTreeSet<String>,
    pub up: BTreeSet<String>,
    /// `pipglr pause` was there.
    pub paused: bool,
    /// The image has no drop-in for it, and no volume for gitlab-runner's own file.
    pub older_image: bool,
    /// gitlab-runner cannot be told to load its file.
    pub deaf: bool,
    /// How often gitlab-runner is asked before it has ended its jobs.
    pub draining: u32,
    pub image: bool,
    /// Subordinate IDs in force: those of the files at the last migration.
    pub in_force: u64,
    /// `sudo -n true` works; `None`: there is no sudo.
    pub sudo: Option<bool>,
    pub version: &'static str,
    /// What the next registrations print before they fail; an empty text is a success, as is an empty queue. With
    /// [`BEHIND`] in front it is podman that fails, when the runner is registered.
    pub registrations: VecDeque<&'static str>,
    /// The store forgets what is put into it, and still says 0.
    pub lossy: bool,
    /// Changes so far, as they would be typed; the one with this number fails.
    pub changes: Vec<String>,
    pub fail_at: Option<usize>,
    /// The change with this number is the last thing this process does.
    pub die_at: Option<usize>,
    pub dead: bool,
    /// podman is killed while it writes its store: the next secret that is made takes all with it.
    pub store_breaks: bool,
    /// Another pipglr runs: no process is gone.
    pub beside: bool,
    /// Tokens of runners that GitLab knows.
    pub runners: BTreeSet<String>,
    /// Those of which it has taken this machine from the list.
    pub unlisted: BTreeSet<String>,
    /// How many tokens it has made.
    pub made: usize,
    /// The authority that GitLab was asked with, each time.
    pub trusting: Vec<String>,
    /// The address of each request.
    pub asked: Vec<String>,
    /// What a proxy makes of the kind of GitLab's answer.
    pub kind: Option<&'static str>,
    /// What comes in place of GitLab's answer to this endpoint: how curl ends, and what it prints.
    pub hostile: Option<(&'static str, i32, &'static str)>,
    /// GitLab cannot be reached.
    pub gitlab_away: bool,
    /// An option that podman does not take any more.
    pub refuses: Option<&'static str>,
    /// What `gitlab-runner lint` complains of; where absent, it cannot lint.
    pub complains: Option<&'static str>,
    /// Every command, queries too.
    pub commands: Vec<String>,
    next_id: u32,
}

/// Where the pretend podman has the contents of its secrets, and their names. Both are made up when they are read;
/// a file of that name in [`Machine::files`] is what a crash has left.
pub const STORE: &str = "/graph/secrets/filedriver/secretsdata.json";
pub const LIST: &str = "/graph/secrets/secrets.json";

pub struct FakeHost {
    user: User,
    names: Names,
    pub machine: Arc<Mutex<Machine>>,
    locked: Arc<AtomicBool>,
}

impl FakeHost {
    /// A fresh machine with the image on it, where sudo asks nothing.
    pub fn fresh() -> Arc<Self> {
        let files = [("/etc/subuid", "johndoe:100000:65536\n"), ("/etc/subgid", "johndoe:100000:65536\n")];
        let machine = Machine {
            files: files.into_iter().map(|(path, text)| (path.into(), text.into())).collect(),
            image: true,
            in_force: 65_536,
            sudo: Some(true),
            version: "5.4.2",
            image_id: "abcdef0123456789".into(),
            nested: "[]",
            unit: "Id=pipglr.service\nLoadState=loaded\nActiveState=active\nTimeoutStopUSec=1h 2min",
            ..Machine::default()
        };
        let machine = Arc::new(Mutex::new(machine));
        Arc::new(Self { user: johndoe(), names: Names::default(), machine, locked: Arc::default() })
    }

    /// The same machine, for a container of another name.
    pub fn beside(&self, name: &str) -> Arc<Self> {
        let (user, machine, locked) = (self.user.clone(), self.machine.clone(), self.locked.clone());
        Arc::new(Self { user, names: Names::of(name), machine, locked })
    }

    /// A fresh machine on which all steps were done.
    pub fn set_up(token: &str) -> Arc<Self> {
        let host = Self::fresh();
        all_steps(&host.setup(&[token])).unwrap();
        host
    }

    pub fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap()
    }

    pub fn setup(self: &Arc<Self>, tokens: &[&str]) -> Setup {
        let mut setup = Setup::new(Target::new(self.clone(), IMAGE));
        setup.wants.vault.tokens = tokens.iter().map(|token| Secret::new(*token)).collect();
        setup
    }
}

/// All steps in order, as both faces go through them.
pub fn all_steps(setup: &Setup) -> Result<()> {
    for step in Step::ALL {
        let report = setup.check(step)?;
        match &report.state {
            State::Done => {}
            State::Ready => drop(setup.carry_out(&report, Sudo::Silent, &())?),
            other => panic!("{step:?}: {other:?}"),
        }
    }
    Ok(())
}

impl Machine {
    /// What a `podman create` or `run` leaves that is killed in its midst (5.8): a name that is taken, by no container.
    pub fn begin_container(&mut self, name: &str) {
        self.half_made.insert(name.to_owned());
    }

    /// What a `podman run` leaves that is killed a moment later (5.4).
    pub fn begin_run(&mut self, name: &str) {
        if let Some(container) = self.containers.get_mut(name) {
            (container.state, container.half_run) = ("created", true);
        }
    }

    /// What a `podman stop` leaves that is killed in its midst (6.1).
    pub fn begin_stop(&mut self, name: &str) {
        if let Some(container) = self.containers.get_mut(name) {
            container.state = "stopping";
        }
    }

    /// Whether gitlab-runner asks for no jobs: it was paused, and the image or its drop-in minds it.
    pub fn rests(&self, container: &FakeContainer) -> bool {
        self.paused && (!self.older_image || container.drop_in)
    }

    fn change(&mut self, text: &str) -> bool {
        let fails = self.fail_at == Some(self.changes.len());
        self.dead |= self.die_at == Some(self.changes.len());
        self.changes.push(text.to_owned());
        !fails
    }

    fn subids(&self) -> u64 {
        let text = String::from_utf8_lossy(&self.files[Path::new("/etc/subuid")]).into_owned();
        text.lines().filter_map(|line| line.rsplit(':').next()?.parse::<u64>().ok()).sum()
    }

    fn run(&mut self, cmd: &Cmd, input: Option<&Secret>) -> Finished {
        let text = cmd.shell();
        self.commands.push(text.clone());
        if let Some(done) = self.gitlab(cmd, input) {
            return done;
        }
        let args: Vec<&str> = cmd.args.iter().map(String::as_str).collect();
        match (cmd.program.as_str(), args.as_slice()) {
            ("sudo", ["-n", "true"]) => said(i32::from(self.sudo != Some(true)), ""),
            ("systemctl", ["--user", "show", ..]) => said(0, &self.show()),
            ("systemctl", ["show", ..]) => said(0, ""),
            ("podman", ["exec", _, "systemctl", "show", ..]) => {
                self.draining = self.draining.saturating_sub(1);
                said(0, if self.draining > 0 { "ActiveState=deactivating" } else { "ActiveState=inactive" })
            }
            ("systemctl", ["--user", "daemon-reload"]) => {
                if self.change(&text) {
                    self.reload()
                } else {
                    said(1, "Error: made to fail")
                }
            }
            ("systemctl", ["--user", verb @ ("enable" | "disable"), now @ .., unit]) => {
                if !self.change(&text) {
                    return said(1, "Error: made to fail");
                }
                match *verb {
                    "enable" => self.enabled.insert((*unit).to_owned()),
                    _ => self.enabled.remove(*unit),
                };
                if now.is_empty() {
                    said(0, "")
                } else {
                    self.operate("start", unit).unwrap_or_else(|| said(1, "no unit"))
                }
            }
            ("systemctl", ["--user", verb @ ("start" | "stop"), unit])
                if self.loaded.keys().any(|path| path.file_stem().unwrap() == unit.trim_end_matches(".service")) =>
            {
                if !self.change(&text) {
                    return said(1, "Error: made to fail");
                }
                self.operate(verb, unit).unwrap()
            }
            ("systemd-analyze", ["--user", "verify", path]) => {
                said(i32::from(!self.files.contains_key(Path::new(path))), "")
            }
            // The generator of quadlets.
            ("sh", ["-c", _, "sh", folder, _, name]) => {
                let path = Path::new(folder).join(format!("{name}.container"));
                said(i32::from(!self.files.contains_key(&path)), "")
            }
            ("systemctl", ["--user", "restart", _]) => {
                self.change(&text);
                let (id, _) = self.secrets["config.toml"].clone();
                let image = self.image_id.clone();
                self.containers.values_mut().for_each(|c| {
                    (c.state, c.secret, c.image_id) = ("running", id.to_string(), image.clone());
                });
                said(0, "")
            }
            ("systemctl", ["--user", "start" | "stop", _]) => {
                self.change(&text);
                said(0, "")
            }
            ("podman", ["exec", name, "sh", "-c", script])
                if script.contains("-paused") && script.contains("exec systemctl") =>
            {
                let stops = script.contains("systemctl stop");
                if !self.change(if stops { "pause" } else { "resume" }) {
                    return said(125, "Error: made to fail");
                }
                let Some(container) = self.containers.get_mut(*name).filter(|container| container.state == "running")
                else {
                    return said(255, "Error: can only create exec sessions on running containers");
                };
                container.drop_in |= stops;
                self.paused = stops;
                said(0, "")
            }
            ("podman", rest) if is_query(rest) => self.query(rest),
            _ if !self.change(&text) => said(125, "Error: made to fail"),
            ("loginctl", ["disable-linger", name]) => {
                self.files.remove(Path::new(&format!("/var/lib/systemd/linger/{name}")));
                said(0, "")
            }
            ("sed", ["-i", line, path]) => {
                let line = line.trim_start_matches("/^").trim_end_matches("$/d");
                let text = String::from_utf8(self.files[Path::new(path)].clone()).unwrap();
                self.files.insert(path.into(), text.replace(&format!("{line}\n"), "").into());
                said(0, "")
            }
            ("loginctl", ["enable-linger", name]) => {
                self.files.insert(format!("/var/lib/systemd/linger/{name}").into(), vec![]);
                said(0, "")
            }
            ("usermod", [option, range, name]) => {
                let path = if *option == "--add-subuids" { "/etc/subuid" } else { "/etc/subgid" };
                let (first, last) = range.split_once('-').unwrap();
                let (first, last): (u64, u64) = (first.parse().unwrap(), last.parse().unwrap());
                let line = format!("{name}:{first}:{}\n", last - first + 1);
                self.files.get_mut(Path::new(path)).unwrap().extend_from_slice(line.as_bytes());
                said(0, "")
            }
            ("podman", rest) => self.podman(rest, cmd, input),
            _ => panic!("the pretend machine does not know {text}"),
        }
    }

    /// The names that an image has.
    pub fn names_of(&self, id: &str) -> Vec<&str> {
        let own = (self.image_id == id).then_some(IMAGE);
        let others = self.images.iter().filter(|(_, meant)| *meant == id).map(|(name, _)| name.as_str());
        own.into_iter().chain(others).collect()
    }

    /// The ID that a name, or an ID, means.
    pub fn image_meant(&self, name: &str) -> String {
        let known = |id: &String| id == name;
        let own = self.images.values().chain(&self.nameless).any(known).then(|| name.to_owned());
        self.images.get(name).cloned().or(own).unwrap_or_else(|| self.image_id.clone())
    }
}

fn died() -> Problem {
    Problem::new("This process is dead.", "Start another.")
}

fn is_query(args: &[&str]) -> bool {
    if matches!(args, ["unshare", "sh", "-c", moves, ..] if moves.contains("volume create")) {
        return false;
    }
    let looks = matches!(args, ["--version"] | ["unshare" | "ps" | "logs", ..] | [_, "inspect" | "exists", ..]);
    let lints = args.iter().any(|word| word.contains("gitlab-runner lint"));
    looks
        || lints
        || matches!(
            args,
            ["exec", _, "sh" | "gitlab-runner" | "cat" | "grep", ..]
                | ["exec", _, "systemctl", "is-active", ..]
                | ["exec", "--user", ..]
                | ["run", "--rm", "--name", _, "--network", ..]
        )
}

impl Pretend for FakeHost {
    fn user(&self) -> &User {
        &self.user
    }

    fn names(&self) -> &Names {
        &self.names
    }

    fn run(&self, cmd: &Cmd, input: Option<&Secret>, watch: &dyn Watch) -> Result<Finished> {
        let mut machine = self.machine();
        if machine.dead {
            return Err(died());
        }
        if cmd.program == "sudo" && machine.sudo.is_none() {
            return Err(Problem::new("The program `sudo` is not on this machine.", "Install it."));
        }
        if cmd.privilege == Privilege::Root {
            assert_eq!(machine.sudo, Some(true), "run as root without asking: {}", cmd.shell());
        }
        let done = machine.run(cmd, input);
        done.lines.iter().for_each(|line| watch.line(line));
        Ok(done)
    }

    fn run_on_terminal(&self, cmd: &Cmd) -> Result<i32> {
        Ok(self.machine().run(cmd, None).code)
    }

    fn meta(&self, path: &Path) -> io::Result<Meta> {
        let lives = self.machine().beside && path.starts_with("/proc");
        if path == Path::new("/usr/libexec/podman/quadlet") {
            return Ok(Meta { mode: 0o100_755, uid: 0 });
        }
        let is_folder = self.machine().files.keys().any(|file| file != path && file.starts_with(path));
        if lives || is_folder { Ok(Meta { mode: 0o040_555, uid: 1000 }) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    fn lock(&self, what: &str) -> Result<Lock> {
        lock::take(&self.locked, what)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let machine = self.machine();
        machine
            .files
            .get(path)
            .cloned()
            .or_else(|| machine.store_file(path))
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut machine = self.machine();
        if machine.dead {
            return Err(io::ErrorKind::Other.into());
        }
        if !machine.change(&format!("write {}", path.display())) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if path == Path::new(STORE) {
            machine.store_written(bytes);
        } else {
            machine.files.insert(path.into(), bytes.into());
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        if machine.dead {
            return Err(io::ErrorKind::Other.into());
        }
        if !machine.change(&format!("remove {}", path.display())) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        machine.files.retain(|file, _| !file.starts_with(path));
        if path == Path::new(LIST) {
            machine.secrets.clear();
            machine.lost.clear();
        }
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let within = |path: &PathBuf| Some(folder.join(path.strip_prefix(folder).ok()?.components().next()?));
        let found: BTreeSet<_> = self.machine().files.keys().filter_map(within).collect();
        Ok(found.into_iter().collect())
    }
}
pretend_host!(FakeHost);
