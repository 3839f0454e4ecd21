//! Changes through toml_edit that keep every other byte: it turns CRLF into LF, drops a byte order mark and adds a
//! last newline, and here they are put back.

use super::document::parse;
use super::source::BOM;
use crate::problem::Result;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use toml_edit::DocumentMut;

/// Returns the text after a change, all other lines byte for byte as they were.
///
/// # Errors
/// The text is not TOML, or the change fails.
pub fn edit(text: &str, change: impl FnOnce(&mut DocumentMut) -> Result<()>) -> Result<String> {
    let mut document = parse(text)?;
    let before = document.to_string();
    change(&mut document)?;
    let after = document.to_string();
    Ok(if before == after { text.to_owned() } else { restore(text, &before, &after) })
}

/// Lines that toml_edit left alone are taken from the original.
fn restore(original: &str, before: &str, after: &str) -> String {
    let toml = original.strip_prefix(BOM).unwrap_or(original);
    let kept: Vec<&str> = toml.split_inclusive('\n').collect();
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let crlf = toml.matches("\r\n").count() * 2 > toml.matches('\n').count();
    let mut text = String::with_capacity(original.len() + after.len().saturating_sub(before.len()));
    text.push_str(&original[..original.len() - toml.len()]);
    let mut push = |line: &str| {
        if !text.is_empty() && text != BOM && !text.ends_with('\n') {
            text.push_str(if crlf { "\r\n" } else { "\n" }); // the last line had no end, and is the last no more
        }
        text.push_str(line);
    };
    let end = |line: &str, crlf: bool| match line.strip_suffix('\n') {
        Some(line) if crlf => format!("{line}\r\n"),
        _ => line.to_owned(),
    };
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        match op {
            // Both have as many lines: only their ends differ.
            DiffOp::Equal { old_index, new_index, len } => {
                for index in 0..len {
                    push(kept.get(old_index + index).copied().unwrap_or(new[new_index + index]));
                }
            }
            DiffOp::Delete { .. } => {}
            DiffOp::Insert { new_index, new_len, .. } => {
                for line in &new[new_index..new_index + new_len] {
                    push(&end(line, crlf));
                }
            }
            DiffOp::Replace { old_index, new_index, new_len, .. } => {
                // A line that was changed keeps the end it had.
                let like =
                    kept.get(old_index).map_or(crlf, |line| line.ends_with("\r\n") || (!line.ends_with('\n') && crlf));
                for line in &new[new_index..new_index + new_len] {
                    push(&end(line, like));
                }
            }
        }
    }
    if !toml.is_empty() && !toml.ends_with('\n') {
        text.truncate(text.trim_end_matches(['\n', '\r']).len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use toml_edit::value;

    fn set(text: &str) -> String {
        edit(text, |document| {
            document["b"] = value(2);
            Ok(())
        })
        .unwrap()
    }

    #[test]
    fn ends_marks_and_comments_stay() {
        assert_eq!(set("a = 1 # x\r\nb = 1\r\n\r\n# c\r\n"), "a = 1 # x\r\nb = 2\r\n\r\n# c\r\n");
        assert_eq!(set("\u{feff}b = 1"), "\u{feff}b = 2");
        assert_eq!(set("a = 1\r\nc = 3\nb = 1\n"), "a = 1\r\nc = 3\nb = 2\n", "mixed ends");
        assert_eq!(set("a = 1"), "a = 1\nb = 2");
        assert_eq!(set("a = 1\r\nc = 1"), "a = 1\r\nc = 1\r\nb = 2");
        assert_eq!(set(""), "b = 2\n");
        assert_eq!(edit("\u{feff}a=1\r\n# x", |_| Ok(())).unwrap(), "\u{feff}a=1\r\n# x");
    }

    #[test]
    fn multi_line_text_keeps_its_ends() {
        assert_eq!(set("a = \"\"\"x\r\ny\"\"\"\r\nb = 1\r\n"), "a = \"\"\"x\r\ny\"\"\"\r\nb = 2\r\n");
    }
}
