//! The `?` page and the bottom line say what is, and nothing else.

use super::every::every;
use super::given::{at, key, press, problem};
use pipglr::steps::Step;
use pipglr::tui::keys;
use pipglr::tui::message::Message;
use pipglr::tui::model::{Overlay, Screen};
use pipglr::tui::update::update;

#[test]
fn every_key_that_is_shown_does_something() {
    for (name, model) in every((80, 24)) {
        for (names, binding) in keys::active(&model) {
            for one in names.split(' ') {
                assert_eq!(keys::find(&model, key(one)), Some(binding.act), "{name}: {one}");
            }
            assert!(!binding.help.is_empty());
        }
        for (hint, word) in keys::hints(&model) {
            assert!(hint.is_empty() || keys::find(&model, key(&hint)).is_some(), "{name}: {hint} {word}");
        }
    }
}

#[test]
fn help_is_on_every_screen_and_goes_away_again() {
    for (name, mut model) in every((80, 24)) {
        if matches!(model.overlays.last(), Some(Overlay::Confirm(_) | Overlay::Help)) {
            continue;
        }
        let before = (model.screen, model.step);
        press(&mut model, "F1");
        assert_eq!(model.overlays.last(), Some(&Overlay::Help), "{name}");
        press(&mut model, "Esc");
        assert_ne!(model.overlays.last(), Some(&Overlay::Help), "{name}");
        assert_eq!((model.screen, model.step), before, "{name}");
    }
}

#[test]
fn where_the_image_cannot_be_pulled_the_key_that_builds_it_says_so() {
    let mut model = at(Step::Image, (80, 24));
    press(&mut model, "Enter");
    update(&mut model, Message::OperationDone(Err(problem())));
    assert_eq!(model.screen, Screen::Failure);
    assert!(keys::hints(&model).contains(&("e".into(), "build instead".into())), "{:?}", keys::hints(&model));
}
