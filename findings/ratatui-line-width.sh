#!/usr/bin/env bash
# ratatui 0.30.2: a `Line` (and so a title of a Block) is as wide as unicode-width says of the whole string, but
# is drawn one grapheme after the other; a `Paragraph` of the same text counts what it draws. The two disagree.
#
# unicode-width 0.2 counts a control character inside a string as one column (alone it has none), and lam and alef
# together as the one column of their ligature. ratatui draws no control characters, and the two letters in two cells.
# So with a tab in it (output of a tool) a Line that is right-aligned or followed by a Span stands one column off, and
# of the Arabic for "no" the second letter is cut away, in a terminal with room for both.
#
# Seen, in eight columns, right-aligned; then with a Span "Z" behind it:
#   "a\tb"   Line `     ab `   Paragraph `      ab`;   Line `ab Z`   Paragraph `abZ`
#   lam alef Line: lam alone   Paragraph: both;        Line: lam, Z  Paragraph: lam, alef, Z
#
# Needs cargo and half a GB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"; mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"
[dependencies]
ratatui = { version = "=0.30.2", default-features = false }
ratatui-core = { version = "=0.1.2", default-features = false }
ratatui-widgets = { version = "=0.3.2", default-features = false }
unicode-width = "=0.2.3"
TOML
cat >src/main.rs <<'RUST'
use ratatui::backend::TestBackend;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};
use ratatui::Terminal;

fn drawn(widget: impl Widget) -> String {
    let mut terminal = Terminal::new(TestBackend::new(8, 1)).unwrap();
    terminal.draw(|frame| frame.render_widget(widget, frame.area())).unwrap();
    terminal.backend().buffer().content.iter().map(|cell| cell.symbol()).collect::<String>()
}

fn main() {
    for text in ["a\tb", "\u{644}\u{627}"] {
        let right = || Line::from(text).right_aligned();
        let followed = || Line::from(vec![Span::raw(text), Span::raw("Z")]);
        println!("{} columns: {:?}", right().width(), text.escape_unicode().to_string());
        for (line, paragraph) in [
            (drawn(right()), drawn(Paragraph::new(right()))),
            (drawn(followed()), drawn(Paragraph::new(followed()))),
        ] {
            println!("Line {line:?} Paragraph {paragraph:?}");
        }
    }
}
RUST
CARGO_TARGET_DIR=$work/target cargo run --quiet | tee seen
diff seen - <<'SEEN' || { echo changed; exit 1; }
3 columns: "\\u{61}\\u{9}\\u{62}"
Line "     ab " Paragraph "      ab"
Line "ab Z    " Paragraph "abZ     "
1 columns: "\\u{644}\\u{627}"
Line "       ل" Paragraph "      لا"
Line "لZ      " Paragraph "لاZ     "
SEEN
