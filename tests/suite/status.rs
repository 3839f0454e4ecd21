//! How the host stands, on a pretend machine: what is dear to learn is not asked at every look.

use crate::support::{FakeContainer, FakeHost, IMAGE, INSIDE, Pretend, pretend_host, said};
use jiff::{SignedDuration, Timestamp};
use pipglr::host::{Cmd, Finished, Host, Watch};
use pipglr::ladder::{self, RungId};
use pipglr::problem::Result;
use pipglr::secret::Secret;
use pipglr::status::{Ask, Memory, Status, gather};
use pipglr::target::Target;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// A pretend machine whose runner is up, with a clock that is set by hand.
struct Up {
    host: Arc<FakeHost>,
    now: Mutex<Timestamp>,
    ran: Mutex<Vec<String>>,
    /// What `gitlab-runner verify` says.
    verified: Mutex<&'static str>,
    started: Mutex<&'static str>,
    no_network: Mutex<&'static str>,
    /// What is seen in the container, and what `podman logs` says.
    inside: Mutex<String>,
    log: Mutex<&'static str>,
}

const VALID: &str = "Verifying runner... is valid                        runner=t1_abcdef";
const REFUSED: &str = "ERROR: Verifying runner... is not valid             runner=t1_abcdef";

impl Up {
    fn new() -> Arc<Self> {
        let host = FakeHost::fresh();
        {
            let mut machine = host.machine();
            let text =
                b"[[runners]]\nname = \"r\"\nurl = \"https://gitlab.example/\"\ntoken = \"glrt-t1_abcdefghijk\"\n";
            machine.secrets.insert("config.toml".into(), (7, text.to_vec()));
            for name in ["pipglr-storage", "pipglr-cache"] {
                machine.volumes.insert(name.into(), (1000, 1000));
            }
            let container = FakeContainer {
                state: "running",
                secret: "7".into(),
                text: text.to_vec(),
                copy: Some(String::from_utf8(text.to_vec()).unwrap()),
                ..FakeContainer::default()
            };
            machine.containers.insert("pipglr".into(), container);
        }
        Arc::new(Self {
            host,
            now: Mutex::new("2026-11-24T10:00:00Z".parse().unwrap()),
            ran: Mutex::default(),
            verified: Mutex::new(VALID),
            started: Mutex::new("2026-11-24T09:00:00Z"),
            no_network: Mutex::new(""),
            inside: Mutex::new(INSIDE.into()),
            log: Mutex::default(),
        })
    }

    fn target(self: &Arc<Self>) -> Target {
        Target::new(self.clone(), IMAGE)
    }

    /// Looks, this many minutes later; gives what was seen, how often GitLab was asked, and how often the volumes were measured.
    fn look(self: &Arc<Self>, minutes: i64, memory: &mut Memory) -> (Status, usize, usize) {
        *self.now.lock().unwrap() += SignedDuration::from_mins(minutes);
        self.ran.lock().unwrap().clear();
        let status = gather(&self.target(), memory, &()).unwrap();
        let ran = self.ran.lock().unwrap();
        let count = |word| ran.iter().filter(|text| text.contains(word)).count();
        (status, count("asked: gitlab"), count("unshare du"))
    }
}

