//! The form of a runner that GitLab makes (step 3, in place of a token): what is typed, and what it asks GitLab for.

use super::input::{SecretField, TextField};
use crate::api::creation::{Owner, Wanted};
use crate::gitlab;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::text::mask;
use crossterm::event::{KeyCode, KeyEvent};
use zeroize::Zeroizing;

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The user's access token.
    Token,
    /// Whose runner it is to be.
    Owner,
    /// Which project or group.
    Of,
    /// The runner's name in GitLab.
    Name,
    /// Its tags.
    Tags,
    /// Whether it takes jobs without tags.
    Untagged,
    /// Whether it is for this project alone.
    Locked,
    /// Whether it takes no jobs yet.
    Paused,
    /// The longest that a job may take.
    Longest,
    /// A private authority's certificates.
    Authority,
}

/// Whose runner it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A project's.
    Project,
    /// A group's.
    Group,
    /// The instance's.
    Instance,
}

/// What is asked before GitLab makes the runner.
#[derive(Debug)]
pub struct MakeForm {
    /// The user's access token; kept nowhere else.
    pub token: SecretField,
    /// Whose runner it is to be.
    pub kind: Kind,
    /// Which project or group.
    pub of: TextField,
    /// The runner's name in GitLab.
    pub name: TextField,
    /// Its tags, with commas between them.
    pub tags: TextField,
    /// The longest that a job may take; mostly empty.
    pub longest: TextField,
    /// The file of a private authority's certificates, or `system`; mostly empty.
    pub authority: TextField,
    /// Whether it takes jobs without tags.
    pub untagged: bool,
    /// Whether it is for this project alone.
    pub locked: bool,
    /// Whether it takes no jobs yet.
    pub paused: bool,
    /// Where the cursor is.
    pub focus: Field,
    /// What is wrong, and with which field.
    pub error: Option<(Field, Problem)>,
}

impl MakeForm {
    /// Returns a form that proposes a name.
    pub fn new(name: &str) -> Self {
        Self {
            token: SecretField::default(),
            kind: Kind::Project,
            of: TextField::default(),
            name: TextField::proposing(name),
            tags: TextField::default(),
            longest: TextField::default(),
            authority: TextField::default(),
            untagged: true,
            locked: false,
            paused: false,
            focus: Field::Token,
            error: None,
        }
    }

    /// Returns the fields that there are now, in order.
    pub fn fields(&self) -> Vec<Field> {
        use Field::{Authority, Locked, Longest, Name, Of, Owner, Paused, Tags, Token, Untagged};
        let all = [Token, Owner, Of, Name, Tags, Untagged, Locked, Paused, Longest, Authority];
        let there = |field: &Field| match field {
            Of => self.kind != Kind::Instance,
            Locked => self.kind == Kind::Project,
            _ => true,
        };
        all.into_iter().filter(there).collect()
    }

    /// Moves the cursor by so many fields, round and round.
    pub fn step(&mut self, by: isize) {
        let fields = self.fields();
        let at = fields.iter().position(|field| *field == self.focus).unwrap_or(0) as isize;
        self.focus = fields[(at + by).rem_euclid(fields.len() as isize) as usize];
    }

    fn text_field(&mut self) -> Option<&mut TextField> {
        match self.focus {
            Field::Of => Some(&mut self.of),
            Field::Name => Some(&mut self.name),
            Field::Tags => Some(&mut self.tags),
            Field::Longest => Some(&mut self.longest),
            Field::Authority => Some(&mut self.authority),
            _ => None,
        }
    }

    /// Takes a key for the field that has the cursor. Returns what a user should know of it.
    pub fn key(&mut self, key: KeyEvent) -> Option<String> {
        if self.error.as_ref().is_some_and(|(field, _)| *field == self.focus) {
            self.error = None;
        }
        let switched = key.code == KeyCode::Char(' ');
        match self.focus {
            Field::Token => drop(self.token.key(key)),
            Field::Owner if switched => {
                self.kind = match self.kind {
                    Kind::Project => Kind::Group,
                    Kind::Group => Kind::Instance,
                    Kind::Instance => Kind::Project,
                }
            }
            Field::Untagged => self.untagged ^= switched,
            Field::Locked => self.locked ^= switched,
            Field::Paused => self.paused ^= switched,
            _ => {}
        }
        let field = self.text_field()?;
        field.key(key);
        // A terminal that does not say what is pasted types it.
        let text = Zeroizing::new(field.text().to_owned());
        if !mask::looks_like_token(&text) {
            return None;
        }
        field.set("");
        Some(self.moved(&text))
    }

