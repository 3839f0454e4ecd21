//! The image's build: its arguments, right and wrong, a mirror to download from;
//! and the labels of what comes out, run the three ways a user can run them.

use std::io::BufReader;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::gitlab::state::JobState;
use crate::http::{Response, read_request, write_response};
use crate::image::TOKEN;
use crate::image_store::{IMAGE, for_jobs};
use crate::programs;
use crate::server::Server;
use crate::testhost::{Machine, suite};

const MINUTE: Duration = Duration::from_secs(60);

/// A mirror of gitlab-runner's releases whose one checksum is right or wrong.
fn mirror(right: bool) -> u16 {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let program = std::fs::read(programs::runner()).unwrap();
    let file = programs::runner().display().to_string();
    let output = std::process::Command::new("sha256sum").arg(file).output();
    let mut sum = String::from_utf8(output.unwrap().stdout).unwrap()[..64].to_string();
    if !right {
        sum = sum.chars().rev().collect();
    }
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let Ok(Some(request)) = read_request(&mut BufReader::new(stream.try_clone().unwrap())) else {
                continue;
            };
            let response = match request.path.as_str() {
                "/v17.5.5/release.sha256" => Response::new(200).body(
                    format!(
                        "{0}  *binaries/gitlab-runner-linux-arm\n{sum} *binaries/gitlab-runner-linux-amd64\n",
                        "0".repeat(64)
                    )
                    .into_bytes(),
                ),
                "/v17.5.5/binaries/gitlab-runner-linux-amd64" => Response::new(200).body(program.clone()),
                _ => Response::new(404),
            };
            let _ = write_response(&mut stream, &response);
        }
    });
    port
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn build_arguments_count_also_when_layers_are_cached() {
    let machine = Machine::with_image(&suite());
    machine.put_context();
    // Silently the old image, where only ENV and LABEL differ: podman's own trap.
    let build = |arguments: &str| {
        machine.user(&format!("podman build -t other {arguments} context")).ok();
    };
    let env = || machine.user("podman run --rm other env").ok();
    let began = Instant::now();
    build("");
    assert!(began.elapsed() < Duration::from_secs(20), "nothing came from the cache");
    assert!(env().contains("CI_SERVER_URL=https://gitlab.com/\n"));
    build("--build-arg GITLAB_URL=https://git.example.com/here");
    assert!(env().contains("CI_SERVER_URL=https://git.example.com/here\n"));
    assert!(env().contains("DOCKER_PRIVILEGED=true\n"));
    build("--build-arg NESTED_PRIVILEGED=false");
    assert!(env().contains("DOCKER_PRIVILEGED=false\n"));
    build("--build-arg PRUNE_INTERVAL='Sun 03:00'");
    let timer = machine.user("podman run --rm other cat /etc/systemd/system/prune.timer").ok();
    assert!(timer.contains("\nOnCalendar=Sun 03:00\n"), "{timer}");
    build("");
    assert!(env().contains("CI_SERVER_URL=https://gitlab.com/\n"));
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn wrong_build_arguments_fail_with_a_sentence() {
    let machine = Machine::with_image(&suite());
    machine.put_context();
    let fails = |arguments: &str, sentence: &str| {
        let output = machine.user(&format!("podman build -t other {arguments} context"));
        assert_ne!(output.code, 0, "{arguments}");
        let said = output.both();
        let lines: Vec<&str> = said.lines().filter(|l| l.starts_with("pipglr: ")).collect();
        assert!(matches!(lines[..], [line] if line.contains(sentence)), "{arguments}: {said}");
    };
    for (arguments, sentence) in [
        ("--build-arg NESTED_PRIVILEGED=yes", "NESTED_PRIVILEGED is 'yes', it must be true or false."),
        ("--build-arg GITLAB_URL=gitlab.com", "GITLAB_URL is 'gitlab.com', it must be"),
        ("--build-arg PRUNE_INTERVAL=dayly", "PRUNE_INTERVAL is 'dayly', it must be"),
        ("--build-arg TARGETARCH=riscv64", "TARGETARCH is 'riscv64', it must be amd64 or arm64"),
        ("--build-arg TARGETARCH=arm64", "build with --platform linux/arm64"),
    ] {
        fails(arguments, sentence);
    }
    machine.user("echo none >context/assets/image/gitlab-runner").ok();
    fails("", "the gitlab-runner to be installed does not run here");

    machine.user("rm context/assets/image/gitlab-runner").ok();
    let from = |port: u16| format!("--build-arg RUNNER_DOWNLOAD_URL=http://127.0.0.1:{port}/ --network host");
    let (good, bad) = (mirror(true), mirror(false));
    fails(&format!("--build-arg RUNNER_VERSION=newest {}", from(good)), "RUNNER_VERSION is 'newest', it must be");
    fails(&format!("--build-arg RUNNER_VERSION=17.0.0 {}", from(good)), "v17.0.0 could not be downloaded");
    fails(&from(1), "--runner-binary FILE");
    // What comes without TLS may be anybody's, and its checksums with it, unless the checksum is known.
    fails("--build-arg RUNNER_DOWNLOAD_URL=http://mirror.example/", "it must begin with https://");
    fails(&format!("--build-arg RUNNER_SHA256=abc {}", from(good)), "RUNNER_SHA256 is 'abc', it must be");
    let pinned =
        |digest: &str| format!("--build-arg RUNNER_VERSION=17.5.5 --build-arg RUNNER_SHA256={digest} {}", from(bad));
    fails(&pinned(&"0".repeat(64)), "does not have the checksum that RUNNER_SHA256 says");
    fails(&format!("--build-arg RUNNER_VERSION=17.5.5 {}", from(bad)), "does not have the checksum");
    for version in ["17.5.5", "v17.5.5"] {
        machine
            .user(&format!("podman build -t other --build-arg RUNNER_VERSION={version} {} context", from(good)))
            .ok();
    }
    machine.user("podman run --rm other gitlab-runner --version").ok();
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn labels_run_typed_by_runlabel_and_by_eval() {
    let (machine, server) = (Machine::with_image(&suite()).with_linger_and_ids(), Server::start());
    machine.put_context();
    // As `pipglr image build` may write them: no file executable, none for others.
    machine.user("find context -type f -exec chmod 600 {} +").ok();
    // Labels know no other GitLab than the one they were built for.
    machine
        .user(&format!(
            "podman build -t {IMAGE} --build-arg NESTED_PRIVILEGED=false --build-arg GITLAB_URL={} context",
            server.url()
        ))
        .ok();
    machine.user_with("podman secret create REGISTRATION_TOKEN -", TOKEN.as_bytes()).ok();
    let typed = |label: &str| {
        let format = format!("{{{{index .Labels \"{label}\"}}}}");
        let text = machine.user(&format!("podman image inspect --format '{format}' {IMAGE}")).ok();
        assert!(text.starts_with("podman ") && !text.contains(['\'', '"', '`', ';']), "{text}");
        text.trim().to_string()
    };
    let runlabel = |label: &str| format!("podman container runlabel {label} $IMAGE");
    let eval = |label: &str| format!("eval $(podman inspect --format=json $IMAGE | jq -r .[].Labels.{label})");
    let ways: [&dyn Fn(&str) -> String; 3] = [&typed, &runlabel, &eval];

    // The README's README: CRLF, no last line end, bytes that are no text.
    let precious: &[u8] = b"a = 1\r\n\r\nb = \"\xc3\xa9\xff\"\t\r\nno end";
    for (number, way) in ways.iter().enumerate() {
        let folder = format!("a folder {number}");
        machine
            .user(&format!("mkdir '{folder}' && touch '{folder}/config.toml' && chmod 600 '{folder}/config.toml'"))
            .ok();
        let run = |label: &str| {
            let command = format!("cd '{folder}' && IMAGE={IMAGE} && {}", way(label));
            machine.user(&command)
        };
        run("register").ok();
        let config = machine.read(&format!("{folder}/config.toml"));
        assert!(config.contains("name = \"pipglr\"") && config.contains(TOKEN), "{config}");
        assert!(config.contains("privileged = false"), "{config}");

        machine.user_with("podman secret create config.toml -", precious).ok();
        machine.user(&format!("cd '{folder}' && IMAGE={IMAGE} && {} >dump", way("dumpconfig"))).ok();
        let dump = std::fs::read(machine.home().join(&folder).join("dump")).unwrap();
        assert_eq!(dump, precious, "dumpconfig, way {number}");
        machine.user("podman secret rm config.toml").ok();

        let config = for_jobs(&config);
        machine.user_with("podman secret create config.toml -", config.as_bytes()).ok();
        run("setupstorage").ok();
        run("setupcache").ok();
        let owners =
            machine.user("podman volume inspect --format '{{.UID}} {{.GID}}' pipglr-storage pipglr-cache").ok();
        assert_eq!(owners, "1000 1000\n1001 1001\n");
        let polls = server.runners()[0].polls;
        run("run").ok();
        server.wait_polls(TOKEN, polls + 1, MINUTE);
        if number == 2 {
            // The image was built to have jobs without privileges.
            machine.load_job_images();
            let job = server.script("", &["grep CapEff /proc/self/status; ! ls /dev/fuse; chown 65535 /tmp"]);
            let job = server.wait_job(job, MINUTE);
            assert_eq!(job.state, JobState::Success, "{}", job.text());
            assert!(job.text().contains("00000000800405fb"), "{}", job.text());
        }
        machine
            .user("podman rm -f -t 20 pipglr && podman volume rm pipglr-storage pipglr-cache && podman secret rm config.toml")
            .ok();
    }
}
