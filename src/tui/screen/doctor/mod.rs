//! What the doctor found.

pub(super) mod keys;
pub(crate) mod update;
mod view;

use super::face::Face;
use crate::tui::act::Act;

/// Its row.
pub(crate) const FACE: Face = Face {
    allowed: keys::allowed,
    hint: keys::hint,
    first: Some(|| "Up and down choose, Enter goes to what fixes it.".into()),
    holds: |model| keys::allowed(model, Act::Main) && keys::allowed(model, Act::Next),
    ..Face::page(keys::tables, view::lines, update::on_act)
};
