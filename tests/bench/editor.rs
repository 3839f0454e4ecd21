//! From key to frame in the editor, on a text of 500 kB, and what reading such a text takes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use pipglr::config::document::set_concurrent;
use pipglr::config::{complete, diff, lint, secrets};
use pipglr::secret::Secret;
use pipglr::steps::Wants;
use pipglr::tui::editor::check::{self, Reader};
use pipglr::tui::message::{Effect, Message, Opened};
use pipglr::tui::model::{Model, Who};
use pipglr::tui::theme::Theme;
use pipglr::tui::update::update;
use pipglr::tui::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::time::{Duration, Instant};

const SIZE: (u16, u16) = (200, 60);
/// One frame at 60 Hz.
const FRAME: Duration = Duration::from_millis(16);

/// Runners until the text has this many bytes.
fn text(bytes: usize) -> String {
    let mut text = "concurrent = 400\n".to_owned();
    for n in 0.. {
        let runner = format!(
            "\n[[runners]] # number {n}\n  name = \"runner {n}\"\n  url = \"https://gitlab.example/\"\n  token = \"glrt-t1_{n:020}\"\n  \
             executor = \"docker\"\n  environment = [\"GIT_DEPTH=1\", \"API_TOKEN=x{n}\"]\n  [runners.docker]\n    image = \"alpine\"\n    \
             host = \"unix:///home/podman/.local/share/podman-root.sock\"\n    volumes = [\"/cache\"]\n"
        );
        if text.len() + runner.len() > bytes {
            break;
        }
        text.push_str(&runner);
    }
    text
}

fn open(text: &str) -> Model {
    let mut model = Model::new(Who::default(), Wants::default(), Theme { colour: true, unicode: true }, SIZE);
    let text = Secret::new(text);
    let opened =
        Opened { text, work: None, unsaved: None, standing: None, reader: Reader::default(), notice: String::new() };
    let effects = update(&mut model, Message::Opened(Ok(Box::new(opened))));
    answer(&mut model, effects);
    model
}

/// What other threads do.
fn answer(model: &mut Model, effects: Vec<Effect>) {
    for effect in effects {
        let message = match effect {
            Effect::Lint(text) => Message::Linted(text.version, Some(Box::new(check::check_text(&text)))),
            Effect::Explain(text, at) => {
                Message::Explained(text.version, at, check::explanation(&text, at).map(Box::new))
            }
            Effect::Complete(text, at) => Message::Completed(text.version, at, check::completion(&text, at)),
            _ => continue,
        };
        let more = update(model, message);
        answer(model, more);
    }
}

/// The times from key to frame, sorted.
fn times(model: &mut Model, terminal: &mut Terminal<TestBackend>, keys: &[KeyEvent]) -> Vec<Duration> {
    let mut times = vec![];
    for key in keys {
        let begun = Instant::now();
        let effects = update(model, Message::Key(*key));
        terminal.draw(|frame| view::draw(model, frame)).unwrap();
        times.push(begun.elapsed());
        answer(model, effects);
    }
    times.sort();
    times
}

#[test]
#[ignore = "a bench"]
fn a_key_in_500_kb_is_on_the_screen_within_a_frame() {
    let text = text(500_000);
    let mut model = open(&text);
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
    terminal.draw(|frame| view::draw(&model, frame)).unwrap();
    let key = |code| KeyEvent::new(code, KeyModifiers::NONE);
    let control = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
    let middle: Vec<KeyEvent> = [control('g')]
        .into_iter()
        .chain("6000".chars().map(|c| key(KeyCode::Char(c))))
        .chain([key(KeyCode::Enter)])
        .collect();
    times(&mut model, &mut terminal, &middle);
    let mut slow = vec![];
    let mut run = |what: &str, keys: Vec<KeyEvent>| {
        let times = times(&mut model, &mut terminal, &keys);
        let (median, most) = (times[times.len() / 2], times[times.len() * 95 / 100]);
        println!(
            "{what:10} keys {}, median {median:?}, 95 % within {most:?}, worst {:?}",
            keys.len(),
            times[times.len() - 1]
        );
        if median > FRAME {
            slow.push(format!("{what}: {median:?}"));
        }
    };
    run("typing", "# a comment as one types".chars().cycle().take(60).map(|c| key(KeyCode::Char(c))).collect());
    run("new lines", vec![key(KeyCode::Enter); 20]);
    run("erasing", vec![key(KeyCode::Backspace); 40]);
    run("undoing", vec![control('z'); 10]);
    run("redoing", vec![control('y'); 10]);
    run("moving", [key(KeyCode::Down), key(KeyCode::Right), key(KeyCode::PageDown), key(KeyCode::Up)].repeat(15));
    assert!(slow.is_empty(), "{slow:?}");
    let begun = Instant::now();
    let snapshot = model.editor.as_mut().unwrap().snapshot();
    let copied = begun.elapsed();
    let seen = check::check_text(&snapshot);
    println!(
        "{} bytes: copy {copied:?}, looked at in {:?}, {} findings",
        text.len(),
        begun.elapsed(),
        seen.findings.len()
    );
}

#[test]
#[ignore = "a bench"]
fn how_long_500_kb_take() {
    let runner =
        std::fs::read_to_string(format!("{}/tests/corpus/config/valid/boilerplate.toml", env!("CARGO_MANIFEST_DIR")))
            .unwrap();
    let runner = runner.split_once("\n[[runners]]").unwrap().1;
    let mut text = String::from("concurrent = 1000\n");
    let mut number = 0;
    while text.len() < 500_000 {
        number += 1;
        text += &format!("\n[[runners]]{}", runner.replace("aaaaaaaaaaaaaaaaaaaa", &format!("{number:020}")));
    }
    let middle = text.len() / 2;
    let time = |name: &str, work: &dyn Fn()| {
        work();
        let mut times: Vec<_> = (0..15)
            .map(|_| {
                let start = Instant::now();
                work();
                start.elapsed()
            })
            .collect();
        times.sort();
        println!("{name}: median {:?}, worst {:?} ({} bytes, {number} runners)", times[7], times[14], text.len());
    };
    assert!(lint::lint(&text, &lint::Context::default()).is_empty());
    time("lint", &|| drop(lint::lint(&text, &lint::Context::default())));
    time("complete", &|| drop(complete::complete(&text, middle)));
    time("help_at", &|| drop(complete::help_at(&text, middle)));
    time("secrets", &|| drop(secrets::find(&text)));
    time("diff", &|| drop(diff::diff(&text, &text.replace("concurrent = 1000", "concurrent = 999"))));
    time("set_concurrent", &|| drop(set_concurrent(&text, 7)));
}
