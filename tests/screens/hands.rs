//! What makes the hand at home: what is said once to whom a screen is new, what is copied, what is in sight of a long line.

use super::editing::open_editor;
use super::given::*;
use super::pictures::{drawn, text};
use pipglr::secret::Secret;
use pipglr::steps::Step;
use pipglr::tui::clipboard::Clipboard;
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::update::update;
use std::collections::BTreeSet;

const SIZE: (u16, u16) = (80, 24);

#[test]
fn a_screen_says_what_to_do_there_once_and_never_again() {
    let mut model = home(SIZE);
    model.met = Some(BTreeSet::new());
    update(&mut model, Message::Tick(std::time::Duration::ZERO));
    assert!(text(&drawn(&model)).contains("Ctrl-P finds any action"));
    press(&mut model, "l");
    assert!(!text(&drawn(&model)).contains("Ctrl-P finds any action"), "the next key takes it away");
    assert!(text(&drawn(&model)).contains("Space holds still"));
    press(&mut model, "Esc");
    press(&mut model, "Esc");
    assert!(!text(&drawn(&model)).contains("Ctrl-P finds any action"), "it is known");
    press(&mut model, "d");
    assert!(!text(&drawn(&model)).contains("Enter goes to what fixes it"), "there is nothing to choose");
    let mut model = home(SIZE);
    model.met = None;
    update(&mut model, Message::Tick(std::time::Duration::ZERO));
    assert_eq!(model.notice, "", "nor is it to whom pipglr was here before");
}

#[test]
fn the_hint_of_the_log_waits_for_its_lines() {
    let mut model = home(SIZE);
    model.met = Some(["home".to_owned()].into());
    press(&mut model, "J");
    assert!(!text(&drawn(&model)).contains("Space holds still"), "the list of jobs knows no such key");
    press(&mut model, "Esc");
    press(&mut model, "l");
    assert!(text(&drawn(&model)).contains("Space holds still"));
}

#[test]
fn the_jobs_say_what_became_of_them_also_where_it_is_narrow() {
    let mut model = home((40, 12));
    press(&mut model, "l");
    update(&mut model, recorded("full-json.log"));
    press(&mut model, "J");
    let seen = text(&drawn(&model));
    assert!(seen.contains("state") && seen.contains("succeeded"), "{seen}");
}

#[test]
fn what_is_said_elsewhere_is_not_covered_by_a_first_hint() {
    let mut model = home(SIZE);
    model.met = Some(BTreeSet::new());
    model.notice = "saved".into();
    update(&mut model, Message::Tick(std::time::Duration::ZERO));
    assert_eq!(model.notice, "saved");
    for (size, said) in [((40, 12), false), (SIZE, true)] {
        let mut model = home(size);
        model.met = Some(BTreeSet::new());
        update(&mut model, Message::Tick(std::time::Duration::ZERO));
        assert_eq!(model.notice.is_empty(), !said, "on a small screen it would cover the page itself");
    }
}

#[test]
fn the_numbers_of_the_steps_are_one_row_of_the_help() {
    let mut model = at(Step::IdRanges, SIZE);
    press(&mut model, "?");
    let seen = text(&drawn(&model));
    assert!(seen.contains("1-6 ") && seen.matches("go to").count() == 1, "{seen}");
}

fn copied(effects: &[Effect]) -> &str {
    let [Effect::Copy(text)] = effects else { panic!("{effects:?}") };
    text.expose_str()
}

#[test]
fn an_address_is_copied_by_a_key_and_the_next_by_the_same_again() {
    let mut step = at(Step::Registration, SIZE);
    assert_eq!(copied(&press(&mut step, "y")), "https://gitlab.com/GROUP/PROJECT/-/runners/new");
    assert_eq!(copied(&press(&mut step, "y")), "https://gitlab.com/groups/GROUP/-/runners/new");
    assert!(text(&drawn(&step)).contains("2 of 3"));
    press(&mut step, "Enter");
    assert!(copied(&press(&mut step, "F6")).contains("/runners/new"));
    paste(&mut step, TOKEN);
    assert_eq!(press(&mut step, "F6"), [], "the addresses are gone from the form");
    let mut admin = at(Step::IdRanges, SIZE);
    press(&mut admin, "p");
    assert!(copied(&press(&mut admin, "y")).contains("usermod --add-subuids"));
}

