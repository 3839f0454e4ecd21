//! A change of the configuration before it is applied.

pub(super) mod keys;
pub(crate) mod update;
mod view;

use super::face::Face;

/// Its row.
pub(crate) const FACE: Face = Face {
    allowed: keys::allowed,
    hint: keys::hint,
    first: Some(|| "Enter applies it, Esc leaves all as it is.".into()),
    ..Face::page(keys::tables, view::lines, update::on_act)
};
