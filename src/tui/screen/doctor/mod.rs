//! What the doctor found.

pub(super) mod keys;
pub(crate) mod update;
mod view;

use super::face::Face;

/// Its row.
pub(crate) const FACE: Face = Face {
    allowed: keys::allowed,
    hint: keys::hint,
    first: Some("Up and down choose, Enter goes to what fixes it."),
    ..Face::page(keys::tables, view::lines, update::on_act)
};
