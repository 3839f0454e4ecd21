//! `Esc` goes the way back that one came, `↑ ↓` reach all that there is, and what opens first says what is wrong.

use super::editing::{open_editor, opened};
use super::every::every;
use super::given::*;
use pipglr::doctor::Diagnosis;
use pipglr::lifecycle::Verb;
use pipglr::problem::Problem;
use pipglr::steps::{Fact, Report, Shows, State, Step};
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::model::{Model, Screen};
use pipglr::tui::update::{self, update};
use pipglr::tui::view;

const SIZE: (u16, u16) = (80, 24);

fn quits(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Quit(_)))
}

fn text(model: &Model) -> Option<String> {
    model.editor.as_ref().map(|editor| editor.buffer.text().expose_str().to_owned())
}

#[test]
fn esc_leads_home_from_everywhere_and_loses_no_text() {
    for (name, mut model) in every(SIZE) {
        let unsaved = model.editor.as_ref().filter(|editor| editor.unsaved()).map(|_| text(&model));
        for _ in 0..16 {
            assert!(!quits(&press(&mut model, "Esc")), "{name}");
            if let Some(text_before) = &unsaved {
                assert_eq!(&text(&model), text_before, "{name}");
            }
        }
        let end = match () {
            () if unsaved.is_some() => Screen::Editor,
            () if model.operation.is_some() => Screen::Operation,
            () if model.was_set_up() => Screen::Home,
            () => Screen::Review,
        };
        assert_eq!(model.screen, end, "{name}");
    }
}

/// The screens that keys lead to, one after the other; `Esc` leads back through them.
#[track_caller]
fn there_and_back(model: &mut Model, way: &[(&str, Screen)]) {
    let mut came = vec![];
    for (name, screen) in way {
        came.push((model.screen, model.step));
        press(model, name);
        if *name == "e" && *screen == Screen::Editor {
            let effects = update(model, opened(CONFIG, true));
            answered(model, effects);
        }
        assert_eq!(model.screen, *screen, "{name} of {way:?}");
    }
    for (screen, step) in came.into_iter().rev() {
        assert!(!quits(&press(model, "Esc")), "{way:?}");
        assert_eq!(model.screen, screen, "{way:?}");
        assert!(screen != Screen::Step || model.step == step, "{way:?}");
    }
}

#[test]
fn esc_goes_back_the_way_one_came() {
    use Screen::*;
    for way in [
        &[("l", Log)][..],
        &[("d", Doctor), ("l", Log)],
        &[("e", Editor)],
        &[("v", Volumes)],
        &[("h", History)],
        &[("w", Review), ("4", Step), ("e", Editor)],
        &[("w", Review), ("6", Step), ("?", Step)],
    ] {
        let mut model = home(SIZE);
        if way.last().unwrap().0 == "?" {
            // Help lies over the screen: the first Esc takes it away.
            keys(&mut model, &["w", "6", "?", "Esc"]);
            assert!(model.overlays.is_empty() && model.screen == Step);
            keys(&mut model, &["Esc", "Esc"]);
        } else {
            there_and_back(&mut model, way);
        }
        assert_eq!(model.screen, Home, "{way:?}");
    }
    there_and_back(&mut review(SIZE), &[("Enter", Step), ("p", Admin)]);
    there_and_back(&mut review(SIZE), &[("2", Step), ("p", Admin)]);
    there_and_back(&mut at(self::Step::Image, SIZE), &[("e", Build)]);
    there_and_back(&mut at(self::Step::Registration, SIZE), &[("Enter", Form)]);
    there_and_back(&mut home_down(SIZE, "missing", 0, &[]), &[("Enter", Step)]);
}

#[test]
fn a_finding_of_the_doctor_or_of_the_log_can_be_left_again() {
    let mut model = super::doctor::told(SIZE);
    there_and_back(&mut model, &[("Enter", Screen::Step)]);
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Home);

    let (_, mut model) = every(SIZE).into_iter().find(|(name, _)| *name == "log-doctor").unwrap();
    press(&mut model, "Enter");
    assert_eq!(model.screen, Screen::Step);
    let effects = press(&mut model, "Esc");
    assert!(matches!(effects.as_slice(), [Effect::FollowLog(..)]), "it is read again: {effects:?}");
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Home);
}

#[test]
fn a_failure_and_the_ladder_lead_back_to_where_they_began() {
    // A step that fails.
    let mut model = at(Step::Image, SIZE);
    press(&mut model, "Enter");
    update(&mut model, Message::OperationDone(Err(problem())));
    there_and_back(&mut model, &[("e", Screen::Build)]);
    press(&mut model, "Esc");
    assert_eq!((model.screen, model.step), (Screen::Step, Step::Image));
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Review);
    // The editor, which cannot be opened at home.
    let mut model = home(SIZE);
    press(&mut model, "e");
    update(&mut model, Message::Opened(Err(problem())));
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Home);
    // A restart from home, and the ladder of a step.
    let mut model = home(SIZE);
    press(&mut model, "s");
    update(&mut model, operation(Verb::Restart));
    press(&mut model, "y");
    update(&mut model, Message::OperationDone(Ok(None)));
    assert_eq!(model.screen, Screen::Ladder);
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Home);
    there_and_back(&mut model, &[("w", Screen::Review), ("6", Screen::Step), ("Enter", Screen::Ladder)]);
}

