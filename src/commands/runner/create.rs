//! `runner create`: GitLab makes a runner for a user's access token, and setup goes on with it.

use super::user_token;
use crate::api::Place;
use crate::api::creation::{self, Created, Owner, Wanted};
use crate::commands::printer::Printer;
use crate::commands::{Context, prompt, setup};
use crate::gitlab;
use crate::host::podman;
use crate::host::state_folder::Lock;
use crate::names::{CONFIG_SECRET, typed};
use crate::problem::{Exit, Problem, Result};
use crate::state;
use crate::steps::{Setup, registration};
use std::io::IsTerminal;

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
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(600..))]
    maximum_timeout: Option<u32>,
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
    if let Some(url) = &args.url {
        setup.wants.answers.gitlab_url = Some(gitlab::base_url(url)?);
    }
    let image = setup.target.found_image()?;
    let server = registration::server(&setup, image.as_ref());
    let waits = creation::waiting(&*setup.target.host);
    if args.discard {
        let Some(created) = waits else {
            say!("Nothing to do: no runner waits to be set up.");
            return Ok(Exit::Done);
        };
        discard(&setup, &server, &created)?;
        return Ok(Exit::Done);
    }
    let created = match waits {
        Some(created) if goes_on(&setup, &server, &created, args)? => created,
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
fn goes_on(setup: &Setup, server: &str, created: &Created, args: &Args) -> Result<bool> {
    say!("The runner {} was made by an earlier run, and is not set up.", created.id);
    if args.yes || !std::io::stdin().is_terminal() {
        say!("It goes on with that one.");
        return Ok(true);
    }
    match prompt::line("Go on with it (g), delete it in GitLab and make another (d), or neither (q)", "g")?.as_str() {
        "g" => Ok(true),
        "d" => discard(setup, server, created).map(|()| false),
        _ => Err(Problem::interrupted()),
    }
}

fn discard(setup: &Setup, server: &str, created: &Created) -> Result<()> {
    let host = &*setup.target.host;
    let _lock = Lock::take(host, "the deletion of a runner")?;
    let place = Place::find(host, &setup.target.name, &setup.target.image)?;
    creation::discard(host, &place, server, created, &Printer::new(true))?;
    say!("The runner {} is deleted.", created.id);
    Ok(())
}

fn create(setup: &mut Setup, server: &str, args: &Args) -> Result<Created> {
    let host = setup.target.host.clone();
    if !args.no_setup && (podman::secret_id(&*host, CONFIG_SECRET)?.is_some() || state::read_work(&*host)?.is_some()) {
        return Err(Problem::usage(
            "This host has a runner already, and nothing was made.",
            "`pipglr edit` adds a [[runners]] with the token of another one, which `--no-setup` makes; for more jobs at once \
             set `concurrent`.",
        ));
    }
    let owner = match (&args.group, &args.project, args.instance) {
        (Some(group), ..) => Owner::Group(gitlab::named(group, server)?),
        (_, Some(project), _) => Owner::Project(gitlab::named(project, server)?),
        (.., true) => Owner::Instance,
        _ => {
            return Err(Problem::usage("Whose runner is it to be?", "Give `--group`, `--project`, or `--instance`."));
        }
    };
    let description = args.description.clone().unwrap_or_else(|| registration::description(setup));
    for text in args.tags.iter().chain([&description]) {
        gitlab::refuse_token("The name or a tag", text)?;
    }
    let wanted = Wanted {
        owner,
        description,
        tags: args.tags.iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect(),
        run_untagged: args.run_untagged,
        locked: args.locked,
        paused: args.paused,
        maximum_timeout: args.maximum_timeout,
    };
    if !wanted.run_untagged && wanted.tags.is_empty() {
        return Err(Problem::usage(
            "A runner without tags that takes no untagged jobs would never have a job.",
            "Give `--tags`, or leave `--run-untagged` as it is.",
        ));
    }
    if host.read(&creation::file(&*host)).is_ok() {
        say!(
            "note: an earlier run was cut off before GitLab's answer came: GitLab's list of runners says whether it made one."
        );
    }
    let token = args.token.token()?;
    let printer = Printer::new(true);
    let _lock = Lock::take(&*host, "the making of a runner")?;
    // What the next run needs to know, should this one not come back.
    setup.wants.answers.gitlab_url = Some(server.to_owned());
    setup.wants.answers.description = Some(wanted.description.clone());
    state::save_answers(&*host, &setup.wants.answers)?;
    let place = Place::without_container(&*host, &setup.target.image)?;
    let created = creation::create(&*host, &place, server, &token, &wanted, &printer)?;
    say!("GitLab ({server}) made the runner {}, {}.", created.id, wanted.description);
    Ok(created)
}
