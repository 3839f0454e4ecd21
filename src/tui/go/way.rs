//! The way from screen to screen: what is shown, and where `Esc` leads from it.

use crate::steps::Step;
use crate::tui::model::{Model, Overlay, Screen};

/// Shows a screen from its top. One that was passed on the way here ends the way: `Esc` goes round in no circle.
pub(crate) fn show(model: &mut Model, screen: Screen) {
    if let Some(at) = model.from.iter().position(|passed| *passed == screen) {
        model.from.truncate(at);
    }
    if screen == Screen::Operation {
        model.home.status = None; // how the host stands after it is not known
    }
    (model.screen, model.scroll) = (screen, 0);
}

/// Has `Esc` on what is shown next lead to this screen.
pub(crate) fn come_from(model: &mut Model, screen: Screen) {
    if model.from.last() != Some(&screen) {
        model.from.push(screen);
    }
}

/// Shows a screen from which `Esc` comes back to this one.
pub(crate) fn open_screen(model: &mut Model, screen: Screen) {
    come_from(model, model.screen);
    show(model, screen);
}

/// Shows a step from its top.
pub(crate) fn show_step(model: &mut Model, step: Step) {
    model.step = step;
    show(model, Screen::Step);
}

/// Lays a page or a question over the screen, once.
pub(crate) fn open_overlay(model: &mut Model, overlay: Overlay) {
    model.overlays.retain(|open| *open != overlay);
    model.overlays.push(overlay);
    (model.overlay_scroll, model.unanswered) = (0, false);
}
