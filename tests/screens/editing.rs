//! The editor in every state.

use super::given::{CONFIG, answered, home, paste, press, rung};
use pipglr::change::Offer;
use pipglr::change::history::History;
use pipglr::change::{Held, Proposal, Standing, Wish};
use pipglr::config::diff;
use pipglr::host::Cmd;
use pipglr::ladder::{Rung, RungId};
use pipglr::plan::{Action, Content};
use pipglr::secret::Secret;
use pipglr::tui::editor::check::Reader;
use pipglr::tui::editor::recipe::Recipes;
use pipglr::tui::message::{Effect, Message, Opened};
use pipglr::tui::model::Model;
use pipglr::tui::update::update;

/// A configuration that is not at work yet, or that is.
pub fn opened(text: &str, at_work: bool) -> Message {
    let held = || Held::There { id: "1".into(), text: Secret::new(text) };
    let standing =
        || Box::new(Standing { held: held(), work: None, kept: None, unsaved: vec![], history: History::default() });
    let standing = at_work.then(standing);
    let text = Secret::new(text);
    let (work, notice) = (None, String::new());
    Message::Opened(Ok(Box::new(Opened { text, work, unsaved: None, standing, reader: Reader::default(), notice })))
}

pub fn open_editor(model: &mut Model, text: &str, at_work: bool) {
    let effects = press(model, "e");
    assert!(matches!(effects.as_slice(), [Effect::Open]), "{effects:?}");
    let effects = update(model, opened(text, at_work));
    assert_eq!(answered(model, effects), []);
}

/// At what a recipe changes, with nothing but what it offers itself where it has to know something.
pub fn to_preview(model: &mut Model) {
    press(model, "F4");
    press(model, "Enter");
    while let Some(Recipes::Ask(form)) = &model.editor.as_ref().unwrap().recipes {
        assert!(form.error.is_none(), "{:?}", form.error);
        press(model, "Enter");
    }
    assert!(matches!(model.editor.as_ref().unwrap().recipes, Some(Recipes::Preview { .. })));
}

/// What pipglr would do with a change: the real plan is made by `change::propose`.
pub fn planned(model: &Model, new: &str, back: Option<&str>) -> Message {
    let standing = model.editor.as_ref().and_then(|editor| editor.standing.clone());
    let none = || {
        Box::new(Standing { held: Held::Missing, work: None, kept: None, unsaved: vec![], history: History::default() })
    };
    let standing = standing.unwrap_or_else(none);
    let work = "/home/johndoe/.local/state/pipglr/work/config.toml";
    let content = Content::Agreed { path: work.into(), text: Secret::new(new) };
    let store = Action::StoreSecret { name: "config.toml".into(), content, replace: true, image: "i".into() };
    let plan = vec![store, Action::Run(Cmd::podman(["stop", "pipglr"])), Action::Remove(work.into())].into();
    let (old, new) = (Some(Secret::new(CONFIG)), Secret::new(new));
    let diff = diff::diff(CONFIG, new.expose_str());
    let proposal = Proposal {
        old,
        new,
        plan,
        jobs: Some([7].into()),
        recreates: true,
        hands_over: false,
        asks_anew: false,
        paused: false,
        renewed: 0,
        losses: vec![],
        privileged: None,
    };
    let back = back.map(str::to_owned);
    Message::Proposed(Ok(Box::new(Offer { proposal, standing, diff, back, wish: Wish::default() })))
}

/// Every state of the editor and of a change, by name.
pub fn every(size: (u16, u16)) -> Vec<(&'static str, Model)> {
    let open = |text: &str| {
        let mut model = home(size);
        open_editor(&mut model, text, true);
        model
    };
    let mut all = vec![("editor", open(CONFIG))];

    let mut error = open(&CONFIG.replace("= 0", "= \"soon\"\nlog_level = \"loud\""));
    press(&mut error, "F8");
    all.push(("editor-error", error));

    let docker = format!("{CONFIG}  executor = \"docker\"\n  [runners.docker]\n    image = \"alpine\"\n    pull_\n");
    let mut completion = open(&docker);
    press(&mut completion, "Ctrl-g");
    paste(&mut completion, "11");
    press(&mut completion, "Enter");
    press(&mut completion, "End");
    let mut help = open(&docker.replace("    pull_\n", "    pull_policy = [\"always\"]\n"));
    press(&mut help, "Ctrl-f");
    paste(&mut help, "pull_policy");
    press(&mut help, "Enter");
    all.push(("editor-help", help));
    press(&mut completion, "Tab");
    press(&mut completion, "↓");
    all.push(("editor-completion", completion));

    let mut replace = open(CONFIG);
    press(&mut replace, "Ctrl-r");
    paste(&mut replace, "box");
    press(&mut replace, "Tab");
    paste(&mut replace, "cube");
    all.push(("editor-replace", replace));

    // A line that is longer than the screen, looked at by its end.
    let long: String = (1..40).map(|n| format!("\"key-{n}\", ")).collect();
    let mut long = open(&format!("{CONFIG}  environment = [{long}]\n"));
    press(&mut long, "Ctrl-g");
    paste(&mut long, "8");
    press(&mut long, "Enter");
    press(&mut long, "End");
    all.push(("editor-long", long));

    let docker = docker.replace("    pull_\n", "");
    let mut recipes = open(&docker);
    press(&mut recipes, "F4");
    all.push(("recipes", recipes));
    let mut form = open(&docker);
    press(&mut form, "F4");
    press(&mut form, "Enter");
    all.push(("recipe-form", form));
    let mut preview = open(&docker);
    to_preview(&mut preview);
    all.push(("recipe-preview", preview));

    let new = docker.replace("concurrent = 1", "concurrent = 4").replace("mnop", "mnopq");
    let changing = || {
        let mut model = open(&docker);
        press(&mut model, "Ctrl-a");
        paste(&mut model, new.trim_end());
        let message = planned(&model, &new, None);
        update(&mut model, message);
        model
    };
    all.push(("change", changing()));

    let mut down = changing();
    press(&mut down, "Enter");
    update(&mut down, Message::OperationDone(Ok(None)));
    let up = |id| rung(id, Some(true), "well");
    let why = "[14.8] gitlab-runner[52]: FATAL: Failed to create listener for metrics server error=listen tcp \
               203.0.113.9:9252: bind: cannot assign requested address";
    let bad = Rung { said: vec![why.into(); 3], ..rung(RungId::Runner, Some(false), "activating (auto-restart)") };
    let rungs = vec![up(RungId::Container), up(RungId::Systemd), up(RungId::Podman), bad];
    update(&mut down, Message::Climbed(Ok(rungs)));
    all.push(("ladder-down", down));
    all
}
