//! A host that is set up.

pub(super) mod keys;
pub(crate) mod update;
mod view;

use super::face::{Body, Face};
use crate::tui::act::Act;
use crate::tui::keys::binding::{ANYWHERE, key_of};
use crate::tui::view::layout;

/// Its row.
pub(crate) const FACE: Face = Face {
    allowed: keys::allowed,
    hint: keys::hint,
    tick: update::on_tick,
    body: Body::Page { lines: view::lines, area: layout::full },
    first: Some(|| {
        format!(
            "{} lists the keys, {} finds any action by its name.",
            key_of(ANYWHERE, Act::Help),
            key_of(ANYWHERE, Act::Palette)
        )
    }),
    ..Face::page(keys::tables, view::lines, update::on_act)
};
