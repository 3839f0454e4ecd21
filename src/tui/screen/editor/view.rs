//! The editor: the widget draws, and the cells are then patched with colours, findings and dots.

use super::beside::{self, sign};
use super::recipe_view;
use crate::config::lint::Severity;
use crate::text::plural::count;
use crate::tui::editor::Editor;
use crate::tui::editor::prompt::{Ask, Prompt};
use crate::tui::editor::toml::Class;
use crate::tui::model::Model;
use crate::tui::theme::{Sign, Theme};
use crate::tui::view::layout::rows;
use crate::tui::view::paragraph::rise;
use crate::tui::view::text::{cut, pad, wrap};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use std::ops::Range;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// From this many columns on help is beside the text.
const BESIDE: u16 = 110;
/// The help's columns there, with the line in front.
const HELP_COLUMNS: u16 = 42;
/// Below this many columns there is little room on the last row.
const NARROW: usize = 60;
/// The help's rows below the text, with the line above.
const HELP_ROWS: u16 = 5;

/// Where everything is.
pub(super) struct Areas {
    /// The text, with a column in front for marks.
    pub text: Rect,
    /// The help, where there is room for it.
    pub help: Option<Rect>,
    /// Whether it is beside the text, or below.
    pub beside: bool,
    /// The last row, where there is one.
    pub status: Option<Rect>,
}

/// Where everything is at a size.
pub(super) fn areas(size: (u16, u16)) -> Areas {
    let area = rows(size);
    let status = (area.height > 2).then(|| Rect { y: area.bottom() - 1, height: 1, ..area });
    let area = Rect { height: area.height - u16::from(status.is_some()), ..area };
    let beside = area.width >= BESIDE;
    let (text, help) = if beside {
        let text = Rect { width: area.width - HELP_COLUMNS, ..area };
        (text, Some(Rect { x: text.right(), width: HELP_COLUMNS, ..area }))
    } else if area.height >= 3 * HELP_ROWS {
        let text = Rect { height: area.height - HELP_ROWS, ..area };
        (text, Some(Rect { y: text.bottom(), height: HELP_ROWS, ..area }))
    } else {
        (area, None)
    };
    Areas { text, help, beside, status }
}

/// Draws it, its last row being what is wrong, or how it stands.
pub(super) fn draw(model: &Model, frame: &mut Frame) {
    let areas = areas(model.size);
    let Some(editor) = &model.editor else { return };
    if let Some(recipes) = &editor.recipes {
        recipe_view::draw(model, editor, recipes, frame);
        return;
    }
    if let Some(help) = areas.help {
        beside::help(model.theme, editor, frame, help.intersection(frame.area()), areas.beside);
    }
    lines(model, editor, frame, areas.text.intersection(frame.area()));
    if let Some(status) = areas.status {
        state(model, editor, frame, status.intersection(frame.area()));
    }
}

/// The text, and what lies over it.
fn lines(model: &Model, editor: &Editor, frame: &mut Frame, area: Rect) {
    let gutter = gutter(editor.buffer.lines().len());
    // Behind the text a column for what says that a line goes on.
    let inner = Rect { x: area.x + gutter, width: area.width.saturating_sub(gutter + 1), ..area };
    let inner = inner.intersection(frame.area());
    if inner.width < 8 || inner.height == 0 {
        return;
    }
    frame.render_widget(editor.buffer.area(), inner);
    let top = usize::from(editor.buffer.area().scroll_offset().0);
    let view = View { theme: model.theme, editor, inner, gutter };
    for row in top..(top + usize::from(inner.height)).min(editor.buffer.lines().len()) {
        view.paint(row, frame.buffer_mut());
    }
    let cursor = view.cursor();
    if let (Some(cursor), Some(popup)) = (cursor, &editor.popup) {
        beside::popup(model.theme, popup, cursor, area, frame);
    }
    if let (Some(cursor), None) = (cursor, &editor.prompt) {
        frame.set_cursor_position(cursor); // the terminal's own, for screen readers and input methods
    }
}

/// The columns in front of the text: a mark, a line's number, a blank. They stay where the text is scrolled sideways.
fn gutter(lines: usize) -> u16 {
    lines.max(1).ilog10() as u16 + 4
}

/// The text on the screen.
struct View<'a> {
    theme: Theme,
    editor: &'a Editor,
    inner: Rect,
    gutter: u16,
}

