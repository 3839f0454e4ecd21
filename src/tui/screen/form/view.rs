//! The forms: a field and what it means, the error below the field it is about.

use super::keys::FORM;
use crate::gitlab::{self, TokenKind};
use crate::text::plural;
use crate::tui::act::Act;
use crate::tui::build_form::BuildForm;
use crate::tui::form::{Field, Form};
use crate::tui::input::TextField;
use crate::tui::keys::binding::key_of;
use crate::tui::model::Model;
use crate::tui::theme::{Sign, Theme};
use crate::tui::view::paragraph::paragraph;
use crate::tui::view::text::{cut, wrap};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A form on its way to the screen.
pub(super) struct Rows {
    pub(super) theme: Theme,
    width: usize,
    pub(super) lines: Vec<Line<'static>>,
    /// The field with the cursor: its line, its column.
    cursor: Option<(usize, usize)>,
    /// So many lines there are up to what is said of that field.
    pub(super) told: usize,
}

impl Rows {
    pub(super) fn field(&mut self, label: &str, value: &str, cursor: Option<usize>) {
        self.filled(label, value, cursor, Style::new().add_modifier(Modifier::UNDERLINED));
    }

    fn filled(&mut self, label: &str, value: &str, cursor: Option<usize>, style: Style) {
        let room = self.width.saturating_sub(4);
        // What is before the cursor must be seen, also where it is longer than the field.
        let (mut shown, mut at) = (value.to_owned(), cursor.unwrap_or(0));
        while cursor.is_some() && at >= room.max(1) {
            let Some(first) = shown.chars().next() else { break };
            shown.remove(0);
            at -= first.width().unwrap_or(0).min(at);
        }
        let here = cursor.is_some();
        let sign = if here { self.theme.sign(Sign::Here) } else { " " };
        self.lines.push(Line::from(vec![
            Span::styled(format!("{sign} "), self.theme.of(Sign::Here)),
            Span::styled(
                cut(self.theme, label, self.width.saturating_sub(2)),
                if here { self.theme.bold() } else { Style::new() },
            ),
        ]));
        if here {
            self.cursor = Some((self.lines.len(), 4 + at));
        }
        let text: String = cut(self.theme, &shown, room);
        let rest = " ".repeat(room.min(60).saturating_sub(text.width()));
        let under = Style::new().add_modifier(Modifier::UNDERLINED);
        self.lines.push(Line::from(vec![Span::raw("    "), Span::styled(text, style), Span::styled(rest, under)]));
    }

    pub(super) fn note(&mut self, text: &str, style: Style) {
        for line in wrap(&self.theme.text(text), self.width.saturating_sub(4)) {
            self.lines.push(Line::from(vec![Span::raw("    "), Span::styled(line, style)]));
        }
    }

    /// Draws them; says where there is more.
    pub(super) fn draw(self, model: &Model, frame: &mut Frame, area: Rect) {
        let area = area.intersection(frame.area());
        if area.is_empty() {
            return;
        }
        // The field with the cursor and what is said about it stay in sight.
        let line = self.cursor.map_or(0, |(line, _)| line);
        let height = usize::from(area.height);
        let most = self.lines.len().saturating_sub(height);
        // Its name, at least, is above it.
        let skip = self.told.max(line + 3).saturating_sub(height).min(line.saturating_sub(1)).min(most);
        paragraph(model, frame, self.lines, area, skip);
        if let Some((line, column)) = self.cursor {
            let x = area.x.saturating_add(column as u16).min(area.right() - 1);
            let y = area.y.saturating_add(line.saturating_sub(skip) as u16).min(area.bottom() - 1);
            frame.set_cursor_position((x, y));
        }
    }
}

pub(super) fn rows(model: &Model, area: Rect) -> Rows {
    Rows { theme: model.theme, width: usize::from(area.width.min(100)), lines: vec![], cursor: None, told: 0 }
}

/// A field of plain text.
pub(super) fn plain(rows: &mut Rows, label: &str, field: &TextField, here: bool) {
    let before: String = field.text().chars().take(field.cursor()).collect();
    // A proposal looks as what is selected does: what is typed takes its place.
    let look = if here && field.is_proposal() { Modifier::REVERSED } else { Modifier::UNDERLINED };
    rows.filled(label, field.text(), here.then(|| before.width()), Style::new().add_modifier(look));
}

