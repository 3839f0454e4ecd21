//! What a message changes, and what is then to be done. Pure: no host, no terminal, no clock.

mod change;
mod checks;
mod doctor;
mod editor;
mod home;
mod log;
mod step;
mod text;
mod unread;

use super::keys::{self, Act};
use super::logview::Given;
use super::message::{Effect, Message};
use super::model::{Model, Overlay, Question, Screen, Then};
use super::view;
use crate::problem::Exit;
use crate::steps::Step;
use crossterm::event::{KeyEvent, KeyEventKind};

/// Takes a message.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let by_key = matches!(message, Message::Key(_) | Message::Paste(_));
    let before = unread::meaning(model);
    let mut effects = take(model, message);
    unread::note(model, &before, by_key);
    effects.extend(editor::wants(model));
    effects
}

fn take(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Key(event) if event.kind == KeyEventKind::Release => vec![],
        Message::Key(event) => key(model, event),
        Message::Paste(text) => text::paste(model, text.expose_str()),
        Message::Resize(columns, rows) => {
            model.size = (columns, rows);
            clamp(model);
            log::resize(model);
            vec![]
        }
        Message::Tick(now) => tick(model, now),
        Message::Interrupt => stop(model),
        Message::Host { podman, url } => {
            (model.podman, model.image_url) = (podman, url);
            vec![]
        }
        Message::Looked { round, step, report } => {
            if round == model.round {
                step::looked(model, step, report);
            }
            vec![]
        }
        Message::LooksEnded(round) if round == model.round => step::looks_ended(model),
        Message::LooksEnded(_) => vec![],
        Message::Checked(checks) => checks::ended(model, checks),
        Message::JobPlan(plan) => {
            if let Some(job) = &mut model.job {
                job.actions = super::model::words(&plan);
            }
            vec![]
        }
        Message::JobBegan(index) => step::mark(model, index, super::model::Mark::Here),
        Message::JobEnded(index, ok) => {
            step::mark(model, index, if ok { super::model::Mark::Ok } else { super::model::Mark::Bad })
        }
        Message::JobLines(lines) => {
            if let Some(job) = &mut model.job {
                job.push(lines);
            }
            vec![]
        }
        Message::JobDone(result) => step::job_done(model, result),
        Message::Rung(rung) => home::rung(model, rung),
        Message::Climbed(result) => home::climbed(model, result),
        Message::Status(status) => {
            let effects = home::seen(model, status);
            clamp(model);
            effects
        }
        Message::News(ask) => home::news(model, ask),
        Message::Diagnosed(said) => doctor::told(model, said),
        Message::Records(records) => {
            let at_end = model.overlay_scroll >= view::overlay_limit(model);
            model.records = records;
            if at_end {
                model.overlay_scroll = view::overlay_limit(model);
            }
            vec![]
        }
        Message::Opened(opened) => editor::opened(model, opened.map(|opened| *opened)),
        Message::Kept(result) => editor::kept(model, result),
        Message::Waits(text) => editor::waits(model, text),
        Message::Linted(version, seen) => editor::checked(model, version, seen.map(|seen| *seen)),
        Message::Explained(version, at, help) => editor::explained(model, (version, at), help.map(|help| *help)),
        Message::Completed(version, at, list) => editor::completed(model, (version, at), list),
        Message::Edited(text) => editor::edited(model, text),
        Message::Proposed(result) => change::proposed(model, result.map(|change| *change)),
        Message::Planned(verb, result) => home::planned(model, verb, result.map(|operation| *operation)),
        Message::Log(items) => log::came(model, items),
        Message::LogEnded(result) => log::ended(model, result),
        Message::Saving(lines) => {
            model.log.saving = model.log.saving.map(|_| lines);
            vec![]
        }
        Message::Saved(path, result) => log::saved(model, &path, result),
        Message::Notice(text) => {
            model.notice = text;
            vec![]
        }
    }
}

pub use doctor::cure;
pub use home::cure as home_cure;
pub use log::step as log_step;

/// What is done first: a look at everything.
pub fn start(model: &mut Model) -> Vec<Effect> {
    model.then = Then::Start;
    let mut effects = look(model, &Step::ALL);
    effects.extend(checks::begin(model));
    effects
}

/// What is done first where the configuration is to be edited: home is behind the editor.
pub fn start_edit(model: &mut Model) -> Vec<Effect> {
    let mut effects = home::go(model);
    effects.extend(look(model, &Step::ALL));
    effects.extend(editor::open_editor(model));
    effects
}

/// What is done first where only the log is wanted.
pub fn start_log(model: &mut Model, given: Given) -> Vec<Effect> {
    model.screen = Screen::Log; // so that Esc leaves
    log::open_given(model, given)
}

