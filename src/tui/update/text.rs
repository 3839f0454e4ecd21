//! Forms, and where typed text goes.

use super::{back, look, show_step};
use crate::gitlab;
use crate::steps::Step;
use crate::text::mask;
use crate::tui::build_form::BuildForm;
use crate::tui::form::Field;
use crate::tui::keys::Act;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};
use crossterm::event::KeyEvent;

/// A key that is text.
pub fn typed(model: &mut Model, event: KeyEvent) {
    let told = match model.screen {
        Screen::Form => model.form.as_mut().and_then(|form| form.key(event)),
        Screen::Build => model.build.key(event),
        Screen::Editor => return super::editor::typed(model, event),
        Screen::Log => return super::log::typed(model, event),
        _ => None,
    };
    model.notice = told.unwrap_or_default();
}

/// A paste, for whatever is being typed in.
pub fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if !model.overlays.is_empty() {
        return vec![];
    }
    let told = match model.screen {
        Screen::Form => model.form.as_mut().and_then(|form| form.paste(text)),
        Screen::Build => model.build.paste(text),
        Screen::Editor => {
            super::editor::paste(model, text);
            return vec![];
        }
        Screen::Log => {
            super::log::paste(model, text);
            return vec![];
        }
        _ if mask::looks_like_token(text) => Some(NO_FIELD.into()),
        _ => None,
    };
    model.notice = told.unwrap_or_default();
    vec![]
}

/// A token where nothing is typed.
const NO_FIELD: &str = "That was a token; this page has no field for it. Its form is behind `e` of step 3.";

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
            match model.build.options(&model.who.home) {
                Ok(options) => model.wants.build = Some(options),
                Err(problem) => {
                    model.notice = problem.what;
                    return vec![];
                }
            }
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
    let typed = form.url.text().to_owned();
    if !form.submit(&mut model.wants.answers, &mut model.wants.vault) {
        return vec![];
    }
    let url = model.wants.answers.gitlab_url.clone().unwrap_or_default();
    model.notice = gitlab::taken_as(&typed, &url).unwrap_or_default();
    form.url.set(url);
    model.wants.keep_token = form.keep;
    model.failure = None;
    show_step(model, Step::Registration);
    let mut effects = vec![Effect::SaveAnswers(model.wants.answers.clone())];
    effects.extend(look(model, &[Step::Registration, Step::Configuration]));
    effects
}
