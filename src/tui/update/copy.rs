//! What is copied goes to the terminal's clipboard, and where that takes nothing it is said.

use crate::secret::Secret;
use crate::tui::clipboard::Clipboard;
use crate::tui::message::Effect;
use crate::tui::model::Model;
use crate::tui::screen::face;

/// Copies what stands by itself on the screen; again the next, and behind the last the first.
pub(super) fn copy_next(model: &mut Model) -> Vec<Effect> {
    let all = (face(model.screen).copies)(model);
    let count = all.len().max(1);
    let at = model.copied % count;
    let Some(text) = all.into_iter().nth(at) else { return vec![] };
    model.copied = at + 1;
    model.notice = match (text.lines().count(), count) {
        (1, 1) => format!("Copied: {text}"),
        (1, _) => format!("Copied, {} of {count}: {text}", at + 1),
        (lines, _) => format!("{lines} lines are copied."),
    };
    vec![Effect::Copy(Secret::new(text))]
}

/// Says where the clipboard takes nothing, or may not.
pub(super) fn warn(model: &mut Model, effects: &mut Vec<Effect>) {
    let copies = |effect: &Effect| matches!(effect, Effect::Copy(_));
    let Some(warning) = model.clipboard.warning().filter(|_| effects.iter().any(copies)) else { return };
    match model.clipboard {
        Clipboard::None => {
            effects.retain(|effect| !copies(effect));
            model.notice = warning.into();
        }
        _ if model.notice.is_empty() => model.notice = warning.into(),
        _ => model.notice = format!("{} {warning}", model.notice),
    }
}
