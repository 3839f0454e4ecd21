//! Back to where a screen was opened from.

use super::home::to_home;
use super::log::open_given_log;
use super::way::show;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};

/// Goes back to where it was opened from; from a screen without a way back, home where there is one, else to the steps.
pub(crate) fn go_back(model: &mut Model) -> Vec<Effect> {
    if model.screen == Screen::Log
        && let Some(log) = model.log.behind.take()
    {
        return open_given_log(model, log);
    }
    match (model.from.pop(), model.screen) {
        (Some(Screen::Log), _) => {
            model.screen = Screen::Log; // nothing is behind it that was not there before
            return open_given_log(model, model.log.given.clone());
        }
        (Some(Screen::Home), _) => return to_home(model),
        (Some(to), _) => show(model, to),
        (None, Screen::Review | Screen::Ladder) if model.was_set_up() => return to_home(model),
        (None, Screen::Step) => show(model, Screen::Review),
        (None, _) => show(model, Screen::Step),
    }
    vec![]
}
