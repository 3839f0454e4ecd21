//! What a message changes, and what is then to be done. Pure: no host, no terminal, no clock.
//!
//! A message goes to the screen it is for, a key to the one that is shown.

mod copy;
mod first;
mod leave;
mod looks;
mod overlay;
mod palette;
mod scroll;
mod start;
mod unread;

use super::act::Act;
use super::go;
use super::keys::{active, find};
use super::message::{Effect, Message};
use super::model::{Mark, Model, Overlay, Screen, words};
use super::screen::{Body, change, doctor, editor, face, form, history, home, ladder, log, newer, operation, review};
use super::view::limits::overlay_limit;
use crate::settings::KeyName;
use crate::text::mask;
use crate::tui::keys::binding::{TYPING, key_of};
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};
use scroll::{clamp, scroll};
pub use start::{start, start_edit, start_log};

/// Takes a message.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let by_key = matches!(message, Message::Key(_) | Message::Paste(_));
    let before = unread::meaning(model);
    let found = matches!(
        message,
        Message::Resize(..)
            | Message::Looked { .. }
            | Message::Checked(_)
            | Message::Diagnosed(_)
            | Message::Measured(_)
            | Message::Status(_)
    );
    let mut effects = take(model, message);
    if found {
        clamp(model);
    }
    unread::note(model, &before, by_key);
    effects.extend(editor::update::ask_about_text(model));
    copy::warn(model, &mut effects);
    first::say(model);
    effects
}

fn take(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Key(event) if event.kind == KeyEventKind::Release => vec![],
        Message::Key(event) => key(model, event),
        Message::Paste(text) => pasted(model, text.expose_str()),
        Message::Wheel(act) => wheel(model, act),
        Message::Resize(columns, rows) => {
            model.size = (columns, rows);
            go::resize_log(model);
            vec![]
        }
        Message::Tick(now) => tick(model, now),
        Message::Interrupt => leave::stop(model),
        Message::Host { podman, url } => {
            (model.podman, model.image_url) = (podman, url);
            vec![]
        }
        Message::Looked { round, step, report } => {
            if round == model.round {
                looks::on_looked(model, step, report);
            }
            vec![]
        }
        Message::LooksEnded(round) if round == model.round => looks::on_looks_ended(model),
        Message::LooksEnded(_) => vec![],
        Message::Checked(checks) => review::update::on_checked(model, checks),
        Message::OperationPlan(plan) => {
            if let Some(operation) = &mut model.operation {
                operation.actions = words(&plan);
            }
            vec![]
        }
        Message::OperationBegan(index) => operation::update::on_marked(model, index, Mark::Here),
        Message::OperationEnded(index, ok) => {
            operation::update::on_marked(model, index, if ok { Mark::Ok } else { Mark::Bad })
        }
        Message::OperationLines(lines) => {
            if let Some(operation) = &mut model.operation {
                operation.push(lines);
            }
            vec![]
        }
        Message::OperationDone(result) => operation::update::on_done(model, result),
        Message::Made(created, name) => {
            form::update::on_made(model, &created, name);
            vec![]
        }
        Message::Rung(rung) => ladder::update::on_rung(model, rung),
        Message::Climbed(result) => ladder::update::on_climbed(model, result),
        Message::Tried(result) => ladder::update::on_tried(model, result),
        Message::Status(status) => home::update::on_status(model, status),
        Message::Work(look) => home::update::on_work(model, *look),
        Message::Today(today) => home::update::on_today(model, today),
        Message::News(ask) => home::update::on_news(model, ask),
        Message::Measured(held) => {
            model.held = Some(held.map(|held| *held));
            vec![]
        }
        Message::Diagnosed(said) => doctor::update::on_diagnosed(model, said),
        Message::Records(records) => {
            let at_end = model.overlay_scroll >= overlay_limit(model);
            model.records = records;
            if at_end {
                model.overlay_scroll = overlay_limit(model);
            }
            vec![]
        }
        Message::Opened(opened) => editor::update::on_opened(model, opened.map(|opened| *opened)),
        Message::Kept(result) => editor::update::on_kept(model, result),
        Message::Waits(text) => editor::update::on_waits(model, text),
        Message::Linted(version, seen) => editor::update::on_linted(model, version, seen.map(|seen| *seen)),
        Message::Explained(version, at, help) => {
            editor::update::on_explained(model, (version, at), help.map(|help| *help))
        }
        Message::Completed(version, at, list) => editor::update::on_completed(model, (version, at), list),
        Message::Edited(text) => editor::update::on_edited(model, text),
        Message::Versions(read) => history::update::on_read(model, read),
        Message::Proposed(result) => change::update::on_proposed(model, result.map(|change| *change)),
        Message::Planned(verb, result) => home::update::on_planned(model, verb, result.map(|operation| *operation)),
        Message::UpdateProposed(result) => newer::update::on_proposed(model, result.map(|proposal| *proposal)),
        Message::Log(items) => log::update::on_lines_came(model, items),
        Message::LogEnded(result) => log::update::on_ended(model, result),
        Message::Saving(lines) => {
            model.log.saving = model.log.saving.map(|_| lines);
            vec![]
        }
        Message::Saved(path, result) => log::update::on_saved(model, &path, result),
        Message::Notice(text) => {
            model.notice = text;
            vec![]
        }
    }
}

