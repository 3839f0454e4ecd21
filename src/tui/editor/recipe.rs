//! Recipes: chosen from a list, asked what they have to know, looked at as a difference, and applied as one step.

use crate::config::diff::Diff;
use crate::config::recipes::{Param, Params, Recipe};
use crate::problem::Problem;
use crate::secret::Secret;
use crate::tui::input::{SecretField, TextField};
use crossterm::event::KeyEvent;

/// How far it is with them.
pub enum Recipes {
    /// All of them, and the one that is chosen.
    List(usize),
    /// What one of them has to know.
    Ask(Form),
    /// What it changes.
    Preview {
        /// Which.
        recipe: &'static Recipe,
        /// The text after it.
        text: Secret,
        /// What differs.
        diff: Diff,
        /// Lines scrolled down.
        scroll: usize,
    },
}

/// The questions of a recipe.
pub struct Form {
    /// Which.
    pub recipe: &'static Recipe,
    /// The answers so far.
    pub fields: Vec<Field>,
    /// The one that takes the keys.
    pub focus: usize,
    /// What is wrong with them.
    pub error: Option<Problem>,
}

/// An answer being typed.
pub enum Field {
    /// In sight.
    Text(TextField),
    /// Unseen.
    Secret(SecretField),
}

impl Field {
    fn of(param: &Param) -> Self {
        if param.secret { Self::Secret(SecretField::default()) } else { Self::Text(TextField::new(param.default)) }
    }

    fn text(&self) -> &str {
        match self {
            Self::Text(field) => field.text(),
            Self::Secret(field) => field.expose(),
        }
    }
}

impl Form {
    /// Returns the questions of a recipe, with what is taken where nothing is said.
    pub fn new(recipe: &'static Recipe) -> Self {
        Self { recipe, fields: recipe.params.iter().map(Field::of).collect(), focus: 0, error: None }
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) {
        match self.fields.get_mut(self.focus) {
            Some(Field::Text(field)) => _ = field.key(key),
            Some(Field::Secret(field)) => _ = field.key(key),
            None => {}
        }
    }

    /// Takes a paste.
    pub fn paste(&mut self, text: &str) {
        match self.fields.get_mut(self.focus) {
            Some(Field::Text(field)) => _ = field.insert(text.trim()),
            Some(Field::Secret(field)) => field.paste(text),
            None => {}
        }
    }

    /// On to the next field, or back.
    pub fn step(&mut self, by: isize) {
        let count = self.fields.len().max(1) as isize;
        self.focus = (self.focus as isize + by).rem_euclid(count) as usize;
    }

    pub(super) fn params(&self) -> Params {
        let fields = self.recipe.params.iter().zip(&self.fields);
        fields.map(|(param, field)| (param.name, field.text().trim().to_owned())).collect()
    }
}
