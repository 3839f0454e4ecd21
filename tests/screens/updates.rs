//! Keys and messages in, model and effects out.

use super::every::every;
use super::given::*;
use pipglr::api::creation::{Created, Owner};
use pipglr::gitlab::Named;
use pipglr::lifecycle::Verb;
use pipglr::problem::{Exit, Problem};
use pipglr::secret::Secret;
use pipglr::steps::{Report, State, Step};
use pipglr::tui::form::Field;
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::model::{Model, Overlay, Purpose, Question, Screen};
use pipglr::tui::update::{self, update};
use std::path::Path;
use std::time::Duration;

pub const SIZE: (u16, u16) = (80, 24);

fn quits(effects: &[Effect]) -> Option<Exit> {
    effects.iter().find_map(|effect| match effect {
        Effect::Quit(exit) => Some(*exit),
        _ => None,
    })
}

pub fn looks(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Look { .. }))
}

#[test]
fn a_fresh_machine_begins_with_the_review_and_a_finished_one_at_home() {
    let mut model = review(SIZE);
    assert_eq!(model.screen, Screen::Review);
    press(&mut model, "Enter");
    assert_eq!((model.screen, model.step), (Screen::Step, Step::Persistent));
    let mut model = fresh(SIZE);
    update::start(&mut model);
    let effects = looked(&mut model, done);
    assert_eq!(model.screen, Screen::Home);
    assert!(matches!(effects.as_slice(), [Effect::Gather(..)]));
}

#[test]
fn plus_gives_what_runs_as_long_as_it_takes() {
    let mut model = at(Step::Image, SIZE);
    press(&mut model, "Enter");
    assert_eq!(press(&mut model, "+"), [Effect::Wait]);
    assert!(model.operation.as_ref().unwrap().patient);
    assert!(press(&mut model, "+").is_empty(), "once is enough");
}

/// What no step fixes is shown, looked at again, and when it is gone the steps are.
#[test]
fn what_stands_in_the_way_is_looked_at_until_it_is_gone() {
    let mut model = review(SIZE);
    let mut check = in_the_way();
    update(&mut model, Message::Checked(vec![check.clone()]));
    assert!(update(&mut model, Message::Tick(Duration::from_secs(1))).is_empty(), "not at once");
    let effects = update(&mut model, Message::Tick(Duration::from_secs(4)));
    assert!(matches!(effects.as_slice(), [Effect::Check(_)]), "{effects:?}");
    assert!(update(&mut model, Message::Tick(Duration::from_secs(9))).is_empty(), "one at a time");
    check.step = Some(Step::IdRanges); // a step fixes it
    let effects = update(&mut model, Message::Checked(vec![check]));
    assert!(matches!(effects.as_slice(), [Effect::Look { .. }]), "{effects:?}");
    assert!(model.checks.is_empty() && model.notice.contains("Nothing stands in the way"));
}

