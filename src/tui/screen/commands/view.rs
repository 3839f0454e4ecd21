//! Every command that was run, redacted, with its exit code and time.

use crate::host::record::Records;
use crate::tui::act::Act;
use crate::tui::keys::binding::{COMMANDS, key_of};
use crate::tui::model::Model;
use crate::tui::view::local;
use crate::tui::view::text::Page;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Below this many columns a command stands below its time, and not behind it.
const NARROW: usize = 60;

/// The page; the newest is last.
pub(crate) fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
    let mut page = Page::new(model.theme, width);
    let theme = model.theme;
    let shown: Vec<_> = model.records.iter().filter(|record| model.questions || record.matters).collect();
    let most = if model.records.len() == Records::MOST { "The last " } else { "" };
    page.title(&match model.questions {
        true => format!("{most}{} commands were run, the newest last", shown.len()),
        false => {
            let all = model.records.len();
            let every = key_of(COMMANDS, Act::Questions);
            format!("{} of {all} commands changed something or failed, the newest last; {every} shows all", shown.len())
        }
    });
    page.text("time      exit  took    command", theme.dim());
    for record in shown {
        let text = if model.scripts { record.text.clone() } else { record.folded() };
        let at = local::at(model, record.at, "%H:%M:%S");
        let code = record.code.map_or("-".to_owned(), |code| code.to_string());
        let lead = format!("{at}  {code:>4} {:>5.2} s  ", record.took.as_secs_f64());
        // Many a question is answered by an exit code: it is no failure, and only set off.
        let style = if record.code == Some(0) { theme.dim() } else { theme.bold() };
        let said = if page.width < NARROW {
            page.lines.push(Line::styled(lead, style));
            page.indented("  ", &text, Style::new());
            "  | "
        } else {
            page.behind(Span::styled(lead, style), &text, Style::new());
            "                        | "
        };
        for line in &record.said {
            page.indented(said, line, theme.dim());
        }
    }
    page.lines
}
