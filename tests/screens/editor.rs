//! The editor and a change, by their keys.

use super::editing::*;
use super::given::*;
use pipglr::change::external_editor::Edited;
use pipglr::problem::{Exit, Kind, Problem};
use pipglr::secret::Secret;
use pipglr::steps::{Report, Step};
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::model::{Model, Overlay, Question, Screen};
use pipglr::tui::update::update;

const SIZE: (u16, u16) = (80, 24);

fn first(text: &str) -> Model {
    let mut model = home(SIZE);
    open_editor(&mut model, text, false);
    model
}

fn editing(text: &str) -> Model {
    let mut model = home(SIZE);
    open_editor(&mut model, text, true);
    model
}

fn text(model: &Model) -> String {
    model.editor.as_ref().unwrap().buffer.text().expose_str().to_owned()
}

fn notice(model: &Model) -> &str {
    &model.editor.as_ref().unwrap().notice
}

#[test]
fn what_is_no_toml_is_not_kept() {
    let mut model = editing(CONFIG);
    press(&mut model, "=");
    assert_eq!(press(&mut model, "Ctrl-s"), []);
    assert!(notice(&model).contains("line 1"), "{}", notice(&model));
    press(&mut model, "Ctrl-z");
    assert!(matches!(press(&mut model, "Ctrl-s").as_slice(), [Effect::Propose { .. }]));
}

#[test]
fn a_text_is_looked_at_before_it_is_kept_however_fast_the_key() {
    let mut model = editing(CONFIG);
    // The answer to what was typed is still under way.
    let effects = update(&mut model, Message::Key(key("=")));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Lint(_))));
    let kept = update(&mut model, Message::Key(key("Ctrl-s")));
    assert!(!kept.iter().any(|effect| matches!(effect, Effect::Propose { .. })), "{kept:?}");
    assert_eq!(answered(&mut model, effects), []);
    assert!(notice(&model).contains("line 1"), "{}", notice(&model));
}

#[test]
fn what_was_seen_in_an_older_text_does_not_count() {
    let mut model = editing(CONFIG);
    let old = update(&mut model, Message::Key(key("=")));
    let newer = update(&mut model, Message::Key(key("Backspace")));
    assert!(!newer.iter().any(|effect| matches!(effect, Effect::Lint(_))), "one at a time: {newer:?}");
    assert_eq!(answered(&mut model, old), []);
    let seen = &model.editor.as_ref().unwrap().seen;
    assert!(seen.answer.error().is_none(), "{:?}", seen.answer.findings);
    assert!(seen.current(model.editor.as_ref().unwrap().buffer.version()), "the newest was asked for then");
}

#[test]
fn a_first_configuration_is_committed_by_the_steps() {
    let mut model = first(CONFIG);
    press(&mut model, "End");
    press(&mut model, "#");
    let effects = press(&mut model, "Ctrl-s");
    let [Effect::Keep { text: kept, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(kept.expose_str().starts_with("concurrent = 1 # jobs#\n"));
    let effects = update(&mut model, Message::Kept(Ok(kept.clone())));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Look { .. })));
    assert_eq!((model.screen, model.step), (Screen::Step, Step::Configuration));
    assert_eq!(model.wants.answers.concurrent, Some(1), "the text's number counts");
}

#[test]
fn nothing_changed_leaves_nothing_and_a_change_is_asked_about() {
    let mut model = editing(CONFIG);
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Home);

    let mut model = editing(CONFIG);
    press(&mut model, "#");
    press(&mut model, "Esc");
    assert_eq!(model.overlays, [Overlay::Confirm(Question::CloseUnsaved)]);
    press(&mut model, "n");
    assert!(model.editor.is_some());
    let quits = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Quit(Exit::Interrupted)));
    assert!(!quits(&press(&mut model, "Ctrl-c")), "Ctrl-C asks where a text would be lost");
    assert!(quits(&press(&mut model, "Ctrl-c")));
}

