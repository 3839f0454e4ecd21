//! What the user has set for pipglr itself: `$XDG_CONFIG_HOME/pipglr/config.toml`.
//!
//! An option comes before a variable of the environment, that before this file, and this before the default.

mod colours;
mod key_name;

use crate::config::keys::nearest;
use crate::problem::{Problem, Result};
use crate::text::sanitize::sanitize;
use crate::{gitlab, named_file, names};
pub use colours::Colours;
pub use key_name::KeyName;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// How many versions of the configuration are kept where nothing is set.
pub const HISTORY: usize = 20;
/// More versions than this nobody looks through, and each is a file.
const MOST_HISTORY: usize = 1000;

/// When there is colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Also where it goes to a file.
    Always,
    /// Never.
    Never,
}

/// What the terminal's background is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Background {
    /// As `COLORFGBG` says, which many terminals set; else dark.
    #[default]
    Auto,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

impl Background {
    /// Returns whether it is light. `COLORFGBG` is `foreground;background` of the 16 colours, with a third part between
    /// them now and then; 7 and 9 to 15 are light.
    pub fn is_light(self, colorfgbg: Option<&str>) -> bool {
        let named = || colorfgbg?.rsplit(';').next()?.parse::<u8>().ok();
        match self {
            Self::Auto => matches!(named(), Some(7 | 9..=15)),
            Self::Dark => false,
            Self::Light => true,
        }
    }
}

/// The settings. Every key may be missing; unknown keys are errors.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The image where neither an option nor the environment names one.
    pub image: Option<String>,
    /// Whether nothing is changed.
    pub read_only: bool,
    /// How many versions of the configuration are kept.
    pub history: usize,
    /// When there is colour.
    pub color: Colour,
    /// What the terminal's background is.
    pub background: Background,
    /// Whether the screen takes the mouse.
    pub mouse: bool,
    /// Whether a screen that is new to the user says what to do there, once.
    pub hints: bool,
    /// Other colours in place of the terminal's.
    pub colors: Colours,
    /// What is pressed, and the key that it stands for.
    pub keys: BTreeMap<KeyName, KeyName>,
}

/// What holds where nothing is set.
pub static DEFAULT: Settings = Settings {
    image: None,
    read_only: false,
    history: HISTORY,
    color: Colour::Auto,
    background: Background::Auto,
    mouse: false,
    hints: true,
    colors: Colours::TERMINAL,
    keys: BTreeMap::new(),
};

impl Default for Settings {
    fn default() -> Self {
        DEFAULT.clone()
    }
}

impl Settings {
    /// Returns the settings of this environment; the defaults where there is no file.
    ///
    /// # Errors
    /// The file cannot be read, or is not one that pipglr understands. It is left as it is.
    pub fn load(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let Some(path) = file(variable) else { return Ok(Self::default()) };
        let name = sanitize(&path.display().to_string());
        match named_file::read_text(&path) {
            Ok(text) => Self::parse(&text, &name),
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Self::default()),
            Err(e) => {
                let advice = "Make it a text file that you may read, or move it away; then run pipglr again.";
                Err(Problem::usage(format!("The settings in {name} cannot be read: {e}."), advice))
            }
        }
    }

    /// Refuses a change where nothing is to be changed.
    ///
    /// # Errors
    /// pipglr is read-only.
    pub fn refuse_change(&self) -> Result<()> {
        if !self.read_only {
            return Ok(());
        }
        let problem = Problem::usage(
            "pipglr is read-only: nothing was changed.",
            "Say `--read-only=false`, where you mean to change it after all.",
        );
        let cause =
            "`--read-only`, PIPGLR_READ_ONLY, or `read_only = true` in the settings (~/.config/pipglr/config.toml).";
        Err(problem.cause(cause))
    }

    /// Reads the text of a settings file. `name` is what errors call it.
    ///
    /// # Errors
    /// Not TOML, an unknown key, a wrong value.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let settings: Self = toml::from_str(text).map_err(|e| not_understood(text, name, &e))?;
        gitlab::refuse_token(&format!("`image` in {name}"), settings.image.as_deref().unwrap_or_default())?;
        let wrong = |key: &str, what: &str| {
            let line = line_of(text, key).map_or(1, |at| at + 1);
            Err(problem(name, line, &format!("`{key}` {what}")))
        };
        if settings.image.as_deref().is_some_and(|image| !names::is_image(image)) {
            return wrong("image", "is no name of an image");
        }
        if !(1..=MOST_HISTORY).contains(&settings.history) {
            return wrong("history", &format!("is not between 1 and {MOST_HISTORY}"));
        }
        if let Some(name) = ["Esc", "Ctrl-C"].iter().find(|name| settings.keys.keys().any(|key| key.name() == **name)) {
            return wrong(name, "leads back, or out, everywhere: it cannot stand for another key");
        }
        let written = toml::from_str::<toml::Table>(text).ok();
        let written = written.as_ref().and_then(|all| all.get("keys")?.as_table());
        for (at, name) in written.into_iter().flat_map(|keys| keys.keys().enumerate()) {
            let mut others = written.into_iter().flat_map(|keys| keys.keys().skip(at + 1));
            if let Some(other) = others.find(|other| other.parse::<KeyName>() == name.parse::<KeyName>()) {
                return wrong(other, &format!("is the same key as `{name}`, which stands for one already"));
            }
        }
        Ok(settings)
    }
}

/// Returns the line of a key, quoted or not; of one of the keyboard's also where it is written in another case.
fn line_of(text: &str, key: &str) -> Option<usize> {
    let begin = |line: &str| line.trim_start().trim_start_matches(['"', '\'']).get(..key.len()).map(str::to_owned);
    let find = |is: &dyn Fn(&str) -> bool| text.lines().position(|line| begin(line).is_some_and(|begin| is(&begin)));
    find(&|begin| begin == key).or_else(|| find(&|begin| begin.eq_ignore_ascii_case(key)))
}

