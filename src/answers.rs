//! What the user wants, as far as it is no secret: the answers file of `setup --answers`, and `setup.toml` in the
//! state folder.

use crate::problem::{Problem, Result};
use crate::text::{mask, size};
use crate::{gitlab, names};
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
    /// A command of the image that is not as the one that pipglr carries.
    Labels,
}

impl Allow {
    /// As it stands in the answers.
    pub fn key(self) -> &'static str {
        match self {
            Self::Linger => "linger",
            Self::IdRanges => "id_ranges",
            Self::Migrate => "migrate",
            Self::Labels => "labels",
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
    /// A file with certificates of authorities that GitLab and registries are to be trusted by, besides the image's own;
    /// [`SYSTEM_STORE`] for those that this system trusts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// How much memory the container may have, with its unit: `8GiB`. Without an answer as much as the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// How many processes and threads the container may have; 0 is as many as the user. Without an answer the label's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pids_limit: Option<u64>,
    /// Whether a container that was made with `--privileged` keeps it when it is re-created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privileged: Option<bool>,
    /// Whether the container starts when the machine does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_at_boot: Option<bool>,
}

/// The word for the certificates that this system trusts, in place of a file.
pub const SYSTEM_STORE: &str = "system";
/// Less memory than this, in bytes, lets no job run beside systemd and the nested podman.
const LEAST_MEMORY: u64 = 512 << 20;
/// Most registrations and jobs at once: no machine reaches it, and beyond it a number is a slip of the finger.
pub const MOST: u32 = 1000;

/// Returns the number of registrations or of jobs at once that a text means.
///
/// # Errors
/// It is none, or not between 1 and [`MOST`].
pub fn number(text: &str) -> Result<u32> {
    text.trim().parse::<u32>().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(|| {
        Problem::usage(format!("This is not a number between 1 and {MOST}."), "Give the number you want.")
    })
}

impl Answers {
    /// Reads an answers file's text. `name` is what errors call it.
    ///
    /// # Errors
    /// Not TOML, an unknown key, a wrong type, a number out of range, two sources for the token.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let mut answers: Self = toml::from_str(text).map_err(|e| not_understood(text, name, &e))?;
        answers.validate(name)?;
        if let Some(url) = &mut answers.gitlab_url {
            *url = gitlab::base_url(url)?;
        }
        Ok(answers)
    }

    /// Returns how many jobs at once are proposed for so many registrations: each can do one, and what was answered
    /// before is not made less.
    pub fn jobs_for(&self, registrations: u32) -> u32 {
        registrations.max(self.concurrent.unwrap_or(1)).min(MOST)
    }

    /// Returns the GitLab to register with: the one that was chosen, else the `image`'s, else GitLab.com.
    pub fn server<'a>(&'a self, image: Option<&'a str>) -> &'a str {
        self.gitlab_url.as_deref().or(image).unwrap_or(gitlab::GITLAB_COM)
    }

    /// Returns how many registrations a token makes that can make more than one.
    pub fn registrations(&self) -> u32 {
        self.runners.unwrap_or(1)
    }

    /// Returns how much memory the container may have, in bytes.
    pub fn memory_bytes(&self) -> Option<u64> {
        size::parse(self.memory.as_deref()?).ok()
    }

    /// Refuses a token in a key that is shown, stored, or given to a command.
    fn refuse_tokens(&self, name: &str) -> Result<()> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let texts = [
            ("image", self.image.clone()),
            ("gitlab_url", self.gitlab_url.clone()),
            ("token_file", path(&self.token_file)),
            ("token_env", self.token_env.clone()),
            ("description", self.description.clone()),
            ("config_file", path(&self.config_file)),
            ("ca_file", path(&self.ca_file)),
            ("memory", self.memory.clone()),
        ];
        texts.iter().try_for_each(|(key, text)| {
            gitlab::refuse_token(&format!("`{key}` in {name}"), text.as_deref().unwrap_or_default())
        })
    }

    fn validate(&self, name: &str) -> Result<()> {
        self.refuse_tokens(name)?;
        for (key, value) in [("runners", self.runners), ("concurrent", self.concurrent)] {
            if value.is_some_and(|n| !(1..=MOST).contains(&n)) {
                return Err(Problem::usage(
                    format!("`{key}` in {name} is not between 1 and {MOST}."),
                    format!("Set `{key}` to the number you want."),
                ));
            }
        }
        if let Some(text) = &self.memory
            && size::parse(text).ok().filter(|bytes| *bytes >= LEAST_MEMORY).is_none()
        {
            return Err(Problem::usage(
                format!("`memory` in {name} is no size, or less than 512 MiB, on which no job runs."),
                "Set `memory` to a size with its unit, such as \"8GiB\".",
            ));
        }
        if self.token_file.is_some() && self.token_env.is_some() {
            return Err(Problem::usage(
                format!("{name} has both `token_file` and `token_env`."),
                "Keep the one that holds the token.",
            ));
        }
        for (key, file) in
            [("token_file", &self.token_file), ("config_file", &self.config_file), ("ca_file", &self.ca_file)]
        {
            if file.as_ref().is_some_and(|file| file.as_os_str().is_empty()) {
                return Err(Problem::usage(
                    format!("`{key}` in {name} is empty."),
                    format!("Set `{key}` to the file's name, or leave it out."),
                ));
            }
        }
        if self.image.as_deref().is_some_and(|image| !names::is_image(image)) {
            return Err(Problem::usage(
                format!("`image` in {name} is no name of an image."),
                format!("Set `image` to one, such as \"{}\", or leave it out.", names::IMAGE),
            ));
        }
        if self.description.as_ref().is_some_and(|text| text.trim().is_empty() || text.chars().any(char::is_control)) {
            return Err(Problem::usage(
                format!("`description` in {name} is empty or has a control character in it."),
                "Write `description` as plain text, or leave it out.",
            ));
        }
        Ok(())
    }
}

