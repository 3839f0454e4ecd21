//! The editor: opened, typed in, kept, closed.

use super::keys::EDITOR;
use super::{recipe_view, view};
use crate::change::external_editor::Edited;
use crate::config::complete::{Completion, KeyHelp};
use crate::config::document;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::steps::Step;
use crate::tui::act::Act;
use crate::tui::editor::Editor;
use crate::tui::editor::check::{Popup, Seen, question};
use crate::tui::editor::prompt::Ask;
use crate::tui::editor::recipe::Recipes;
use crate::tui::go;
use crate::tui::keys::binding::key_of;
use crate::tui::message::{Effect, Opened};
use crate::tui::model::{Failure, Model, Overlay, Purpose, Question, Screen};
use crossterm::event::KeyEvent;

/// It was read.
pub(crate) fn on_opened(model: &mut Model, opened: Result<Opened>) -> Vec<Effect> {
    model.notice.clear();
    let opened = opened.and_then(|Opened { text, work, unsaved, standing, reader, notice }| {
        // With the number of the form in it: it is what would be committed.
        let concurrent = model.wants.answers.concurrent.filter(|_| standing.is_none());
        let set = concurrent.and_then(|n| document::set_concurrent(text.expose_str(), n).ok());
        let mut editor = Editor::new(&set.map_or(text, Secret::new))
            .map_err(|why| {
                let advice =
                    "`pipglr config show --reveal` prints it, and `pipglr config apply FILE` takes it from a file.";
                Problem::new("The configuration cannot be edited here.", advice).cause(why)
            })?
            .of(reader, standing);
        (editor.notice, editor.work) = (notice, work);
        if let Some(unsaved) = unsaved {
            editor.notice = match editor.set(&unsaved.text) {
                true => {
                    format!("The unsaved text is back; {} goes back to the text before it.", key_of(EDITOR, Act::Undo))
                }
                false => format!("{} The text that nobody saved is in {}.", editor.notice, unsaved.path.display()),
            };
            editor.restored = Some(unsaved).filter(|_| editor.unsaved());
        }
        Ok(editor)
    });
    match opened {
        Ok(editor) => {
            model.editor = Some(editor);
            go::show(model, Screen::Editor);
        }
        Err(problem) => {
            model.step = Step::Configuration;
            model.failure = Some(Failure { purpose: Purpose::Step(Step::Configuration), problem });
            go::show(model, Screen::Failure);
        }
    }
    vec![]
}

/// Returns what is to be worked out about the text now, one of each at a time.
pub(crate) fn ask_about_text(model: &mut Model) -> Vec<Effect> {
    let mut effects = vec![];
    let Some(editor) = model.editor.as_mut().filter(|_| model.screen == Screen::Editor) else { return effects };
    if editor.seen.ask(editor.buffer.version()) {
        effects.push(Effect::Lint(editor.snapshot()));
    }
    let here = question(&editor.buffer);
    if editor.help.ask(here) {
        effects.push(Effect::Explain(editor.snapshot(), here.1));
    }
    if editor.popup.as_mut().is_some_and(|popup| popup.list.ask(here)) {
        effects.push(Effect::Complete(editor.snapshot(), here.1));
    }
    effects
}

/// A version was looked at.
pub(crate) fn on_linted(model: &mut Model, version: u64, seen: Option<Seen>) -> Vec<Effect> {
    let Some(editor) = &mut model.editor else { return vec![] };
    let broken = seen.is_none();
    let now = editor.buffer.version();
    if broken {
        editor.notice = "pipglr itself broke while checking the text. Report it as a bug, please.".into();
    }
    let answer = seen.unwrap_or_else(|| std::mem::take(&mut editor.seen.answer));
    let current = editor.seen.take(version, now, answer);
    if current && std::mem::take(&mut editor.keeping) { keep(model) } else { vec![] }
}

/// Handles what the key at the cursor means.
pub(crate) fn on_explained(model: &mut Model, to: (u64, usize), help: Option<KeyHelp>) -> Vec<Effect> {
    if let Some(editor) = &mut model.editor {
        editor.help.take(to, question(&editor.buffer), help);
    }
    vec![]
}

