//! Models in every state, from plain data.

pub use super::pressed::*;
use pipglr::canary::Finding;
use pipglr::container::jobs::Job;
use pipglr::container::work::{Look, Taken};
use pipglr::host::subid_diagram::Picture;
use pipglr::host::{Cmd, Privilege, Record, subids};
use pipglr::ladder::{Rung, RungId};
use pipglr::lifecycle::{Operation, Verb};
use pipglr::logs::decode::Format;
use pipglr::logs::jobs::Ended;
use pipglr::logs::{Item, Pipeline, Ruler};
use pipglr::names;
use pipglr::plan::{Action, Content, Plan};
use pipglr::preflight::Check;
use pipglr::problem::{Kind, Problem};
use pipglr::settings::Colours;
use pipglr::status::{Status, StatusContainer, StatusRung, StatusRunner, StatusVolume};
use pipglr::steps::{Fact, Report, State, Step, Wants};
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::model::{Model, Who};
use pipglr::tui::theme::Theme;
use pipglr::tui::update::{self, update};
use pipglr::volumes::Held;
use std::time::Duration;

pub const TOKEN: &str = "glrt-t1_abcdefghijklmnop";
pub const CONFIG: &str = "concurrent = 1 # jobs\ncheck_interval = 0\n\n[[runners]]\n  name = \"box\"\n  url = \"https://gitlab.example/\"\n  token = \"glrt-t1_abcdefghijklmnop\"\n";

pub fn fresh(size: (u16, u16)) -> Model {
    let who = Who {
        user: "johndoe".into(),
        host: "testhost".into(),
        home: "/home/johndoe".into(),
        image: names::IMAGE.into(),
        container: "pipglr".into(),
        pretend: false,
    };
    let mut model =
        Model::new(who, Wants::default(), Theme { colour: true, unicode: true, colours: Colours::TERMINAL }, size);
    model.zone = jiff::tz::TimeZone::UTC;
    model
}

pub fn report(step: Step) -> Report {
    let root = |words: &[&str]| Action::Run(Cmd::new(words[0], words[1..].iter().copied()).privilege(Privilege::Root));
    match step {
        Step::Persistent => Report::ready(
            step,
            vec![Fact::new("linger", "off", "on", false)],
            vec![Action::Run(Cmd::new("loginctl", ["enable-linger", "johndoe"]).privilege(Privilege::RootIfRefused))]
                .into(),
        ),
        Step::IdRanges => Report::ready(
            step,
            vec![
                Fact::new("subuid", "johndoe:100000:65536", "≥ 65539", false),
                Fact::new("uid map in force", "65536", "≥ 65539", false),
                Fact::new("subgid", "johndoe:100000:65539", "≥ 65539", true),
            ],
            Plan {
                actions: vec![
                    root(&["usermod", "--add-subuids", "165536-165538", "johndoe"]),
                    Action::Run(Cmd::podman(["system", "migrate"])),
                ],
                finally: vec![],
                warnings: vec!["The migration stops 1 running container: web.".into()],
            },
        )
        .pictured(id_pictures()),
        Step::Image => Report::ready(
            step,
            vec![Fact::new("image", "registry.gitlab.com/qontainers/pipglr:latest is not here", "here", false)],
            vec![Action::Run(Cmd::podman(["pull", "registry.gitlab.com/qontainers/pipglr:latest"]))].into(),
        ),
        Step::Registration => Report::not_yet(
            step,
            vec![Fact::new("registered", "none", "1", false)],
            State::Asks(pipglr::steps::registration::ASKED.into()),
        ),
        Step::Configuration => Report::not_yet(
            step,
            vec![Fact::new("secret config.toml", "missing", "there", false)],
            State::Waits(Step::Registration),
        ),
        Step::Volumes => Report::not_yet(step, vec![], State::Waits(Step::Image)),
        Step::Startup => Report::not_yet(step, vec![], State::Waits(Step::Configuration)),
    }
}

/// One neighbour behind each range; user IDs are missing, group IDs are not.
fn id_pictures() -> Vec<Picture> {
    let of = |title, mine, added: Option<&_>| {
        let ranges = subids::parse(&format!("johndoe:100000:{mine}\njane:200000:65536\n")).0;
        Picture::of(title, &ranges, &[&ranges[0]], added)
    };
    vec![of("subuid", 65_536, Some(&(165_536..=165_538))), of("subgid", 65_539, None)]
}

