//! One job: its container in the nested podman, and the services beside it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use toml::Table;

use crate::config;
use crate::docker::Docker;
use crate::log::{self, Level};
use crate::metrics;
use crate::poll::{self, Run, Slot};
use crate::trace::Trace;

/// How a job ended badly.
enum Failure {
    Exit(i64),
    Pull(String),
    Timeout(u64),
    Cancelled,
    System(String),
}

impl Failure {
    fn text(&self) -> String {
        match self {
            Self::Exit(code) => format!("exit code {code}"),
            Self::Pull(text) | Self::System(text) => text.clone(),
            Self::Timeout(seconds) => format!("execution took longer than {} seconds", go_duration(*seconds)),
            Self::Cancelled => "canceled".into(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Exit(_) => "script_failure",
            Self::Pull(_) => "image_pull_failure",
            Self::Timeout(_) => "job_execution_timeout",
            Self::Cancelled => "",
            Self::System(_) => "runner_system_failure",
        }
    }
}

/// `1h0m0s`, `3s`.
fn go_duration(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m{s}s"),
        (h, m, s) => format!("{h}h{m}m{s}s"),
    }
}

pub fn repo(payload: &Value) -> String {
    payload["git_info"]["repo_url"].as_str().unwrap_or_default().to_string()
}

/// The job's page.
fn url(payload: &Value) -> String {
    format!("{}/-/jobs/{}", repo(payload).trim_end_matches(".git"), payload["id"])
}

pub fn run(run: &Arc<Run>, runner: &Arc<Table>, payload: &Value) {
    let started = Instant::now();
    let id = payload["id"].as_u64().unwrap_or_default();
    let token = payload["token"].as_str().unwrap_or_default();
    let project = payload["job_info"]["project_id"].to_string();
    let queued = [
        ("job", id.to_string()),
        ("project", project.clone()),
        ("repo_url", repo(payload)),
        ("time_in_queue_seconds", payload["job_info"]["time_in_queue_seconds"].to_string()),
    ];
    run.say(Level::Info, "Added job to processing list", &queued);
    metrics::begins(id, url(payload));
    let trace = Trace::new(runner, id, token, &run.system_id);
    let sender = trace.start();
    let slot = run.slot(config::str(runner, "token"), payload["job_info"]["project_id"].as_u64().unwrap_or_default());
    let outcome = Attempt::new(run, runner, payload, &trace, &slot).execute();
    run.give_back(&slot);
    let fields = [
        poll::api(runner).runner(),
        ("job", id.to_string()),
        ("project", project),
        ("duration_s", format!("{:.9}", started.elapsed().as_secs_f64())),
    ];
    match &outcome {
        Ok(()) => {
            trace.line("\x1b[32;1mJob succeeded\x1b[0;m");
            log::info("Job succeeded", &fields);
            trace.finish(sender, "success", "", 0);
        }
        Err(failure) => {
            let text = failure.text();
            let system = matches!(failure, Failure::System(_));
            let words = if system { "Job failed (system failure)" } else { "Job failed" };
            trace.line(&format!("\x1b[31;1mERROR: {words}: {text}\n\x1b[0;m"));
            if system {
                log::error(&format!("{words}: {text}"), &fields);
            } else {
                log::warning(&format!("{words}: {text}\n"), &fields);
            }
            let code = if let Failure::Exit(code) = failure { *code } else { 0 };
            trace.finish(sender, "failed", failure.reason(), code);
        }
    }
    run.builds.fetch_sub(1, Ordering::SeqCst);
    metrics::ends(id);
    run.say(Level::Info, "Removed job from processing list", &queued);
    if let Err(failure) = &outcome {
        let executor = ("executor", "docker".to_string());
        run.say(
            Level::Warning,
            "Failed to process runner",
            &[poll::api(runner).runner(), executor, ("error", failure.text())],
        );
    }
}

struct Attempt<'a> {
    run: &'a Run,
    runner: &'a Table,
    payload: &'a Value,
    trace: &'a Arc<Trace>,
    docker: Docker,
    options: Table,
    /// `runner-SHORT-project-7-concurrent-0`.
    unique: String,
    /// The same with 16 hexadecimal digits that no other job has.
    name: String,
}

