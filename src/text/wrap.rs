//! Text broken into lines: between words, and within a word only where it is longer than a line.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Keeps two words on one line; it becomes a blank.
pub(crate) const TOGETHER: &str = "\u{a0}";

/// Breaks text between words, and words that are longer than a line.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    wrap_hanging(text, width, width)
}

/// The same, where the lines after the first have another width.
pub(crate) fn wrap_hanging(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let width = if lines.is_empty() { first } else { rest }.max(1);
            if !line.is_empty() && line.width() + 1 + word.width() > width {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            for c in word.chars() {
                let width = if lines.is_empty() { first } else { rest }.max(1);
                if line.width() + c.width().unwrap_or(0) > width && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(if TOGETHER.starts_with(c) { ' ' } else { c });
            }
        }
        lines.push(line);
    }
    lines
}

/// Returns the text with the words of each command in it (between backquotes) kept on one line, so that it can be copied;
/// a command of more columns than that is broken like other words.
pub(crate) fn commands_together(text: &str, most: usize) -> String {
    let quotes = text.matches('`').count();
    let parts = text.split('`').enumerate().map(|(index, part)| {
        let whole = index % 2 == 1 && index < quotes && part.width() + 2 <= most;
        if whole { part.replace(' ', TOGETHER) } else { part.to_owned() }
    });
    parts.collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_broken_between_and_inside() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("漢字漢", 4), ["漢字", "漢"]);
        assert_eq!(wrap("", 0), [""]);
        assert_eq!(wrap("漢", 1), ["漢"]);
    }

    #[test]
    fn a_command_stays_on_one_line_where_it_has_room_there() {
        let broken = |text: &str, width: usize| wrap(&commands_together(text, width), width);
        assert_eq!(broken("it is `podman start a` here", 16), ["it is", "`podman start a`", "here"]);
        assert_eq!(broken("it is `podman start a`", 12), ["it is", "`podman", "start a`"]);
        assert_eq!(broken("one two ` b c", 11), ["one two ` b", "c"], "half a pair is no command");
    }
}
