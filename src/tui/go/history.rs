//! To the versions of the configuration, and back to one of them.

use super::way::open_screen;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};

/// Shows the versions of the configuration.
pub(crate) fn open_history(model: &mut Model) -> Vec<Effect> {
    model.history.at = 0;
    open_screen(model, Screen::History);
    read_versions(model)
}

/// Has them read; what was known is shown no more.
pub(crate) fn read_versions(model: &mut Model) -> Vec<Effect> {
    model.history.versions = None;
    vec![Effect::Versions]
}

/// Has the way back to the chosen one planned.
pub(crate) fn put_back_to(model: &mut Model) -> Vec<Effect> {
    let Some(listed) = model.history.chosen() else { return vec![] };
    let at = listed.version.at;
    model.notice = "planning the way back to that version…".into();
    vec![Effect::Stop, Effect::PutBackTo(at)]
}