    /// Takes a paste; a token goes to its own field. Returns what a user should know of it.
    pub fn paste(&mut self, text: &str) -> Option<String> {
        if self.focus != Field::Token && mask::looks_like_token(text) {
            return Some(self.moved(text));
        }
        if self.focus == Field::Token {
            self.token.paste(text);
        } else if let Some(field) = self.text_field() {
            field.paste(text);
        }
        self.error = None;
        None
    }

    fn moved(&mut self, text: &str) -> String {
        self.token.clear();
        self.token.paste(text);
        self.focus = Field::Token;
        super::form::MOVED.into()
    }

    /// Returns what it asks GitLab at `server` for; `None` where a field is wrong, which the cursor then goes to.
    pub fn submit(&mut self, server: &str) -> Option<(Secret, Wanted)> {
        match self.wanted(server) {
            Ok(wanted) => Some(wanted),
            Err((field, problem)) => {
                self.focus = field;
                self.error = Some((field, problem));
                None
            }
        }
    }

    fn wanted(&self, server: &str) -> std::result::Result<(Secret, Wanted), (Field, Problem)> {
        let user = at(Field::Token, gitlab::check_user_token(self.token.expose()))?;
        let named = || at(Field::Of, gitlab::named(self.of.text(), server));
        let owner = match self.kind {
            Kind::Project => Owner::Project(named()?),
            Kind::Group => Owner::Group(named()?),
            Kind::Instance => Owner::Instance,
        };
        let maximum_timeout = match self.longest.text().trim() {
            "" => None,
            text => Some(at(Field::Longest, Wanted::longest(text))?),
        };
        let description = self.name.text().trim().to_owned();
        at(Field::Name, gitlab::refuse_token("The name", &description))?;
        at(Field::Authority, gitlab::refuse_token("The file", self.authority.text()))?;
        let locked = self.locked && self.kind == Kind::Project;
        let (tags, run_untagged) = (Wanted::tags(self.tags.text()), self.untagged);
        let wanted = Wanted { owner, description, tags, run_untagged, locked, paused: self.paused, maximum_timeout };
        let field = if wanted.description.is_empty() { Field::Name } else { Field::Tags };
        at(field, wanted.refuse_nonsense())?;
        Ok((user, wanted))
    }
}

/// Says which field it is that is wrong.
fn at<T>(field: Field, result: Result<T>) -> std::result::Result<T, (Field, Problem)> {
    result.map_err(|problem| (field, problem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gitlab::Named;
    use crossterm::event::KeyModifiers;

    const SERVER: &str = "https://gitlab.example/";

    fn typed(form: &mut MakeForm, text: &str) {
        for c in text.chars() {
            form.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        }
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost() {
        let mut form = MakeForm::new("box");
        assert!(form.submit(SERVER).is_none() && form.focus == Field::Token);
        form.paste("glpat-abcdefghijklmnop");
        assert!(form.submit(SERVER).is_none() && form.focus == Field::Of);
        form.paste("https://gitlab.example/acme/tools");
        form.untagged = false;
        assert!(form.submit(SERVER).is_none() && form.focus == Field::Tags);
        typed(&mut form, "a, b");
        form.focus = Field::Longest;
        typed(&mut form, "5");
        assert!(form.submit(SERVER).is_none() && form.focus == Field::Longest);
        typed(&mut form, "000");
        form.focus = Field::Authority;
        typed(&mut form, "/srv/ca.pem");
        form.focus = Field::Owner;
        typed(&mut form, " ");
        let (user, wanted) = form.submit(SERVER).unwrap();
        assert_eq!(
            (user.expose_str(), wanted.owner),
            ("glpat-abcdefghijklmnop", Owner::Group(Named::Path("acme/tools".into())))
        );
        assert_eq!(
            (wanted.tags, wanted.maximum_timeout, wanted.run_untagged),
            (vec!["a".into(), "b".into()], Some(5000), false)
        );
    }

    #[test]
    fn a_token_in_any_field_goes_to_its_own() {
        for field in MakeForm::new("box").fields() {
            let mut form = MakeForm::new("box");
            form.focus = field;
            form.paste("glpat-abcdefghijklmnop");
            assert_eq!(form.token.expose(), "glpat-abcdefghijklmnop", "{field:?}");
            let mut form = MakeForm::new("box");
            form.focus = field;
            typed(&mut form, "glpat-abcdefghijklmnop");
            let shown =
                [&form.of, &form.name, &form.tags, &form.longest, &form.authority].map(TextField::text).join(" ");
            assert!(!shown.contains("ijklmnop"), "{field:?} {shown}");
        }
    }
}
