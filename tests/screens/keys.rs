//! The `?` page and the bottom line say what is, and nothing else.

use super::every::every;
use super::given::{key, press};
use pipglr::tui::keys;
use pipglr::tui::model::Overlay;

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
