//! The editor of the configuration.

mod beside;
pub(in crate::tui) mod keys;
mod recipe_view;
pub(crate) mod update;
mod view;

use super::face::{Body, Face, Text};
use crate::tui::act::Act;
use crate::tui::keys::binding::{TYPING, key_of};

/// Its row.
pub(crate) const FACE: Face = Face {
    allowed: keys::allowed,
    hint: keys::hint,
    body: Body::Drawn { draw: view::draw, scrolls: |model| recipe_view::limit(model) > 0 },
    text: Some(Text { typing: keys::typing, typed: update::on_typed, pasted: update::on_pasted }),
    first: Some(|| {
        format!(
            "{} lists the keys, {} checks before it goes on.",
            key_of(TYPING, Act::Help),
            key_of(keys::EDITOR, Act::Keep)
        )
    }),
    ..Face::drawn(keys::tables, view::draw, update::on_act)
};
