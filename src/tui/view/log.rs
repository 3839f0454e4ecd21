//! The container's log: three programs, a letter and a colour each.

use super::text::{cut, wrap};
use super::{log_area, rows};
use crate::logs::line::Source;
use crate::tui::logview::{Entry, LogView};
use crate::tui::model::Model;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

/// Draws it.
pub fn draw(model: &Model, frame: &mut Frame) {
    let area = log_area(model.size).intersection(frame.area());
    let (log, theme) = (&model.log, model.theme);
    let (height, width) = (usize::from(area.height), usize::from(area.width));
    let mut lines: Vec<Line> = Vec::new();
    for (number, entry) in log.window(height, width) {
        match entry {
            Entry::Ruler(text) => {
                let (flat, ..) = theme.lines();
                let text = format!("{} {} {}", flat.repeat(3), theme.text(text), flat.repeat(3));
                lines.push(Line::from(vec![Span::raw("  "), Span::styled(text, theme.bold())]));
            }
            Entry::Line(line) => {
                let lead = Span::styled(format!("{} ", line.source.letter()), style(theme, line.source));
                let here = log.hit == Some(number);
                if log.wrap {
                    for (index, row) in wrap(line.text(), width).into_iter().enumerate() {
                        let lead = if index == 0 { lead.clone() } else { Span::raw("  ") };
                        let spans = marked(log, theme, &row, line.source, here);
                        lines.push(Line::from_iter(std::iter::once(lead).chain(spans)));
                    }
                } else {
                    let text: String = line.text().chars().skip(log.left).collect();
                    let spans = marked(log, theme, &text, line.source, here);
                    lines.push(Line::from_iter(std::iter::once(lead).chain(spans)));
                }
            }
        }
    }
    if log.follow {
        let over = lines.len().saturating_sub(height);
        lines.drain(..over);
    }
    let whole = Rect { x: 0, width: area.right(), ..area };
    if lines.is_empty() {
        lines.push(Line::styled("  no line yet", theme.dim()));
    }
    frame.render_widget(Paragraph::new(lines), whole.intersection(frame.area()));
    if rows(model.size).height > 3 {
        state(model, frame, Rect { y: area.bottom(), height: 1, ..whole }.intersection(frame.area()));
    }
}

fn style(theme: Theme, source: Source) -> Style {
    theme.colour(match source {
        Source::Systemd => Color::Blue,
        Source::Podman => Color::Magenta,
        Source::Runner => Color::Green,
    })
}

/// A row with what is searched for made visible.
fn marked(log: &LogView, theme: Theme, text: &str, source: Source, here: bool) -> Vec<Span<'static>> {
    let plain = if source == Source::Runner { Style::new() } else { style(theme, source) };
    let mut spans = Vec::new();
    let mut at = 0;
    for range in log.hits(text) {
        spans.push(Span::styled(text[at..range.start].to_owned(), plain));
        let found = if here { theme.found().add_modifier(ratatui::style::Modifier::BOLD) } else { theme.found() };
        spans.push(Span::styled(text[range.clone()].to_owned(), found));
        at = range.end;
    }
    spans.push(Span::styled(text[at..].to_owned(), plain));
    spans
}

/// How it is looked at: following or held still, sources, search.
fn state(model: &Model, frame: &mut Frame, area: Rect) {
    let (log, theme) = (&model.log, model.theme);
    if let Some(typing) = &log.typing {
        let lead = " search: ";
        let text = format!("{lead}{}", typing.text());
        let before: String = typing.text().chars().take(typing.cursor()).collect();
        let x = area.x + (lead.len() + before.width()) as u16;
        frame.render_widget(Paragraph::new(text), area);
        frame.set_cursor_position((x.min(area.right().saturating_sub(1)), area.y));
        return;
    }
    let follow = match (log.follow, log.fresh) {
        (true, _) => "following".to_owned(),
        (_, 0) => "held still".to_owned(),
        (_, n) => format!("held still, {n} new below"),
    };
    let mut text = format!(" {follow}   {} lines", log.len());
    if log.gone() > 0 {
        text.push_str(&format!(" ({} older ones let go)", log.gone()));
    }
    for (shown, name) in log.sources.iter().zip(["1 S", "2 P", "3 R"]) {
        text.push_str(&format!("   {name} {}", if *shown { "on" } else { "off" }));
    }
    if log.left > 0 {
        text.push_str(&format!("   from column {}", log.left + 1));
    }
    if !log.search.is_empty() {
        text.push_str(&format!("   /{}", log.search));
    }
    if !log.notice.is_empty() {
        text = format!(" {}", log.notice);
    }
    frame.render_widget(Paragraph::new(cut(theme, &text, usize::from(area.width))).style(theme.dim()), area);
}
