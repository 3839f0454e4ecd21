#!/usr/bin/env bash
# ansi-to-tui 8.0.1: the text of a terminal hyperlink is lost, and the colours that journald writes too, without an error.
#
# Its README says that unknown sequences are ignored, "so you can feed it real terminal output". But an OSC sequence is
# looked for up to a BEL only; the links of today's tools (OSC 8) end with ESC \, so that all up to the next BEL or the
# end goes with it: a log viewer shows an empty line. And one parameter in the colon form, as in systemd's warning
# colour `ESC[0;1;38:5:185m`, and the whole SGR is dropped, bold included. vt100 0.18.1 reads both.
#
# Seen:
#   "see ESC]8;;http://x/ESC\the log ESC]8;;ESC\here"   ansi-to-tui "see "      vt100 "see the log here"
#   the same with BEL                                   ansi-to-tui "see the log here"
#   ESC[0;1;38:5:185m                                   ansi-to-tui no colour, not bold    vt100 Idx(185), bold
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
ansi-to-tui = "=8.0.1"
ratatui-core = { version = "=0.1.2", default-features = false }
vt100 = "=0.18.1"
TOML
cat >src/main.rs <<'RUST'
use ansi_to_tui::IntoText;
use ratatui_core::style::Modifier;

fn main() {
    for end in ["\x1b\\", "\x07"] {
        let text = format!("see \x1b]8;;http://x/{end}the log \x1b]8;;{end}here");
        let mut terminal = vt100::Parser::default();
        terminal.process(text.as_bytes());
        let shown = text.into_text().unwrap().to_string();
        println!("link, {end:?}: ansi-to-tui {shown:?}, vt100 {:?}", terminal.screen().contents());
    }
    let text = "\x1b[0;1;38:5:185mwarning";
    let mut terminal = vt100::Parser::default();
    terminal.process(text.as_bytes());
    let cell = terminal.screen().cell(0, 0).unwrap();
    let style = text.into_text().unwrap().lines[0].spans[0].style;
    let bold = style.add_modifier.contains(Modifier::BOLD);
    println!("colour: ansi-to-tui {:?}, bold {bold}; vt100 {:?}, bold {}", style.fg, cell.fgcolor(), cell.bold());
}
RUST
CARGO_TARGET_DIR=$work/target cargo run --quiet | tee seen
diff seen - <<'SEEN' || { echo changed; exit 1; }
link, "\u{1b}\\": ansi-to-tui "see ", vt100 "see the log here"
link, "\u{7}": ansi-to-tui "see the log here", vt100 "see the log here"
colour: ansi-to-tui None, bold false; vt100 Idx(185), bold true
SEEN
