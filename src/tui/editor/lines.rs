//! Changes of whole lines: those that are selected, else the one the cursor is on.

use super::Editor;
use super::buffer::Kind;
use super::place::Place;
use std::ops::RangeInclusive;

impl Editor {
    /// The rows that are meant: one that is selected up to its first column only is not.
    fn rows(&self) -> RangeInclusive<usize> {
        match self.buffer.selection() {
            Some(selection) => {
                let none = selection.end.1 == 0 && selection.end.0 > selection.start.0;
                selection.start.0..=selection.end.0 - usize::from(none)
            }
            None => self.buffer.cursor().0..=self.buffer.cursor().0,
        }
    }

    /// Comments the lines out, or back in where all of them are.
    pub fn comment(&mut self) {
        let rows = self.rows();
        let lines = &self.buffer.lines()[rows.clone()];
        let said = |line: &&String| !line.trim().is_empty();
        let out = lines.iter().filter(said).all(|line| line.trim_start().starts_with('#'));
        let blanks = |line: &String| line.len() - line.trim_start().len();
        let depth = lines.iter().filter(said).map(blanks).min().unwrap_or(0);
        let changed = |line: &String| match (line.trim().is_empty(), out) {
            (true, _) => line.clone(),
            (_, true) => {
                let (lead, rest) = line.split_at(blanks(line));
                let rest = rest.strip_prefix("# ").or(rest.strip_prefix('#')).unwrap_or(rest);
                format!("{lead}{rest}")
            }
            _ => format!("{}# {}", &line[..depth], &line[depth..]),
        };
        let new: Vec<String> = lines.iter().map(changed).collect();
        let (first, last) = (*rows.start(), *rows.end());
        self.put_lines(first, last, &new);
        // On to the next line, so that the key pressed again comments that one.
        if self.buffer.selection().is_none() && first == last {
            self.buffer.jump((first + 1, 0), false);
        }
    }

    /// Moves the lines up, or down: a step each.
    pub fn move_lines(&mut self, up: bool) {
        let rows = self.rows();
        let (first, last) = (*rows.start(), *rows.end());
        let (cursor, selection) = (self.buffer.cursor(), self.buffer.selection());
        let lines = self.buffer.lines();
        let (from, to) = match up {
            true if first > 0 => (first - 1, last),
            false if last + 1 < lines.len() => (first, last + 1),
            _ => return,
        };
        let mut new = lines[from..=to].to_vec();
        if up {
            new.rotate_left(1)
        } else {
            new.rotate_right(1)
        }
        self.put_lines(from, to, &new);
        let moved = |(row, column): Place| (if up { row - 1 } else { row + 1 }, column);
        if let Some(selection) = selection {
            let other = if cursor == selection.start { selection.end } else { selection.start };
            self.buffer.jump(moved(other), false);
            self.buffer.jump(moved(cursor), true);
        } else {
            self.buffer.jump(moved(cursor), false);
        }
    }

    /// Puts lines in the place of others, as one step.
    fn put_lines(&mut self, first: usize, last: usize, new: &[String]) {
        let width = self.buffer.lines()[last].chars().count();
        if self.buffer.lines()[first..=last] != *new {
            self.change((first, 0)..(last, width), &new.join("\n"), Kind::Whole);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn editor(text: &str) -> Editor {
        Editor::new(&Secret::new(text)).unwrap()
    }

    fn text(editor: &Editor) -> String {
        editor.buffer.text().expose_str().to_owned()
    }

    #[test]
    fn a_line_is_commented_out_and_back_in_and_undone_at_once() {
        let before = "a = 1\n  b = 2\n\n  c = 3\n";
        let mut editor = editor(before);
        editor.comment();
        assert_eq!(text(&editor), "# a = 1\n  b = 2\n\n  c = 3\n");
        assert_eq!(editor.buffer.cursor(), (1, 0), "the next is a key away");
        editor.buffer.jump((1, 0), false);
        editor.buffer.jump((3, 1), true);
        editor.comment();
        assert_eq!(text(&editor), "# a = 1\n  # b = 2\n\n  # c = 3\n");
        editor.buffer.select_all();
        editor.comment();
        assert_eq!(text(&editor), before);
        editor.undo();
        assert_eq!(text(&editor), "# a = 1\n  # b = 2\n\n  # c = 3\n", "one step");
    }

    #[test]
    fn lines_move_with_what_is_selected_and_stop_at_the_ends() {
        let mut editor = editor("a\nb\nc\n");
        editor.buffer.jump((1, 0), false);
        editor.move_lines(false);
        assert_eq!((text(&editor), editor.buffer.cursor()), ("a\nc\nb\n".into(), (2, 0)));
        editor.buffer.jump((1, 0), false);
        editor.buffer.jump((2, 1), true);
        editor.move_lines(true);
        editor.move_lines(true);
        assert_eq!(text(&editor), "c\nb\na\n");
        assert_eq!(editor.buffer.selection(), Some((0, 0)..(1, 1)), "it goes along");
    }
}
