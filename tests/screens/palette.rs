//! Any action by its name; keys of the user's own; the wheel.

use super::every::every;
use super::given::*;
use pipglr::lifecycle::Verb;
use pipglr::settings::KeyName;
use pipglr::tui::act::Act;
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::model::{Overlay, Screen};
use pipglr::tui::palette::matching;
use pipglr::tui::update::update;
use std::collections::BTreeMap;

#[test]
fn an_action_of_another_screen_is_done_there() {
    let mut model = log((80, 24), 20);
    press(&mut model, "Ctrl-P");
    type_text(&mut model, "home rest cont");
    assert_eq!(matching(&model)[0].act, Act::Restart, "{:?}", matching(&model));
    let effects = press(&mut model, "Enter");
    assert_eq!((model.screen, model.overlays.as_slice()), (Screen::Home, [].as_slice()));
    assert!(effects.contains(&Effect::Plan(Verb::Restart, false)), "{effects:?}");
}

#[test]
fn an_action_of_the_screen_is_done_as_by_its_key_and_esc_does_nothing() {
    let mut model = log((80, 24), 20);
    press(&mut model, ":");
    press(&mut model, "Esc");
    assert_eq!((model.screen, model.overlays.as_slice()), (Screen::Log, [].as_slice()));
    assert!(!model.log.wrap);
    keys(&mut model, &[":", "w", "r", "a", "p", "Enter"]);
    assert!(model.log.wrap && model.overlays.is_empty());
}

#[test]
fn the_list_can_be_gone_through_and_what_is_not_there_is_said() {
    let mut model = home((80, 24));
    press(&mut model, "Ctrl-P");
    press(&mut model, "Ctrl-N");
    press(&mut model, "↓");
    assert_eq!(model.palette.at, 2);
    press(&mut model, "Ctrl-P");
    assert_eq!(model.palette.at, 1);
    type_text(&mut model, "zzzz");
    assert!(matching(&model).is_empty());
    assert_eq!(press(&mut model, "Enter"), []);
    assert_eq!(model.overlays, [Overlay::Palette]);
    paste(&mut model, TOKEN);
    assert_eq!(model.palette.field.text(), "zzzz", "a token is not shown");
}

/// What is typed in the editor or a form is not left behind by going elsewhere.
#[test]
fn where_something_is_begun_only_its_own_actions_are_offered() {
    for (name, mut model) in every((80, 24)) {
        let begun = model.editor.is_some() || model.operation.is_some() || model.screen == Screen::Form;
        press(&mut model, "Ctrl-P");
        if begun && model.overlays.last() == Some(&Overlay::Palette) {
            assert!(matching(&model).iter().all(|entry| entry.there.is_none()), "{name}");
        }
    }
}

#[test]
fn a_key_of_the_users_own_stands_for_another_but_not_in_a_text() {
    let own = |pressed: &str, meant: &str| -> BTreeMap<KeyName, KeyName> {
        [(pressed.parse().unwrap(), meant.parse().unwrap())].into()
    };
    let mut model = home((80, 24));
    model.keys = own("z", "?");
    press(&mut model, "z");
    assert_eq!(model.overlays, [Overlay::Help]);
    press(&mut model, "Esc");
    press(&mut model, "Ctrl-P");
    press(&mut model, "z");
    assert_eq!((model.palette.field.text(), model.overlays.len()), ("z", 1));
    model.keys = own("Ctrl-T", "F1");
    press(&mut model, "Ctrl-T");
    assert_eq!(model.overlays, [Overlay::Palette, Overlay::Help]);
}

#[test]
fn the_wheel_scrolls_three_lines_and_is_the_terminals_until_it_is_wanted() {
    let mut model = home((80, 12));
    assert_eq!(press(&mut model, "m"), [Effect::Mouse(true)]);
    press(&mut model, "?");
    update(&mut model, Message::Wheel(Act::Down));
    assert_eq!(model.overlay_scroll, 3);
    update(&mut model, Message::Wheel(Act::Up));
    assert_eq!(model.overlay_scroll, 0);
    press(&mut model, "Esc");
    assert_eq!(press(&mut model, "F9"), [Effect::Mouse(false)]);
}
