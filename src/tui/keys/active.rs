//! The keys that count now.

use super::binding::{ANYWHERE, Binding, CONFIRM, END_JOBS, Key, OVERLAY, SCROLL};
use crate::tui::act::Act;
use crate::tui::model::{Model, Overlay};
use crate::tui::screen::face;
use crossterm::event::KeyEvent;

/// Returns whether letters are text now.
pub fn typing(model: &Model) -> bool {
    model.overlays.is_empty() && typing_below(model)
}

/// Returns whether letters are text on the screen itself.
pub fn typing_below(model: &Model) -> bool {
    face(model.screen).text.as_ref().is_some_and(|text| (text.typing)(model))
}

/// The tables that count now, the closest first.
fn tables(model: &Model) -> Vec<&'static [Binding]> {
    match model.overlays.last() {
        Some(Overlay::Confirm(question)) if model.may_end_jobs(*question) => vec![END_JOBS, CONFIRM],
        Some(Overlay::Confirm(_)) => vec![CONFIRM],
        Some(Overlay::Help | Overlay::Commands) => vec![OVERLAY, SCROLL, ANYWHERE],
        None => (face(model.screen).tables)(model),
    }
}

/// Whether a binding counts now; one that does not is in no help and does nothing.
fn counts(model: &Model, binding: &Binding) -> bool {
    binding.act == Act::Back && !model.overlays.is_empty() || (face(model.screen).allowed)(model, binding.act)
}

/// Returns what a key means now.
pub fn find(model: &Model, event: KeyEvent) -> Option<Act> {
    tables(model)
        .into_iter()
        .flatten()
        .find(|binding| binding.keys.iter().any(|key| key.is(event)) && counts(model, binding))
        .map(|binding| binding.act)
}

/// Returns the bindings that count now, each key once.
pub fn active(model: &Model) -> Vec<(String, &'static Binding)> {
    each_once(model, tables(model))
}

/// Returns the same of the screen itself, whatever lies over it.
pub fn active_below(model: &Model) -> Vec<(String, &'static Binding)> {
    each_once(model, (face(model.screen).tables)(model))
}

fn each_once(model: &Model, tables: Vec<&'static [Binding]>) -> Vec<(String, &'static Binding)> {
    let mut taken: Vec<Key> = Vec::new();
    let mut lines = Vec::new();
    for binding in tables.into_iter().flatten().filter(|binding| counts(model, binding)) {
        let free: Vec<Key> = binding.keys.iter().copied().filter(|key| !taken.contains(key)).collect();
        if !free.is_empty() {
            taken.extend(&free);
            lines.push((free.iter().map(|key| key.name()).collect::<Vec<_>>().join(" "), binding));
        }
    }
    lines
}
