//! What is done from home: the container, its jobs and its volumes.

use super::given::*;
use super::pictures::{drawn, text};
use super::updates::{SIZE, looks};
use pipglr::ladder::RungId;
use pipglr::lifecycle::Verb;
use pipglr::problem::Problem;
use pipglr::steps::{Report, Step};
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::model::{Model, Question, Screen};
use pipglr::tui::update::update;
use std::time::Duration;

#[test]
fn volumes_are_made_anew_only_when_confirmed() {
    let mut model = home(SIZE);
    press(&mut model, "v");
    press(&mut model, "n");
    assert_eq!(model.step, Step::Volumes);
    press(&mut model, "Esc");
    assert!(!model.wants.recreate_volumes);
    press(&mut model, "n");
    assert!(looks(&press(&mut model, "y")) && model.wants.recreate_volumes);
    press(&mut model, "n");
    assert!(!model.wants.recreate_volumes, "kept after all");
}

#[test]
fn start_at_boot_is_remembered() {
    let mut model = at_with(Step::Startup, SIZE, |step| match step {
        Step::Startup => Report::ready(step, vec![], report(Step::Image).plan),
        step => done(step),
    });
    let effects = press(&mut model, "Space");
    assert!(matches!(&effects[0], Effect::SaveAnswers(answers) if answers.start_at_boot == Some(true)));
    assert!(looks(&effects));
}

#[test]
fn it_is_the_runner_that_is_paused_not_the_container() {
    let mut model = home(SIZE);
    update(&mut model, operation(Verb::Pause));
    assert!(model.question(Question::Operate).starts_with("Pause the runner? "));
}

#[test]
fn a_restart_says_which_jobs_it_waits_for_and_climbs_after() {
    let mut model = home(SIZE);
    assert!(matches!(press(&mut model, "s").as_slice(), [Effect::Plan(Verb::Restart, false)]));
    assert_eq!(update(&mut model, operation(Verb::Restart)), []);
    let waits = "Restart the container? It waits for job 7 (a/b, at most 42 min more), job 12 (a/b, for 65 s).";
    assert_eq!(model.question(Question::Operate), waits);
    let effects = press(&mut model, "y");
    assert!(matches!(effects.as_slice(), [Effect::Operate(..)]), "{effects:?}");
    assert_eq!(model.screen, Screen::Operation);
    assert!(matches!(update(&mut model, Message::OperationDone(Ok(None))).as_slice(), [Effect::Climb]));
    assert_eq!(model.screen, Screen::Ladder);
    update(&mut model, Message::Climbed(Ok(RungId::ALL.map(|id| rung(id, Some(true), "")).to_vec())));
    press(&mut model, "Enter");
    assert_eq!(model.screen, Screen::Home);
}

#[test]
fn a_small_job_is_tried_where_the_ladder_holds_and_ended_by_ctrl_c() {
    let mut model = home(SIZE);
    update(&mut model, operation(Verb::Start));
    update(&mut model, Message::OperationDone(Ok(None)));
    assert_eq!(press(&mut model, "V"), [], "not while it is climbed");
    update(&mut model, Message::Climbed(Ok(RungId::ALL.map(|id| rung(id, Some(true), "")).to_vec())));
    assert!(matches!(press(&mut model, "V").as_slice(), [Effect::TryJob]));
    assert_eq!(press(&mut model, "V"), [], "one at a time");
    assert!(matches!(press(&mut model, "Ctrl-C").as_slice(), [Effect::Stop]));
    update(&mut model, Message::Tried(Err(Problem::interrupted())));
    assert!(matches!(press(&mut model, "V").as_slice(), [Effect::TryJob]));
    update(&mut model, Message::Tried(Ok(tried())));
    assert!(!model.climb.trying && matches!(&model.climb.tried, Some(Ok(found)) if found.len() == 2));
}

#[test]
fn jobs_are_ended_only_by_a_second_key_and_a_second_yes_that_names_them() {
    let mut model = home(SIZE);
    update(&mut model, operation(Verb::Stop));
    assert!(matches!(press(&mut model, "e").as_slice(), [Effect::Plan(Verb::Stop, true)]));
    assert!(model.overlays.is_empty() && model.planned.is_none(), "nothing is done by the first");
    let Message::Planned(verb, Ok(mut ending)) = operation(Verb::Stop) else { panic!("no operation") };
    ending.now = true;
    assert_eq!(update(&mut model, Message::Planned(verb, Ok(ending))), []);
    let ends = "Stop the container? It ends job 7 (a/b, at most 42 min more), job 12 (a/b, for 65 s).";
    assert_eq!(model.question(Question::Operate), ends);
    assert_eq!(press(&mut model, "e"), [], "there is no third way");
    assert!(matches!(press(&mut model, "y").as_slice(), [Effect::Operate(operation)] if operation.now));
}