/// What may stand at the cursor.
pub(crate) fn on_completed(model: &mut Model, to: (u64, usize), list: Completion) -> Vec<Effect> {
    let Some(editor) = &mut model.editor else { return vec![] };
    let now = question(&editor.buffer);
    let Some(popup) = &mut editor.popup else { return vec![] };
    if popup.list.take(to, now, list) {
        popup.chosen = 0;
        if popup.list.answer.items.is_empty() {
            if !popup.unasked {
                editor.notice = "Nothing is known that could stand here.".into();
            }
            editor.popup = None;
        }
    }
    vec![]
}

/// A key that is text.
pub(crate) fn on_typed(model: &mut Model, event: KeyEvent) {
    let page = view::rows_of_text(model.size);
    let Some(editor) = &mut model.editor else { return };
    match (&mut editor.recipes, &editor.prompt) {
        (Some(Recipes::Ask(form)), _) => form.key(event),
        (Some(_), _) => {}
        (None, Some(_)) => editor.prompt_key(event),
        (None, None) => editor.key(event, page),
    }
}

/// Handles a paste.
pub(crate) fn on_pasted(model: &mut Model, text: &str) {
    let Some(editor) = &mut model.editor else { return };
    match (&mut editor.recipes, &editor.prompt) {
        (Some(Recipes::Ask(form)), _) => form.paste(text),
        (Some(_), _) => {}
        (None, Some(_)) => editor.prompt_paste(text),
        (None, None) => editor.paste(text),
    }
}

/// Handles a key that means something in the editor.
pub(crate) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    let Some(editor) = &mut model.editor else {
        return go::go_back(model);
    };
    if editor.recipes.is_some() {
        recipes(model, act);
        return vec![];
    }
    if editor.prompt.is_some() {
        prompt(editor, act);
        return vec![];
    }
    if let Some(popup) = &mut editor.popup {
        match act {
            Act::Up => popup.step(-1),
            Act::Down => popup.step(1),
            Act::Main => editor.accept(),
            Act::Back => editor.popup = None,
            _ => {}
        }
        if matches!(act, Act::Up | Act::Down | Act::Main | Act::Back) {
            return vec![];
        }
    }
    editor.popup = None;
    editor.notice.clear();
    let copied = |text: Option<Secret>| text.map(Effect::Copy).into_iter().collect();
    match act {
        Act::Keep => return keep(model),
        Act::Back if editor.buffer.selection().is_some() => editor.buffer.unselect(),
        Act::Back if editor.buffer.marked() => drop(editor.buffer.mark(None)),
        Act::Back if editor.unsaved() => go::open_overlay(model, Overlay::Confirm(Question::CloseUnsaved)),
        Act::Back => return go::close_editor(model),
        Act::Reveal => editor.reveal ^= true,
        Act::Undo => editor.undo(),
        Act::Redo => editor.redo(),
        Act::Search => editor.ask(Ask::Search),
        Act::Replace => editor.ask(Ask::Replace),
        Act::Comment => editor.comment(),
        Act::LinesUp => editor.move_lines(true),
        Act::LinesDown => editor.move_lines(false),
        Act::GoTo => editor.ask(Ask::Line),
        Act::NextHit => editor.next(false),
        Act::PreviousHit => editor.next(true),
        Act::NextFinding => editor.next_finding(false),
        Act::PreviousFinding => editor.next_finding(true),
        Act::Complete | Act::CompleteWord => editor.popup = Some(Popup::default()),
        Act::Recipes => editor.list_recipes(),
        Act::SelectAll => editor.buffer.select_all(),
        Act::Copy => return copied(editor.copy()),
        Act::Cut => return copied(editor.cut()),
        Act::Put => editor.put(),
        Act::Lend => return vec![Effect::Lend(editor.buffer.text())],
        _ => {}
    }
    vec![]
}

fn prompt(editor: &mut Editor, act: Act) {
    match act {
        Act::Main => editor.answer(),
        Act::NextField => editor.prompt_field(),
        Act::ReplaceAll => editor.replace_all(),
        Act::LineEnd => editor.prompt_paste("\n"),
        Act::NextHit => editor.next(false),
        Act::PreviousHit => editor.next(true),
        Act::Back => {
            if let Some(prompt) = editor.prompt.take().filter(|prompt| prompt.ask == Ask::Search) {
                editor.buffer.jump(prompt.from, false);
            }
            editor.notice.clear();
        }
        _ => {}
    }
}

