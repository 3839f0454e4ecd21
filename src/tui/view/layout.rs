//! Where things are on the screen, by its size alone.

use ratatui::layout::Rect;

/// Below this many columns there is no list of steps.
pub(crate) const SIDEBAR_FROM: u16 = 60;
/// The list of steps, without its line.
pub(crate) const SIDEBAR: u16 = 21;
/// Lines longer than this are hard to read.
const MEASURE: u16 = 110;

/// Returns the rows of a size that are no header and no footer.
pub(crate) fn rows(size: (u16, u16)) -> Rect {
    let (columns, rows) = size;
    match rows {
        0..=3 => Rect::new(0, 0, columns, rows.saturating_sub(1)),
        4..=9 => Rect::new(0, 1, columns, rows - 2),
        _ => Rect::new(0, 2, columns, rows - 4),
    }
}

/// Where a screen with the list of steps puts its own.
pub(crate) fn body(size: (u16, u16)) -> Rect {
    let area = rows(size);
    if area.width < SIDEBAR_FROM { full(size) } else { inset(area, SIDEBAR + 2, 1) }
}

/// Where a screen without it puts its own.
pub(crate) fn full(size: (u16, u16)) -> Rect {
    let area = rows(size);
    if area.width < 40 { area } else { inset(area, 1, 1) }
}

/// Where the log's lines are: its own last row says how it is looked at.
pub(crate) fn log_area(size: (u16, u16)) -> Rect {
    let area = rows(size);
    Rect { height: area.height.saturating_sub(u16::from(area.height > 3)), ..area }
}

fn inset(area: Rect, left: u16, right: u16) -> Rect {
    Rect { x: area.x + left.min(area.width), width: area.width.saturating_sub(left + right), ..area }
}

/// Returns where a page of text beside the list of steps is.
pub(crate) fn step_page(size: (u16, u16)) -> Rect {
    measured(body(size))
}

/// Returns where a page of text by itself is.
pub(crate) fn page(size: (u16, u16)) -> Rect {
    measured(full(size))
}

fn measured(area: Rect) -> Rect {
    Rect { width: area.width.min(MEASURE.max(area.width / 2)), ..area }
}