#[test]
fn a_container_that_does_not_run_is_started_without_a_question() {
    let mut model = home(SIZE);
    assert!(matches!(press(&mut model, "x").as_slice(), [Effect::Plan(Verb::Stop, false)]));
    let Some(Ok(status)) = &mut model.home.status else { panic!("no status") };
    status.container.state = "exited".into();
    assert_eq!(press(&mut model, "x"), []);
    for key in ["s", "Enter"] {
        assert!(matches!(press(&mut model, key).as_slice(), [Effect::Plan(Verb::Start, false)]));
    }
    let effects = update(&mut model, operation(Verb::Start));
    assert!(matches!(effects.as_slice(), [Effect::Operate(..)]), "{effects:?}");
    // What was planned is not asked about where the user has gone on.
    let mut model = home(SIZE);
    press(&mut model, "w");
    assert_eq!(update(&mut model, operation(Verb::Stop)), []);
    assert_eq!((model.screen, model.overlays.len()), (Screen::Review, 0));
}

#[test]
fn what_is_wrong_at_home_is_looked_at_again_ever_more_seldom() {
    let mut model = home(SIZE);
    assert_eq!(update(&mut model, Message::Tick(Duration::from_secs(4))), []);
    assert!(matches!(update(&mut model, Message::Tick(Duration::from_secs(5))).as_slice(), [Effect::Gather(..)]));
    assert_eq!(update(&mut model, Message::Tick(Duration::from_secs(11))), [], "one at a time");
    update(&mut model, Message::Status(Ok(Box::new(status()))));
    assert_eq!(model.idle(), Some(Duration::from_secs(10)));
}

#[test]
fn a_key_that_is_no_answer_is_told_which_keys_are() {
    let mut model = home(SIZE);
    press(&mut model, "s");
    update(&mut model, operation(Verb::Restart));
    let asked = |model: &Model| text(&drawn(model)).contains("Only y, e and n answer.");
    assert!(!asked(&model));
    assert_eq!(press(&mut model, "Enter"), []);
    assert!(asked(&model) && model.screen == Screen::Home, "{}", text(&drawn(&model)));
    press(&mut model, "n");
    update(&mut model, operation(Verb::Restart));
    assert!(!asked(&model), "another question is asked as the first one was");
}

#[test]
fn home_has_a_small_job_tried_where_the_ladder_holds() {
    for (holds, then) in [(true, vec![Effect::TryJob]), (false, vec![])] {
        let mut model = at_work(SIZE);
        assert_eq!(press(&mut model, "V"), [Effect::Climb]);
        assert_eq!(model.screen, Screen::Ladder);
        assert!(text(&drawn(&model)).contains("a small job is tried"));
        let climbed = RungId::ALL.map(|id| rung(id, Some(holds), "")).to_vec();
        assert_eq!(update(&mut model, Message::Climbed(Ok(climbed.clone()))), then);
        // A later climb is a climb alone.
        press(&mut model, "r");
        assert_eq!(update(&mut model, Message::Climbed(Ok(climbed))), []);
        assert!(matches!(press(&mut model, "Esc").last(), Some(Effect::Gather(_))));
        assert_eq!(model.screen, Screen::Home);
    }
    let mut left = at_work(SIZE);
    press(&mut left, "V");
    press(&mut left, "l");
    let climbed = RungId::ALL.map(|id| rung(id, Some(true), "")).to_vec();
    assert_eq!(update(&mut left, Message::Climbed(Ok(climbed))), [], "who has left does not have a job run");
}

/// A word in the rule leaves no half of another one beside it, and one of several lines is told from what it covers.
#[test]
fn what_is_said_in_the_rule_covers_whole_words() {
    let mut model = home((40, 12));
    update(&mut model, Message::Notice("Stopped. What was done stays done.".into()));
    let screen = text(&drawn(&model));
    let rule = screen.lines().rev().nth(1).unwrap();
    assert_eq!(rule.trim_matches('─'), " Stopped. What was done stays done. ", "{screen}");
    let mut model = home(SIZE);
    update(&mut model, Message::Notice("one word ".repeat(12)));
    let screen = text(&drawn(&model));
    let lines: Vec<&str> = screen.lines().collect();
    assert_eq!(lines[20], "─".repeat(80), "{screen}");
    assert!(lines[21].starts_with("   one word") && lines[22].starts_with("   one word"), "{screen}");
    press(&mut model, "s");
    update(&mut model, operation(Verb::Restart));
    let screen = text(&drawn(&model));
    assert_eq!(screen.lines().nth(21), Some(&*"─".repeat(80)), "{screen}");
}
