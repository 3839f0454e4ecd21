//! The registration form (step 3): what is typed and pasted into it, and where that belongs.

use super::input::{SecretField, TextField};
use crate::answers::{self, Answers, MOST};
use crate::gitlab::{self, RegisterLine, TokenKind};
use crate::problem::Problem;
use crate::secret::Vault;
use crate::text::mask;
use crossterm::event::{KeyCode, KeyEvent};
use std::path::PathBuf;
use zeroize::Zeroizing;

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
    /// A private authority's certificates.
    Authority,
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
    /// The file of a private authority's certificates, or `system`; mostly empty.
    pub authority: TextField,
    /// Leave the token's secret in podman.
    pub keep: bool,
    /// The jobs at once that were answered before.
    jobs_before: u32,
    /// The number of jobs was set by hand.
    chosen: bool,
    /// Where the cursor is.
    pub focus: Field,
    /// What is wrong, by field.
    pub errors: Vec<(Field, Problem)>,
}

impl Form {
    /// A form with what is known so far. The cursor is where a token is wanted: what is pasted first is one.
    pub fn new(answers: &Answers, image_url: Option<&str>, name: &str, keep: bool) -> Self {
        let url = answers.server(image_url);
        let runners = answers.registrations();
        Self {
            url: TextField::proposing(url),
            token: SecretField::default(),
            runners: TextField::proposing(runners.to_string()),
            concurrent: TextField::proposing(answers.jobs_for(1).to_string()),
            name: TextField::proposing(name),
            authority: TextField::proposing(
                answers.ca_file.iter().map(|file| file.display().to_string()).collect::<String>(),
            ),
            keep,
            jobs_before: answers.jobs_for(1),
            chosen: false,
            focus: Field::Token,
            errors: vec![],
        }
    }

    /// The kind of the token as far as it is typed; `None` while that cannot be said.
    pub fn kind(&self) -> Option<TokenKind> {
        self.token.lines().next().and_then(gitlab::kind_of)
    }

    /// What the token is taken for, in GitLab's words; empty while that cannot be said.
    pub fn taken_for(&self) -> String {
        self.token.lines().next().and_then(gitlab::taken_for).unwrap_or_default()
    }

