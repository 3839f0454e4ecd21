//! What is around every screen: header, list of steps, rules, the line of keys.

use super::layout::{SIDEBAR, SIDEBAR_FROM, rows};
use super::local;
use super::paragraph::rise;
use super::report::sign;
use super::text::{cut, wrap};
use crate::names::CONTAINER;
use crate::text::addressed::addressed;
use crate::text::wrap::commands_together;
use crate::tui::keys;
use crate::tui::model::{Model, Overlay, Screen};
use crate::tui::theme::Sign;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};
use unicode_width::UnicodeWidthStr;

/// A line of keys has little room below this.
const NARROW: usize = 60;

/// The columns of what is said of more lines, at most.
const MORE: u16 = 18;

/// A command of more columns than this is broken like other words.
const MOST: usize = 40;

/// A row of the frame, as far as there is one.
fn row(frame: &Frame, y: u16) -> Rect {
    let area = frame.area();
    Rect::new(0, y, area.width, 1).intersection(area)
}

/// Which container where it is not the first, who, where, which podman, which image.
pub(super) fn header(model: &Model, frame: &mut Frame) {
    if model.size.1 < 4 {
        return;
    }
    let width = usize::from(model.size.0);
    let who = format!("{}@{}", model.who.user, model.who.host);
    let pretend = if model.who.pretend { " DEMO: a pretend host" } else { "" };
    let read_only = if model.read_only { "   read-only" } else { "" };
    let signs = pretend.width() + read_only.width();
    let mut left = String::new();
    let podman = if model.podman.is_empty() { String::new() } else { format!("   podman {}", model.podman) };
    let container = &model.who.container;
    let container = if container == CONTAINER { String::new() } else { format!("   {container}") };
    for part in [container, format!("   {who}"), podman] {
        // What there is no room for is left out, and not cut.
        if 7 + signs + left.width() + part.width() <= width {
            left.push_str(&part);
        }
    }
    let room = width.saturating_sub(8 + signs + left.width() + 3);
    let image = &model.who.image;
    let right = if image.width() <= room {
        image.clone()
    } else {
        let last = image.rsplit('/').next().unwrap_or(image);
        let short = if model.theme.unicode { format!("…/{last}") } else { format!(".../{last}") };
        if short.width() <= room { short } else { String::new() }
    };
    let gap = " ".repeat(width.saturating_sub(7 + signs + left.width() + right.width() + 1));
    let line = Line::from(vec![
        Span::styled(" pipglr", model.theme.bold()),
        Span::styled(pretend, model.theme.of(Sign::Warn)),
        Span::raw(left),
        Span::styled(read_only, model.theme.of(Sign::Warn)),
        Span::raw(gap),
        Span::styled(right, model.theme.dim()),
    ]);
    frame.render_widget(Paragraph::new(line), row(frame, 0));
}

/// The rules below the header and above the keys, and the line beside the steps.
pub(super) fn rules(model: &Model, frame: &mut Frame, steps: bool) {
    if model.size.1 <= 9 {
        return;
    }
    let (flat, upright, down, up) = model.theme.lines();
    let area = rows(model.size);
    let at = (steps && model.size.0 >= SIDEBAR_FROM).then_some(usize::from(SIDEBAR));
    let rule = |meet: &str| {
        (0..usize::from(model.size.0)).map(|x| if Some(x) == at { meet } else { flat }).collect::<String>()
    };
    let dim = model.theme.dim();
    frame.render_widget(Paragraph::new(rule(down)).style(dim), row(frame, 1));
    frame.render_widget(Paragraph::new(rule(up)).style(dim), row(frame, area.bottom()));
    if at.is_some() {
        let bar = vec![Line::raw(upright); usize::from(area.height)];
        let place = Rect::new(SIDEBAR, area.y, 1, area.height).intersection(frame.area());
        frame.render_widget(Paragraph::new(bar).style(dim), place);
    }
}

/// The list of steps, each with how it stands.
pub(super) fn sidebar(model: &Model, frame: &mut Frame) {
    if model.size.0 < SIDEBAR_FROM {
        return;
    }
    let theme = model.theme;
    let on_one = !matches!(model.screen, Screen::Review);
    let lines: Vec<Line> = model
        .steps()
        .into_iter()
        .map(|step| {
            let here = on_one && step == model.step;
            let sign = sign(model, step, here);
            let number = step.number().map_or(" ".to_owned(), |number| number.to_string());
            let style = if here { theme.bold() } else { ratatui::style::Style::new() };
            Line::from(vec![
                Span::raw(" "),
                Span::styled(theme.sign(sign), theme.of(sign)),
                Span::styled(format!(" {number} {}", step.title()), style),
            ])
        })
        .collect();
    let area = rows(model.size);
    let place = Rect::new(0, area.y, SIDEBAR, area.height).intersection(frame.area());
    frame.render_widget(Paragraph::new(lines), place);
}

