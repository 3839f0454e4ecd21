//! The line at the bottom.

use super::active::active;
use crate::tui::act::Act;
use crate::tui::model::Model;
use crate::tui::screen::face;
use crate::tui::view::limits::scrolls;

/// Returns the line at the bottom: key and word, the closest first.
pub fn hints(model: &Model) -> Vec<(String, String)> {
    active(model)
        .into_iter()
        .filter(|(_, binding)| !binding.hint.is_empty())
        .filter(|(_, binding)| binding.act != Act::PageDown || scrolls(model))
        .map(|(names, binding)| {
            let mut first = names.split(' ').next().unwrap_or_default().to_owned();
            if binding.act == Act::Main && model.deaf() {
                first.push('…'); // not yet
            }
            let word = if model.overlays.is_empty() { (face(model.screen).hint)(model, binding) } else { binding.hint };
            if matches!(binding.act, Act::Source(_) | Act::Number(_)) {
                // The word names them all: "1-6 a step".
                let (keys, word) = word.split_at(word.find(char::is_alphabetic).unwrap_or_default());
                return (keys.trim_end().to_owned(), word.to_owned());
            }
            (first, word.to_owned())
        })
        .collect()
}
