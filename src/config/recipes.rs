//! Whole changes by name: what people come to the editor for.

use crate::problem::Result;
use std::collections::BTreeMap;

/// The person's answers, by [`Param::name`].
pub type Params = BTreeMap<&'static str, String>;

/// Something a recipe has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name in [`Params`].
    pub name: &'static str,
    /// The question.
    pub label: &'static str,
    /// What it is where nothing is given; empty where something must be.
    pub default: &'static str,
    /// Whether it is to be typed unseen.
    pub secret: bool,
}

/// One recipe.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// A short name, for a command line.
    pub id: &'static str,
    /// Its title.
    pub name: &'static str,
    /// What it changes, and what comes of it.
    pub changes: &'static str,
    /// What it has to know.
    pub params: &'static [Param],
}

impl Recipe {
    /// The text after the change, all other bytes as they were.
    ///
    /// # Errors
    /// The text is not TOML, or a parameter is missing or wrong.
    pub fn apply(&self, text: &str, params: &Params) -> Result<String> {
        let _ = params;
        super::keep::edit(text, |_| Ok(()))
    }
}

/// All recipes.
pub fn all() -> &'static [Recipe] {
    &[]
}