impl Pretend for Up {
    fn beneath(&self) -> &dyn Host {
        &*self.host
    }
    fn run(&self, cmd: &Cmd, input: Option<&Secret>, watch: &dyn Watch) -> Result<Finished> {
        let text = cmd.shell();
        self.ran.lock().unwrap().push(text.clone());
        assert!(cmd.query, "a look changes nothing: {text}");
        let answer = match text.strip_prefix("podman exec ") {
            Some(exec) if exec.contains("is-system-running") => {
                let part = |name: &str, mark: &str, said: &str| -> String {
                    self.ran.lock().unwrap().push(format!("asked: {name}"));
                    let said = said.lines().map(|line| format!("{name}{mark}{line}\n"));
                    said.chain([".\n".to_owned()]).collect()
                };
                let asked = cmd.args.iter().map(|word| match word.as_str() {
                    "gitlab" => part("gitlab", " ", *self.verified.lock().unwrap()),
                    "network" => match *self.no_network.lock().unwrap() {
                        "" => part("network", " ", "\n"),
                        said => part("network", "!1 ", said),
                    },
                    _ => String::new(),
                });
                let inside = self.inside.lock().unwrap().clone();
                assert_ne!(inside, BREAKS);
                inside + &asked.collect::<String>()
            }
            _ if text.starts_with("podman logs") => self.log.lock().unwrap().to_string(),
            _ => {
                let done = self.beneath().run(cmd, input, watch)?;
                let started = format!("\"State\":{{\"StartedAt\":\"{}\",", self.started.lock().unwrap());
                let stdout = String::from_utf8(done.stdout).unwrap().replace("\"State\":{", &started).into_bytes();
                return Ok(Finished { stdout, ..done });
            }
        };
        Ok(said(0, &answer))
    }
    fn write(&self, path: &Path, _: &[u8]) -> io::Result<()> {
        panic!("a look writes {}", path.display())
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        panic!("a look removes {}", path.display())
    }
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }
}
pretend_host!(Up);

#[test]
fn gitlab_is_asked_once_in_ten_minutes_and_the_volumes_are_measured_once_an_hour() {
    let (host, mut memory) = (Up::new(), Memory::default());
    let (first, asked, measured) = host.look(0, &mut memory);
    assert_eq!((asked, measured), (1, 1), "once each, for the rung and for the list of runners");
    assert_eq!(first.runners[0].verified, Some(true));
    assert_eq!(first.runners[0].last_contact.as_deref(), Some("2026-11-24T10:00:00Z"));
    let mut looks = vec![];
    for minute in 1..=120 {
        let (status, asked, measured) = host.look(1, &mut memory);
        assert_eq!(status.rungs, first.rungs, "what is remembered is as good");
        assert_eq!(status.volumes, first.volumes);
        looks.extend((asked > 0 || measured > 0).then_some((minute, asked, measured)));
    }
    let tens: Vec<_> = (1..=12).map(|n| (n * 10, 1, usize::from(n % 6 == 0))).collect();
    assert_eq!(looks, tens);
}

#[test]
fn a_start_another_configuration_and_a_person_ask_gitlab_anew() {
    let (host, mut memory) = (Up::new(), Memory::default());
    host.look(0, &mut memory);
    let change = |change: &dyn Fn(&mut FakeContainer)| {
        change(host.host.machine().containers.get_mut("pipglr").unwrap());
    };
    *host.started.lock().unwrap() = "2026-11-24T10:00:30Z";
    let (status, asked, measured) = host.look(1, &mut memory);
    assert_eq!((asked, measured), (1, 0), "started again");
    assert_eq!(status.runners[0].last_contact.as_deref(), Some("2026-11-24T10:01:00Z"));
    host.host.machine().secrets.get_mut("config.toml").unwrap().0 = 8;
    change(&|container| container.secret = "8".into());
    assert_eq!(host.look(1, &mut memory).1, 1, "another configuration");
    memory.ask(Ask::All);
    let (status, asked, measured) = host.look(1, &mut memory);
    assert_eq!((asked, measured), (1, 1));
    assert_eq!(status.measured, "2026-11-24T10:03:00Z");
    // What does not run is not asked.
    change(&|container| container.state = "exited");
    let (status, asked, _) = host.look(60, &mut memory);
    assert_eq!((asked, status.runners[0].verified, &status.runners[0].last_contact), (0, None, &None));
}