fn recipes(model: &mut Model, act: Act) {
    let limit = recipe_view::limit(model);
    let page = view::rows_of_text(model.size).max(2) - 1;
    let Some(editor) = &mut model.editor else { return };
    let count = crate::config::recipes::all().len().max(1);
    match (&mut editor.recipes, act) {
        (_, Act::Main) => editor.recipe_on(),
        (_, Act::Back) => editor.recipe_back(),
        (Some(Recipes::List(chosen)), Act::Up) => *chosen = (*chosen + count - 1) % count,
        (Some(Recipes::List(chosen)), Act::Down) => *chosen = (*chosen + 1) % count,
        (Some(Recipes::Ask(form)), Act::NextField) => form.step(1),
        (Some(Recipes::Ask(form)), Act::PreviousField) => form.step(-1),
        (Some(Recipes::Preview { scroll, .. }), act) => {
            let at = *scroll;
            *scroll = match act {
                Act::Up => at.saturating_sub(1),
                Act::Down => at + 1,
                Act::PageUp => at.saturating_sub(page),
                Act::PageDown => at + page,
                Act::Top => 0,
                Act::Bottom => usize::MAX,
                _ => at,
            }
            .min(limit);
        }
        _ => {}
    }
}

/// Handles what the user's own editor made of it.
pub(crate) fn on_edited(model: &mut Model, lent: Result<Edited>) -> Vec<Effect> {
    let Some(editor) = &mut model.editor else { return vec![] };
    match lent {
        Ok(Edited { text, left }) => {
            let changed = editor.set(&text);
            if let Some(problem) = left {
                editor.notice = format!("{} {}", problem.what, problem.advice);
            } else if editor.notice.is_empty() {
                editor.notice = match changed {
                    true => format!("Taken over; {} takes it back.", key_of(EDITOR, Act::Undo)),
                    false => "Nothing was changed.".into(),
                };
            }
        }
        Err(problem) => editor.notice = format!("{} {}", problem.what, problem.advice),
    }
    vec![]
}

/// Ctrl-S: what has an error is never kept, so that it can never be committed.
fn keep(model: &mut Model) -> Vec<Effect> {
    let Some(editor) = &mut model.editor else { return vec![] };
    if !editor.seen.current(editor.buffer.version()) {
        editor.keeping = true; // it is being looked at
        return vec![];
    }
    if let Some(error) = editor.seen.answer.error() {
        let (line, column) = (error.line, error.column);
        let said = format!("Not yet: line {line}: {}", error.message);
        editor.go_to(line, column);
        editor.notice = said;
        return vec![];
    }
    let text = editor.buffer.text();
    match editor.standing.clone() {
        Some(standing) => go::propose(model, Some(standing), text),
        None => vec![Effect::Keep { from: editor.work.clone(), text }],
    }
}

/// It was kept, or could not be.
pub(crate) fn on_kept(model: &mut Model, result: Result<Secret>) -> Vec<Effect> {
    let Some(editor) = &mut model.editor else { return vec![] };
    match result {
        Ok(text) => {
            // The number in the text counts, not the one of the form before it.
            let concurrent = document::read(text.expose_str()).ok().and_then(|config| config.concurrent);
            model.wants.answers.concurrent = concurrent.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
            editor.work = Some(text.clone());
            if editor.buffer.text() != text {
                return vec![]; // typed on while it was written
            }
            editor.kept(editor.buffer.state());
            let mut effects = vec![Effect::SaveAnswers(model.wants.answers.clone())];
            effects.extend(go::forget_restored(editor));
            effects.extend(go::close_editor(model));
            effects
        }
        Err(Problem { what, advice, .. }) => {
            editor.notice = format!("{what} {advice}");
            vec![]
        }
    }
}

/// A change's text is in the work file now: what comes next is written over that, and over nothing else.
pub(crate) fn on_waits(model: &mut Model, text: Secret) -> Vec<Effect> {
    let Some(editor) = &mut model.editor else { return vec![] };
    if let Some(standing) = &mut editor.standing {
        standing.work = Some(text);
    }
    go::forget_restored(editor)
}

/// Closes the editor without what is not kept: the user wants it so.
pub(crate) fn discard(model: &mut Model) -> Vec<Effect> {
    let mut effects = model.editor.as_mut().map(go::forget_restored).unwrap_or_default();
    effects.extend(go::close_editor(model));
    effects
}