impl<'a> Attempt<'a> {
    fn new(run: &'a Run, runner: &'a Table, payload: &'a Value, trace: &'a Arc<Trace>, slot: &Slot) -> Self {
        let options = config::sub(runner, "docker").cloned().unwrap_or_default();
        let short = poll::api(runner).runner().1.to_lowercase();
        let unique = format!("runner-{short}-project-{}-concurrent-{}", slot.1, slot.2);
        let drawn = hash(&config::random(16));
        Self {
            run,
            runner,
            payload,
            trace,
            docker: Docker::new(config::str(&options, "host")),
            name: format!("{unique}-{drawn:016x}"),
            unique,
            options,
        }
    }

    fn execute(&self) -> Result<(), Failure> {
        let api = poll::api(self.runner);
        self.trace.line("\x1b[0KRunning with gitlab-runner 17.5.5 (stand-in)\x1b[0;m");
        self.trace.line(&format!(
            "\x1b[0K  on {} {}, system ID: {}\x1b[0;m",
            config::str(self.runner, "name"),
            api.runner().1,
            self.run.system_id
        ));
        let image = match self.payload["image"]["name"].as_str() {
            Some(name) if !name.is_empty() => name,
            _ => config::str(&self.options, "image"),
        };
        self.section("Preparing the \"docker\" executor");
        self.trace.line(&format!("Using Docker executor with image {image} ..."));
        self.reach()?;
        let mut cleanup = Cleanup { docker: &self.docker, containers: Vec::new(), network: None };
        let network = self.network(&mut cleanup)?;
        self.services(&network, &mut cleanup)?;
        self.image(image)?;
        self.section("Executing \"step_script\" stage of the job script");
        metrics::stage(self.payload["id"].as_u64().unwrap_or_default(), "step_script");
        self.script(image, &network, &mut cleanup)
    }

    fn section(&self, title: &str) {
        self.trace.line(&format!("\x1b[0K\x1b[36;1m{title}\x1b[0;m\x1b[0;m"));
    }

    /// Three tries, as gitlab-runner gives a daemon that does not answer.
    fn reach(&self) -> Result<(), Failure> {
        let mut last = String::new();
        for _ in 0..3 {
            match self.docker.call("GET", "/version", None) {
                Ok(_) => return Ok(()),
                Err(text) => last = format!("{text} (docker.go:852:0s)"),
            }
            self.trace.line(&format!("\x1b[31;1mERROR: Preparation failed: {last}\x1b[0;m"));
            self.trace.line("Will be retried in 3s ...");
            thread::sleep(Duration::from_secs(3));
        }
        Err(Failure::System(last))
    }

    fn image(&self, image: &str) -> Result<(), Failure> {
        let policies = config::list(&self.options, "pull_policy");
        let policy = policies.first().map_or("always", String::as_str);
        let there = self.docker.has_image(image).map_err(Failure::System)?;
        if policy == "never" || (policy == "if-not-present" && there) {
            self.trace.line(&format!("Using locally found image version due to {policy:?} pull policy"));
            return Ok(());
        }
        self.trace.line(&format!("Pulling docker image {image} ..."));
        self.docker.pull(image).map_err(|text| {
            let words = format!(
                "Failed to pull image {image:?} with specified policies [{policy}]: {text} (manager.go:251:0s)"
            );
            log::warning(
                &format!("Failed to pull image with policy {policy:?}: {text}"),
                &[poll::api(self.runner).runner()],
            );
            Failure::Pull(words)
        })
    }

    /// With FF_NETWORK_PER_BUILD a network of the job's own, on which services have names.
    fn network(&self, cleanup: &mut Cleanup) -> Result<Option<String>, Failure> {
        let flags = config::sub(self.runner, "feature_flags");
        let wanted = flags.is_some_and(|f| config::bool(f, "FF_NETWORK_PER_BUILD"));
        if !wanted || !config::str(&self.options, "network_mode").is_empty() {
            return Ok(None);
        }
        let name = format!("{}-network", self.name);
        self.docker
            .call("POST", "/networks/create", Some(&json!({"Name": name, "Driver": "bridge"})))
            .map_err(|text| Failure::System(format!("creating network: {text}")))?;
        cleanup.network = Some(name.clone());
        Ok(Some(name))
    }