#[test]
fn a_refusal_and_a_doubt_are_asked_about_again_after_a_minute() {
    let (host, mut memory) = (Up::new(), Memory::default());
    *host.verified.lock().unwrap() = REFUSED;
    let (status, ..) = host.look(0, &mut memory);
    assert_eq!(status.runners[0].verified, Some(false));
    assert_eq!(host.look(0, &mut memory).1, 0);
    *host.verified.lock().unwrap() = VALID;
    let (status, asked, _) = host.look(1, &mut memory);
    assert!(asked == 1 && status.runners[0].verified == Some(true), "{status:?}");
    assert_eq!(host.look(1, &mut memory).1, 0);
    memory.ask(Ask::Gitlab);
    assert_eq!(host.look(0, &mut memory).1, 1);
    memory.ask(Ask::Gitlab);
    assert_eq!(host.look(0, &mut memory).1, 0, "the log may say so many times a second");
    assert_eq!(host.look(1, &mut memory).1, 1);
    assert_eq!(host.look(1, &mut memory).1, 0, "the doubt is gone");
}

/// A host that was set up when all projects had one cache is told so.
#[test]
fn what_lint_says_of_the_configuration_is_in_the_status() {
    let up = Up::new();
    let text = "concurrent = 1\n[[runners]]\nname = \"r\"\nurl = \"https://gitlab.example/\"\ntoken = \"glrt-t1_abcdefghijk\"\n\
                executor = \"docker\"\n[runners.docker]\nhost = \"unix:///home/runner/podman.sock\"\nimage = \"debian\"\n\
                volumes = [\"/cache/jobs:/cache\"]\n";
    up.host.machine().secrets.insert("config.toml".into(), (7, text.into()));
    let (status, ..) = up.look(0, &mut Memory::default());
    assert!(status.findings.iter().any(|finding| finding.message.contains("one cache")), "{:?}", status.findings);
    up.host.machine().secrets.insert("config.toml".into(), (7, text.replace("/cache/jobs:", "").into()));
    let (status, ..) = up.look(0, &mut Memory::default());
    assert_eq!(status.findings, []);
}

#[test]
fn the_unit_is_named_while_its_container_is_not_there_and_a_newer_image_too() {
    let (host, mut memory) = (Up::new(), Memory::default());
    *host.verified.lock().unwrap() = "Runtime platform  arch=amd64 os=linux pid=7 revision=abc version\u{1b}[0;m=19.4.0\n\
                                      Verifying runner... is valid  runner=t1_abcdef";
    let made_of = |id: &str| host.host.machine().containers.get_mut("pipglr").unwrap().image_id = id.into();
    made_of("abcdef0123456789");
    let (status, ..) = host.look(0, &mut memory);
    assert_eq!((status.runner_version.as_deref(), status.container.image_current), (Some("19.4.0"), Some(true)));
    assert_eq!(status.container.managed_by, None);
    made_of("0dd");
    let newer = host.look(0, &mut memory).0.container.newer_image("pipglr").unwrap();
    assert!(newer.contains("newer image") && newer.contains("`pipglr update`"), "{newer}");
    host.host.machine().containers.clear();
    host.host.machine().unit = "Id=box.service\nLoadState=loaded\nActiveState=inactive\nExecStart={ argv[]=/usr/bin/podman run --name pipglr x ; }";
    let (status, ..) = host.look(0, &mut memory);
    assert_eq!(status.container.managed_by.as_deref(), Some("box.service"));
    let advice = status.wrong().into_iter().chain(&status.rungs).find(|rung| rung.id == "container").unwrap();
    let advice = advice.advice.as_ref().unwrap();
    assert!(advice.fix.contains("`systemctl --user restart box.service`"), "{advice:?}");
}

/// podman answers, and its name server cannot start: each job fails, and a version's answer does not tell.
#[test]
fn a_nested_podman_that_gives_no_job_a_network_is_not_healthy() {
    let (host, mut memory) = (Up::new(), Memory::default());
    let rung = |minutes, memory: &mut Memory| {
        let (status, ..) = host.look(minutes, memory);
        status.rungs.into_iter().find(|rung| rung.id == "podman").unwrap()
    };
    assert_eq!(rung(0, &mut memory).ok, Some(true));
    let said = "netavark: error while applying dns entries: IO error: aardvark-dns failed to start";
    *host.no_network.lock().unwrap() = said;
    assert_eq!(rung(1, &mut memory).ok, Some(true), "it was seen a minute ago");
    *host.started.lock().unwrap() = "2026-11-24T10:00:30Z";
    let failed = rung(0, &mut memory);
    assert!(failed.ok == Some(false) && failed.detail.contains(said), "{failed:?}");
    rung(0, &mut memory);
    assert!(!host.ran.lock().unwrap().iter().any(|text| text.contains("asked: network")), "not twice in a minute");
    *host.no_network.lock().unwrap() = "";
    assert_eq!(rung(1, &mut memory).ok, Some(true), "looked at again after a minute");
}

