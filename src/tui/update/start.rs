//! What is done first.

use crate::steps::Step;
use crate::tui::go;
use crate::tui::logview::Given;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen, Then};
use crate::tui::screen::review;

/// Starts with a look at everything.
pub fn start(model: &mut Model) -> Vec<Effect> {
    model.then = Then::Start;
    let mut effects = go::look_at(model, &Step::ALL);
    effects.extend(review::update::check(model));
    effects
}

/// Starts with the editor of the configuration; `Esc` leads home.
pub fn start_edit(model: &mut Model) -> Vec<Effect> {
    let mut effects = go::to_home(model);
    effects.extend(go::look_at(model, &Step::ALL));
    effects.extend(go::open_editor(model));
    effects
}

/// Starts with the log, and nothing else.
pub fn start_log(model: &mut Model, given: Given) -> Vec<Effect> {
    model.screen = Screen::Log; // so that Esc leaves
    go::open_given_log(model, given)
}
