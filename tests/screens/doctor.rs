//! The doctor's page, from home.

use super::given::*;
use pipglr::doctor::reading::{Reading, Time};
use pipglr::doctor::{Diagnosis, Story};
use pipglr::logs::Item;
use pipglr::logs::decode::Format;
use pipglr::problem::Problem;
use pipglr::secret::Secret;
use pipglr::steps::Step;
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::model::{Model, Overlay, Screen};
use pipglr::tui::update::update;

const SIZE: (u16, u16) = (80, 24);

/// Three things that are wrong, and one that was.
const LOG: &str = "\
    2026-11-24T10:00:00Z stdout F [ 100.0] gitlab-runner[46]: WARNING: Checking for jobs... failed                runner=t1_abcdef status=502 Bad Gateway\n\
    2026-11-24T10:00:03Z stdout F [ 103.0] gitlab-runner[46]: WARNING: Checking for jobs... failed                runner=t1_abcdef status=502 Bad Gateway\n\
    2026-11-24T10:09:00Z stdout F [ 640.0] podman[85]: running `/usr/bin/newuidmap 85 0 1000 1 1 1 999 1000 1002 64538`: newuidmap: write to uid_map failed: Operation not permitted\n\
    2026-11-24T10:09:30Z stdout F [ 670.0] gitlab-runner[46]: FATAL: Concurrent is less than 1 - no jobs will be processed  builds=0 max_builds=0\n\
    2026-11-24T10:09:31Z stdout F [ 671.0] gitlab-runner[46]: ERROR: Runner \"https://gitlab.example/abc\" is unhealthy and will be disabled for 1h0m0s seconds!  unhealthy_requests=3 unhealthy_requests_limit=3\n";

fn found(log: &str) -> Diagnosis {
    let mut story = Story::default();
    let items = parsed(log.as_bytes(), Format::K8sFile);
    items.iter().filter_map(Item::line).for_each(|line| story.line(Reading::of(line, line.time)));
    Diagnosis::of_log(&story.tell("2026-11-24T10:10:00Z".parse().ok().map(Time::of)))
}

/// Home, the key, and the answer.
pub fn told(size: (u16, u16)) -> Model {
    let mut model = home(size);
    let effects = press(&mut model, "d");
    assert!(matches!(effects.as_slice(), [Effect::Examine(_)]), "{effects:?}");
    update(&mut model, Message::Diagnosed(Ok(found(LOG))));
    model
}

fn chosen(model: &Model) -> &str {
    &model.doctor.findings()[model.doctor.at].id
}

#[test]
fn each_finding_leads_to_what_mends_it() {
    let mut model = told(SIZE);
    assert_eq!((chosen(&model), model.screen), ("newuidmap", Screen::Doctor));
    let effects = press(&mut model, "Enter");
    assert_eq!((model.screen, model.step), (Screen::Step, Step::IdRanges));
    assert!(matches!(effects.as_slice(), [Effect::Stop, Effect::Look { .. }]), "{effects:?}");

    let mut model = told(SIZE);
    for (id, hint) in [("concurrent-zero", "edit the configuration"), ("runner-disabled", "")] {
        let at = model.doctor.findings().iter().position(|finding| finding.id == id).unwrap();
        while model.doctor.at != at {
            press(&mut model, "↓");
        }
        let hints = pipglr::tui::keys::hints(&model);
        let enter = hints.iter().find(|(key, _)| key == "Enter").map_or("", |(_, word)| word);
        assert!(hint.is_empty() || enter == hint, "{id}: {hints:?}");
    }
    // What is over has nothing to be done.
    press(&mut model, "↓");
    while model.doctor.at + 1 < model.doctor.findings().len() {
        press(&mut model, "↓");
    }
    assert_eq!(press(&mut model, "Enter"), [], "{}", chosen(&model));
    assert_eq!(press(&mut model, "Esc")[0], Effect::Stop);
    assert_eq!(model.screen, Screen::Home);
}

#[test]
fn who_only_looks_is_given_no_token() {
    let mut model = home(SIZE);
    model.wants.vault.tokens.push(Secret::new("glrt-hidden"));
    let effects = press(&mut model, "d");
    let [Effect::Examine(wants)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(wants.vault.tokens, []);
    assert_eq!(wants.answers, model.wants.answers);
}

#[test]
fn it_looks_once_at_a_time_and_again_when_asked() {
    let mut model = home(SIZE);
    press(&mut model, "d");
    assert_eq!(press(&mut model, "r"), [], "it looks already");
    update(&mut model, Message::Diagnosed(Err(Problem::new("podman does not answer.", "Is it broken?"))));
    assert!(matches!(press(&mut model, "r").as_slice(), [Effect::Examine(_)]));
    update(&mut model, Message::Diagnosed(Ok(Diagnosis::default())));
    assert!(model.doctor.findings().is_empty());
    assert_eq!(press(&mut model, "↓"), [], "nothing to choose");
    // An answer that comes after it was left does not open it again.
    press(&mut model, "r");
    press(&mut model, "Esc");
    update(&mut model, Message::Diagnosed(Err(Problem::interrupted())));
    assert!(model.screen == Screen::Home && model.notice.is_empty());
    assert_eq!(model.overlays.last(), None::<&Overlay>);
}
