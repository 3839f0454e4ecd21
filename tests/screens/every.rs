//! Every screen there is, in a model that shows it.

use super::editing;
use super::given::*;
use pipglr::container::others::Other;
use pipglr::ladder::RungId;
use pipglr::lifecycle::Verb;
use pipglr::logs::decode::Format;
use pipglr::logs::{Item, Ruler};
use pipglr::problem::Problem;
use pipglr::source::Source;
use pipglr::status::Status;
use pipglr::steps::Step;
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::model::Model;
use pipglr::tui::update::{self, update};
use std::time::Duration;

/// Every screen there is, by name.
pub fn every(size: (u16, u16)) -> Vec<(&'static str, Model)> {
    let mut all: Vec<(&'static str, Model)> = vec![];
    let mut add = |name, model| all.push((name, model));

    let mut start = fresh(size);
    update::start(&mut start);
    add("start", start);
    add("review", review(size));
    let mut blocked = review(size);
    update(&mut blocked, Message::Checked(vec![in_the_way()]));
    add("in-the-way", blocked);
    add("persistent", at(Step::Persistent, size));
    add("id-ranges", at(Step::IdRanges, size));
    add("image", at(Step::Image, size));
    add("registration", at(Step::Registration, size));

    let to_register = |step| if step == Step::Registration { registration() } else { report(step) };
    add("registration-ready", at_with(Step::Registration, size, to_register));
    add("startup", at_with(Step::Startup, size, startup));

    let mut admin = at(Step::IdRanges, size);
    press(&mut admin, "p");
    add("admin", admin);

    let mut form = at(Step::Registration, size);
    press(&mut form, "Enter");
    paste(&mut form, " GR1348941abcdefghijk\n");
    add("form", form);

    let mut asked = at(Step::Registration, size);
    press(&mut asked, "Enter");
    add("form-token", asked);
    let mut moved = at(Step::Registration, size);
    press(&mut moved, "Enter");
    press(&mut moved, "↑");
    paste(&mut moved, TOKEN);
    add("form-moved", moved);

    let mut wrong = at(Step::Registration, size);
    press(&mut wrong, "Enter");
    paste(&mut wrong, "glrt-short");
    press(&mut wrong, "Enter");
    add("form-error", wrong);

    add("make", making(size));
    let mut refused = making(size);
    press(&mut refused, "Enter");
    add("make-error", refused);

    let mut build = at(Step::Image, size);
    press(&mut build, "e");
    paste(&mut build, "~/gitlab-runner");
    add("build", build);

    let mut job =
        at_with(
            Step::Registration,
            size,
            |step| {
                if step == Step::Registration { registration() } else { report(step) }
            },
        );
    press(&mut job, "Enter");
    update(&mut job, Message::OperationBegan(0));
    update(&mut job, Message::OperationEnded(0, true));
    update(&mut job, Message::OperationEnded(1, true));
    update(&mut job, Message::OperationBegan(2));
    update(
        &mut job,
        Message::OperationLines(vec!["registration 2 of 4".into(), "Verifying runner... is valid".into()]),
    );
    update(&mut job, Message::Tick(Duration::from_secs(75)));
    add("job", job);

    let mut failure =
        at_with(
            Step::Registration,
            size,
            |step| {
                if step == Step::Registration { registration() } else { report(step) }
            },
        );
    press(&mut failure, "Enter");
    update(&mut failure, Message::OperationDone(Err(problem())));
    looked(&mut failure, |step| if step < Step::Registration { done(step) } else { report(step) });
    add("failure", failure);

    let mut stopped = at(Step::Image, size);
    press(&mut stopped, "Enter");
    update(&mut stopped, Message::OperationDone(Err(Problem::interrupted())));
    add("stopped", stopped);

    let mut ladder = home(size);
    ladder_to(&mut ladder);
    add("ladder", ladder);
    let mut up = home(size);
    ladder_to(&mut up);
    update(&mut up, Message::Climbed(Ok(RungId::ALL.map(|id| rung(id, Some(true), "well")).to_vec())));
    add("ladder-up", up);
    let mut tried_job = home(size);
    ladder_to(&mut tried_job);
    update(&mut tried_job, Message::Climbed(Ok(RungId::ALL.map(|id| rung(id, Some(true), "well")).to_vec())));
    press(&mut tried_job, "V");
    update(&mut tried_job, Message::Tried(Ok(tried())));
    add("ladder-tried", tried_job);

    add("home", home(size));
    let why = "[   3.1] systemd[1]: Failed to mount home-podman-.local-share-containers.mount - Storage of the nested podman.";
    add("home-failed", home_down(size, "exited", 137, &[why]));
    add("home-stopped", home_down(size, "exited", 0, &[]));
    add("home-paused", home_down(size, "paused", 0, &[]));
    let mut beside = home(size);
    let other = Other { name: "second".into(), state: Some("running".into()) };
    let seen = Status { others: vec![other], healthy: true, rungs: vec![], ..status() };
    update(&mut beside, Message::Status(Ok(Box::new(seen))));
    add("home-beside", beside);
    let mut long = home(size);
    let words = "The answers could not be saved: /home/johndoe/.local/state/pipglr/answers.toml cannot be written, since no \
                 space is left on the device. Make room there, and try again.";
    update(&mut long, Message::Notice(words.into()));
    add("home-notice", long);
    add("home-jobs", at_work(size));
    let mut trace = at_work(size);
    let said = [
        (Source::Helper, "10:04:01.268", "Fetching changes..."),
        (Source::Service, "10:04:02.031", "database system is ready to accept connections"),
        (Source::Script, "10:04:03.417", "$ make test"),
        (Source::Script, "10:04:04.968", "ok 1 - of 3"),
    ];
    press(&mut trace, "Enter");
    let stage = |name: &str| Item::Ruler(Ruler { time: None, text: format!("stage {name}") });
    let mut items = vec![stage("get_sources")];
    for (of, at, text) in said {
        let record = format!("2026-11-24T{at}Z stdout F {text}\n");
        let lines = parsed(record.as_bytes(), Format::K8sFile).into_iter();
        items.extend(lines.filter_map(|item| match item {
            Item::Line(line) => Some(Item::Line(line.of_job(of))),
            Item::Ruler(_) => None,
        }));
    }
    items.insert(3, stage("step_script"));
    update(&mut trace, Message::Log(items));
    add("trace", trace);

    add("home-expiring", super::newer::expiring(size, "2026-12-01T00:00:00Z"));
    add("home-expired", super::newer::expiring(size, "2026-11-20T00:00:00Z"));
    add("update", super::newer::shown(size, &[7, 12]));

    add("doctor", super::doctor::told(size));
    let mut last = super::doctor::told(size);
    keys(&mut last, &["↓", "↓", "↓", "↓"]);
    add("doctor-past", last);

    all.extend(editing::every(size));
    let mut add = |name, model| all.push((name, model));

    let mut following = log(size, 100);
    update(&mut following, ruler("container ended 10:07:12, exit code 0"));
    update(&mut following, ruler("container re-created 10:07:15, new id 0123456789ab"));
    update(&mut following, log_lines_from(100, 105));
    add("log", following);
    let mut legend = log(size, 20);
    press(&mut legend, "?");
    press(&mut legend, "End");
    add("log-keys", legend);

    let mut paused = log(size, 100);
    keys(&mut paused, &["Space", "↑", "m", "↑", "↑", "v", "↑"]);
    update(&mut paused, log_lines_from(100, 120));
    add("log-paused", paused);

    let mut search = home(size);
    press(&mut search, "l");
    update(&mut search, recorded("full-text.log"));
    press(&mut search, "/");
    type_text(&mut search, "job=100[78]");
    add("log-search", search);

    let mut filter = home(size);
    press(&mut filter, "l");
    update(&mut filter, recorded("boot-and-success.log"));
    keys(&mut filter, &["t", "t", "e", "e", "&"]);
    type_text(&mut filter, "status");
    keys(&mut filter, &["Enter", "!"]);
    add("log-filter", filter);

    let mut jobs = home(size);
    press(&mut jobs, "l");
    update(&mut jobs, recorded("full-json.log"));
    keys(&mut jobs, &["J", "↓"]);
    add("log-jobs", jobs);

    let mut expanded = home(size);
    press(&mut expanded, "l");
    update(&mut expanded, recorded("job-script-failure.log"));
    press(&mut expanded, "/");
    type_text(&mut expanded, "job failed");
    keys(&mut expanded, &["Enter", "Enter"]);
    add("log-line", expanded);

    let mut symptom = home(size);
    press(&mut symptom, "l");
    update(&mut symptom, recorded("boot-and-success.log"));
    update(&mut symptom, recorded("job-image-pull-failure.log"));
    add("log-symptom", symptom);

    let mut doctor = log(size, 20);
    update(&mut doctor, Message::Log(parsed(SYMPTOM.as_bytes(), Format::K8sFile)));
    keys(&mut doctor, &["d"]);
    add("log-doctor", doctor);

    let mut wrapped = home(size);
    press(&mut wrapped, "l");
    update(&mut wrapped, recorded("full-json.log"));
    keys(&mut wrapped, &["w", "S"]);
    add("log-wrap", wrapped);

    let mut help = at(Step::IdRanges, size);
    press(&mut help, "?");
    add("help", help);
    let mut palette = home(size);
    press(&mut palette, "Ctrl-P");
    for letter in ["l", "o", "g"] {
        press(&mut palette, letter);
    }
    add("palette", palette);
    all.extend(super::history::every(size));
    let mut add = |name, model| all.push((name, model));
    let mut volumes = home(size);
    press(&mut volumes, "v");
    update(&mut volumes, Message::Measured(Ok(Box::new(held()))));
    add("volumes", volumes);
    let mut read_only = home(size);
    read_only.read_only = true;
    add("home-read-only", read_only);
    let mut commands = at(Step::IdRanges, size);
    press(&mut commands, "c");
    let changed = record().matters(&["Error: no such image".into()]);
    update(&mut commands, Message::Records(vec![record(), changed, record()]));
    let mut questions = at(Step::IdRanges, size);
    press(&mut questions, "c");
    update(&mut questions, Message::Records(vec![record(); 3]));
    press(&mut questions, "&");
    add("commands-all", questions);
    add("commands", commands);
    let mut question = home(size);
    press(&mut question, "s");
    update(&mut question, operation(Verb::Restart));
    add("question", question);
    all.iter_mut().for_each(|(_, model)| read(model));
    all
}

fn ladder_to(model: &mut Model) {
    model.step = Step::Startup;
    model.screen = pipglr::tui::model::Screen::Step;
    let effects = press(model, "Enter");
    assert!(matches!(effects.as_slice(), [Effect::Climb]), "{effects:?}");
    update(model, Message::Rung(rung(RungId::Container, Some(true), "since 2026-11-24T10:00:00Z")));
    update(model, Message::Rung(rung(RungId::Systemd, None, "starting")));
}