/// What registers four times.
pub fn registration() -> Report {
    let register = |number| Action::Register { cmd: Cmd::podman(["run", "--rm", "pipglr", "register"]), number, of: 4 };
    let store = Action::StoreSecret {
        name: "REGISTRATION_TOKEN".into(),
        content: Content::Token(0),
        replace: false,
        image: "i".into(),
    };
    let actions = [store].into_iter().chain((1..=4).map(register)).collect();
    let finally = vec![Action::Run(Cmd::podman(["secret", "rm", "REGISTRATION_TOKEN"]))];
    Report::ready(
        Step::Registration,
        vec![
            Fact::new("registered", "none", "4", false),
            Fact::new("token", "registration token (legacy), one", "", true),
            Fact::new("GitLab", "https://gitlab.example/", "", true),
            Fact::new("name in GitLab", "pipglr johndoe@testhost", "", true),
            Fact::new("jobs at once", "4", "", true),
        ],
        Plan { actions, finally, warnings: vec![] },
    )
}

/// The last step, with its command.
pub fn startup(step: Step) -> Report {
    let run = Cmd::podman(["run", "-d", "-t", "--name", "pipglr", "registry.gitlab.com/qontainers/pipglr:latest"]);
    let facts = vec![Fact::new("container pipglr", "missing", "running", false)];
    Report::ready(step, facts, vec![Action::Run(run)].into())
}

pub fn done(step: Step) -> Report {
    Report::done(step, vec![Fact::new("all", "as it should be", "", true)])
}

/// The look has ended; `of` says what was found.
pub fn looked(model: &mut Model, of: impl Fn(Step) -> Report) -> Vec<Effect> {
    update(model, Message::Host { podman: "5.4.2".into(), url: None });
    let round = model.round;
    for step in Step::ALL {
        update(model, Message::Looked { round, step, report: Ok(of(step)) });
    }
    update(model, Message::LooksEnded(round))
}

/// At the review of a fresh machine.
pub fn review(size: (u16, u16)) -> Model {
    let mut model = fresh(size);
    update::start(&mut model);
    looked(&mut model, report);
    model
}

/// Something that no step fixes.
pub fn in_the_way() -> Check {
    let chmod = Action::Run(Cmd::new("chmod", ["a+rw", "/dev/fuse"]).privilege(Privilege::Root));
    Check {
        id: "dev_fuse".into(),
        status: pipglr::preflight::Status::Fixable,
        found: "/dev/fuse is not yours to use".into(),
        needed: "yours to use".into(),
        why: "The nested podman keeps images in layers with it.".into(),
        fix: chmod.shell(),
        needs_root: true,
        plan: vec![chmod].into(),
        pictures: vec![],
        step: None,
    }
}

/// On a step of a machine where those before it are done.
pub fn at(step: Step, size: (u16, u16)) -> Model {
    at_with(step, size, report)
}

pub fn at_with(step: Step, size: (u16, u16), of: impl Fn(Step) -> Report) -> Model {
    let mut model = fresh(size);
    update::start(&mut model);
    looked(&mut model, |other| if other < step { done(other) } else { of(other) });
    if model.screen == pipglr::tui::model::Screen::Home {
        press(&mut model, "w");
        looked(&mut model, |other| if other < step { done(other) } else { of(other) });
    }
    press(&mut model, "Enter");
    read(&mut model);
    assert_eq!(model.step, step);
    model
}

/// A host that is set up, and how it stands.
pub fn home(size: (u16, u16)) -> Model {
    let mut model = fresh(size);
    update::start(&mut model);
    looked(&mut model, done);
    update(&mut model, Message::Status(Ok(Box::new(status()))));
    model.deaf_until = Duration::ZERO; // it was read
    model
}

/// Home of a host where nothing is wrong and a job runs, with what it takes and how others ended.
pub fn at_work(size: (u16, u16)) -> Model {
    let mut model = home(size);
    let mut well = status();
    well.rungs.iter_mut().for_each(|rung| rung.ok = Some(true));
    well.healthy = true;
    let mut jobs = well.jobs.clone();
    update(&mut model, Message::Status(Ok(Box::new(well))));
    jobs.push(Job { id: 4712, stage: "get_sources".into(), seconds: 3, ..jobs[0].clone() });
    for n in 0..10_u64 {
        let taken = |n: u64| Taken { cpu: n * n * 300_000, memory: 20_000_000 * n };
        let each = jobs.iter().map(|job| (job.id, taken(n))).collect();
        let look =
            Look { jobs: jobs.clone(), at: n as f64 * 5.0, whole: taken(n * 2), each, counted: false, listed: true };
        update(&mut model, Message::Work(Box::new(look)));
        jobs.truncate(if n > 6 { 1 } else { 2 });
    }
    let at = "2026-11-24T09:12:00Z".parse().unwrap();
    let last = Some((4709, at, "exit code 3".into()));
    update(&mut model, Message::Today(Ended { done: 12, failed: 2, last }));
    model
}

