//! Enter never does what nobody can have read: while it means something new it is deaf for a second.

use crate::steps::{State, Step};
use crate::tui::act::Act;
use crate::tui::keys;
use crate::tui::model::{Model, Overlay, Screen};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::time::Duration;

/// How long Enter is deaf: a finger that was on its way has come down.
pub(super) const READING: Duration = Duration::from_secs(1);

/// What Enter means.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    screen: Screen,
    step: Step,
    overlay: Option<Overlay>,
    act: Option<Act>,
    /// The first page does nothing before all was looked at.
    waits: bool,
    runs: bool,
}

/// What it means now.
pub(super) fn meaning(model: &Model) -> Meaning {
    let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
    Meaning {
        screen: model.screen,
        step: model.step,
        overlay: model.overlays.last().copied(),
        act: keys::find(model, enter),
        waits: model.screen == Screen::Review && model.looking,
        runs: runs(model),
    }
}

/// Whether Enter runs the commands that are on the screen.
fn runs(model: &Model) -> bool {
    model.overlays.last() != Some(&Overlay::Palette)
        && model.screen == Screen::Step
        && model.state() == Some(&State::Ready)
        && model.fresh.contains(&model.step)
}

/// Takes note of what Enter means now. Who turned the page with a key knows what comes next, and yet not the commands
/// on it.
pub(super) fn note(model: &mut Model, before: &Meaning, by_key: bool) {
    let now = meaning(model);
    if now != *before && (!by_key || now.runs) {
        model.deaf_until = model.now + READING;
    } else if now != *before {
        model.deaf_until = Duration::ZERO;
    }
}
