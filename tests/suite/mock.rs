//! The mock GitLab and the stand-in runner speak to each other, over loopback
//! and without podman: what the end-to-end tests stand on.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use crate::gitlab::state::{JobSpec, JobState, Kind};
use crate::gitlab::{self, Gitlab};
use crate::{http, programs};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const CREATED: &str = "glrt-t1_abcdefghijklmnop";
const LEGACY: &str = "GR1348941abcdefghijklmn";
static RUNNER: LazyLock<PathBuf> = LazyLock::new(programs::runner);

/// A folder with an empty config.toml, and a server.
struct Place {
    folder: tempfile::TempDir,
    gitlab: Gitlab,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.toml"), "").unwrap();
        let gitlab = Gitlab::start("127.0.0.1:0").unwrap();
        Self { folder, gitlab }
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.config()).unwrap()
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.gitlab.port())
    }

    fn runner(&self, command: &str) -> Command {
        let mut runner = Command::new(&*RUNNER);
        runner.args(command.split_whitespace()).env("CONFIG_FILE", self.config()).stdin(Stdio::null());
        runner
    }

    fn register(&self, url: &str, token: &str) -> (i32, String) {
        let output = self
            .runner("register")
            .env("CI_SERVER_URL", url)
            .env("REGISTRATION_TOKEN", token)
            .env("REGISTER_NON_INTERACTIVE", "true")
            .env("RUNNER_NAME", "here")
            .env("RUNNER_EXECUTOR", "docker")
            .env("DOCKER_IMAGE", "debian")
            .env("DOCKER_HOST", "unix:///nowhere/podman.sock")
            .env("DOCKER_PRIVILEGED", "true")
            .output()
            .unwrap();
        said(&output)
    }

    fn run(&self, arguments: &str) -> Running {
        let log = self.folder.path().join("log");
        let mut command = self.runner(&format!("run {arguments}"));
        command.stderr(fs::File::create(&log).unwrap());
        Running { child: command.spawn().unwrap(), log }
    }
}

fn said(output: &Output) -> (i32, String) {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap_or(-1), text)
}

