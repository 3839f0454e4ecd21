//! `runner create`: GitLab makes a runner for a user's access token, and setup goes on with it.

use super::user_token;
use crate::api::creation::{self, Created, Owner, Wanted};
use crate::commands::printer::Printer;
use crate::commands::{Context, prompt, setup};
use crate::gitlab;
use crate::host::state_folder::Lock;
use crate::names::typed;
use crate::problem::{Exit, Problem, Result};
use crate::steps::{Setup, authority, creating, registration};
use std::io::IsTerminal;
use std::path::PathBuf;

/// What `runner create` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The GitLab [default: that of the answers so far, else the one that the image was built for]
    #[arg(long)]
    url: Option<String>,
    /// For a group: its number, its path, or the address of one of its pages
    #[arg(long, group = "owner")]
    group: Option<String>,
    /// For a project: its number, its path, or the address of one of its pages
    #[arg(long, group = "owner")]
    project: Option<String>,
    /// For the whole instance, which takes an administrator
    #[arg(long, group = "owner")]
    instance: bool,
    /// The runner's name in GitLab
    #[arg(long)]
    description: Option<String>,
    /// Its tags
    #[arg(long, value_delimiter = ',')]
    tags: Vec<String>,
    /// Whether it takes jobs without tags
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set, value_name = "true|false")]
    run_untagged: bool,
    /// For this project alone
    #[arg(long)]
    locked: bool,
    /// It takes no jobs until that is switched in GitLab
    #[arg(long)]
    paused: bool,
    /// The longest that a job may take, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = longest)]
    maximum_timeout: Option<u32>,
    /// A private authority's certificates, or `system`: this system's store [default: that of the answers so far]
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    #[command(flatten)]
    token: user_token::From,
    /// Do it, and all of setup, without asking for confirmation
    #[arg(long)]
    yes: bool,
    /// Only make it; `pipglr setup` goes on later
    #[arg(long)]
    no_setup: bool,
    /// Delete the runner that was made and not set up, in GitLab too
    #[arg(long, conflicts_with = "owner")]
    discard: bool,
}

const EXAMPLES: &str = "\
Examples:
  pipglr runner create --url https://gitlab.example/ --group acme/tools --tags linux,amd64
  pipglr runner create --project 77 --token-stdin --yes < access-token
  pipglr runner create --discard                  # deletes one that was made and not set up

Your access token needs the scope `create_runner`; a group or project by its path instead of its number needs `read_api` too.";

/// Does it; one that an earlier run has made, and that was not set up, comes first.
///
/// # Errors
/// GitLab refuses, or as `setup`.
pub(super) fn run(args: &Args, context: &Context) -> Result<Exit> {
    let mut setup = context.resumed()?;
    let waits = creation::waiting(&*setup.target.host)?;
    if let Some(url) = &args.url {
        let url = gitlab::base_url(url)?;
        if let Some(created) = &waits {
            created.refuse_elsewhere(&url, context.name())?;
        }
        setup.wants.answers.gitlab_url = Some(url);
    }
    if let Some(file) = &args.ca_file {
        setup.wants.answers.ca_file = Some(authority::absolute(file));
    }
    let image = setup.target.found_image()?;
    let server = registration::server(&setup, image.as_ref());
    if args.discard {
        let Some(created) = waits else {
            say!("Nothing to do: no runner waits to be set up.");
            return Ok(Exit::Done);
        };
        discard(&setup, &created)?;
        return Ok(Exit::Done);
    }
    let created = match waits {
        Some(created) if goes_on(&setup, &created, args)? => created,
        _ => create(&mut setup, &server, args)?,
    };
    if args.no_setup {
        say!(
            "`{}` goes on with it; `{}` deletes it.",
            typed("setup", context.name()),
            typed("runner create --discard", context.name())
        );
        return Ok(Exit::Done);
    }
    setup.wants.vault.tokens = vec![created.token];
    setup::go_on(setup, &setup::Args { yes: args.yes, ..setup::Args::default() }, context.tone)
}

/// Whether it goes on with the one that waits; else it is deleted.
fn goes_on(setup: &Setup, created: &Created, args: &Args) -> Result<bool> {
    say!("The runner {} was made by an earlier run, and is not set up.", created.id);
    if args.yes || !std::io::stdin().is_terminal() {
        say!("It goes on with that one.");
        return Ok(true);
    }
    match prompt::line("Go on with it (g), delete it in GitLab and make another (d), or neither (q)", "g")?.as_str() {
        "g" => Ok(true),
        "d" => discard(setup, created).map(|()| false),
        _ => Err(Problem::interrupted()),
    }
}

fn discard(setup: &Setup, created: &Created) -> Result<()> {
    creating::discard(setup, created, &Printer::new(true))?;
    say!("The runner {} is deleted.", created.id);
    Ok(())
}

fn create(setup: &mut Setup, server: &str, args: &Args) -> Result<Created> {
    if !args.no_setup {
        creating::refuse_second(setup)?;
    }
    let owner = match (&args.group, &args.project, args.instance) {
        (Some(group), ..) => Owner::Group(gitlab::named(group, server)?),
        (_, Some(project), _) => Owner::Project(gitlab::named(project, server)?),
        (.., true) => Owner::Instance,
        _ => {
            return Err(Problem::usage("Whose runner is it to be?", "Give `--group`, `--project`, or `--instance`."));
        }
    };
    let wanted = Wanted {
        owner,
        description: args.description.clone().unwrap_or_else(|| registration::description(setup)),
        tags: Wanted::tags(&args.tags.join(",")),
        run_untagged: args.run_untagged,
        locked: args.locked,
        paused: args.paused,
        maximum_timeout: args.maximum_timeout,
    };
    wanted.refuse_nonsense()?;
    authority::file(setup)?;
    if creating::unanswered(&*setup.target.host) {
        say_behind!("note: ", "{}", creating::UNANSWERED);
    }
    let token = args.token.token()?;
    let _lock = Lock::take(&*setup.target.host, "the making of a runner")?;
    let created = creating::make(setup, &token, &wanted, &Printer::new(true))?;
    say!("GitLab ({server}) made the runner {}, {}.", created.id, wanted.description);
    Ok(created)
}

/// As the command line says a wrong one.
fn longest(text: &str) -> std::result::Result<u32, String> {
    Wanted::longest(text).map_err(|problem| format!("{} {}", problem.what, problem.advice))
}
