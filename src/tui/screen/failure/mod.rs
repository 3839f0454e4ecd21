//! What failed, and what to do.

pub(in crate::tui) mod keys;
pub(crate) mod update;
mod view;

use super::face::Face;

/// Its row.
pub(super) const FACE: Face =
    Face { allowed: keys::allowed, hint: keys::hint, ..Face::step_page(keys::tables, view::lines, update::on_act) };
