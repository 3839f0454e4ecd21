//! The versions of the configuration: read, chosen, looked at, gone back to.

use crate::change::Listed;
use crate::problem::Result;
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};
use crate::tui::view::layout;

/// They were read.
pub(crate) fn on_read(model: &mut Model, read: Result<Vec<Listed>>) -> Vec<Effect> {
    let last = read.as_ref().map_or(0, |versions| versions.len().saturating_sub(1));
    model.history.at = model.history.at.min(last);
    model.history.versions = Some(read);
    vec![]
}

/// A key on the list, or on one of them.
pub(crate) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    let page = usize::from(layout::page(model.size).height).max(1);
    if let Some(to) = act.scrolled(model.history.at, page) {
        model.history.at = to.min(model.history.versions().len().saturating_sub(1));
        return vec![];
    }
    match act {
        Act::Main => go::open_screen(model, Screen::Version),
        Act::PutBack => return go::put_back_to(model),
        Act::Look => return go::read_versions(model),
        Act::Back => return go::go_back(model),
        _ => {}
    }
    vec![]
}
