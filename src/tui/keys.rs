//! The keys: one table a screen, which handles them, and makes the line at the bottom and the `?` page.

pub mod act;

use super::form::Field;
use super::logview::{Ask, Panel};
use super::model::{Model, Overlay, Screen};
use super::view;
use crate::problem::Kind;
use crate::steps::{State, Step};
pub use act::Act;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key: its code, and whether Ctrl is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(pub KeyCode, pub bool);

impl Key {
    /// As it is printed on keyboards.
    pub fn name(self) -> String {
        let name = match self.0 {
            KeyCode::Enter => "Enter".into(),
            KeyCode::Esc => "Esc".into(),
            KeyCode::Tab => "Tab".into(),
            KeyCode::BackTab => "Shift-Tab".into(),
            KeyCode::Up => "↑".into(),
            KeyCode::Down => "↓".into(),
            KeyCode::Left => "←".into(),
            KeyCode::Right => "→".into(),
            KeyCode::PageUp => "PgUp".into(),
            KeyCode::PageDown => "PgDn".into(),
            KeyCode::Home => "Home".into(),
            KeyCode::End => "End".into(),
            KeyCode::F(n) => format!("F{n}"),
            KeyCode::Char(' ') => "Space".into(),
            KeyCode::Char(c) if self.1 => c.to_ascii_uppercase().to_string(),
            KeyCode::Char(c) => c.to_string(),
            _ => String::new(),
        };
        if self.1 { format!("Ctrl-{name}") } else { name }
    }

    fn is(self, event: KeyEvent) -> bool {
        self.0 == event.code && self.1 == event.modifiers.contains(KeyModifiers::CONTROL)
    }
}

/// A line of a table.
#[derive(Debug)]
pub struct Binding {
    /// The keys that do it.
    pub keys: &'static [Key],
    /// What they do.
    pub act: Act,
    /// In the line at the bottom; empty where it is not there.
    pub hint: &'static str,
    /// On the `?` page.
    pub help: &'static str,
}

const fn bind(keys: &'static [Key], act: Act, hint: &'static str, help: &'static str) -> Binding {
    Binding { keys, act, hint, help }
}

const fn ch(c: char) -> Key {
    Key(KeyCode::Char(c), false)
}

const fn ctrl(c: char) -> Key {
    Key(KeyCode::Char(c), true)
}

const fn code(code: KeyCode) -> Key {
    Key(code, false)
}

const ENTER: Key = code(KeyCode::Enter);
const ESC: Key = code(KeyCode::Esc);

macro_rules! table {
    ($name:ident: $([$($key:expr),+] $act:expr, $hint:literal, $help:literal;)*) => {
        pub(super) const $name: &[Binding] = &[$(bind(&[$($key),+], $act, $hint, $help)),*];
    };
}

mod editor;
mod log;
mod pages;

table! { SCROLL:
    [code(KeyCode::Up), ch('k')] Act::Up, "", "a line up";
    [code(KeyCode::Down), ch('j')] Act::Down, "", "a line down";
    [code(KeyCode::PageUp)] Act::PageUp, "", "a page up";
    [code(KeyCode::PageDown)] Act::PageDown, "scroll", "a page down";
    [code(KeyCode::Home), ch('g')] Act::Top, "", "to the top";
    [code(KeyCode::End), ch('G')] Act::Bottom, "", "to the end";
}
table! { ANYWHERE:
    [ch('c')] Act::Commands, "commands", "every command that was run, with its exit code and time";
    [ch('?'), code(KeyCode::F(1))] Act::Help, "keys", "this page";
    [ch('q')] Act::Quit, "quit", "leave";
    [ctrl('c')] Act::Stop, "", "stop what runs, or leave";
    [ctrl('z')] Act::Suspend, "", "to the shell; `fg` comes back";
}
table! { TYPING:
    [code(KeyCode::F(1))] Act::Help, "keys", "this page";
    [ctrl('c')] Act::Stop, "", "leave the program";
}
table! { OVERLAY:
    [ESC, ENTER] Act::Back, "back", "back";
}
table! { CONFIRM:
    [ch('y')] Act::Yes, "yes", "yes";
    [ch('n'), ESC] Act::Back, "no", "no";
    [ctrl('c')] Act::Stop, "", "leave the program";
}