    /// The fields that there are now, in order.
    pub fn fields(&self) -> Vec<Field> {
        use Field::{Authority, Concurrent, Keep, Name, Runners, Token, Url};
        match self.kind() {
            Some(TokenKind::Legacy) => vec![Url, Token, Runners, Concurrent, Name, Authority, Keep],
            _ => vec![Url, Token, Concurrent, Name, Authority, Keep],
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

    /// Takes a key for the field that has the cursor. Returns what a user should know of it.
    pub fn key(&mut self, key: KeyEvent) -> Option<String> {
        let focus = self.focus;
        let changed = match focus {
            Field::Url => self.url.key(key),
            Field::Token => self.token.key(key),
            Field::Name => self.name.key(key),
            Field::Authority => self.authority.key(key),
            Field::Runners => number(&mut self.runners, key),
            Field::Concurrent => number(&mut self.concurrent, key),
            Field::Keep => {
                self.keep ^= key.code == KeyCode::Char(' ');
                false
            }
        };
        if !changed {
            return None;
        }
        self.chosen |= focus == Field::Concurrent;
        self.changed(focus);
        // A terminal that does not say what is pasted types it: the rest goes on in the token's field.
        let field = self.text_field(focus)?;
        let text = Zeroizing::new(field.text().to_owned());
        if !mask::looks_like_token(&text) {
            return None;
        }
        if gitlab::register_line(&text).is_some() {
            field.set("");
            self.add_token(&text);
        } else {
            let rest = self.without_tokens(&text);
            self.text_field(focus)?.set(rest);
        }
        self.focus = Field::Token;
        self.changed(Field::Token);
        Some(MOVED.into())
    }

    /// Takes a paste: a token and GitLab's own line go where they belong, whichever field has the cursor. Returns what a
    /// user should know of it.
    pub fn paste(&mut self, text: &str) -> Option<String> {
        let focus = self.focus;
        if let Some(line) = gitlab::register_line(text) {
            return Some(self.take_apart(line));
        }
        let told = match self.text_field(focus) {
            // The address alone is known for one.
            None if focus == Field::Token && text.contains("://") && !mask::looks_like_token(text) => {
                self.url.set(text.trim());
                self.changed(Field::Url);
                return Some("That is an address: it went to the URL's field.".into());
            }
            None if focus == Field::Token => {
                let last = self.token.lines().last();
                if last.is_some_and(|line| mask::looks_like_token(line) && gitlab::check_token(line).is_ok()) {
                    self.token.another();
                } else if last.is_some_and(|line| gitlab::check_token(line).is_err()) && mask::looks_like_token(text) {
                    self.token.drop_last();
                }
                self.token.paste(text);
                None
            }
            _ if mask::looks_like_token(text) => {
                let rest = self.without_tokens(text);
                if let Some(field) = self.text_field(focus) {
                    field.paste(&rest);
                }
                self.focus = Field::Token;
                self.changed(Field::Token);
                Some(MOVED.into())
            }
            Some(field) => {
                field.paste(text);
                None
            }
            None => None,
        };
        self.changed(focus);
        told
    }

    /// A field of text that is shown. Numbers take no paste, but a token goes where it belongs.
    fn text_field(&mut self, field: Field) -> Option<&mut TextField> {
        match field {
            Field::Url => Some(&mut self.url),
            Field::Name => Some(&mut self.name),
            Field::Authority => Some(&mut self.authority),
            Field::Token | Field::Runners | Field::Concurrent | Field::Keep => None,
        }
    }

    /// Puts the tokens of a text where they belong, and gives the rest of it.
    fn without_tokens(&mut self, text: &str) -> String {
        let (mut rest, mut end) = (String::new(), 0);
        for token in mask::tokens_in(text) {
            rest.push_str(&text[end..token.start]);
            self.add_token(&text[token.clone()]);
            end = token.end;
        }
        rest.push_str(&text[end..]);
        rest
    }

    /// Takes a whole token; what was typed and can be none gives way to it.
    fn add_token(&mut self, token: &str) {
        if self.token.lines().last().is_some_and(|line| gitlab::check_token(line).is_err()) {
            self.token.drop_last();
        }
        self.token.add(token);
    }

    /// Puts what GitLab's own line says into the fields.
    fn take_apart(&mut self, line: RegisterLine) -> String {
        let mut taken = vec![];
        if let Some(url) = line.url {
            self.url.set(url);
            self.changed(Field::Url);
            taken.push("URL");
        }
        for token in &line.tokens {
            self.add_token(token.expose_str());
        }
        if !line.tokens.is_empty() {
            taken.push("token");
        }
        if let Some(name) = line.name {
            self.name.set(name);
            taken.push("name");
        }
        self.focus = Field::Token;
        self.changed(Field::Token);
        format!("GitLab's line was taken apart: {}.", taken.join(", "))
    }

    /// A field has another content: what was wrong with it may not be any more, and as many jobs are proposed as there
    /// are to be runners.
    fn changed(&mut self, field: Field) {
        self.errors.retain(|(of, _)| *of != field);
        if self.chosen || !matches!(field, Field::Token | Field::Runners) {
            return;
        }
        let registrations = match self.kind() {
            Some(TokenKind::Legacy) => answers::number(self.runners.text()).unwrap_or(1),
            _ => u32::try_from(self.token.lines().count()).unwrap_or(1),
        };
        self.concurrent = TextField::proposing(registrations.clamp(self.jobs_before, MOST).to_string());
    }

    /// Checks all of it; puts it into the answers and the vault where it is right, and else goes to the first field
    /// that is wrong.
    pub fn submit(&mut self, answers: &mut Answers, vault: &mut Vault) -> bool {
        if let Some(line) = gitlab::register_line(self.token.expose()) {
            self.token.clear();
            self.take_apart(line);
        }
        let url = gitlab::base_url(self.url.text());
        let tokens = gitlab::check_tokens(self.token.expose());
        let legacy = self.kind() == Some(TokenKind::Legacy);
        let runners = if legacy { answers::number(self.runners.text()).map(Some) } else { Ok(None) };
        let concurrent = answers::number(self.concurrent.text());
        let name = self.name.text().trim().to_owned();
        self.errors = [
            (Field::Url, url.as_ref().err().cloned()),
            (Field::Token, tokens.as_ref().err().cloned()),
            (Field::Runners, runners.as_ref().err().cloned()),
            (Field::Concurrent, concurrent.as_ref().err().cloned()),
            (Field::Name, gitlab::refuse_token("The name", &name).err()),
            (Field::Authority, gitlab::refuse_token("The file", self.authority.text()).err()),
        ]
        .into_iter()
        .filter_map(|(field, problem)| Some((field, problem?)))
        .collect();
        if let Some((field, _)) = self.errors.first() {
            self.focus = *field;
        }
        let (Ok(url), Ok(tokens), Ok(runners), Ok(concurrent), []) =
            (url, tokens, runners, concurrent, self.errors.as_slice())
        else {
            return false;
        };
        answers.gitlab_url = Some(url);
        answers.runners = runners;
        answers.concurrent = Some(concurrent);
        answers.description = (!name.is_empty()).then_some(name);
        answers.ca_file = self::authority(&self.authority);
        vault.tokens = tokens;
        true
    }
}

/// Returns the file that a private authority's field has; `None` where it is empty.
pub(super) fn authority(field: &TextField) -> Option<PathBuf> {
    let text = field.text().trim();
    (!text.is_empty()).then(|| text.into())
}

/// A token where it is not to be.
pub(super) const MOVED: &str = "That was a token, and it went to its own field, masked.";

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crossterm::event::KeyModifiers;

    fn form() -> Form {
        Form::new(&Answers::default(), None, "box", false)
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field() {
        let (mut form, mut answers, mut vault) = (form(), Answers::default(), Vault::default());
        form.url.set("gitlab");
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
        typed(&mut form, "+x");
        assert!(form.submit(&mut answers, &mut vault));
        assert_eq!(answers.runners, Some(2));
    }

    #[test]
    fn a_whole_token_takes_the_place_of_one_that_was_begun() {
        for pasted in [T, &format!("gitlab-runner register --url https://g.example/ --token {T}")] {
            let mut form = form();
            typed(&mut form, "?");
            form.paste(pasted);
            assert_eq!(form.token.expose(), T, "{pasted}");
        }
        let mut form = form();
        typed(&mut form, "glrt-t1_abcd");
        form.paste("efghijklmnop");
        assert_eq!(form.token.expose(), T, "a token's second half goes to its first");
        form.paste(&T.replace("abcd", "dcba"));
        assert_eq!(form.token.lines().count(), 2, "whole ones are several");
    }

    const T: &str = "glrt-t1_abcdefghijklmnop";

    fn typed(form: &mut Form, text: &str) -> Option<String> {
        text.chars().filter_map(|c| form.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))).last()
    }