fn key(model: &mut Model, event: KeyEvent) -> Vec<Effect> {
    let event = stands_for(model, event);
    let Some(act) = find(model, event) else {
        match (active::typing(model), model.overlays.last(), &face(model.screen).text) {
            (true, Some(Overlay::Palette), _) if model.palette.field.key(event) => model.palette.at = 0,
            (true, None, Some(text)) => (text.typed)(model, event),
            (_, Some(Overlay::Confirm(_)), _) => model.unanswered = true,
            _ => {}
        }
        return vec![];
    };
    if act == Act::Main && model.deaf() {
        return vec![];
    }
    if act != Act::Stop {
        model.notice.clear();
    }
    perform(model, act)
}

/// Does what a key means, or a line of the palette.
fn perform(model: &mut Model, act: Act) -> Vec<Effect> {
    if act == Act::Mouse {
        model.mouse = !model.mouse;
        model.notice = if model.mouse {
            let back = key_of(TYPING, Act::Mouse);
            format!("The wheel scrolls; with Shift the terminal selects. {back} gives the mouse back.")
        } else {
            "The mouse is the terminal's again.".into()
        };
        return vec![Effect::Mouse(model.mouse)];
    }
    match model.overlays.last() {
        Some(Overlay::Confirm(question)) => return overlay::confirm(model, *question, act),
        Some(Overlay::Palette) => return palette::on_act(model, act),
        Some(_) if act == Act::Palette => model.overlays.clear(),
        Some(_) => return overlay::on_act(model, act),
        None => {}
    }
    let face = face(model.screen);
    match act {
        Act::Palette => {
            palette::open(model);
            vec![]
        }
        Act::Stop => leave::stop(model),
        Act::Suspend => vec![Effect::Suspend],
        Act::CopyNext => copy::copy_next(model),
        Act::Quit => leave::quit(model),
        Act::Help => {
            go::open_overlay(model, Overlay::Help);
            vec![]
        }
        Act::Commands => {
            go::open_overlay(model, Overlay::Commands);
            model.overlay_scroll = usize::MAX;
            clamp(model);
            vec![Effect::Records]
        }
        act if matches!(face.body, Body::Page { .. }) && scroll(model, act) => vec![],
        act => (face.act)(model, act),
    }
}

/// Returns the key that a key of the user's own stands for. Where letters are text, they are.
fn stands_for(model: &Model, event: KeyEvent) -> KeyEvent {
    let pressed = KeyName::of(event);
    if matches!(pressed, KeyName(KeyCode::Char(_), false)) && active::typing(model) {
        return event;
    }
    model.keys.get(&pressed).map_or(event, |key| key.event())
}

/// The wheel scrolls as its keys do.
fn wheel(model: &mut Model, act: Act) -> Vec<Effect> {
    if !active::active(model).iter().any(|(_, binding)| binding.act == act) {
        return vec![];
    }
    (0..WHEEL).flat_map(|_| perform(model, act)).collect()
}

/// So many lines are a notch of the wheel.
const WHEEL: usize = 3;

/// A token where nothing is typed.
const NO_FIELD: &str = "That was a token; this page has no field for it. Its form is behind `e` of step 3.";

/// Takes a paste, for whatever is being typed in.
fn pasted(model: &mut Model, text: &str) -> Vec<Effect> {
    if model.overlays.last() == Some(&Overlay::Palette) {
        match mask::looks_like_token(text) {
            true => model.notice = NO_FIELD.into(),
            false => model.palette.field.paste(text),
        }
    } else if model.overlays.is_empty() {
        match &face(model.screen).text {
            Some(takes) => (takes.pasted)(model, text),
            None if mask::looks_like_token(text) => model.notice = NO_FIELD.into(),
            None => model.notice.clear(),
        }
    }
    vec![]
}

fn tick(model: &mut Model, now: std::time::Duration) -> Vec<Effect> {
    model.now = now;
    model.home.away |= model.screen != Screen::Home;
    let mut effects = vec![];
    if model.overlays.contains(&Overlay::Commands) {
        effects.push(Effect::Records);
    }
    effects.extend((face(model.screen).tick)(model));
    effects
}
