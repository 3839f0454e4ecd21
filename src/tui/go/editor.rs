//! To the editor of the configuration, and out of it.

use super::back::go_back;
use super::look::look_at;
use super::way::{come_from, show_step};
use crate::steps::Step;
use crate::tui::editor::Editor;
use crate::tui::message::Effect;
use crate::tui::model::Model;

/// Has the configuration read; the editor opens when it is there.
pub(crate) fn open_editor(model: &mut Model) -> Vec<Effect> {
    model.notice = "reading the configuration…".into();
    come_from(model, model.screen);
    vec![Effect::Open]
}

/// Closes the editor: a first configuration leads to step 4, where it is committed; a change back to where it began.
pub(crate) fn close_editor(model: &mut Model) -> Vec<Effect> {
    let Some(editor) = model.editor.take() else { return vec![] };
    let mut effects = vec![];
    if editor.standing.is_some() || editor.untouched() {
        effects.extend(go_back(model));
    } else {
        show_step(model, Step::Configuration);
    }
    effects.extend(look_at(model, &Step::ALL));
    effects
}

/// What the text was begun from is not wanted any more: this text is kept, or is not wanted either.
pub(crate) fn forget_restored(editor: &mut Editor) -> Vec<Effect> {
    editor.restored.take().map(Effect::Forget).into_iter().collect()
}
