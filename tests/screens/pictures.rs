//! Every screen, drawn.

use super::every::every;
use super::given::{CONFIG, TOKEN, at, press};
use super::svg::{CONSOLE, DARK, LIGHT, svg_in};
use pipglr::settings::Colours;
use pipglr::steps::Step;
use pipglr::tui::model::Model;
use pipglr::tui::theme::Theme;
use pipglr::tui::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use std::path::Path;

pub fn drawn(model: &Model) -> Buffer {
    let (columns, rows) = model.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| view::draw(model, frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn draw(model: &Model) -> String {
    text(&drawn(model))
}

/// A screen's rows, without blanks at their ends.
pub fn text(buffer: &Buffer) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let row = |y| {
        let mut row = String::new();
        let mut x = 0;
        while x < columns {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += unicode_width::UnicodeWidthStr::width(symbol).max(1) as u16;
        }
        row.trim_end().to_owned()
    };
    (0..rows).map(row).collect::<Vec<_>>().join("\n") + "\n"
}

/// Compares with the picture that was agreed on; writes it where that is asked for.
pub fn compare(name: &str, buffer: &Buffer) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/screens/{name}-{}x{}.txt", buffer.area.width, buffer.area.height));
    let drawn = text(buffer);
    if std::env::var_os("PIPGLR_UPDATE_SCREENS").is_some() {
        std::fs::write(&path, &drawn).unwrap();
    }
    let agreed = std::fs::read_to_string(&path).unwrap_or_default();
    if agreed == drawn { Ok(()) } else { Err(format!("{} is now\n{drawn}", path.display())) }
}

#[test]
fn every_screen_is_as_it_was_agreed_on() {
    let mut wrong = vec![];
    for size in [(80, 24), (200, 60)] {
        for (name, model) in every(size) {
            wrong.extend(compare(name, &drawn(&model)).err());
        }
    }
    // The ranges, drawn without a letter that is not ASCII.
    let mut ascii = at(Step::IdRanges, (80, 24));
    ascii.theme.unicode = false;
    assert!(draw(&ascii).is_ascii());
    wrong.extend(compare("id-ranges-ascii", &drawn(&ascii)).err());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Compares with a picture of the README; writes it where that is asked for, as the other pictures are.
pub fn compare_picture(picture: &str, drawn: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures");
    let path = folder.join(format!("{picture}.svg"));
    if std::env::var_os("PIPGLR_UPDATE_SCREENS").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, drawn).unwrap();
    }
    let agreed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(agreed == drawn, "PIPGLR_UPDATE_SCREENS=1 draws {} again", path.display());
}

/// All screens, in all sizes and colours, to be looked at by eye: `target/looks`.
#[test]
#[ignore = "writes a thousand pictures; for whoever looks at them"]
fn all_looks() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/looks");
    std::fs::create_dir_all(&folder).unwrap();
    let theme = |colour, unicode| Theme { colour, unicode, colours: Colours::TERMINAL };
    let looks = [
        ("dark", theme(true, true), DARK),
        ("light", Theme { colours: Colours::TERMINAL.for_light(), ..theme(true, true) }, LIGHT),
        ("light-own", theme(true, true), LIGHT),
        ("console", theme(true, false), CONSOLE),
        ("none", theme(false, true), DARK),
    ];
    for (columns, rows) in [(80, 24), (100, 30), (200, 60), (40, 12)] {
        for (name, mut model) in every((columns, rows)) {
            for (look, theme, palette) in &looks {
                model.theme = *theme;
                let path = folder.join(format!("{name}-{look}-{columns}x{rows}.svg"));
                std::fs::write(path, svg_in(&drawn(&model), name, palette)).unwrap();
            }
        }
    }
}

