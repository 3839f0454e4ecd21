//! What was typed, and what matches it.

use crate::tui::model::Model;
use crate::tui::palette::matching;
use crate::tui::theme::Sign;
use crate::tui::view::layout;
use crate::tui::view::text::{Page, cut, pad};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

const QUESTION: &str = "What is to be done? ";

/// Returns where the cursor is.
pub(crate) fn cursor(model: &Model) -> (u16, u16) {
    let area = layout::full(model.size);
    let typed: String = model.palette.field.text().chars().take(model.palette.field.cursor()).collect();
    let x = area.x + (QUESTION.width() + typed.width()) as u16;
    (x.min(area.right().saturating_sub(1)), area.y)
}

/// The page: as much of the list as there is room for, with the chosen line in sight.
pub(crate) fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
    let theme = model.theme;
    let mut page = Page::new(theme, width);
    page.lines
        .push(Line::from(vec![Span::styled(QUESTION, theme.bold()), Span::raw(model.palette.field.text().to_owned())]));
    page.gap();
    let list = matching(model);
    if list.is_empty() {
        page.text("Nothing that can be done here is called so.", theme.dim());
    }
    let at = model.palette.at.min(list.len().saturating_sub(1));
    let room = usize::from(layout::full(model.size).height).saturating_sub(page.lines.len()).max(1);
    let first = (at + 1).saturating_sub(room);
    let column = list.iter().map(|entry| theme.text(&entry.keys).width()).max().unwrap_or(0).min(16);
    for (index, entry) in list.iter().enumerate().skip(first).take(room) {
        let sign = if index == at { theme.sign(Sign::Here) } else { " " };
        let keys = pad(&cut(theme, &theme.text(&entry.keys), column), column);
        let place = if entry.place().is_empty() { String::new() } else { format!("{}: ", entry.place()) };
        let left = page.width.saturating_sub(column + 4);
        let words = cut(theme, &format!("{place}{}", theme.text(entry.words)), left);
        let style = if index == at { theme.bold() } else { ratatui::style::Style::new() };
        page.lines.push(Line::from(vec![
            Span::styled(format!("{sign} "), theme.of(Sign::Here)),
            Span::styled(format!("{keys}  "), theme.command()),
            Span::styled(words, style),
        ]));
    }
    page.lines
}
