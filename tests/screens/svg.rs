//! A screen as an SVG: the terminal's cells, on a grid that holds with any monospaced font.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// A cell's size, the font's, and the margin around all, in pixels.
const WIDTH: f64 = 8.4;
const HEIGHT: f64 = 16.5;
const FONT: f64 = 14.0;
const MARGIN: f64 = 12.0;

/// What a terminal makes of the colours: its own foreground and background, and the 16.
pub struct Palette {
    foreground: &'static str,
    background: &'static str,
    sixteen: [&'static str; 16],
}

/// What most dark themes are like; the README's pictures are in it.
pub const DARK: Palette = Palette {
    foreground: "#d8dee9",
    background: "#16181d",
    sixteen: [
        "#000000", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf", "#3e4451", "#ff8a93",
        "#b5e890", "#ffd88a", "#8ac6ff", "#e09bff", "#7fd6e0", "#ffffff",
    ],
};
/// Black on white, with xterm's colours: the hard case for yellow and cyan.
pub const LIGHT: Palette = Palette {
    foreground: "#000000",
    background: "#ffffff",
    sixteen: [
        "#000000", "#cd0000", "#00cd00", "#cdcd00", "#0000ee", "#cd00cd", "#00cdcd", "#e5e5e5", "#7f7f7f", "#ff0000",
        "#00ff00", "#ffff00", "#5c5cff", "#ff00ff", "#00ffff", "#ffffff",
    ],
};
/// The kernel's console.
pub const CONSOLE: Palette = Palette {
    foreground: "#aaaaaa",
    background: "#000000",
    sixteen: [
        "#000000", "#aa0000", "#00aa00", "#aa5500", "#0000aa", "#aa00aa", "#00aaaa", "#aaaaaa", "#555555", "#ff5555",
        "#55ff55", "#ffff55", "#5555ff", "#ff55ff", "#55ffff", "#ffffff",
    ],
};

impl Palette {
    fn of(&self, colour: Color, own: &'static str) -> &'static str {
        let at = match colour {
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 8,
            Color::LightRed => 9,
            Color::LightGreen => 10,
            Color::LightYellow => 11,
            Color::LightBlue => 12,
            Color::LightMagenta => 13,
            Color::LightCyan => 14,
            Color::White => 15,
            Color::Indexed(24) => return "#005f87",
            Color::Indexed(28) => return "#008700",
            Color::Indexed(94) => return "#875f00",
            Color::Reset | Color::Indexed(_) | Color::Rgb(..) => return own,
        };
        self.sixteen[at]
    }
}

/// How a cell looks: foreground, background, bold, dim, underlined.
#[derive(Clone, Copy, PartialEq)]
struct Look(&'static str, &'static str, bool, bool, bool);

impl Look {
    fn of(cell: &Cell, palette: &Palette) -> Self {
        let has = |modifier| cell.modifier.contains(modifier);
        let (mut front, mut back) = (palette.of(cell.fg, palette.foreground), palette.of(cell.bg, palette.background));
        if has(Modifier::REVERSED) {
            (front, back) = (back, front);
        }
        Self(front, back, has(Modifier::BOLD), has(Modifier::DIM), has(Modifier::UNDERLINED))
    }
}

/// Cells of one row that look alike.
struct Run {
    column: u16,
    columns: u16,
    look: Look,
    text: String,
}

/// A row's cells, together where they look alike and stand side by side.
fn runs(buffer: &Buffer, row: u16, palette: &Palette) -> Vec<Run> {
    let mut runs: Vec<Run> = vec![];
    let mut column = 0;
    while column < buffer.area.width {
        let cell = &buffer[(column, row)];
        let (look, text) = (Look::of(cell, palette), cell.symbol());
        let columns = text.width().max(1) as u16;
        match runs.last_mut() {
            Some(run) if run.look == look => {
                run.columns += columns;
                run.text += text;
            }
            _ => runs.push(Run { column, columns, look, text: text.to_owned() }),
        }
        column += columns;
    }
    runs
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The screen in a frame, `what` it shows as its title for those who cannot see it.
pub fn svg(buffer: &Buffer, what: &str) -> String {
    svg_in(buffer, what, &DARK)
}

/// The same, with other colours.
pub fn svg_in(buffer: &Buffer, what: &str, palette: &Palette) -> String {
    framed(buffer, what, &cells(buffer, palette), palette)
}

/// Screens one after the other, each for so many seconds, for ever. Without animation the first one is seen.
pub fn animated(screens: &[(Buffer, f64)], what: &str) -> String {
    let all: f64 = screens.iter().map(|(_, seconds)| seconds).sum();
    let (mut from, mut inside) = (0.0, String::new());
    for (at, (buffer, seconds)) in screens.iter().enumerate() {
        let to = from + seconds;
        let (first, last) = (at == 0, at + 1 == screens.len());
        let hidden = if first { "" } else { " visibility=\"hidden\"" };
        // What is seen from its time on, and before it and behind it not.
        let (mut times, mut values) = if first { (vec![], vec![]) } else { (vec!["0".to_owned()], vec!["hidden"]) };
        times.push(format!("{:.4}", from / all));
        values.push("visible");
        if !last {
            times.push(format!("{:.4}", to / all));
            values.push("hidden");
        }
        writeln!(
            inside,
            "<g{hidden}><animate attributeName=\"visibility\" calcMode=\"discrete\" dur=\"{all}s\" \
             repeatCount=\"indefinite\" keyTimes=\"{}\" values=\"{}\"/>\n{}</g>",
            times.join(";"),
            values.join(";"),
            cells(buffer, &DARK)
        )
        .unwrap();
        from = to;
    }
    framed(&screens[0].0, what, &inside, &DARK)
}

fn framed(buffer: &Buffer, what: &str, inside: &str, palette: &Palette) -> String {
    let (width, height) = (f64::from(buffer.area.width) * WIDTH, f64::from(buffer.area.height) * HEIGHT);
    let (all, tall) = (width + 2.0 * MARGIN, height + 2.0 * MARGIN);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {all:.1} {tall:.1}\" width=\"{all:.0}\" role=\"img\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"{FONT}\">\n\
         <title>{}</title>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n{inside}</svg>\n",
        escaped(what),
        palette.background
    )
}

/// The cells alone.
fn cells(buffer: &Buffer, palette: &Palette) -> String {
    let mut svg = String::new();
    for row in 0..buffer.area.height {
        for Run { column, columns, look: Look(front, back, bold, dim, underlined), text } in runs(buffer, row, palette)
        {
            let (x, y) = (MARGIN + f64::from(column) * WIDTH, MARGIN + f64::from(row) * HEIGHT);
            let wide = f64::from(columns) * WIDTH;
            if back != palette.background {
                writeln!(
                    svg,
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{HEIGHT}\" fill=\"{back}\"/>"
                )
                .unwrap();
            }
            // A field that is empty is seen by its line alone.
            if underlined {
                writeln!(
                    svg,
                    "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"1\" fill=\"{front}\"/>",
                    y + HEIGHT * 0.86
                )
                .unwrap();
            }
            if text.trim().is_empty() {
                continue;
            }
            let lead = (text.len() - text.trim_start_matches(' ').len()) as f64 * WIDTH;
            let text = text.trim_matches(' ');
            write!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" textLength=\"{:.1}\" xml:space=\"preserve\" fill=\"{front}\"",
                x + lead,
                y + HEIGHT * 0.74,
                text.width() as f64 * WIDTH
            )
            .unwrap();
            for (is, attribute) in [(bold, " font-weight=\"bold\""), (dim, " opacity=\"0.6\"")] {
                svg.push_str(if is { attribute } else { "" });
            }
            writeln!(svg, ">{}</text>", escaped(text)).unwrap();
        }
    }
    svg
}
