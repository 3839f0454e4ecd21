//! What is said once, to whom a screen is new (in the first session of a user): in the rule above the keys, until the next
//! key.

use crate::tui::model::{Model, Overlay};
use crate::tui::screen::face;
use unicode_width::UnicodeWidthStr;

/// Fewer rows than this have no room for words of several lines.
const SMALL: u16 = 16;

/// Says it, where nothing else is said there; and from then on never again.
pub(super) fn say(model: &mut Model) {
    let face = face(model.screen);
    let Some(words) = face.first.filter(|_| model.notice.is_empty() && !model.looking && (face.holds)(model)) else {
        return;
    };
    if model.overlays.iter().any(|overlay| *overlay != Overlay::Palette) {
        return;
    }
    let words = words();
    // On a small screen it would cover what it speaks of.
    if usize::from(model.size.0) < words.width() + 6 && model.size.1 < SMALL {
        return;
    }
    let screen = format!("{:?}", model.screen).to_lowercase();
    if model.met.as_mut().is_some_and(|met| met.insert(screen)) {
        model.notice = words;
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::screen::every_face;

    #[test]
    fn it_fits_into_the_rule_of_80_columns() {
        for words in every_face().filter_map(|face| face.first).map(|words| words()) {
            assert!(words.chars().count() <= 54, "{words}");
        }
    }
}