#[test]
fn how_the_texts_of_the_configuration_differ_is_said() {
    let up = Up::new();
    let text = |n: u32| format!("concurrent = {n}\n[[runners]]\nname = \"r\"\nurl = \"https://gitlab.example/\"\n");
    let said = |current: bool, words: &str| {
        let status = gather(&up.target(), &mut Memory::default(), &()).unwrap();
        let rung = status.rungs.iter().find(|rung| rung.id == "config").unwrap();
        assert!(rung.detail.contains(words), "{words}: {}", rung.detail);
        assert_eq!((rung.ok, status.container.config_current), (Some(current), current), "{}", rung.detail);
    };
    let is = |id: u32, secret: &str, made_with: &str, handed: Option<&str>, works: &str| {
        let mut machine = up.host.machine();
        machine.secrets.insert("config.toml".into(), (id, secret.into()));
        let container = machine.containers.get_mut("pipglr").unwrap();
        container.text = made_with.into();
        (container.handed, container.copy) = (handed.map(str::to_owned), Some(works.to_owned()));
    };
    is(7, &text(1), &text(1), None, &text(1));
    said(true, "the container has the secret as it is now");
    is(8, &text(5), &text(1), Some(&text(5)), &text(5));
    said(true, "was given the secret as it is now, and keeps it over a restart");
    is(8, &text(5), &text(1), Some(&text(5)), &text(9));
    said(false, "somebody has changed gitlab-runner's own file in the container (concurrent)");
    is(9, &text(3), &text(1), Some(&text(5)), &text(5));
    said(false, "another config.toml than the secret is now, and the container was made with yet another");
    is(9, &text(3), &text(1), None, &text(1));
    said(false, "an older config.toml than the secret");
}

#[test]
fn another_container_that_has_an_expiring_token_too_is_named_and_so_is_a_new_token_that_waits() {
    let up = Up::new();
    {
        let mut machine = up.host.machine();
        let expires = |text: &[u8]| {
            let text = String::from_utf8_lossy(text);
            text.replace("[[runners]]\n", "[[runners]]\ntoken_expires_at = 2027-06-01T00:00:00Z\n").into_bytes()
        };
        let text = expires(&machine.secrets["config.toml"].1);
        machine.secrets.get_mut("config.toml").unwrap().1 = text.clone();
        let container = machine.containers.get_mut("pipglr").unwrap();
        (container.text, container.copy) = (text.clone(), Some(String::from_utf8(text).unwrap()));
    }
    let words = |up: &Arc<Up>| {
        let status = up.look(1, &mut Memory::default()).0;
        (status.runners[0].expiry.as_ref().unwrap().words.clone(), status.runners[0].rotation_waits)
    };
    let (alone, waits) = words(&up);
    assert!(alone.ends_with("days") && !waits, "{alone}");
    let other = FakeContainer { secret: "7".into(), ..up.host.machine().containers["pipglr"].clone() };
    up.host.machine().containers.insert("second".into(), FakeContainer { copy: None, ..other });
    let (shared, _) = words(&up);
    assert!(shared.contains("; second has it too"), "{shared}");
    // By a secret of its own, as a second container has it; with a token of its own it is not named.
    {
        let mut machine = up.host.machine();
        let second = machine.containers.get_mut("second").unwrap();
        let words = ["podman", "run", "--secret", "second-config.toml,target=config.toml", "localhost/pipglr"];
        second.made_by = words.map(str::to_owned).into();
        let secret = machine.secrets["config.toml"].clone();
        machine.secrets.insert("second-config.toml".into(), secret);
    }
    assert!(words(&up).0.contains("; second has it too"), "{}", words(&up).0);
    up.host.machine().secrets.get_mut("second-config.toml").unwrap().1 = b"concurrent = 1\n".to_vec();
    assert!(words(&up).0.ends_with("days"), "{}", words(&up).0);

    let file = Path::new("/home/johndoe/.local/state/pipglr/work/rotated-t1_abcdef.json");
    up.host.machine().files.insert(file.into(), b"{\"id\":7,\"token\":\"glrt-t1_anewoneabcdef\"}".to_vec());
    assert!(words(&up).1);
    *up.verified.lock().unwrap() = REFUSED;
    let status = up.look(1, &mut Memory::default()).0;
    let gitlab = status.rungs.iter().find(|rung| rung.id == "gitlab").unwrap();
    assert!(gitlab.advice.as_ref().unwrap().fix.contains("`pipglr runner rotate` goes on"), "{gitlab:?}");
    assert!(!format!("{status:?}").contains("anewone"));
    let words = &status.runners[0].expiry.as_ref().unwrap().words;
    assert!(!words.contains("another machine"), "it is this one that had it replaced: {words}");
}

