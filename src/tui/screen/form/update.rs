//! The forms: what is typed, and what is done with it.

use crate::api::creation::Created;
use crate::gitlab;
use crate::image_update::Source;
use crate::steps::Step;
use crate::tui::act::Act;
use crate::tui::form::Field;
use crate::tui::go;
use crate::tui::input::TextField;
use crate::tui::make_form::MakeForm;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Screen};
use crossterm::event::KeyEvent;

/// A key that is text in the registration form.
pub(crate) fn on_typed(model: &mut Model, event: KeyEvent) {
    model.notice = model.form.as_mut().and_then(|form| form.key(event)).unwrap_or_default();
}

/// A paste into the registration form.
pub(crate) fn on_pasted(model: &mut Model, text: &str) {
    model.notice = model.form.as_mut().and_then(|form| form.paste(text)).unwrap_or_default();
}

/// A key that means something in the registration form.
pub(crate) fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    let Some(form) = &mut model.form else { return if act == Act::Back { go::go_back(model) } else { vec![] } };
    match act {
        Act::Back => return go::go_back(model),
        Act::NextField => form.step(1),
        Act::PreviousField => form.step(-1),
        Act::Another => form.token.another(),
        Act::Make => return have_made(model),
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
    go::show_step(model, Step::Registration);
    let mut effects = vec![Effect::SaveAnswers(model.wants.answers.clone())];
    effects.extend(go::look_at(model, &[Step::Registration, Step::Configuration]));
    effects
}

/// To the form of a runner that GitLab makes, at the server that is typed here.
fn have_made(model: &mut Model) -> Vec<Effect> {
    let Some(form) = &mut model.form else { return vec![] };
    let url = match gitlab::base_url(form.url.text()) {
        Ok(url) => url,
        Err(problem) => {
            form.focus = Field::Url;
            form.errors = vec![(Field::Url, problem)];
            return vec![];
        }
    };
    let name = form.name.text().to_owned();
    model.wants.answers.gitlab_url = Some(url);
    let authority = form.authority.text().to_owned();
    let make = model.make.get_or_insert_with(|| MakeForm::new(&name));
    if make.authority.text().is_empty() {
        make.authority = TextField::proposing(authority);
    }
    go::open_screen(model, Screen::Make);
    vec![]
}

/// GitLab made a runner: its token is one that was given.
pub(crate) fn on_made(model: &mut Model, created: &Created, description: String) {
    let make = model.make.take();
    if let Some(form) = &mut model.form {
        make.iter().for_each(|make| form.authority.set(make.authority.text()));
        form.token.clear();
        form.token.add(created.token.expose_str());
        form.name.set(description);
        form.focus = Field::Token;
    }
    model.notice = format!("GitLab made the runner {}; its token is in its field.", created.id);
}

/// A key that is text in the form of building the image.
pub(crate) fn on_typed_building(model: &mut Model, event: KeyEvent) {
    model.notice = model.build.key(event).unwrap_or_default();
}

/// A paste into the form of building the image.
pub(crate) fn on_pasted_building(model: &mut Model, text: &str) {
    model.notice = model.build.paste(text).unwrap_or_default();
}

/// A key that means something in the form of building the image.
pub(crate) fn on_act_building(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Back => return go::go_back(model),
        Act::NextField => model.build.step(1),
        Act::PreviousField => model.build.step(-1),
        Act::Main => match model.build.options(&model.who.home) {
            Ok(options) if model.from.last() == Some(&Screen::Update) => {
                return go::fetch_image(model, Source::Build(options));
            }
            Ok(options) => {
                model.wants.build = Some(options);
                go::show_step(model, Step::Image);
                return go::look_at(model, &[Step::Image]);
            }
            Err(problem) => model.notice = problem.what,
        },
        _ => {}
    }
    vec![]
}
