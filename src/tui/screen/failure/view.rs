//! What failed, and what to do: never a dead end.

use crate::tui::model::Model;
use crate::tui::theme::Sign;
use crate::tui::view::report;
use crate::tui::view::text::Page;
use ratatui::text::Line;

/// The page.
pub(super) fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
    let mut page = Page::new(model.theme, width);
    let Some(failure) = &model.failure else { return page.lines };
    page.sign(Sign::Bad, &format!("{} failed", failure.purpose.title()), model.theme.bold());
    page.gap();
    report::problem(model, &mut page, &failure.problem);
    page.lines
}
