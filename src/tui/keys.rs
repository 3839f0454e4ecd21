//! The keys: one table a screen, which handles them, and makes the line at the bottom and the `?` page.

use super::form::Field;
use super::logview::{Ask, Panel};
use super::model::{Model, Overlay, Screen};
use crate::problem::Exit;
use crate::steps::{State, Step};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The main thing.
    Main,
    /// Change something first.
    Edit,
    /// Lines for an administrator.
    Print,
    /// Look again.
    Look,
    /// The step before.
    Previous,
    /// The step after.
    Next,
    /// All steps on one page.
    Overview,
    /// Make the volumes anew.
    Anew,
    /// Switch on, switch off.
    Toggle,
    /// The log.
    Log,
    /// Restart the container.
    Restart,
    /// The volumes.
    Volumes,
    /// The commands.
    Commands,
    /// The keys.
    Help,
    /// Leave.
    Quit,
    /// Back.
    Back,
    /// No time-out for what runs.
    Wait,
    /// Ctrl-C.
    Stop,
    /// Ctrl-Z.
    Suspend,
    /// A line up.
    Up,
    /// A line down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the top.
    Top,
    /// To the end.
    Bottom,
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// The next field.
    NextField,
    /// The field before.
    PreviousField,
    /// One more token.
    Another,
    /// Keep the text.
    Keep,
    /// Take back.
    Undo,
    /// Do again.
    Redo,
    /// Search.
    Search,
    /// Search and put something else there.
    Replace,
    /// Everywhere.
    ReplaceAll,
    /// To a line.
    GoTo,
    /// What may stand at the cursor.
    Complete,
    /// The same, behind a word.
    CompleteWord,
    /// The next finding.
    NextFinding,
    /// The finding before.
    PreviousFinding,
    /// The recipes.
    Recipes,
    /// The person's own editor.
    Lend,
    /// Select all of it.
    SelectAll,
    /// Copy.
    Copy,
    /// Cut.
    Cut,
    /// Put in what was copied.
    Put,
    /// End running jobs, or wait for them after all.
    Now,
    /// Put the version before to work again.
    PutBack,
    /// The next place.
    NextHit,
    /// The place before.
    PreviousHit,
    /// Show secrets, hide them.
    Reveal,
    /// Break long lines.
    Wrap,
    /// Follow, hold still.
    Pause,
    /// A program of the log on or off.
    Source(usize),
    /// Half a page up.
    HalfUp,
    /// Half a page down.
    HalfDown,
    /// Only lines that match.
    Filter,
    /// Only lines that do not.
    Invert,
    /// To a time.
    Time,
    /// How much of the times is shown.
    Times,
    /// From which level on lines are shown.
    Levels,
    /// Each level by itself.
    ChooseLevels,
    /// A level on or off.
    Level(usize),
    /// How far back lines are shown.
    Since,
    /// Mark a line.
    Mark,
    /// To the next mark.
    NextMark,
    /// Begin a selection.
    Select,
    /// To a file.
    Save,
    /// The jobs.
    Jobs,
    /// What the doctor knows.
    Doctor,
    /// Yes.
    Yes,
}

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
        const $name: &[Binding] = &[$(bind(&[$($key),+], $act, $hint, $help)),*];
    };
}

mod editor;

