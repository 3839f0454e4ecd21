//! One step: why, what was found, what is needed, what will run.

use super::keys::STEP;
use crate::gitlab;
use crate::steps::{Report, State, Step};
use crate::tui::act::Act;
use crate::tui::keys::binding::key_of;
use crate::tui::model::Model;
use crate::tui::theme::Sign;
use crate::tui::view::report;
use crate::tui::view::text::Page;
use ratatui::style::Style;
use ratatui::text::Line;

/// The page.
pub(super) fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
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
            report::problem(model, &mut page, problem);
        }
        Some(Ok(report)) => found(model, &mut page, report),
    }
    page.lines
}

/// Returns the addresses on the page.
pub(super) fn addresses(model: &Model) -> Vec<String> {
    match model.state() {
        Some(State::Asks(_)) => gitlab::token_pages(model.server()).into(),
        _ => vec![],
    }
}

fn found(model: &Model, page: &mut Page, report: &Report) {
    let (theme, plain) = (model.theme, Style::new());
    page.gap();
    report::facts(page, report, "");
    page.gap();
    if report.step == Step::Startup {
        // Above the commands: it is asked about here, and Enter is next.
        let toggle = key_of(STEP, Act::Toggle);
        let (sign, words) = match model.wants.answers.start_at_boot {
            Some(true) => (Sign::Ok, format!("Start it whenever this machine starts: yes. {toggle}: no.")),
            _ => (Sign::Here, format!("Start it whenever this machine starts? Not so far. {toggle}: yes.")),
        };
        page.sign(sign, &words, plain);
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
        State::Blocked(problem) => report::problem(model, page, problem),
    }
    if report.state != State::Ready && !report.plan.is_empty() {
        page.gap();
    }
    if !model.fresh.contains(&report.step) && report.state == State::Ready {
        page.text("looking…", theme.dim());
        return;
    }
    report::commands(page, report, "");
    // Before a change, only what it changes: the commands must stay in sight.
    for picture in report.pictures.iter().filter(|picture| report.state == State::Done || picture.changes()) {
        page.gap();
        for line in picture.lines(theme.unicode) {
            page.drawn(&line, theme.dim());
        }
    }
    if report.step == Step::Image && report.state == State::Ready && !model.builds_image() {
        page.gap();
        let build = key_of(STEP, Act::Edit);
        page.text(&format!("{build} builds it here instead, from what this program carries."), theme.dim());
    }
    if report.step == Step::Configuration && report.state == State::Ready {
        page.gap();
        let edit = key_of(STEP, Act::Edit);
        page.text(&format!("Enter stores it as it is; {edit} opens it in the editor first."), theme.dim());
    }
}
