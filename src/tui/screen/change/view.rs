//! A change of the configuration before it is applied: what differs, which jobs run, what will be done.

use crate::tui::act::Act;
use crate::tui::keys::key_on;
use crate::tui::model::{Model, Screen};
use crate::tui::theme::Sign;
use crate::tui::view::difference::difference;
use crate::tui::view::local;
use crate::tui::view::text::Page;
use ratatui::style::Style;
use ratatui::text::Line;

/// The page.
pub(super) fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
    let theme = model.theme;
    let mut page = Page::new(theme, width);
    let Some(change) = &model.change else { return page.lines };
    let proposal = &change.proposal;
    match &change.back {
        Some(from) => page.title(&format!("Back to {}", local::words(model, from))),
        None => page.title("What changes"),
    }
    page.gap();
    if change.diff.lines.is_empty() && change.diff.notes.is_empty() {
        page.text("The secret says this already; the container still runs with another one.", Style::new());
    }
    difference(&mut page, &change.diff);
    if let Some(editor) = &model.editor
        && change.back.is_none()
    {
        let (_, warnings) = editor.seen.answer.counts();
        if warnings > 0 {
            page.gap();
            let words =
                if warnings == 1 { "1 warning in the text" } else { &format!("{warnings} warnings in the text") };
            let next = key_on(model, Screen::Editor, Act::NextFinding);
            page.sign(Sign::Warn, &format!("{words}: Esc, then {next}, shows them."), Style::new());
        }
    }
    page.gap();
    match (&proposal.jobs, proposal.recreates) {
        _ if proposal.hands_over => page
            .text("gitlab-runner takes it while it runs: the container stays, and running jobs go on.", Style::new()),
        (_, false) => {
            page.text("There is no container yet: the configuration is stored, and nothing restarts.", Style::new())
        }
        (Some(jobs), true) if jobs.is_empty() => page.text("The container is recreated. No job runs.", Style::new()),
        (Some(jobs), true) => {
            let ids = jobs.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
            let (what, which) = if jobs.len() == 1 {
                ("1 job runs", "It is")
            } else {
                (&*format!("{} jobs run", jobs.len()), "They are")
            };
            let then = if change.wish.now { "ended at once" } else { "waited for" };
            page.sign(
                Sign::Warn,
                &format!("The container is recreated. {what} ({ids}). {which} {then}."),
                Style::new(),
            );
        }
        (None, true) => {
            page.sign(Sign::Warn, "The container is recreated. It does not say which jobs run.", Style::new());
        }
    }
    page.gap();
    for warning in &proposal.plan.warnings {
        page.sign(Sign::Warn, warning, Style::new());
    }
    page.text("will run:", theme.dim());
    for action in proposal.plan.all() {
        for line in action.shell() {
            page.command("", &line);
        }
    }
    page.lines
}
