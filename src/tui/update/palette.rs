//! Keys while the palette lies over the screen.

use super::{leave, perform};
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Overlay, Screen};
use crate::tui::palette::{Entry, Palette, matching};
use crate::tui::screen::face;

/// Opens it, with nothing typed.
pub(super) fn open(model: &mut Model) {
    model.palette = Palette::default();
    go::open_overlay(model, Overlay::Palette);
}

/// A key that is no text.
pub(super) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    let list = matching(model);
    let last = list.len().saturating_sub(1);
    if let Some(to) = act.scrolled(model.palette.at.min(last), 10) {
        model.palette.at = to.min(last);
        return vec![];
    }
    match act {
        Act::Main => match list.into_iter().nth(model.palette.at.min(last)) {
            Some(entry) => choose(model, &entry),
            None => vec![],
        },
        Act::Back => {
            model.overlays.pop();
            vec![]
        }
        Act::Help => {
            go::open_overlay(model, Overlay::Help);
            vec![]
        }
        Act::Stop => leave::stop(model),
        _ => vec![],
    }
}

/// Goes where it is done, and does it there, where that can be done now.
fn choose(model: &mut Model, entry: &Entry) -> Vec<Effect> {
    model.overlays.clear();
    let mut effects = match entry.there {
        Some(Screen::Home) => go::to_home(model),
        Some(Screen::Log) => go::open_log(model),
        Some(Screen::Doctor) => go::open_doctor(model),
        _ => vec![],
    };
    if (face(model.screen).allowed)(model, entry.act) {
        effects.extend(perform(model, entry.act));
    }
    effects
}
