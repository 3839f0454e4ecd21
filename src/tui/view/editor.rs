//! The editor: the widget draws, and the cells are then patched with colours, errors and dots.

use super::text::cut;
use crate::tui::editor::Editor;
use crate::tui::editor::toml::Class;
use crate::tui::model::Model;
use crate::tui::theme::{Sign, Theme};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use std::ops::Range;
use tui_textarea::DataCursor;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Draws it, its last row being what is wrong, or how it stands.
pub fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let area = area.intersection(frame.area());
    let Some(editor) = &model.editor else { return };
    if area.is_empty() {
        return;
    }
    // One column in front for the mark of a line with an error, one row below.
    let status = u16::from(area.height > 2);
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(1), height: area.height - status, ..area };
    let inner = inner.intersection(frame.area());
    if status > 0 {
        state(model, editor, frame, Rect { y: area.bottom() - 1, height: 1, ..area });
    }
    if inner.width < 8 {
        return;
    }
    frame.render_widget(&editor.area, inner);
    let top = usize::from(editor.area.scroll_offset().0);
    for row in top..(top + usize::from(inner.height)).min(editor.area.lines().len()) {
        paint(model.theme, editor, inner, row, frame.buffer_mut());
    }
    if editor.search.is_none() {
        cursor(editor, inner, frame);
    }
}

fn paint(theme: Theme, editor: &Editor, inner: Rect, row: usize, buffer: &mut Buffer) {
    for (range, class) in editor.spans.get(row).map(Vec::as_slice).unwrap_or_default() {
        let style = match class {
            Class::Comment => theme.dim(),
            Class::Header => theme.colour(Color::Magenta).add_modifier(Modifier::BOLD),
            Class::Key => theme.colour(Color::Cyan),
            Class::Text | Class::Secret => theme.colour(Color::Green),
        };
        let mask = (*class == Class::Secret && !editor.reveal).then(|| theme.mask());
        cells(editor, inner, row, range, &mut |at| {
            if let Some(cell) = buffer.cell_mut(at) {
                cell.set_style(style);
                if let Some(mask) = mask {
                    cell.set_symbol(mask);
                }
            }
        });
    }
    for error in editor.errors.iter().filter(|error| error.line == row + 1) {
        let top = usize::from(editor.area.scroll_offset().0);
        let y = inner.y + (row - top) as u16;
        if let Some(cell) = buffer.cell_mut((inner.x - 1, y)) {
            cell.set_symbol(theme.sign(Sign::Bad)).set_style(theme.of(Sign::Bad));
        }
        let wrong = theme.colour(Color::Red).add_modifier(Modifier::UNDERLINED);
        let line = editor.area.lines().get(row).map(String::as_str).unwrap_or_default();
        let start = line.char_indices().nth(error.column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
        // To the end of the line; one cell behind it where it is missing something.
        let range = if start >= line.len() { line.len()..line.len() + 1 } else { start..line.len() };
        cells(editor, inner, row, &range, &mut |at| {
            if let Some(cell) = buffer.cell_mut(at) {
                cell.set_style(wrong);
            }
        });
    }
}

/// The cells of a part of a line, as far as they are in sight.
fn cells(editor: &Editor, inner: Rect, row: usize, range: &Range<usize>, paint: &mut dyn FnMut((u16, u16))) {
    let (top, left) = editor.area.scroll_offset();
    let (top, left) = (usize::from(top), usize::from(left));
    let number = usize::from(editor.area.line_number_width());
    let tab = usize::from(editor.area.tab_length()).max(1);
    let Some(y) = row.checked_sub(top).filter(|y| *y < usize::from(inner.height)) else { return };
    let mut cell = |column: usize| {
        let x = number + column;
        if column >= left && x - left < usize::from(inner.width) {
            paint((inner.x + (x - left) as u16, inner.y + y as u16));
        }
    };
    let line = editor.area.lines().get(row).map(String::as_str).unwrap_or_default();
    let mut column = 0;
    for (at, c) in line.char_indices() {
        let width = if c == '\t' { tab - column % tab } else { c.width().unwrap_or(0) };
        if range.contains(&at) {
            (column..column + width).for_each(&mut cell);
        }
        column += width;
    }
    if range.contains(&line.len()) {
        cell(column);
    }
}

/// The terminal's own cursor, for screen readers and input methods.
fn cursor(editor: &Editor, inner: Rect, frame: &mut Frame) {
    let (top, left) = editor.area.scroll_offset();
    let at = editor.area.screen_cursor();
    let x = usize::from(inner.x) + usize::from(editor.area.line_number_width()) + at.col;
    let y = usize::from(inner.y) + at.row;
    let (Some(x), Some(y)) = (x.checked_sub(usize::from(left)), y.checked_sub(usize::from(top))) else { return };
    if x < usize::from(inner.right()) && y < usize::from(inner.bottom()) {
        frame.set_cursor_position((x as u16, y as u16));
    }
}

fn state(model: &Model, editor: &Editor, frame: &mut Frame, area: Rect) {
    let theme = model.theme;
    if let Some(search) = &editor.search {
        let lead = " search: ";
        let before: String = search.text().chars().take(search.cursor()).collect();
        let x = (usize::from(area.x) + lead.len() + before.width()).min(usize::from(area.right().saturating_sub(1)));
        let said = if editor.notice.is_empty() { String::new() } else { format!("   {}", editor.notice) };
        frame.render_widget(Paragraph::new(format!("{lead}{}{said}", search.text())), area);
        frame.set_cursor_position((x as u16, area.y));
        return;
    }
    let DataCursor(line, column) = editor.area.cursor();
    let place = format!("{}:{} ", line + 1, column + 1);
    let (sign, text) = match (&editor.notice, editor.error()) {
        (notice, _) if !notice.is_empty() => (Sign::Warn, notice.clone()),
        (_, Some(error)) => (Sign::Bad, format!("line {}: {}", error.line, error.message)),
        _ if editor.unsaved() => (Sign::Here, "changed, not kept yet".into()),
        _ => (Sign::Ok, "valid TOML".into()),
    };
    let room = usize::from(area.width).saturating_sub(place.len() + 4);
    let text = cut(theme, &text, room);
    let gap = " ".repeat(room.saturating_sub(text.width()));
    let lead = Span::styled(format!(" {} ", theme.sign(sign)), theme.of(sign));
    let line = Line::from(vec![lead, Span::raw(text), Span::raw(gap), Span::styled(place, theme.dim())]);
    frame.render_widget(Paragraph::new(line), area);
}
