//! A newer image: what is in it beside what is in the container's, and what will be done.

use super::keys::UPDATE;
use crate::image_update::Proposal;
use crate::tui::act::Act;
use crate::tui::keys::binding::key_of;
use crate::tui::model::Model;
use crate::tui::theme::Sign;
use crate::tui::view::local;
use crate::tui::view::report;
use crate::tui::view::text::{Page, pad};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// The page.
pub(super) fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
    let mut page = Page::new(model.theme, width);
    page.title("A newer image");
    page.gap();
    match &model.update {
        None => page.text("looking into the images…", model.theme.dim()),
        Some(Err(problem)) => report::problem(model, &mut page, problem),
        Some(Ok(proposal)) if !proposal.does_something() => {
            page.sign(Sign::Ok, &format!("The container is of the image that {} means.", proposal.image), Style::new());
            contents(model, &mut page, proposal);
            page.gap();
            let (pull, build) = (key_of(UPDATE, Act::Pull), key_of(UPDATE, Act::Build));
            page.text(&format!("{pull} pulls a newer one, {build} builds one."), Style::new());
        }
        Some(Ok(proposal)) => newer(&mut page, model, proposal),
    }
    page.lines
}

fn newer(page: &mut Page, model: &Model, proposal: &Proposal) {
    let (theme, plain) = (page.theme, Style::new());
    let name = &model.who.container;
    if let Some(begun) = &proposal.begun {
        page.sign(Sign::Warn, &format!("{}.", begun.words(name)), plain);
    }
    page.text(&proposal.image, theme.bold());
    contents(model, page, proposal);
    page.gap();
    let jobs = proposal.jobs.as_ref().is_none_or(|jobs| !jobs.is_empty());
    let what = format!("The container is recreated of it. {}", proposal.words());
    if jobs {
        page.sign(Sign::Warn, &what, plain)
    } else {
        page.text(&what, plain)
    }
    page.text(&proposal.keeps(name), plain);
    page.gap();
    for warning in &proposal.plan.warnings {
        page.sign(Sign::Warn, warning, plain);
    }
    page.text("will run:", theme.dim());
    for line in proposal.plan.all().flat_map(crate::plan::Action::shell) {
        page.command("", &line);
    }
}

/// A line for each thing in it; where nothing is newer, only what it is.
fn contents(model: &Model, page: &mut Page, proposal: &Proposal) {
    let theme = page.theme;
    let rows: Vec<_> = proposal
        .from
        .beside(&proposal.to)
        .into_iter()
        .map(|row| row.map(|words| local::words(model, &words)))
        .collect();
    let column = rows.iter().map(|row| row[0].width()).max().unwrap_or(0);
    let before = rows.iter().map(|row| row[1].width()).max().unwrap_or(0);
    for [what, old, new] in &rows {
        let lead = Span::styled(format!("  {}  ", pad(what, column)), theme.dim());
        let value = if old == new { old.clone() } else { format!("{}  →  {new}", pad(old, before)) };
        page.behind(lead, &value, Style::new());
    }
}