impl View<'_> {
    fn paint(&self, row: usize, buffer: &mut Buffer) {
        let (theme, editor) = (self.theme, self.editor);
        let Some(line) = editor.buffer.lines().get(row) else { return };
        let column = |at: usize| if line.is_ascii() { at } else { line[..at].chars().count() };
        for (range, class) in editor.buffer.highlight().line(row) {
            let style = match class {
                Class::Comment => theme.dim(),
                Class::Header => theme.colour(Color::Magenta).add_modifier(Modifier::BOLD),
                Class::Key => theme.colour(Color::Cyan),
                Class::Text | Class::Secret => theme.colour(Color::Green),
            };
            self.cells(line, row, &(column(range.start)..column(range.end)), buffer, style, None);
        }
        if !editor.reveal {
            for part in editor.hidden(row) {
                self.cells(line, row, &part, buffer, Style::new(), Some(theme.mask()));
            }
        }
        if let Some(cr) = editor.buffer.cr() {
            for (at, _) in line.chars().enumerate().filter(|(_, c)| *c == cr) {
                self.cells(line, row, &(at..at + 1), buffer, theme.dim(), Some(if theme.unicode { "␍" } else { "?" }));
            }
        }
        let marks = editor.seen.answer.marks(row);
        for mark in marks {
            let style = severity(theme, mark.severity).add_modifier(Modifier::UNDERLINED);
            let length = line.chars().count();
            // One cell behind the end, where it is missing something.
            let from = mark.columns.start.min(length);
            self.cells(line, row, &(from..mark.columns.end.max(from + 1)), buffer, style, None);
        }
        let Some(y) = self.y(row) else { return };
        let digits = usize::from(self.gutter) - 2;
        buffer.set_string(self.inner.x + 1 - self.gutter, y, format!("{:>digits$} ", row + 1), theme.dim());
        if let Some(worst) = marks.iter().map(|mark| mark.severity).min() {
            let sign = sign(worst);
            put(buffer, self.inner.x - self.gutter, y, theme.sign(sign), theme.of(sign));
        }
        let (before, behind) = self.cut(line);
        if before {
            put(buffer, self.inner.x - 1, y, theme.goes_on().0, theme.command());
        }
        if behind {
            put(buffer, self.inner.right(), y, theme.goes_on().1, theme.command());
        }
    }

    /// Whether a line has something to the left of what is in sight, and to the right.
    fn cut(&self, line: &str) -> (bool, bool) {
        let left = usize::from(self.editor.buffer.area().scroll_offset().1);
        (left > 0 && !line.is_empty(), self.columns(line) > left + usize::from(self.inner.width))
    }

    /// How many columns a line takes.
    fn columns(&self, line: &str) -> usize {
        let tab = usize::from(self.editor.buffer.area().tab_length()).max(1);
        let next =
            |column: usize, c: char| column + if c == '\t' { tab - column % tab } else { c.width().unwrap_or(0) };
        line.chars().fold(0, next)
    }

    fn y(&self, row: usize) -> Option<u16> {
        let top = usize::from(self.editor.buffer.area().scroll_offset().0);
        let y = row.checked_sub(top).filter(|y| *y < usize::from(self.inner.height))?;
        Some(self.inner.y + y as u16)
    }

    /// Changes the cells of some characters of a line, as far as they are in sight.
    fn cells(
        &self,
        line: &str,
        row: usize,
        range: &Range<usize>,
        buffer: &mut Buffer,
        style: Style,
        symbol: Option<&str>,
    ) {
        let area = self.editor.buffer.area();
        let left = usize::from(area.scroll_offset().1);
        let tab = usize::from(area.tab_length()).max(1);
        let Some(y) = self.y(row) else { return };
        let mut paint = |x: usize| {
            if x >= left
                && x - left < usize::from(self.inner.width)
                && let Some(cell) = buffer.cell_mut((self.inner.x + (x - left) as u16, y))
            {
                cell.set_style(style);
                if let Some(symbol) = symbol {
                    cell.set_symbol(symbol);
                }
            }
        };
        let mut column = 0;
        let mut count = 0;
        for (at, c) in line.chars().enumerate() {
            if at >= range.end || column > left + usize::from(self.inner.width) {
                return;
            }
            let width = if c == '\t' { tab - column % tab } else { c.width().unwrap_or(0) };
            if range.contains(&at) {
                (column..column + width).for_each(&mut paint);
            }
            column += width;
            count = at + 1;
        }
        if range.contains(&count) {
            paint(column);
        }
    }

    /// Where the cursor is on the screen.
    fn cursor(&self) -> Option<(u16, u16)> {
        let area = self.editor.buffer.area();
        let left = usize::from(area.scroll_offset().1);
        let at = area.screen_cursor();
        let x = at.col.checked_sub(left)?;
        let y = self.y(at.row)?;
        (x < usize::from(self.inner.width)).then_some((self.inner.x + x as u16, y))
    }
}

