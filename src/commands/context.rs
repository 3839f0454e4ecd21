//! What every verb is given: the options that all have, and what is named by them.

use super::output::Tone;
use crate::answers::{Answers, SYSTEM_STORE};
use crate::api::creation;
use crate::host::real::RealHost;
use crate::host::{podman, process};
use crate::problem::{Problem, Result};
use crate::settings::{Colour, Settings};
use crate::steps::Setup;
use crate::target::Target;
use crate::text::addressed;
use crate::{gitlab, named_file, names, state};
use clap::{Args, ValueEnum};
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

/// The options of every verb.
#[derive(Debug, Args)]
pub struct Global {
    /// The image [default: $PIPGLR_IMAGE, else $IMAGE, else the container's own, else the settings', else
    /// registry.gitlab.com/qontainers/pipglr:latest]
    #[arg(long, global = true, value_parser = image)]
    image: Option<String>,
    /// The container's name: each has its own runners, secrets, volumes and files
    #[arg(long, global = true, default_value = names::CONTAINER, value_parser = name)]
    name: String,
    /// Plain lines instead of a screen (for screen readers, pipes and dumb terminals)
    #[arg(long, global = true)]
    plain: bool,
    /// Colour [default: the settings', else auto]
    #[arg(long, global = true, value_enum)]
    color: Option<Color>,
    /// Change nothing [default: $PIPGLR_READ_ONLY, else the settings', else false]
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    read_only: Option<bool>,
    /// Give every command as long as it takes: no time-out counts
    #[arg(long, global = true)]
    pub patient: bool,
    /// Print every command as it is run
    #[arg(short, long, global = true)]
    verbose: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    Always,
    Never,
}

/// What a verb is given.
#[derive(Debug)]
pub struct Context {
    global: Global,
    /// What holds: the settings' file, and before it the environment and the options.
    settings: Settings,
    /// How plain lines are written.
    pub tone: Tone,
    /// Whether the screen answers where a verb has one: both ends are a terminal, and plain lines were not asked for.
    pub screen: bool,
}

impl Context {
    /// Looks at the settings, the terminal and the environment.
    ///
    /// # Errors
    /// The settings are not understood, or a variable of pipglr's own.
    pub fn new(global: Global) -> Result<Self> {
        let mut settings = Settings::load(variable)?;
        settings.read_only = match (global.read_only, variable("PIPGLR_READ_ONLY")) {
            (Some(read_only), _) => read_only,
            (None, Some(text)) => truth("PIPGLR_READ_ONLY", &text)?,
            (None, None) => settings.read_only,
        };
        settings.color = match (global.color, variable("NO_COLOR")) {
            (Some(Color::Auto), None) => Colour::Auto,
            (Some(Color::Always), _) => Colour::Always,
            (Some(Color::Never), _) | (_, Some(_)) => Colour::Never,
            (None, None) => settings.color,
        };
        let on_terminal = std::io::stdout().is_terminal();
        let color = match settings.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => on_terminal,
        };
        if global.name != names::CONTAINER {
            addressed::about(&global.name, names::Names::of(&global.name).said());
        }
        let screen = on_terminal && std::io::stdin().is_terminal() && !global.plain;
        Ok(Self { tone: Tone { color }, screen, global, settings })
    }

    /// Returns the container's name.
    pub fn name(&self) -> &str {
        &self.global.name
    }

    /// Returns whether plain lines were asked for.
    pub fn plain(&self) -> bool {
        self.global.plain
    }

    /// Returns whether each command is printed as it is run.
    pub fn verbose(&self) -> bool {
        self.global.verbose
    }

    /// Returns the target that is named. Where no image is, it is the one that the container was made of.
    ///
    /// # Errors
    /// The image's name is a token or none of an image, or there is no such user.
    pub fn target(&self) -> Result<Target> {
        let named = self.named_image()?;
        let host = Arc::new(RealHost::new(self.global.verbose, self.settings.clone(), self.name())?);
        let image = named
            .or_else(|| podman::container(&*host, self.name()).ok().flatten().map(|container| container.image))
            .filter(|image| !image.is_empty())
            .or_else(|| self.settings.image.clone())
            .unwrap_or_else(|| names::IMAGE.into());
        Ok(Target::new(host, &image))
    }

    /// Returns the target for what is about the container alone: its image is not asked for.
    ///
    /// # Errors
    /// As [`Self::target`].
    pub fn container(&self) -> Result<Target> {
        let image = self.named_image()?.unwrap_or_else(|| names::IMAGE.into());
        let host = Arc::new(RealHost::new(self.global.verbose, self.settings.clone(), self.name())?);
        Ok(Target::new(host, &image))
    }

    /// Returns a setup with nothing answered.
    ///
    /// # Errors
    /// As [`Self::target`].
    pub fn setup(&self) -> Result<Setup> {
        Ok(Setup::new(self.target()?))
    }

    /// Returns a setup with the answers of an interrupted run, and with the token of a runner that GitLab made and that waits
    /// to be set up.
    ///
    /// # Errors
    /// As [`Self::target`].
    pub fn resumed(&self) -> Result<Setup> {
        let mut setup = self.setup()?;
        let answers = state::load_answers(&*setup.target.host);
        hide(&answers);
        if let (None, Some(image)) = (self.named_image()?, &answers.image) {
            setup.target.image.clone_from(image);
        }
        setup.wants.answers = answers;
        if let Some(created) = creation::waiting(&*setup.target.host)? {
            let host = &*setup.target.host;
            // Where another runner is set up, its server is what is asked about.
            if !matches!(podman::secret_id(host, &host.names().config), Ok(Some(_))) {
                setup.wants.answers.gitlab_url = Some(created.server);
            }
            setup.wants.vault.tokens.push(created.token);
        }
        Ok(setup)
    }

    /// Returns a setup with the answers of a file. Its image comes before the environment's.
    ///
    /// # Errors
    /// The file cannot be read, or is none; and as [`Self::target`].
    pub fn answered(&self, path: &Path) -> Result<Setup> {
        let answers = read_answers(path)?;
        hide(&answers);
        let mut setup = self.setup()?;
        if let (None, Some(image)) = (&self.global.image, &answers.image) {
            setup.target.image.clone_from(image);
        }
        setup.wants.answers = answers;
        Ok(setup)
    }

    /// The image that was named: on the command line, else in the environment.
    fn named_image(&self) -> Result<Option<String>> {
        let of = |name| variable(name).map(|image| (name, image));
        let named = self.global.image.clone().map(|image| ("--image", image));
        named.or_else(|| of("PIPGLR_IMAGE")).or_else(|| of("IMAGE")).map(checked_image).transpose()
    }
}

