//! Having GitLab make the runner: what is typed, and how it is drawn.

use super::view::{AUTHORITY, OF_AUTHORITY, Rows, plain, rows};
use crate::tui::act::Act;
use crate::tui::form;
use crate::tui::go;
use crate::tui::make_form::{Field, Kind, MakeForm};
use crate::tui::message::Effect;
use crate::tui::model::{Model, Operation, Purpose, Screen};
use crate::tui::theme::Sign;
use crate::tui::view::layout;
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

/// A key that is text.
pub(super) fn on_typed(model: &mut Model, event: KeyEvent) {
    model.notice = model.make.as_mut().and_then(|form| form.key(event)).unwrap_or_default();
}

/// A paste.
pub(super) fn on_pasted(model: &mut Model, text: &str) {
    model.notice = model.make.as_mut().and_then(|form| form.paste(text)).unwrap_or_default();
}

/// A key that means something.
pub(super) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    let Some(form) = &mut model.make else { return if act == Act::Back { go::go_back(model) } else { vec![] } };
    match act {
        Act::Back => return go::go_back(model),
        Act::NextField => form.step(1),
        Act::PreviousField => form.step(-1),
        Act::Main => return submit(model),
        _ => {}
    }
    vec![]
}

fn submit(model: &mut Model) -> Vec<Effect> {
    let server = model.server().to_owned();
    let Some(form) = &mut model.make else { return vec![] };
    if form.token.expose().is_empty() && form.focus != Field::Token {
        form.focus = Field::Token; // not wrong, only not there yet
        return vec![];
    }
    let Some((user, wanted)) = form.submit(&server) else { return vec![] };
    model.wants.answers.ca_file = form::authority(&form.authority);
    model.failure = None;
    model.operation = Some(Operation::new(Purpose::Make, None, model.now));
    go::show(model, Screen::Operation);
    vec![Effect::Make { wants: model.wants.clone(), user, wanted: Box::new(wanted) }]
}

/// The form.
pub(super) fn draw(model: &Model, frame: &mut Frame) {
    let Some(form) = &model.make else { return };
    let mut rows = rows(model, layout::body(model.size));
    rows.lines.push(Line::styled("Have GitLab make the runner", model.theme.bold()));
    rows.note(model.server(), model.theme.dim());
    for field in form.fields() {
        let here = form.focus == field;
        one(&mut rows, form, field, here);
        if let Some((_, problem)) = form.error.as_ref().filter(|(of, _)| *of == field) {
            let sign = model.theme.sign(Sign::Bad);
            rows.note(&format!("{sign} {} {}", problem.what, problem.advice), model.theme.of(Sign::Bad));
        } else if here {
            rows.note(meaning(field), model.theme.dim());
        }
        if here {
            rows.told = rows.lines.len();
        }
    }
    rows.draw(model, frame, layout::body(model.size));
}

fn one(rows: &mut Rows, form: &MakeForm, field: Field, here: bool) {
    let kind = match form.kind {
        Kind::Project => "a project",
        Kind::Group => "a group",
        Kind::Instance => "the whole instance",
    };
    match field {
        Field::Token => {
            let dots = rows.theme.mask().repeat(form.token.expose().chars().count());
            rows.field("access token of yours", &dots, here.then(|| dots.width()));
        }
        Field::Owner => rows.field("it is for", kind, here.then_some(0)),
        Field::Of => plain(rows, &format!("which: number, path or address of {kind}"), &form.of, here),
        Field::Name => plain(rows, "name in GitLab", &form.name, here),
        Field::Tags => plain(rows, "tags, with commas between them", &form.tags, here),
        Field::Untagged => yes(rows, "takes jobs without tags", form.untagged, here),
        Field::Locked => yes(rows, "for this project alone", form.locked, here),
        Field::Paused => yes(rows, "takes no jobs yet", form.paused, here),
        Field::Longest => plain(rows, "the longest that a job may take, in seconds", &form.longest, here),
        Field::Authority => plain(rows, AUTHORITY, &form.authority, here),
    }
}

fn yes(rows: &mut Rows, label: &str, on: bool, here: bool) {
    rows.field(label, if on { "[x] yes" } else { "[ ] no" }, here.then_some(1));
}

fn meaning(field: Field) -> &'static str {
    match field {
        Field::Token => {
            "In GitLab: your picture, Edit profile, Access tokens. Its scope: create_runner, and read_api for a path. It is kept nowhere."
        }
        Field::Owner => "Space: a project, a group, the whole instance (administrators only).",
        Field::Of => "As in the browser, such as acme/tools. A number needs no read_api.",
        Field::Name => "What GitLab's list shows, so that you recognise it.",
        Field::Tags => "A job that has tags runs where all of them are.",
        Field::Untagged => "Without tags it would never have a job else. Space changes it.",
        Field::Locked => "No other project can be given it. Space changes it.",
        Field::Paused => "Until that is switched in GitLab. Space changes it.",
        Field::Longest => "Mostly empty. 600 or more.",
        Field::Authority => OF_AUTHORITY,
    }
}
