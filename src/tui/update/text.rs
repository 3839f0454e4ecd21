//! Forms, and where typed text goes.

use super::{back, look, show_step};
use crate::steps::Step;
use crate::tui::form::{BuildForm, Field};
use crate::tui::keys::Act;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};
use crossterm::event::KeyEvent;

/// A key that is text.
pub fn typed(model: &mut Model, event: KeyEvent) {
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
        Screen::Editor => super::editor::typed(model, event),
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
        Screen::Editor => super::editor::paste(model, text),
        Screen::Log => super::log::paste(model, text),
        _ => {}
    }
    vec![]
}

/// A key that means something in a form.
pub fn form(model: &mut Model, act: Act) -> Vec<Effect> {
    let build = model.screen == Screen::Build;
    match act {
        Act::Back => return back(model),
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
    show_step(model, Step::Registration);
    let mut effects = vec![Effect::SaveAnswers(model.wants.answers.clone())];
    effects.extend(look(model, &[Step::Registration, Step::Configuration]));
    effects
}
