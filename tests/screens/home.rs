//! Home listens, and looks only where there is a reason.

use super::given::{home, home_down, operation, press, rung, status};
use super::pictures::{drawn, text};
use pipglr::ladder::{Rung, RungId};
use pipglr::lifecycle::Verb;
use pipglr::problem::Problem;
use pipglr::status::Ask;
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::model::{Failure, Model, Purpose, Screen};
use pipglr::tui::update::update;
use std::time::Duration;

const SIZE: (u16, u16) = (80, 24);
const SECOND: Duration = Duration::from_secs(1);

/// Home where nothing is wrong, seen now.
fn well() -> Model {
    let mut model = home(SIZE);
    see(&mut model);
    model.deaf_until = Duration::ZERO; // it was read
    model
}

fn see(model: &mut Model) -> Vec<Effect> {
    let mut status = status();
    status.healthy = true;
    update(model, Message::Status(Ok(Box::new(status))))
}

fn tick(model: &mut Model, at: Duration) -> Vec<Effect> {
    update(model, Message::Tick(at))
}

fn asked(effects: &[Effect]) -> Option<Ask> {
    effects.iter().find_map(|effect| if let Effect::Gather(ask) = effect { Some(*ask) } else { None })
}

#[test]
fn at_rest_it_sleeps_for_ten_minutes() {
    let mut model = well();
    assert_eq!(model.idle(), Some(600 * SECOND));
    assert_eq!(tick(&mut model, 599 * SECOND), []);
    assert_eq!(model.idle(), Some(SECOND));
    assert_eq!(asked(&tick(&mut model, 600 * SECOND)), Some(Ask::Old));
    assert_eq!(tick(&mut model, 1300 * SECOND), [], "one at a time");
}

#[test]
fn a_burst_of_news_is_one_look() {
    let mut model = well();
    tick(&mut model, 60 * SECOND);
    for ask in [Ask::Old, Ask::Gitlab, Ask::Old] {
        assert_eq!(update(&mut model, Message::News(ask)), []);
    }
    assert_eq!(model.idle(), Some(Duration::from_millis(300)));
    assert_eq!(tick(&mut model, Duration::from_millis(60_299)), []);
    assert_eq!(asked(&tick(&mut model, Duration::from_millis(60_300))), Some(Ask::Gitlab));
    // What comes while it looks may have been missed; and what was asked is not asked again.
    update(&mut model, Message::News(Ask::Old));
    tick(&mut model, 62 * SECOND);
    see(&mut model);
    assert_eq!(asked(&tick(&mut model, 62 * SECOND)), Some(Ask::Old));
    see(&mut model);
    assert_eq!(model.idle(), Some(600 * SECOND));
}

#[test]
fn a_key_asks_for_all_also_while_it_looks() {
    let mut model = well();
    assert_eq!(asked(&press(&mut model, "r")), Some(Ask::All));
    assert_eq!(asked(&press(&mut model, "r")), None);
    see(&mut model);
    assert_eq!(asked(&tick(&mut model, SECOND)), Some(Ask::All));
}

#[test]
fn nothing_is_heard_while_it_is_not_on_the_screen() {
    let mut model = well();
    for (key, at) in [("l", 1000), ("d", 3000)] {
        assert!(model.listens().is_some());
        press(&mut model, key);
        assert_eq!(model.listens(), None, "{key}");
        assert_eq!(asked(&tick(&mut model, at * SECOND)), None);
        assert_eq!(see(&mut model), [], "what was asked before comes late");
        (model.screen, model.from) = (Screen::Log, vec![Screen::Home]);
        let back = press(&mut model, "Esc");
        assert!(model.listens().is_some(), "{key}");
        assert_eq!(asked(&back), Some(Ask::Old), "what happened meanwhile was not heard");
        see(&mut model);
        assert_eq!(tick(&mut model, at * SECOND), [], "{key}");
    }
}

#[test]
fn the_log_is_listened_to_where_the_container_runs() {
    let mut model = well();
    for (state, runs) in [("exited", false), ("running", true), ("missing", false), ("stopping", true)] {
        let mut status = status();
        status.container.state = state.into();
        update(&mut model, Message::Status(Ok(Box::new(status))));
        assert_eq!(model.listens(), Some((runs, Duration::ZERO)), "{state}");
    }
}

#[test]
fn after_an_operation_home_shows_nothing_from_before_it() {
    let mut model = well();
    press(&mut model, "r"); // a look that is still under way when the operation begins
    press(&mut model, "s");
    update(&mut model, operation(Verb::Restart));
    press(&mut model, "y");
    tick(&mut model, SECOND);
    update(&mut model, Message::OperationDone(Ok(None)));
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Home);
    assert!(model.home.status.is_none(), "nothing is known yet");
    assert_eq!(asked(&tick(&mut model, 2 * SECOND)), None, "one at a time");
    assert_ne!(model.idle(), Some(Duration::ZERO), "it waits for the look without turning in circles");
    see(&mut model);
    assert!(model.home.status.is_none(), "that was of before");
    assert!(asked(&tick(&mut model, 2 * SECOND)).is_some());
    see(&mut model);
    assert!(model.home.status.is_some());
}

#[test]
fn all_times_on_the_screen_are_the_machine_s_own() {
    let mut model = home((120, 40));
    model.zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(5));
    let seen = text(&drawn(&model));
    assert!(seen.contains("since 2026-11-24 15:00:00") && !seen.contains("10:00:00"), "{seen}");
    model.climb.rungs = vec![rung(RungId::Container, Some(true), "since 2026-11-24T10:00:00Z")];
    model.screen = Screen::Ladder;
    let seen = text(&drawn(&model));
    assert!(seen.contains("since 2026-11-24 15:00:00") && !seen.contains("10:00:00"), "{seen}");
    let problem = Problem::new("It ended at 2026-11-24T10:00:00Z.", "Wait until 2026-11-24T10:00:00Z.");
    model.failure = Some(Failure { purpose: Purpose::Change, problem });
    model.screen = Screen::Failure;
    let seen = text(&drawn(&model));
    assert!(seen.matches("2026-11-24 15:00:00").count() == 2 && !seen.contains("10:00:00"), "{seen}");
}

#[test]
fn a_paused_runner_is_no_failure_of_the_ladder() {
    let mut model = home(SIZE);
    let up = |id| rung(id, Some(true), "well");
    let rests = Rung { rests: true, ..rung(RungId::Runner, Some(false), "paused since 2026-11-24T10:00:00Z") };
    model.climb.rungs = vec![up(RungId::Container), up(RungId::Systemd), up(RungId::Podman), rests];
    model.screen = Screen::Ladder;
    let seen = text(&drawn(&model));
    assert!(seen.contains("The runner is paused") && seen.contains("p at home has it take jobs again"), "{seen}");
    assert!(!seen.contains('✗') && !seen.contains("not up"), "{seen}");
}

#[test]
fn what_enter_does_stands_first_and_once() {
    let missing = home_down(SIZE, "missing", 0, &[]);
    let seen = text(&drawn(&missing));
    assert!(seen.lines().last().unwrap().starts_with(" Enter "), "{seen}");
    assert!(seen.contains("its config      -"), "what is not there is no older than another: {seen}");
    // Where Enter leads to the editor, so does `e`, and the line has room for the doctor.
    let wrong = text(&drawn(&home(SIZE)));
    let last = wrong.lines().last().unwrap();
    assert!(
        last.contains("edit the configuration") && !last.contains("e edit ") && last.contains("d doctor"),
        "{last}"
    );
}
