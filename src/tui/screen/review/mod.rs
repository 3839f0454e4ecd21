//! All steps and their plans on one page.

pub(super) mod keys;
pub(crate) mod update;
mod view;

use super::face::Face;
use crate::tui::act::Act;
use crate::tui::keys::binding::{ANYWHERE, key_of};

/// Its row.
pub(crate) const FACE: Face = Face {
    allowed: keys::allowed,
    hint: keys::hint,
    tick: update::on_tick,
    first: Some(|| format!("Enter goes on step by step, {} lists the keys.", key_of(ANYWHERE, Act::Help))),
    ..Face::step_page(keys::tables, view::lines, update::on_act)
};
