//! The keys that count now.

use super::binding::{ANYWHERE, Binding, COMMANDS, CONFIRM, END_JOBS, ENTER, Key, OVERLAY, PALETTE, SCROLL, TYPING};
use crate::tui::act::Act;
use crate::tui::model::{Model, Overlay, Screen};
use crate::tui::screen::{Face, face};
use crossterm::event::KeyEvent;

/// Returns whether letters are text now.
pub fn typing(model: &Model) -> bool {
    match model.overlays.last() {
        Some(Overlay::Palette) => true,
        Some(_) => false,
        None => typing_below(model),
    }
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
        Some(Overlay::Palette) => vec![PALETTE, TYPING],
        Some(Overlay::Commands) => vec![COMMANDS, OVERLAY, SCROLL, ANYWHERE],
        Some(Overlay::Help) => vec![OVERLAY, SCROLL, ANYWHERE],
        None => (face(model.screen).tables)(model),
    }
}

/// Whether a binding counts now; one that does not is in no help and does nothing.
fn counts(model: &Model, binding: &Binding) -> bool {
    model.overlays.last() == Some(&Overlay::Palette)
        || matches!(binding.act, Act::Back | Act::Questions | Act::Wrap) && !model.overlays.is_empty()
        || can(model, face(model.screen), binding.act)
}

/// Whether something can be done on a screen now.
fn can(model: &Model, face: &Face, act: Act) -> bool {
    (face.allowed)(model, act) && (act != Act::CopyNext || !(face.copies)(model).is_empty())
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
    each_once(tables(model), |binding| counts(model, binding))
}

/// Returns the same of the screen itself, whatever lies over it.
pub fn active_below(model: &Model) -> Vec<(String, &'static Binding)> {
    active_on(model, model.screen)
}

/// Returns the same of another screen, as far as can be said from here.
pub fn active_on(model: &Model, screen: Screen) -> Vec<(String, &'static Binding)> {
    let face = face(screen);
    each_once((face.tables)(model), |binding| can(model, face, binding.act))
}

/// Returns the key that does something on a screen, for what is said of it elsewhere. Enter may mean something else by the
/// time that one is there, so another key is rather named.
pub fn key_on(model: &Model, screen: Screen, act: Act) -> String {
    let tables = (face(screen).tables)(model);
    let mut keys = tables.into_iter().flatten().filter(|binding| binding.act == act).flat_map(|binding| binding.keys);
    let first = keys.next();
    first.filter(|key| **key != ENTER).or_else(|| keys.next()).or(first).map(|key| key.name()).unwrap_or_default()
}

fn each_once(tables: Vec<&'static [Binding]>, counts: impl Fn(&Binding) -> bool) -> Vec<(String, &'static Binding)> {
    let mut taken: Vec<Key> = Vec::new();
    let mut lines = Vec::new();
    for binding in tables.into_iter().flatten().filter(|binding| counts(binding)) {
        let free: Vec<Key> = binding.keys.iter().copied().filter(|key| !taken.contains(key)).collect();
        if !free.is_empty() {
            taken.extend(&free);
            lines.push((free.iter().map(|key| key.name()).collect::<Vec<_>>().join(" "), binding));
        }
    }
    lines
}
