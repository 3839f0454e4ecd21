//! What the volumes hold.

pub(super) mod keys;
pub(crate) mod update;
mod view;

use super::face::Face;

/// Its row.
pub(crate) const FACE: Face = Face { allowed: keys::allowed, ..Face::page(keys::tables, view::lines, update::on_act) };
