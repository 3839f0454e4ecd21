//! To a log.

use super::way::{come_from, show};
use crate::tui::logview::{Given, LogView};
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};
use crate::tui::view::layout;

/// Opens the container's log, at the end.
pub fn open_log(model: &mut Model) -> Vec<Effect> {
    open_given_log(model, Given::default())
}

/// Opens a log, at the end.
pub fn open_given_log(model: &mut Model, given: Given) -> Vec<Effect> {
    if model.screen != Screen::Log {
        come_from(model, model.screen);
    }
    model.log = LogView::new(given.clone());
    resize_log(model);
    show(model, Screen::Log);
    vec![Effect::FollowLog(given)]
}

/// Tells the log how large its part of the screen is.
pub fn resize_log(model: &mut Model) {
    let area = layout::log_area(model.size);
    model.log.resize(usize::from(area.height), usize::from(area.width));
}
