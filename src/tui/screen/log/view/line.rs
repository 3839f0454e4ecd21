//! One line's text: the colours it was said in, else its level's; what is searched for made visible.

use crate::logs::{Level, Line, Paint};
use crate::tui::logview::LogView;
use crate::tui::theme::Theme;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;
use std::ops::Range;
use unicode_width::UnicodeWidthChar;

/// How a level looks.
pub(super) fn level(theme: Theme, level: Level) -> Style {
    match level {
        Level::Debug => theme.dim(),
        Level::Info => Style::new(),
        Level::Warning => theme.colour(Color::Yellow),
        Level::Error => theme.colour(Color::Red),
        Level::Fatal => theme.colour(Color::Red).add_modifier(Modifier::BOLD),
    }
}

/// The bytes of the columns from `left` on, so many.
pub(super) fn columns(text: &str, left: usize, width: usize) -> Range<usize> {
    if text.is_ascii() {
        return left.min(text.len())..(left + width).min(text.len());
    }
    let (mut start, mut used) = (text.len(), 0);
    for (at, c) in text.char_indices() {
        if used >= left && start == text.len() {
            start = at;
        }
        used += c.width().unwrap_or(0);
        if used > left + width {
            return start.min(at)..at;
        }
    }
    start..text.len()
}

/// A part of a line's text.
pub(super) fn spans(
    log: &LogView,
    theme: Theme,
    number: u64,
    line: &Line,
    text: &str,
    range: Range<usize>,
) -> Vec<Span<'static>> {
    // The colours' places are those of the masked text.
    let paints: Vec<Paint> =
        if theme.colour && !(log.reveal && line.masked()) { line.paint().collect() } else { vec![] };
    let hits: Vec<Range<usize>> = log.search.as_ref().map_or_else(Vec::new, |search| {
        let all = search.find_iter(text).take_while(|hit| hit.start < range.end);
        all.filter(|hit| hit.end > range.start).collect()
    });
    let mut cuts: Vec<usize> = vec![range.start, range.end];
    cuts.extend(paints.iter().map(|paint| paint.at as usize));
    cuts.extend(hits.iter().flat_map(|hit| [hit.start, hit.end]));
    cuts.retain(|cut| range.contains(cut) || *cut == range.end);
    cuts.sort_unstable();
    cuts.dedup();
    let own = level(theme, line.level);
    let painted = paints.iter().any(|paint| paint.colour.is_some());
    let here = !log.follow && log.here() == Some(number);
    cuts.windows(2)
        .filter_map(|cut| {
            let mut style = if painted { paint(&paints, cut[0]) } else { own };
            if hits.iter().any(|hit| hit.contains(&cut[0])) {
                style = style.patch(theme.found());
                if here {
                    style = style.add_modifier(Modifier::BOLD);
                }
            }
            // A colour within a character would be the sender's mistake: it is left out.
            Some(Span::styled(text.get(cut[0]..cut[1])?.to_owned(), style))
        })
        .collect()
}

fn paint(paints: &[Paint], at: usize) -> Style {
    let Some(paint) = paints.iter().rev().find(|paint| paint.at as usize <= at) else { return Style::new() };
    let style = paint.colour.map_or(Style::new(), |colour| Style::new().fg(Color::Indexed(colour)));
    if paint.bold { style.add_modifier(Modifier::BOLD) } else { style }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_of_the_screen() {
        let of = |text: &'static str, left, width| &text[columns(text, left, width)];
        assert_eq!(of("abcdef", 2, 3), "cde");
        assert_eq!(of("abc", 5, 3), "");
        assert_eq!(of("漢字漢字", 2, 4), "字漢");
        assert_eq!(of("漢字漢字", 0, 3), "漢");
        assert_eq!(of("ä", 1, 3), "");
        assert_eq!(of("äöü", 1, 9), "öü");
    }
}
