//! Drawing: the model in, cells out. Nothing here changes anything.

mod change;
mod commands;
mod doctor;
mod editor;
mod editor_parts;
mod failure;
mod form;
mod frame;
mod help;
mod home;
mod job;
mod ladder;
mod log;
mod recipe;
mod review;
mod step;
mod text;

use super::model::{Model, Overlay, Screen};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// Below this many columns there is no list of steps.
const SIDEBAR_FROM: u16 = 60;
/// The list of steps, without its line.
const SIDEBAR: u16 = 21;
/// Lines longer than this are hard to read.
const MEASURE: u16 = 110;

/// Rows of a size that are no header and no footer.
fn rows(size: (u16, u16)) -> Rect {
    let (columns, rows) = size;
    match rows {
        0..=3 => Rect::new(0, 0, columns, rows.saturating_sub(1)),
        4..=9 => Rect::new(0, 1, columns, rows - 2),
        _ => Rect::new(0, 2, columns, rows - 4),
    }
}

/// Where a screen with the list of steps puts its own.
pub fn body(size: (u16, u16)) -> Rect {
    let area = rows(size);
    if area.width < SIDEBAR_FROM { area } else { inset(area, SIDEBAR + 2, 1) }
}

/// Where a screen without it puts its own.
pub fn full(size: (u16, u16)) -> Rect {
    let area = rows(size);
    if area.width < 40 { area } else { inset(area, 1, 1) }
}

/// Where the log's lines are: its own last row says how it is looked at.
pub fn log_area(size: (u16, u16)) -> Rect {
    let area = rows(size);
    Rect { height: area.height.saturating_sub(u16::from(area.height > 3)), ..area }
}

/// What a line of the log shows, where the doctor would name it.
pub use log::symptom as log_symptom;

/// How far the page about one line of the log can be scrolled.
pub use log::page_limit as log_page_limit;

fn inset(area: Rect, left: u16, right: u16) -> Rect {
    Rect { x: area.x + left.min(area.width), width: area.width.saturating_sub(left + right), ..area }
}

/// Whether the list of steps is beside the screen.
fn with_steps(screen: Screen) -> bool {
    !matches!(screen, Screen::Home | Screen::Log | Screen::Editor | Screen::Change | Screen::Doctor)
}

/// The lines of a screen that is a page of text.
fn page(model: &Model, width: u16) -> Vec<Line<'static>> {
    match model.screen {
        Screen::Review => review::lines(model, width),
        Screen::Step => step::lines(model, width),
        Screen::Admin => step::admin(model, width),
        Screen::Failure => failure::lines(model, width),
        Screen::Ladder => ladder::lines(model, width),
        Screen::Home => home::lines(model, width),
        Screen::Doctor => doctor::lines(model, width),
        Screen::Change => change::lines(model, width),
        Screen::Form | Screen::Build | Screen::Job | Screen::Editor | Screen::Log => vec![],
    }
}

fn overlay_lines(model: &Model, width: u16) -> Option<Vec<Line<'static>>> {
    match model.overlays.last()? {
        Overlay::Help => Some(help::lines(model, width)),
        Overlay::Commands => Some(commands::lines(model, width)),
        Overlay::Confirm(_) => None,
    }
}

fn page_area(model: &Model) -> Rect {
    let area = if with_steps(model.screen) { body(model.size) } else { full(model.size) };
    Rect {
        width: area.width.min(if model.screen == Screen::Home { u16::MAX } else { MEASURE.max(area.width / 2) }),
        ..area
    }
}

/// How far the screen can be scrolled.
pub fn scroll_limit(model: &Model) -> usize {
    let area = page_area(model);
    page(model, area.width).len().saturating_sub(usize::from(area.height))
}

/// Whether there is more of what is in sight than is in sight.
pub fn scrolls(model: &Model) -> bool {
    match (model.overlays.last(), model.screen) {
        (Some(_), _) => overlay_limit(model) > 0,
        (None, Screen::Editor) => recipe_limit(model) > 0,
        (None, Screen::Job) => {
            model.job.as_ref().is_some_and(|job| job.lines.len() > usize::from(body(model.size).height) / 2)
        }
        (None, _) => scroll_limit(model) > 0,
    }
}

/// The first row of the doctor's finding that is chosen, and the one behind it.
pub fn doctor_rows(model: &Model) -> (usize, usize) {
    doctor::rows(model, page_area(model).width)
}

/// How many lines of the text are in sight in the editor.
pub fn editor_rows(size: (u16, u16)) -> usize {
    usize::from(editor::areas(size).text.height)
}

/// How far what a recipe changes can be scrolled.
pub fn recipe_limit(model: &Model) -> usize {
    let area = full(model.size);
    recipe::lines(model, area.width).len().saturating_sub(usize::from(area.height))
}

/// How far what lies over it can be scrolled.
pub fn overlay_limit(model: &Model) -> usize {
    let area = full(model.size);
    overlay_lines(model, area.width).unwrap_or_default().len().saturating_sub(usize::from(area.height))
}

/// Draws all of it.
pub fn draw(model: &Model, frame: &mut Frame) {
    if frame.area().is_empty() {
        return;
    }
    let lines = overlay_lines(model, full(model.size).width);
    frame::header(model, frame);
    frame::rules(model, frame, lines.is_none() && with_steps(model.screen));
    match lines {
        Some(lines) => paragraph(model, frame, lines, full(model.size), model.overlay_scroll),
        None => screen(model, frame),
    }
    if !matches!(model.overlays.last(), Some(Overlay::Confirm(_))) {
        frame::note(model, frame);
    }
    frame::footer(model, frame);
}

/// Draws what is on the screen itself.
fn screen(model: &Model, frame: &mut Frame) {
    if with_steps(model.screen) {
        frame::sidebar(model, frame);
    }
    match model.screen {
        Screen::Form => form::registration(model, frame, body(model.size)),
        Screen::Build => form::build(model, frame, body(model.size)),
        Screen::Job => job::draw(model, frame, body(model.size)),
        Screen::Editor => editor::draw(model, frame),
        Screen::Log => log::draw(model, frame),
        _ => {
            let area = page_area(model);
            paragraph(model, frame, page(model, area.width), area, model.scroll);
        }
    }
}

/// Draws lines, from the one that is scrolled to; says where there is more.
fn paragraph(model: &Model, frame: &mut Frame, lines: Vec<Line<'static>>, area: Rect, scroll: usize) {
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
