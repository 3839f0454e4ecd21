//! What lies over the lines: the jobs, one line taken apart.

use super::line::level;
use crate::logs::clock::{Local, Show};
use crate::logs::jobs::State;
use crate::logs::{Item, Job};
use crate::tui::model::Model;
use crate::tui::theme::Sign;
use crate::tui::view::layout::log_area;
use crate::tui::view::text::{Page, cut, pad};
use jiff::tz::TimeZone;
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// The state of a job has so many columns at least, so that the table does not jump with the first failure.
const LEAST: usize = 22;

/// How a job stands, and why.
fn state_of(job: &Job) -> String {
    match &job.state {
        State::Failed(why) => format!("failed: {why}"),
        other => other.word().to_owned(),
    }
}

/// The jobs, the newest first; `at` is the chosen one.
pub(super) fn jobs(model: &Model, at: usize, height: usize) -> Vec<Line<'static>> {
    let theme = model.theme;
    let width = usize::from(model.size.0);
    let wide = width >= 100;
    // A blank behind each; the state takes what is left.
    let (project, runner) = if wide { (40, 12) } else { (16, 9) };
    let narrow = width < 60;
    let others = if narrow { 10 + 1 + 9 } else { 11 + project + runner + 10 + 10 };
    // Not more than it needs: what stands behind it is read with it.
    let listed = model.log.listed_jobs();
    let needed = listed.iter().map(|job| state_of(job).width()).max().unwrap_or(0).max(LEAST);
    let state = width.saturating_sub(2 + others).min(needed);
    let row = |job: &str, of: &str, by: &str, how: &str, began: &str, took: &str| {
        if narrow {
            return format!("{}{}{took}", pad(&cut(theme, job, 9), 10), pad(&cut(theme, how, state), state + 1));
        }
        let cells = [(job, 10), (of, project - 1), (by, runner - 1), (how, state), (began, 9), (took, 9)];
        cells.map(|(text, width)| pad(&cut(theme, text, width), width + 1)).concat()
    };
    let head = row("job", "project", "runner", "state", "began", "took");
    let mut lines = vec![Line::styled(format!("  {head}"), theme.bold())];
    let room = height.saturating_sub(1).max(1);
    let first = (at + 1).saturating_sub(room);
    for (index, job) in listed.into_iter().enumerate().skip(first).take(room) {
        let how = state_of(job);
        let text = row(&job.id.to_string(), &job.project, &job.runner, &how, &began(job, &model.zone), &took(job));
        let style = match job.state {
            State::Failed(_) => theme.colour(Color::Red),
            State::Succeeded => theme.colour(Color::Green),
            State::Running | State::Ended => Style::new(),
        };
        let lead = if index == at {
            Span::styled(format!("{} ", theme.sign(Sign::Here)), theme.of(Sign::Here))
        } else {
            Span::raw("  ")
        };
        lines.push(Line::from(vec![lead, Span::styled(text, style)]));
    }
    if lines.len() == 1 {
        let mut page = Page::new(theme, log_area(model.size).width.saturating_sub(4));
        page.gap();
        page.text("No line of the log tells of a job yet.", Style::new());
        page.text("One is here as soon as GitLab gives the runner a job.", theme.dim());
        lines = indented(page);
    }
    lines
}

fn began(job: &Job, zone: &TimeZone) -> String {
    job.started.map(|time| time.to_zoned_datetime(zone.clone()).strftime("%H:%M:%S").to_string()).unwrap_or_default()
}

/// As gitlab-runner says; while it runs, up to its newest line.
fn took(job: &Job) -> String {
    let so_far = || job.started.zip(job.seen).map(|(from, to)| to.duration_since(from));
    let Some(took) = job.took.or_else(so_far) else { return String::new() };
    let seconds = took.as_secs();
    let text = if seconds < 60 {
        format!("{:.1} s", took.as_secs_f64())
    } else {
        format!("{}:{:02} min", seconds / 60, seconds % 60)
    };
    if job.took.is_some() { text } else { format!("> {text}") }
}

/// One line, all of it: what it is known to be, its message, its fields, and as it was said.
pub(super) fn line(model: &Model, number: u64) -> Vec<Line<'static>> {
    let (log, theme) = (&model.log, model.theme);
    let mut page = Page::new(theme, log_area(model.size).width.saturating_sub(2));
    let Some(item) = log.buffer.get(number) else {
        page.text("This line is not kept any more.", theme.dim());
        return indented(page);
    };
    let mut time = vec![];
    Local::new(model.zone.clone()).write(item.time(), Show::Full, &mut time);
    let time = String::from_utf8_lossy(&time).trim().to_owned();
    let line = match item {
        Item::Ruler(ruler) => {
            page.text(&time, theme.dim());
            page.text(&ruler.text, theme.bold());
            return indented(page);
        }
        Item::Line(line) => line,
    };
    let job = line.job.map(|job| format!("   job {job}")).unwrap_or_default();
    let program = if line.program().is_empty() { line.source.word() } else { line.program() };
    page.text(format!("{time}   {program}   {}{job}", line.level.word()).trim(), theme.dim());
    page.gap();
    let fields = line.fields();
    let structured = !fields.pairs.is_empty();
    let text = line.shown(log.reveal);
    let message = if structured { fields.message.as_str() } else { &*text };
    page.text(message, level(theme, line.level));
    if structured {
        page.gap();
        let names = fields.pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).min(24);
        for (name, value) in &fields.pairs {
            let lead = Span::styled(format!("{}  ", pad(name, names)), theme.command());
            page.behind(lead, value, Style::new());
        }
        page.gap();
        page.text("As it was said:", theme.dim());
        page.text(&text, Style::new());
    }
    indented(page)
}

pub(super) fn indented(page: Page) -> Vec<Line<'static>> {
    let mut lines = page.lines;
    for line in &mut lines {
        line.spans.insert(0, Span::raw(" "));
    }
    lines
}
