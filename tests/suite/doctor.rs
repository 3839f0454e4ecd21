//! The doctor: its data, recorded logs, and stories that no line tells alone.

use pipglr::doctor::reading::{self, Time};
use pipglr::doctor::{Diagnosis, Finding, Story};
use pipglr::logs::line;
use pipglr::source::Source;
use pipglr::symptoms::{self, During, From, Reason, Severity, catalogue, search};
use std::collections::BTreeSet;

fn told(text: &str, now: Option<Time>) -> Vec<Finding> {
    let mut story = Story::default();
    reading::tell(&mut text.as_bytes(), &mut story).unwrap();
    Diagnosis::of_log(&story.tell(now)).findings
}

/// `id`, or `id past`.
fn ids(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|f| if f.past.is_some() { format!("{} past", f.id) } else { f.id.clone() }).collect()
}

fn found(text: &str) -> Vec<String> {
    ids(&told(text, None))
}

fn recorded(name: &str) -> String {
    let path = format!("{}/tests/recorded/logs/{name}.log", env!("CARGO_MANIFEST_DIR"));
    String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()
}

fn spoken_by(from: From) -> Option<Source> {
    match from {
        From::Systemd => Some(Source::Systemd),
        From::Podman => Some(Source::Podman),
        From::Runner => Some(Source::Runner),
        From::Host | From::Any => None,
    }
}

#[test]
fn the_data_holds() {
    let all = symptoms::read().unwrap();
    assert!(all.len() <= pipglr::symptoms::catalogue::MOST, "the catalogue has no more bits");
    let names: BTreeSet<&str> = all.iter().map(|symptom| symptom.id.as_str()).collect();
    assert_eq!(names.len(), all.len(), "an id is there twice");
    for (at, symptom) in all.iter().enumerate() {
        let id = &symptom.id;
        for text in [&symptom.cause, &symptom.fix, &symptom.doc] {
            assert!(!text.is_empty(), "{id}");
        }
        assert!(symptom.step.is_some() || !symptom.severity.is_finding(), "{id}: nothing does it");
        for under in &symptom.under {
            let above = all.iter().position(|other| other.id == *under);
            assert!(above.is_some_and(|above| above < at), "{id} is under {under}, which does not come before it");
        }
        let others = symptom.replaces.iter();
        let others = others.chain(symptom.reason.iter().filter_map(|reason| match reason {
            Reason::Symptom(id) => Some(id),
            Reason::SaidBy(from) => {
                assert!([From::Podman, From::Runner].contains(from), "{id}: nobody keeps the complaints of {from:?}");
                None
            }
        }));
        let others = others.chain(symptom.during.iter().filter_map(|during| match during {
            During::Symptom(id) => Some(id),
            During::Event(_) => None,
        }));
        for other in others {
            assert!(names.contains(other.as_str()), "{id} names {other}, which is no symptom");
        }
        assert_eq!(symptom.replaces.is_empty(), symptom.during.is_none(), "{id}: half a story");
        let told = !symptom.parts.is_empty() || symptom.at.is_some() || symptom.during.is_some();
        assert!(told || symptom.source == From::Host, "{id}: nothing shows it");
        for part in &symptom.parts {
            assert!(part.len() >= search::WINDOW, "{id}: {part:?} is too short for the search");
        }
        if symptom.parts.is_empty() {
            assert!(symptom.example.is_empty() && symptom.near.is_empty(), "{id} has a line and nothing to find it by");
            continue;
        }
        assert!(!symptom.example.is_empty() && !symptom.near.is_empty(), "{id} has no example or no near miss");
    }
}

/// Another symptom is another row: of the code that reads a log none knows one by name.
#[test]
fn the_stories_name_no_symptom_in_code() {
    for file in ["finding", "reading", "scan", "words"] {
        let path = format!("{}/src/doctor/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for symptom in catalogue().all() {
            assert!(!code.contains(&format!("\"{}\"", symptom.id)), "{file}.rs names {}", symptom.id);
        }
    }
}

