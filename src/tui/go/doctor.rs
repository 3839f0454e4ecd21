//! To the doctor.

use super::way::open_screen;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};

/// Shows the doctor, and has the host examined.
pub(crate) fn open_doctor(model: &mut Model) -> Vec<Effect> {
    open_screen(model, Screen::Doctor);
    examine(model)
}

/// Has the host and the log examined, once at a time.
pub(crate) fn examine(model: &mut Model) -> Vec<Effect> {
    if model.doctor.asking {
        return vec![];
    }
    model.doctor.asking = true;
    vec![Effect::Examine(model.wants.without_tokens())]
}