/// `gitlab-runner run`, ended with the test.
struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    fn wait_for(&self, text: &str) {
        wait_until(text, || self.log().contains(text));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_until(what: &str, test: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !test() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn each_kind_of_token_is_registered() {
    let place = Place::new();
    for token in [CREATED, LEGACY] {
        let (code, text) = place.register(&place.url(), token);
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("Runner registered successfully."), "{text}");
    }
    let state = place.gitlab.state();
    let kinds: Vec<Kind> = state.runners.iter().map(|r| r.kind).collect();
    assert_eq!(kinds, [Kind::Created, Kind::Legacy]);
    assert_eq!(state.runners[1].parameters["description"], "here");
    let config: toml::Table = place.text().parse().unwrap();
    let tokens: Vec<&str> =
        config["runners"].as_array().unwrap().iter().map(|r| r["token"].as_str().unwrap()).collect();
    // One is written as it was given, the other is the server's.
    assert_eq!(tokens, [CREATED, state.runners[1].token.as_str()]);
    assert!(place.text().contains("volumes = [\"/cache\"]"));
    assert!(Path::new(&place.folder.path().join(".runner_system_id")).exists());
}

#[test]
fn the_same_authentication_token_twice_is_warned_of() {
    let place = Place::new();
    place.register(&place.url(), CREATED);
    let (code, text) = place.register(&place.url(), CREATED);
    assert_eq!(code, 0);
    assert!(text.contains("has already been registered"), "{text}");
    assert_eq!(place.text().matches("[[runners]]").count(), 2);
    assert_eq!(place.gitlab.state().runners.len(), 1);
}

#[test]
fn refusals_leave_the_file_and_say_why() {
    let place = Place::new();
    let url = place.url();
    let at = |token: &'static str| (url.clone(), token);
    for ((url, token), code, words) in [
        (at("glrt-t1_mock403abcdef"), 1, "Verifying runner... is not valid"),
        (at("glrt-t1_mock410abcdef"), 1, "410 Gone (410 Gone - runner registration disallowed)"),
        (at("glrt-t1_mock502abcdef"), 1, "502 Bad Gateway"),
        (at("glrt-t1_mockhtmlabcde"), 1, "Failed to verify the runner."),
        (at("GR1348941mock403abcde"), 1, "forbidden (check registration token)"),
        (at("GR1348941mock500abcde"), 1, "500 Internal Server Error"),
        (at("GR1348941mockhtmlabcd"), 1, "200 OK"),
        (at("GR1348941mockdropabcd"), 1, "EOF"),
        (at("GR1348941mock429abcde"), 1, "with Body length 0"),
        (at("glrt-abcde"), 2, "slice bounds out of range [:14] with length 10"),
        (at(" "), 1, "The registration-token needs to be entered"),
        (("http://127.0.0.1:1/".into(), CREATED), 1, "connect: connection refused"),
        (("http://no.such.invalid/".into(), CREATED), 1, "no such host"),
        (("gitlab.example.com".into(), CREATED), 1, "only http or https scheme supported"),
        ((url.replace("http:", "https:"), CREATED), 1, "server gave HTTP response to HTTPS client"),
    ] {
        let (got, text) = place.register(&url, token);
        assert_eq!(got, code, "{token} at {url}: {text}");
        assert!(text.contains(words), "{token} at {url}: {text}");
    }
    assert_eq!(place.text(), "");
    assert!(place.gitlab.state().runners.is_empty());
}

#[test]
fn a_rule_holds_for_as_often_as_it_says() {
    let place = Place::new();
    let rule = gitlab::behaviour::Rule {
        endpoint: "runners".into(),
        behaviour: gitlab::behaviour::parse("503").unwrap(),
        times: Some(1),
    };
    place.gitlab.state().rules.push(rule);
    assert_eq!(place.register(&place.url(), CREATED).0, 1);
    assert_eq!(place.register(&place.url(), CREATED).0, 0);
    let seen: Vec<u16> = place.gitlab.state().seen.iter().map(|s| s.status).collect();
    assert_eq!(seen, [503, 200]);
}

#[test]
fn runners_are_verified_and_unregistered() {
    let place = Place::new();
    place.register(&place.url(), CREATED);
    place.register(&place.url(), LEGACY);
    let verified = said(&place.runner("verify").output().unwrap());
    assert_eq!(verified.0, 0, "{}", verified.1);
    assert!(verified.1.contains("is valid") && verified.1.contains("is alive"));
    let gone = said(&place.runner("unregister --all-runners").output().unwrap());
    assert_eq!(gone.0, 0, "{}", gone.1);
    assert!(!place.text().contains("[[runners]]"));
    let state = place.gitlab.state();
    // Of a runner made on the server only this machine's manager goes.
    assert_eq!(state.runners.len(), 1);
    assert!(state.runners[0].managers.is_empty());
    assert_eq!(state.unregistered.len(), 2);
}

#[test]
fn a_run_polls_counts_and_ends_gracefully() {
    let place = Place::new();
    place.register(&place.url(), CREATED);
    let quick = place.text().replace("check_interval = 0", "check_interval = 1");
    fs::write(place.config(), quick).unwrap();
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let mut run = place.run(&format!("--listen-address 127.0.0.1:{port}"));
    run.wait_for("Initializing executor providers");
    wait_until("two polls", || place.gitlab.state().runners[0].polls >= 2);
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let page = http::exchange(stream, "GET", "/metrics", &[("Host", "x")], b"").unwrap().text();
    let line = page.lines().find(|l| l.starts_with("gitlab_runner_api_request_statuses_total{"));
    let line = line.unwrap_or_else(|| panic!("{page}"));
    assert!(line.contains("endpoint=\"request_job\",runner=\"t1_abcdef\",status=\"204\""), "{line}");

    // Nobody listens on the docker host: the job fails by the system.
    let job = place.gitlab.state().enqueue(JobSpec { script: vec!["true".into()], ..JobSpec::default() });
    wait_until("the job", || place.gitlab.state().job(job).unwrap().state == JobState::Failed);
    let job = place.gitlab.state().job(job).unwrap().clone();
    assert_eq!(job.failure_reason, "runner_system_failure");
    assert!(job.text().contains("Cannot connect to the Docker daemon"), "{}", job.text());

    run.signal(Signal::SIGQUIT);
    assert!(run.child.wait().unwrap().success());
    assert!(run.log().contains("Starting graceful shutdown"), "{}", run.log());
    assert!(run.log().contains("Can exit now!"));
}

#[test]
fn three_refusals_disable_a_runner_for_an_hour() {
    let place = Place::new();
    place.register(&place.url(), CREATED);
    let quick = place.text().replace("check_interval = 0", "check_interval = 1");
    fs::write(place.config(), quick).unwrap();
    place.gitlab.state().rules.push(gitlab::behaviour::Rule {
        endpoint: "jobs/request".into(),
        behaviour: gitlab::behaviour::parse("403").unwrap(),
        times: None,
    });
    let run = place.run("");
    run.wait_for("is unhealthy and will be disabled for 1h0m0s seconds!");
}

#[test]
fn a_bad_configuration_is_fatal() {
    let place = Place::new();
    for (text, words) in [
        ("concurrent = ", "toml: line 1 (last key \"concurrent\"): unexpected EOF; expected value"),
        ("concurrent = 0", "Concurrent is less than 1 - no jobs will be processed"),
    ] {
        fs::write(place.config(), text).unwrap();
        let (code, said) = said(&place.runner("run").output().unwrap());
        assert_eq!(code, 1);
        assert!(said.contains("FATAL") && said.contains(words), "{said}");
    }
}

#[test]
fn a_runner_is_made_with_a_personal_access_token() {
    let place = Place::new();
    let ask = |pat: &str, body: &str| {
        let stream = TcpStream::connect(("127.0.0.1", place.gitlab.port())).unwrap();
        let headers = [("Host", "x"), ("PRIVATE-TOKEN", pat), ("Content-Type", "application/json")];
        http::exchange(stream, "POST", "/api/v4/user/runners", &headers, body.as_bytes()).unwrap()
    };
    let whole = r#"{"runner_type": "instance_type", "description": "x"}"#;
    assert_eq!(ask("nothing", whole).status, 401);
    assert_eq!(ask("glpat-noscope", whole).status, 403);
    assert_eq!(ask("glpat-abc", r#"{"runner_type": "group_type"}"#).status, 400);
    let made = ask("glpat-abc", whole);
    assert_eq!(made.status, 201);
    let token = made.value()["token"].as_str().unwrap().to_string();
    assert!(token.starts_with("glrt-") && token.len() >= 20, "{token}");
    assert_eq!(place.register(&place.url(), &token).0, 0);
}
