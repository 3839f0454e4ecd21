//! The ladder, rung by rung, and what to do next.

use super::keys::LADDER;
use crate::ladder::RungId;
use crate::names::typed;
use crate::tui::act::Act;
use crate::tui::keys::binding::key_of;
use crate::tui::keys::key_on;
use crate::tui::model::{Model, Screen};
use crate::tui::theme::Sign;
use crate::tui::view::local;
use crate::tui::view::report;
use crate::tui::view::text::Page;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// In fewer columns what is said of a rung has no column of its own.
const NARROW: usize = 50;

/// The page.
pub(super) fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
    let mut page = Page::new(model.theme, width);
    let (theme, plain) = (model.theme, Style::new());
    let climb = &model.climb;
    let failed = climb.problem.is_some() || climb.rungs.iter().any(|rung| rung.ok == Some(false));
    let up = climb.is_up();
    let rests = climb.rungs.iter().any(|rung| rung.rests);
    page.title(match (climb.climbing, failed, up) {
        (true, ..) => "Is the runner up?",
        _ if rests => "The runner is paused: it takes no jobs.",
        (_, true, _) => "The runner is not up yet.",
        (_, _, true) => "The runner is up.",
        _ => "The ladder was left half way.",
    });
    page.gap();
    for id in RungId::ALL {
        let rung = climb.rungs.iter().find(|rung| rung.id == id);
        let stopped_at = climb.problem.is_some() && climb.rungs.last().is_some_and(|last| last.id == id);
        let sign = match rung.map(|rung| rung.ok) {
            _ if rung.is_some_and(|rung| rung.rests) => Sign::Warn,
            Some(Some(true)) => Sign::Ok,
            Some(Some(false)) => Sign::Bad,
            Some(None) if stopped_at => Sign::Bad,
            Some(None) if climb.climbing => Sign::Here,
            _ => Sign::Todo,
        };
        let word = match sign {
            Sign::Here => theme.spinner(model.now).to_owned(),
            _ => theme.sign(sign).to_owned(),
        };
        let detail = rung.map(|rung| local::words(model, &rung.detail)).unwrap_or_default();
        let lead = Span::styled(format!("{word} "), theme.of(sign));
        if page.width < NARROW {
            page.behind(lead, &format!("{}  {detail}", id.title()), plain);
        } else {
            page.hanging(lead, &format!("{:<26} {detail}", id.title()), plain, 27);
        }
    }
    page.gap();
    if let Some(problem) = &climb.problem {
        report::problem(model, &mut page, problem);
    } else if rests {
        let (key, resume) = (key_on(model, Screen::Home, Act::Resume), typed("resume", &model.who.container));
        page.text(&format!("{key} at home has it take jobs again, and so does `{resume}`."), plain);
    } else if failed {
        page.text("What to do", theme.bold());
        let key = |act| key_of(LADDER, act);
        let back = format!("{} applies the configuration before this one again, ", key(Act::PutBack));
        let back = if model.changed { &*back } else { "" };
        let (edit, log, look) = (key(Act::Edit), key(Act::Log), key(Act::Look));
        let words = format!("{back}{edit} edits the configuration, {log} shows the whole log, {look} climbs again.");
        page.text(&format!("{words} The container's own words:"), plain);
    } else if climb.tries {
        page.text("Where all of it holds, a small job is tried.", theme.dim());
    } else if up {
        job(model, &mut page);
        next(model, &mut page);
    }
    // Last, for it may be long: what to do must be in sight.
    for line in climb.rungs.iter().flat_map(|rung| &rung.said) {
        page.behind(Span::styled("| ", theme.dim()), line, plain);
    }
    page.lines
}

/// A small job, tried without GitLab: offered, under way, and what became of it.
fn job(model: &Model, page: &mut Page) {
    let (theme, plain) = (model.theme, Style::new());
    match &model.climb.tried {
        None if model.climb.trying => {
            let lead = Span::styled(format!("{} ", theme.spinner(model.now)), theme.of(Sign::Here));
            page.behind(lead, "a small job runs in the nested podman", plain);
        }
        None => page.text(
            &format!(
                "Would a job run? {} tries one, as `{}` does.",
                key_of(LADDER, Act::TryJob),
                typed("verify --job", &model.who.container)
            ),
            plain,
        ),
        Some(Err(problem)) => report::problem(model, page, problem),
        Some(Ok(findings)) => {
            for finding in findings {
                let sign = if finding.ok { Sign::Ok } else { Sign::Bad };
                let lead = Span::styled(format!("{} ", theme.sign(sign)), theme.of(sign));
                page.behind(lead, &format!("{}: {}", finding.id, finding.found), plain);
                if !finding.fix.is_empty() {
                    page.indented("next: ", &finding.fix, plain);
                }
            }
        }
    }
    page.gap();
}

fn next(model: &Model, page: &mut Page) {
    let url = model.server();
    let plain = Style::new();
    page.title("What to do next");
    page.indented(
        "- ",
        &format!("The runner's page in GitLab shows it as online: {url} (Settings, CI/CD, Runners)."),
        plain,
    );
    page.indented("- ", "Give a project a .gitlab-ci.yml and push: the job runs here.", plain);
    page.indented("- ", "`pipglr status` says how it stands, `pipglr logs` what it says.", plain);
    page.gap();
    page.title("When a job does not start");
    page.indented("- ", "Is the runner assigned to the project, not paused, and do its tags match the job's?", plain);
    let log = key_of(LADDER, Act::Log);
    let words = format!("Are all of its `concurrent` jobs taken? {log} shows the log, and what it says of the job.");
    page.indented("- ", &words, plain);
}
