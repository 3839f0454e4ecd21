//! The harness itself: the mock GitLab and the runner (stand-in, or the real
//! one when given) understand each other in a test host, and a job's trace
//! arrives.

use std::time::Duration;

use crate::gitlab::state::{JobSpec, JobState, Service};
use crate::image_store::{JOB_IMAGE, for_jobs};
use crate::programs;
use crate::screen::SECONDS;
use crate::server::Server;
use crate::testhost::{Machine, suite};

const TOKEN: &str = "glrt-t1_e2eabcdefghijklmn";
const MINUTE: Duration = Duration::from_secs(60);

/// A machine with the runner as johndoe's `gitlab-runner`, without any container.
fn with_runner() -> Machine {
    let machine = Machine::fresh(&suite());
    // Without it johndoe's services would end with each of the harness's short sessions.
    machine.root("loginctl enable-linger johndoe").ok();
    machine.put(&programs::runner(), "gitlab-runner");
    machine
        .user("touch config.toml && chmod 600 config.toml")
        .ok();
    machine
}

fn register(url: &str, token: &str) -> String {
    format!(
        "CONFIG_FILE=$HOME/config.toml REGISTER_NON_INTERACTIVE=true RUNNER_NAME=e2e RUNNER_EXECUTOR=docker \
         DOCKER_IMAGE=x DOCKER_HOST=unix://$HOME/podman.sock CI_SERVER_URL={url} REGISTRATION_TOKEN={token} \
         ./gitlab-runner register"
    )
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn refusals_have_the_words_of_gitlab_runner() {
    let (machine, server) = (with_runner(), Server::start());
    let url = server.local_url();
    for (token, words) in [
        ("glrt-t1_mock403abcdef", "Verifying runner... is not valid"),
        ("glrt-t1_mock500abcdef", "500 Internal Server Error"),
        ("glrt-t1_mock502abcdef", "502 Bad Gateway"),
        ("glrt-t1_mockhtmlabcde", "Failed to verify the runner."),
        ("glrt-t1_mockdropabcde", "EOF"),
        (
            "GR1348941mock403abcde",
            "forbidden (check registration token)",
        ),
        (
            "GR1348941mock410abcde",
            "410 Gone - runner registration disallowed",
        ),
        ("GR1348941mock429abcde", "Sleeping due to rate limit"),
    ] {
        let output = machine.user(&register(&url, token)).fails_with(1);
        assert!(output.both().contains(words), "{token}: {}", output.both());
    }
    let cut = machine.user(&register(&url, "glrt-abcde")).fails_with(2);
    assert!(cut.both().contains("slice bounds out of range"));
    let nowhere = machine
        .user(&register("http://127.0.0.1:1/", TOKEN))
        .fails_with(1);
    assert!(nowhere.both().contains("connection refused"));
    assert_eq!(machine.read("config.toml"), "");
    assert!(server.runners().is_empty());
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn jobs_run_and_their_traces_arrive() {
    let (machine, server) = (with_runner(), Server::start());
    machine.user(&register(&server.local_url(), TOKEN)).ok();
    machine
        .user(&register(&server.local_url(), "GR1348941e2eabcdefghij"))
        .ok();
    assert_eq!(server.runners().len(), 2);
    let config = machine
        .read("config.toml")
        .replace("concurrent = 1", "concurrent = 2");
    machine.write("config.toml", &with_networks(&for_jobs(&config)));
    machine.load_images("podman");
    machine
        .user("systemd-run -q --user --unit=api podman system service --time=0 unix://$HOME/podman.sock")
        .ok();
    machine
        .user("systemd-run -q --user --unit=runner -p KillSignal=SIGQUIT ./gitlab-runner run --config $HOME/config.toml --listen-address 127.0.0.1:9252")
        .ok();
    server.wait_polls(TOKEN, 1, MINUTE);

    let good = server.script("", &["echo hello from $CI_JOB_ID", "id -u"]);
    let job = server.wait_job(good, MINUTE);
    assert_eq!(job.state, JobState::Success, "{}", job.text());
    assert!(
        job.text().contains(&format!("hello from {good}")),
        "{}",
        job.text()
    );

    let bad = server.wait_job(server.script(JOB_IMAGE, &["exit 3"]), MINUTE);
    assert_eq!(
        (bad.state, bad.exit_code),
        (JobState::Failed, 3),
        "{}",
        bad.text()
    );
    assert_eq!(bad.failure_reason, "script_failure");

    let missing = server.wait_job(server.script("127.0.0.1:1/none:latest", &["true"]), MINUTE);
    assert_eq!(
        missing.failure_reason,
        "image_pull_failure",
        "{}",
        missing.text()
    );

    let slow = server.enqueue(JobSpec {
        script: vec!["sleep 60".into()],
        timeout: 3,
        ..JobSpec::default()
    });
    assert_eq!(
        server.wait_job(slow, MINUTE).failure_reason,
        "job_execution_timeout"
    );

    let served = server.wait_job(server.enqueue(service_job()), MINUTE);
    assert!(
        served.text().contains("from the service"),
        "{}",
        served.text()
    );

    let long = server.script("", &["echo begun", "sleep 300"]);
    server.wait_trace(long, "begun", MINUTE);
    server.cancel(long);
    assert_eq!(server.wait_job(long, MINUTE).state, JobState::Canceled);

    let metrics = machine
        .user("exec 3<>/dev/tcp/127.0.0.1/9252; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3")
        .ok();
    assert!(
        metrics.lines().any(|l| l
            .starts_with("gitlab_runner_api_request_statuses_total{endpoint=\"request_job\"")
            && l.contains("status=\"204\"")),
        "{metrics}"
    );

    // A stop lets the running job end.
    let last = server.script("", &["echo begun", "sleep 5", "echo ended"]);
    server.wait_trace(last, "begun", MINUTE);
    machine.user("systemctl --user stop runner").ok();
    assert_eq!(server.wait_job(last, SECONDS(10)).state, JobState::Success);
    let log = machine
        .root("journalctl -o cat --no-pager _SYSTEMD_USER_UNIT=runner.service")
        .ok();
    for words in [
        "Checking for jobs... received",
        "Job succeeded",
        "Job failed: exit code 3",
        "Starting graceful shutdown",
    ] {
        assert!(log.contains(words), "{words} is not in\n{log}");
    }
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_job_runs_in_the_nested_podman() {
    let machine = Machine::with_image(&suite()).with_linger_and_ids();
    let server = Server::start();
    let config = machine.register(&server.url(), TOKEN);
    assert!(config.contains(TOKEN), "{config}");
    machine.run_container(&for_jobs(&config));
    server.wait_polls(TOKEN, 1, MINUTE);
    machine.load_job_images();

    let lines = [
        "cat /proc/self/uid_map",
        "touch /tmp/x && chown 65535:65535 /tmp/x && echo the highest ID works",
    ];
    let job = server.wait_job(server.script("", &lines), MINUTE);
    assert_eq!(job.state, JobState::Success, "{}", job.text());
    assert!(
        job.text().contains("the highest ID works"),
        "{}",
        job.text()
    );

    let served = server.wait_job(server.enqueue(service_job()), MINUTE);
    assert!(
        served.text().contains("from the service"),
        "{}",
        served.text()
    );

    let log = machine.user("podman logs pipglr").ok();
    for words in ["Checking for jobs... received", "Job succeeded"] {
        assert!(log.contains(words), "{words} is not in\n{log}");
    }
}

/// Asks a service by its name, and gives it the time to start.
pub fn service_job() -> JobSpec {
    JobSpec {
        script: vec![
            "for i in 1 2 3 4 5; do wget -qO- http://svc:8000/ && exit 0; sleep 1; done; exit 1"
                .into(),
        ],
        services: vec![Service {
            image: JOB_IMAGE.into(),
            alias: "svc".into(),
            command: [
                "sh",
                "-c",
                "mkdir -p /w; echo from the service >/w/index.html; exec httpd -f -p 8000 -h /w",
            ]
            .map(String::from)
            .to_vec(),
        }],
        ..JobSpec::default()
    }
}

/// Services need a network of the job's own: podman has no links.
pub fn with_networks(config: &str) -> String {
    let mut document: toml_edit::DocumentMut = config.parse().unwrap();
    let runners = document["runners"].as_array_of_tables_mut().unwrap();
    for runner in runners.iter_mut() {
        runner["feature_flags"] = toml_edit::table();
        runner["feature_flags"]["FF_NETWORK_PER_BUILD"] = toml_edit::value(true);
    }
    document.to_string()
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_screen_is_driven_key_by_key() {
    let machine = Machine::fresh(&suite());
    let mut screen = machine.screen(
        "stty size; read -rp 'name? ' n; echo hello $n; tput smcup; read -r; tput rmcup; exit 7",
        24,
        80,
    );
    screen
        .wait_for("24 80", SECONDS(10))
        .wait_for("name?", SECONDS(10));
    screen.send("pipglr").key("Enter").wait_until(
        "hello or the alternate screen",
        SECONDS(5),
        |_| true,
    );
    while !screen.alternate() {
        assert!(screen.running(), "{}", screen.dump());
        std::thread::sleep(Duration::from_millis(20));
    }
    screen.resize(30, 100);
    screen.key("Enter");
    assert_eq!(screen.wait_exit(SECONDS(10)), 7);
    assert!(!screen.alternate());
    assert!(screen.shows("hello pipglr"), "{}", screen.dump());
}
