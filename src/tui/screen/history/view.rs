//! The versions of the configuration, a line each; and what one of them changed.

use crate::change::Listed;
use crate::text::sanitize::sanitize;
use crate::tui::model::Model;
use crate::tui::theme::Sign;
use crate::tui::view::difference::difference;
use crate::tui::view::layout;
use crate::tui::view::local;
use crate::tui::view::paragraph::paragraph;
use crate::tui::view::report;
use crate::tui::view::text::{Page, cut};
use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Below this many columns a year and seconds have no room.
const NARROW: usize = 60;

/// Draws the list; the chosen one is in sight.
pub(super) fn draw(model: &Model, frame: &mut Frame) {
    let area = layout::page(model.size);
    let (lines, chosen) = lines(model, area.width);
    let scroll = (chosen + 1).saturating_sub(usize::from(area.height));
    paragraph(model, frame, lines, area, scroll);
}

/// Whether it has more lines than the screen.
pub(super) fn scrolls(model: &Model) -> bool {
    let area = layout::page(model.size);
    lines(model, area.width).0.len() > usize::from(area.height)
}

/// The list, and the row of the chosen one.
fn lines(model: &Model, width: u16) -> (Vec<Line<'static>>, usize) {
    let mut page = Page::new(model.theme, width);
    let mut chosen = 0;
    match &model.history.versions {
        None => page.text("reading…", model.theme.dim()),
        Some(Err(problem)) => {
            page.sign(Sign::Bad, "The versions cannot be read.", model.theme.bold());
            report::problem(model, &mut page, problem);
        }
        Some(Ok(versions)) if versions.is_empty() => {
            page.title("No version is stored yet.");
            page.text(
                "Each change by pipglr keeps the version before it; the first one is still to come.",
                Style::new(),
            );
        }
        Some(Ok(versions)) => {
            page.title(&format!("Versions of the configuration: {}, the newest first", versions.len()));
            if versions.iter().all(|listed| listed.stored.is_none()) {
                page.sign(Sign::Warn, "What is stored now is none of these: pipglr did not write it.", Style::new());
            }
            page.gap();
            for (at, listed) in versions.iter().enumerate() {
                if at == model.history.at {
                    chosen = page.lines.len();
                }
                row(model, &mut page, listed, at == model.history.at);
            }
        }
    }
    (page.lines, chosen)
}

fn row(model: &Model, page: &mut Page, listed: &Listed, chosen: bool) {
    let theme = page.theme;
    let here = if chosen { theme.sign(Sign::Here) } else { " " };
    let (sign, word) = match listed.stored {
        Some(true) => (Sign::Ok, "in force: "),
        Some(false) => (Sign::Warn, "stored, not in force yet: "),
        None => (Sign::Todo, ""),
    };
    let lead = format!("{here} {} {}  ", theme.sign(sign), when(model, listed, page.width < NARROW));
    let words = theme.text(&format!("{word}{}", sanitize(&listed.words)));
    let words = cut(theme, &words, page.width.saturating_sub(lead.chars().count()));
    let style = if chosen { theme.bold() } else { Style::new() };
    page.lines.push(Line::from(vec![
        Span::styled(format!("{here} "), theme.of(Sign::Here)),
        Span::styled(theme.sign(sign), theme.of(sign)),
        Span::styled(format!(" {}  ", when(model, listed, page.width < NARROW)), theme.dim()),
        Span::styled(words, style),
    ]));
}

/// What the chosen one changed.
pub(super) fn one(model: &Model, width: u16) -> Vec<Line<'static>> {
    let mut page = Page::new(model.theme, width);
    let Some(listed) = model.history.chosen() else { return page.lines };
    page.title(&format!("The version of {}", when(model, listed, false)));
    match listed.stored {
        Some(true) => page.sign(Sign::Ok, "It is in force.", Style::new()),
        Some(false) => {
            page.sign(Sign::Warn, "It is stored, and not in force yet: `pipglr config apply`.", Style::new())
        }
        None => {}
    }
    let path = listed.version.path.display().to_string();
    page.text(&path, model.theme.dim());
    page.gap();
    let first = model.history.at + 1 == model.history.versions().len();
    page.text(
        if first { "the oldest that is kept:" } else { "what it changed of the one before it:" },
        model.theme.dim(),
    );
    page.gap();
    difference(&mut page, &listed.diff);
    page.lines
}

/// When it was applied, in the machine's own time.
fn when(model: &Model, listed: &Listed, short: bool) -> String {
    let format = if short { "%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    local::at(model, listed.version.at, format)
}
