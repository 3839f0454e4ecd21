//! Drawing: the model in, cells out. Nothing here changes anything.

pub(super) mod difference;
mod frame;
pub(super) mod layout;
pub(super) mod limits;
pub(super) mod local;
pub(super) mod paragraph;
pub(super) mod report;
pub(super) mod text;

use super::model::{Model, Overlay};
use super::screen::{Body, face, palette};
use layout::full;
use limits::overlay_lines;
pub use limits::{overlay_limit, scroll_limit, scrolls};
use paragraph::paragraph;
use ratatui::Frame;

/// Draws all of it.
pub fn draw(model: &Model, frame: &mut Frame) {
    if frame.area().is_empty() {
        return;
    }
    let lines = overlay_lines(model, full(model.size).width);
    frame::header(model, frame);
    frame::rules(model, frame, lines.is_none() && face(model.screen).beside_steps);
    match lines {
        Some(lines) => paragraph(model, frame, lines, full(model.size), model.overlay_scroll),
        None => screen(model, frame),
    }
    if model.overlays.last() == Some(&Overlay::Palette) {
        frame.set_cursor_position(palette::cursor(model)); // the terminal's own, for screen readers and input methods
    }
    if !matches!(model.overlays.last(), Some(Overlay::Confirm(_))) {
        frame::note(model, frame);
    }
    frame::footer(model, frame);
}

/// Draws what is on the screen itself.
fn screen(model: &Model, frame: &mut Frame) {
    let face = face(model.screen);
    if face.beside_steps {
        frame::sidebar(model, frame);
    }
    match &face.body {
        Body::Drawn { draw, .. } => draw(model, frame),
        Body::Page { lines, area } => {
            let area = area(model.size);
            paragraph(model, frame, lines(model, area.width), area, model.scroll);
        }
    }
}
