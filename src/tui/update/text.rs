//! Forms and the editor.

use super::{back, look, open, show, show_step};
use crate::config::document;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::steps::Step;
use crate::tui::editor::Editor;
use crate::tui::form::{BuildForm, Field};
use crate::tui::input::TextField;
use crate::tui::keys::Act;
use crate::tui::message::Effect;
use crate::tui::model::{Failure, Model, Overlay, Purpose, Question, Screen};
use crate::tui::view;
use crossterm::event::KeyEvent;

/// A key that is text.
pub fn typed(model: &mut Model, event: KeyEvent) {
    let page = view::full(model.size).height;
    match model.screen {
        Screen::Form => {
            if let Some(form) = &mut model.form {
                form.key(event);
            }
        }
        Screen::Build => {
            let focus = model.build.focus;
            if let Some(field) = model.build.fields.get_mut(focus) {
                field.key(event);
            }
        }
        Screen::Editor => {
            if let Some(editor) = &mut model.editor {
                match &mut editor.search {
                    Some(search) => {
                        if search.key(event) {
                            let text = search.text().to_owned();
                            editor.find(&text, true);
                        }
                    }
                    None => editor.key(event, page),
                }
            }
        }
        Screen::Log => super::log::typed(model, event),
        _ => {}
    }
}

/// A paste, for whatever is being typed in.
pub fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if !model.overlays.is_empty() {
        return vec![];
    }
    match model.screen {
        Screen::Form => {
            if let Some(form) = &mut model.form {
                form.paste(text);
            }
        }
        Screen::Build => {
            let focus = model.build.focus;
            if let Some(field) = model.build.fields.get_mut(focus) {
                field.insert(text.trim());
            }
        }
        Screen::Editor => {
            if let Some(editor) = &mut model.editor {
                match &mut editor.search {
                    Some(search) => _ = search.insert(text.trim()),
                    None => editor.paste(text),
                }
            }
        }
        Screen::Log => super::log::paste(model, text),
        _ => {}
    }
    vec![]
}

/// A key that means something in a form.
pub fn form(model: &mut Model, act: Act) -> Vec<Effect> {
    let build = model.screen == Screen::Build;
    match act {
        Act::Back => back(model),
        Act::NextField | Act::PreviousField => {
            let by = if act == Act::NextField { 1 } else { -1 };
            if build {
                let count = BuildForm::FIELDS.len() as isize;
                model.build.focus = (model.build.focus as isize + by).rem_euclid(count) as usize;
            } else if let Some(form) = &mut model.form {
                form.step(by);
            }
        }
        Act::Another => {
            if let Some(form) = &mut model.form {
                form.token.another();
            }
        }
        Act::Main if build => {
            model.wants.build = Some(model.build.options(&model.who.home));
            model.from.clear();
            show_step(model, Step::Image);
            return look(model, &[Step::Image]);
        }
        Act::Main => return submit(model),
        _ => {}
    }
    vec![]
}

fn submit(model: &mut Model) -> Vec<Effect> {
    let Some(form) = &mut model.form else { return vec![] };
    if form.token.expose().is_empty() && form.focus != Field::Token {
        form.focus = Field::Token; // not wrong, only not there yet
        return vec![];
    }
    if !form.submit(&mut model.wants.answers, &mut model.wants.vault) {
        return vec![];
    }
    model.wants.keep_token = form.keep;
    model.failure = None;
    model.from.clear();
    show_step(model, Step::Registration);
    let mut effects = vec![Effect::SaveAnswers(model.wants.answers.clone())];
    effects.extend(look(model, &[Step::Registration, Step::Configuration]));
    effects
}

/// Has the configuration read; the editor opens when it is there.
pub fn open_editor(model: &mut Model) -> Vec<Effect> {
    model.notice = "reading the configuration…".into();
    model.from.push(model.screen);
    vec![Effect::Open(model.wants.clone())]
}

/// It was read.
pub fn opened(model: &mut Model, text: Result<Secret>) -> Vec<Effect> {
    model.notice.clear();
    match text {
        Ok(text) => {
            // With the number of the form in it: it is what would be committed.
            let concurrent = model.wants.answers.concurrent.filter(|_| !model.done(Step::Configuration));
            let set = concurrent.and_then(|n| document::set_concurrent(text.expose_str(), n).ok());
            model.editor = Some(Editor::new(&set.map_or(text, Secret::new)));
            show(model, Screen::Editor);
        }
        Err(problem) => {
            model.from.pop();
            model.step = Step::Configuration;
            model.failure = Some(Failure { purpose: Purpose::Step(Step::Configuration), problem });
            show(model, Screen::Failure);
        }
    }
    vec![]
}

/// A key that means something in the editor.
pub fn editor(model: &mut Model, act: Act) -> Vec<Effect> {
    let Some(editor) = &mut model.editor else {
        back(model);
        return vec![];
    };
    if let Some(search) = &mut editor.search {
        match act {
            Act::Back => {
                editor.search = None;
                editor.notice.clear();
            }
            Act::Main => {
                let text = search.text().to_owned();
                editor.find(&text, true);
                editor.search = None;
            }
            _ => {}
        }
        return vec![];
    }
    match act {
        Act::Keep => return keep(model),
        Act::Back if editor.unsaved() => open(model, Overlay::Confirm(Question::CloseUnsaved)),
        Act::Back => return close_editor(model),
        Act::Reveal => editor.reveal ^= true,
        Act::Undo => editor.undo(),
        Act::Redo => editor.redo(),
        Act::Search => editor.search = Some(TextField::default()),
        Act::NextHit => editor.next(false),
        Act::PreviousHit => editor.next(true),
        _ => {}
    }
    vec![]
}

/// Ctrl-S: what is not TOML is never kept, so that it can never be committed.
fn keep(model: &mut Model) -> Vec<Effect> {
    let Some(editor) = &mut model.editor else { return vec![] };
    if let Some(error) = editor.errors.first() {
        let (line, said) = (error.line, format!("Not kept: line {}: {}", error.line, error.message));
        editor.go_to(line);
        editor.notice = said;
        return vec![];
    }
    let text = editor.text();
    vec![Effect::Keep(model.wants.clone(), text)]
}

/// It was kept, or could not be.
pub fn kept(model: &mut Model, result: Result<Secret>) -> Vec<Effect> {
    let Some(editor) = &mut model.editor else { return vec![] };
    match result {
        Ok(text) => {
            // The number in the text counts, not the one of the form before it.
            let concurrent = document::read(text.expose_str()).ok().and_then(|config| config.concurrent);
            model.wants.answers.concurrent = concurrent.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
            editor.kept(text);
            if editor.unsaved() {
                return vec![]; // typed on while it was written
            }
            let mut effects = vec![Effect::SaveAnswers(model.wants.answers.clone())];
            effects.extend(close_editor(model));
            effects
        }
        Err(Problem { what, .. }) => {
            editor.notice = what;
            vec![]
        }
    }
}

/// Closes the editor: to step 4, where what was kept is committed; back where nothing was.
pub fn close_editor(model: &mut Model) -> Vec<Effect> {
    let Some(editor) = model.editor.take() else { return vec![] };
    let from = model.from.pop().unwrap_or(Screen::Step);
    let mut effects = vec![];
    if editor.untouched() && matches!(from, Screen::Home | Screen::Ladder)
        || model.done(Step::Configuration) && editor.untouched()
    {
        effects.push(Effect::Drop(model.wants.clone()));
        show(model, from);
    } else {
        model.from.clear();
        show_step(model, Step::Configuration);
    }
    effects.extend(look(model, &Step::ALL));
    effects
}