/// Says in a user's words what a parser expects.
fn plain(expected: &str) -> &str {
    match expected {
        "u32" | "u64" => "a whole number",
        "a string" | "path string" => "text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list, such as [\"linger\"]",
        other => other,
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
            format!("`{}` has a wrong value, expected {}", key.trim(), plain(expected))
        }
        // So does "unknown field" and "unknown variant".
        _ if mask::looks_like_token(message) => "a token stands where none belongs".to_owned(),
        _ => message.to_owned(),
    };
    let advice = if message.contains("unknown field `token`") {
        "The token does not go in here: give `token_file`, `token_env`, or `--token-stdin`.".to_owned()
    } else {
        format!("Fix that line of {name}; the README lists the keys.")
    };
    Problem::usage(format!("{name} is not an answers file pipglr understands."), advice)
        .said(vec![format!("line {line}: {}", crate::text::sanitize::sanitize(&message))])
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
            ca_file = "system"
            memory = "8GiB"
            pids_limit = 20000
            privileged = false
            start_at_boot = true
        "#;
        let answers = Answers::parse(text, "a.toml").unwrap();
        assert_eq!(answers.allow, [Allow::Linger, Allow::IdRanges, Allow::Migrate]);
        let again = toml::to_string(&answers).unwrap();
        assert_eq!(Answers::parse(&again, "again").unwrap(), answers);
    }

    #[test]
    fn the_url_is_that_of_the_gitlab() {
        let answers = Answers::parse("gitlab_url = \"https://gitlab.example/acme/app/-/settings/ci_cd\"", "a.toml");
        assert_eq!(answers.unwrap().gitlab_url.as_deref(), Some("https://gitlab.example/"));
    }

    #[test]
    fn n_registrations_propose_n_jobs_at_once() {
        let answers = |concurrent| Answers { concurrent, ..Answers::default() };
        assert_eq!((answers(None).jobs_for(3), answers(Some(1)).jobs_for(3), answers(Some(5)).jobs_for(3)), (3, 3, 5));
        assert!(number("0").is_err() && number("1001").is_err() && number(" 7 ") == Ok(7));
    }

    #[test]
    fn wrong_answers_name_the_key() {
        for (text, names) in [
            ("concurent = 4", "concurent"),
            ("concurrent = 0", "concurrent"),
            ("runners = \"two\"", "runners"),
            ("allow = [\"everything\"]", "everything"),
            ("token_file = \"a\"\ntoken_env = \"b\"", "token_env"),
            ("gitlab_url = \"gitlab\"", "https://gitlab"),
            ("memory = \"lots\"", "memory"),
            ("memory = \"100M\"", "memory"),
            ("pids_limit = -1", "pids_limit"),
            ("image = \"\"", "image"),
            ("token_file = \"\"", "`token_file` in a.toml is empty"),
            ("config_file = \"\"", "`config_file` in a.toml is empty"),
            ("ca_file = \"\"", "`ca_file` in a.toml is empty"),
            ("concurrent = 1.5", "`concurrent` has a wrong value, expected a whole number"),
            ("concurrent = -1", "expected a whole number"),
            ("image = 1", "expected text in quotes"),
            ("token_file = 1", "expected text in quotes"),
            ("allow = \"linger\"", "expected a list, such as [\"linger\"]"),
            ("start_at_boot = 1", "expected true or false"),
            ("image = \"--privileged\"", "`image` in a.toml is no name of an image"),
            ("description = \"a\\u0000b\"", "description"),
            ("token = \"glrt-SECRETSECRET\"", "token_file"),
            ("runners = \"glrt-SECRETSECRET\"", "line 1"),
            ("token_file = \"glrt-SECRETSECRET", "line 1"),
            ("token_file = \"glrt-SECRETSECRET\"", "`token_file` in a.toml holds what looks like a token"),
            ("token_env = \"GR1348941SECRETSECRET\"", "`token_env` in a.toml"),
            ("image = \"glpat-SECRETSECRET\"", "`image` in a.toml"),
            ("gitlab_url = \"https://h/?private_token=glpat-SECRETSECRET\"", "`gitlab_url` in a.toml"),
            ("description = \"box acme-glrt-SECRETSECRET\"", "`description` in a.toml"),
            ("config_file = \"glrt-SECRETSECRET\"", "`config_file` in a.toml"),
            ("allow = [\"glrt-SECRETSECRET\"]", "line 1"),
            ("glrt-SECRETSECRET = 1", "line 1"),
        ] {
            let problem = Answers::parse(text, "a.toml").unwrap_err();
            assert_eq!(problem.kind, crate::problem::Kind::Usage);
            assert!(problem.to_string().contains(names), "{text}: {problem}");
            assert!(!problem.to_string().contains("SECRET"), "{text}: {problem}");
        }
    }
}
