//! What can be typed; each verb is a file of [`commands`].

mod wrong_words;

use crate::commands::output::{complain_problem, note_written, unwritten};
use crate::commands::{
    Context, Global, boot, check, completions, config, demo, doctor, edit, export, image, jobs, lifecycle as operation,
    logs, man, pause, runner, setup, status, teardown, update, verify, volumes,
};
use crate::host::interrupt;
use crate::lifecycle;
use crate::problem::{Exit, Problem, Result};
use crate::{crash, gitlab, tui};
use clap::{ArgAction, Command, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::io::{IsTerminal, Write};

/// Sets up a GitLab runner in podman in podman, and looks after it. Without a verb: the wizard, or on a host that is
/// set up the home screen.
#[derive(Debug, Parser)]
#[command(name = "pipglr", version, after_help = AFTER)]
pub struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    global: Global,
}

const AFTER: &str = "\
Examples:
  pipglr                          # the wizard; on a host that is set up, the home screen
  pipglr setup --answers answers.toml
  pipglr status

Environment (an option comes before it, the settings after it):
  PIPGLR_IMAGE, IMAGE   the image, as --image
  PIPGLR_READ_ONLY      true: nothing is changed, as --read-only
  NO_COLOR              no colour
  VISUAL, EDITOR        your own editor
  XDG_CONFIG_HOME       the settings are in pipglr/config.toml there [~/.config]
  XDG_STATE_HOME        history, commands.log, unsaved texts are in pipglr/ there [~/.local/state]
  XDG_RUNTIME_DIR       where podman's sockets and systemd's are
  LC_ALL, LC_CTYPE, LANG, TERM   which signs the screen has, and whether there is one

Exit codes: 0 done, or nothing to do; 1 failed; 2 wrong usage; 3 check, status, lint, the doctor or verify found \
                          something; 4 root is needed and was not given (the commands are printed); 130 interrupted.";

#[derive(Debug, Subcommand)]
enum Verb {
    /// The six steps without a screen
    Setup(setup::Args),
    /// What stands in the way of a runner on this host, and its fix
    Check(check::Args),
    /// How the runner is, from linger to "GitLab heard from this runner"
    Status(status::Args),
    /// The configuration, in an editor
    #[command(after_help = edit::EXAMPLES)]
    Edit,
    /// The configuration without a screen
    #[command(subcommand, after_help = config::EXAMPLES)]
    Config(config::Verb),
    /// Start the container
    #[command(after_help = operation::START)]
    Start,
    /// Stop the container; running jobs are waited for
    #[command(after_help = operation::STOP)]
    Stop(operation::Args),
    /// Stop the container and start it again; running jobs are waited for
    #[command(after_help = operation::RESTART)]
    Restart(operation::Args),
    /// Take no new jobs; running ones end
    Pause(pause::Args),
    /// Take jobs again
    #[command(after_help = pause::RESUME)]
    Resume,
    /// The running jobs; one job's trace
    Jobs(jobs::Args),
    /// The container's log
    Logs(logs::Args),
    /// What is wrong on this host and in the log, each with its cause and what fixes it
    Doctor(doctor::Args),
    /// Whether GitLab accepts each runner; whether a job would run
    Verify(verify::Args),
    /// Runners, through GitLab's API: made, listed, given new tokens
    #[command(subcommand, after_help = runner::EXAMPLES)]
    Runner(runner::Verb),
    /// The image
    #[command(subcommand, after_help = image::EXAMPLES)]
    Image(image::Verb),
    /// A newer image: what is newer, then the container of it; the image before comes back where it does not work
    Update(update::Args),
    /// The jobs' disk: what it holds, and how to make room on it
    #[command(subcommand, after_help = volumes::EXAMPLES)]
    Volumes(volumes::Verb),
    /// What starts the container when the machine starts
    #[command(subcommand, after_help = boot::EXAMPLES)]
    Boot(boot::Verb),
    /// The same setup for elsewhere: a script, unit files, a playbook, values for Kubernetes
    #[command(subcommand, after_help = export::EXAMPLES)]
    Export(export::Verb),
    /// The whole program on a pretend host: nothing is touched
    Demo(demo::Args),
    /// Unregister the runners, and remove what is chosen of all that pipglr made
    Teardown(teardown::Args),
    /// What bash, zsh or fish needs to complete these words
    Completions(completions::Args),
    /// The pages of the manual
    Man(man::Args),
}

/// Variables that become the names of folders, and a command of ours: they are shown, and in other commands.
const SHOWN: [&str; 5] = ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "VISUAL", "EDITOR"];

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

