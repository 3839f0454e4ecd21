//! A difference between two texts, as lines of a page.

use super::text::Page;
use crate::config::diff::{Change, Diff};
use ratatui::style::{Color, Style};
use ratatui::text::Span;

/// What differs, line by line, and what cannot be seen in the lines.
pub(crate) fn difference(page: &mut Page, diff: &Diff) {
    let theme = page.theme;
    for line in &diff.lines {
        let (lead, style) = match line.change {
            Change::Same => ("  ", Style::new()),
            Change::Removed => ("- ", theme.colour(Color::Red)),
            Change::Added => ("+ ", theme.colour(Color::Green)),
            Change::Head => ("", theme.dim()),
        };
        let text = if theme.unicode { line.text.clone() } else { line.text.replace('•', theme.mask()) };
        // The indentation belongs to what is in front: the words behind it may be broken.
        let rest = text.trim_start_matches([' ', '\t']);
        let lead = format!("{lead}{}", text[..text.len() - rest.len()].replace('\t', "  "));
        page.behind(Span::styled(lead, style), rest, style);
    }
    for note in &diff.notes {
        page.text(note, theme.bold());
    }
}