/// An image that was named, by an option or a variable.
fn checked_image((name, image): (&str, String)) -> Result<String> {
    gitlab::refuse_token(&format!("The image that {name} names"), &image)?;
    if names::is_image(&image) {
        return Ok(image);
    }
    let what = format!("{name} is set to what is no name of an image.");
    Err(Problem::usage(what, format!("Set {name} to one, such as {}, or to nothing.", names::IMAGE)))
}

/// A variable of the environment that is set to something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What a variable that is yes or no says.
fn truth(name: &str, text: &str) -> Result<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" => Ok(true),
        "0" | "false" | "no" => Ok(false),
        _ => Err(Problem::usage(format!("{name} is neither true nor false."), format!("Set {name} to true or false."))),
    }
}

fn read_answers(path: &Path) -> Result<Answers> {
    let name = path.display().to_string();
    let failed = |e: std::io::Error| {
        let advice = match e.kind() {
            std::io::ErrorKind::InvalidData => "Save it as UTF-8 text.",
            _ => "Name the answers file, with its folder.",
        };
        Problem::usage(format!("{name} cannot be read: {e}."), advice)
    };
    let mut answers = Answers::parse(&named_file::read_text(path).map_err(failed)?, &name)?;
    // A file named in the answers lies beside them; beside a pipe (`<(command)`) and /dev/stdin there is nothing.
    let named = path.is_file() && !path.starts_with("/dev") && !path.starts_with("/proc");
    let folder = path.parent().filter(|_| named).unwrap_or(Path::new(""));
    let ca_file = answers.ca_file.as_mut().filter(|file| file.as_path() != Path::new(SYSTEM_STORE));
    for file in [answers.token_file.as_mut(), answers.config_file.as_mut(), ca_file].into_iter().flatten() {
        *file = std::path::absolute(folder.join(&*file)).map_err(failed)?;
    }
    Ok(answers)
}

/// Before the first child is started: none of them gets the variable that holds the token.
fn hide(answers: &Answers) {
    if let Some(name) = &answers.token_env {
        process::hide_variable(name);
    }
}

/// A name that a container can have.
fn name(text: &str) -> std::result::Result<String, String> {
    names::refusal(text).map_or_else(|| Ok(text.into()), |why| Err(why.into()))
}

fn image(text: &str) -> std::result::Result<String, String> {
    if names::is_image(text) { Ok(text.into()) } else { Err("that is no name of an image".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::{AsRawFd, IntoRawFd};

    #[test]
    fn what_answers_name_lies_beside_them_or_here_where_they_are_a_pipe() {
        let text = "token_file = \"token\"\nca_file = \"system\"\nconfig_file = \"/srv/base.toml\"\n";
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("answers.toml");
        std::fs::write(&file, text).unwrap();
        let (pipe, mut writer) = std::io::pipe().unwrap();
        writer.write_all(text.as_bytes()).unwrap();
        drop(writer);
        let pipe_name = format!("/proc/self/fd/{}", pipe.as_raw_fd());
        let by_number = format!("/proc/self/fd/{}", std::fs::File::open(&file).unwrap().into_raw_fd());
        for (path, token) in [
            (file.as_path(), folder.path().join("token")),
            (Path::new(&by_number), std::path::absolute("token").unwrap()),
            (Path::new(&pipe_name), std::path::absolute("token").unwrap()),
        ] {
            let answers = read_answers(path).unwrap();
            assert_eq!(answers.token_file, Some(token));
            assert_eq!(answers.ca_file, Some(SYSTEM_STORE.into()));
            assert_eq!(answers.config_file, Some("/srv/base.toml".into()));
        }
    }
}
