//! To what the volumes hold.

use super::way::open_screen;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};

/// Shows what the volumes hold, measured now.
pub(crate) fn open_volumes(model: &mut Model) -> Vec<Effect> {
    open_screen(model, Screen::Volumes);
    measure(model)
}

/// Has it measured; what was known is shown no more.
pub(crate) fn measure(model: &mut Model) -> Vec<Effect> {
    model.held = None;
    vec![Effect::Measure]
}