#[test]
fn one_look_into_the_container_sees_its_configuration_too() {
    let host = FakeHost::set_up("glrt-t1_abcdefghijklmnop");
    let setup = host.setup(&[]);
    let handed = String::from("concurrent = 9\n");
    let container = FakeContainer {
        handed: Some(handed.clone()),
        copy: Some(handed),
        ..host.machine().containers["pipglr"].clone()
    };
    host.machine().containers.insert("pipglr".into(), container);
    host.machine().commands.clear();
    let status = gather(&setup.target, &mut Memory::default(), &()).unwrap();
    let config = status.rungs.iter().find(|rung| rung.id == "config").unwrap();
    assert_eq!(config.ok, Some(false), "what was handed over is not what the secret says: {config:?}");
    let asks = host.machine().commands.iter().filter(|line| line.contains("/agreed")).count();
    assert_eq!(asks, 1, "the texts come with the look");
}

#[test]
fn of_a_paused_runner_nothing_in_the_log_is_the_reason() {
    let host = Up::new();
    *host.log.lock().unwrap() = "2026-11-24T08:00:00Z gitlab-runner[46]: ERROR: Checking for jobs... forbidden\n";
    let stopped = INSIDE.replace("ActiveState=active", "ActiveState=inactive").replace("=running", "=dead");
    let runner = |inside: String| {
        *host.inside.lock().unwrap() = inside;
        let status = host.look(1, &mut Memory::default()).0;
        status.rungs.into_iter().find(|rung| rung.id == "runner").unwrap()
    };
    assert_ne!(runner(stopped.clone()).said, Vec::<String>::new(), "one that failed has its reason there");
    let paused = runner(stopped.replace("uptime", "paused 2026-11-24T09:30:00Z\nuptime"));
    assert_eq!((&*paused.detail, paused.said), ("paused since 2026-11-24T09:30:00Z", vec![]));
    // Nor does the ladder of an update or a setup call it a FAIL.
    let climbed = ladder::climb(&host.target(), false, &mut |_| {}, &()).unwrap();
    let runner = climbed.iter().find(|rung| rung.id == RungId::Runner).unwrap();
    assert_eq!((runner.ok, runner.rests, runner.stands()), (Some(false), true, None));
}

/// What a look breaks by.
const BREAKS: &str = "breaks";

#[test]
fn a_look_that_breaks_is_not_waited_for() {
    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let host = Up::new();
        *host.inside.lock().unwrap() = BREAKS.into();
        let broke = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| host.look(0, &mut Memory::default())));
        ended.send(broke.is_err()).unwrap();
    });
    assert_eq!(end.recv_timeout(std::time::Duration::from_secs(20)), Ok(true));
}
