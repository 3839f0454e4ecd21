//! What the volumes hold: each with its size, then the images and caches, the last used first.

use crate::names::Names;
use crate::text::size::human;
use crate::tui::model::Model;
use crate::tui::theme::Sign;
use crate::tui::view::local;
use crate::tui::view::report;
use crate::tui::view::text::{Page, pad};
use crate::volumes::{Held, Row};
use jiff::Timestamp;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// The page.
pub(super) fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
    let mut page = Page::new(model.theme, width);
    page.title("Volumes");
    page.gap();
    match &model.held {
        None => page.text("measuring…", model.theme.dim()),
        Some(Err(problem)) => {
            page.sign(Sign::Bad, "What they hold is not known.", model.theme.bold());
            report::problem(model, &mut page, problem);
        }
        Some(Ok(held)) => measured(model, &mut page, held),
    }
    page.lines
}

fn measured(model: &Model, page: &mut Page, held: &Held) {
    let theme = model.theme;
    let names = Names::of(&model.who.container);
    for (name, words) in held.volumes(&names) {
        page.behind(Span::styled(format!("{} ", pad(name, 15)), theme.dim()), &words, Style::new());
    }
    if let Some(growth) = &held.growth {
        let since = day(model, growth.since.parse().ok());
        page.text(&format!("since {since}: {}.", growth.words(held.room.map(|room| room.free))), Style::new());
    }
    page.gap();
    let rows = held.rows();
    if rows.is_empty() {
        page.text("No job has left an image or a cache yet.", Style::new());
        return;
    }
    page.indented("     ", "size  last used", theme.dim());
    for Row { last_used, in_use, bytes, name } in rows {
        let at = day(model, last_used);
        let lead = format!("{:>9}  {at:<16}  {:<6}  ", human(bytes), if in_use { "in use" } else { "" });
        page.behind(Span::styled(lead, theme.dim()), &name, Style::new());
    }
}

fn day(model: &Model, at: Option<Timestamp>) -> String {
    let at = at.map(|at| local::at(model, at, "%Y-%m-%d %H:%M"));
    at.unwrap_or_else(|| "unknown".into())
}
