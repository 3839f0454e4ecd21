//! A pretend machine for fast tests and fault injection: a podman with secrets, volumes and one container, files in
//! memory, a logind, a sudo, and a GitLab that answers as it is told. Never the proof: that is `tests/e2e`.

use pipglr::host::{Cmd, Finished, Host, Privilege, Record, User, Watch};
use pipglr::problem::{Problem, Result};
use pipglr::secret::Secret;
use pipglr::steps::Setup;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

pub const IMAGE: &str = "registry.gitlab.com/qontainers/pipglr:latest";

/// What the machine holds.
#[derive(Default)]
pub struct Machine {
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    pub secrets: BTreeMap<String, (u32, Vec<u8>)>,
    pub volumes: BTreeMap<String, (u64, u64)>,
    /// State, and the ID of the config secret it was made with.
    pub container: Option<(String, String)>,
    pub image: bool,
    /// Subordinate IDs in force: those of the files at the last migration.
    pub in_force: u64,
    /// `sudo -n true` works; `None`: there is no sudo.
    pub sudo: Option<bool>,
    pub version: &'static str,
    /// What the next registrations print before they fail; an empty text is a success, as is an empty queue.
    pub registrations: VecDeque<&'static str>,
    /// The store forgets what is put into it, and still says 0.
    pub lossy: bool,
    /// Changes so far, as they would be typed; the one with this number fails.
    pub changes: Vec<String>,
    pub fail_at: Option<usize>,
    /// Every command, queries too.
    pub commands: Vec<String>,
    next_id: u32,
}

pub struct FakeHost {
    user: User,
    pub machine: Mutex<Machine>,
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
            ..Machine::default()
        };
        let user = User {
            name: "johndoe".into(),
            uid: 1000,
            home: "/home/johndoe".into(),
            hostname: "testhost".into(),
            state: "/home/johndoe/.local/state/pipglr".into(),
        };
        Arc::new(Self { user, machine: Mutex::new(machine) })
    }

    pub fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap()
    }

    pub fn setup(self: &Arc<Self>, tokens: &[&str]) -> Setup {
        let mut setup = Setup::new(self.clone(), IMAGE, "pipglr");
        setup.vault.tokens = tokens.iter().map(|token| Secret::new(*token)).collect();
        setup
    }
}

fn said(code: i32, text: &str) -> Finished {
    let lines = text.lines().map(str::to_owned).collect();
    Finished { code, stdout: if code == 0 { text.into() } else { vec![] }, lines }
}