/// Looks at these steps; at all of them where a look is going on, whose answers would be lost.
fn look(model: &mut Model, steps: &[Step]) -> Vec<Effect> {
    let steps: &[Step] = if model.looking || model.then != Then::Stay { &Step::ALL } else { steps };
    model.round += 1;
    model.looking = true;
    // What was to be run may not be any more: it is not, before the host has been seen again.
    model.fresh.retain(|step| !steps.contains(step));
    vec![Effect::Look { round: model.round, wants: model.wants.clone(), steps: steps.to_vec() }]
}

fn key(model: &mut Model, event: KeyEvent) -> Vec<Effect> {
    let Some(act) = keys::find(model, event) else {
        if keys::typing(model) {
            text::typed(model, event);
        }
        return vec![];
    };
    if act == Act::Main && model.deaf() {
        return vec![];
    }
    if act != Act::Stop {
        model.notice.clear();
    }
    match model.overlays.last() {
        Some(Overlay::Confirm(question)) => return confirm(model, *question, act),
        Some(_) => return over(model, act),
        None => {}
    }
    match act {
        Act::Stop => stop(model),
        Act::Suspend => vec![Effect::Suspend],
        Act::Quit => quit(model),
        Act::Help => {
            open(model, Overlay::Help);
            vec![]
        }
        Act::Commands => {
            open(model, Overlay::Commands);
            model.overlay_scroll = usize::MAX;
            clamp(model);
            vec![Effect::Records]
        }
        act => on_screen(model, act),
    }
}

fn on_screen(model: &mut Model, act: Act) -> Vec<Effect> {
    match model.screen {
        Screen::Editor => return editor::act(model, act),
        Screen::Form | Screen::Build => return text::form(model, act),
        Screen::Log => return log::act(model, act),
        _ => {}
    }
    if scroll(model, act) {
        return vec![];
    }
    match model.screen {
        Screen::Home => home::act(model, act),
        Screen::Doctor => doctor::act(model, act),
        Screen::Ladder => home::on_ladder(model, act),
        Screen::Change => change::act(model, act),
        _ => step::act(model, act),
    }
}

/// Scrolls what is on the screen.
fn scroll(model: &mut Model, act: Act) -> bool {
    let page = view::body(model.size).height.saturating_sub(1).max(1) as usize;
    let limit = view::scroll_limit(model);
    let to = |at: usize| match act {
        Act::Up => Some(at.saturating_sub(1)),
        Act::Down => Some(at.saturating_add(1)),
        Act::PageUp => Some(at.saturating_sub(page)),
        Act::PageDown => Some(at.saturating_add(page)),
        Act::Top => Some(0),
        Act::Bottom => Some(usize::MAX),
        _ => None,
    };
    if let (Screen::Job, Some(job)) = (model.screen, &mut model.job) {
        // Counted from the end: it is the newest that is wanted.
        let last = job.lines.len();
        let Some(at) = to(last.saturating_sub(job.up)) else { return false };
        job.up = last.saturating_sub(at);
        return true;
    }
    let Some(at) = to(model.scroll) else { return false };
    model.scroll = at.min(limit);
    true
}

/// Keys while help or the commands lie over the screen.
fn over(model: &mut Model, act: Act) -> Vec<Effect> {
    let page = view::body(model.size).height.saturating_sub(1).max(1) as usize;
    let limit = view::overlay_limit(model);
    let at = model.overlay_scroll;
    model.overlay_scroll = match act {
        Act::Up => at.saturating_sub(1),
        Act::Down => at.saturating_add(1),
        Act::PageUp => at.saturating_sub(page),
        Act::PageDown => at.saturating_add(page),
        Act::Top => 0,
        Act::Bottom => usize::MAX,
        _ => at,
    }
    .min(limit);
    match act {
        Act::Back => close(model),
        Act::Help if model.overlays.last() == Some(&Overlay::Help) => close(model),
        Act::Commands if model.overlays.last() == Some(&Overlay::Commands) => close(model),
        Act::Help => open(model, Overlay::Help),
        Act::Commands => {
            open(model, Overlay::Commands);
            return vec![Effect::Records];
        }
        Act::Quit => return quit(model),
        Act::Stop => return stop(model),
        Act::Suspend => return vec![Effect::Suspend],
        _ => {}
    }
    vec![]
}

fn open(model: &mut Model, overlay: Overlay) {
    model.overlays.retain(|open| *open != overlay);
    model.overlays.push(overlay);
    model.overlay_scroll = 0;
}

fn close(model: &mut Model) {
    model.overlays.pop();
    // The commands are read from their end.
    model.overlay_scroll = if model.overlays.is_empty() { 0 } else { view::overlay_limit(model) };
}

