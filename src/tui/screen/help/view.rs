//! The keys of the screen one is on, from the table that handles them.

use crate::tui::act::Act;
use crate::tui::keys::active::{active_below, typing_below};
use crate::tui::model::{Model, Overlay};
use crate::tui::screen::face;
use crate::tui::view::text::{Page, pad};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// The page.
pub(crate) fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
    let mut page = Page::new(model.theme, width);
    page.title("Keys");
    page.gap();
    // Those of what is below: help's own are in the line at the bottom.
    let below = active_below(model);
    let mut rows: Vec<(String, &str)> = vec![];
    let mut numbered = false;
    for (names, binding) in below {
        let names = model.theme.keys(&names);
        // The steps' numbers are one row.
        match (binding.act, rows.last_mut()) {
            (Act::Number(_), Some(row)) if numbered => *row = (format!("1-{names}"), "go to the step of this number"),
            _ => rows.push((names, binding.help)),
        }
        numbered = matches!(binding.act, Act::Number(_));
    }
    let column = rows.iter().map(|(names, _)| names.width()).max().unwrap_or(0);
    for (names, help) in rows {
        let lead = Span::styled(format!("{}  ", pad(&names, column)), model.theme.key());
        page.behind(lead, help, Style::new());
    }
    for words in (face(model.screen).legend)(model) {
        page.gap();
        page.text(&words, Style::new());
    }
    if !model.keys.is_empty() {
        page.gap();
        page.text("Your own keys, as the settings have them:", model.theme.dim());
    }
    for (pressed, meant) in &model.keys {
        let lead = Span::styled(format!("{}  ", pad(&pressed.name(), column)), model.theme.key());
        page.behind(lead, &format!("as {}", meant.name()), Style::new());
    }
    if typing_below(model) {
        page.gap();
        page.text("All other keys are text.", model.theme.dim());
    }
    if model.overlays.contains(&Overlay::Commands) {
        page.gap();
        page.text("A command is ready to copy: the mouse selects, as everywhere here.", model.theme.dim());
    }
    page.lines
}
