//! The program's own masks are not a configuration: a text that was shown without its secrets, and comes back.

use super::Findings;
use crate::config::toml_places::{self, What};
use crate::text::mask;

/// Checks that no value holds a mask, also where the text is broken. In a comment it harms nothing.
pub(super) fn check(found: &mut Findings) {
    let text = found.source.text;
    let masks = mask::masks(text);
    if masks.is_empty() {
        return;
    }
    let places = toml_places::places(text);
    let comments = toml_places::comments(text);
    for span in masks {
        if comments.iter().any(|comment| comment.contains(&span.start)) {
            continue;
        }
        let place = places.iter().rfind(|place| place.what != What::Header && place.span.start <= span.start);
        let key = place.map(super::super::toml_places::Place::key).unwrap_or_default();
        found
            .error(span, key, "This is the mask that pipglr shows in place of a secret, and not the secret itself.")
            .hint(
                "Put the secret in: `pipglr config show --reveal` shows the stored ones. Or write the line as it was.",
            );
    }
}
