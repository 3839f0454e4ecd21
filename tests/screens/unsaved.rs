//! What was typed and is not kept: what ends pipglr saves it, and the next editor has it back.

use super::editing::{open_editor, opened};
use super::given::{CONFIG, answered, home, press};
use pipglr::change::unsaved::Unsaved;
use pipglr::problem::{Exit, Problem};
use pipglr::secret::Secret;
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::model::{Model, Overlay, Question};
use pipglr::tui::update::update;

const SIZE: (u16, u16) = (80, 24);

fn editing() -> Model {
    let mut model = home(SIZE);
    open_editor(&mut model, CONFIG, true);
    model
}

/// An editor that has back what the one before it did not keep.
fn restored() -> (Model, Unsaved) {
    let mut model = home(SIZE);
    press(&mut model, "e");
    let unsaved = Unsaved { path: "/s/work/unsaved-1.toml".into(), text: Secret::new(format!("# typed\n{CONFIG}")) };
    let Message::Opened(Ok(mut message)) = opened(CONFIG, true) else { panic!() };
    message.unsaved = Some(unsaved.clone());
    let effects = update(&mut model, Message::Opened(Ok(message)));
    answered(&mut model, effects);
    (model, unsaved)
}

/// What would be saved, were all to end now.
fn at_hand(model: &Model) -> Option<String> {
    model.unsaved().map(|editor| editor.buffer.text().expose_str().to_owned())
}

fn forgets(effects: &[Effect]) -> Vec<&Unsaved> {
    let mut forgotten = vec![];
    for effect in effects {
        if let Effect::Forget(unsaved) = effect {
            forgotten.push(unsaved);
        }
    }
    forgotten
}

fn quits(effects: &[Effect], with: Exit) -> bool {
    effects.iter().any(|effect| *effect == Effect::Quit(with))
}

#[test]
fn what_is_typed_is_at_hand_until_it_is_kept_or_discarded() {
    let mut model = editing();
    assert_eq!(at_hand(&model), None, "nothing is typed");
    press(&mut model, "#");
    assert_eq!(at_hand(&model), Some(format!("#{CONFIG}")));
    press(&mut model, "Ctrl-z");
    assert_eq!(at_hand(&model), None, "it is as it was");
}

#[test]
fn a_second_ctrl_c_and_a_signal_leave_with_the_text_at_hand_and_a_yes_without_it() {
    for twice in ["Ctrl-c", "signal"] {
        let mut model = editing();
        press(&mut model, "#");
        let stop = |model: &mut Model| match twice {
            "signal" => update(model, Message::Interrupt),
            key => press(model, key),
        };
        assert!(!quits(&stop(&mut model), Exit::Interrupted));
        assert_eq!(model.overlays, [Overlay::Confirm(Question::LeaveUnsaved)]);
        if twice == "signal" {
            press(&mut model, "Ctrl-c");
        } else {
            assert!(quits(&stop(&mut model), Exit::Interrupted));
        }
        assert_eq!(at_hand(&model), Some(format!("#{CONFIG}")), "{twice}");
    }
    let mut model = editing();
    press(&mut model, "#");
    press(&mut model, "Ctrl-c");
    assert!(quits(&press(&mut model, "y"), Exit::Done));
    assert_eq!(at_hand(&model), None, "the user does not want it");
}

#[test]
fn the_next_editor_has_it_back_as_one_step() {
    let (mut model, unsaved) = restored();
    assert_eq!(at_hand(&model).as_deref(), Some(unsaved.text.expose_str()));
    assert!(model.editor.as_ref().unwrap().notice.contains("is back"));
    press(&mut model, "Ctrl-z");
    assert_eq!(model.editor.as_ref().unwrap().buffer.text().expose_str(), CONFIG);
}

#[test]
fn its_file_goes_when_it_is_kept_or_discarded_and_not_before() {
    let (mut model, unsaved) = restored();
    let effects = press(&mut model, "Ctrl-s");
    assert_eq!(forgets(&effects), [&unsaved; 0], "it is not kept yet");
    let effects = update(&mut model, Message::Waits(unsaved.text.clone()));
    assert_eq!(forgets(&effects), [&unsaved]);
    let standing = model.editor.as_ref().unwrap().standing.clone().unwrap();
    assert_eq!(standing.work, Some(unsaved.text), "what is kept next is written over this");

    let (mut model, unsaved) = restored();
    press(&mut model, "Esc");
    assert_eq!(forgets(&press(&mut model, "y")), [&unsaved]);
    assert!(model.editor.is_none());

    let (mut model, unsaved) = restored();
    press(&mut model, "Ctrl-c");
    assert_eq!(forgets(&press(&mut model, "y")), [&unsaved]);

    // What cannot be kept stays where it is.
    let (mut model, unsaved) = restored();
    press(&mut model, "Ctrl-s");
    let effects = update(&mut model, Message::Proposed(Err(Problem::new("Another pipglr has …", "Look."))));
    assert_eq!(forgets(&effects), [&unsaved; 0]);
    assert_eq!(model.editor.as_ref().unwrap().restored, Some(unsaved));
}

#[test]
fn a_first_configuration_is_kept_only_over_what_was_opened() {
    let mut model = home(SIZE);
    press(&mut model, "e");
    let Message::Opened(Ok(mut message)) = opened(CONFIG, false) else { panic!() };
    message.work = Some(Secret::new(CONFIG));
    let effects = update(&mut model, Message::Opened(Ok(message)));
    answered(&mut model, effects);
    press(&mut model, "#");
    let effects = press(&mut model, "Ctrl-s");
    let kept = effects.iter().find_map(|effect| match effect {
        Effect::Keep { from, text, .. } => Some((from.clone(), text.clone())),
        _ => None,
    });
    let (read, text) = kept.expect("it is kept");
    assert_eq!(read, Some(Secret::new(CONFIG)));
    let problem = Problem::new("Another pipglr has …", "`pipglr config apply` goes on.");
    update(&mut model, Message::Kept(Err(problem)));
    let editor = model.editor.as_ref().unwrap();
    assert!(editor.unsaved() && editor.notice.contains("goes on"), "{}", editor.notice);
    assert_eq!(editor.buffer.text(), text);
}
