//! The way through the recipes: from the list over the questions and the difference into the text.

use super::Editor;
use super::recipe::{Form, Recipes};
use crate::config::diff::diff;
use crate::config::recipes;
use crate::secret::Secret;
use crate::tui::act::Act;
use crate::tui::keys::binding::key_of;
use crate::tui::screen::editor::keys::EDITOR;

impl Editor {
    /// Shows the list.
    pub fn list_recipes(&mut self) {
        self.popup = None;
        self.recipes = Some(Recipes::List(0));
    }

    /// Enter: on to the questions, to the difference, to the text.
    pub fn recipe_on(&mut self) {
        match self.recipes.take() {
            Some(Recipes::List(chosen)) => match recipes::all().get(chosen) {
                Some(recipe) if recipe.params.is_empty() => self.preview(Form::new(recipe)),
                Some(recipe) => self.recipes = Some(Recipes::Ask(Form::new(recipe))),
                None => {}
            },
            Some(Recipes::Ask(form)) => self.preview(form),
            Some(Recipes::Preview { recipe, text, .. }) if self.set(&text) => {
                self.notice = format!("Done: {}. {} takes it back.", recipe.name, key_of(EDITOR, Act::Undo));
            }
            Some(Recipes::Preview { .. }) | None => {}
        }
    }

    /// Esc: back by one.
    pub fn recipe_back(&mut self) {
        self.recipes = match self.recipes.take() {
            Some(Recipes::Ask(Form { recipe, .. }) | Recipes::Preview { recipe, .. }) => {
                let at = recipes::all().iter().position(|other| other.id == recipe.id);
                Some(Recipes::List(at.unwrap_or(0)))
            }
            _ => None,
        };
    }

    fn preview(&mut self, mut form: Form) {
        let old = self.buffer.text();
        match form.recipe.apply(old.expose_str(), &form.params()) {
            Ok(new) if new == old.expose_str() => {
                self.notice = format!("{}: the text says so already.", form.recipe.name);
            }
            Ok(new) => {
                let diff = diff(old.expose_str(), &new);
                let (recipe, text) = (form.recipe, Secret::new(new));
                self.recipes = Some(Recipes::Preview { recipe, text, diff, scroll: 0 });
            }
            Err(problem) if form.fields.is_empty() => self.notice = format!("{} {}", problem.what, problem.advice),
            Err(problem) => {
                form.error = Some(problem);
                self.recipes = Some(Recipes::Ask(form));
            }
        }
    }
}