/// Whether letters are text now.
pub fn typing(model: &Model) -> bool {
    model.overlays.is_empty() && typing_below(model)
}

/// Whether letters are text on the screen itself.
pub fn typing_below(model: &Model) -> bool {
    match model.screen {
        Screen::Form | Screen::Build => true,
        Screen::Editor => editor::typing(model),
        Screen::Log => model.log.typing.is_some(),
        _ => false,
    }
}

/// The tables that count now, the closest first.
fn tables(model: &Model) -> Vec<&'static [Binding]> {
    match model.overlays.last() {
        Some(Overlay::Confirm(_)) => vec![CONFIRM],
        Some(Overlay::Help | Overlay::Commands) => vec![OVERLAY, SCROLL, ANYWHERE],
        None => screen_tables(model),
    }
}

/// The tables of the screen itself.
fn screen_tables(model: &Model) -> Vec<&'static [Binding]> {
    match model.screen {
        Screen::Review => vec![pages::REVIEW, SCROLL, ANYWHERE],
        // Where there is more below, ↑ and ↓ are for that.
        Screen::Step if view::scroll_limit(model) > 0 => vec![pages::STEP, SCROLL, ANYWHERE],
        Screen::Step => vec![pages::STEP, pages::STEP_ARROWS, SCROLL, ANYWHERE],
        Screen::Admin => vec![pages::ADMIN, SCROLL, ANYWHERE],
        Screen::Form | Screen::Build => vec![pages::FORM, TYPING],
        Screen::Job => vec![pages::JOB, SCROLL, ANYWHERE],
        Screen::Failure => vec![pages::FAILURE, SCROLL, ANYWHERE],
        Screen::Ladder => vec![pages::LADDER, SCROLL, ANYWHERE],
        Screen::Home if model.has_no_container() => vec![pages::MISSING, pages::HOME, SCROLL, ANYWHERE],
        Screen::Home => vec![pages::STOPPED, pages::HOME, SCROLL, ANYWHERE],
        Screen::Doctor => vec![pages::DOCTOR, SCROLL, ANYWHERE],
        Screen::Log if model.log.typing.is_some() => vec![log::PROMPT, TYPING],
        Screen::Log => match model.log.panel {
            None => vec![log::LOG, SCROLL, ANYWHERE],
            Some(Panel::Jobs(_)) => vec![log::JOBS, SCROLL, ANYWHERE],
            Some(Panel::Line(..)) => vec![log::LINE, SCROLL, ANYWHERE],
            Some(Panel::Doctor(..)) => vec![log::DOCTOR, SCROLL, ANYWHERE],
            Some(Panel::Levels) => vec![log::LEVELS, ANYWHERE],
        },
        Screen::Editor => editor::tables(model),
        Screen::Change => vec![editor::CHANGE, SCROLL, ANYWHERE],
    }
}

