//! The container's log.

mod fix;
pub(super) mod keys;
mod legend;
pub(crate) mod update;
mod view;

use super::face::{Face, Text};

/// Its row.
pub(crate) const FACE: Face = Face {
    allowed: keys::allowed,
    hint: keys::hint,
    legend: legend::words,
    tick: update::on_tick,
    text: Some(Text { typing: keys::typing, typed: update::on_typed, pasted: update::on_pasted }),
    first: Some("Space holds still, / searches, d explains a line."),
    holds: |model| model.log.panel.is_none(),
    ..Face::drawn(keys::tables, view::draw, update::on_act)
};
