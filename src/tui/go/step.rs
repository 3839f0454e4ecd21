//! From a step to what it is done with, and to the lines for an administrator.

use super::editor::open_editor;
use super::way::open_screen;
use crate::steps::Step;
use crate::tui::form::Form;
use crate::tui::message::Effect;
use crate::tui::model::{Model, PATIENCE, Screen};

/// Opens what the step is done with: a form, or the editor.
pub(crate) fn edit_step(model: &mut Model) -> Vec<Effect> {
    match model.step {
        Step::Registration => {
            if model.form.is_none() {
                model.form = Some(fresh_form(model));
            }
            open_screen(model, Screen::Form);
            vec![]
        }
        Step::Image => {
            open_screen(model, Screen::Build);
            vec![]
        }
        _ => open_editor(model),
    }
}

fn fresh_form(model: &Model) -> Form {
    let who = format!("pipglr {}@{}", model.who.user, model.who.host);
    let name = model.wants.answers.description.clone().unwrap_or(who);
    Form::new(&model.wants.answers, model.image_url.as_deref(), &name, model.wants.keep_token)
}

/// Shows the lines for an administrator, and waits for them to be run.
pub(crate) fn open_admin(model: &mut Model) {
    open_screen(model, Screen::Admin);
    model.look_at = model.now + PATIENCE;
}

/// Returns whether what the step is done with can be changed.
pub(crate) fn can_edit(model: &Model) -> bool {
    let step = model.step;
    matches!(step, Step::Registration | Step::Configuration | Step::Startup | Step::Image) && !model.done(step)
        || step == Step::Configuration
}

/// Returns what changing it is called, where that is another word than the usual one.
pub(crate) fn edit_word(model: &Model, usual: &'static str) -> &'static str {
    match model.step {
        Step::Image if model.builds_image() => "how it is built",
        Step::Image => "build instead",
        Step::Startup => "edit configuration",
        step if model.done(step) => "edit", // there is nothing that it would come before
        _ => usual,
    }
}