/// From a key to the frame that it makes, on every screen: `tests/bench/table` prints it.
#[test]
#[ignore = "measures; needs the release build and a quiet machine"]
fn key_to_frame() {
    const KEYS: [&str; 10] = ["↓", "PgDn", "End", "PgUp", "↑", "?", "Esc", "c", "Esc", "→"];
    let (mut times, mut worst) = (vec![], (0.0, ""));
    for (name, mut model) in every((200, 60)) {
        let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
        for key in KEYS.iter().cycle().take(KEYS.len() * 10) {
            let begun = std::time::Instant::now();
            press(&mut model, key);
            terminal.draw(|frame| view::draw(&model, frame)).unwrap();
            let time = begun.elapsed().as_secs_f64() * 1e3;
            times.push(time);
            worst = if time > worst.0 { (time, name) } else { worst };
        }
    }
    times.sort_by(f64::total_cmp);
    let p99 = times[(times.len() - 1) * 99 / 100];
    let met = if p99 < 16.0 { "met" } else { "missed" };
    println!(
        "| key to frame on every screen, 99 % (worst {:.1} ms, {}) | {p99:.1} ms | | < 16 ms | {met} |",
        worst.0, worst.1
    );
}

#[test]
fn no_size_breaks_a_screen() {
    for size in
        [(0, 0), (1, 1), (2, 2), (3, 9), (20, 5), (21, 12), (40, 4), (59, 10), (60, 10), (80, 1), (1, 60), (500, 3)]
    {
        for (_, mut model) in every(size) {
            draw(&model);
            for name in ["↓", "PgDn", "End", "PgUp", "w", "→", "/", "?", "PgDn", "Esc"] {
                press(&mut model, name);
                draw(&model);
            }
        }
    }
}

/// A column of single letters says nothing.
#[test]
fn words_have_room_on_a_narrow_screen() {
    for (name, mut model) in every((40, 12)) {
        for scroll in (0..=view::scroll_limit(&model)).step_by(8) {
            model.scroll = scroll;
            let screen = draw(&model);
            let single = screen.lines().filter(|line| line.trim().chars().count() == 1).count();
            assert!(single < 3, "{name}:\n{screen}");
        }
    }
}

#[test]
fn no_colour_and_no_unicode_still_say_all() {
    for (name, mut model) in every((80, 24)) {
        let with = draw(&model);
        model.theme = Theme { colour: false, unicode: true, colours: Colours::TERMINAL };
        assert_eq!(draw(&model), with, "{name}: a colour says what no sign or word does");
        let last = model.size.1 - 1;
        let (key, bold) = (drawn(&model), ratatui::style::Modifier::BOLD);
        let is_bold = |x| key[(x, last)].modifier.contains(bold);
        assert!(is_bold(1) || name == "question", "{name}: a key is told from its word");
        model.theme = Theme { colour: true, unicode: false, colours: Colours::TERMINAL };
        assert!(draw(&model).is_ascii(), "{name}: {}", draw(&model));
    }
}

#[test]
fn no_secret_is_on_any_screen_unless_asked_for() {
    for (name, model) in every((200, 60)) {
        let drawn = draw(&model);
        assert!(!drawn.contains(&TOKEN[5..]) && !drawn.contains("GR1348941abc"), "{name}: {drawn}");
        assert!(!format!("{model:?}").contains(&TOKEN[5..]), "{name}");
    }
    let (_, mut editor) = every((80, 24)).into_iter().find(|(name, _)| *name == "editor").unwrap();
    press(&mut editor, "F2");
    assert!(draw(&editor).contains(TOKEN) && CONFIG.contains(TOKEN));
}

/// Where one types, the terminal's own cursor is, for screen readers and input methods.
#[test]
fn the_cursor_is_where_one_types() {
    for (name, model) in every((80, 24)) {
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        let mut seen = None;
        terminal.draw(|frame| view::draw(&model, frame)).unwrap();
        if terminal.backend().cursor_visible() {
            seen = Some(terminal.backend().cursor_position());
        }
        assert_eq!(seen.is_some(), pipglr::tui::keys::typing(&model), "{name}: {seen:?}");
    }
}