/// Returns where the settings are: `$XDG_CONFIG_HOME/pipglr/config.toml`, else `~/.config/pipglr/config.toml`.
pub fn file(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(folder.join(Path::new("pipglr/config.toml")))
}

fn not_understood(text: &str, name: &str, error: &toml::de::Error) -> Problem {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    let message = &error.message().replace("expected usize", "expected a whole number");
    // "unknown field `imge`, expected one of `image`, `read_only`": the word, and those that are known.
    let mut quoted = message.split('`').skip(1).step_by(2);
    let nearest = match quoted.next().filter(|_| message.starts_with("unknown ")) {
        Some(word) => {
            let known: Vec<&str> = quoted.collect();
            nearest(word, known.iter().copied()).map(|at| format!("; did you mean `{}`?", known[at]))
        }
        None => None,
    };
    problem(name, line, &format!("{message}{}", nearest.unwrap_or_default()))
}

fn problem(name: &str, line: usize, what: &str) -> Problem {
    Problem::usage(
        format!("The settings in {name} are not understood."),
        format!("Fix line {line} of {name}, then run pipglr again. Nothing was changed."),
    )
    .said(vec![format!("line {line}: {}", sanitize(what))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Kind;
    use crossterm::event::KeyCode;
    use ratatui::style::Color;

    #[test]
    fn all_keys_of_the_readme() {
        let text = r##"
            image = "localhost/pipglr"
            read_only = true
            history = 50
            color = "never"
            background = "light"
            mouse = true
            hints = false
            [colors]
            green = "#00aa00"
            [keys]
            "Ctrl-T" = "PgDn"
        "##;
        let settings = Settings::parse(text, "config.toml").unwrap();
        assert_eq!((settings.image.as_deref(), settings.read_only), (Some("localhost/pipglr"), true));
        assert_eq!((settings.history, settings.color, settings.mouse), (50, Colour::Never, true));
        assert!(!settings.hints && settings.background == Background::Light);
        assert_eq!(settings.colors.of(Color::Green), Color::Rgb(0, 0xaa, 0));
        assert_eq!(settings.colors.of(Color::Red), Color::Red);
        let keys = [(KeyName(KeyCode::Char('t'), true), KeyName(KeyCode::PageDown, false))];
        assert_eq!(settings.keys, keys.into());
        assert_eq!(Settings::parse("", "config.toml").unwrap(), DEFAULT);
    }

    #[test]
    fn a_light_background_is_told_by_the_terminal_or_by_its_user() {
        let auto = |of| Background::Auto.is_light(of);
        assert!(auto(Some("0;15")) && auto(Some("0;default;7")));
        assert!(!auto(Some("15;0")) && !auto(Some("7;8")) && !auto(Some("default")) && !auto(None));
        assert!(Background::Light.is_light(Some("15;0")) && !Background::Dark.is_light(Some("0;15")));
        let colours = Colours::TERMINAL.for_light();
        assert_ne!(colours.of(Color::Yellow), Color::Yellow);
        assert_eq!(colours.of(Color::Red), Color::Red);
    }

    #[test]
    fn a_broken_file_names_the_line_and_the_nearest_key() {
        for (text, line, names) in [
            ("read_only = false\nimge = \"x\"", 2, "did you mean `image`?"),
            ("[colors]\ngren = \"red\"", 2, "did you mean `green`?"),
            ("color = \"nevr\"", 1, "did you mean `never`?"),
            ("[colors]\nred = \"reddish\"", 2, "reddish"),
            ("\n[keys]\n\"Ctrl-Hyper\" = \"Up\"", 3, "Ctrl-Hyper"),
            ("[keys]\n\"F2\" = \"Upp\"", 2, "Upp"),
            ("mouse = true\nhistory = 0", 2, "between 1 and 1000"),
            ("history = \"many\"", 1, "expected a whole number"),
            ("[keys]\n\"esc\" = \"x\"", 2, "leads back"),
            ("[keys]\n\"Ctrl-C\" = \"x\"", 2, "leads back"),
            ("[keys]\n\"Ctrl-T\" = \"PgDn\"\n\"ctrl-t\" = \"PgUp\"", 3, "is the same key as"),
            ("image = \"a b\"", 1, "no name of an image"),
            ("read_only = 1", 1, "expected a boolean"),
            ("image = \"x", 1, "line 1"),
        ] {
            let problem = Settings::parse(text, "config.toml").unwrap_err();
            assert_eq!(problem.kind, Kind::Usage);
            let said = problem.to_string();
            assert!(
                said.contains(names) && said.contains(&format!("Fix line {line} of config.toml")),
                "{text}: {said}"
            );
        }
    }

    #[test]
    fn a_token_is_refused_and_not_repeated() {
        for text in ["image = \"glrt-t1_abcdefghijklmnop\"", "\"glrt-t1_abcdefghijklmnop\" = 1"] {
            let problem = Settings::parse(text, "config.toml").unwrap_err();
            assert!(!problem.to_string().contains("abcdef"), "{problem}");
        }
    }

    #[test]
    fn the_file_is_in_the_folder_of_settings() {
        let at = |set: &'static [(&str, &str)]| {
            file(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(at(&[("HOME", "/h")]), Some("/h/.config/pipglr/config.toml".into()));
        assert_eq!(at(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")]), Some("/x/pipglr/config.toml".into()));
        assert_eq!(at(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "x")]), Some("/h/.config/pipglr/config.toml".into()));
        assert_eq!(at(&[]), None);
    }
}