/// Changes one cell, where there is one.
fn put(buffer: &mut Buffer, x: u16, y: u16, symbol: &str, style: Style) {
    if let Some(cell) = buffer.cell_mut((x, y)) {
        cell.set_symbol(symbol).set_style(style);
    }
}

/// How bad it is, as a colour.
fn severity(theme: Theme, severity: Severity) -> Style {
    theme.colour(if severity == Severity::Error { Color::Red } else { Color::Yellow })
}

fn state(model: &Model, editor: &Editor, frame: &mut Frame, area: Rect) {
    let theme = model.theme;
    if let Some(prompt) = &editor.prompt {
        ask(theme, editor, prompt, frame, area);
        return;
    }
    let (row, column) = editor.buffer.cursor();
    let (errors, warnings) = editor.seen.answer.counts();
    let counts: Vec<String> = [(errors, "error"), (warnings, "warning")]
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| count(*n, what))
        .collect();
    let place = format!("  {}   {}:{} ", counts.join(", "), row + 1, column + 1);
    let nearest = editor.seen.answer.nearest(row, column);
    // What was just said is said in full, and so is what is wrong here where the help does not say it.
    let told = areas(model.size).help.is_some() && editor.seen.answer.at(row, column).is_some();
    let here = nearest.is_some_and(|finding| finding.line == row + 1);
    let in_full = !editor.notice.is_empty() || here && !told;
    let (sign, text) = match (&editor.notice, nearest) {
        (notice, _) if !notice.is_empty() => (Sign::Here, notice.clone()),
        (_, Some(finding)) if finding.line == row + 1 => {
            let hint = if told { "" } else { finding.hint.as_str() };
            (sign(finding.severity), format!("{} {hint}", finding.message).trim_end().to_owned())
        }
        (_, Some(finding)) => (sign(finding.severity), format!("line {}: {}", finding.line, finding.message)),
        _ if editor.keeping => (Sign::Here, "looking at the text…".into()),
        _ if editor.unsaved() => (Sign::Here, "unsaved".into()),
        _ => (Sign::Ok, "nothing is wrong with it".into()),
    };
    let width = usize::from(area.width);
    // Where there is little room, what is wrong is worth more than how much is, and where.
    let place = if in_full && width < NARROW { String::new() } else { place };
    let room = width.saturating_sub(place.len() + 4);
    let lead = Span::styled(format!(" {} ", theme.sign(sign)), theme.of(sign));
    let text = theme.text(&text);
    let lines = if in_full { wrap(&text, room) } else { vec![cut(theme, &text, room)] };
    let last = lines.len() - 1;
    let line = |(at, text): (usize, String)| {
        let lead = if at == 0 { lead.clone() } else { Span::raw("   ") };
        let place = if at == last { place.clone() } else { String::new() };
        Line::from(vec![lead, Span::raw(pad(&text, room)), Span::styled(place, theme.dim())])
    };
    rise(frame, area, lines.into_iter().enumerate().map(line).collect());
}

/// What is asked on the status line, and what was typed.
fn ask(theme: Theme, editor: &Editor, prompt: &Prompt, frame: &mut Frame, area: Rect) {
    let labels: &[&str] = match prompt.ask {
        Ask::Search => &["search:"],
        Ask::Replace => &["replace:", "by:"],
        Ask::Line => &["go to line:"],
    };
    let mut spans = vec![];
    let mut used = 0;
    let mut cursor = 0;
    for (index, (label, field)) in labels.iter().zip(&prompt.fields).enumerate() {
        let lead = format!(" {label} ");
        if index == prompt.focus {
            let before: String = theme.text(&field.text().chars().take(field.cursor()).collect::<String>());
            cursor = used + lead.width() + before.width();
        }
        let text = theme.text(field.text());
        used += lead.width() + text.width() + 1;
        spans.push(Span::styled(lead, if index == prompt.focus { theme.bold() } else { theme.dim() }));
        spans.push(Span::raw(format!("{text} ")));
    }
    spans.push(Span::styled(format!("  {}", theme.text(&editor.notice)), theme.dim()));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
    let x = (usize::from(area.x) + cursor).min(usize::from(area.right().saturating_sub(1)));
    frame.set_cursor_position((x as u16, area.y));
}

/// Returns how many lines of the text are in sight.
pub(super) fn rows_of_text(size: (u16, u16)) -> usize {
    usize::from(areas(size).text.height)
}
