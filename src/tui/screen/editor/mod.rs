//! The editor of the configuration.

mod beside;
pub(super) mod keys;
mod recipe_view;
pub(crate) mod update;
mod view;

use super::face::{Body, Face, Text};

/// Its row.
pub(crate) const FACE: Face = Face {
    allowed: keys::allowed,
    hint: keys::hint,
    body: Body::Drawn { draw: view::draw, scrolls: |model| recipe_view::limit(model) > 0 },
    text: Some(Text { typing: keys::typing, typed: update::on_typed, pasted: update::on_pasted }),
    first: Some("F1 lists the keys, Ctrl-S checks before it goes on."),
    ..Face::drawn(keys::tables, view::draw, update::on_act)
};
