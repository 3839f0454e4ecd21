//! Words into lines.

use crate::text::addressed::addressed;
pub(crate) use crate::text::wrap::{TOGETHER, wrap};
use crate::text::wrap::{commands_together, wrap_hanging};
use crate::tui::theme::{Sign, Theme};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Words that have fewer columns than this behind something stand below it.
const LEAST: usize = 10;

/// Cuts text to a width, and says so.
pub(crate) fn cut(theme: Theme, text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let end = if theme.unicode { "…" } else { "~" };
    let mut cut = String::new();
    for c in text.chars() {
        if cut.width() + c.width().unwrap_or(0) + 1 > width {
            break;
        }
        cut.push(c);
    }
    if width > 0 {
        cut.push_str(end);
    }
    cut
}

/// Text to so many columns, filled up with blanks.
pub(crate) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// A page that grows line by line.
pub(crate) struct Page {
    /// Looks.
    pub theme: Theme,
    /// Columns.
    pub width: usize,
    /// As far as it goes.
    pub lines: Vec<Line<'static>>,
}

impl Page {
    /// An empty page.
    pub(crate) fn new(theme: Theme, width: u16) -> Self {
        Self { theme, width: usize::from(width), lines: vec![] }
    }

    /// An empty line, one between two things.
    pub(crate) fn gap(&mut self) {
        if self.lines.last().is_none_or(|line| line.width() > 0) {
            self.lines.push(Line::default());
        }
    }

    /// A heading.
    pub(crate) fn title(&mut self, text: &str) {
        self.text(text, self.theme.bold());
    }

    /// Words, broken where they must be.
    pub(crate) fn text(&mut self, text: &str, style: Style) {
        self.indented("", text, style);
    }

    /// The same behind something: the lines below it stand in its width.
    pub(crate) fn indented(&mut self, lead: &str, text: &str, style: Style) {
        self.behind(Span::raw(lead.to_owned()), text, style);
    }

    /// The same, where the thing in front has a style of its own.
    pub(crate) fn behind(&mut self, lead: Span<'static>, text: &str, style: Style) {
        self.hanging(lead, text, style, 0);
    }

    /// The same; what has no room in the first line stands so many columns further in, where its words have room there.
    pub(crate) fn hanging(&mut self, lead: Span<'static>, text: &str, style: Style, further: usize) {
        let room = self.width.saturating_sub(lead.width());
        if room < LEAST && lead.width() > LEAST {
            self.drawn(lead.content.trim_end(), lead.style);
            return self.indented("  ", text, style);
        }
        let text = commands_together(&self.theme.text(&addressed(text)), room.saturating_sub(further).max(LEAST));
        let fits = |word: &str| word.width() > room || word.width() + further <= room;
        let further = if room >= further + LEAST && text.split([' ', '\n']).all(fits) { further } else { 0 };
        let blank = " ".repeat(lead.width() + further);
        for (index, line) in wrap_hanging(&text, room, room - further).into_iter().enumerate() {
            let lead = if index == 0 { lead.clone() } else { Span::raw(blank.clone()) };
            self.lines.push(Line::from(vec![lead, Span::styled(line, style)]));
        }
    }

    /// A sign and words.
    pub(crate) fn sign(&mut self, sign: Sign, text: &str, style: Style) {
        let lead = Span::styled(format!("{} ", self.theme.sign(sign)), self.theme.of(sign));
        self.behind(lead, text, style);
    }

    /// A line as it is, cut where the page ends: its columns mean something.
    pub(crate) fn drawn(&mut self, text: &str, style: Style) {
        self.lines.push(Line::styled(cut(self.theme, text, self.width), style));
    }

    /// A command, ready to copy: what has no room in its first line stands further in, so that the next command is told
    /// from it.
    pub(crate) fn command(&mut self, indent: &str, text: &str) {
        let style = self.theme.command();
        self.hanging(Span::raw(format!("{indent}  ")), text, style, 2);
    }
}

/// So much time, for people.
pub(crate) fn time(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 { format!("{seconds} s") } else { format!("{}:{:02} min", seconds / 60, seconds % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Colours;

    #[test]
    fn what_has_no_room_beside_a_command_stands_further_in() {
        let theme = Theme { colour: false, unicode: true, colours: Colours::TERMINAL };
        let lines = |text: &str| {
            let mut page = Page::new(theme, 24);
            page.command("", text);
            page.lines.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(lines("podman volume create a b"), ["  podman volume create a", "    b"]);
        assert_eq!(
            lines("rm /23456789/23456789/234"),
            ["  rm", "  /23456789/23456789/234"],
            "a word has the room it needs"
        );
    }

    #[test]
    fn cutting() {
        let theme = Theme { colour: false, unicode: true, colours: Colours::TERMINAL };
        assert_eq!(cut(theme, "abcdef", 4), "abc…");
        assert_eq!(cut(theme, "漢字漢字", 5), "漢字…");
        assert_eq!(cut(theme, "ab", 0), "");
    }
}