/// Returns what was typed; what is not understood is told of in one line, and ends the process with 2.
pub fn read() -> Cli {
    let typed: Vec<_> = std::env::args_os().collect();
    parse(&typed).unwrap_or_else(|error| {
        let mut exit = error.exit_code();
        if let Some(line) = wrong_words::line(&error, &Cli::command(), &typed) {
            let _ = writeln!(std::io::stderr(), "pipglr: {line}");
        } else if error.use_stderr() {
            let _ = error.print(); // the terminal may be gone
        } else {
            note_written(error.print());
            if let Some(problem) = unwritten() {
                complain_problem(&problem);
                exit = problem.exit() as i32;
            }
        }
        std::process::exit(exit)
    })
}

/// Understands words, the program's own name before them.
///
/// # Errors
/// What clap says of them; also where help is wanted.
fn parse(typed: &[OsString]) -> std::result::Result<Cli, clap::Error> {
    let mut program = flags_said_twice(Cli::command());
    let mut found = program.try_get_matches_from_mut(typed)?;
    Cli::from_arg_matches_mut(&mut found).map_err(|error| error.format(&mut program))
}

/// A flag says the same when it is said twice, as where a shell's alias has it already. Two values are none: which was
/// meant?
fn flags_said_twice(command: Command) -> Command {
    let twice = command.mut_args(|option| match option.get_action() {
        ArgAction::SetTrue => {
            let id = option.get_id().clone();
            option.overrides_with(id)
        }
        _ => option,
    });
    twice.mut_subcommands(flags_said_twice)
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
    let context = &Context::new(cli.global)?;
    match cli.verb {
        None if context.screen => tui::run(context.resumed()?),
        None if std::io::stdin().is_terminal() => setup::run(&setup::Args::default(), context),
        None => Err(Problem::usage(
            "There is no terminal for the wizard.",
            "Run `pipglr setup --answers FILE --yes`, or `pipglr --help` for the other verbs.",
        )),
        Some(Verb::Setup(args)) => setup::run(&args, context),
        Some(Verb::Check(args)) => check::run(&args, context),
        Some(Verb::Status(args)) => status::run(&args, context),
        Some(Verb::Edit) => edit::run(context),
        Some(Verb::Config(verb)) => config::run(verb, context),
        Some(Verb::Start) => operation::run(lifecycle::Verb::Start, &operation::Args::default(), context),
        Some(Verb::Stop(args)) => operation::run(lifecycle::Verb::Stop, &args, context),
        Some(Verb::Restart(args)) => operation::run(lifecycle::Verb::Restart, &args, context),
        Some(Verb::Pause(args)) => pause::pause(&args, context),
        Some(Verb::Resume) => pause::resume(context),
        Some(Verb::Jobs(args)) => jobs::run(&args, context),
        Some(Verb::Logs(args)) => logs::run(args, context),
        Some(Verb::Doctor(args)) => doctor::run(&args, context),
        Some(Verb::Verify(args)) => verify::run(&args, context),
        Some(Verb::Runner(verb)) => runner::run(verb, context),
        Some(Verb::Image(verb)) => image::run(verb, context),
        Some(Verb::Update(args)) => update::run(args, context),
        Some(Verb::Volumes(verb)) => volumes::run(verb, context),
        Some(Verb::Boot(verb)) => boot::run(verb, context),
        Some(Verb::Export(verb)) => export::run(verb, context),
        Some(Verb::Demo(args)) => demo::run(&args, context),
        Some(Verb::Teardown(args)) => teardown::run(&args, context),
        Some(Verb::Completions(args)) => Ok(completions::run(&args, Cli::command())),
        Some(Verb::Man(args)) => man::run(&args, Cli::command()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Kind;

    #[test]
    fn the_command_line_is_well_formed() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn a_flag_may_be_said_twice_and_a_value_may_not() {
        let parse = |words: &str| parse(&words.split(' ').map(OsString::from).collect::<Vec<_>>()).map(|_| ());
        for words in [
            "pipglr status --json --json",
            "pipglr -v -v status",
            "pipglr -vv status",
            "pipglr --plain status --plain",
            "pipglr config apply --yes --now --yes x",
        ] {
            assert!(parse(words).is_ok(), "{words}: {:?}", parse(words));
        }
        for words in ["pipglr --name a --name b status", "pipglr setup --answers a --answers b"] {
            assert!(parse(words).unwrap_err().to_string().contains("cannot be used multiple times"), "{words}");
        }
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
            assert_eq!(problem.kind, Kind::Usage);
            assert!(!problem.to_string().contains("abcdef"), "{problem}");
        }
        let words = || ["pipglr", "--image", "localhost/pipglr:1"].map(OsString::from).into_iter();
        assert_eq!(refuse_tokens(words(), |_| None), Ok(()));
        let problem =
            refuse_tokens(words(), |name| (name == "XDG_STATE_HOME").then(|| "/h/glrt-t1_abcdefghijklmnop".into()));
        assert!(problem.is_err_and(|problem| !problem.to_string().contains("abcdef")));
    }
}
