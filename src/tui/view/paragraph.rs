//! Lines on the screen: a page that is scrolled, and words that rise from a row.

use crate::tui::model::Model;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Paragraph};

/// Draws lines, from the one that is scrolled to; says where there is more.
pub(crate) fn paragraph(model: &Model, frame: &mut Frame, lines: Vec<Line<'static>>, area: Rect, scroll: usize) {
    let area = area.intersection(frame.area());
    let height = usize::from(area.height);
    let scroll = scroll.min(lines.len().saturating_sub(height));
    let below = lines.len().saturating_sub(scroll + height);
    let shown: Vec<Line> = lines.into_iter().skip(scroll).take(height).collect();
    frame.render_widget(Paragraph::new(shown), area);
    if height > 2 && area.width > 12 && (below > 0 || scroll > 0) {
        let word = match (scroll, below) {
            (_, 1..) => format!(" {below} more below "),
            _ => format!(" {scroll} more above "),
        };
        let width = (word.len() as u16).min(area.width);
        let at = Rect::new(area.right().saturating_sub(width), area.bottom(), width, 1).intersection(frame.area());
        // In the line below, which is a rule where there is room for one.
        if model.size.1 > 9 {
            frame.render_widget(Paragraph::new(word).style(model.theme.dim()), at);
        }
    }
}

/// Draws words of which the last line is in this row; those that have no room there cover what is above it.
pub(crate) fn rise(frame: &mut Frame, row: Rect, lines: Vec<Line<'static>>) {
    let height = (lines.len() as u16).clamp(1, row.y + 1);
    let area = Rect { y: row.y + 1 - height, height, ..row }.intersection(frame.area());
    let whole = Rect { x: 0, width: frame.area().width, height: height - 1, ..area };
    frame.render_widget(Clear, whole.intersection(frame.area()));
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(lines), area);
}
