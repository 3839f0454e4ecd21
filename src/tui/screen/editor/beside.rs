//! What lies beside and over the text: the meaning of a key, and what may stand at the cursor.

use crate::config::complete::KeyHelp;
use crate::config::lint::Severity;
use crate::tui::editor::Editor;
use crate::tui::editor::check::Popup;
use crate::tui::theme::{Sign, Theme};
use crate::tui::view::text::{Page, cut};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};
use unicode_width::UnicodeWidthStr;

/// So many possibilities are in sight at once.
const SIGHT: usize = 8;

/// Draws what the key at the cursor means, and what is wrong there in full.
pub(super) fn help(theme: Theme, editor: &Editor, frame: &mut Frame, area: Rect, beside: bool) {
    let (flat, upright, ..) = theme.lines();
    let inner = if beside {
        let bar = vec![Line::styled(upright, theme.dim()); usize::from(area.height)];
        frame.render_widget(Paragraph::new(bar), Rect { width: 1.min(area.width), ..area });
        Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(3), ..area }
    } else {
        let rule = flat.repeat(usize::from(area.width));
        frame.render_widget(Paragraph::new(rule).style(theme.dim()), Rect { height: 1.min(area.height), ..area });
        let (x, y) = (area.x + 1.min(area.width), area.y + 1.min(area.height));
        Rect { x, y, width: area.width.saturating_sub(2), height: area.height.saturating_sub(1) }
    };
    let mut page = Page::new(theme, inner.width);
    let (row, column) = editor.buffer.cursor();
    if let Some(finding) = editor.seen.answer.at(row, column) {
        let whole = format!("{} {}", finding.message, finding.hint);
        // The message is on the last row already, where there is room for it.
        let text = if beside || whole.width() > 60 { whole.trim() } else { finding.hint.as_str() };
        if !text.is_empty() {
            page.sign(sign(finding.severity), text, Style::new());
        }
        if beside {
            page.gap();
        }
    }
    if let Some(help) = &editor.help.answer {
        key(&mut page, help, beside);
    }
    let height = usize::from(inner.height);
    if page.lines.len() > height && height > 0 {
        page.lines.truncate(height);
        // What has no room is not cut in silence.
        let last: String = page.lines.pop().map(|line| line.to_string()).unwrap_or_default();
        page.drawn(&format!("{last}…").replace('…', if theme.unicode { "…" } else { "~" }), Style::new());
    }
    frame.render_widget(Paragraph::new(page.lines), inner.intersection(frame.area()));
}

fn key(page: &mut Page, help: &KeyHelp, beside: bool) {
    let theme = page.theme;
    let since = help.since.map(|since| format!("since {since}")).unwrap_or_default();
    let default = if help.default.is_empty() { String::new() } else { format!("default {}", help.default) };
    let values = if help.values.is_empty() { String::new() } else { help.values.join(", ") };
    let executors = help.executors.replace(',', ", ");
    if beside {
        page.text(help.path, theme.bold());
        page.gap();
        if !help.meaning.is_empty() {
            page.text(help.meaning, Style::new());
            page.gap();
        }
        let rows = [("type", help.kind.as_str()), ("values", &values), ("default", help.default)];
        for (name, text) in rows.into_iter().filter(|(_, text)| !text.is_empty()) {
            page.behind(Span::styled(format!("{name:<9}"), theme.dim()), text, Style::new());
        }
        let since = help.since.map(|since| format!("gitlab-runner {since}")).unwrap_or_default();
        for (name, text) in [("since", since.as_str()), ("for", &executors)] {
            if !text.is_empty() {
                page.behind(Span::styled(format!("{name:<9}"), theme.dim()), text, Style::new());
            }
        }
    } else {
        let facts = [help.kind.as_str(), &default, &since];
        let facts: Vec<&str> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
        let lead = Span::styled(format!("{}  ", help.path), theme.bold());
        if lead.width() + 20 < page.width {
            page.behind(lead, &facts.join(" · ").replace('·', if theme.unicode { "·" } else { "-" }), theme.dim());
        } else {
            page.text(help.path, theme.bold());
        }
        if !help.meaning.is_empty() {
            page.text(help.meaning, Style::new());
        }
        if !values.is_empty() {
            page.behind(Span::styled("values  ", theme.dim()), &values, Style::new());
        }
    }
    if !help.deprecated.is_empty() {
        page.sign(Sign::Warn, help.deprecated, Style::new());
    }
}

/// Draws the list below the cursor, or above it.
pub(super) fn popup(theme: Theme, popup: &Popup, (x, y): (u16, u16), area: Rect, frame: &mut Frame) {
    // Its words stand below what they take the place of.
    let typed = popup.list.answer.replace.len() as u16;
    let x = x.saturating_sub(typed + 2).max(area.x);
    let items = &popup.list.answer.items;
    if items.is_empty() {
        return;
    }
    let below = usize::from(area.bottom().saturating_sub(y + 1));
    let above = usize::from(y.saturating_sub(area.y));
    let height = items.len().min(SIGHT).min(below.max(above));
    let top = popup.chosen.saturating_sub(height.saturating_sub(1));
    let shown = items.iter().enumerate().skip(top).take(height);
    let name = items.iter().map(|item| item.text.width()).max().unwrap_or(0).min(34);
    let width = (name + 2 + items.iter().map(|item| item.detail.width()).max().unwrap_or(0) + 3).min(68);
    let width = width.min(usize::from(area.width));
    let lines: Vec<Line> = shown
        .map(|(index, item)| {
            let here = index == popup.chosen;
            let lead = if here { theme.sign(Sign::Here) } else { " " };
            let text = cut(theme, &item.text, name);
            let detail = cut(theme, &theme.text(&item.detail), width.saturating_sub(name + 5));
            let gap = " ".repeat(name + 2 - text.width().min(name));
            let rest = " ".repeat(width.saturating_sub(2 + name + 2 + detail.width()));
            let line = Line::from(vec![
                Span::styled(format!("{lead} {text}"), theme.bold()),
                Span::raw(gap),
                Span::styled(detail, if here { Style::new() } else { theme.dim() }),
                Span::raw(rest),
            ]);
            if here { line.style(theme.found()) } else { line.style(theme.panel()) }
        })
        .collect();
    let left = x.min(area.right().saturating_sub(width as u16));
    let y = if below >= height { y + 1 } else { y.saturating_sub(height as u16) };
    let place = Rect::new(left, y, width as u16, height as u16).intersection(frame.area());
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(lines), place);
}

/// How bad it is, as a sign.
pub(super) fn sign(severity: Severity) -> Sign {
    if severity == Severity::Error { Sign::Bad } else { Sign::Warn }
}
