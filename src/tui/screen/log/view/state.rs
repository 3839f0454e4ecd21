//! The row below the lines: how they are looked at, or what is being typed.

use super::style;
use crate::logs::Level;
use crate::source::Source;
use crate::tui::logview::{Ask, LogView, Panel, Typing};
use crate::tui::model::Model;
use crate::tui::theme::Theme;
use crate::tui::view::paragraph::rise;
use crate::tui::view::text::{cut, wrap};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};
use unicode_width::UnicodeWidthStr;

/// Draws it.
pub(super) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let (log, theme) = (&model.log, model.theme);
    if let Some(typing) = &log.typing {
        return asked(log, typing, frame, area);
    }
    let text = match log.panel {
        Some(Panel::Levels) => levels(log),
        Some(Panel::Jobs(_)) if log.jobs.iter().len() == 0 => " no job".into(),
        Some(Panel::Jobs(at)) => format!(" job {} of {}", at + 1, log.jobs.iter().len()),
        _ if !log.notice.is_empty() => {
            let words = wrap(&theme.text(&log.notice), usize::from(area.width).saturating_sub(2));
            let lines = words.into_iter().map(|line| Line::styled(format!(" {line}"), theme.dim()));
            return rise(frame, area, lines.collect());
        }
        _ => words(log),
    };
    let text = cut(theme, &theme.text(&text), usize::from(area.width));
    let left = usize::from(area.width).saturating_sub(text.width());
    frame.render_widget(Paragraph::new(text).style(theme.dim()), area);
    let letters = letters(log, theme);
    let width = letters.width();
    if log.panel.is_none() && width + 3 < left {
        let place = Rect { x: area.right() - 1 - width as u16, width: width as u16, ..area };
        frame.render_widget(Clear, place);
        frame.render_widget(Paragraph::new(letters), place);
    }
}

/// Whose the letters in front of the lines are, in the lines' own colours.
fn letters(log: &LogView, theme: Theme) -> Line<'static> {
    let each = log.sources().into_iter().flat_map(|source| {
        let letter = Span::styled(source.letter().to_string(), style(theme, source));
        [Span::raw("  "), letter, Span::styled(format!(" {}", source.word()), theme.dim())]
    });
    Line::from(each.skip(1).collect::<Vec<_>>())
}

/// A question, its answer as far as it goes, and what that finds.
fn asked(log: &LogView, typing: &Typing, frame: &mut Frame, area: Rect) {
    let lead = match typing.ask {
        Ask::Search => " search: ".to_owned(),
        Ask::Filter if log.filter.inverted => " only lines without: ".to_owned(),
        Ask::Filter => " only lines with: ".to_owned(),
        Ask::Time => " go to (14:05, or 10m ago): ".to_owned(),
        Ask::Save(what) => format!(" save {} to: ", what.word()),
    };
    let pattern = match typing.ask {
        Ask::Search => log.search.as_ref(),
        Ask::Filter => log.filter.pattern.as_ref(),
        _ => None,
    };
    let mut found = match (typing.ask, log.hit_count()) {
        (Ask::Search, Some((count, _))) => format!("   {}", lines(count as u64, log.hits_known())),
        (Ask::Filter, _) if pattern.is_some() => format!("   {}", lines(log.len_shown() as u64, !log.busy())),
        _ => String::new(),
    };
    if let Some(why) = pattern.and_then(|pattern| pattern.literal_because.as_ref()) {
        found.push_str(&format!("   as it stands: {why}"));
    }
    let typed = typing.field.text();
    let before: String = typed.chars().take(typing.field.cursor()).collect();
    // What is typed is longer than the row: its end is what is looked at.
    let room = usize::from(area.width).saturating_sub(lead.width() + 1);
    let skip = before.chars().count().saturating_sub(room);
    let text: String = typed.chars().skip(skip).collect();
    let x = area.x + (lead.width() + before.width().min(room)) as u16;
    frame.render_widget(Paragraph::new(format!("{lead}{text}{found}")), area);
    frame.set_cursor_position((x.min(area.right().saturating_sub(1)), area.y));
}

fn lines(count: u64, known: bool) -> String {
    let more = if known { "" } else { "+" };
    if count == 1 && known { "1 line".into() } else { format!("{count}{more} lines") }
}

fn levels(log: &LogView) -> String {
    let each = Level::ALL.map(|level| {
        let shown = if log.filter.levels[level as usize] { "on" } else { "off" };
        format!("   {} {shown}", level.word())
    });
    format!(" levels:{}", each.concat())
}

/// How it is looked at; what matters most first, because a narrow screen cuts the rest off.
fn words(log: &LogView) -> String {
    let mut words = vec![match (log.follow, log.fresh) {
        (true, _) if log.given.file.is_some() => "at the end".to_owned(),
        (true, _) => "following".to_owned(),
        (_, 0) => "held still".to_owned(),
        (_, fresh) => format!("held still, {fresh} new below"),
    }];
    if log.waits {
        words.push("more waits".into());
    }
    if let Some(saved) = log.saving {
        words.push(format!("saving: {saved} lines"));
    }
    if let Some((count, at)) = log.hit_count() {
        let typed = log.search.as_ref().map_or("", |search| search.typed());
        let of = if log.hits_known() { count.to_string() } else { format!("{count}+") };
        words.push(at.map_or_else(|| format!("/{typed}: {of}"), |at| format!("/{typed}: {at} of {of}")));
    }
    if let Some(job) = log.filter.job {
        words.push(format!("only job {job}"));
    }
    match (&log.filter.pattern, log.filter.inverted) {
        (Some(pattern), false) => words.push(format!("only &{}", pattern.typed())),
        (Some(pattern), true) => words.push(format!("without &{}", pattern.typed())),
        _ => {}
    }
    let sources = log.sources().into_iter().filter(|source| !log.filter.sources[*source as usize]).map(Source::word);
    let levels = Level::ALL.into_iter().filter(|level| !log.filter.levels[*level as usize]).map(Level::word);
    let hidden: Vec<&str> = sources.chain(levels).collect();
    if !hidden.is_empty() {
        words.push(format!("without {}", hidden.join(", ")));
    }
    if !log.since().is_empty() {
        words.push(format!("last {}", log.since()));
    }
    if log.reveal {
        words.push("SECRETS SHOWN".into());
    }
    let (shown, kept) = (log.len_shown(), log.buffer.len());
    words.push(if shown == kept { lines(kept as u64, true) } else { format!("{shown} of {kept} lines") });
    if log.buffer.gone() > 0 {
        words.push(format!("{} older let go", log.buffer.gone()));
    }
    if log.left > 0 {
        words.push(format!("from column {}", log.left + 1));
    }
    format!(" {}", words.join("   "))
}
