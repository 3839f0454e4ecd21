//! The two forms: registration (step 3) and building the image.

use super::input::{SecretField, TextField};
use crate::answers::Answers;
use crate::host::gitlab::{self, TokenKind};
use crate::image::build::Options;
use crate::problem::{Problem, Result};
use crate::secret::{Secret, Vault};
use crossterm::event::{KeyCode, KeyEvent};
use std::path::{Path, PathBuf};

/// A field of the registration form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The server.
    Url,
    /// The token, or several.
    Token,
    /// How many registrations; for legacy tokens only.
    Runners,
    /// Jobs at once.
    Concurrent,
    /// The runner's name in GitLab.
    Name,
    /// Leave the token's secret in podman.
    Keep,
}

/// What is asked before the runner is registered.
#[derive(Debug)]
pub struct Form {
    /// The server.
    pub url: TextField,
    /// The tokens.
    pub token: SecretField,
    /// How many registrations.
    pub runners: TextField,
    /// Jobs at once.
    pub concurrent: TextField,
    /// The runner's name.
    pub name: TextField,
    /// Leave the token's secret in podman.
    pub keep: bool,
    /// The number of jobs was set by hand.
    chosen: bool,
    /// Where the cursor is.
    pub focus: Field,
    /// What is wrong, by field.
    pub errors: Vec<(Field, Problem)>,
}

/// Where runners live that nobody hosts themselves.
pub const GITLAB_COM: &str = "https://gitlab.com/";

impl Form {
    /// A form with what is known so far.
    pub fn new(answers: &Answers, image_url: Option<&str>, name: &str, keep: bool) -> Self {
        let url = answers.gitlab_url.as_deref().or(image_url).unwrap_or(GITLAB_COM);
        Self {
            url: TextField::new(url),
            token: SecretField::default(),
            runners: TextField::new(answers.runners.unwrap_or(1).to_string()),
            concurrent: TextField::new(answers.concurrent.unwrap_or(1).to_string()),
            name: TextField::new(name),
            keep,
            chosen: answers.concurrent.is_some(),
            focus: Field::Url,
            errors: vec![],
        }
    }

    /// The kind of the token as far as it is typed; `None` while there is nothing.
    pub fn kind(&self) -> Option<TokenKind> {
        self.token.lines().next().map(|line| TokenKind::of(&Secret::new(line.trim())))
    }

    /// The fields that there are now, in order.
    pub fn fields(&self) -> Vec<Field> {
        use Field::{Concurrent, Keep, Name, Runners, Token, Url};
        match self.kind() {
            Some(TokenKind::Legacy) => vec![Url, Token, Runners, Concurrent, Name, Keep],
            _ => vec![Url, Token, Concurrent, Name, Keep],
        }
    }

    /// Moves the cursor by so many fields, round and round.
    pub fn step(&mut self, by: isize) {
        let fields = self.fields();
        let at = fields.iter().position(|field| *field == self.focus).unwrap_or(0) as isize;
        self.focus = fields[(at + by).rem_euclid(fields.len() as isize) as usize];
    }

    /// What is wrong with a field.
    pub fn error(&self, field: Field) -> Option<&Problem> {
        self.errors.iter().find(|(of, _)| *of == field).map(|(_, problem)| problem)
    }

    /// Takes a key for the field that has the cursor.
    pub fn key(&mut self, key: KeyEvent) {
        let changed = match self.focus {
            Field::Url => self.url.key(key),
            Field::Token => self.token.key(key),
            Field::Name => self.name.key(key),
            Field::Runners => number(&mut self.runners, key),
            Field::Concurrent => number(&mut self.concurrent, key),
            Field::Keep => {
                self.keep ^= key.code == KeyCode::Char(' ');
                false
            }
        };
        if changed {
            let focus = self.focus;
            self.chosen |= focus == Field::Concurrent;
            // N runners can do N jobs, unless somebody says otherwise.
            if let (Field::Runners, false, Ok(n)) = (focus, self.chosen, count(self.runners.text())) {
                self.concurrent.set(n.to_string());
            }
            self.errors.retain(|(field, _)| *field != focus);
        }
    }

    /// Takes a paste for the field that has the cursor.
    pub fn paste(&mut self, text: &str) {
        let focus = self.focus;
        self.errors.retain(|(field, _)| *field != focus);
        match focus {
            Field::Url => _ = self.url.insert(text.trim()),
            Field::Token => self.token.paste(text),
            Field::Name => _ = self.name.insert(text.trim()),
            Field::Runners | Field::Concurrent | Field::Keep => {}
        }
    }

