//! An operation that runs.

pub(super) mod keys;
pub(crate) mod update;
mod view;

use super::face::{Body, Face};
use crate::tui::model::Model;
use crate::tui::view::layout;
use ratatui::Frame;

/// Its row.
pub(crate) const FACE: Face = Face {
    allowed: keys::allowed,
    beside_steps: true,
    body: Body::Drawn { draw, scrolls },
    ..Face::drawn(keys::tables, draw, update::on_act)
};

fn draw(model: &Model, frame: &mut Frame) {
    view::draw(model, frame, layout::body(model.size));
}

fn scrolls(model: &Model) -> bool {
    let rows = usize::from(layout::body(model.size).height);
    model.operation.as_ref().is_some_and(|operation| operation.lines.len() > rows / 2)
}