/// Home of a host whose container does not run.
pub fn home_down(size: (u16, u16), state: &str, code: i32, said: &[&str]) -> Model {
    let mut model = fresh(size);
    update::start(&mut model);
    looked(&mut model, |step| match step {
        Step::Startup => Report::ready(
            step,
            vec![Fact::new("container pipglr", state, "running", false)],
            vec![Action::Run(Cmd::podman(["start", "pipglr"]))].into(),
        ),
        step => done(step),
    });
    update(&mut model, Message::Status(Ok(Box::new(down(state, code, said)))));
    model.deaf_until = Duration::ZERO;
    model
}

/// How a host stands whose container does not run.
pub fn down(state: &str, code: i32, said: &[&str]) -> Status {
    let mut status = status();
    status.container.state = state.into();
    status.container.config_current = true;
    for rung in status.rungs.iter_mut().skip_while(|rung| rung.id != "container") {
        (rung.ok, rung.detail) = (None, String::new());
    }
    let rung = status.rungs.iter_mut().find(|rung| rung.id == "container").unwrap();
    (rung.ok, rung.detail) = (Some(false), format!("{state}, exit code {code}"));
    rung.said = said.iter().map(|line| (*line).to_owned()).collect();
    status.runners[0].verified = None;
    status.advise("pipglr");
    status
}

pub fn status() -> Status {
    let rung =
        |id: &str, ok, detail: &str| StatusRung { id: id.into(), ok, detail: detail.into(), ..StatusRung::default() };
    let mut status = Status {
        paused_since: None,
        created_waits: None,
        healthy: false,
        rungs: vec![
            rung("linger", Some(true), "on"),
            rung("id_ranges", Some(true), "65539 user IDs, 65539 group IDs in force"),
            rung("secret", Some(true), "config.toml is there"),
            rung("volumes", Some(true), "both are there"),
            rung("container", Some(true), "since 2026-11-24T10:00:00Z"),
            rung("systemd", Some(true), "running"),
            rung("podman", Some(true), "5.4.2"),
            rung("runner", Some(true), "active (running)"),
            rung("gitlab", Some(false), "Verifying runner... is not valid"),
            rung("poll", None, ""),
        ],
        container: StatusContainer {
            state: "running".into(),
            started_at: Some("2026-11-24T10:00:00.5Z".into()),
            image: "registry.gitlab.com/qontainers/pipglr:latest".into(),
            config_current: false,
            ..StatusContainer::default()
        },
        runners: vec![StatusRunner {
            name: "pipglr johndoe@testhost".into(),
            url: "https://gitlab.example/".into(),
            token_kind: "authentication".into(),
            verified: Some(false),
            last_contact: None,
            ..StatusRunner::default()
        }],
        concurrent: Some(4),
        job_limits: true,
        jobs: vec![Job {
            id: 4711,
            project: "group/project".into(),
            git_ref: "main".into(),
            url: "https://gitlab.example/group/project/-/jobs/4711".into(),
            stage: "step_script".into(),
            started_at: "2026-11-24T10:04:00Z".into(),
            seconds: 65,
            ..Job::default()
        }],
        findings: Vec::new(),
        others: vec![],
        privileged: false,
        memory: 0,
        pids_limit: 0,
        disks: vec![],
        runner_version: None,
        volumes: vec![
            StatusVolume { name: "pipglr-storage".into(), bytes: Some(3 << 30) },
            StatusVolume { name: "pipglr-cache".into(), bytes: Some(70_000) },
        ],
        measured: "2026-11-24T10:05:00Z".into(),
        linger: true,
        subuid: 65_539,
        subgid: 65_539,
        boot: true,
        boot_by: Some("podman-restart.service".into()),
        boot_older: None,
    };
    status.advise("pipglr");
    status
}

pub fn rung(id: RungId, ok: Option<bool>, detail: &str) -> Rung {
    Rung { id, ok, detail: detail.into(), said: vec![], rests: false }
}

pub fn problem() -> Problem {
    Problem::new("GitLab did not register the runner.", "Copy a fresh token from GitLab's runner page and enter it.")
        .cause("GitLab does not know this runner authentication token.")
        .said(vec![
            "Verifying runner... is not valid  runner=t1_abcdef".into(),
            "PANIC: Failed to verify the runner.".into(),
        ])
}

pub fn needs_root() -> Problem {
    Problem::new("Root is needed for this.", "Have an administrator run:\nsudo usermod x").kind(Kind::NeedsRoot)
}

pub fn log_lines(n: usize) -> Message {
    log_lines_from(0, n)
}

