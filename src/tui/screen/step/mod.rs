//! One step.

pub(in crate::tui) mod keys;
pub(crate) mod update;
mod view;

use super::face::Face;

/// Its row.
pub(crate) const FACE: Face = Face {
    allowed: keys::allowed,
    hint: keys::hint,
    copies: view::addresses,
    first: Some(|| "Enter runs what is shown here, and nothing else.".into()),
    ..Face::step_page(keys::tables, view::lines, update::on_act)
};
