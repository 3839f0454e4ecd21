#!/usr/bin/env bash
# crossterm 0.29.0 and vt100 0.18.1: the colour of an underline becomes dim, bold or reversed text.
#
# crossterm writes it with semicolons, `58;2;R;G;B`. A reader that does not know 58 skips that one parameter and takes
# the numbers behind it for attributes of their own: the 2 of "RGB" is dim, a red of 7 is reverse, 5;1 is bold. The
# colon form (`58:2::R:G:B`), which the same crossterm uses for the underline's shape (`4:3`), is one parameter and is
# skipped whole. So with ratatui's `underline-color` a test's screen in vt100 shows what no up-to-date terminal does.
#
# Seen, the letter after SetUnderlineColor:
#   Rgb 7,8,9      ESC[58;2;7;8;9m    dim, reversed
#   AnsiValue(1)   ESC[58;5;1m        bold
#   by hand        ESC[58:2::7:8:9m   plain
#
# Needs cargo and a few hundred MB in a temporary folder. Exits with 1 where this is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"; mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"
[dependencies]
crossterm = "=0.29.0"
vt100 = "=0.18.1"
TOML
cat >src/main.rs <<'RUST'
use crossterm::Command;
use crossterm::style::{Color, SetUnderlineColor};

fn show(sequence: String) {
    let mut terminal = vt100::Parser::default();
    terminal.process(format!("{sequence}x").as_bytes());
    let cell = terminal.screen().cell(0, 0).unwrap();
    println!("{sequence:?}: dim {}, reversed {}, bold {}", cell.dim(), cell.inverse(), cell.bold());
}

fn main() {
    for colour in [Color::Rgb { r: 7, g: 8, b: 9 }, Color::AnsiValue(1)] {
        let mut sequence = String::new();
        SetUnderlineColor(colour).write_ansi(&mut sequence).unwrap();
        show(sequence);
    }
    show("\x1b[58:2::7:8:9m".to_owned());
}
RUST
CARGO_TARGET_DIR=$work/target cargo run --quiet | tee seen
diff seen - <<'SEEN' || { echo changed; exit 1; }
"\u{1b}[58;2;7;8;9m": dim true, reversed true, bold false
"\u{1b}[58;5;1m": dim false, reversed false, bold true
"\u{1b}[58:2::7:8:9m": dim false, reversed false, bold false
SEEN