#[test]
fn where_the_terminal_has_no_clipboard_it_is_said_and_nothing_is_sent() {
    let mut step = at(Step::Registration, SIZE);
    step.clipboard = Clipboard::None;
    assert_eq!(press(&mut step, "y"), []);
    assert!(text(&drawn(&step)).contains("has no clipboard"));
    step.clipboard = Clipboard::BehindTmux;
    assert!(matches!(press(&mut step, "y").as_slice(), [Effect::Copy(_)]));
    assert!(text(&drawn(&step)).contains("set-clipboard on"));
    let mut log = log(SIZE, 5);
    log.clipboard = Clipboard::None;
    assert_eq!(press(&mut log, "y"), []);
    assert!(text(&drawn(&log)).contains("has no clipboard"));
}

#[test]
fn line_numbers_stay_and_marks_say_that_a_line_goes_on() {
    let mut model = home(SIZE);
    open_editor(&mut model, &format!("{CONFIG}# {}end\n", "x".repeat(200)), true);
    press(&mut model, "Ctrl-g");
    paste(&mut model, "8");
    press(&mut model, "Enter");
    let row = |model: &pipglr::tui::model::Model| {
        let screen = text(&drawn(model));
        screen.lines().find(|line| line.trim_start().starts_with("8 ") || line.starts_with("  8")).unwrap().to_owned()
    };
    assert!(row(&model).ends_with('›') && !row(&model).contains('‹'), "{}", row(&model));
    press(&mut model, "End");
    assert!(row(&model).contains("8‹") && row(&model).ends_with("end"), "{}", row(&model));
    assert!(text(&drawn(&model)).lines().any(|line| line.starts_with("  1‹")), "all lines are scrolled, and say so");
    model.theme.unicode = false;
    assert!(row(&model).contains("8<"));
}

#[test]
fn a_secret_of_a_form_is_never_what_is_copied() {
    let mut step = at(Step::Registration, SIZE);
    press(&mut step, "Enter");
    paste(&mut step, TOKEN);
    press(&mut step, "↑");
    let effects = press(&mut step, "F6");
    assert!(!effects.contains(&Effect::Copy(Secret::new(TOKEN))), "{effects:?}");
}

#[test]
fn a_log_line_that_goes_on_says_so_at_the_edge_where_it_does() {
    let mut model = log(SIZE, 1);
    let line = format!("2026-11-24T10:00:03Z stdout F [ 7072.1] podman[67]: begin{}end\n", "漢x".repeat(60));
    update(&mut model, Message::Log(parsed(line.as_bytes(), pipglr::logs::decode::Format::K8sFile)));
    let rows = |model: &pipglr::tui::model::Model| -> Vec<String> {
        let screen = text(&drawn(model));
        screen.lines().filter(|line| line.contains('漢') || line.contains("line 0")).map(str::to_owned).collect()
    };
    let [short, long] = &*rows(&model) else { panic!("{:?}", rows(&model)) };
    assert!(!short.contains(['‹', '›']) && long.ends_with('›') && !long.contains('‹'), "{long}");
    while !text(&drawn(&model)).contains("end") {
        press(&mut model, "→");
    }
    let [long] = &*rows(&model) else { panic!("{:?}", rows(&model)) };
    assert!(long.contains('‹') && long.contains("end") && !long.contains('›'), "{long}");
    model.theme.unicode = false;
    assert!(text(&drawn(&model)).lines().any(|line| line.contains('<') && line.contains("end")));
    press(&mut model, "w");
    assert!(!text(&drawn(&model)).contains('<'), "all of it is in sight");
}

#[test]
fn of_a_script_that_was_run_only_the_beginning_is_shown_until_a_key_asks_for_all_of_it() {
    let mut model = home(SIZE);
    let script = "podman exec pipglr sh -c 'begin\nthe middle\nthe end'";
    let record = pipglr::host::Record { text: script.into(), matters: true, ..record() };
    press(&mut model, "c");
    update(&mut model, Message::Records(vec![record]));
    let seen = text(&drawn(&model));
    assert!(
        seen.contains("sh -c 'begin…") && seen.contains("(the script has 2") && !seen.contains("the end"),
        "{seen}"
    );
    press(&mut model, "w");
    assert!(text(&drawn(&model)).contains("the end"));
}

#[test]
fn a_change_is_taken_back_by_a_key_at_home_with_the_difference_first() {
    let mut model = home(SIZE);
    assert_eq!(press(&mut model, "z"), [Effect::Stop, Effect::PutBack]);
    press(&mut model, "Ctrl-P");
    paste(&mut model, "take the last change");
    let effects = press(&mut model, "Enter");
    assert_eq!(effects, [Effect::Stop, Effect::PutBack], "and it is found by its name");
}

#[test]
fn a_runner_is_had_made_from_every_field_of_the_form() {
    let mut model = at(Step::Registration, SIZE);
    for name in ["Enter", "Tab", "Tab", "Ctrl-G"] {
        press(&mut model, name);
    }
    assert_eq!(model.screen, pipglr::tui::model::Screen::Make);
}