/// The registration form.
pub(super) fn registration(model: &Model, frame: &mut Frame, area: Rect) {
    let Some(form) = &model.form else { return };
    let mut rows = rows(model, area);
    rows.lines.push(Line::styled("Registration", model.theme.bold()));
    for field in form.fields() {
        let here = form.focus == field;
        match field {
            Field::Url => plain(&mut rows, "GitLab URL", &form.url, here),
            Field::Token => token(&mut rows, form, here),
            Field::Runners => plain(&mut rows, "runners (registrations)", &form.runners, here),
            Field::Concurrent => plain(&mut rows, "jobs at once (concurrent)", &form.concurrent, here),
            Field::Name => plain(&mut rows, "name in GitLab", &form.name, here),
            Field::Authority => plain(&mut rows, AUTHORITY, &form.authority, here),
            Field::Keep => keep(&mut rows, form, here),
        }
        if let Some(problem) = form.error(field) {
            let style = model.theme.of(Sign::Bad);
            rows.note(&format!("{} {} {}", model.theme.sign(Sign::Bad), problem.what, problem.advice), style);
        } else if here {
            for line in meaning(form, field) {
                rows.note(&line, model.theme.dim());
            }
        }
        if here {
            rows.told = rows.lines.len();
        }
    }
    rows.draw(model, frame, area);
}

fn meaning(form: &Form, field: Field) -> Vec<String> {
    let words = match field {
        Field::Url => "The address of your GitLab, as in the browser.",
        Field::Token => match form.kind() {
            None if form.token.expose().is_empty() => return where_it_is_had(form.url.text()),
            None => "",
            Some(TokenKind::Legacy) => "A legacy token makes a new runner at each registration.",
            Some(_) => {
                let another = key_of(FORM, Act::Another);
                return vec![format!("It registers one runner. {another} begins another, different token.")];
            }
        },
        Field::Runners => "How many runners are made with this token. + and - count.",
        Field::Concurrent => "N parallel jobs need concurrent = N, not N registrations. + and - count.",
        Field::Name => "What GitLab's list shows, so that you recognise it.",
        Field::Authority => OF_AUTHORITY,
        Field::Keep => "It is removed after the registration unless you say keep. Space changes it.",
    };
    vec![words.to_owned()]
}

/// The field of a private authority's certificates, in both forms.
pub(super) const AUTHORITY: &str = "private authority (certificates)";
/// What it means.
pub(super) const OF_AUTHORITY: &str =
    "Mostly empty. The file of certificates (PEM), or `system` for this machine's own store.";

/// Where a token is had, on the GitLab that is meant.
fn where_it_is_had(url: &str) -> Vec<String> {
    let last = "Paste it, or GitLab's own line `gitlab-runner register …`: it is never shown.";
    let make = key_of(FORM, Act::Make);
    let made = format!("No token? {make} has GitLab make the runner.");
    gitlab::where_it_is_had(&meant(url)).into_iter().chain([last.to_owned(), made]).collect()
}

/// Returns the addresses on the form.
pub(super) fn addresses(model: &Model) -> Vec<String> {
    let Some(form) = model.form.as_ref().filter(|form| form.focus == Field::Token && form.token.expose().is_empty())
    else {
        return vec![];
    };
    gitlab::token_pages(&meant(form.url.text())).into()
}

/// The GitLab that is meant.
fn meant(url: &str) -> String {
    gitlab::base_url(url).unwrap_or_else(|_| gitlab::GITLAB_COM.into())
}

fn token(rows: &mut Rows, form: &Form, here: bool) {
    let mask = rows.theme.mask();
    let dots: String = form.token.expose().chars().map(|c| if c == '\n' { " " } else { mask }).collect();
    let lengths: Vec<_> = form.token.lines().map(|line| line.chars().count()).collect();
    let label = match (form.taken_for(), lengths.as_slice()) {
        (taken, [length]) if !taken.is_empty() => format!("token: {}, {taken}", plural::count(*length, "character")),
        (_, [] | [_]) => "authentication token".to_owned(),
        // Which of them was cut short shows in their lengths.
        (_, [lengths @ .., last]) => {
            let before = lengths.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
            format!("{} tokens of {before} and {last} characters", lengths.len() + 1)
        }
    };
    rows.field(&label, &dots, here.then(|| dots.width()));
}

fn keep(rows: &mut Rows, form: &Form, here: bool) {
    let label = "keep the token's secret in podman";
    rows.field(label, if form.keep { "[x] yes" } else { "[ ] no" }, here.then_some(1));
}

/// The build form.
pub(super) fn build(model: &Model, frame: &mut Frame, area: Rect) {
    let mut rows = rows(model, area);
    rows.lines.push(Line::styled("Build the image here", model.theme.bold()));
    rows.note("From what this program carries. All fields may stay empty.", Style::new());
    for (index, ((label, meaning), field)) in BuildForm::fields().zip(&model.build.fields).enumerate() {
        let here = model.build.focus == index;
        plain(&mut rows, label, field, here);
        if here {
            rows.note(meaning, model.theme.dim());
        }
    }
    rows.draw(model, frame, area);
}
