//! The versions of the configuration: the list, and what one of them changed.

pub(super) mod keys;
pub(crate) mod update;
mod view;

use super::face::{Body, Face};
use crate::tui::act::Act;

/// The list's row.
pub(super) const LIST: Face = Face {
    allowed: keys::allowed,
    body: Body::Drawn { draw: view::draw, scrolls: view::scrolls },
    first: Some(|| "Up and down choose, Enter shows what changed.".into()),
    holds: |model| keys::allowed(model, Act::Main),
    ..Face::page(keys::tables, |_, _| vec![], update::on_act)
};

/// The row of one of them.
pub(super) const ONE: Face = Face { allowed: keys::allowed, ..Face::page(keys::tables, view::one, update::on_act) };
