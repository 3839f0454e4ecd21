//! A container of the pretend podman, and what runs in it.

use super::disk;
use super::machine::{Machine, said};
use super::runner::{GITLAB, Runner, SHORT};
use super::work::Followed;
use crate::host::Finished;
use crate::names::{FIRST, IMAGE};
use crate::secret::Secret;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The image's ID.
pub(super) const IMAGE_ID: &str = "5e1f0c9d7ab34826c0de41b7f9352d6a88e0b1c2d3f4a5968778695a4b3c2d1e";
/// Why podman lets nothing into a container.
const DOWN: &str = "Error: can only create exec sessions on running containers: container state improper";

/// What is in the image.
const CONTENTS: &str = "podman=5.4.2\nrunner=17.5.5\nbase=Debian GNU/Linux 13 (trixie)\ndebian=13.2\n.";
/// What a small job says that ends well.
const SMALL_JOB: &str = "room ext4 107374182400 40802189312 66571993088 6500000 6100000 /home/podman/.local/share/containers/storage\n\
    podman OK\nimage {}\nnetwork {}\nstart {}\njob \nserve {}\nask {}\nservice \nids 0 1000 1\n";

/// A container, with the text of the secret as it was when it was made.
#[derive(Debug, Default)]
pub(super) struct Container {
    /// Its ID, in hex.
    pub id: String,
    /// `created`, `running`, `exited`.
    pub state: &'static str,
    /// When it was started last.
    pub started: Option<Timestamp>,
    /// When it ended last.
    pub ended: Option<Timestamp>,
    /// The ID of the secret that it was made with.
    pub secret: String,
    /// That secret's content.
    pub text: String,
    /// The configuration that it was given since.
    pub handed: Option<String>,
    /// The command that made it.
    pub made_by: Vec<String>,
    /// What no job used for a day is gone from its disk.
    pub pruned: bool,
    /// What runs in it.
    pub runner: Runner,
}

impl Container {
    /// It is started.
    pub(super) fn start(&mut self, now: Timestamp, paused: bool) {
        (self.state, self.started) = ("running", Some(now));
        let config = self.works().to_owned();
        self.runner.boot(now, &config);
        if paused {
            self.runner.kill(now, false);
        }
    }

    /// It is stopped.
    pub(super) fn stop(&mut self, now: Timestamp) {
        if self.state == "running" {
            (self.state, self.ended) = ("exited", Some(now));
            self.runner.kill(now, true);
        }
    }

    /// What `podman inspect` says of it.
    pub(super) fn json(&self, name: &str) -> String {
        let value = |option: &str| {
            let mut pairs = self.made_by.windows(2);
            pairs.find(|pair| pair[0] == option).map(|pair| pair[1].clone()).unwrap_or_default()
        };
        let time = |time: Option<Timestamp>| time.map_or("0001-01-01T00:00:00Z".into(), |time| time.to_string());
        // Its end is seen by how it stands; our own process stands for its first, which lives as long.
        let pid = if self.state == "running" { std::process::id() } else { 0 };
        let pids: u64 = value("--pids-limit").parse().unwrap_or(0);
        json!([{
            "Id": self.id, "Name": name, "Image": IMAGE_ID, "ImageName": IMAGE, "StaticDir": format!("/demo/{name}"),
            "State": {"Status": self.state, "StartedAt": time(self.started), "FinishedAt": time(self.ended), "ExitCode": 0, "Pid": pid},
            "Config": {
                "Secrets": [{"Name": FIRST.config, "ID": self.secret}], "CreateCommand": self.made_by,
                "StopTimeout": 3660, "Env": [], "Labels": null,
            },
            "HostConfig": {
                "AutoRemove": false, "RestartPolicy": {"Name": value("--restart")}, "Privileged": false,
                "Memory": 0, "PidsLimit": pids, "LogConfig": {"Type": "podman", "Path": ""},
            },
            "NetworkSettings": {"Networks": {}},
            "Mounts": [{"Type": "volume", "Name": FIRST.state, "Destination": "/var/lib/gitlab-runner", "Source": "/demo/state"}],
        }])
        .to_string()
    }

    /// The configuration that gitlab-runner works with.
    fn works(&self) -> &str {
        self.handed.as_deref().unwrap_or(&self.text)
    }

    /// Whether all its runners ask the pretend GitLab: there is no other.
    fn reaches_gitlab(&self) -> bool {
        let mut urls = self.works().lines().filter_map(|line| line.trim().strip_prefix("url = "));
        urls.all(|url| url.trim_matches('"').trim_end_matches('/') == GITLAB.trim_end_matches('/'))
    }