impl Machine {
    fn change(&mut self, text: &str) -> bool {
        let fails = self.fail_at == Some(self.changes.len());
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
        let args: Vec<&str> = cmd.args.iter().map(String::as_str).collect();
        match (cmd.program.as_str(), args.as_slice()) {
            ("sudo", ["-n", "true"]) => said(i32::from(self.sudo != Some(true)), ""),
            ("systemctl", ["--user", "is-enabled", ..]) => said(1, "disabled"),
            ("podman", rest) if is_query(rest) => self.query(rest),
            _ if !self.change(&text) => said(125, "Error: made to fail"),
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

    fn query(&self, args: &[&str]) -> Finished {
        let json = |found: Option<String>| found.map_or(said(125, "Error: no such thing"), |json| said(0, &json));
        match args {
            ["--version"] => said(0, &format!("podman version {}", self.version)),
            ["unshare", "cat", _] => said(0, &format!("0 1000 1\n1 100000 {}", self.in_force)),
            ["unshare", "du", ..] => said(0, "12\t/x"),
            ["ps", "--all", ..] => said(0, if self.container.is_some() { "pipglr" } else { "" }),
            ["ps", ..] => {
                said(0, if self.container.as_ref().is_some_and(|c| c.0 == "running") { "pipglr" } else { "" })
            }
            ["image", "inspect", _] => json(self.image.then(image_json)),
            ["secret", "inspect", rest @ ..] => {
                let name = *rest.last().unwrap();
                json(self.secrets.get(name).map(|(id, data)| {
                    let data = if self.lossy { String::new() } else { String::from_utf8_lossy(data).into_owned() };
                    serde_json::json!([{"ID": id.to_string(), "SecretData": data}]).to_string()
                }))
            }
            ["volume", "inspect", name] => json(
                self.volumes
                    .get(*name)
                    .map(|(uid, gid)| serde_json::json!([{"UID": uid, "GID": gid, "Mountpoint": "/x"}]).to_string()),
            ),
            ["container", "inspect", _] => json(self.container.as_ref().map(|(state, secret)| {
                let secrets = serde_json::json!([{"Name": "config.toml", "ID": secret}]);
                serde_json::json!([{"Id": "c0ffee", "State": {"Status": state}, "Config": {"Secrets": secrets}}])
                    .to_string()
            })),
            _ => panic!("the pretend podman does not know {args:?}"),
        }
    }

    fn podman(&mut self, args: &[&str], cmd: &Cmd, input: Option<&Secret>) -> Finished {
        match args {
            ["system", "migrate"] => {
                self.in_force = self.subids();
                if let Some(container) = &mut self.container {
                    container.0 = "exited".into();
                }
            }
            ["secret", "create", name, "-"] => {
                if self.secrets.contains_key(*name) {
                    return said(125, &format!("Error: {name}: secret name in use"));
                }
                self.next_id += 1;
                let data = input.expect("a secret comes by stdin").expose().to_vec();
                self.secrets.insert((*name).into(), (self.next_id, data));
            }
            ["secret", "rm", name] => {
                if self.secrets.remove(*name).is_none() {
                    return said(125, "Error: no such secret");
                }
            }
            ["volume", "create", "--opt", options, name] => {
                let number = |at: usize| options.split(['=', ',']).nth(at).unwrap().parse().unwrap();
                self.volumes.insert((*name).into(), (number(2), number(4)));
            }
            ["volume", "rm", name] => drop(self.volumes.remove(*name)),
            ["stop" | "start", _] => {
                self.container.as_mut().unwrap().0 = if args[0] == "stop" { "exited" } else { "running" }.into()
            }
            ["rm", "--force", ..] => {}
            ["rm", _] => self.container = None,
            ["run", .., "register"] => return self.register(cmd),
            ["run", "-d", ..] => {
                let id = self.secrets["config.toml"].0.to_string();
                self.container = Some(("running".into(), id));
            }
            ["pull", _] => self.image = true,
            _ => panic!("the pretend podman does not know {args:?}"),
        }
        said(0, "")
    }

    /// As gitlab-runner does: a glrt- token is written as it is, any other is exchanged for a new one.
    fn register(&mut self, cmd: &Cmd) -> Finished {
        let file = cmd.cwd.clone().unwrap().join("config.toml");
        let Some(config) = self.files.get_mut(&file) else {
            return said(125, "Error: lstat config.toml: no such file or directory");
        };
        if let Some(refusal) = self.registrations.pop_front().filter(|text| !text.is_empty()) {
            return said(125, refusal);
        }
        let token = String::from_utf8(self.secrets["REGISTRATION_TOKEN"].1.clone()).unwrap();
        self.next_id += 1;
        let token = if token.starts_with("glrt-") { token } else { format!("runner-token-{}", self.next_id) };
        if config.is_empty() {
            config.extend_from_slice(b"concurrent = 1\n");
        }
        let entry = format!(
            "\n[[runners]]\n  name = \"pretend\"\n  url = \"https://gitlab.example/\"\n  token = \"{token}\"\n"
        );
        config.extend_from_slice(entry.as_bytes());
        said(0, "Runner registered successfully.")
    }
}

fn is_query(args: &[&str]) -> bool {
    matches!(args, ["--version"] | ["unshare" | "ps", ..] | [_, "inspect", ..])
}

fn image_json() -> String {
    let labels = serde_json::json!({
        "register": "podman run --rm --secret REGISTRATION_TOKEN,type=env -v ./config.toml:/c/config.toml:Z $IMAGE register",
        "setupstorage": "podman volume create --opt o=uid=1000,gid=1000 pipglr-storage",
        "setupcache": "podman volume create --opt o=uid=1001,gid=1001 pipglr-cache",
        "run": "podman run -d -t --name pipglr --secret config.toml $IMAGE",
        "dumpconfig": "podman run --rm --secret config.toml $IMAGE cat /run/secrets/config.toml",
    });
    serde_json::json!([{"Id": "abcdef0123456789", "Labels": labels, "Config": {"Env": ["CI_SERVER_URL=https://gitlab.com/"]}}]).to_string()
}

impl Host for FakeHost {
    fn user(&self) -> &User {
        &self.user
    }

    fn run(&self, cmd: &Cmd, input: Option<&Secret>, watch: &dyn Watch) -> Result<Finished> {
        let mut machine = self.machine();
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

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.machine().files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut machine = self.machine();
        if !machine.change(&format!("write {}", path.display())) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        machine.files.insert(path.into(), bytes.into());
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        if !machine.change(&format!("remove {}", path.display())) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        machine.files.retain(|file, _| !file.starts_with(path));
        Ok(())
    }

    fn pause(&self, _time: Duration) {}

    fn records(&self) -> Vec<Record> {
        vec![]
    }
}
