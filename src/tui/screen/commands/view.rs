//! Every command that was run, redacted, with its exit code and time.

use crate::host::record::Records;
use crate::tui::model::Model;
use crate::tui::view::text::Page;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// The page; the newest is last.
pub fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
    let mut page = Page::new(model.theme, width);
    let theme = model.theme;
    let most = if model.records.len() == Records::MOST { "The last " } else { "" };
    page.title(&format!("{most}{} commands were run, the newest last", model.records.len()));
    page.text("time      exit  took    command", theme.dim());
    for record in &model.records {
        let at = record.at.to_zoned_datetime(model.zone.clone()).strftime("%H:%M:%S").to_string();
        let code = record.code.map_or("-".to_owned(), |code| code.to_string());
        let lead = format!("{at}  {code:>4} {:>5.2} s  ", record.took.as_secs_f64());
        // Many a question is answered by an exit code: it is no failure, and only set off.
        let style = if record.code == Some(0) { theme.dim() } else { theme.bold() };
        page.behind(Span::styled(lead, style), &record.text, Style::new());
    }
    page.lines
}
