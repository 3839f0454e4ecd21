//! A text as lines and back, byte for byte: byte order mark, line ends, a missing last newline.

use super::place::{Place, byte};
use crate::config::source::BOM;
use crate::secret::Secret;
use zeroize::Zeroizing;

/// What is kept of a text that a list of lines does not show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LineEnds {
    /// A byte order mark in front.
    bom: bool,
    /// Every line ends with CR LF.
    crlf: bool,
    /// The last line has an end.
    end: bool,
    /// Where line ends are mixed, CRs stay in the lines; this stands for them, for the widget takes none.
    cr: Option<char>,
}

impl LineEnds {
    /// The lines of a text; at least one.
    pub(super) fn split(text: &str) -> (Self, Vec<String>) {
        let (bom, text) = text.strip_prefix(BOM).map_or((false, text), |rest| (true, rest));
        let (ends, crs) = (text.matches('\n').count(), text.matches('\r').count());
        let crlf = ends > 0 && crs == ends && text.matches("\r\n").count() == ends;
        // A character of private use that is not in the text.
        let cr = (crs > 0 && !crlf).then(|| ('\u{e000}'..'\u{f8ff}').find(|c| !text.contains(*c))).flatten();
        let (end, text) = text.strip_suffix('\n').map_or((false, text), |rest| (true, rest));
        let cut = |line: &str| match cr {
            Some(cr) => line.replace('\r', cr.encode_utf8(&mut [0; 4])),
            None => line.strip_suffix('\r').filter(|_| crlf).unwrap_or(line).to_owned(),
        };
        (Self { bom, crlf, end, cr }, text.split('\n').map(cut).collect())
    }

    /// The text of lines; `bytes` is how large it will be, about.
    pub(super) fn join(self, lines: &[String], bytes: usize) -> Secret {
        let mut text = Zeroizing::new(String::with_capacity(bytes + 16));
        if self.bom {
            text.push_str(BOM);
        }
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                text.push_str(self.line_end());
            }
            text.push_str(line);
        }
        if self.end {
            text.push_str(self.line_end());
        }
        match self.cr {
            Some(cr) => Secret::new(text.replace(cr, "\r")),
            None => Secret::new(std::mem::take(&mut *text)),
        }
    }

    fn line_end(self) -> &'static str {
        if self.crlf { "\r\n" } else { "\n" }
    }

    /// How many bytes a line's end has.
    pub(super) fn end_width(self) -> usize {
        self.line_end().len()
    }

    /// What counts the bytes of a piece of a line as they will be in the text.
    pub(super) fn width(self) -> impl Fn(&str) -> usize {
        move |text| match self.cr {
            Some(cr) => text.len() - text.matches(cr).count() * (cr.len_utf8() - 1),
            None => text.len(),
        }
    }

    /// What stands for a carriage return inside a line.
    pub(super) fn cr(self) -> Option<char> {
        self.cr
    }

    /// How large the text of these lines is.
    pub(super) fn bytes(self, lines: &[String]) -> usize {
        let width = self.width();
        let ends = (lines.len() - 1 + usize::from(self.end)) * self.end_width();
        lines.iter().map(|line| width(line)).sum::<usize>() + ends + if self.bom { BOM.len() } else { 0 }
    }

    /// How many bytes are before a place.
    pub(super) fn offset(self, lines: &[String], row: usize, column: usize) -> usize {
        let width = self.width();
        let before: usize = lines[..row].iter().map(|line| width(line) + self.end_width()).sum();
        before + width(&lines[row][..byte(&lines[row], column)]) + if self.bom { BOM.len() } else { 0 }
    }

    /// The place of a byte.
    pub(super) fn place(self, lines: &[String], at: usize) -> Place {
        let width = self.width();
        let mut left = at.saturating_sub(if self.bom { BOM.len() } else { 0 });
        for (row, line) in lines.iter().enumerate() {
            let here = width(line);
            if left <= here || row + 1 == lines.len() {
                let mut column = 0;
                let mut buffer = [0; 4];
                for c in line.chars() {
                    let c = width(c.encode_utf8(&mut buffer));
                    if left < c {
                        break;
                    }
                    (left, column) = (left - c, column + 1);
                }
                return (row, column);
            }
            left = left.saturating_sub(here + self.end_width());
        }
        (0, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_byte_comes_back(text in "(\u{feff})?([ab=\"é漢\u{e000}\t]|\r\n|\n|\r){0,40}") {
            let (form, lines) = LineEnds::split(&text);
            prop_assert!(lines.iter().all(|line| !line.contains(['\r', '\n'])));
            prop_assert_eq!(form.bytes(&lines), text.len());
            let joined = form.join(&lines, 0);
            prop_assert_eq!(joined.expose_str(), &text);
            for (row, line) in lines.iter().enumerate() {
                for column in 0..=line.chars().count() {
                    let at = form.offset(&lines, row, column);
                    prop_assert!(text.is_char_boundary(at));
                    prop_assert_eq!(form.place(&lines, at), (row, column));
                }
            }
        }
    }
}
