//! How far what is in sight can be scrolled.

use super::layout;
use crate::tui::model::{Model, Overlay};
use crate::tui::screen::{Body, commands, face, help, palette};
use ratatui::text::Line;

/// Returns the lines of what lies over the screen, where it is a page of text.
pub(super) fn overlay_lines(model: &Model, width: u16) -> Option<Vec<Line<'static>>> {
    match model.overlays.last()? {
        Overlay::Help => Some(help::lines(model, width)),
        Overlay::Commands => Some(commands::lines(model, width)),
        Overlay::Palette => Some(palette::lines(model, width)),
        Overlay::Confirm(_) => None,
    }
}

/// Returns how far the screen can be scrolled.
pub fn scroll_limit(model: &Model) -> usize {
    let Body::Page { lines, area } = face(model.screen).body else { return 0 };
    let area = area(model.size);
    lines(model, area.width).len().saturating_sub(usize::from(area.height))
}

/// Returns how far what lies over it can be scrolled.
pub fn overlay_limit(model: &Model) -> usize {
    let area = layout::full(model.size);
    overlay_lines(model, area.width).unwrap_or_default().len().saturating_sub(usize::from(area.height))
}

/// Returns whether there is more of what is in sight than is in sight.
pub fn scrolls(model: &Model) -> bool {
    match (model.overlays.last(), &face(model.screen).body) {
        (Some(_), _) => overlay_limit(model) > 0,
        (None, Body::Drawn { scrolls, .. }) => scrolls(model),
        (None, Body::Page { .. }) => scroll_limit(model) > 0,
    }
}
