//! What stands in front of a line of the log, in words.

use crate::logs::Level;
use crate::tui::model::Model;
use crate::tui::theme::Sign;

/// Returns what the columns in front of a line mean, for the `?` page.
pub(super) fn words(model: &Model) -> Vec<String> {
    let sign = |sign| model.theme.sign(sign);
    let levels = Level::ALL.into_iter().filter(|level| *level != Level::Info);
    let levels: Vec<String> = levels.map(|level| format!("{} {}", level.letter(), level.word())).collect();
    let sources = model.log.sources().map(|source| format!("{} {}", source.letter(), source.word()));
    vec![format!(
        "In front of a line: {} where the cursor is; {} or {} what the doctor knows, * what you have marked; who said it ({}); \
         how bad it is ({}; nothing: info).",
        sign(Sign::Here),
        sign(Sign::Bad),
        sign(Sign::Warn),
        sources.join(", "),
        levels.join(", "),
    )]
}
