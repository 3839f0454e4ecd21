//! The lines for an administrator, while the host is looked at again and again.

use crate::tui::model::Model;
use crate::tui::view::report;
use crate::tui::view::text::Page;
use ratatui::style::Style;
use ratatui::text::Line;

/// Returns the page.
pub(super) fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
    let mut page = Page::new(model.theme, width);
    page.title("For an administrator");
    page.text(
        "Have an administrator of this machine run these lines. pipglr looks again every 3 seconds, and goes back to the step by itself.",
        Style::new(),
    );
    page.gap();
    let lines = match (model.admin_lines(), &model.failure) {
        (lines, Some(failure)) if lines.is_empty() => vec![failure.problem.advice.clone()],
        (lines, _) => lines,
    };
    for line in lines {
        page.command("", &line);
    }
    page.gap();
    for report in model.admin_steps() {
        report::facts(&mut page, report, "");
    }
    let seconds = model.look_at.saturating_sub(model.now).as_millis().div_ceil(1000);
    page.gap();
    page.text(
        &if model.looking { "looking…".to_owned() } else { format!("looking again in {seconds} s") },
        model.theme.dim(),
    );
    page.lines
}
