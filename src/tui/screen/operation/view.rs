//! A plan being applied: how far it is, and what the commands say.

use crate::tui::model::{Mark, Model, Operation};
use crate::tui::theme::Sign;
use crate::tui::view::text::{Page, cut, time, wrap};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// From this many columns on the output is beside the plan.
const BESIDE: u16 = 120;

/// Draws it.
pub(super) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let area = area.intersection(frame.area());
    let Some(operation) = &model.operation else { return };
    let beside = area.width >= BESIDE;
    let left = if beside { Rect { width: area.width / 2 - 1, ..area } } else { area };
    let mut plan = plan(model, operation, left.width);
    if beside {
        frame.render_widget(Paragraph::new(plan), left);
        let x = area.x + area.width / 2 + 1;
        output(model, operation, frame, Rect { x, width: area.right().saturating_sub(x), ..area });
        return;
    }
    // The output has the lower part, and at least half of it where there is any.
    let most = usize::from(area.height / 2).max(3);
    if plan.len() > most {
        // The heading stays, and the action that is under way is in sight.
        let here = operation.actions.iter().position(|(_, mark)| *mark != Mark::Ok).unwrap_or(0);
        plan.drain(2..2 + here.saturating_sub(1).min(plan.len() - most));
        plan.truncate(most);
    }
    let height = (plan.len() as u16).min(area.height);
    frame.render_widget(Paragraph::new(plan), Rect { height, ..area });
    let y = (area.y + height + 1).min(area.bottom());
    output(model, operation, frame, Rect { y, height: area.bottom() - y, ..area });
}

fn plan(model: &Model, operation: &Operation, width: u16) -> Vec<Line<'static>> {
    let theme = model.theme;
    let mut page = Page::new(theme, width);
    let took = time(model.now.saturating_sub(operation.began));
    let state = match (operation.stopping, operation.patient) {
        (true, _) => "stopping…",
        (_, true) => "running, for as long as it takes",
        _ => "running",
    };
    let spinner = theme.spinner(model.now);
    page.text(&format!("{}: {state}   {spinner} {took}", operation.purpose.title()), theme.bold());
    page.gap();
    for (words, mark) in &operation.actions {
        let sign = match mark {
            Mark::Todo => Sign::Todo,
            Mark::Here => Sign::Here,
            Mark::Ok => Sign::Ok,
            Mark::Bad => Sign::Bad,
        };
        let style = if *mark == Mark::Here { theme.bold() } else { Style::new() };
        page.lines.push(Line::from(vec![
            Span::styled(format!("{} ", theme.sign(sign)), theme.of(sign)),
            Span::styled(cut(theme, words, page.width.saturating_sub(2)), style),
        ]));
    }
    page.lines
}

fn output(model: &Model, operation: &Operation, frame: &mut Frame, area: Rect) {
    let area = area.intersection(frame.area());
    if area.is_empty() {
        return;
    }
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let end = operation.lines.len().saturating_sub(operation.up);
    let mut rows: Vec<String> = Vec::new();
    for line in operation.lines.iter().take(end).rev() {
        let wrapped = wrap(line, width);
        rows.splice(0..0, wrapped);
        if rows.len() >= height {
            break;
        }
    }
    let skip = rows.len().saturating_sub(height);
    let lines: Vec<Line> = rows.into_iter().skip(skip).map(|row| Line::styled(row, model.theme.dim())).collect();
    frame.render_widget(Paragraph::new(lines), area);
}
