//! What the doctor knows of a line: a mark in the margin, and a page that explains.

use super::panel::indented;
use crate::symptoms::{Severity, Symptom};
use crate::tui::model::Model;
use crate::tui::screen::log::fix::symptom;
use crate::tui::theme::{Sign, Theme};
use crate::tui::view::layout::log_area;
use crate::tui::view::text::Page;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Its mark.
pub(super) fn sign(theme: Theme, symptom: &Symptom) -> Span<'static> {
    let sign = if symptom.severity == Severity::Error { Sign::Bad } else { Sign::Warn };
    Span::styled(theme.sign(sign), theme.of(sign))
}

/// The page.
pub(super) fn page(model: &Model, number: u64) -> Vec<Line<'static>> {
    let theme = model.theme;
    let mut page = Page::new(theme, log_area(model.size).width.saturating_sub(2));
    let item = model.log.buffer.get(number);
    let Some((item, symptom)) = item.and_then(|item| Some((item, symptom(item)?))) else {
        page.text("This line is not kept any more.", theme.dim());
        return indented(page);
    };
    page.text(item.text(), theme.bold());
    page.gap();
    let part = |page: &mut Page, name: &str, text: &str, style: Style| {
        page.behind(Span::styled(format!("{name:<7}"), theme.dim()), text, style);
        page.gap();
    };
    part(&mut page, "cause", &symptom.cause, Style::new());
    part(&mut page, "fix", &symptom.fix, Style::new());
    if let Some(remedy) = symptom.step {
        part(&mut page, "by", &remedy.says(&model.who.container), theme.command());
    }
    if !symptom.doc.is_empty() {
        part(&mut page, "read", &symptom.doc, theme.dim());
    }
    page.text("What is marked was said once: `pipglr doctor` knows whether it still holds.", theme.dim());
    indented(page)
}