    /// Checks all of it; puts it into the answers and the vault where it is right, and else goes to the first field
    /// that is wrong.
    pub fn submit(&mut self, answers: &mut Answers, vault: &mut Vault) -> bool {
        let url = self.url.text().trim().to_owned();
        let tokens = gitlab::check_tokens(self.token.expose());
        let legacy = self.kind() == Some(TokenKind::Legacy);
        let runners = if legacy { count(self.runners.text()).map(Some) } else { Ok(None) };
        let concurrent = count(self.concurrent.text());
        self.errors = [
            (Field::Url, gitlab::check_url(&url).err()),
            (Field::Token, tokens.as_ref().err().cloned()),
            (Field::Runners, runners.as_ref().err().cloned()),
            (Field::Concurrent, concurrent.as_ref().err().cloned()),
        ]
        .into_iter()
        .filter_map(|(field, problem)| Some((field, problem?)))
        .collect();
        if let Some((field, _)) = self.errors.first() {
            self.focus = *field;
        }
        let (Ok(tokens), Ok(runners), Ok(concurrent), []) = (tokens, runners, concurrent, self.errors.as_slice())
        else {
            return false;
        };
        answers.gitlab_url = Some(url);
        answers.runners = runners;
        answers.concurrent = Some(concurrent);
        let name = self.name.text().trim();
        answers.description = (!name.is_empty()).then(|| name.to_owned());
        vault.tokens = tokens;
        true
    }
}

/// Most registrations and jobs; beyond it a number is a slip of the finger (as in the answers).
const MOST: u32 = 1000;

fn count(text: &str) -> Result<u32> {
    text.trim().parse::<u32>().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(|| {
        Problem::usage(format!("This is not a number between 1 and {MOST}."), "Type a number, or use + and -.")
    })
}

/// A field that counts: digits, and + and - for one more or less.
fn number(field: &mut TextField, key: KeyEvent) -> bool {
    let now = field.text().trim().parse::<u32>().unwrap_or(0);
    match key.code {
        KeyCode::Char('+') => field.set((now + 1).min(MOST).to_string()),
        KeyCode::Char('-') => field.set(now.saturating_sub(1).max(1).to_string()),
        KeyCode::Char(c) if !c.is_ascii_digit() && key.modifiers.is_empty() => return false,
        _ => return field.key(key),
    }
    true
}

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

    /// The options it stands for.
    pub fn options(&self, home: &Path) -> Options {
        let [runner, base, url] = self.fields.each_ref().map(|field| field.text().trim());
        let args = [("BASE_IMAGE", base), ("GITLAB_URL", url)];
        Options {
            args: args.iter().filter(|(_, v)| !v.is_empty()).map(|(name, v)| format!("{name}={v}")).collect(),
            runner: (!runner.is_empty())
                .then(|| runner.strip_prefix("~/").map_or_else(|| PathBuf::from(runner), |rest| home.join(rest))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyModifiers;

    fn form() -> Form {
        Form::new(&Answers::default(), None, "box", false)
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field() {
        let (mut form, mut answers, mut vault) = (form(), Answers::default(), Vault::default());
        form.url.set("gitlab.example");
        form.token.paste("glrt-short");
        assert!(!form.submit(&mut answers, &mut vault));
        assert_eq!(form.focus, Field::Url);
        assert!(form.error(Field::Url).is_some() && form.error(Field::Token).is_some());
        assert!(vault.tokens.is_empty() && answers == Answers::default());
    }

    #[test]
    fn one_registration_for_an_authentication_token_many_for_a_legacy_one() {
        let (mut form, mut answers, mut vault) = (form(), Answers::default(), Vault::default());
        form.token.paste(" glrt-aaaaaaaaaaaaaaaaaaaa\nglrt-bbbbbbbbbbbbbbbbbbbb\n");
        assert!(!form.fields().contains(&Field::Runners));
        assert!(form.submit(&mut answers, &mut vault), "{:?}", form.errors);
        assert_eq!((vault.tokens.len(), answers.runners), (2, None));
        form.token.clear();
        form.token.paste("GR1348941aaaaaaaaaaaa");
        form.focus = Field::Runners;
        form.key(KeyEvent::new(KeyCode::Char('+'), KeyModifiers::NONE));
        form.key(KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE));
        assert!(form.submit(&mut answers, &mut vault));
        assert_eq!(answers.runners, Some(2));
    }

    #[test]
    fn build_options() {
        let mut form = BuildForm::default();
        assert_eq!(form.options(Path::new("/h")), Options::default());
        form.fields[0].set("~/gitlab-runner");
        form.fields[1].set("debian:sid");
        let options = form.options(Path::new("/h"));
        assert_eq!(
            (options.runner, options.args),
            (Some("/h/gitlab-runner".into()), vec!["BASE_IMAGE=debian:sid".into()])
        );
    }
}