table! { REVIEW:
    [ENTER] Act::Main, "begin", "begin with the first step that is not done";
    [ch('r')] Act::Look, "look again", "look at the host again";
    [ESC, ch('b')] Act::Back, "", "back";
}
table! { STEP:
    [ENTER] Act::Main, "go on", "do what is shown, or go on";
    [ch('e')] Act::Edit, "edit first", "change what it is done with: the form, the configuration, how the image is built";
    [ch('n')] Act::Anew, "make anew", "make both volumes anew, or keep them after all";
    [ch(' ')] Act::Toggle, "start at boot", "have the container started when the machine starts, or not; pull the image after all";
    [ch('p')] Act::Print, "print for an admin", "show root's part for an administrator, and wait until it was run";
    [ch('r')] Act::Look, "look again", "look at the host again";
    [ch('b')] Act::Previous, "back", "the step before";
    [code(KeyCode::Up), code(KeyCode::Left), code(KeyCode::BackTab)] Act::Previous, "", "visit the step before";
    [code(KeyCode::Down), code(KeyCode::Right), code(KeyCode::Tab)] Act::Next, "", "visit the step after";
    [ESC, ch('s')] Act::Overview, "", "all steps on one page";
}
table! { ADMIN:
    [ENTER, ch('r')] Act::Look, "look now", "look at the host now";
    [ESC, ch('b')] Act::Back, "back", "back to the step";
}
table! { FORM:
    [ENTER] Act::Main, "go on", "check all fields and go on";
    [code(KeyCode::Tab), code(KeyCode::Down)] Act::NextField, "next field", "the next field";
    [code(KeyCode::BackTab), code(KeyCode::Up)] Act::PreviousField, "", "the field before";
    [ctrl('n')] Act::Another, "another token", "begin another token (several different ones may also be pasted at once, one a line)";
    [ESC] Act::Back, "back", "back to the step; what was typed stays";
}
table! { JOB:
    [ctrl('c')] Act::Stop, "stop", "stop what runs; what was done stays done";
    [ch('w')] Act::Wait, "wait longer", "give what runs as long as it takes, in place of its time-out";
}
table! { FAILURE:
    [ENTER] Act::Main, "try again", "look again, and try it again";
    [ch('e')] Act::Edit, "edit", "change what it is done with: the form, the configuration, how the image is built";
    [ch('u')] Act::PutBack, "put the old one back", "put the configuration before this one to work again";
    [ch('p')] Act::Print, "print for an admin", "show root's part for an administrator, and wait until it was run";
    [ch('l')] Act::Log, "log", "the container's log";
    [ESC, ch('b')] Act::Back, "back", "back";
}
table! { LADDER:
    [ENTER] Act::Main, "home", "go on to the home screen";
    [ch('r')] Act::Look, "climb again", "climb from the ground again";
    [ch('u')] Act::PutBack, "put the old one back", "put the configuration before this one to work again";
    [ch('l')] Act::Log, "log", "the container's log";
    [ch('e')] Act::Edit, "edit", "edit the configuration";
    [ESC, ch('b')] Act::Back, "", "back to step 6";
}
table! { HOME:
    [ch('e')] Act::Edit, "edit", "edit the configuration";
    [ch('l')] Act::Log, "logs", "the container's log";
    [ch('s')] Act::Restart, "restart", "restart the container";
    [ch('v')] Act::Volumes, "volumes", "the volumes";
    [ch('w')] Act::Overview, "steps", "the six steps";
    [ch('r')] Act::Look, "refresh", "look at the host again now";
}
table! { LOG:
    [ch(' ')] Act::Pause, "pause", "hold still, or follow again";
    [ch('/')] Act::Search, "search", "search: a regular expression; capitals count where there is one in it";
    [ch('&')] Act::Filter, "filter", "show only lines that match";
    [ch('d')] Act::Doctor, "doctor", "what the doctor knows of this line, or of the nearest marked one above it";
    [ch('J')] Act::Jobs, "jobs", "the jobs that the log tells of, and the lines of one";
    [ESC] Act::Back, "back", "select nothing, show all jobs' lines again, back";
    [ch('n')] Act::NextHit, "", "the next place";
    [ch('N')] Act::PreviousHit, "", "the place before";
    [ch('!')] Act::Invert, "", "show only lines that do not match, instead";
    [ch('1')] Act::Source(0), "", "systemd's lines on or off";
    [ch('2')] Act::Source(1), "", "podman's lines on or off";
    [ch('3')] Act::Source(2), "1 2 3 sources", "gitlab-runner's lines on or off";
    [ch('e')] Act::Levels, "errors", "show only errors, then warnings too, then all but debug, then all";
    [ch('E')] Act::ChooseLevels, "", "each level on or off";
    [ENTER] Act::Main, "", "take the line apart: all of it, and its fields";
    [ch('t')] Act::Times, "times", "times: none, time of day, full";
    [ch('s')] Act::Since, "", "show only the last 10 minutes before the newest line, an hour, 6 hours, a day, all";
    [ch(':')] Act::Time, "", "to a time: 14:05, 2026-11-24 14:05, 10m (before the newest line)";
    [ch('w')] Act::Wrap, "wrap", "break long lines, or not";
    [ch('m')] Act::Mark, "", "mark the line, or take the mark away";
    [ch('\'')] Act::NextMark, "", "to the next mark";
    [ch('v')] Act::Select, "", "begin to select lines, or select none";
    [ch('y')] Act::Copy, "copy", "copy the line, or what is selected, to the terminal's clipboard";
    [ch('S')] Act::Save, "save", "save to a file; stop saving";
    [ch('R')] Act::Reveal, "", "show tokens and passwords, or mask them";
    [code(KeyCode::Left)] Act::Left, "", "to the left";
    [code(KeyCode::Right)] Act::Right, "", "to the right";
    [ctrl('u')] Act::HalfUp, "", "half a page up";
    [ctrl('d')] Act::HalfDown, "", "half a page down";
    [code(KeyCode::End), ch('G')] Act::Bottom, "", "to the end, and follow";
}
table! { LOG_PROMPT:
    [ENTER] Act::Main, "go", "take what was typed";
    [code(KeyCode::Tab)] Act::NextField, "how much", "save what is shown, all that is kept, or all that there is";
    [ESC] Act::Back, "back", "as it was before";
}
table! { LOG_JOBS:
    [ENTER] Act::Main, "its lines", "only the lines of this job";
    [ESC, ch('J')] Act::Back, "back", "back to the lines";
}
table! { LOG_LINE:
    [ESC, ENTER] Act::Back, "back", "back to the lines";
    [code(KeyCode::Left)] Act::Left, "the one before", "the line before";
    [code(KeyCode::Right)] Act::Right, "the next", "the line after";
    [ch('y')] Act::Copy, "copy", "copy the line to the terminal's clipboard";
    [ch('R')] Act::Reveal, "", "show tokens and passwords, or mask them";
}
table! { LOG_DOCTOR:
    [ENTER] Act::Main, "go to the step", "go to the step that mends it";
    [ch('d')] Act::Doctor, "the one before", "the marked line before";
    [ESC] Act::Back, "back", "back to the lines";
}
table! { LOG_LEVELS:
    [ch('d')] Act::Level(0), "debug", "debug on or off";
    [ch('i')] Act::Level(1), "info", "info on or off";
    [ch('w')] Act::Level(2), "warnings", "warnings on or off";
    [ch('e')] Act::Level(3), "errors", "errors on or off";
    [ch('f')] Act::Level(4), "fatal", "fatal errors on or off";
    [ESC, ENTER] Act::Back, "back", "back to the lines";
}
table! { SCROLL:
    [code(KeyCode::Up), ch('k')] Act::Up, "", "a line up";
    [code(KeyCode::Down), ch('j')] Act::Down, "", "a line down";
    [code(KeyCode::PageUp)] Act::PageUp, "", "a page up";
    [code(KeyCode::PageDown)] Act::PageDown, "", "a page down";
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
        Screen::Review => vec![REVIEW, SCROLL, ANYWHERE],
        Screen::Step => vec![STEP, SCROLL, ANYWHERE],
        Screen::Admin => vec![ADMIN, SCROLL, ANYWHERE],
        Screen::Form | Screen::Build => vec![FORM, TYPING],
        Screen::Job => vec![JOB, SCROLL, ANYWHERE],
        Screen::Failure => vec![FAILURE, SCROLL, ANYWHERE],
        Screen::Ladder => vec![LADDER, SCROLL, ANYWHERE],
        Screen::Home => vec![HOME, SCROLL, ANYWHERE],
        Screen::Log if model.log.typing.is_some() => vec![LOG_PROMPT, TYPING],
        Screen::Log => match model.log.panel {
            None => vec![LOG, SCROLL, ANYWHERE],
            Some(Panel::Jobs(_)) => vec![LOG_JOBS, SCROLL, ANYWHERE],
            Some(Panel::Line(..)) => vec![LOG_LINE, SCROLL, ANYWHERE],
            Some(Panel::Doctor(..)) => vec![LOG_DOCTOR, SCROLL, ANYWHERE],
            Some(Panel::Levels) => vec![LOG_LEVELS, ANYWHERE],
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
        (Screen::Step, Act::Print) => !model.admin_lines().is_empty(),
        (Screen::Failure, Act::Print) => {
            !model.admin_lines().is_empty()
                || model.failure.as_ref().is_some_and(|failure| failure.problem.exit == Exit::NeedsRoot)
        }
        (Screen::Failure, Act::Log) => step == Step::Startup || model.changing(),
        (Screen::Form, Act::Another) => model.form.as_ref().is_some_and(|form| form.focus == Field::Token),
        (Screen::Build, Act::Another) => false,
        (Screen::Review, Act::Back) => !model.from.is_empty(),
        (Screen::Job, Act::Wait) => model.job.as_ref().is_some_and(|job| !job.patient && !job.stopping),
        (Screen::Log, Act::Main) => match model.log.panel {
            Some(Panel::Doctor(number, _)) => super::update::log_step(model, number).is_some(),
            _ => true,
        },
        (Screen::Log, Act::NextField) => {
            model.log.typing.as_ref().is_some_and(|typing| matches!(typing.ask, Ask::Save(_)))
        }
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
        .map(|(names, binding)| {
            let first = names.split(' ').next().unwrap_or_default().to_owned();
            match binding.act {
                Act::Reveal | Act::Keep | Act::Now | Act::Main
                    if matches!(model.screen, Screen::Editor | Screen::Change) && model.overlays.is_empty() =>
                {
                    (first, editor::hint(model, binding))
                }
                Act::Main if model.overlays.is_empty() => (first, main_hint(model, binding.hint)),
                Act::Source(_) => (String::new(), binding.hint.into()),
                Act::Toggle if model.step == Step::Image => (first, "pull instead".into()),
                Act::Edit if with_steps && model.step == Step::Image && model.wants.build.is_some() => {
                    (first, "how it is built".into())
                }
                Act::Anew if model.wants.recreate_volumes => (first, "keep them".into()),
                Act::Pause if !model.log.follow => (first, "follow".into()),
                Act::Edit if model.screen == Screen::Step && model.step == Step::Image => {
                    (first, "build instead".into())
                }
                Act::Edit if with_steps && model.step == Step::Startup => (first, "edit configuration".into()),
                _ => (first, binding.hint.into()),
            }
        })
        .collect()
}

/// What Enter does on this very screen.
fn main_hint(model: &Model, hint: &str) -> String {
    let word = match (model.screen, model.step, model.state()) {
        (Screen::Review, ..) if model.looking => "",
        (Screen::Review, ..) if model.all_done() => "home",
        (Screen::Step, _, None) => "look again",
        (Screen::Step, step, Some(State::Ready)) if !model.fresh.contains(&step) => "",
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
        for table in [
            REVIEW, STEP, ADMIN, FORM, JOB, FAILURE, LADDER, HOME, LOG, LOG_PROMPT, LOG_JOBS, LOG_LINE, LOG_LEVELS,
            LOG_DOCTOR, SCROLL, ANYWHERE, CONFIRM,
        ]
        .into_iter()
        .chain(editor::ALL)
        {
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
