//! The lines for an administrator, who is waited for.

pub(super) mod keys;
pub(crate) mod update;
mod view;

use super::face::Face;

/// Its row.
pub(crate) const FACE: Face = Face {
    tick: update::on_tick,
    copies: |model| {
        let lines = model.admin_lines();
        if lines.is_empty() { vec![] } else { vec![lines.join("\n")] }
    },
    ..Face::step_page(keys::tables, view::lines, update::on_act)
};