/// Lines `from..to` of an endless log, ten a second.
pub fn log_lines_from(from: usize, to: usize) -> Message {
    let line = |i: usize| {
        let program = ["systemd[1]", "podman[9]", "gitlab-runner[46]"][i % 3];
        let second = i / 10;
        let clock = format!("{:02}:{:02}:{:02}.{}", 10 + second / 3600, second / 60 % 60, second % 60, i % 10);
        format!("2026-11-24T{clock}Z stdout F [ 7069.{i:06}] {program}: line {i} of the log\n")
    };
    Message::Log(parsed((from..to).map(line).collect::<String>().as_bytes(), Format::K8sFile))
}

/// Items as the pipeline makes them.
pub fn parsed(log: &[u8], format: Format) -> Vec<Item> {
    let (mut pipeline, mut items) = (Pipeline::new(format), vec![]);
    pipeline.set_clock(log);
    pipeline.feed(log, &mut |line| items.push(Item::Line(line)));
    pipeline.end(&mut |line| items.push(Item::Line(line)));
    items
}

/// The README's.
pub const SYMPTOM: &str = "2026-11-24T10:00:03Z stdout F [ 7072.1] podman[67]: Error: running `/usr/bin/newuidmap 12 0 1000 1 1 100000 65536`: newuidmap: write to uid_map failed: Operation not permitted\n";

pub fn ruler(text: &str) -> Message {
    Message::Log(vec![Item::Ruler(Ruler { time: "2026-11-24T10:07:12Z".parse().ok(), text: text.into() })])
}

/// A log of jobs, as gitlab-runner wrote it.
pub fn recorded(name: &str) -> Message {
    let path = format!("{}/tests/recorded/logs/{name}", env!("CARGO_MANIFEST_DIR"));
    Message::Log(parsed(&std::fs::read(path).unwrap(), Format::Raw))
}

/// On the log screen, with so many lines.
pub fn log(size: (u16, u16), lines: usize) -> Model {
    let mut model = home(size);
    press(&mut model, "l");
    update(&mut model, log_lines(lines));
    model
}

pub fn record() -> Record {
    Record {
        at: "2026-11-24T10:00:00Z".parse().unwrap(),
        text: "podman image inspect registry.gitlab.com/qontainers/pipglr:latest".into(),
        code: Some(125),
        took: Duration::from_millis(144),
        matters: false,
        said: vec![],
    }
}

/// What a small job has shown: it has no registry.
pub fn tried() -> Vec<Finding> {
    let finding = |id, ok, found: &str, fix: &str| Finding {
        id,
        runner: "box".into(),
        url: "https://gitlab.com/".into(),
        ok,
        found: found.into(),
        fix: fix.into(),
    };
    vec![
        finding("job", true, "a job ran, and gave a file to ID 65535", ""),
        finding(
            "registry",
            false,
            "docker.io/library/debian:stable-slim cannot be pulled, and a job that needs it fails: no such host",
            "Is docker.io up, and can it be reached from here?",
        ),
    ]
}

/// What is to become of the container was planned; two jobs run.
pub fn operation(verb: Verb) -> Message {
    let by = Cmd::podman([verb.name(), "pipglr"]);
    let plan = vec![Action::Stop { name: "pipglr".into(), end: false, by }].into();
    let job = |id, timeout_seconds| Job { id, project: "a/b".into(), seconds: 65, timeout_seconds, ..Job::default() };
    let jobs = Some(vec![job(7, Some(65 + 42 * 60)), job(12, None)]);
    Message::Planned(verb, Ok(Box::new(Operation { verb, plan, jobs, now: false })))
}

/// The form of a runner that GitLab makes, with an access token typed.
pub fn making(size: (u16, u16)) -> Model {
    let mut model = at(Step::Registration, size);
    press(&mut model, "Enter");
    press(&mut model, "Ctrl-G");
    paste(&mut model, ACCESS);
    model
}

/// An access token of a user.
pub const ACCESS: &str = "glpat-abcdefghijklmnop";

/// What jobs have left on the disk.
pub fn held() -> Held {
    let lines = [
        "images [{\"id\":\"a1\",\"names\":[\"docker.io/library/rust:1.91\"],\"layer\":\"rust\"},{\"id\":\"0123456789abcdef\",\"layer\":\"old\"}]",
        "layers [{\"id\":\"rust\"},{\"id\":\"old\"}]",
        "containers [{\"id\":\"c\",\"image\":\"a1\",\"layer\":\"rust\"}]",
        "came 1795514400 overlay-images/a1/",
        "used 1795600800 volumes/runner-t1_abcdef-project-7-cache/",
        "size 1530000000\t./overlay/rust",
        "size 8700000\t./overlay/old",
        "size 412000000\t./volumes/runner-t1_abcdef-project-7-cache",
        "size 1951000000\t.",
        "size 70000\t/cache",
        "size 12000\t/var/lib/gitlab-runner",
    ];
    Held::read(lines.into_iter())
}