    /// What is on the screen in clear, and what is stored.
    fn shown(form: &Form) -> String {
        [&form.url, &form.name, &form.runners, &form.concurrent].map(TextField::text).join(" ")
    }

    #[test]
    fn a_token_in_any_field_goes_to_its_own() {
        use Field::{Concurrent, Keep, Name, Runners, Token, Url};
        for token in
            [T, "glrtr-abcdefghijklmnop", "GR1348941abcdefghijk", "glpat-abcdefghijklmnop", "acme-glrt-abcdefghij"]
        {
            for field in [Url, Token, Runners, Concurrent, Name, Keep] {
                let mut form = form();
                form.focus = field;
                let told = form.paste(&format!(" {token}\r\n"));
                assert_eq!(told.is_some(), field != Token, "{field:?}");
                assert_eq!((form.token.expose(), form.focus), (token, Token), "{field:?}");
                assert_eq!(shown(&form), "https://gitlab.com/ box 1 1", "{field:?}");
                let mut form = self::form();
                form.focus = field;
                typed(&mut form, token);
                assert!(!shown(&form).contains(&token[token.len() - 6..]), "{field:?} {}", shown(&form));
                let number = matches!(field, Runners | Concurrent | Keep); // letters are not taken there
                assert!(number || form.token.expose() == token, "{field:?} {token}");
            }
        }
    }