#[test]
fn a_step_is_applied_and_verified_and_the_page_is_turned_by_a_key() {
    let mut model = at(Step::IdRanges, SIZE);
    let effects = press(&mut model, "Enter");
    let [Effect::Apply { purpose: Purpose::Step(Step::IdRanges), plan: Some(plan), .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(*plan, report(Step::IdRanges).plan, "the plan that was shown");
    assert_eq!(model.screen, Screen::Operation);
    assert!(looks(&update(&mut model, Message::OperationDone(Ok(Some(done(Step::IdRanges)))))));
    assert!(model.done(Step::IdRanges));
    looked(&mut model, |step| if step <= Step::IdRanges { done(step) } else { report(step) });
    assert_eq!((model.screen, model.step), (Screen::Step, Step::IdRanges), "it is not turned by itself");
    press(&mut model, "Enter");
    assert_eq!((model.screen, model.step), (Screen::Step, Step::Image));
}

/// Enter, as it comes from a finger that was on its way.
fn at_once(model: &mut Model) -> Vec<Effect> {
    update(model, Message::Key(key("Enter")))
}

fn later(model: &mut Model, milliseconds: u64) {
    update(model, Message::Tick(model.now + Duration::from_millis(milliseconds)));
}

#[test]
fn enter_never_runs_what_was_not_read() {
    // The page was turned with a key, and the commands on it are new all the same.
    let mut model = at(Step::Persistent, SIZE);
    update(&mut model, Message::Key(key("↓")));
    assert_eq!(model.step, Step::IdRanges);
    assert_eq!(at_once(&mut model), []);
    later(&mut model, 999);
    assert_eq!(at_once(&mut model), []);
    assert!(model.deaf() && model.idle() == Some(Duration::from_millis(1)), "and it says so when it hears again");
    later(&mut model, 1);
    assert!(matches!(at_once(&mut model).as_slice(), [Effect::Apply { .. }]));

    // What runs has ended: on the page that is then shown Enter is deaf, and on the next one again.
    update(&mut model, Message::OperationDone(Ok(Some(done(Step::IdRanges)))));
    looked(&mut model, |step| if step <= Step::IdRanges { done(step) } else { report(step) });
    assert_eq!((at_once(&mut model), model.step), (vec![], Step::IdRanges));
    later(&mut model, 1000);
    assert_eq!((at_once(&mut model), model.step), (vec![], Step::Image));
    assert_eq!(at_once(&mut model), [], "a held key does not run what comes next");
    assert_eq!(model.screen, Screen::Step);
    later(&mut model, 1000);
    assert!(matches!(at_once(&mut model).as_slice(), [Effect::Apply { .. }]));

    // What failed is not tried again by a key that was meant for something else.
    update(&mut model, Message::OperationDone(Err(problem())));
    assert_eq!((at_once(&mut model), model.screen), (vec![], Screen::Failure));
    later(&mut model, 1000);
    assert!(matches!(at_once(&mut model).as_slice(), [Effect::Apply { .. }]));
}

#[test]
fn a_plan_that_appears_on_the_page_is_read_first() {
    let mut model = at(Step::Image, SIZE);
    press(&mut model, "e");
    press(&mut model, "Enter"); // looking…
    later(&mut model, 5000);
    looked(&mut model, |step| if step < Step::Image { done(step) } else { report(step) });
    assert_eq!(at_once(&mut model), []);
    later(&mut model, 1000);
    assert!(matches!(at_once(&mut model).as_slice(), [Effect::Apply { .. }]));
}

#[test]
fn what_comes_by_itself_takes_no_enter_for_a_second() {
    // The first look ends at home, the restart on the ladder, an administrator's part on the step.
    let mut model = fresh(SIZE);
    update::start(&mut model);
    looked(&mut model, report);
    assert_eq!((at_once(&mut model), model.screen), (vec![], Screen::Review));
    later(&mut model, 1000);
    at_once(&mut model);
    assert_eq!(model.screen, Screen::Step);

    let mut model = home(SIZE);
    press(&mut model, "s");
    update(&mut model, operation(Verb::Restart));
    press(&mut model, "y");
    update(&mut model, Message::OperationDone(Ok(None)));
    update(&mut model, Message::Climbed(Ok(vec![])));
    assert_eq!((at_once(&mut model), model.screen), (vec![], Screen::Ladder));
    later(&mut model, 1000);
    at_once(&mut model);
    assert_eq!(model.screen, Screen::Home);

    let mut model = at(Step::IdRanges, SIZE);
    press(&mut model, "p");
    update(&mut model, Message::Tick(Duration::from_secs(3)));
    looked(&mut model, |step| if step <= Step::IdRanges { done(step) } else { report(step) });
    assert_eq!((model.screen, model.step), (Screen::Step, Step::IdRanges));
    assert_eq!((at_once(&mut model), model.step), (vec![], Step::IdRanges));
}

#[test]
fn what_was_not_looked_at_since_is_not_run() {
    let mut model = at(Step::Image, SIZE);
    press(&mut model, "e");
    let effects = press(&mut model, "Enter");
    assert!(model.wants.build.is_some() && looks(&effects));
    assert_eq!(press(&mut model, "Enter"), [], "the plan on the screen is still the pull");
    looked(&mut model, |step| if step < Step::Image { done(step) } else { report(step) });
    assert!(matches!(press(&mut model, "Enter").as_slice(), [Effect::Apply { .. }]));
}

#[test]
fn an_answer_from_before_is_not_taken() {
    let mut model = review(SIZE);
    let old = model.round;
    press(&mut model, "r");
    update(&mut model, Message::Looked { round: old, step: Step::Persistent, report: Ok(done(Step::Persistent)) });
    assert!(!model.done(Step::Persistent));
}

#[test]
fn the_token_goes_from_the_form_to_the_vault_and_is_gone_after() {
    let mut model = at(Step::Registration, SIZE);
    press(&mut model, "Enter");
    assert_eq!(model.screen, Screen::Form);
    assert_eq!(model.form.as_ref().unwrap().focus, Field::Token, "what is pasted first is the token");
    press(&mut model, "↑");
    for letter in "q?c".chars() {
        press(&mut model, &letter.to_string());
    }
    let form = model.form.as_ref().unwrap();
    assert_eq!(form.url.text(), "q?c", "letters are text, in place of what was proposed");
    press(&mut model, "Ctrl-U");
    paste(&mut model, "https://GitLab.com/acme/app/-/settings/ci_cd");
    assert_eq!(press(&mut model, "Enter"), [], "no token yet: only the cursor moves");
    press(&mut model, "↑");
    paste(&mut model, "  glrt-t1_abcdefghijklmnop\r\n");
    assert!(model.notice.contains("masked"), "also where it does not belong");
    let effects = press(&mut model, "Enter");
    let [Effect::SaveAnswers(answers), Effect::Look { wants, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(answers.gitlab_url.as_deref(), Some("https://gitlab.com/"));
    assert_eq!(model.notice, "The URL is taken as https://gitlab.com/.");
    assert_eq!(wants.vault.tokens, [Secret::new(TOKEN)]);
    assert!(!format!("{effects:?}").contains("abcdefghijklmnop"));
    assert_eq!((model.screen, model.step), (Screen::Step, Step::Registration));
    let now = |step| match step {
        Step::Registration => registration(),
        step if step < Step::Registration => done(step),
        step => report(step),
    };
    looked(&mut model, now);
    press(&mut model, "Enter");
    update(&mut model, Message::OperationDone(Ok(Some(done(Step::Registration)))));
    assert!(model.wants.vault.tokens.is_empty() && model.form.is_none());
}

#[test]
fn a_failure_is_no_dead_end() {
    let now = |step| if step == Step::Registration { registration() } else { report(step) };
    let mut model = at_with(Step::Registration, SIZE, now);
    model.wants.vault.tokens = vec![Secret::new(TOKEN)];
    press(&mut model, "Enter");
    update(&mut model, Message::OperationDone(Err(problem())));
    assert_eq!(model.screen, Screen::Failure);
    assert!(matches!(press(&mut model, "Enter").as_slice(), [Effect::Apply { plan: None, .. }]), "from a fresh look");
    update(&mut model, Message::OperationDone(Err(problem())));
    press(&mut model, "e");
    assert_eq!(model.screen, Screen::Form);
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Failure);
    press(&mut model, "b");
    assert_eq!(model.screen, Screen::Step);

    let mut model = at(Step::IdRanges, SIZE);
    press(&mut model, "Enter");
    update(&mut model, Message::OperationDone(Err(needs_root())));
    looked(&mut model, |step| if step < Step::IdRanges { done(step) } else { report(step) });
    press(&mut model, "p");
    assert_eq!(model.screen, Screen::Admin);
    assert!(quits(&press(&mut model, "q")).is_some());
}

#[test]
fn an_administrator_is_waited_for() {
    let mut model = at(Step::IdRanges, SIZE);
    press(&mut model, "p");
    assert_eq!(update(&mut model, Message::Tick(Duration::from_secs(1))), []);
    assert_eq!(model.idle(), Some(Duration::from_secs(1)));
    assert!(looks(&update(&mut model, Message::Tick(Duration::from_secs(3)))));
    looked(&mut model, |step| if step < Step::IdRanges { done(step) } else { report(step) });
    assert_eq!(model.screen, Screen::Admin, "nothing has changed: it waits on");
    assert!(looks(&update(&mut model, Message::Tick(Duration::from_secs(7)))));
    // It was done: back to the step, by itself.
    assert!(looks(&looked(&mut model, |step| if step <= Step::IdRanges { done(step) } else { report(step) })));
    looked(&mut model, |step| if step <= Step::IdRanges { done(step) } else { report(step) });
    assert_eq!((model.screen, model.step), (Screen::Step, Step::IdRanges));
    press(&mut model, "Enter");
    assert_eq!((model.screen, model.step), (Screen::Step, Step::Image));
}

#[test]
fn an_administrator_is_asked_once_for_all() {
    let mut model = at(Step::Persistent, SIZE);
    press(&mut model, "p");
    assert_eq!(
        model.admin_lines(),
        ["sudo loginctl enable-linger johndoe", "sudo usermod --add-subuids 165536-165538 johndoe"]
    );
    let waiting = update(&mut model, Message::Tick(Duration::from_secs(3)));
    assert!(matches!(&waiting[..], [Effect::Look { steps, .. }] if *steps == Step::ALL[..2]), "{waiting:?}");
    // Half of it was done: the rest is waited for.
    looked(&mut model, |step| if step == Step::Persistent { done(step) } else { report(step) });
    assert_eq!(model.screen, Screen::Admin);
    update(&mut model, Message::Tick(Duration::from_secs(7)));
    looked(&mut model, |step| if step <= Step::IdRanges { done(step) } else { report(step) });
    assert_eq!((model.screen, model.step), (Screen::Step, Step::Persistent));
}

#[test]
fn a_token_pasted_where_there_is_no_field_is_not_ignored_silently() {
    for mut model in [review(SIZE), at(Step::Persistent, SIZE), at(Step::Registration, SIZE)] {
        let screen = model.screen;
        assert_eq!(update(&mut model, Message::Paste(Secret::new(TOKEN))), []);
        assert!(model.notice.contains("no field") && !model.notice.contains("glrt"), "{}", model.notice);
        assert_eq!(model.screen, screen);
    }
}

#[test]
fn ctrl_c_stops_what_runs_and_leaves_where_nothing_does() {
    let mut model = at(Step::Image, SIZE);
    press(&mut model, "Enter");
    assert_eq!(press(&mut model, "Ctrl-c"), [Effect::Stop]);
    assert!(model.operation.as_ref().unwrap().stopping);
    update(&mut model, Message::OperationDone(Err(Problem::interrupted())));
    assert_eq!(model.screen, Screen::Step, "no failure: it was asked for");
    assert!(model.notice.contains("Stopped"));
    assert_eq!(quits(&press(&mut model, "Ctrl-c")), Some(Exit::Interrupted));
    assert_eq!(quits(&update(&mut model, Message::Interrupt)), Some(Exit::Interrupted));
    for (name, mut model) in every(SIZE) {
        let effects = press(&mut model, "Ctrl-c");
        let alive = model.operation.is_some() || model.climb.climbing;
        assert!(quits(&effects).is_some() || alive && effects == [Effect::Stop], "{name}: {effects:?}");
    }
}

#[test]
fn q_asks_only_where_something_would_be_lost() {
    let mut model = review(SIZE);
    assert_eq!(quits(&press(&mut model, "q")), Some(Exit::Done));
    let mut model = at(Step::Image, SIZE);
    press(&mut model, "Enter");
    assert_eq!(press(&mut model, "q"), []);
    assert_eq!(model.overlays, [Overlay::Confirm(Question::Leave)]);
    press(&mut model, "n");
    assert!(model.overlays.is_empty());
    press(&mut model, "q");
    assert_eq!(press(&mut model, "y"), [Effect::Stop], "what runs is stopped first");
    assert!(quits(&update(&mut model, Message::OperationDone(Err(Problem::interrupted())))).is_some());
}

#[test]
fn esc_only_goes_back() {
    for (name, mut model) in every(SIZE) {
        for _ in 0..5 {
            let effects = press(&mut model, "Esc");
            assert_eq!(quits(&effects), None, "{name}");
        }
    }
    let mut model = fresh(SIZE);
    update::start_log(&mut model, Default::default());
    assert!(quits(&press(&mut model, "Esc")).is_some(), "`pipglr logs` has nothing behind it");
}

#[test]
fn steps_can_be_visited_and_waiting_ones_lead_to_what_they_wait_for() {
    let mut model = at(Step::Registration, SIZE);
    press(&mut model, "↓");
    assert_eq!(model.step, Step::Configuration);
    press(&mut model, "Enter");
    assert_eq!(model.step, Step::Registration);
    press(&mut model, "b");
    assert!(model.step < Step::Registration);
    press(&mut model, "w");
    assert_eq!(model.screen, Screen::Review);
}

#[test]
fn a_blocked_step_is_looked_at_again() {
    let mut model = at_with(Step::IdRanges, SIZE, |step| match step {
        Step::IdRanges => Report::not_yet(step, vec![], State::Blocked(problem())),
        step => report(step),
    });
    assert!(looks(&press(&mut model, "Enter")));
}

#[test]
fn gitlab_makes_the_runner_and_a_refusal_loses_nothing_that_was_typed() {
    let mut model = making(SIZE);
    press(&mut model, "Shift-Tab");
    paste(&mut model, "/srv/ca.pem");
    press(&mut model, "Tab");
    press(&mut model, "Tab");
    press(&mut model, " ");
    press(&mut model, "Tab");
    paste(&mut model, "acme/tools");
    let effects = press(&mut model, "Enter");
    let [Effect::Make { user, wanted, wants }] = &*effects else { panic!("{effects:?}") };
    let authority = Some(Path::new("/srv/ca.pem"));
    assert_eq!(wants.answers.ca_file.as_deref(), authority);
    assert_eq!((user.expose_str(), &wanted.owner), (ACCESS, &Owner::Group(Named::Path("acme/tools".into()))));
    assert_eq!(model.screen, Screen::Operation);
    update(&mut model, Message::OperationDone(Err(problem())));
    assert_eq!(model.screen, Screen::Failure);
    press(&mut model, "Enter");
    assert_eq!(model.screen, Screen::Make);
    assert!(matches!(&*press(&mut model, "Enter"), [Effect::Make { .. }]), "all is as it was typed");
    let created = Created { id: 7, token: Secret::new(TOKEN), server: "https://gitlab.example/".into() };
    update(&mut model, Message::Made(created, "box".into()));
    update(&mut model, Message::OperationDone(Ok(None)));
    assert!(model.make.is_none() && model.screen == Screen::Form, "the access token is kept nowhere");
    press(&mut model, "Enter");
    assert_eq!((&model.wants.vault.tokens, model.step), (&vec![Secret::new(TOKEN)], Step::Registration));
    assert_eq!(model.wants.answers.description.as_deref(), Some("box"));
    assert_eq!(model.wants.answers.ca_file.as_deref(), authority, "the registration trusts it too");
    assert_eq!(press(&mut model, "Esc"), []);
    assert_ne!(model.screen, Screen::Make);
}
