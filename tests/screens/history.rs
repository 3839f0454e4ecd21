//! The versions of the configuration, from home: what each changed, and the way back to one.

use super::editing::planned;
use super::given::*;
use super::pictures::{drawn, text};
use pipglr::change::history::Version;
use pipglr::change::versions::listed;
use pipglr::problem::{Kind, Problem};
use pipglr::secret::Secret;
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::model::{Model, Screen};
use pipglr::tui::update::update;

const SIZE: (u16, u16) = (80, 24);

fn versions(texts: &[String]) -> Vec<Version> {
    let version = |(n, text): (usize, &String)| Version {
        at: format!("2026-11-01T{:02}:{:02}:00Z", n / 60, n % 60).parse().unwrap(),
        path: format!("/home/johndoe/.local/state/pipglr/history/2026-11-01T{:02}-{:02}-00.000Z.toml", n / 60, n % 60)
            .into(),
        text: Secret::new(text.as_str()),
    };
    texts.iter().enumerate().map(version).collect()
}

/// The list, of versions of which the newest is in force.
fn shown(size: (u16, u16), texts: &[String]) -> Model {
    let mut model = home(size);
    assert_eq!(press(&mut model, "h"), [Effect::Versions]);
    let versions = versions(texts);
    let held = versions.last().map(|version| version.text.clone());
    update(&mut model, Message::Versions(Ok(listed(&versions, held.as_ref(), true))));
    model
}

/// Three versions, of which one has another token.
fn three() -> [String; 3] {
    let renewed = CONFIG.replace(TOKEN, "glrt-qrstuvwxyzqrstuvwxyz");
    [CONFIG.into(), renewed.clone(), renewed.replace("concurrent = 1", "concurrent = 4")]
}

/// The list, one that is looked at, and the list that is empty.
pub fn every(size: (u16, u16)) -> Vec<(&'static str, Model)> {
    let mut one = shown(size, &three());
    press(&mut one, "↓");
    press(&mut one, "Enter");
    vec![("history", shown(size, &three())), ("history-one", one), ("history-none", shown(size, &[]))]
}

#[test]
fn a_version_is_chosen_looked_at_and_gone_back_to_and_esc_leads_back_through_all_of_it() {
    let mut model = shown(SIZE, &three());
    assert_eq!(press(&mut model, "z"), [], "the one in force is there already");
    press(&mut model, "End");
    press(&mut model, "Enter");
    assert!(model.screen == Screen::Version && text(&drawn(&model)).contains("+ concurrent = 1"));
    let effects = press(&mut model, "z");
    let oldest = model.history.chosen().unwrap().version.at;
    assert_eq!(effects, [Effect::Stop, Effect::PutBackTo(oldest)]);
    let offer = planned(&model, CONFIG, Some("the version of 2026-11-01T00:00:00Z"));
    update(&mut model, offer);
    assert!(model.screen == Screen::Change && text(&drawn(&model)).contains("Back to the version of"));
    for screen in [Screen::Version, Screen::History, Screen::Home] {
        press(&mut model, "Esc");
        assert_eq!(model.screen, screen);
    }
}

#[test]
fn the_chosen_version_is_in_sight_of_however_many() {
    let texts: Vec<String> =
        (1..=200).map(|n| CONFIG.replace("concurrent = 1", &format!("concurrent = {n}"))).collect();
    for size in [SIZE, (40, 12)] {
        let mut model = shown(size, &texts);
        for (key, at) in [("End", 199), ("↑", 198), ("PgUp", 198 - (usize::from(size.1) - 4)), ("Home", 0), ("j", 1)]
        {
            press(&mut model, key);
            assert_eq!(model.history.at, at, "{key}");
            let screen = text(&drawn(&model));
            assert!(screen.lines().any(|line| line.trim_start().starts_with('▸')), "{key} at {size:?}:\n{screen}");
        }
    }
}

/// Nothing failed, and trying again would find the same.
#[test]
fn undo_where_there_is_no_version_before_says_so_and_stays_at_home() {
    let mut model = home(SIZE);
    assert_eq!(press(&mut model, "z"), [Effect::Stop, Effect::PutBack]);
    let none = Problem::new("There is no version before this one.", "The first one is still to come.");
    update(&mut model, Message::Proposed(Err(none.kind(Kind::Nothing))));
    assert_eq!(model.screen, Screen::Home);
    let screen = text(&drawn(&model));
    assert!(screen.contains("There is no version before this one.") && !screen.contains("try again"), "{screen}");
}

/// Enter tries it again; a second key for the same would be one too many.
#[test]
fn a_way_back_that_cannot_be_planned_is_tried_again_by_enter() {
    let fails = || Message::Proposed(Err(Problem::new("podman cannot be asked.", "Look at it.")));
    let mut model = home(SIZE);
    press(&mut model, "z");
    update(&mut model, fails());
    assert_eq!(model.screen, Screen::Failure);
    assert!(!text(&drawn(&model)).contains("put the old one back"), "{}", text(&drawn(&model)));
    assert_eq!(press(&mut model, "Enter"), [Effect::Stop, Effect::PutBack]);
    // From a version it is that one's, and Esc leads back to it.
    let mut model = shown(SIZE, &[CONFIG.to_owned(), CONFIG.replace("= 1", "= 2")]);
    press(&mut model, "↓");
    press(&mut model, "Enter");
    press(&mut model, "z");
    update(&mut model, fails());
    assert!(matches!(press(&mut model, "Enter")[..], [Effect::Stop, Effect::PutBackTo(_)]));
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Version);
}
