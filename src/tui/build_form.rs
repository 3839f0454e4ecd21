//! The form of building the image.

use super::input::TextField;
use crate::gitlab;
use crate::image::arguments::{ARGUMENTS, checked};
use crate::problem::Result;
use crate::steps::image_build::Options;
use crossterm::event::KeyEvent;
use std::path::{Path, PathBuf};

/// What is asked before the image is built.
#[derive(Clone, Debug, Default)]
pub struct BuildForm {
    /// gitlab-runner's binary, and the build arguments: in this order.
    pub fields: [TextField; FIELDS],
    /// Which has the cursor.
    pub focus: usize,
}

const FIELDS: usize = 1 + ARGUMENTS.len();

impl BuildForm {
    /// Returns what its fields are called, and what each means.
    pub fn fields() -> impl Iterator<Item = (&'static str, &'static str)> {
        let binary = ("gitlab-runner binary", "a file on this machine; empty: the build downloads it");
        std::iter::once(binary).chain(ARGUMENTS.iter().map(|argument| (argument.label, argument.meaning)))
    }

    /// Moves the cursor by so many fields.
    pub fn step(&mut self, by: isize) {
        self.focus = self.focus.saturating_add_signed(by + FIELDS as isize) % FIELDS;
    }

    /// Takes a key for the field that has the cursor. Returns what a user should know of it.
    pub fn key(&mut self, key: KeyEvent) -> Option<String> {
        let field = self.fields.get_mut(self.focus)?;
        field.key(key);
        let refused = gitlab::refuse_token("The field", field.text()).err()?;
        field.set("");
        Some(refused.what)
    }

    /// Takes a paste for the field that has the cursor; a token is not taken. Returns what a user should know of it.
    pub fn paste(&mut self, text: &str) -> Option<String> {
        if let Err(refused) = gitlab::refuse_token("The paste", text) {
            return Some(refused.what);
        }
        self.fields.get_mut(self.focus)?.paste(text);
        None
    }

    /// Returns the options it stands for. The cursor goes to a field that cannot be so.
    ///
    /// # Errors
    /// What no build argument may be.
    pub fn options(&mut self, home: &Path) -> Result<Options> {
        let typed: Vec<_> = self.fields.iter().map(|field| field.text().trim()).collect();
        let [runner, values @ ..] = &*typed else { return Ok(Options::default()) };
        let mut args = vec![];
        for (at, (argument, value)) in
            ARGUMENTS.iter().zip(values).enumerate().filter(|(_, (_, value))| !value.is_empty())
        {
            match checked(argument.name, value) {
                Ok(arg) => args.push(arg),
                Err(problem) => {
                    self.focus = at + 1;
                    return Err(problem);
                }
            }
        }
        let runner = (!runner.is_empty())
            .then(|| runner.strip_prefix("~/").map_or_else(|| PathBuf::from(runner), |rest| home.join(rest)));
        Options { args, runner }.understood()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyModifiers};

    #[test]
    fn build_options() {
        let mut form = BuildForm::default();
        assert_eq!(form.options(Path::new("/h")), Ok(Options::default()));
        form.fields[0].set("~/gitlab-runner");
        form.fields[1].set("debian:sid");
        form.fields[2].set("gitlab.example/api/v4");
        form.fields[6].set("loud");
        let refused = form.options(Path::new("/h")).unwrap_err();
        assert!(refused.what.starts_with("RUNNER_LOG_LEVEL is `loud`") && form.focus == 6, "{refused}");
        form.fields[6].set("");
        let options = form.options(Path::new("/h")).unwrap();
        assert_eq!(
            (options.runner, options.args),
            (
                Some("/h/gitlab-runner".into()),
                vec!["BASE_IMAGE=debian:sid".into(), "GITLAB_URL=https://gitlab.example/".into()]
            )
        );
    }

    #[test]
    fn a_token_is_not_taken() {
        let mut form = BuildForm::default();
        assert!(form.paste("glrt-t1_abcdefghijklmnop").is_some_and(|told| told.contains("token field")));
        let typed = "https://h/glrt-t1_abcdefghijklmnop".chars();
        let told: Vec<String> =
            typed.filter_map(|c| form.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))).collect();
        assert!(told.len() == 1 && !form.fields[0].text().contains("glrt"), "{:?}", form.fields);
        form.step(-1);
        assert_eq!(form.focus, FIELDS - 1);
        form.step(1);
        assert_eq!(form.focus, 0);
        form.fields[2].set("glrt-t1_abcdefghijklmnop");
        assert!(form.options(Path::new("/h")).is_err_and(|problem| !problem.to_string().contains("abcdef")));
    }
}
