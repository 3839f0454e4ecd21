//! One step: why, what was found, what is needed, what will run.

use super::text::{Page, TOGETHER, pad};
use crate::gitlab;
use crate::host::Privilege;
use crate::plan::Action;
use crate::problem::Problem;
use crate::steps::{Report, State, Step};
use crate::tui::model::Model;
use crate::tui::theme::Sign;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// The page.
pub fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
    let mut page = Page::new(model.theme, width);
    let step = model.step;
    page.title(step.title());
    page.text(step.why(), Style::new());
    match model.reports.get(&step) {
        None => {
            page.gap();
            page.text("looking…", model.theme.dim());
        }
        Some(Err(problem)) => {
            page.gap();
            page.sign(Sign::Bad, "The host cannot be asked.", model.theme.bold());
            self::problem(&mut page, problem);
        }
        Some(Ok(report)) => found(model, &mut page, report),
    }
    page.lines
}

fn found(model: &Model, page: &mut Page, report: &Report) {
    let (theme, plain) = (model.theme, Style::new());
    page.gap();
    facts(page, report, "");
    page.gap();
    if report.step == Step::Startup {
        // Above the commands: it is asked about here, and Enter is next.
        let (sign, words) = match model.wants.answers.start_at_boot {
            Some(true) => (Sign::Ok, "Start it whenever this machine starts: yes. Space: no."),
            _ => (Sign::Here, "Start it whenever this machine starts? Not so far. Space: yes."),
        };
        page.sign(sign, words, plain);
        page.gap();
    }
    match &report.state {
        State::Done => page.sign(Sign::Ok, "Done: nothing to do here.", plain),
        State::Ready => {}
        State::Asks(what) => {
            page.sign(Sign::Here, &format!("This needs {what}. Enter asks for it."), plain);
            for line in gitlab::where_it_is_had(model.server()) {
                page.indented("  ", &line, theme.dim());
            }
        }
        State::Waits(other) => page.sign(Sign::Todo, &format!("This comes after {}.", other.title()), plain),
        State::Blocked(problem) => self::problem(page, problem),
    }
    if report.state != State::Ready && !report.plan.is_empty() {
        page.gap();
    }
    if !model.fresh.contains(&report.step) && report.state == State::Ready {
        page.text("looking…", theme.dim());
        return;
    }
    commands(page, report, "");
    // Before a change, only what it changes: the commands must stay in sight.
    for picture in report.pictures.iter().filter(|picture| report.state == State::Done || picture.changes()) {
        page.gap();
        for line in picture.lines(theme.unicode) {
            page.drawn(&line, theme.dim());
        }
    }
    if report.step == Step::Image && report.state == State::Ready && model.wants.build.is_none() {
        page.gap();
        page.text("e builds it here instead, from what this program carries.", theme.dim());
    }
    if report.step == Step::Configuration && report.state == State::Ready {
        page.gap();
        page.text("e opens the configuration in the editor first.", theme.dim());
    }
}

/// What was found, beside what is needed, as a sign and in words.
pub fn facts(page: &mut Page, report: &Report, indent: &str) {
    let theme = page.theme;
    let what = report.facts.iter().map(|fact| fact.what.width()).max().unwrap_or(0);
    for fact in &report.facts {
        let sign = if fact.ok { Sign::Ok } else { Sign::Bad };
        let needed = match (fact.ok, fact.needed.as_str()) {
            (true, _) | (_, "") => String::new(),
            (false, needed) => format!("   {}", format!("needed: {needed}").replace(' ', TOGETHER)),
        };
        let line = format!("{}  {}{needed}", pad(&fact.what, what), fact.found);
        let lead = Span::styled(format!("{indent}{} ", theme.sign(sign)), theme.of(sign));
        page.behind(lead, &line, Style::new());
    }
}

/// What will run, with root's part marked, and what one should know before.
pub fn commands(page: &mut Page, report: &Report, indent: &str) {
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
            page.behind(Span::raw(format!("{indent}  ")), &line, theme.command());
        }
        if matches!(action, Action::Run(cmd) if cmd.privilege == Privilege::RootIfRefused) {
            page.indented(indent, "  (through sudo where the system refuses you that)", theme.dim());
        }
    }
}

/// A problem: what, the tool's own words, the cause, what to do.
pub fn problem(page: &mut Page, problem: &Problem) {
    let (theme, plain) = (page.theme, Style::new());
    page.text(&problem.what, theme.bold());
    page.gap();
    if !problem.cause.is_empty() {
        page.behind(Span::styled("cause  ", theme.dim()), &problem.cause, plain);
    }
    page.behind(Span::styled("next   ", theme.dim()), &problem.advice, plain);
    // Last, for it may be long: what to do must be in sight.
    if !problem.said.is_empty() {
        page.gap();
        for line in &problem.said {
            page.behind(Span::styled("| ", theme.dim()), line, plain);
        }
    }
}

/// The lines for an administrator, while the host is looked at again and again.
pub fn admin(model: &Model, width: u16) -> Vec<Line<'static>> {
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
        page.command(&line);
    }
    page.gap();
    for report in model.admin_steps() {
        facts(&mut page, report, "");
    }
    let seconds = model.look_at.saturating_sub(model.now).as_millis().div_ceil(1000);
    page.gap();
    page.text(
        &if model.looking { "looking…".to_owned() } else { format!("looking again in {seconds} s") },
        model.theme.dim(),
    );
    page.lines
}
