//! The recipes: the list, the questions of one, and what it changes.

use crate::config::recipes::{self, Param};
use crate::tui::editor::Editor;
use crate::tui::editor::recipe::{Field, Form, Recipes};
use crate::tui::model::Model;
use crate::tui::theme::Sign;
use crate::tui::view::difference::difference;
use crate::tui::view::layout::full;
use crate::tui::view::paragraph::paragraph;
use crate::tui::view::text::{Page, cut, pad};
use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// Draws them, in the place of the text.
pub(super) fn draw(model: &Model, editor: &Editor, recipes: &Recipes, frame: &mut Frame) {
    let area = full(model.size);
    match recipes {
        Recipes::Ask(form) => {
            let (lines, cursor) = ask(model, form, area.width);
            let last = area.height.saturating_sub(1);
            // The field that is typed in is in sight.
            let scroll = cursor.map_or(0, |(_, y)| y.saturating_sub(usize::from(last)));
            paragraph(model, frame, lines, area, scroll);
            if let Some((x, y)) = cursor {
                let x = (area.x + x as u16).min(area.right().saturating_sub(1));
                frame.set_cursor_position((x, (area.y + (y - scroll) as u16).min(area.bottom().saturating_sub(1))));
            }
        }
        Recipes::Preview { scroll, .. } => paragraph(model, frame, lines(model, area.width), area, *scroll),
        Recipes::List(chosen) => {
            let scroll = (chosen + 3).saturating_sub(usize::from(area.height));
            paragraph(model, frame, list(model, editor, *chosen, area.width), area, scroll);
        }
    }
}

/// The lines of what a recipe changes.
fn lines(model: &Model, width: u16) -> Vec<Line<'static>> {
    let mut page = Page::new(model.theme, width);
    let recipes = model.editor.as_ref().and_then(|editor| editor.recipes.as_ref());
    if let Some(Recipes::Preview { recipe, diff, .. }) = recipes {
        page.title(recipe.name);
        page.text(recipe.changes, model.theme.dim());
        page.gap();
        difference(&mut page, diff);
    }
    page.lines
}

fn list(model: &Model, editor: &Editor, chosen: usize, width: u16) -> Vec<Line<'static>> {
    let theme = model.theme;
    let mut page = Page::new(theme, width);
    page.title("Recipes: whole changes by name, looked at before they are made");
    page.gap();
    for (index, recipe) in recipes::all().iter().enumerate() {
        let here = index == chosen;
        let lead = if here {
            Span::styled(format!("{} ", theme.sign(Sign::Here)), theme.of(Sign::Here))
        } else {
            Span::raw("  ")
        };
        page.behind(lead, recipe.name, if here { theme.bold() } else { Style::new() });
    }
    if let Some(recipe) = recipes::all().get(chosen) {
        page.gap();
        page.text(recipe.changes, Style::new());
    }
    if !editor.notice.is_empty() {
        page.gap();
        page.sign(Sign::Here, &editor.notice, Style::new());
    }
    page.lines
}

/// The lines, and where the cursor is in them.
fn ask(model: &Model, form: &Form, width: u16) -> (Vec<Line<'static>>, Option<(usize, usize)>) {
    let theme = model.theme;
    let mut page = Page::new(theme, width);
    page.title(form.recipe.name);
    page.text(form.recipe.changes, theme.dim());
    page.gap();
    let mut cursor = None;
    let params = form.recipe.params;
    let width_of = |param: &Param| param.label.width() + if param.optional { 13 } else { 0 };
    let column = params.iter().map(width_of).max().unwrap_or(0).min(usize::from(width) / 2);
    for (index, (param, field)) in params.iter().zip(&form.fields).enumerate() {
        let here = index == form.focus;
        let label = if param.optional { format!("{} (or nothing)", param.label) } else { param.label.to_owned() };
        let label = pad(&cut(theme, &label, column), column);
        let lead = format!("{} {label}  ", if here { theme.sign(Sign::Here) } else { " " });
        let (text, at) = match field {
            Field::Text(field) => {
                let before: String = field.text().chars().take(field.cursor()).collect();
                (field.text().to_owned(), before.width())
            }
            Field::Secret(field) => {
                let dots = theme.mask().repeat(field.expose().chars().count());
                let width = dots.width();
                (dots, width)
            }
        };
        if here {
            cursor = Some((lead.width() + at, page.lines.len()));
        }
        let style = if here { theme.bold() } else { Style::new() };
        page.lines.push(Line::from(vec![Span::styled(lead, style), Span::raw(text)]));
    }
    if let Some(problem) = &form.error {
        page.gap();
        page.sign(Sign::Bad, &problem.what, theme.bold());
        page.indented("  ", &problem.advice, Style::new());
    }
    (page.lines, cursor)
}

/// Returns how far what a recipe changes can be scrolled.
pub(super) fn limit(model: &Model) -> usize {
    let area = full(model.size);
    lines(model, area.width).len().saturating_sub(usize::from(area.height))
}
