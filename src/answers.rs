//! What the person wants, as far as it is no secret: the answers file of `setup --answers`, and `setup.toml` in the
//! state folder (design/contract.md, "Answers").

use crate::problem::{Problem, Result};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Something that may be done to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allow {
    /// `loginctl enable-linger`.
    Linger,
    /// More IDs in /etc/subuid and /etc/subgid.
    IdRanges,
    /// `podman system migrate`, which stops running containers.
    Migrate,
}

impl Allow {
    /// As it stands in the answers.
    pub fn key(self) -> &'static str {
        match self {
            Self::Linger => "linger",
            Self::IdRanges => "id_ranges",
            Self::Migrate => "migrate",
        }
    }
}

/// The answers. Every key may be missing; unknown keys are errors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answers {
    /// The image to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The GitLab server; the image's own where missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gitlab_url: Option<String>,
    /// A file with the token, or several different tokens, one a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
    /// The environment variable that holds the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_env: Option<String>,
    /// How many registrations a legacy token makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runners: Option<u32>,
    /// How many jobs run at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrent: Option<u32>,
    /// The runner's name in GitLab.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What may change the host.
    pub allow: Vec<Allow>,
    /// A configuration to use in place of the registered boilerplate; tokens are filled in from the registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_file: Option<PathBuf>,
    /// Whether the container starts when the machine does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_at_boot: Option<bool>,
}

/// A bound that no machine reaches; beyond it a number is a slip of the finger.
const MOST: u32 = 1000;

impl Answers {
    /// Reads an answers file's text. `name` is what errors call it.
    ///
    /// # Errors
    /// Not TOML, an unknown key, a wrong type, a number out of range, two sources for the token.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let answers: Self = toml::from_str(text).map_err(|e| not_understood(text, name, &e))?;
        answers.validate(name)?;
        Ok(answers)
    }

    fn validate(&self, name: &str) -> Result<()> {
        for (key, value) in [("runners", self.runners), ("concurrent", self.concurrent)] {
            if value.is_some_and(|n| n == 0 || n > MOST) {
                return Err(Problem::usage(
                    format!("`{key}` in {name} is not between 1 and {MOST}."),
                    format!("Set `{key}` to the number you want."),
                ));
            }
        }
        if self.token_file.is_some() && self.token_env.is_some() {
            return Err(Problem::usage(
                format!("{name} has both `token_file` and `token_env`."),
                "Keep the one that holds the token.",
            ));
        }
        for (key, value) in [("image", &self.image), ("description", &self.description)] {
            if value.as_ref().is_some_and(|text| text.trim().is_empty() || text.chars().any(char::is_control)) {
                return Err(Problem::usage(
                    format!("`{key}` in {name} is empty or has a control character in it."),
                    format!("Write `{key}` as plain text, or leave it out."),
                ));
            }
        }
        if let Some(url) = &self.gitlab_url {
            crate::host::gitlab::check_url(url)?;
        }
        Ok(())
    }
}

/// Says where and what, and never the line itself: somebody may have written the token there.
fn not_understood(text: &str, name: &str, error: &toml::de::Error) -> Problem {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    let message = error.message();
    // "invalid type: string "glrt-…", expected u32" quotes the value.
    let message = match message.split_once("expected ") {
        Some((_, expected)) if message.starts_with("invalid") => {
            let key = text.lines().nth(line - 1).and_then(|line| line.split('=').next()).unwrap_or_default();
            format!("`{}` has a wrong value, expected {expected}", key.trim())
        }
        _ => message.to_owned(),
    };
    let advice = if message.contains("unknown field `token`") {
        "The token does not go in here: give `token_file`, `token_env`, or `--token-stdin`.".to_owned()
    } else {
        format!("Mend that line of {name}; the README lists the keys.")
    };
    Problem::usage(format!("{name} is not an answers file pipglr understands."), advice)
        .said(vec![format!("line {line}: {}", crate::logs::sanitize::sanitize(&message))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_of_the_contract() {
        let text = r#"
            image = "localhost/pipglr"
            gitlab_url = "https://gitlab.example/"
            token_file = "/run/token"
            runners = 2
            concurrent = 4
            description = "build box"
            allow = ["linger", "id_ranges", "migrate"]
            config_file = "base.toml"
            start_at_boot = true
        "#;
        let answers = Answers::parse(text, "a.toml").unwrap();
        assert_eq!(answers.allow, [Allow::Linger, Allow::IdRanges, Allow::Migrate]);
        let again = toml::to_string(&answers).unwrap();
        assert_eq!(Answers::parse(&again, "again").unwrap(), answers);
    }

    #[test]
    fn wrong_answers_name_the_key() {
        for (text, names) in [
            ("concurent = 4", "concurent"),
            ("concurrent = 0", "concurrent"),
            ("runners = \"two\"", "runners"),
            ("allow = [\"everything\"]", "everything"),
            ("token_file = \"a\"\ntoken_env = \"b\"", "token_env"),
            ("gitlab_url = \"gitlab.example\"", "gitlab.example"),
            ("image = \"\"", "image"),
            ("description = \"a\\u0000b\"", "description"),
            ("token = \"glrt-SECRETSECRET\"", "token_file"),
            ("runners = \"glrt-SECRETSECRET\"", "line 1"),
            ("token_file = \"glrt-SECRETSECRET", "line 1"),
        ] {
            let problem = Answers::parse(text, "a.toml").unwrap_err();
            assert_eq!(problem.exit, crate::problem::Exit::Usage);
            assert!(problem.to_string().contains(names), "{text}: {problem}");
            assert!(!problem.to_string().contains("SECRET"), "{text}: {problem}");
        }
    }
}
