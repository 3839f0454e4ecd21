//! What was found of a step, what it would run, and problems: in words that several screens show.

use super::local;
use super::text::{Page, TOGETHER, pad};
use crate::host::Privilege;
use crate::plan::Action;
use crate::problem::Problem;
use crate::steps::{Report, State, Step};
use crate::tui::model::{Model, Purpose};
use crate::tui::theme::Sign;
use ratatui::style::Style;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

/// Before what is needed.
const NEEDED: &str = "   needed: ";

/// How a step stands, in a sign.
pub(crate) fn sign(model: &Model, step: Step, here: bool) -> Sign {
    let failed = model.failure.as_ref().is_some_and(|failure| failure.purpose == Purpose::Step(step));
    match model.reports.get(&step) {
        Some(Err(_)) => Sign::Bad,
        Some(Ok(report)) if matches!(report.state, State::Blocked(_)) => Sign::Bad,
        Some(Ok(report)) if report.state == State::Done => Sign::Ok,
        _ if failed => Sign::Bad,
        _ if here => Sign::Here,
        _ => Sign::Todo,
    }
}

/// What was found, beside what is needed, as a sign and in words.
pub(crate) fn facts(page: &mut Page, report: &Report, indent: &str) {
    let theme = page.theme;
    let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or(0);
    let what = widest(&mut report.facts.iter().map(|fact| fact.what.width()));
    let lacking = || report.facts.iter().filter(|fact| !fact.ok && !fact.needed.is_empty());
    let found = widest(&mut lacking().map(|fact| fact.found.width()));
    let needed = widest(&mut lacking().map(|fact| NEEDED.width() + fact.needed.width()));
    // What is needed stands in a column where all of it has room there.
    let column = if indent.width() + 2 + what + 2 + found + needed <= page.width { found } else { 0 };
    for fact in &report.facts {
        let sign = if fact.ok { Sign::Ok } else { Sign::Bad };
        let needed = match (fact.ok, fact.needed.as_str()) {
            (true, _) | (_, "") => fact.found.clone(),
            (false, needed) => {
                let needed = format!("{NEEDED}{needed}").trim_start().replace(' ', TOGETHER);
                format!("{}   {needed}", pad(&fact.found, column))
            }
        };
        let line = format!("{}  {needed}", pad(&fact.what, what));
        let lead = Span::styled(format!("{indent}{} ", theme.sign(sign)), theme.of(sign));
        page.hanging(lead, &line, Style::new(), what + 2);
    }
}

/// What will run, with root's part marked, and what one should know before.
pub(crate) fn commands(page: &mut Page, report: &Report, indent: &str) {
    let (theme, plan) = (page.theme, &report.plan);
    for warning in &plan.warnings {
        let lead = Span::styled(format!("{indent}{} ", theme.sign(Sign::Warn)), theme.of(Sign::Warn));
        page.behind(lead, warning, Style::new());
    }
    if plan.is_empty() {
        return;
    }
    let title = if report.state == State::Ready { "will run:" } else { "will then run:" };
    page.indented(indent, title, theme.dim());
    for action in plan.all() {
        for line in action.shell() {
            page.command(indent, &line);
        }
        if matches!(action, Action::Run(cmd) if cmd.privilege == Privilege::RootIfRefused) {
            page.indented(indent, "  (through sudo where the system refuses you that)", theme.dim());
        }
    }
}

/// A problem: what, the cause, what to do, each time in it the machine's own; and the tool's own words, as they are.
pub(crate) fn problem(model: &Model, page: &mut Page, problem: &Problem) {
    let (theme, plain) = (page.theme, Style::new());
    page.text(&local::words(model, &problem.what), theme.bold());
    page.gap();
    if !problem.cause.is_empty() {
        page.behind(Span::styled("cause  ", theme.dim()), &local::words(model, &problem.cause), plain);
    }
    page.behind(Span::styled("next   ", theme.dim()), &local::words(model, &problem.advice), plain);
    // Last, for it may be long: what to do must be in sight.
    if !problem.said.is_empty() {
        page.gap();
        for line in &problem.said {
            page.behind(Span::styled("| ", theme.dim()), line, plain);
        }
    }
}