#[test]
fn the_number_of_the_form_is_in_the_editor() {
    let ready = |step| match step {
        Step::Configuration => Report::ready(step, vec![], report(Step::Image).plan),
        step if step < Step::Configuration => done(step),
        step => report(step),
    };
    let mut model = at_with(Step::Configuration, SIZE, ready);
    model.wants.answers.concurrent = Some(5);
    open_editor(&mut model, CONFIG, false);
    assert!(text(&model).starts_with("concurrent = 5 # jobs"));
}

#[test]
fn copy_leaves_by_the_terminal_and_ctrl_c_without_a_selection_leaves() {
    let mut model = editing(CONFIG);
    press(&mut model, "Ctrl-a");
    let effects = press(&mut model, "Ctrl-c");
    let [Effect::Copy(copied)] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(copied.expose_str().contains("token = \"[MASKED]\"") && !copied.expose_str().contains(TOKEN));
    press(&mut model, "Esc");
    assert!(matches!(press(&mut model, "Ctrl-c").as_slice(), [.., Effect::Quit(_)]));
}

#[test]
fn completion_is_asked_for_chosen_and_put_in() {
    let mut model = editing("conc\n");
    press(&mut model, "End");
    press(&mut model, "Tab");
    let popup = model.editor.as_ref().unwrap().popup.as_ref().expect("a list");
    assert_eq!(popup.list.answer.items[0].text.split_whitespace().next(), Some("concurrent"));
    press(&mut model, "Enter");
    assert!(text(&model).starts_with("concurrent"), "{}", text(&model));
    assert!(model.editor.as_ref().unwrap().popup.is_some(), "its values follow");
    press(&mut model, "Esc");
    assert!(model.editor.as_ref().unwrap().popup.is_none());
    press(&mut model, "Ctrl-z");
    assert_eq!(text(&model), "conc\n");
    press(&mut model, "Home");
    press(&mut model, "Tab");
    assert_eq!(text(&model), "  conc\n", "in front of a line Tab makes room");
    press(&mut model, "Ctrl-Space");
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Editor);
}

#[test]
fn from_error_to_error() {
    let mut model = editing("concurrent = 1\ncheck_interval = \"x\"\n\nlog_level = 3\n");
    press(&mut model, "F8");
    assert_eq!(model.editor.as_ref().unwrap().buffer.cursor().0, 1);
    press(&mut model, "F8");
    assert_eq!(model.editor.as_ref().unwrap().buffer.cursor().0, 3);
    press(&mut model, "F7");
    assert_eq!(model.editor.as_ref().unwrap().buffer.cursor().0, 1);
}

#[test]
fn a_recipe_is_looked_at_and_is_one_step() {
    let mut model = editing(CONFIG);
    press(&mut model, "F4");
    press(&mut model, "Esc");
    assert!(model.editor.as_ref().unwrap().recipes.is_none());
    to_preview(&mut model);
    assert_eq!(text(&model), CONFIG, "nothing is changed yet");
    press(&mut model, "Enter");
    assert_ne!(text(&model), CONFIG);
    press(&mut model, "Ctrl-z");
    assert_eq!(text(&model), CONFIG);
}

#[test]
fn what_another_editor_made_of_it_can_be_taken_back() {
    let mut model = editing(CONFIG);
    let effects = press(&mut model, "Ctrl-e");
    assert!(matches!(effects.as_slice(), [Effect::Lend(given)] if given.expose_str() == CONFIG), "{effects:?}");
    update(&mut model, Message::Edited(Ok(Edited { text: Secret::new("concurrent = 9\n"), left: None })));
    assert_eq!(text(&model), "concurrent = 9\n");
    press(&mut model, "Ctrl-z");
    assert_eq!(text(&model), CONFIG);
    update(&mut model, Message::Edited(Err(Problem::new("vi ended with exit code 1.", "Nothing was changed."))));
    assert!(notice(&model).contains("exit code 1"));
}