/// Whether something can be done now; what cannot is in no help and does nothing.
fn allowed(model: &Model, act: Act) -> bool {
    let step = model.step;
    match (model.screen, act) {
        (_, Act::Back) if !model.overlays.is_empty() => true,
        (Screen::Editor | Screen::Change, act) => editor::allowed(model, act),
        (Screen::Failure, Act::Edit) if model.changing() => model.editor.is_some(),
        (Screen::Failure, Act::PutBack) => model.changing(),
        (Screen::Ladder, Act::PutBack) => model.changed && !model.climb.climbing,
        (Screen::Step, Act::Anew) => {
            let there = matches!(model.state(), Some(State::Done | State::Blocked(_)));
            step == Step::Volumes && (there || model.wants.recreate_volumes)
        }
        (Screen::Step, Act::Toggle) => step == Step::Startup || step == Step::Image && model.wants.build.is_some(),
        (Screen::Step | Screen::Failure, Act::Edit) => {
            matches!(step, Step::Registration | Step::Configuration | Step::Startup | Step::Image) && !model.done(step)
                || step == Step::Configuration
        }
        (Screen::Step, Act::Print) => model.admin_can(),
        (Screen::Failure, Act::Print) => {
            model.admin_can() || model.failure.as_ref().is_some_and(|failure| failure.problem.kind == Kind::NeedsRoot)
        }
        (Screen::Failure, Act::Log) => step == Step::Startup || model.changing(),
        (Screen::Form, Act::Another) => model.form.as_ref().is_some_and(|form| form.focus == Field::Token),
        (Screen::Build, Act::Another) => false,
        (Screen::Review, Act::Back) => !model.from.is_empty() || model.was_set_up(),
        (Screen::Home, Act::Main) => super::update::home_cure(model).is_some(),
        (Screen::Doctor, Act::Main) => super::update::cure(model).is_some(),
        (Screen::Doctor, Act::Previous | Act::Next) => model.doctor.findings().len() > 1,
        (Screen::Job, Act::Wait) => model.job.as_ref().is_some_and(|job| !job.patient && !job.stopping),
        (Screen::Log, Act::Main) => match model.log.panel {
            Some(Panel::Doctor(number, _)) => super::update::log_step(model, number).is_some(),
            _ => true,
        },
        (Screen::Log, Act::NextField) => {
            model.log.typing.as_ref().is_some_and(|typing| matches!(typing.ask, Ask::Save(_)))
        }
        (Screen::Home, Act::Start) => !model.runs(),
        (Screen::Home, Act::Restart | Act::Halt) => model.runs(),
        (Screen::Ladder, Act::Main | Act::Look) => !model.climb.climbing,
        _ => true,
    }
}

/// Whether a binding counts now.
fn counts(model: &Model, binding: &Binding) -> bool {
    allowed(model, binding.act)
}

/// What a key means now.
pub fn find(model: &Model, event: KeyEvent) -> Option<Act> {
    tables(model)
        .into_iter()
        .flatten()
        .find(|binding| binding.keys.iter().any(|key| key.is(event)) && counts(model, binding))
        .map(|binding| binding.act)
}

/// The bindings that count now, each key once.
pub fn active(model: &Model) -> Vec<(String, &'static Binding)> {
    each_once(model, tables(model))
}

/// The same of the screen itself, whatever lies over it.
pub fn active_below(model: &Model) -> Vec<(String, &'static Binding)> {
    each_once(model, screen_tables(model))
}

fn each_once(model: &Model, tables: Vec<&'static [Binding]>) -> Vec<(String, &'static Binding)> {
    let mut taken: Vec<Key> = Vec::new();
    let mut lines = Vec::new();
    for binding in tables.into_iter().flatten().filter(|binding| counts(model, binding)) {
        let free: Vec<Key> = binding.keys.iter().copied().filter(|key| !taken.contains(key)).collect();
        if !free.is_empty() {
            taken.extend(&free);
            lines.push((free.iter().map(|key| key.name()).collect::<Vec<_>>().join(" "), binding));
        }
    }
    lines
}