    /// One look into it, as the ladder has it made.
    pub(super) fn look(&self, now: Timestamp, paused: Option<Timestamp>) -> String {
        let since = self.started.map_or(0.0, |at| now.duration_since(at).as_secs_f64());
        let (state, below, restarts) = self.runner.state(now);
        let (entered, clock) = self.runner.clock(now);
        let runners = self.works().matches("[[runners]]").count();
        let mut look = format!("systemd {}\n", if since < 0.6 { "starting" } else { "running" });
        look += if since < 0.3 { "podman!7 curl: (7) Couldn't connect to server\n" } else { "podman 5.4.2\n" };
        look += &format!("runner ActiveState={state}\nrunner SubState={below}\nrunner NRestarts={restarts}\n");
        look += &format!("runner ActiveEnterTimestampMonotonic={:.0}\n", entered * 1e6);
        look += &format!("uptime {clock:.2} {clock:.2}\nrunners {runners}\n");
        match paused {
            Some(at) => look += &format!("paused {at:.0}\n"),
            None => look += "paused!1 cat: /cache/.pipglr-paused: No such file or directory\n",
        }
        if !self.reaches_gitlab() {
            look += "polls \n";
        } else if state == "active" && since > 1.2 {
            look += &format!("polls 204 {} {SHORT}\n", self.runner.polls(now));
        } else {
            look += "polls!1 the metrics cannot be reached\n";
        }
        look += "room tmpfs 4294967296 2097152 4292870144 100000 99000 /run\n\
                 room ext4 107374182400 40802189312 66571993088 6500000 6100000 /cache\n";
        for line in self.runner.list(now).lines().chain(["listed", &self.runner.containers(now)]) {
            look += &format!("jobs {line}\n");
        }
        look + ".\n"
    }

    /// What GitLab says of the runners.
    pub(super) fn verify(&self) -> String {
        let valid = if self.reaches_gitlab() {
            format!("{:<50}  runner={SHORT}", "Verifying runner... is valid")
        } else {
            format!("ERROR: {:<43}  runner={SHORT} status=dial tcp: no such host", "Verifying runner... client error")
        };
        let all = self.works().matches("[[runners]]").map(|_| valid.clone()).collect::<Vec<_>>().join("\n");
        format!("{:<50}  arch=amd64 os=linux pid=81 version=17.5.5\n{all}", "Runtime platform")
    }

    /// The whole log so far, as `podman logs` prints it, from one time on.
    pub(super) fn log(&mut self, since: Option<Timestamp>, now: Timestamp, times: bool) -> String {
        self.plan(now);
        let from = since.filter(|_| times);
        let wanted = |at: &Timestamp| from.is_none_or(|from| *at >= from);
        let lines = self.runner.lines(None, now).filter(|(at, _)| wanted(at));
        lines.map(|(at, text)| if times { format!("{at:.9} {text}\n") } else { format!("{text}\n") }).collect()
    }

    /// What comes up to this time is made up.
    pub(super) fn plan(&mut self, now: Timestamp) {
        if self.state == "running" {
            self.runner.plan(now);
        }
    }
}

/// What a program in a container that is followed says next, and whether more may come; `None` where it is none.
pub(super) fn follow(
    machine: &mut Machine,
    args: &[&str],
    followed: &mut Followed,
    now: Timestamp,
) -> Option<(Vec<u8>, bool)> {
    let at = args.iter().position(|word| machine.containers.contains_key(*word))?;
    let container = machine.containers.get_mut(args[at]).filter(|found| found.state == "running")?;
    container.plan(now);
    followed.next(&container.runner, &args[at + 1..], now)
}

