//! The forms: of a registration, and of building the image.

pub(super) mod keys;
mod make;
pub(crate) mod update;
mod view;

use super::face::{Face, Text};
use crate::tui::view::layout;

/// The row of the registration form.
pub(super) const REGISTRATION: Face = Face {
    allowed: keys::allowed,
    copies: view::addresses,
    beside_steps: true,
    text: Some(Text { typing: |_| true, typed: update::on_typed, pasted: update::on_pasted }),
    ..Face::drawn(
        keys::tables,
        |model, frame| view::registration(model, frame, layout::body(model.size)),
        update::on_act,
    )
};

/// The row of the form of building the image.
pub(super) const BUILD: Face = Face {
    allowed: keys::allowed_building,
    beside_steps: true,
    text: Some(Text { typing: |_| true, typed: update::on_typed_building, pasted: update::on_pasted_building }),
    ..Face::drawn(
        keys::tables,
        |model, frame| view::build(model, frame, layout::body(model.size)),
        update::on_act_building,
    )
};

/// The row of the form of a runner that GitLab makes.
pub(super) const MAKE: Face = Face {
    allowed: keys::allowed_making,
    beside_steps: true,
    text: Some(Text { typing: |_| true, typed: make::on_typed, pasted: make::on_pasted }),
    ..Face::drawn(keys::tables, make::draw, make::on_act)
};
