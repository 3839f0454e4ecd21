//! The demo, from its first page to a configuration that is changed: real keys, the real program, a pretend host whose
//! time stands but where the test lets it pass. What is seen on the way are the README's pictures.

use super::given::key;
use super::pictures::{compare, compare_picture, drawn, text};
use super::svg::{animated, svg};
use pipglr::commands::demo;
use pipglr::demo::{Clock, DemoHost};
use pipglr::settings::Colours;
use pipglr::tui::editor::check::question;
use pipglr::tui::model::Model;
use pipglr::tui::stage::Stage;
use pipglr::tui::theme::Theme;
use ratatui::buffer::Buffer;
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// A screen on the way, and for how many seconds the animated picture shows it.
struct Shot(&'static str, Buffer, f64);

struct Walk {
    host: Arc<DemoHost>,
    stage: Stage,
    shots: Vec<Shot>,
}

impl Walk {
    fn new(size: (u16, u16)) -> Self {
        let host = Arc::new(DemoHost::new(Clock::standing("2026-11-24T10:00:00Z".parse().unwrap())));
        let theme = Theme { colour: true, unicode: true, colours: Colours::default() };
        let mut stage = Stage::new(&demo::setup(host.clone()), theme, size).unwrap();
        stage.model.zone = jiff::tz::TimeZone::UTC;
        Self { host, stage, shots: vec![] }
    }

    /// Waits until the screen shows this, and nothing is looked at any more.
    #[track_caller]
    fn sees(&mut self, what: &str) -> &mut Self {
        let here = |model: &Model| {
            // What a key means is told by another thread, which may be behind what is wrong with it.
            let is_told = model.editor.as_ref().is_none_or(|editor| editor.help.current(question(&editor.buffer)));
            let settled = !model.looking && !model.checking && !model.home.gathering && is_told;
            settled && text(&drawn(model)).replace("Enter… ", "Enter ").contains(what)
        };
        assert!(self.stage.until(PATIENCE, here), "no {what:?} in\n{}", text(&drawn(&self.stage.model)));
        self
    }

    /// A key, by somebody who has read the screen; no time passes on the host.
    fn press(&mut self, name: &str) -> &mut Self {
        self.stage.pass(Duration::from_secs(2));
        self.stage.key(key(name));
        self
    }

    fn pass(&mut self, seconds: u64) -> &mut Self {
        self.host.pass(Duration::from_secs(seconds));
        self.stage.pass(Duration::from_secs(seconds));
        self
    }

    /// The host's time passes, home hears of something, and looks.
    fn hears(&mut self, seconds: u64, what: &str) -> &mut Self {
        self.pass(seconds);
        for _ in 0..100 {
            let here = |model: &Model| !model.home.gathering && text(&drawn(model)).contains(what);
            if self.stage.until(Duration::from_millis(300), here) {
                break;
            }
            self.stage.pass(Duration::from_millis(400));
        }
        self.sees(what)
    }

    fn shoot(&mut self, name: &'static str, seconds: f64) -> &mut Self {
        self.stage.pass(Duration::from_secs(2)); // it was read
        self.shots.push(Shot(name, drawn(&self.stage.model), seconds));
        self
    }
}

/// The whole way.
fn walk(size: (u16, u16)) -> Vec<Shot> {
    let mut walk = Walk::new(size);
    walk.sees("Enter begin").shoot("review", 3.0);
    walk.press("Enter").sees("Enter fix it").press("Enter").sees("Enter next step");
    walk.press("Enter").sees("usermod").shoot("id-ranges", 3.5).press("Enter").sees("Enter next step");
    walk.press("Enter").sees("Enter pull it").press("Enter").sees("cannot be reached").shoot("failure", 3.5);
    walk.press("Enter").sees("Enter next step").press("Enter").sees("Enter register").shoot("registration", 3.0);
    walk.press("Enter").sees("Enter next step").press("Enter").sees("Enter store it").press("Enter");
    walk.sees("Enter next step").press("Enter").sees("Enter make them").press("Enter").sees("Enter next step");
    walk.press("Enter").sees("Enter start it").press("Enter").sees("starting").shoot("ladder", 1.5);
    walk.pass(2).sees("The runner is up").shoot("ladder-up", 3.0);
    walk.press("Enter")
        .sees("Jobs")
        .hears(8, "acme/website")
        .hears(8, "acme/api")
        .hears(6, "39 % of a CPU")
        .shoot("home", 4.0);
    walk.hears(41, "does not run").shoot("home-down", 3.0).hears(8, "The runner is up");
    walk.press("l").sees("following").sees("restart counter").shoot("log", 3.5);
    walk.press("d").press("d").sees("ran out of memory").shoot("log-doctor", 3.5);
    walk.press("Esc").press("Esc").sees("The runner is up").press("d").sees("Fewer jobs at once").shoot("doctor", 3.5);
    walk.press("Enter").sees("concurrent = 4").press("→").press("Backspace");
    walk.sees("Did you mean").shoot("editor-error", 3.0);
    walk.press("c").press("End").press("Backspace").press("2").sees("unsaved").press("Ctrl-S").sees("+ concurrent = 2");
    walk.shoot("change", 3.0).press("Enter").sees("works with it").sees("of 2").shoot("after", 3.5);
    walk.press("z").sees("Back to").sees("+ concurrent = 4").press("Esc").sees("The runner is up");
    walk.press("h").sees("concurrent = 2, was 4").sees("in force").press("↓").press("z").sees("Back to");
    walk.press("Esc").sees("in force").press("Enter").sees("the oldest that is kept").press("Esc").press("Esc");
    walk.sees("The runner is up");
    // The commands that changed something are told, as on a real host.
    walk.press("c").sees("podman secret create config.toml").press("Esc");
    walk.press("v").sees("library/node:18").press("P").sees("that frees 1.2 GB").press("y").sees("Pruned.");
    walk.sees("library/rust");
    assert!(!text(&drawn(&walk.stage.model)).contains("library/node"));
    walk.press("Esc").sees("The runner is up");
    walk.shots
}

#[test]
fn the_demo_s_screens_are_as_they_were_agreed_on() {
    let mut wrong = vec![];
    for size in [(80, 24), (200, 60)] {
        for Shot(name, screen, _) in walk(size) {
            assert!(text(&screen).lines().next().unwrap().contains("DEMO"), "{name}");
            wrong.extend(compare(&format!("demo-{name}"), &screen).err());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The README's pictures, of a terminal of 100 columns and 30 rows.
#[test]
fn the_pictures_of_the_readme_are_of_today() {
    const PICTURES: [(&str, &str, &str); 4] = [
        (
            "wizard",
            "id-ranges",
            "The wizard at step 2: what is there, what is needed, and the commands that it would run",
        ),
        ("editor", "editor-error", "The editor, with an error at its line and what to do"),
        ("log", "log", "The log, with lines that the doctor knows"),
        ("home", "home", "The home screen of a runner that has jobs"),
    ];
    let shots = walk((100, 30));
    for (picture, name, what) in PICTURES {
        let Shot(_, screen, _) = shots.iter().find(|shot| shot.0 == name).unwrap();
        compare_picture(picture, &svg(screen, what));
    }
    let screens: Vec<_> = shots.into_iter().map(|Shot(_, screen, seconds)| (screen, seconds)).collect();
    compare_picture(
        "demo",
        &animated(&screens, "The demo: from a bare account to a runner, what the doctor says of it, and its cure"),
    );
}