/// The line at the bottom: key and word, the closest first.
pub fn hints(model: &Model) -> Vec<(String, String)> {
    let with_steps = matches!(model.screen, Screen::Step | Screen::Failure);
    active(model)
        .into_iter()
        .filter(|(_, binding)| !binding.hint.is_empty())
        .filter(|(_, binding)| binding.act != Act::PageDown || view::scrolls(model))
        .map(|(names, binding)| {
            let mut first = names.split(' ').next().unwrap_or_default().to_owned();
            if binding.act == Act::Main && model.deaf() {
                first.push('…'); // not yet
            }
            match binding.act {
                Act::Reveal | Act::Keep | Act::Now | Act::Main
                    if matches!(model.screen, Screen::Editor | Screen::Change) && model.overlays.is_empty() =>
                {
                    (first, editor::hint(model, binding))
                }
                Act::Main if model.overlays.is_empty() => (first, main_hint(model, binding.hint)),
                Act::Source(_) | Act::Number(_) => (String::new(), binding.hint.into()),
                Act::Toggle if model.step == Step::Image => (first, "pull instead".into()),
                Act::Edit if with_steps && model.step == Step::Image && model.wants.build.is_some() => {
                    (first, "how it is built".into())
                }
                Act::Anew if model.wants.recreate_volumes => (first, "keep them".into()),
                Act::Pause if !model.log.follow => (first, "follow".into()),
                Act::Edit if with_steps && model.step == Step::Image => (first, "build instead".into()),
                Act::Edit if with_steps && model.step == Step::Startup => (first, "edit configuration".into()),
                _ => (first, binding.hint.into()),
            }
        })
        .collect()
}

/// Returns what Enter does on the screen itself, whatever lies over it.
pub fn enter(model: &Model) -> Option<String> {
    let (_, binding) =
        active_below(model).into_iter().find(|(names, _)| names.split(' ').any(|name| name == "Enter"))?;
    Some(if binding.act == Act::Main { main_hint(model, binding.hint) } else { binding.hint.to_owned() })
}

/// What Enter does on this very screen.
fn main_hint(model: &Model, hint: &str) -> String {
    let word = match (model.screen, model.step, model.state()) {
        (Screen::Doctor, ..) => super::update::cure(model).map_or(hint, |cure| cure.word()),
        (Screen::Home, ..) => super::update::home_cure(model).map_or(hint, |cure| cure.word()),
        (Screen::Review, ..) if model.looking => "",
        (Screen::Review, ..) if model.all_done() => "home",
        (Screen::Step, _, None) => "look again",
        (Screen::Step, step, Some(State::Ready)) if !model.fresh.contains(&step) => "",
        (Screen::Step, _, Some(State::Done)) if model.all_done() => "see whether it is up",
        (Screen::Step, _, Some(State::Done)) => "next step",
        (Screen::Step, Step::Registration, Some(State::Asks(_))) => "enter the token",
        (Screen::Step, _, Some(State::Asks(_))) => "answer it",
        (Screen::Step, _, Some(State::Waits(_))) => "go to that step",
        (Screen::Step, _, Some(State::Blocked(_))) => "look again",
        (Screen::Step, Step::Persistent | Step::IdRanges, _) => "fix it",
        (Screen::Step, Step::Image, _) if model.wants.build.is_some() => "build it",
        (Screen::Step, Step::Image, _) => "pull it",
        (Screen::Step, Step::Registration, _) => "register",
        (Screen::Step, Step::Configuration, _) => "commit it",
        (Screen::Step, Step::Volumes, _) => "make them",
        (Screen::Step, Step::Startup, _)
            if model.report(Step::Startup).is_some_and(|found| !found.plan.warnings.is_empty()) =>
        {
            "make it again"
        }
        (Screen::Step, Step::Startup, _) => "start it",
        _ => hint,
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that stands twice in what is searched would do one thing and be said to do another.
    #[test]
    fn no_table_has_a_key_twice() {
        for table in [SCROLL, ANYWHERE, CONFIRM].into_iter().chain(pages::ALL).chain(log::ALL).chain(editor::ALL) {
            let mut keys: Vec<Key> = table.iter().flat_map(|binding| binding.keys).copied().collect();
            while let Some(key) = keys.pop() {
                assert!(!keys.contains(&key), "{key:?}");
                assert!(!key.name().is_empty());
            }
        }
    }

    #[test]
    fn names() {
        assert_eq!(ctrl('s').name(), "Ctrl-S");
        assert_eq!(ch(' ').name(), "Space");
        assert_eq!(code(KeyCode::F(2)).name(), "F2");
    }
}
