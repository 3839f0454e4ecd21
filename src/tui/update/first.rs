//! What is said once, to whom a screen is new: in the rule above the keys, until the next key.

use crate::tui::message::Effect;
use crate::tui::model::{Model, Overlay};
use crate::tui::screen::face;

/// Says it, where nothing else is said there; and from then on never again.
pub(super) fn say(model: &mut Model) -> Vec<Effect> {
    let face = face(model.screen);
    let Some(words) = face.first.filter(|_| model.notice.is_empty() && !model.looking && (face.holds)(model)) else {
        return vec![];
    };
    if model.overlays.iter().any(|overlay| *overlay != Overlay::Palette) {
        return vec![];
    }
    let screen = format!("{:?}", model.screen).to_lowercase();
    let Some(met) = &mut model.met else { return vec![] };
    if !met.insert(screen) {
        return vec![];
    }
    model.notice = words.into();
    vec![Effect::Met(met.clone())]
}

#[cfg(test)]
mod tests {
    use crate::tui::screen::every_face;

    #[test]
    fn it_fits_into_the_rule_of_80_columns() {
        for words in every_face().filter_map(|face| face.first) {
            assert!(words.chars().count() <= 54, "{words}");
        }
    }
}
