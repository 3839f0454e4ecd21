//! Scrolling what is on the screen.

use crate::tui::act::Act;
use crate::tui::model::Model;
use crate::tui::view::layout;
use crate::tui::view::limits::{overlay_limit, scroll_limit};

/// Returns how many lines a page is.
pub(super) fn page(model: &Model) -> usize {
    layout::body(model.size).height.saturating_sub(1).max(1) as usize
}

/// Scrolls the screen; says whether the key does that.
pub(super) fn scroll(model: &mut Model, act: Act) -> bool {
    let Some(at) = act.scrolled(model.scroll, page(model)) else { return false };
    model.scroll = at.min(scroll_limit(model));
    true
}

/// Brings back what is scrolled beyond its end: it became shorter, or got more room.
pub(super) fn clamp(model: &mut Model) {
    model.scroll = model.scroll.min(scroll_limit(model));
    if !model.overlays.is_empty() {
        model.overlay_scroll = model.overlay_scroll.min(overlay_limit(model));
    }
}