#[test]
fn every_example_is_found_and_no_near_miss_is() {
    for symptom in catalogue().all().iter().filter(|symptom| !symptom.parts.is_empty()) {
        let source = spoken_by(symptom.source);
        let found = catalogue().find(source, &symptom.example).map(|found| found.id.as_str());
        assert_eq!(found, Some(symptom.id.as_str()), "{}", symptom.example);
        for near in &symptom.near {
            let found = catalogue().find(source, near).map(|found| found.id.as_str());
            assert_ne!(found, Some(symptom.id.as_str()), "{near}");
        }
    }
}

/// In other words than the examples', and in other places of a line.
#[test]
fn what_people_have_reported_is_told_by_its_kind() {
    let rows = include_str!("../corpus/causes.tsv").lines().filter(|line| !line.starts_with('#')).skip(1);
    let mut wrong = vec![];
    for row in rows {
        let (id, line) = row.split_once('\t').unwrap();
        let first = found(line).into_iter().next();
        if first.as_deref().unwrap_or("-") != id {
            wrong.push(format!("{first:?} in place of {id}: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same of what a job itself has printed, which accuses no host.
#[test]
fn what_jobs_print_is_told_by_its_kind() {
    let rows = include_str!("../corpus/traces.tsv").lines().filter(|line| !line.starts_with('#')).skip(1);
    let mut wrong = vec![];
    for row in rows {
        let (id, line) = row.split_once('\t').unwrap();
        let trace = format!("Running with gitlab-runner 17.5.5 (abcdef)\nExecuting \"step_script\" stage\n{line}\n");
        let first = found(&trace).into_iter().next();
        if first.as_deref().unwrap_or("-") != id {
            wrong.push(format!("{first:?} in place of {id}: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The messages that the issue and the facts name, in their shapes, lead where they should.
#[test]
fn the_two_of_the_readme_lead_to_step_2() {
    for line in [
        "[ 7.5] podman[88]: time=\"2026-11-24T09:11:12Z\" level=error msg=\"running `/usr/bin/newuidmap 85 0 1000 1 1 1 999 1000 1002 64538`: newuidmap: write to uid_map failed: Operation not permitted\\n\"",
        "[ 7.5] podman[88]: Error: cannot set up namespace using \"/usr/bin/newuidmap\": exit status 1",
        "E: setgroups 65534 failed - setgroups (22: Invalid argument)",
        "[ 7.5] podman[96]: Error: potentially insufficient UIDs or GIDs available in user namespace (requested 65535:65535 for /big): Check /etc/subuid and /etc/subgid if configured locally and run \"podman system migrate\": lchown /big: invalid argument",
    ] {
        let findings = told(line, None);
        assert_eq!(findings.len(), 1, "{line}");
        assert_eq!(findings[0].step, Some("2"), "{line}");
    }
}

#[test]
fn a_symptom_is_its_own_programs() {
    let text = "podman.socket: Failed with result 'service-start-limit-hit'.";
    assert!(catalogue().find(Some(Source::Systemd), text).is_some());
    assert!(catalogue().find(Some(Source::Runner), text).is_none(), "a job may be called so");
    assert!(catalogue().find(None, text).is_some());
    assert!(catalogue().find(Some(Source::Runner), "Error: config.toml: secret name in use").is_none());
}

#[test]
fn recorded_logs() {
    for (name, expected) in [
        ("boot-and-success", &[][..]),
        ("restart", &[]),
        ("prune", &[]),
        ("job-script-failure", &[]),
        ("job-timeout", &[]),
        ("config-syntax-error", &["config-broken"]),
        ("first-boot-and-nft-failure", &["nftables-missing"]),
        ("job-image-pull-failure", &["image-pull"]),
        ("job-with-service", &["services-need-network"]),
        ("full-text", &["image-pull"]),
        ("full-json", &["image-pull"]),
        ("full-latest-timestamps", &["image-pull"]),
        (
            "runner-server-errors",
            &[
                "docker-host",
                "token-refused past",
                "gitlab-cut-off past",
                "gitlab-rate-limit past",
                "gitlab-page past",
                "gitlab-fails past",
            ],
        ),
        ("runner-refused-three-times", &["runner-disabled"]),
        ("nested-podman-killed", &["podman-pause-lost", "job-lost-to-podman"]),
    ] {
        let mut found = found(&recorded(name));
        found.dedup();
        assert_eq!(found, expected, "{name}");
    }
}

/// No line of a log where all went well is marked as more than harmless.
#[test]
fn what_is_well_is_not_marked() {
    for name in ["boot-and-success", "restart", "prune"] {
        for line in recorded(name).lines() {
            let line = line::parse(line);
            let found = catalogue().find(Some(line.source), line.text());
            assert!(found.is_none_or(|found| found.severity == Severity::Noise), "{}", line.text());
        }
    }
}

const BOOT: &str = "systemd 257.13-1~deb13u1 running in system mode (+PAM)";
const START: &str = "gitlab-runner[46]: Initializing executor providers                     builds=0 max_builds=3";
const REFUSED: &str = "gitlab-runner[46]: ERROR: Checking for jobs... forbidden               runner=t1_abcdef status=POST http://h/api/v4/jobs/request: 403 Forbidden";
const DISABLED: &str = "gitlab-runner[46]: ERROR: Runner \"http://h/t1_abcdef\" is unhealthy and will be disabled for 1h0m0s seconds!  unhealthy_requests=3 unhealthy_requests_limit=3";

fn received(job: u64, runner: &str) -> String {
    format!(
        "gitlab-runner[46]: Checking for jobs... received                       job={job} repo_url=http://h/g/p.git runner={runner}"
    )
}

/// Lines at their seconds; one without the prefix is PID 1's.
fn log(lines: &[(u32, &str)]) -> String {
    let line = |(at, text): &(u32, &str)| if *text == BOOT { (*text).to_owned() } else { format!("[ {at}.5] {text}") };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_disabled_runner_until_something_cures_it() {
    let refused = [(10, BOOT), (10, START), (11, REFUSED), (12, REFUSED), (13, REFUSED), (13, DISABLED)];
    let and = |more: &[(u32, &str)]| found(&log(&[&refused[..], more].concat()));
    let findings = told(&log(&refused), None);
    assert_eq!(ids(&findings), ["runner-disabled"]);
    assert_eq!((findings[0].step, findings[0].line), (Some("restart"), Some(6)));
    assert!(
        findings[0].cause.contains("Line 5 says more: ERROR: Checking for jobs... forbidden"),
        "{}",
        findings[0].cause
    );

    assert_eq!(and(&[(3000, "gitlab-runner[46]: Configuration loaded")]), ["runner-disabled"], "the hour is not over");
    assert_eq!(and(&[(3700, "gitlab-runner[46]: Configuration loaded")]), ["runner-disabled past"]);
    assert_eq!(and(&[(60, BOOT), (61, START)]), ["runner-disabled past"], "restarted");
    assert_eq!(and(&[(60, &received(7, "t1_abcdef"))]), ["runner-disabled past"]);
    assert_eq!(and(&[(60, &received(7, "t1_other_"))]), ["runner-disabled"], "another runner was answered");
    assert_eq!(
        and(&[(60, BOOT), (61, START), (62, REFUSED)]),
        ["token-refused", "runner-disabled past"],
        "refused again"
    );
    let again = and(&[(60, BOOT), (61, START), (62, REFUSED), (63, REFUSED), (64, REFUSED), (64, DISABLED)]);
    assert_eq!(again, ["runner-disabled"]);

    // Two runners: one cured, one not.
    let both = and(&[(20, &DISABLED.replace("t1_abcdef", "t1_other_")), (60, &received(7, "t1_abcdef"))]);
    assert_eq!(both, ["runner-disabled", "runner-disabled past"]);
}

#[test]
fn the_present_counts_where_the_log_is_quiet() {
    let log = format!("2026-11-24T10:00:00Z [ 13.5] {DISABLED}");
    let at = |text: &str| Some(Time::Day(text.parse::<jiff::Timestamp>().unwrap().as_second() as f64));
    assert_eq!(ids(&told(&log, at("2026-11-24T10:59:00Z"))), ["runner-disabled"]);
    let findings = told(&log, at("2026-11-24T11:30:00Z"));
    assert_eq!(ids(&findings), ["runner-disabled past"]);
    assert!(findings[0].cause.starts_with("Past: not said again for 90 min"), "{}", findings[0].cause);
    assert_eq!(findings[0].step, None, "nothing is to be done");
}

#[test]
fn a_runner_that_is_restarted_for_ever() {
    let round = |at: u32, why: &'static str| {
        [
            (at, "gitlab-runner[46]: Runtime platform   arch=amd64"),
            (at, why),
            (at, "systemd[1]: runner.service: Main process exited, code=exited, status=1/FAILURE"),
            (at, "systemd[1]: runner.service: Scheduled restart job, restart counter is at 1."),
        ]
    };
    let times = |n: u32, why| (0..n).flat_map(|i| round(10 + 2 * i, why)).collect::<Vec<_>>();
    // A reason that the catalogue does not know: what gitlab-runner said last is given.
    let unknown = "gitlab-runner[46]: FATAL: Service run failed    error=open /x: permission denied";
    let findings = told(&log(&times(4, unknown)), None);
    assert_eq!(ids(&findings), ["runner-restarts"]);
    assert!(findings[0].cause.contains("open /x: permission denied"), "{}", findings[0].cause);
    assert!(found(&log(&times(2, unknown))).is_empty(), "twice is a mishap");
    // Far between: no loop.
    let rare: Vec<_> = (0..4).flat_map(|i| round(1000 * i, unknown)).collect();
    assert!(found(&log(&rare)).is_empty());
    // One that it knows is named instead.
    let zero = "gitlab-runner[46]: FATAL: Concurrent is less than 1 - no jobs will be processed  builds=0 max_builds=0";
    assert_eq!(found(&log(&times(4, zero))), ["concurrent-zero"]);
    let broken = "gitlab-runner[46]: FATAL: Service run failed    error=decoding configuration file: toml: line 1";
    let fixed = [&times(4, broken)[..], &[(60, BOOT), (60, START)]].concat();
    assert_eq!(found(&log(&fixed)), ["config-broken past"]);
}

const DIED: &str = "systemd[1]: podman.service: Main process exited, code=killed, status=9/KILL";
const LOST: &str = "gitlab-runner[46]: ERROR: Job failed (system failure): error during connect: Post \"http://%2Fhome%2Frunner%2Fpodman.sock/v1.44/containers/2749/wait\": EOF (exec.go:78:3s)  duration_s=6.1 job=7 project=7 runner=t1_abcdef";
const WON: &str = "gitlab-runner[46]: Job succeeded                                       duration_s=1.4 job=7 project=7 runner=t1_abcdef";
const STOP: &str = "systemd[1]: Received SIGRTMIN+3.";

#[test]
fn a_job_that_died_with_the_nested_podman() {
    let job = received(7, "t1_abcdef");
    let begun = (10, job.as_str());
    let findings = told(&log(&[begun, (12, DIED), (13, LOST)]), None);
    assert_eq!(ids(&findings), ["job-lost-to-podman"]);
    assert!(findings[0].text.contains("job=7") && findings[0].line == Some(3));
    // podman was back before gitlab-runner asked how the job's container ended: nobody knew. Without podman's end that
    // is all that can be said.
    let unwatched =
        "gitlab-runner[46]: WARNING: Job failed: exit code -1  duration_s=5.7 job=7 project=7 runner=t1_abcdef";
    assert_eq!(found(&log(&[begun, (12, DIED), (13, unwatched)])), ["job-lost-to-podman"]);
    assert_eq!(found(&log(&[begun, (13, unwatched)])), ["job-unwatched"]);
    // It survived: only that podman died is said, and as past.
    assert_eq!(found(&log(&[begun, (12, DIED), (13, WON)])), ["podman-died past"]);
    // podman died before the job began, so that was not it.
    assert_eq!(found(&log(&[(5, DIED), begun, (13, LOST)])), ["podman-connection-broke", "podman-died"]);
    // The container was stopped under it; podman's own end is then as it should be.
    assert_eq!(found(&log(&[begun, (12, STOP), (12, DIED), (13, LOST)])), ["job-lost-to-stop"]);
    // What the reason was is known: memory.
    let oom = "systemd[1]: podman.service: Failed with result 'oom-kill'.";
    assert_eq!(found(&log(&[begun, (12, DIED), (12, oom), (13, LOST)])), ["podman-oom"]);
    // Another job went well after: past.
    assert_eq!(
        found(&log(&[begun, (12, DIED), (13, LOST), (14, &received(8, "t1_abcdef")), (15, WON)])),
        ["job-lost-to-podman past"]
    );
}

#[test]
fn ranges_too_small_take_the_socket_and_the_jobs_with_them() {
    let unreachable = "gitlab-runner[46]: WARNING: Preparation failed: Cannot connect to the Docker daemon at unix:///home/runner/podman.sock. Is the docker daemon running? (docker.go:996:0s)  job=7 project=7 runner=t1_abcdef";
    let lost = [
        (20, "systemd[1]: podman.service: Start request repeated too quickly."),
        (20, "systemd[1]: podman.socket: Failed with result 'service-start-limit-hit'."),
        (21, unreachable),
        (24, unreachable),
        (27, unreachable),
        (
            27,
            "gitlab-runner[46]: ERROR: Job failed (system failure): Cannot connect to the Docker daemon at unix:///home/runner/podman.sock. Is the docker daemon running? (docker.go:996:0s)  duration_s=9.0 job=7 project=7 runner=t1_abcdef",
        ),
    ];
    assert_eq!(found(&log(&lost)), ["podman-socket-lost"], "more is not known");
    assert_eq!(found(&log(&lost[2..])), ["podman-unreachable"]);
    let map = (
        19,
        "podman[85]: running `/usr/bin/newuidmap 85 0 1000 1 1 1 999 1000 1002 64538`: newuidmap: write to uid_map failed: Operation not permitted",
    );
    let died = (19, "systemd[1]: podman.service: Main process exited, code=exited, status=125/n/a");
    let findings = told(&log(&[&[map, died][..], &lost].concat()), None);
    assert_eq!(ids(&findings), ["newuidmap"]);
    assert_eq!(findings[0].step, Some("2"));
    let cured = log(&[&[map, died][..], &lost, &[(60, BOOT), (61, START), (70, WON)]].concat());
    assert_eq!(found(&cured), ["newuidmap past"]);
}

#[test]
fn a_preparation_that_fails_three_times_shows_the_line_before() {
    let failed = "gitlab-runner[46]: WARNING: Preparation failed: something new (manager.go:1:0s)  job=7 project=7 runner=t1_abcdef";
    let why = "podman[67]: Error: something else that nobody has seen yet";
    let end = "gitlab-runner[46]: ERROR: Job failed (system failure): something new (manager.go:1:0s)  duration_s=9.0 job=7 project=7 runner=t1_abcdef";
    let job = received(7, "t1_abcdef");
    let findings = told(&log(&[(10, &job), (11, why), (11, failed), (14, failed), (17, failed), (17, end)]), None);
    assert_eq!(ids(&findings), ["job-system-failure"]);
    assert!(findings[0].cause.contains("Line 2 says more: Error: something else"), "{}", findings[0].cause);
}

#[test]
fn a_server_that_was_away_for_a_minute_is_past() {
    let away = "gitlab-runner[46]: WARNING: Checking for jobs... failed                runner=t1_abcdef status=502 Bad Gateway";
    assert_eq!(found(&log(&[(10, away), (13, away)])), ["gitlab-fails"]);
    assert_eq!(
        found(&log(&[(10, away), (13, away), (400, "systemd[1]: Started prune.service")])),
        ["gitlab-fails past"]
    );
}

/// The success that follows is the one that may be none: it does not end the symptom. A day does.
#[test]
fn a_result_that_podman_has_lost_is_not_ended_by_a_success() {
    let lost = r#"podman[52]: time="2026-11-29T09:38:43Z" level=error msg="While waiting on condition: \"getting exit code of container eedf6fcb5863 from DB: no such exit code\"""#;
    let success =
        "gitlab-runner[46]: Job succeeded                    duration_s=3.1 job=31 project=7 runner=t1_abcdef";
    assert_eq!(found(&log(&[(10, lost), (11, success)])), ["job-result-lost"]);
    assert_eq!(found(&log(&[(10, lost), (11, success), (86_500, success)])), ["job-result-lost past"]);
}

/// Wordings that no example has, by the kind of fault; and, with no name, what looks like one and is none.
#[test]
fn causes_are_told_by_their_kind() {
    let asked = |how: &str| {
        format!(
            "gitlab-runner[46]: WARNING: Checking for jobs... failed   correlation_id=404429 runner=barbarbar runner_name=407 proxyconnect tcp status={how}"
        )
    };
    let sent = |how: &str| {
        asked(&format!(
            "execute JSON request: execute request: couldn't execute POST against https://g.example/api/v4/jobs/request: Post \"https://g.example/api/v4/jobs/request\": {how}"
        ))
    };
    let daemon = |how: &str| {
        format!(
            "gitlab-runner[46]: ERROR: Job failed (system failure): prepare environment: Error response from daemon: {how} (docker.go:685:0s)  job=7 project=7"
        )
    };
    let pull = |how: &str| {
        format!(
            "podman[67]: time=\"2026-11-24T10:05:37Z\" level=warning msg=\"Failed, retrying in 1s ... (1/3). Error: initializing source docker://r.example/x:1: {how}\""
        )
    };
    for (line, id) in [
        (sent("x509: certificate is not valid for any names, but wanted to match g.example"), "gitlab-certificate-name"),
        (sent("tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-24T10:05:37Z is after 2026-11-01T00:00:00Z"), "gitlab-certificate-time"),
        (sent("x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\" while trying to verify candidate authority certificate \"a\")"), "gitlab-certificate-authority"),
        (sent("x509: certificate relies on legacy Common Name field, use SANs instead"), "gitlab-certificate-common-name"),
        (sent("proxyconnect tcp: dial tcp 192.0.2.1:3128: i/o timeout"), "proxy-unreachable"),
        (sent("Service Unavailable"), "proxy-refuses"),
        (sent("dial tcp: lookup g.example on 192.0.2.53:53: read udp 10.0.2.100:4->192.0.2.53:53: i/o timeout"), "gitlab-dns"),
        (sent("dial tcp 192.0.2.7:443: i/o timeout"), "gitlab-unreachable"),
        (sent("read tcp 10.0.2.100:4->192.0.2.7:443: read: connection reset by peer"), "gitlab-cut-off"),
        (sent("unexpected EOF"), "gitlab-cut-off"),
        (asked("POST https://g.example/a/b/api/v4/jobs/request: 404 Not Found"), "gitlab-path"),
        (asked("GET https://g.example/users/sign_in: 405 Method Not Allowed"), "gitlab-redirect"),
        (asked("POST https://g.example/api/v4/jobs/request: 503 Service Unavailable"), "gitlab-fails"),
        (daemon("crun: write `/run/lock/x`: No space left on device"), "tmpfs-full"),
        (daemon("write /builds/x: no space left on device"), "disk-full"),
        (daemon("allocating lock for new container: no space left on device"), "locks-used-up"),
        (daemon("join session keyring: create session key: disk quota exceeded: unknown"), "key-quota"),
        (daemon("error setting rlimit type 7: operation not permitted"), "ulimit-refused"),
        (daemon("make cli opts(): making volume mountpoint for volume /run/user/1000/podman/podman.sock: mkdir /run/user/1000: permission denied"), "nested-socket-in-volumes"),
        (daemon("container create: stat /dev/dri: no such file or directory"), "device-missing"),
        (pull("reading manifest 1 in r.example/x: received unexpected HTTP status: 429 Too Many Requests"), "registry-rate-limit"),
        (pull("pinging container registry r.example: Get \\\"https://r.example/v2/\\\": x509: certificate is valid for a.example, not r.example"), "registry-certificate-name"),
        (pull("pinging container registry r.example: Get \\\"https://r.example/v2/\\\": http: server gave HTTP response to HTTPS client"), "registry-plain-http"),
        ("podman[67]: Error: database static dir \"/a\" does not match our static dir \"/b\": database configuration mismatch".to_owned(), "store-foreign"),
        ("gitlab-runner[46]: Appending trace to coordinator...ok   job=404 status=202 Accepted".to_owned(), ""),
        ("podman[67]: time=\"2026-11-24T10:05:37Z\" level=info msg=\"x509: certificate has expired\"".to_owned(), ""),
        ("conmon[9]: conmon 2d20 <nwarn>: Failed to add inotify watch for /sys/fs/cgroup/memory.events".to_owned(), ""),
    ] {
        let expected: Vec<&str> = [id].into_iter().filter(|id| !id.is_empty()).collect();
        assert_eq!(found(&log(&[(10, &line)])), expected, "{line}");
    }
}

/// What a job prints is no evidence of the host's state; what gitlab-runner says in its trace is.
#[test]
fn a_job_s_own_words_accuse_no_host() {
    let trace = |line: &str| found(&format!("Running with gitlab-runner 17.5.5 (abcdef)\n{line}\n"));
    assert_eq!(trace("tar: write /builds/x: No space left on device"), [""; 0]);
    assert_eq!(trace("newuidmap: write to uid_map failed: Operation not permitted"), [""; 0]);
    assert_eq!(trace("E: setgroups 65534 failed - setgroups (22: Invalid argument)"), ["setgroups"]);
    assert_eq!(
        trace("Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?"),
        ["job-docker-socket"]
    );
    assert_eq!(
        trace("ERROR: Job failed (system failure): Error response from daemon: bad parameter: link is not supported"),
        ["services-need-network"]
    );
}

#[test]
fn a_job_that_nobody_ended_is_named() {
    let job = received(4711, "t1_abcdef");
    let killed = "systemd[1]: runner.service: Main process exited, code=killed, status=9/KILL";
    let findings = told(&log(&[(10, &job), (12, killed)]), None);
    assert_eq!(ids(&findings), ["job-orphaned"]);
    assert!(findings[0].cause.contains("job 4711"), "{}", findings[0].cause);
    let ended = "gitlab-runner[46]: Removed job from processing list   builds=0 job=4711 max_builds=2";
    assert_eq!(found(&log(&[(10, &job), (11, ended), (12, killed)])), [""; 0]);
}

#[test]
fn tokens_are_masked_and_hostile_text_is_harmless() {
    let line = "[ 1.5] gitlab-runner[4]: \u{1b}]0;title\u{7}ERROR: Job failed (system failure): token glrt-t1_abcdefghijklmnop is bad\u{1b}[2J";
    let findings = told(line, None);
    let text = serde_json::to_string(&findings).unwrap();
    assert!(text.contains("[MASKED]") && !text.contains("abcdefghij"), "{text}");
    assert!(!text.contains("\\u001b") && !text.contains("\\u0007"), "{text}");
}

/// The fields of `doctor --json`, in their order.
#[test]
fn json_as_promised() {
    let findings = told(&recorded("config-syntax-error"), None);
    let value = serde_json::to_value(&findings).unwrap();
    let keys: BTreeSet<&str> = value[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["cause", "fix", "id", "line", "source", "step", "text"].into_iter().collect());
    assert_eq!(
        (&value[0]["step"], &value[0]["source"], &value[0]["line"]),
        (&"edit".into(), &"runner".into(), &40.into())
    );
}
