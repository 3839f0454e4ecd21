//! All steps and their plans on one page.

pub(super) mod keys;
pub(crate) mod update;
mod view;

use super::face::Face;

/// Its row.
pub(crate) const FACE: Face = Face {
    allowed: keys::allowed,
    hint: keys::hint,
    tick: update::on_tick,
    first: Some("Enter goes on step by step, ? lists the keys."),
    ..Face::step_page(keys::tables, view::lines, update::on_act)
};