fn proposed() -> (Model, String) {
    let mut model = editing(CONFIG);
    press(&mut model, "#");
    let effects = press(&mut model, "Ctrl-s");
    let [Effect::Propose { text, standing: Some(_), now: false, .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    let new = text.expose_str().to_owned();
    let message = planned(&model, &new, None);
    update(&mut model, message);
    assert_eq!(model.screen, Screen::Change);
    (model, new)
}

#[test]
fn a_container_that_is_recreated_gives_up_its_rights_by_a_key() {
    let (mut model, new) = proposed();
    assert!(press(&mut model, "o").is_empty(), "it has none to give up");
    for (has, decided) in [(true, false), (false, true)] {
        let Message::Proposed(Ok(mut offer)) = planned(&model, &new, None) else { panic!("not planned") };
        offer.proposal.privileged = Some(has);
        update(&mut model, Message::Proposed(Ok(offer)));
        let effects = press(&mut model, "o");
        let [Effect::Decide { privileged }, Effect::Propose { text, .. }] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        assert_eq!((*privileged, text.expose_str()), (decided, new.as_str()), "and planned again");
    }
}

#[test]
fn a_change_is_looked_at_applied_and_climbs() {
    let (mut model, new) = proposed();
    press(&mut model, "Esc");
    assert_eq!((model.screen, text(&model)), (Screen::Editor, new.clone()), "and back to the text");
    let message = planned(&model, &new, None);
    update(&mut model, message);
    assert!(matches!(press(&mut model, "!").as_slice(), [Effect::Propose { now: true, .. }]), "end the jobs");
    let effects = press(&mut model, "Enter");
    assert!(matches!(effects.as_slice(), [Effect::Change(..)]), "{effects:?}");
    assert_eq!(model.screen, Screen::Operation);
    let effects = update(&mut model, Message::OperationDone(Ok(None)));
    assert!(matches!(effects.as_slice(), [Effect::Climb]), "{effects:?}");
    assert_eq!(model.screen, Screen::Ladder);
    assert!(model.editor.is_none());
    // A rung fails: the old one is one key away, and goes the same path.
    update(&mut model, Message::Climbed(Ok(vec![rung(pipglr::ladder::RungId::Runner, Some(false), "failed")])));
    assert!(matches!(press(&mut model, "z").as_slice(), [Effect::Stop, Effect::PutBack]));
    let message = planned(&model, CONFIG, Some("the version of today"));
    update(&mut model, message);
    assert_eq!(model.screen, Screen::Change);
    assert!(matches!(press(&mut model, "Enter").as_slice(), [Effect::Change(..)]));
    update(&mut model, Message::OperationDone(Ok(None)));
    assert_eq!(model.screen, Screen::Ladder);
    update(&mut model, Message::Climbed(Ok(vec![])));
    assert_eq!(press(&mut model, "z"), [], "what was put back is not offered to be put back");
}

#[test]
fn a_change_that_fails_loses_no_text() {
    let (mut model, new) = proposed();
    press(&mut model, "Enter");
    update(&mut model, Message::OperationDone(Err(Problem::new("podman secret create failed.", "Look at it."))));
    assert_eq!(model.screen, Screen::Failure);
    let effects = press(&mut model, "Enter");
    assert!(matches!(effects.as_slice(), [Effect::Propose { standing: None, .. }]), "planned anew: {effects:?}");
    press(&mut model, "e");
    assert_eq!((model.screen, text(&model)), (Screen::Editor, new));
}

#[test]
fn what_is_typed_while_a_change_is_planned_is_not_lost() {
    let mut model = editing(CONFIG);
    press(&mut model, "#");
    press(&mut model, "Ctrl-s");
    let message = planned(&model, &text(&model), None);
    press(&mut model, "x");
    update(&mut model, message);
    assert_eq!(model.screen, Screen::Editor);
    assert!(notice(&model).contains("changed meanwhile") && model.editor.as_ref().unwrap().unsaved());
}

#[test]
fn a_refusal_leads_back_to_the_text() {
    let mut model = editing(CONFIG);
    press(&mut model, "#");
    press(&mut model, "Ctrl-s");
    let problem = Problem::new("The gitlab-runner in the image does not take it.", "Fix it.").kind(Kind::Found);
    update(&mut model, Message::Proposed(Err(problem)));
    assert_eq!(model.screen, Screen::Failure);
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Editor);
    assert!(text(&model).starts_with('#'));
}
