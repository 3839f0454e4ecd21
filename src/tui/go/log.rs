//! To a log.

use super::way::{come_from, show};
use crate::tui::logview::{Given, LogView, Panel};
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};
use crate::tui::view::layout;

/// Opens the container's log, at the end.
pub(crate) fn open_log(model: &mut Model) -> Vec<Effect> {
    open_given_log(model, Given::default())
}

/// Opens the trace of a running job, in place of the log where that is on the screen.
pub(crate) fn open_trace(model: &mut Model, job: u64) -> Vec<Effect> {
    let behind = (model.screen == Screen::Log).then(|| model.log.given.clone());
    let Given { times, reveal, limits, .. } = behind.clone().unwrap_or_default();
    let effects = open_given_log(model, Given { job: Some(job), times, reveal, limits, ..Given::default() });
    model.log.behind = behind;
    effects
}

/// Opens the container's log with the table of its jobs over it.
pub(crate) fn open_jobs(model: &mut Model) -> Vec<Effect> {
    let effects = open_log(model);
    (model.log.panel, model.log.for_jobs) = (Some(Panel::Jobs(0)), true);
    effects
}

/// Opens a log, at the end.
pub(crate) fn open_given_log(model: &mut Model, given: Given) -> Vec<Effect> {
    if model.screen != Screen::Log {
        come_from(model, model.screen);
    }
    model.log = LogView::new(given.clone());
    resize_log(model);
    show(model, Screen::Log);
    vec![Effect::FollowLog(given)]
}

/// Tells the log how large its part of the screen is.
pub(crate) fn resize_log(model: &mut Model) {
    let area = layout::log_area(model.size);
    model.log.resize(usize::from(area.height), usize::from(area.width));
}