    fn services(&self, network: &Option<String>, cleanup: &mut Cleanup) -> Result<(), Failure> {
        for (number, service) in self.payload["services"].as_array().into_iter().flatten().enumerate() {
            let image = service["name"].as_str().unwrap_or_default();
            let alias = service["alias"].as_str().unwrap_or_default();
            self.trace.line(&format!("Starting service {image} ..."));
            self.image(image)?;
            let name = format!("{}-service-{number}", self.name);
            let mut body = self.container("service", image, network, &[alias]);
            if service["command"].as_array().is_some_and(|c| !c.is_empty()) {
                body["Cmd"] = service["command"].clone();
            }
            let started = self.docker.create(&name, &body).and_then(|id| {
                cleanup.containers.push(id.clone());
                self.docker.start(&id)
            });
            started.map_err(|text| Failure::System(format!("prepare environment: {text} (docker.go:685:0s)")))?;
        }
        Ok(())
    }

    /// As gitlab-runner 17.5.5 has them.
    fn labels(&self, kind: &str) -> Value {
        let label = |name: &str, value: String| (format!("com.gitlab.gitlab-runner.{name}"), Value::from(value));
        let (id, info) = (self.payload["id"].to_string(), &self.payload["git_info"]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        [
            label("managed", "true".into()),
            label("type", kind.into()),
            label("job.url", url(self.payload)),
            label("job.ref", text(&info["ref"])),
            label("job.id", id),
            label("project.id", self.payload["job_info"]["project_id"].to_string()),
            label("runner.id", poll::api(self.runner).runner().1),
        ]
        .into_iter()
        .collect::<serde_json::Map<_, _>>()
        .into()
    }

    fn container(&self, kind: &str, image: &str, network: &Option<String>, aliases: &[&str]) -> Value {
        let mut environment: Vec<String> = config::list(self.runner, "environment");
        for variable in self.payload["variables"].as_array().into_iter().flatten() {
            let text = |key: &str| variable[key].as_str().unwrap_or_default().to_string();
            environment.push(format!("{}={}", text("key"), text("value")));
        }
        // `/cache` alone is a volume of this project and slot, for the next job of both; `/a:/b` is a bind.
        let volumes = config::list(&self.options, "volumes");
        let bind = |volume: &String| match volume.contains(':') {
            true => volume.clone(),
            false => format!("{}-cache-{:016x}:{volume}", self.unique, hash(volume)),
        };
        let binds: Vec<String> = volumes.iter().map(bind).collect();
        let devices: Vec<Value> = config::list(&self.options, "devices")
            .iter()
            .map(|d| {
                let mut parts = d.split(':');
                let host = parts.next().unwrap_or_default();
                json!({"PathOnHost": host, "PathInContainer": parts.next().unwrap_or(host), "CgroupPermissions": "rwm"})
            })
            .collect();
        let mode = config::str(&self.options, "network_mode");
        let mut body = json!({
            "Image": image, "Env": environment,
            "Labels": self.labels(kind),
            "HostConfig": {
                "Privileged": config::bool(&self.options, "privileged"), "Binds": binds, "Devices": devices,
                "ExtraHosts": config::list(&self.options, "extra_hosts"),
                "SecurityOpt": config::list(&self.options, "security_opt"),
                "CapAdd": config::list(&self.options, "cap_add"), "CapDrop": config::list(&self.options, "cap_drop"),
            },
        });
        if config::sub(self.runner, "feature_flags")
            .is_some_and(|f| config::bool(f, "FF_USE_INIT_WITH_DOCKER_EXECUTOR"))
        {
            body["HostConfig"]["Init"] = true.into();
        }
        // Of the job's own container, and not of a service (createHostConfigForService of 17.5.5 and 19.4 has no such field).
        if kind == "build" {
            body["HostConfig"]["OomScoreAdj"] =
                config::int(&self.options, "oom_score_adjust").unwrap_or_default().into();
        }
        if let Some(name) = network {
            body["HostConfig"]["NetworkMode"] = name.as_str().into();
            body["NetworkingConfig"] = json!({"EndpointsConfig": {name.as_str(): {"Aliases": aliases}}});
        } else if !mode.is_empty() {
            body["HostConfig"]["NetworkMode"] = mode.into();
        }
        body
    }

    fn script(&self, image: &str, network: &Option<String>, cleanup: &mut Cleanup) -> Result<(), Failure> {
        let system = |text: String| Failure::System(format!("{text} (docker.go:1401:0s)"));
        let mut body = self.container("build", image, network, &["build"]);
        let lines = self.payload["steps"][0]["script"].as_array().into_iter().flatten();
        let script: Vec<String> = lines
            .filter_map(Value::as_str)
            .map(|line| format!("printf '%s\\n' {}\n{line}", quote(&format!("\x1b[32;1m$ {line}\x1b[0;m"))))
            .collect();
        body["Cmd"] = json!(["sh", "-c", format!("{SHELL}\n{}", script.join("\n"))]);
        if network.is_none() {
            // Without a network of its own gitlab-runner links services, which podman refuses.
            let links: Vec<String> = cleanup.containers.iter().map(|id| format!("{id}:service")).collect();
            if !links.is_empty() {
                body["HostConfig"]["Links"] = json!(links);
            }
        }
        let id = self.docker.create(&format!("{}-build", self.name), &body).map_err(system)?;
        cleanup.containers.push(id.clone());
        let mut output = self.docker.attach(&id).map_err(system)?;
        self.docker.start(&id).map_err(system)?;

        let (sender, ended) = mpsc::channel();
        let (trace, docker, container) =
            (self.trace.clone(), Docker::new(config::str(&self.options, "host")), id.clone());
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(got @ 1..) = output.read(&mut buffer) {
                trace.write(&buffer[..got]);
            }
            // The output ends with the container, or with the podman service that carried it. gitlab-runner does not tell
            // them apart: it has what still runs end, and takes the exit code; what is said from then on is lost.
            if let Err(text) = docker.terminate(&container)
                && text.starts_with("error during connect")
            {
                let text = format!("{text} (docker.go:1401:0s)");
                log::warning(&format!("Failed to exec create to container: {text}"), &[("error", text)]);
            }
            let code = docker.stop_and_wait(&container);
            let _ = sender.send(code);
        });

