//! The form of building the image.

use super::input::TextField;
use crate::gitlab;
use crate::problem::Result;
use crate::steps::image_build::Options;
use crossterm::event::KeyEvent;
use std::path::{Path, PathBuf};

/// What is asked before the image is built.
#[derive(Clone, Debug, Default)]
pub struct BuildForm {
    /// gitlab-runner's binary, the base image, the server: in this order.
    pub fields: [TextField; 3],
    /// Which has the cursor.
    pub focus: usize,
}

impl BuildForm {
    /// What its fields are called, and what an empty one means.
    pub const FIELDS: [(&'static str, &'static str); 3] = [
        ("gitlab-runner binary", "a file on this machine; empty: the build downloads it"),
        ("base image", "empty: Debian stable"),
        ("GitLab URL", "empty: https://gitlab.com/; it can be changed in step 3"),
    ];

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

    /// The options it stands for.
    ///
    /// # Errors
    /// What no build argument may be.
    pub fn options(&self, home: &Path) -> Result<Options> {
        let [runner, base, url] = self.fields.each_ref().map(|field| field.text().trim());
        let args = [("BASE_IMAGE", base), ("GITLAB_URL", url)];
        let options = Options {
            args: args.iter().filter(|(_, v)| !v.is_empty()).map(|(name, v)| format!("{name}={v}")).collect(),
            runner: (!runner.is_empty())
                .then(|| runner.strip_prefix("~/").map_or_else(|| PathBuf::from(runner), |rest| home.join(rest))),
        };
        options.understood()
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
        form.fields[2].set("glrt-t1_abcdefghijklmnop");
        assert!(form.options(Path::new("/h")).is_err_and(|problem| !problem.to_string().contains("abcdef")));
    }
}
