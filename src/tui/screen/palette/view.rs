//! What was typed, and what matches it.

use crate::tui::model::Model;
use crate::tui::palette::{Entry, matching};
use crate::tui::theme::{Sign, Theme};
use crate::tui::view::layout;
use crate::tui::view::text::{Page, cut, pad, wrap};
use ratatui::style::Style;
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
    let column = list.iter().map(|entry| theme.keys(&entry.keys).width()).max().unwrap_or(0).min(16);
    // From the first entry on with which the chosen one is in sight: what is long takes several rows.
    let rows: Vec<Vec<Line>> =
        (list.iter().enumerate()).map(|(index, entry)| rows(theme, entry, index == at, column, page.width)).collect();
    let mut first = 0;
    while first < at && rows[first..=at].iter().map(Vec::len).sum::<usize>() > room {
        first += 1;
    }
    page.lines.extend(rows.into_iter().skip(first).flatten().take(room));
    page.lines
}

/// One thing that can be done: its keys, and what they do in full.
fn rows(theme: Theme, entry: &Entry, chosen: bool, column: usize, width: usize) -> Vec<Line<'static>> {
    let keys = pad(&cut(theme, &theme.keys(&entry.keys), column), column);
    let place = if entry.place().is_empty() { String::new() } else { format!("{}: ", entry.place()) };
    let words = format!("{place}{}", theme.text(entry.words));
    let style = if chosen { theme.bold() } else { Style::new() };
    let mut lead = vec![
        Span::styled(format!("{} ", if chosen { theme.sign(Sign::Here) } else { " " }), theme.of(Sign::Here)),
        Span::styled(format!("{keys}  "), theme.key()),
    ];
    let blank = column + 4;
    wrap(&words, width.saturating_sub(blank))
        .into_iter()
        .map(|line| {
            let mut spans = std::mem::replace(&mut lead, vec![Span::raw(" ".repeat(blank))]);
            spans.push(Span::styled(line, style));
            Line::from(spans)
        })
        .collect()
}
