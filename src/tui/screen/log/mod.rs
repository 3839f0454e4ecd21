//! The container's log.

mod fix;
pub(in crate::tui) mod keys;
mod legend;
pub(crate) mod update;
mod view;

use super::face::{Face, Text};
use crate::tui::act::Act;
use crate::tui::keys::binding::key_of;

/// Its row.
pub(crate) const FACE: Face = Face {
    allowed: keys::allowed,
    hint: keys::hint,
    legend: legend::words,
    tick: update::on_tick,
    text: Some(Text { typing: keys::typing, typed: update::on_typed, pasted: update::on_pasted }),
    first: Some(|| {
        let key = |act| key_of(keys::LOG, act);
        format!("{} holds still, {} searches, {} explains a line.", key(Act::Pause), key(Act::Search), key(Act::Doctor))
    }),
    holds: |model| model.log.panel.is_none(),
    ..Face::drawn(keys::tables, view::draw, update::on_act)
};