/// The last row: a question, else what goes on, and the keys.
pub(super) fn footer(model: &Model, frame: &mut Frame) {
    let theme = model.theme;
    let y = model.size.1.saturating_sub(1);
    let width = usize::from(model.size.0);
    let area = row(frame, y);
    if let Some(Overlay::Confirm(question)) = model.overlays.last() {
        let keys: String = keys::hints(model).iter().map(|(key, word)| format!("   {key} {word}")).collect();
        let mut lead = Span::styled(format!(" {} ", theme.sign(Sign::Warn)), theme.of(Sign::Warn));
        let mut question = model.question(*question);
        if model.unanswered {
            question = format!("{} {}", question.trim_end(), answers(model));
        }
        let text = commands_together(&theme.text(&addressed(&question)), MOST);
        // The keys are behind the question, or below it.
        let room = if width < NARROW { width.saturating_sub(4) } else { width.saturating_sub(keys.len() + 3) };
        let mut lines: Vec<Line> = wrap(&text, room)
            .into_iter()
            .map(|line| {
                let lead = std::mem::replace(&mut lead, Span::raw("   "));
                Line::from(vec![lead, Span::styled(line, theme.bold())])
            })
            .collect();
        let keys = Span::styled(keys, theme.key());
        match lines.last_mut() {
            Some(last) if width >= NARROW => last.push_span(keys),
            _ => lines.push(Line::from(keys)),
        }
        if lines.len() > 1 && model.size.1 > 9 {
            lines.insert(0, rule_line(model)); // the one above the keys is covered
        }
        // Where all of it has no room, the keys have.
        let over = lines.len().saturating_sub(usize::from(y) + 1);
        lines.drain(..over);
        rise(frame, area, lines);
        return;
    }
    // The last ones must be there in any case: how to get help and out.
    let mut hints = keys::hints(model);
    let tail = ["?", "F1", "q"];
    // Where there is little room, what Enter does is worth more than their words.
    if width < NARROW {
        hints.iter_mut().filter(|(key, _)| tail.contains(&key.as_str())).for_each(|(_, word)| word.clear());
    }
    let needs = |(key, word): &(String, String)| key.width() + 1 + word.width() + 3;
    let (ends, mut starts): (Vec<_>, Vec<_>) = hints.drain(..).partition(|(key, _)| tail.contains(&key.as_str()));
    let said = |(key, word): &(String, String)| format!("{key} {word}").trim_end().to_owned();
    let end = ends.iter().map(said).collect::<Vec<_>>().join("   ");
    starts.retain(|(key, word)| !(key.is_empty() && word.is_empty()));
    // So must the way back.
    let mut back: usize = starts.iter().filter(|(key, _)| key == "Esc").map(needs).sum();
    // What Enter does comes before the word for it.
    if let Some(first) = starts.first_mut().filter(|first| first.0.starts_with("Enter") && !first.1.is_empty()) {
        first.1 = cut(theme, &first.1, width.saturating_sub(1 + first.0.width() + 4 + back + end.width()));
    }
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    for (key, word) in starts {
        if key == "Esc" {
            back = 0;
        }
        let key = theme.keys(&key);
        let needs = key.width() + 1 + word.width() + 3;
        if used + needs + back + end.width() > width || word.is_empty() {
            continue;
        }
        used += needs;
        spans.push(Span::styled(key, theme.key()));
        spans.push(Span::raw(format!(" {word}   ")));
    }
    for (key, word) in ends {
        spans.push(Span::styled(key, theme.key()));
        spans.push(Span::raw(if word.is_empty() { "   ".to_owned() } else { format!(" {word}   ") }));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// Which keys answer what is asked.
fn answers(model: &Model) -> String {
    let keys: Vec<String> = keys::hints(model).into_iter().map(|(key, _)| key).collect();
    match keys.as_slice() {
        [keys @ .., last] if !keys.is_empty() => format!("Only {} and {last} answer.", keys.join(", ")),
        _ => String::new(),
    }
}

/// A rule over the whole width.
fn rule_line(model: &Model) -> Line<'static> {
    let (flat, ..) = model.theme.lines();
    Line::styled(flat.repeat(usize::from(model.size.0)), model.theme.dim())
}

/// A word in the rule above the keys: what goes on, else what was just done. A long one covers what is above the rule.
pub(super) fn note(model: &Model, frame: &mut Frame) {
    let theme = model.theme;
    let busy = model.looking || model.home.gathering && model.screen == Screen::Home && model.home.status.is_none();
    let text = match () {
        () if !model.notice.is_empty() => model.notice.clone(),
        () if busy && model.screen != Screen::Operation => format!("{} looking…", theme.spinner(model.now)),
        () => return,
    };
    let area = if model.size.1 > 9 {
        row(frame, model.size.1.saturating_sub(2))
    } else if model.size.1 > 4 {
        row(frame, rows(model.size).bottom().saturating_sub(1))
    } else {
        return;
    };
    let width = usize::from(area.width);
    let room = if width < NARROW { width.saturating_sub(6) } else { width.saturating_sub(24) }.max(10);
    let text = commands_together(&theme.text(&addressed(&local::words(model, &text))), MOST.min(room));
    let lines = wrap(&text, room);
    let ruled = model.size.1 > 9;
    if lines.len() > 1 {
        let above = ruled.then(|| rule_line(model));
        let lines = wrap(&text, width.saturating_sub(6).max(10)); // nothing is beside it
        let lines = lines.iter().map(|line| Line::styled(format!("   {line}"), theme.bold()));
        return rise(frame, area, above.into_iter().chain(lines).collect());
    }
    let line = Line::styled(format!(" {} ", lines.concat()), theme.bold());
    let width = line.width() as u16;
    let place = Rect { x: area.x + 2.min(area.width), width: width.min(area.width), ..area };
    let room = area.right().saturating_sub(place.right());
    if ruled && room < MORE {
        // What is said there of more lines would be cut in its middle.
        let rest = Rect { x: place.right(), width: room, ..area };
        frame.render_widget(Clear, rest.intersection(frame.area()));
        frame.render_widget(Paragraph::new(rule_line(model)), rest.intersection(frame.area()));
    }
    rise(frame, place, vec![line]);
}