    #[test]
    fn a_token_within_a_text_is_taken_out_of_it() {
        let (mut form, mut answers, mut vault) = (form(), Answers::default(), Vault::default());
        form.focus = Field::Url;
        form.paste(&format!("https://gitlab.example/?private_token={T}"));
        form.focus = Field::Name;
        form.paste(&format!("my box {T}"));
        assert!(form.submit(&mut answers, &mut vault), "{:?}", form.errors);
        assert_eq!(answers.gitlab_url.as_deref(), Some("https://gitlab.example/"));
        assert_eq!(answers.description.as_deref(), Some("my box"));
        assert_eq!(vault.tokens, [Secret::new(T)]);
        // Whatever way it came there: it does not go on from there.
        form.name.set(format!("box {T}"));
        assert!(!form.submit(&mut answers, &mut vault));
        assert!(form.error(Field::Name).is_some_and(|error| !error.to_string().contains(&T[8..])));
        assert_eq!(answers.description.as_deref(), Some("my box"));
    }

    #[test]
    fn gitlab_s_own_line_is_taken_apart_in_any_field() {
        let line =
            format!("sudo gitlab-runner register \\\n --url https://gitlab.example/ \\\n --token {T} --name 'my box'");
        for field in [Field::Url, Field::Token, Field::Concurrent, Field::Name, Field::Keep] {
            let (mut form, mut answers, mut vault) = (form(), Answers::default(), Vault::default());
            form.focus = field;
            assert!(form.paste(&line).is_some_and(|told| told.ends_with("URL, token, name.")));
            assert!(form.submit(&mut answers, &mut vault), "{:?}", form.errors);
            assert_eq!(answers.gitlab_url.as_deref(), Some("https://gitlab.example/"));
            assert_eq!((answers.description.as_deref(), &vault.tokens), (Some("my box"), &vec![Secret::new(T)]));
        }
        // Typed, as a terminal does that does not tell a paste from keys.
        for field in [Field::Url, Field::Token, Field::Name] {
            let (mut form, mut answers, mut vault) = (form(), Answers::default(), Vault::default());
            form.focus = field;
            typed(&mut form, &format!("gitlab-runner register --url https://gitlab.example/ --token {T}"));
            assert!(form.url.text().is_empty() || field != Field::Url);
            assert!(form.submit(&mut answers, &mut vault), "{field:?} {:?}", form.errors);
            assert_eq!(answers.gitlab_url.as_deref(), Some("https://gitlab.example/"));
            assert_eq!(vault.tokens, [Secret::new(T)], "{field:?}");
        }
    }

    #[test]
    fn the_cursor_is_on_the_token_and_an_address_goes_to_the_url() {
        let mut form = form();
        assert_eq!(form.focus, Field::Token);
        form.paste("https://gitlab.example/acme/app");
        assert_eq!((form.url.text(), form.token.expose()), ("https://gitlab.example/acme/app", ""));
        form.paste(T);
        let (mut answers, mut vault) = (Answers::default(), Vault::default());
        assert!(form.submit(&mut answers, &mut vault));
        assert_eq!(answers.gitlab_url.as_deref(), Some("https://gitlab.example/"));
    }

    #[test]
    fn as_many_jobs_are_proposed_as_there_are_to_be_runners() {
        let mut form = form();
        form.paste("GR1348941aaaaaaaaaaaa");
        form.focus = Field::Runners;
        typed(&mut form, "3");
        assert_eq!(form.concurrent.text(), "3");
        // What an earlier run answered is no choice of fewer; what is typed here is.
        let before = Answers { runners: Some(1), concurrent: Some(1), ..Answers::default() };
        let mut form = Form::new(&before, None, "box", false);
        form.paste("GR1348941aaaaaaaaaaaa");
        form.focus = Field::Runners;
        typed(&mut form, "4");
        assert_eq!(form.concurrent.text(), "4");
        form.focus = Field::Concurrent;
        typed(&mut form, "2");
        form.focus = Field::Runners;
        typed(&mut form, "+");
        assert_eq!((form.runners.text(), form.concurrent.text()), ("5", "2"));
        let mut form = self::form();
        form.paste("glrt-aaaaaaaaaaaaaaaaaaaa\nglrt-bbbbbbbbbbbbbbbbbbbb");
        assert_eq!(form.concurrent.text(), "2");
    }
}
