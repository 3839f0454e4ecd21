//! The verbs (design/contract.md): what can be typed, and which face answers.

use crate::answers::Answers;
use crate::host::real::RealHost;
use crate::host::{interrupt, podman, process};
use crate::plain::change::Consent;
use crate::plain::check::Form;
use crate::plain::{self, Tone};
use crate::problem::{Exit, Problem, Result};
use crate::steps::Setup;
use crate::steps::image_build::Options;
use crate::target::Target;
use crate::{crash, gitlab, lifecycle, names, state};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod logs;

pub use logs::LogsArgs;

/// Sets up a GitLab runner in podman in podman, and looks after it. Without a verb: the wizard, or on a host that is
/// set up the home screen.
#[derive(Debug, Parser)]
#[command(name = "pipglr", version, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    global: Global,
}

const EXIT_CODES: &str = "Exit codes: 0 done, or nothing to do; 1 failed; 2 wrong usage; 3 the check or the doctor found something; \
                          4 root is needed and was not given (the commands are printed); 130 interrupted.";

#[derive(Debug, Args)]
struct Global {
    /// The image [default: $PIPGLR_IMAGE, else $IMAGE, else registry.gitlab.com/qontainers/pipglr:latest]
    #[arg(long, global = true, value_parser = image)]
    image: Option<String>,
    /// The container's name
    #[arg(long, global = true, default_value = names::CONTAINER, value_parser = name)]
    name: String,
    /// Plain lines instead of a screen (for screen readers, pipes and dumb terminals)
    #[arg(long, global = true)]
    plain: bool,
    /// Colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// Give every command as long as it takes: no time-out counts
    #[arg(long, global = true)]
    patient: bool,
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

#[derive(Debug, Subcommand)]
enum Verb {
    /// The six steps without a screen
    Setup(SetupArgs),
    /// What stands in the way of a runner on this host, and its fix
    Check {
        /// As JSON
        #[arg(long, conflicts_with = "script")]
        json: bool,
        /// Root's part of the fixes, as a shell script for an administrator
        #[arg(long)]
        script: bool,
    },
    /// How the runner is, from linger to "GitLab heard from this runner"
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// The configuration, in an editor
    Edit,
    /// The configuration without a screen
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Start the container
    Start,
    /// Stop the container; running jobs are waited for
    Stop {
        /// End running jobs instead of waiting for them
        #[arg(long)]
        now: bool,
    },
    /// Stop the container and start it again; running jobs are waited for
    Restart {
        /// End running jobs instead of waiting for them
        #[arg(long)]
        now: bool,
    },
    /// The container's log
    Logs(LogsArgs),
    /// What is wrong on this host and in the log, each with its cause and what mends it
    Doctor {
        /// A saved log alone, from here or elsewhere; - is standard input
        #[arg(long, value_name = "FILE")]
        log: Option<PathBuf>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// The image
    #[command(subcommand)]
    Image(ImageVerb),
}

/// What `setup` takes.
#[derive(Clone, Debug, Default, Args)]
pub struct SetupArgs {
    /// Answers (TOML); with it nothing is asked, and a missing answer is an error that names its key
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Do it without asking for confirmation
    #[arg(long)]
    pub yes: bool,
    /// Print what would be done, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Read the token, or several, one a line, from standard input
    #[arg(long)]
    pub token_stdin: bool,
    /// Leave the REGISTRATION_TOKEN secret in podman
    #[arg(long)]
    pub keep_token: bool,
    /// Make the volumes anew, to free space
    #[arg(long)]
    pub recreate_volumes: bool,
}

#[derive(Debug, Subcommand)]
enum ConfigVerb {
    /// Print it, tokens masked
    Show {
        /// With its tokens
        #[arg(long)]
        reveal: bool,
    },
    /// All that is wrong with a configuration; 3 where gitlab-runner would not take it or would end by it
    Lint {
        /// The file, or - for standard input [default: the configuration that is stored]
        #[arg(value_name = "FILE|-")]
        file: Option<PathBuf>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Put a new one to work: the secret is replaced, and the container made again
    Apply {
        /// The file with the whole configuration, or - for standard input [default: the text that was kept]
        #[arg(value_name = "FILE|-")]
        file: Option<PathBuf>,
        #[command(flatten)]
        consent: ConsentArgs,
    },
    /// List the versions before
    History,
    /// Drop a text that was kept, else go back to the version before
    Undo {
        #[command(flatten)]
        consent: ConsentArgs,
    },
}

/// What is agreed to beforehand.
#[derive(Debug, Args)]
struct ConsentArgs {
    /// Do it without asking for confirmation
    #[arg(long)]
    yes: bool,
    /// End running jobs instead of waiting for them
    #[arg(long)]
    now: bool,
}

impl From<ConsentArgs> for Consent {
    fn from(args: ConsentArgs) -> Self {
        Self { yes: args.yes, now: args.now, person: plain::config::person() }
    }
}

#[derive(Debug, Subcommand)]
enum ImageVerb {
    /// Build it from what this program carries
    Build(BuildArgs),
    /// Pull it from its registry
    Pull,
    /// Show the commands it brings along
    Labels,
}

#[derive(Debug, Args)]
struct BuildArgs {
    /// The image to build on [default: docker.io/library/debian:stable-slim]
    #[arg(long, value_name = "IMAGE")]
    base_image: Option<String>,
    /// How often disused images and containers of jobs are pruned: a systemd OnCalendar value [default: daily]
    #[arg(long, value_name = "WHEN")]
    prune_interval: Option<String>,
    /// The gitlab-runner to download [default: latest]
    #[arg(long, value_name = "VERSION")]
    runner_version: Option<String>,
    /// amd64 or arm64 [default: this machine's]
    #[arg(long, value_name = "ARCH")]
    targetarch: Option<String>,
    /// The GitLab server that runners register with [default: https://gitlab.com/]
    #[arg(long, value_name = "URL")]
    gitlab_url: Option<String>,
    /// Whether jobs run privileged: true or false [default: true]
    #[arg(long, value_name = "BOOL")]
    nested_privileged: Option<String>,
    /// Any build argument
    #[arg(long, value_name = "NAME=VALUE")]
    build_arg: Vec<String>,
    /// A gitlab-runner binary to put in, for a host that cannot download one
    #[arg(long, value_name = "FILE")]
    runner_binary: Option<PathBuf>,
}

impl BuildArgs {
    fn options(self) -> Result<Options> {
        let named = [
            ("BASE_IMAGE", self.base_image),
            ("PRUNE_INTERVAL", self.prune_interval),
            ("RUNNER_VERSION", self.runner_version),
            ("TARGETARCH", self.targetarch),
            ("GITLAB_URL", self.gitlab_url),
            ("NESTED_PRIVILEGED", self.nested_privileged),
        ];
        let mut args: Vec<String> =
            named.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect();
        args.extend(self.build_arg);
        Options { args, runner: self.runner_binary }.checked()
    }
}

/// Variables that become the names of folders, and a command of ours: they are shown, and in other commands.
const SHOWN: [&str; 4] = ["XDG_STATE_HOME", "XDG_RUNTIME_DIR", "VISUAL", "EDITOR"];

/// Refuses a command line with a token in it, which every process on the machine can read there; and a variable that
/// would become such.
///
/// # Errors
/// There is one; it is not repeated.
pub fn refuse_tokens(
    arguments: impl Iterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<()> {
    for name in SHOWN {
        gitlab::refuse_token(name, &variable(name).unwrap_or_default().to_string_lossy())?;
    }
    for argument in arguments {
        let text = argument.to_string_lossy();
        let option = text.split_once('=').map(|(name, _)| name).filter(|name| name.starts_with("--"));
        gitlab::refuse_token(option.unwrap_or("The command line"), &text)?;
    }
    Ok(())
}

/// Does what was typed.
///
/// # Errors
/// What could not be done, and what to do about it.
pub fn run(cli: Cli) -> Result<Exit> {
    if let Some(verb) = &cli.verb {
        crash::doing(verb);
    }
    if cli.global.patient {
        interrupt::be_patient();
    }
    let on_terminal = std::io::stdout().is_terminal();
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let color = match cli.global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => on_terminal && !no_color,
    };
    let tone = Tone { color };
    let screen = on_terminal && std::io::stdin().is_terminal() && !cli.global.plain;
    match cli.verb {
        None if screen => crate::tui::run(resumed(&cli.global)?),
        None if std::io::stdin().is_terminal() => plain::setup::run(resumed(&cli.global)?, &SetupArgs::default(), tone),
        None => Err(Problem::usage(
            "There is no terminal for the wizard.",
            "Run `pipglr setup --answers FILE --yes`, or `pipglr --help` for the other verbs.",
        )),
        Some(Verb::Setup(args)) => plain::setup::run(answered(&cli.global, &args)?, &args, tone),
        Some(Verb::Check { json, script }) => {
            let form = match (json, script) {
                (true, _) => Form::Json,
                (_, true) => Form::Script,
                _ => Form::Text,
            };
            plain::check::run(&resumed(&cli.global)?, form, cli.global.verbose, tone)
        }
        Some(Verb::Status { json }) => plain::status::run(&fresh(&cli.global)?, json, tone),
        Some(Verb::Edit) if screen => crate::tui::edit(resumed(&cli.global)?),
        Some(Verb::Edit) => plain::edit::run(&fresh(&cli.global)?, tone),
        Some(Verb::Config(verb)) => config(&cli.global, verb, tone),
        Some(Verb::Start) => plain::lifecycle::run(&fresh(&cli.global)?, lifecycle::Verb::Start, false, tone),
        Some(Verb::Stop { now }) => plain::lifecycle::run(&fresh(&cli.global)?, lifecycle::Verb::Stop, now, tone),
        Some(Verb::Restart { now }) => plain::lifecycle::run(&fresh(&cli.global)?, lifecycle::Verb::Restart, now, tone),
        // A log that is to end, and JSON, are for other programs.
        Some(Verb::Logs(args)) if screen && !args.no_follow && !args.json => {
            crate::tui::logs(Setup::new(fresh(&cli.global)?), args.given()?)
        }
        Some(Verb::Logs(args)) => {
            args.unkept()?;
            match args.from {
                Some(_) => plain::logs::saved(&args, tone),
                None => plain::logs::run(&fresh(&cli.global)?, &args, tone),
            }
        }
        Some(Verb::Doctor { log: Some(file), json }) => plain::doctor::of_file(&file, &cli.global.name, json, tone),
        Some(Verb::Doctor { log: None, json }) => plain::doctor::run(&Setup::new(fresh(&cli.global)?), json, tone),
        Some(Verb::Image(ImageVerb::Labels)) => plain::image::labels(&fresh(&cli.global)?),
        Some(Verb::Image(ImageVerb::Pull)) => plain::image::get(&Setup::new(fresh(&cli.global)?), None, tone),
        Some(Verb::Image(ImageVerb::Build(args))) => {
            let options = args.options()?;
            plain::image::get(&Setup::new(fresh(&cli.global)?), Some(options), tone)
        }
    }
}

/// The image that was named: on the command line, else in the environment.
fn named_image(global: &Global) -> Result<Option<String>> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let named = global.image.clone().or_else(|| variable("PIPGLR_IMAGE")).or_else(|| variable("IMAGE"));
    gitlab::refuse_token("The image's name (`--image`, PIPGLR_IMAGE or IMAGE)", named.as_deref().unwrap_or_default())?;
    Ok(named)
}

fn config(global: &Global, verb: ConfigVerb, tone: Tone) -> Result<Exit> {
    let setup = || fresh(global);
    match verb {
        // A file needs no podman: it may be for another machine.
        ConfigVerb::Lint { file: Some(file), json } => plain::config::lint(&file, json, tone),
        ConfigVerb::Lint { file: None, json } => plain::config::lint_stored(&setup()?, json, tone),
        ConfigVerb::Show { reveal } => plain::config::show(&setup()?, reveal),
        ConfigVerb::Apply { file, consent } => plain::config::apply(&setup()?, file.as_deref(), consent.into(), tone),
        ConfigVerb::History => plain::config::history(&setup()?),
        ConfigVerb::Undo { consent } => plain::config::undo(&setup()?, consent.into(), tone),
    }
}

/// The target that is named. Where no image is named, it is the one that the container was made of.
fn fresh(global: &Global) -> Result<Target> {
    let host = Arc::new(RealHost::new(global.verbose)?);
    let image = named_image(global)?
        .or_else(|| podman::container(&*host, &global.name).ok().flatten().map(|container| container.image))
        .filter(|image| !image.is_empty())
        .unwrap_or_else(|| crate::names::IMAGE.into());
    Ok(Target::new(host, &image, &global.name))
}

/// A setup with the answers of an interrupted run.
fn resumed(global: &Global) -> Result<Setup> {
    let mut setup = Setup::new(fresh(global)?);
    let answers = state::load_answers(&*setup.target.host);
    hide(&answers);
    if let (None, Some(image)) = (named_image(global)?, &answers.image) {
        setup.target.image.clone_from(image);
    }
    setup.wants.answers = answers;
    Ok(setup)
}

/// A setup with the answers of a file, where one is given. Its image comes before the environment's.
fn answered(global: &Global, args: &SetupArgs) -> Result<Setup> {
    let mut setup = match &args.answers {
        None => resumed(global)?,
        Some(path) => {
            let answers = read_answers(path)?;
            hide(&answers);
            let mut setup = Setup::new(fresh(global)?);
            if let (None, Some(image)) = (&global.image, &answers.image) {
                setup.target.image.clone_from(image);
            }
            setup.wants.answers = answers;
            setup
        }
    };
    setup.wants.keep_token = args.keep_token;
    setup.wants.recreate_volumes = args.recreate_volumes;
    Ok(setup)
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
    let mut answers = Answers::parse(&std::fs::read_to_string(path).map_err(failed)?, &name)?;
    // A file named in the answers lies beside them.
    let folder = path.parent().unwrap_or(Path::new(""));
    for file in [&mut answers.token_file, &mut answers.config_file].into_iter().flatten() {
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

/// A name as podman takes it for a container.
fn name(text: &str) -> std::result::Result<String, String> {
    let mut chars = text.chars();
    let good = chars.next().is_some_and(|c| c.is_ascii_alphanumeric())
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if good {
        Ok(text.into())
    } else {
        Err("a name begins with a letter or digit, and has letters, digits, _ . - behind it".into())
    }
}

/// An image's name: podman says itself what is wrong with one, unless it takes it for an option.
fn image(text: &str) -> std::result::Result<String, String> {
    let bad = text.is_empty() || text.starts_with('-') || text.chars().any(|c| c.is_whitespace() || c.is_control());
    if bad { Err("that is no name of an image".into()) } else { Ok(text.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn a_token_in_any_option_is_refused_and_not_repeated() {
        for words in [
            "pipglr --image glrt-t1_abcdefghijklmnop",
            "pipglr --name=acme-glrt-abcdefghijklmnop setup",
            "pipglr setup --token GR1348941abcdefghijklmnop",
            "pipglr image build --build-arg X=https://h/?private_token=glpat-abcdefghijklmnop",
            "pipglr config apply glrtr-abcdefghijklmnop",
        ] {
            let problem = refuse_tokens(words.split(' ').map(OsString::from), |_| None).unwrap_err();
            assert_eq!(problem.exit, Exit::Usage);
            assert!(!problem.to_string().contains("abcdef"), "{problem}");
        }
        let words = || ["pipglr", "--image", "localhost/pipglr:1"].map(OsString::from).into_iter();
        assert_eq!(refuse_tokens(words(), |_| None), Ok(()));
        let problem =
            refuse_tokens(words(), |name| (name == "XDG_STATE_HOME").then(|| "/h/glrt-t1_abcdefghijklmnop".into()));
        assert!(problem.is_err_and(|problem| !problem.to_string().contains("abcdef")));
    }

    #[test]
    fn every_build_argument_is_an_option() {
        let words = "pipglr image build --base-image b --prune-interval hourly --runner-version 17.5.5 --targetarch arm64 \
                     --gitlab-url https://g/ --nested-privileged false --build-arg X=y";
        let Some(Verb::Image(ImageVerb::Build(args))) = Cli::parse_from(words.split_whitespace()).verb else {
            panic!("not understood")
        };
        let args = args.options().unwrap().args.join(" ");
        assert_eq!(
            args,
            "BASE_IMAGE=b PRUNE_INTERVAL=hourly RUNNER_VERSION=17.5.5 TARGETARCH=arm64 GITLAB_URL=https://g/ NESTED_PRIVILEGED=false X=y"
        );
    }
}
