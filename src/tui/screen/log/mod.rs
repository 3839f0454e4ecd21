//! The container's log.

mod fix;
pub(super) mod keys;
pub(crate) mod update;
mod view;

use super::face::{Face, Text};

/// Its row.
pub(crate) const FACE: Face = Face {
    allowed: keys::allowed,
    hint: keys::hint,
    tick: update::on_tick,
    text: Some(Text { typing: keys::typing, typed: update::on_typed, pasted: update::on_pasted }),
    ..Face::drawn(keys::tables, view::draw, update::on_act)
};
