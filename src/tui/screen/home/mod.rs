//! A host that is set up.

pub(super) mod keys;
pub(crate) mod update;
mod view;

use super::face::{Body, Face};
use crate::tui::view::layout;

/// Its row.
pub(crate) const FACE: Face = Face {
    allowed: keys::allowed,
    hint: keys::hint,
    tick: update::on_tick,
    body: Body::Page { lines: view::lines, area: layout::full },
    first: Some("? lists the keys, Ctrl-P finds any action by its name."),
    ..Face::page(keys::tables, view::lines, update::on_act)
};
