//! What the volumes hold, and the way there and back.

use super::given::*;
use pipglr::lifecycle::{Operation, Verb};
use pipglr::plan::Plan;
use pipglr::tui::message::{Effect, Message};
use pipglr::tui::model::{Overlay, Question, Screen};
use pipglr::tui::update::update;

const SIZE: (u16, u16) = (80, 24);

#[test]
fn home_leads_to_what_the_volumes_hold_and_to_what_makes_room_there() {
    let mut model = home(SIZE);
    assert_eq!(press(&mut model, "v"), [Effect::Measure]);
    assert!(press(&mut model, "P").is_empty(), "not before it is known what there is");
    update(&mut model, Message::Measured(Ok(Box::new(held()))));
    assert_eq!(press(&mut model, "P"), [Effect::Plan(Verb::Prune, false)]);
    let nothing = Operation { verb: Verb::Prune, plan: Plan::default(), jobs: Some(vec![]), now: false };
    update(&mut model, Message::Planned(Verb::Prune, Ok(Box::new(nothing))));
    assert!(model.notice.starts_with("Nothing to do") && model.screen == Screen::Volumes, "{}", model.notice);
    press(&mut model, "n");
    assert_eq!((model.screen, model.overlays.clone()), (Screen::Step, vec![Overlay::Confirm(Question::Recreate)]));
    press(&mut model, "n");
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Volumes);
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Home);
}
