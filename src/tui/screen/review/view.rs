//! All steps on one page, before anything is changed.

use crate::steps::State;
use crate::tui::model::Model;
use crate::tui::theme::Sign;
use crate::tui::view::report;
use crate::tui::view::report::sign;
use crate::tui::view::text::Page;
use ratatui::style::Style;
use ratatui::text::Line;

/// The page.
pub(super) fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
    let mut page = Page::new(model.theme, width);
    let (theme, plain) = (model.theme, Style::new());
    if model.reports.is_empty() {
        page.title("A GitLab runner in podman in podman");
        page.text("Six steps lead to a running runner. First a look at what is here; nothing is changed by it.", plain);
        return page.lines;
    }
    let all = model.all_done();
    page.title(if all { "All six steps are done." } else { "What will be done, step by step" });
    if !all {
        let begun = model.steps().iter().any(|step| model.done(*step));
        let so_far = if begun { "What is done stays as it is." } else { "Nothing has been changed yet." };
        page.text(&format!("{so_far} Each step shows its commands again before it runs them."), theme.dim());
    }
    in_the_way(&mut page, model);
    for step in model.steps() {
        page.gap();
        let number = step.number().map_or(String::new(), |number| format!("{number} "));
        match model.reports.get(&step) {
            None => page.sign(Sign::Todo, &format!("{number}{}  looking…", step.title()), plain),
            Some(Err(problem)) => {
                page.sign(Sign::Bad, &format!("{number}{}", step.title()), theme.bold());
                page.indented("  ", &problem.what, plain);
                for said in &problem.said {
                    page.indented("  | ", said, theme.dim());
                }
                page.indented("  next: ", &problem.advice, plain);
            }
            Some(Ok(report)) => {
                let state = match &report.state {
                    State::Done => "done".to_owned(),
                    State::Ready => "to do".to_owned(),
                    State::Asks(what) => format!("asks for {what}"),
                    State::Waits(other) => format!("after {}", other.title()),
                    State::Blocked(_) => "cannot be done yet".to_owned(),
                };
                page.sign(sign(model, step, false), &format!("{number}{}: {state}", step.title()), theme.bold());
                report::facts(&mut page, report, "  ");
                if let State::Blocked(problem) = &report.state {
                    page.indented("  ", &problem.what, plain);
                    page.indented("  next: ", &problem.advice, plain);
                }
                report::commands(&mut page, report, "  ");
            }
        }
    }
    page.lines
}

/// What no step fixes comes first: it is looked at again until it is gone.
fn in_the_way(page: &mut Page, model: &Model) {
    if model.checks.is_empty() {
        return;
    }
    let (theme, plain) = (model.theme, Style::new());
    page.gap();
    page.text("In the way, looked at again every 3 seconds until it is gone:", theme.bold());
    for check in &model.checks {
        page.sign(Sign::Bad, &format!("{}: {}", check.id, check.found), plain);
        page.indented("  ", &check.why, theme.dim());
        for line in &check.fix {
            page.indented("    ", line, theme.command());
        }
    }
    if model.checks.iter().any(|check| check.needs_root) {
        page.indented("  ", "`pipglr check --script` prints root's part for an administrator.", theme.dim());
    }
}
