//! Keys while something lies over the screen.

use super::leave;
use super::scroll::page;
use crate::problem::Exit;
use crate::tui::act::Act;
use crate::tui::go;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Overlay, Question};
use crate::tui::screen::{editor, step};
use crate::tui::view::limits::overlay_limit;

/// Keys while help or the commands lie over the screen.
pub(super) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    let to = act.scrolled(model.overlay_scroll, page(model)).unwrap_or(model.overlay_scroll);
    model.overlay_scroll = to.min(overlay_limit(model));
    match act {
        Act::Back => close(model),
        Act::Questions => {
            model.questions = !model.questions;
            model.overlay_scroll = overlay_limit(model); // read from their end
        }
        Act::Wrap => {
            model.scripts = !model.scripts;
            model.overlay_scroll = overlay_limit(model);
        }
        Act::Help if model.overlays.last() == Some(&Overlay::Help) => close(model),
        Act::Commands if model.overlays.last() == Some(&Overlay::Commands) => close(model),
        Act::Help => go::open_overlay(model, Overlay::Help),
        Act::Commands => {
            go::open_overlay(model, Overlay::Commands);
            return vec![Effect::Records];
        }
        Act::Quit => return leave::quit(model),
        Act::Stop => return leave::stop(model),
        Act::Suspend => return vec![Effect::Suspend],
        _ => {}
    }
    vec![]
}

fn close(model: &mut Model) {
    model.overlays.pop();
    // The commands are read from their end.
    model.overlay_scroll = if model.overlays.is_empty() { 0 } else { overlay_limit(model) };
}

/// A key while something is asked.
pub(super) fn confirm(model: &mut Model, question: Question, act: Act) -> Vec<Effect> {
    close(model);
    match (act, question) {
        (Act::Stop, _) => go::leave(model, Exit::Interrupted),
        (Act::Yes, Question::Leave) => go::leave(model, Exit::Done),
        (Act::Yes, Question::LeaveUnsaved) => {
            let mut effects =
                model.editor.take().map(|mut editor| go::forget_restored(&mut editor)).unwrap_or_default();
            effects.extend(go::leave(model, Exit::Done));
            effects
        }
        (Act::Yes, Question::CloseUnsaved) => editor::update::discard(model),
        (Act::Yes, Question::Recreate) => step::update::recreate_volumes(model),
        (Act::Yes, Question::Operate) => go::operate(model),
        (Act::End, Question::Operate) => go::plan_without_waiting(model),
        _ => vec![],
    }
}
