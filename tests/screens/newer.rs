//! A newer image, and a token that expires: home, the screen, and what its keys lead to.

use super::given::*;
use pipglr::container::update_record::Record;
use pipglr::host::Cmd;
use pipglr::image_update::{Contents, Proposal, Source};
use pipglr::plan::{Action, Plan};
use pipglr::problem::Problem;
use pipglr::status::Expiry;
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::model::{Model, Screen};
use pipglr::tui::update::update;

const IMAGE: &str = "registry.gitlab.com/qontainers/pipglr:latest";

fn contents(id: &str, runner: Option<&str>) -> Contents {
    Contents {
        id: id.into(),
        created: Some("2026-11-01T08:00:00Z".into()),
        podman: Some("5.4.2".into()),
        gitlab_runner: runner.map(str::to_owned),
        base: Some("Debian GNU/Linux 13 (trixie), 13.2".into()),
    }
}

pub fn proposal(jobs: &[u64]) -> Proposal {
    let (from, to) = (contents("0123456789abcdef", Some("18.2.0")), contents("fedcba9876543210", None));
    let record = Record {
        image: IMAGE.into(),
        from: from.id.clone(),
        onto: IMAGE.into(),
        to: to.id.clone(),
        back: false,
        earlier: None,
    };
    let run = |words: &[&str]| Action::Run(Cmd::podman(words.iter().copied()));
    let actions = vec![run(&["stop", "pipglr"]), run(&["rm", "pipglr"]), run(&["start", "pipglr"])];
    Proposal {
        image: IMAGE.into(),
        from,
        to,
        plan: Plan { actions, finally: vec![], warnings: vec![] },
        jobs: Some(jobs.iter().copied().collect()),
        now: false,
        losses: vec![],
        begun: None,
        record,
    }
}

/// The screen with a newer image on it.
pub fn shown(size: (u16, u16), jobs: &[u64]) -> Model {
    let mut model = home(size);
    press(&mut model, "u");
    update(&mut model, Message::UpdateProposed(Ok(Box::new(proposal(jobs)))));
    model
}

/// Home, where an update was cut off, a newer image is here, and the token expires at this time.
pub fn expiring(size: (u16, u16), expires: &str) -> Model {
    let mut model = home(size);
    let mut status = status();
    let now = "2026-11-24T10:05:00Z".parse().unwrap();
    status.container.image_current = Some(false);
    status.container.update = Some(Record { ..proposal(&[]).record }.words("pipglr"));
    status.runners[0].verified = Some(true);
    status.runners[0].expiry = Some(Expiry::of(None, expires.parse().unwrap(), now));
    update(&mut model, Message::Status(Ok(Box::new(status))));
    model
}

#[test]
fn a_newer_image_is_looked_at_and_taken_and_the_ladder_is_climbed() {
    let mut model = home((80, 24));
    assert_eq!(press(&mut model, "u"), [Effect::ProposeUpdate { now: false }]);
    update(&mut model, Message::UpdateProposed(Ok(Box::new(proposal(&[])))));
    let effects = press(&mut model, "Enter");
    assert_eq!(effects, [Effect::Update(Box::new(proposal(&[])))]);
    assert_eq!(update(&mut model, Message::OperationDone(Ok(None))), [Effect::Climb]);
    assert_eq!(model.screen, Screen::Ladder);
}

#[test]
fn one_that_does_not_work_is_told_of_and_can_be_tried_again_or_left() {
    let mut model = shown((80, 24), &[]);
    press(&mut model, "Enter");
    update(&mut model, Message::OperationDone(Err(Problem::new("The image before is back.", "Look."))));
    assert_eq!(model.screen, Screen::Failure);
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Home);
}

#[test]
fn it_is_pulled_or_built_from_there_and_shown_again() {
    let mut model = shown((80, 24), &[]);
    assert_eq!(press(&mut model, "f"), [Effect::FetchImage(Source::Pull)]);
    assert_eq!(update(&mut model, Message::OperationDone(Ok(None))), [Effect::ProposeUpdate { now: false }]);
    assert_eq!(model.screen, Screen::Update);
    update(&mut model, Message::UpdateProposed(Err(Problem::new("It is not here.", "p pulls it."))));
    press(&mut model, "B");
    assert_eq!(model.screen, Screen::Build);
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Update);
    press(&mut model, "B");
    assert_eq!(press(&mut model, "Enter"), [Effect::FetchImage(Source::Build(Default::default()))]);
}

#[test]
fn jobs_are_waited_for_unless_they_are_to_be_ended() {
    let mut model = shown((80, 24), &[7]);
    assert_eq!(press(&mut model, "!"), [Effect::ProposeUpdate { now: true }]);
    let mut model = shown((80, 24), &[]);
    assert_eq!(press(&mut model, "!"), [], "there is none");
}