        let timeout = self.payload["runner_info"]["timeout"].as_u64().unwrap_or(3600);
        let deadline = Instant::now() + Duration::from_secs(timeout);
        loop {
            let failure = match ended.recv_timeout(Duration::from_millis(100)) {
                Ok(Ok(0)) => return Ok(()),
                Ok(Ok(code)) => return Err(Failure::Exit(code)),
                Ok(Err(text)) => return Err(system(text)),
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Err(system("the job's thread ended".into()));
                }
                Err(mpsc::RecvTimeoutError::Timeout) if Instant::now() > deadline => Failure::Timeout(timeout),
                Err(_) if self.trace.cancelled.load(Ordering::SeqCst) => Failure::Cancelled,
                Err(_) if self.run.abort.load(Ordering::SeqCst) => Failure::System("aborted: terminated".into()),
                Err(_) => continue,
            };
            self.docker.kill(&id);
            let _ = ended.recv_timeout(Duration::from_secs(5));
            return Err(failure);
        }
    }
}

/// How gitlab-runner's script begins (shells/bash.go in 17.5.5): `yes | head` fails where the shell knows pipefail.
const SHELL: &str = "if set -o | grep pipefail > /dev/null; then set -o pipefail; fi; set -o errexit";

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// What a job made in the nested podman goes with it.
struct Cleanup<'a> {
    docker: &'a Docker,
    containers: Vec<String>,
    network: Option<String>,
}

impl Drop for Cleanup<'_> {
    fn drop(&mut self) {
        // All at once, as gitlab-runner does.
        thread::scope(|scope| {
            for id in &self.containers {
                scope.spawn(|| self.docker.remove(id));
            }
        });
        if let Some(name) = &self.network {
            let _ = self.docker.call("DELETE", &format!("/networks/{name}"), None);
        }
    }
}
