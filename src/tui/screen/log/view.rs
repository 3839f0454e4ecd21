//! The container's log: three programs, a letter and a colour each. Only what is in sight is drawn.

mod doctor;
mod line;
mod panel;
mod state;

use super::fix::symptom;
use crate::logs::clock::{Local, Show};
use crate::logs::{Item, Line as LogLine};
use crate::source::Source;
use crate::tui::logview::{LogView, Panel, Row, breaks};
use crate::tui::model::Model;
use crate::tui::theme::{Sign, Theme};
use crate::tui::view::layout::{log_area, rows};
use crate::tui::view::text::cut;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use std::ops::Range;
use unicode_width::UnicodeWidthStr;

/// Draws it.
pub(super) fn draw(model: &Model, frame: &mut Frame) {
    let area = log_area(model.size).intersection(frame.area());
    let height = usize::from(area.height);
    let lines = match model.log.panel {
        Some(Panel::Jobs(at)) => panel::jobs(model, at, height),
        Some(Panel::Line(_, at) | Panel::Doctor(_, at)) => page(model).into_iter().skip(at).take(height).collect(),
        _ => window(model, height),
    };
    frame.render_widget(Paragraph::new(lines), area);
    if rows(model.size).height > 3 {
        state::draw(model, frame, Rect { y: area.bottom(), height: 1, ..area }.intersection(frame.area()));
    }
}

/// The page that lies over the lines.
fn page(model: &Model) -> Vec<Line<'static>> {
    match model.log.panel {
        Some(Panel::Line(number, _)) => panel::line(model, number),
        Some(Panel::Doctor(number, _)) => doctor::page(model, number),
        _ => vec![],
    }
}

/// How far that page can be scrolled.
pub(super) fn page_limit(model: &Model) -> usize {
    page(model).len().saturating_sub(usize::from(log_area(model.size).height))
}

/// The lines in sight.
fn window(model: &Model, height: usize) -> Vec<Line<'static>> {
    let (log, theme) = (&model.log, model.theme);
    let mut local = Local::new(model.zone.clone());
    let mut lines: Vec<Line> = Vec::new();
    for row in log.window() {
        match row.item {
            Item::Ruler(ruler) => {
                let (flat, ..) = theme.lines();
                let text = format!("{} {} {}", flat.repeat(3), theme.text(&ruler.text), flat.repeat(3));
                let mut spans = signs(log, theme, row.number, row.item);
                spans.push(Span::raw("   "));
                spans.extend(time(log, theme, row.item, &mut local));
                let used = spans.iter().map(|span| span.width()).sum();
                spans.push(Span::styled(cut(theme, &text, log.columns().saturating_sub(used)), theme.bold()));
                lines.push(Line::from(spans));
            }
            Item::Line(line) => {
                said(log, theme, &row, line, &mut local, height.saturating_sub(lines.len()), &mut lines)
            }
        }
    }
    if lines.is_empty() {
        let word = match () {
            () if log.busy() => "looking...",
            () if log.buffer.is_empty() && log.ended => "The log has no line.",
            () if log.buffer.is_empty() => "no line yet",
            () => "No line is shown: the row below says what is hidden.",
        };
        lines.push(Line::styled(format!("  {word}"), theme.dim()));
    }
    lines.truncate(height);
    lines
}

/// The rows of a line.
fn said(
    log: &LogView,
    theme: Theme,
    row: &Row,
    said: &LogLine,
    local: &mut Local,
    room: usize,
    lines: &mut Vec<Line<'static>>,
) {
    let text = said.shown(log.reveal);
    let width = log.text_width();
    let letters = [
        Span::styled(said.source.letter().to_string(), style(theme, said.source)),
        Span::styled(format!("{} ", said.level.letter()), line::level(theme, said.level)),
    ];
    let lead = |spans: &mut Vec<Span<'static>>| spans.extend(letters.clone());
    if !log.wrap {
        let mut spans = signs(log, theme, row.number, row.item);
        lead(&mut spans);
        spans.extend(time(log, theme, row.item, local));
        spans.extend(in_sight(log, theme, &text, width, |range| {
            line::spans(log, theme, row.number, said, &text, range)
        }));
        lines.push(Line::from(spans));
        return;
    }
    let starts = breaks(&text, width);
    for (index, start) in starts.iter().enumerate().skip(row.skip).take(room) {
        let mut spans = signs(log, theme, row.number, row.item);
        let times = time(log, theme, row.item, local);
        if index == 0 {
            lead(&mut spans);
            spans.extend(times);
        } else {
            let blank = 3 + times.map_or(0, |span| span.width());
            spans.push(Span::raw(" ".repeat(blank)));
        }
        let end = starts.get(index + 1).copied().unwrap_or(text.len());
        spans.extend(line::spans(log, theme, row.number, said, &text, *start..end));
        lines.push(Line::from(spans));
    }
}

/// The part of a long line that is in sight, with a mark at each end where it goes on.
fn in_sight(
    log: &LogView,
    theme: Theme,
    text: &str,
    width: usize,
    part: impl Fn(Range<usize>) -> Vec<Span<'static>>,
) -> Vec<Span<'static>> {
    let (before, after) = theme.goes_on();
    let begins = usize::from(log.left > 0 && !text.is_empty());
    let all = line::columns(text, log.left + begins, width.saturating_sub(begins));
    let mark = |sign: &'static str| Span::styled(sign, theme.command());
    let mut spans: Vec<_> = (begins == 1).then(|| mark(before)).into_iter().collect();
    if all.end == text.len() {
        spans.extend(part(all));
        return spans;
    }
    let room = width.saturating_sub(begins + 1);
    let range = line::columns(text, log.left + begins, room);
    let blank = room.saturating_sub(text[range.clone()].width()); // half of a wide character
    spans.extend(part(range));
    spans.extend([Span::raw(" ".repeat(blank)), mark(after)]);
    spans
}

/// Where one is and what is selected; what is marked.
fn signs(log: &LogView, theme: Theme, number: u64, item: &Item) -> Vec<Span<'static>> {
    let here = !log.follow && log.here() == Some(number);
    let selected = log.anchor.is_some() && log.selection().is_some_and(|(from, to)| (from..=to).contains(&number));
    let (_, upright, ..) = theme.lines();
    let at = match (here, selected) {
        (true, _) => Span::styled(theme.sign(Sign::Here), theme.of(Sign::Here)),
        (_, true) => Span::styled(upright, theme.of(Sign::Here)),
        _ => Span::raw(" "),
    };
    let mark = match symptom(item) {
        Some(symptom) => doctor::sign(theme, symptom),
        None if log.marks.contains(&number) => Span::styled("*", theme.of(Sign::Warn)),
        None => Span::raw(" "),
    };
    vec![at, mark]
}

fn time(log: &LogView, theme: Theme, item: &Item, local: &mut Local) -> Option<Span<'static>> {
    let show = log.shown_times();
    if show == Show::None {
        return None;
    }
    let mut text = vec![];
    local.write(item.time(), show, &mut text);
    Some(Span::styled(String::from_utf8_lossy(&text).into_owned(), theme.dim()))
}

fn style(theme: Theme, source: Source) -> Style {
    theme.colour(match source {
        Source::Systemd | Source::Helper => Color::Blue,
        Source::Podman | Source::Service => Color::Magenta,
        Source::Runner | Source::Script => Color::Green,
    })
}