/// Runs a command in a container, as `podman exec` does.
pub(super) fn exec(machine: &mut Machine, args: &[&str], input: Option<&Secret>, now: Timestamp) -> Finished {
    let name_at = args.iter().position(|word| machine.containers.contains_key(*word));
    let Some((name, words)) = name_at.map(|at| (args[at], &args[at + 1..])) else {
        return said(125, "Error: no such container");
    };
    let mut paused = machine.paused;
    let Some(container) = machine.containers.get_mut(name).filter(|found| found.state == "running") else {
        return said(255, DOWN);
    };
    container.plan(now);
    let done = match words {
        // A new text for gitlab-runner, behind the one that it has.
        ["sh", "-c", _, "sh", seen, text] if input.is_some() => {
            let lengths = (seen.parse::<usize>().unwrap_or(0), text.parse::<usize>().unwrap_or(0));
            let both = input.map(Secret::expose_str).unwrap_or_default();
            match both.split_at_checked(lengths.0) {
                Some((seen, text)) if text.len() == lengths.1 && seen == container.works() => {
                    container.handed = Some(text.to_owned());
                    container.runner.load(now, text);
                    said(0, "")
                }
                _ => said(82, ""),
            }
        }
        ["sh", "-c", script, "sh", _, ..] if script.contains("tell()") => said(0, &container.look(now, paused)),
        ["sh", "-c", script] if script.contains("/run/secrets/config.toml && printf .") => {
            said(0, &format!("{}.", container.text))
        }
        ["sh", "-c", script] if script.contains("/agreed") => {
            let (active, ..) = container.runner.state(now);
            let tells = if active == "active" { "tells\n" } else { "" };
            let since = paused.map(|at| format!("{at:.0}\n")).unwrap_or_default();
            let handed = container.handed.as_deref().unwrap_or_default();
            let (text, works) = (&container.text, container.works());
            said(0, &format!("{text}\0{handed}\0{works}\0ActiveState={active}\n{tells}{since}\0"))
        }
        ["sh", "-c", script] if script.contains("-paused") => {
            if script.contains("systemctl stop") {
                paused.get_or_insert(now);
                container.runner.end(now);
            } else {
                paused = None;
                container.runner.begin(now);
            }
            said(0, "")
        }
        ["sh", "-c", script] if script.contains("/debug/jobs/list") => {
            said(0, &format!("{}listed\n{}", container.runner.list(now), container.runner.containers(now)))
        }
        // GitLab is asked, and knows the runners.
        ["sh", "-c", script] if script.contains("todo=$(cat)") => match container.reaches_gitlab() {
            true => said(0, "{\"id\":1}\n200 application/json\n"),
            false => said(6, "curl: (6) Could not resolve host"),
        },
        // A small job, and the images that it was asked for.
        ["sh", "-c", script, "sh", _, _, _, images @ ..] if script.contains("pipglr-canary") => {
            let image = |n: usize| format!("here{n}!1 \nasked{n} {{}}\n");
            let images: String = (1..=images.len() / 2).map(image).collect();
            said(0, &format!("{SMALL_JOB}ids 1 100000 {}\n{images}", machine.in_force))
        }
        ["sh", "-c", script] if script.contains("podman --version") => said(0, CONTENTS),
        ["sh", "-c", script] if script.contains("-images/images.json") => said(0, &disk::held(now, container.pruned)),
        ["podman", "--url", _, _, "rm", ..] => {
            container.pruned = true;
            said(0, "")
        }
        // What was followed is over: nothing goes on here.
        ["sh", "-c", script, "sh", _] if script.starts_with("kill ") => said(0, ""),
        ["cat", "/cache/.pipglr-paused"] => match paused {
            Some(at) => said(0, &format!("{at:.0}")),
            None => said(1, "cat: /cache/.pipglr-paused: No such file or directory"),
        },
        ["systemctl", "stop", ..] => {
            container.runner.end(now);
            said(0, "")
        }
        ["timeout", _, "systemctl", "stop", ..] => {
            container.runner.end(now);
            said(if container.runner.has_ended(now) { 0 } else { 124 }, "")
        }
        ["systemctl", "kill", ..] => {
            container.runner.kill(now, false);
            said(0, "")
        }
        ["systemctl", "start", ..] => {
            container.runner.begin(now);
            said(0, "")
        }
        ["systemctl", "show", ..] => match container.runner.has_ended(now) {
            true => said(0, "ActiveState=inactive"),
            false => said(0, "ActiveState=deactivating"),
        },
        ["gitlab-runner", "--version"] => said(0, "Version:      17.5.5"),
        ["sh", "-c", both] if both.starts_with("gitlab-runner --version;") => {
            said(0, "Version:      17.5.5\n\ncpu memory pids")
        }
        ["gitlab-runner", "verify", ..] => said(0, &container.verify()),
        ["/usr/local/libexec/pipglr/touch-network"] => said(0, ""),
        _ => said(127, &format!("`{}` is not in the demo's container", words.join(" "))),
    };
    machine.paused = paused;
    done
}

/// What `podman image inspect` says of the image.
pub(super) fn image() -> String {
    let names = ["register", "setupstorage", "setupcache", "run", "dumpconfig"];
    let labels: serde_json::Map<String, Value> =
        names.into_iter().map(|name| (name.to_owned(), crate::image::label::carried(name).into())).collect();
    json!([{"Id": IMAGE_ID, "Created": "2026-11-20T08:00:00Z", "Labels": labels, "Config": {"Env": ["CI_SERVER_URL=https://gitlab.example/"]}}])
        .to_string()
}
