//! What the doctor found on the host and in the log: a line each, the chosen one explained.

use crate::canary;
use crate::doctor::Finding;
use crate::symptoms::Severity;
use crate::tui::model::Model;
use crate::tui::theme::Sign;
use crate::tui::view::report;
use crate::tui::view::text::{Page, cut};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// The page.
pub(super) fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
    page(model, width).0.lines
}

/// The first row of the finding that is chosen, and the one behind it.
pub(super) fn rows(model: &Model, width: u16) -> (usize, usize) {
    page(model, width).1
}

fn page(model: &Model, width: u16) -> (Page, (usize, usize)) {
    let theme = model.theme;
    let mut page = Page::new(theme, width);
    let mut chosen = (0, 0);
    let said = match &model.doctor.said {
        _ if model.doctor.asking => {
            page.text(
                &format!("{} looking at the host, and through the whole log…", theme.spinner(model.now)),
                theme.dim(),
            );
            page.gap();
            model.doctor.said.as_ref()
        }
        said => said.as_ref(),
    };
    match said {
        None => {}
        Some(Err(problem)) => {
            page.sign(Sign::Bad, "The doctor cannot look.", theme.bold());
            report::problem(model, &mut page, problem);
        }
        Some(Ok(found)) => {
            let now = found.findings.iter().filter(|finding| finding.past.is_none()).count();
            match now {
                0 => page.sign(Sign::Ok, "Nothing is wrong on this host, nor in the container's log.", theme.bold()),
                1 => page.title("One thing is wrong."),
                n => page.title(&format!("{n} things are wrong; the likeliest cause comes first.")),
            }
            page.gap();
            for (at, finding) in found.findings.iter().enumerate() {
                if at == now && now > 0 {
                    page.gap();
                }
                if at == now {
                    page.text("Past, for your information:", theme.dim());
                }
                let from = page.lines.len();
                one(&mut page, model, finding, at == model.doctor.at);
                if at == model.doctor.at {
                    chosen = (from, page.lines.len());
                }
            }
            if found.runs {
                page.gap();
                page.text(&canary::job::offer(&model.who.container), theme.dim());
            }
        }
    }
    (page, chosen)
}

/// A finding: its line, and where it is chosen all that is known of it.
fn one(page: &mut Page, model: &Model, finding: &Finding, chosen: bool) {
    let theme = model.theme;
    let sign = match (&finding.past, finding.severity) {
        (Some(_), _) => Sign::Todo,
        (None, Severity::Error) => Sign::Bad,
        _ => Sign::Warn,
    };
    let here = if chosen { theme.sign(Sign::Here) } else { " " };
    let lead = vec![
        Span::styled(format!("{here} "), theme.of(Sign::Here)),
        Span::styled(format!("{} ", theme.sign(sign)), theme.of(sign)),
    ];
    let style = if chosen { theme.bold() } else { Style::new() };
    let text = theme.text(&format!("{}: {}", finding.id, finding.text));
    let mut spans = lead;
    spans.push(Span::styled(cut(theme, &text, page.width.saturating_sub(4)), style));
    page.lines.push(Line::from(spans));
    if !chosen {
        return;
    }
    let place = finding.line.map_or_else(
        || format!("on the {}", finding.source),
        |line| format!("line {line} of the log, {}", finding.source),
    );
    let now = finding.past.is_none();
    let with = finding.remedy.map(|remedy| remedy.says(&model.who.container)).unwrap_or_default();
    let parts = [
        ("says", finding.text.as_str(), Style::new()),
        ("where", &place, theme.dim()),
        ("cause", &finding.cause, Style::new()),
        ("fix", if now { &finding.fix } else { "" }, Style::new()),
        ("by", if now { &with } else { "" }, theme.command()),
        ("read", if now { &finding.doc } else { "" }, theme.dim()),
    ];
    for (name, text, style) in parts.into_iter().filter(|(_, text, _)| !text.is_empty()) {
        page.behind(Span::styled(format!("    {name:<7}"), theme.dim()), text, style);
    }
}