#[test]
fn esc_forgets_a_search_first() {
    let mut model = log(SIZE, 40);
    press(&mut model, "/");
    type_text(&mut model, "line 7");
    press(&mut model, "Enter");
    assert!(model.log.search.is_some());
    press(&mut model, "Esc");
    assert!(model.log.search.is_none() && model.screen == Screen::Log);
    press(&mut model, "&");
    type_text(&mut model, "line 7");
    keys(&mut model, &["Enter", "Esc"]);
    assert!(model.log.filter.pattern.is_none() && model.screen == Screen::Log);
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Home);

    open_editor(&mut model, CONFIG, true);
    press(&mut model, "Ctrl-f");
    type_text(&mut model, "url");
    keys(&mut model, &["Enter", "Esc"]);
    assert!(model.screen == Screen::Editor && !model.editor.as_ref().unwrap().buffer.marked());
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Home);
}

/// `↓` alone reaches the last line of every page, at every size.
#[test]
fn the_arrows_reach_the_end_and_the_beginning() {
    let mut seen = vec![];
    for size in [SIZE, (80, 12)] {
        for (name, mut model) in every(size).into_iter().filter(|(_, model)| view::scrolls(model)) {
            let at = |model: &Model| match (&model.operation, model.overlays.is_empty(), &model.editor) {
                (Some(job), ..) => job.up == 0,
                (_, false, _) => model.overlay_scroll == view::overlay_limit(model),
                (_, _, Some(_)) if model.screen == Screen::Editor => true,
                _ => model.scroll == view::scroll_limit(model),
            };
            (0..90).for_each(|_| drop(press(&mut model, "↓")));
            assert!(at(&model), "{name} at {size:?}");
            (0..90).for_each(|_| drop(press(&mut model, "↑")));
            assert_eq!(
                if model.overlays.is_empty() { model.scroll } else { model.overlay_scroll },
                0,
                "{name} {size:?}"
            );
            seen.push(name);
        }
    }
    for name in ["id-ranges", "failure", "doctor", "home-failed", "ladder-down", "help", "review"] {
        assert!(seen.contains(&name), "{name} has nothing to scroll: {seen:?}");
    }
}

fn starts(startup: Report, others: impl Fn(Step) -> Report) -> Screen {
    let mut model = fresh(SIZE);
    update::start(&mut model);
    looked(&mut model, |step| if step == Step::Startup { startup.clone() } else { others(step) });
    model.screen
}

#[test]
fn a_host_whose_container_does_not_run_opens_at_home() {
    let startup = |state: &str| {
        let facts = vec![Fact::new("container pipglr", state, "running", state == "running")];
        let shows = (state != "missing").then_some(Shows::Container);
        Report::ready(Step::Startup, facts, report(Step::Image).plan).showing(shows)
    };
    for state in ["exited", "stopped", "paused", "created", "stopping", "missing"] {
        assert_eq!(starts(startup(state), done), Screen::Home, "{state}");
    }
    // The secret is lost, or the volumes, and the container is still there.
    let lost = |step| if step == Step::Configuration { report(step) } else { done(step) };
    assert_eq!(starts(startup("running"), lost), Screen::Home);
    let unclear = Report { state: State::Blocked(problem()), ..startup("exited") };
    assert_eq!(starts(unclear, report), Screen::Home);
    // What was never finished goes on where it was.
    assert_eq!(starts(startup("missing"), report), Screen::Review);
    assert_eq!(
        starts(report(Step::Startup), |step| if step < Step::Volumes { done(step) } else { report(step) }),
        Screen::Review
    );
}

#[test]
fn home_says_what_is_wrong_and_enter_leads_to_what_fixes_it() {
    // One that only stands is started.
    let mut model = home_down(SIZE, "exited", 137, &["why"]);
    assert!(matches!(press(&mut model, "Enter").as_slice(), [Effect::Plan(Verb::Start, false)]));
    let mut model = home_down(SIZE, "missing", 0, &["why"]);
    let effects = press(&mut model, "Enter");
    assert_eq!((model.screen, model.step), (Screen::Step, Step::Startup));
    assert!(matches!(effects.as_slice(), [Effect::Look { .. }]), "{effects:?}");
    // Nothing is wrong: there is nothing to fix.
    let mut well = status();
    well.rungs.iter_mut().for_each(|rung| rung.ok = Some(true));
    well.healthy = true;
    let jobs = std::mem::take(&mut well.jobs);
    update(&mut model, Message::Status(Ok(Box::new(well.clone()))));
    press(&mut model, "Esc");
    assert_eq!(press(&mut model, "Enter"), []);
    assert_eq!(model.screen, Screen::Home);
    // A job that runs is looked at; Esc comes back.
    well.jobs = jobs;
    let id = well.jobs[0].id;
    update(&mut model, Message::Status(Ok(Box::new(well))));
    let effects = press(&mut model, "Enter");
    assert!(matches!(effects.as_slice(), [Effect::FollowLog(given)] if given.job == Some(id)), "{effects:?}");
    assert_eq!(model.screen, Screen::Log);
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Home);
    // Where the host cannot be asked, the doctor can be.
    update(&mut model, Message::Status(Err(Problem::new("podman does not answer.", "Is it broken?"))));
    press(&mut model, "d");
    update(&mut model, Message::Diagnosed(Ok(Diagnosis::default())));
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Home);
}
