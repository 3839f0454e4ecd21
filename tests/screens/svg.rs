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
/// The terminal's own foreground and background; the 16 colours are what most dark themes make of them.
const FOREGROUND: &str = "#d8dee9";
const BACKGROUND: &str = "#16181d";

fn colour(colour: Color, own: &'static str) -> &'static str {
    match colour {
        Color::Black => "#000000",
        Color::Red => "#e06c75",
        Color::Green => "#98c379",
        Color::Yellow => "#e5c07b",
        Color::Blue => "#61afef",
        Color::Magenta => "#c678dd",
        Color::Cyan => "#56b6c2",
        Color::Gray => "#abb2bf",
        Color::DarkGray => "#3e4451",
        Color::White => "#ffffff",
        Color::LightRed => "#ff8a93",
        Color::LightGreen => "#b5e890",
        Color::LightYellow => "#ffd88a",
        Color::LightBlue => "#8ac6ff",
        Color::LightMagenta => "#e09bff",
        Color::LightCyan => "#7fd6e0",
        Color::Reset | Color::Indexed(_) | Color::Rgb(..) => own,
    }
}

/// How a cell looks: foreground, background, bold, dim, underlined.
#[derive(Clone, Copy, PartialEq)]
struct Look(&'static str, &'static str, bool, bool, bool);

impl Look {
    fn of(cell: &Cell) -> Self {
        let has = |modifier| cell.modifier.contains(modifier);
        let (mut front, mut back) = (colour(cell.fg, FOREGROUND), colour(cell.bg, BACKGROUND));
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
fn runs(buffer: &Buffer, row: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = vec![];
    let mut column = 0;
    while column < buffer.area.width {
        let cell = &buffer[(column, row)];
        let (look, text) = (Look::of(cell), cell.symbol());
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
    framed(buffer, what, &cells(buffer))
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
            cells(buffer)
        )
        .unwrap();
        from = to;
    }
    framed(&screens[0].0, what, &inside)
}

fn framed(buffer: &Buffer, what: &str, inside: &str) -> String {
    let (width, height) = (f64::from(buffer.area.width) * WIDTH, f64::from(buffer.area.height) * HEIGHT);
    let (all, tall) = (width + 2.0 * MARGIN, height + 2.0 * MARGIN);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {all:.1} {tall:.1}\" width=\"{all:.0}\" role=\"img\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"{FONT}\">\n\
         <title>{}</title>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n{inside}</svg>\n",
        escaped(what)
    )
}

/// The cells alone.
fn cells(buffer: &Buffer) -> String {
    let mut svg = String::new();
    for row in 0..buffer.area.height {
        for Run { column, columns, look: Look(front, back, bold, dim, underlined), text } in runs(buffer, row) {
            let (x, y) = (MARGIN + f64::from(column) * WIDTH, MARGIN + f64::from(row) * HEIGHT);
            let wide = f64::from(columns) * WIDTH;
            if back != BACKGROUND {
                writeln!(
                    svg,
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{HEIGHT}\" fill=\"{back}\"/>"
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
            for (is, attribute) in [
                (bold, " font-weight=\"bold\""),
                (dim, " opacity=\"0.6\""),
                (underlined, " text-decoration=\"underline\""),
            ] {
                svg.push_str(if is { attribute } else { "" });
            }
            writeln!(svg, ">{}</text>", escaped(text)).unwrap();
        }
    }
    svg
}