fn confirm(model: &mut Model, question: Question, act: Act) -> Vec<Effect> {
    close(model);
    match (act, question) {
        (Act::Stop, _) => leave(model, Exit::Interrupted),
        (Act::Yes, Question::Leave) => leave(model, Exit::Done),
        (Act::Yes, Question::LeaveUnsaved) => {
            let mut effects = model.editor.take().map(|mut editor| editor::forget(&mut editor)).unwrap_or_default();
            effects.extend(leave(model, Exit::Done));
            effects
        }
        (Act::Yes, Question::CloseUnsaved) => editor::discard(model),
        (Act::Yes, Question::Recreate) => step::recreate(model),
        (Act::Yes, Question::Operate) => home::operate(model),
        _ => vec![],
    }
}

/// Whether something is under way that leaving would cut off.
fn busy(model: &Model) -> bool {
    model.job.is_some()
}

fn unsaved(model: &Model) -> bool {
    model.unsaved().is_some()
}

/// `q`: asks only where something would be lost.
fn quit(model: &mut Model) -> Vec<Effect> {
    let question = match (busy(model), unsaved(model)) {
        (true, _) => Question::Leave,
        (_, true) => Question::LeaveUnsaved,
        _ => {
            let exit = match (&model.failure, model.screen) {
                (Some(failure), Screen::Failure) => failure.problem.exit(),
                _ => Exit::Done,
            };
            return leave(model, exit);
        }
    };
    open(model, Overlay::Confirm(question));
    vec![]
}

/// Leaves; what runs is stopped first, and waited for.
fn leave(model: &mut Model, exit: Exit) -> Vec<Effect> {
    if busy(model) && !model.leaving {
        model.leaving = true;
        return stop_job(model);
    }
    vec![Effect::Stop, Effect::StopLog, Effect::StopSaving, Effect::Quit(exit)]
}

fn stop_job(model: &mut Model) -> Vec<Effect> {
    if let Some(job) = &mut model.job {
        job.stopping = true;
    }
    vec![Effect::Stop]
}

/// Ctrl-C: stops what runs; leaves where nothing does.
fn stop(model: &mut Model) -> Vec<Effect> {
    if let Some(job) = &model.job {
        // Pressed again it leaves: what runs was already told to stop.
        return if job.stopping { vec![Effect::Quit(Exit::Interrupted)] } else { stop_job(model) };
    }
    if model.climb.climbing && model.screen == Screen::Ladder {
        return vec![Effect::Stop];
    }
    if unsaved(model) {
        open(model, Overlay::Confirm(Question::LeaveUnsaved));
        return vec![];
    }
    leave(model, Exit::Interrupted)
}

fn tick(model: &mut Model, now: std::time::Duration) -> Vec<Effect> {
    model.now = now;
    model.home.away |= model.screen != Screen::Home;
    let mut effects = vec![];
    if model.overlays.contains(&Overlay::Commands) {
        effects.push(Effect::Records);
    }
    effects.extend(match model.screen {
        Screen::Home => home::tick(model),
        Screen::Admin => step::tick(model),
        Screen::Review => checks::tick(model),
        Screen::Log => log::tick(model),
        _ => vec![],
    });
    effects
}

/// Shows a screen from its top. One that was passed on the way here ends the way: `Esc` goes round in no circle.
fn show(model: &mut Model, screen: Screen) {
    if let Some(at) = model.from.iter().position(|passed| *passed == screen) {
        model.from.truncate(at);
    }
    if screen == Screen::Job {
        model.home.status = None; // how the host stands after it is not known
    }
    (model.screen, model.scroll) = (screen, 0);
}

/// `Esc` on what is shown next leads to this screen.
fn from(model: &mut Model, screen: Screen) {
    if model.from.last() != Some(&screen) {
        model.from.push(screen);
    }
}

/// Shows a screen from which `Esc` comes back to this one.
fn go_to(model: &mut Model, screen: Screen) {
    from(model, model.screen);
    show(model, screen);
}

/// Shows a step from its top.
fn show_step(model: &mut Model, step: Step) {
    model.step = step;
    show(model, Screen::Step);
}

/// Back to where it was opened from; from what nothing is behind, home where there is one, else to the steps.
fn back(model: &mut Model) -> Vec<Effect> {
    match (model.from.pop(), model.screen) {
        (Some(Screen::Log), _) => {
            model.screen = Screen::Log; // nothing is behind it that was not there before
            return log::open_given(model, model.log.given.clone());
        }
        (Some(Screen::Home), _) => return home::go(model),
        (Some(to), _) => show(model, to),
        (None, Screen::Review | Screen::Ladder) if model.was_set_up() => return home::go(model),
        (None, Screen::Step) => show(model, Screen::Review),
        (None, _) => show(model, Screen::Step),
    }
    vec![]
}

/// What became shorter or got more room must not stay scrolled beyond its end.
fn clamp(model: &mut Model) {
    model.scroll = model.scroll.min(view::scroll_limit(model));
    if !model.overlays.is_empty() {
        model.overlay_scroll = model.overlay_scroll.min(view::overlay_limit(model));
    }
}
