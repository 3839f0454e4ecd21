//! `pipglr config`: the configuration without a screen.

use super::Context;
use super::output::{Tone, print_bytes, print_json};
use super::printer::Printer;
use super::review::{self, Consent};
use crate::change::{self, Listed, Standing, Undo, Wish, reader, versions};
use crate::config::lint::{self, Severity};
use crate::config::secrets;
use crate::container::limits;
use crate::host::{Host, podman};
use crate::named_file;
use crate::problem::{Exit, Problem, Result};
use crate::secret::Secret;
use crate::target::Target;
use crate::text::plural::count;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// How it is called.
pub const EXAMPLES: &str = "\
Examples:
  pipglr config show              # tokens masked
  pipglr config show --reveal > config.toml
  pipglr config apply config.toml
  pipglr config undo              # back to the version before";

/// What `config` does.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Print it, tokens masked
    #[command(after_help = "\
Examples:
  pipglr config show
  pipglr config show --reveal > config.toml")]
    Show {
        /// With its tokens
        #[arg(long)]
        reveal: bool,
    },
    /// All that is wrong with a configuration; 3 where gitlab-runner would not take it or would end by it
    #[command(after_help = "\
Examples:
  pipglr config lint              # what is stored
  pipglr config lint config.toml
  pipglr config lint --json - < config.toml")]
    Lint {
        /// The file, or - for standard input [default: the configuration that is stored]
        #[arg(value_name = "FILE|-")]
        file: Option<PathBuf>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Have a new one applied: gitlab-runner takes it while it runs, or the container is recreated
    #[command(after_help = "\
Examples:
  pipglr config apply config.toml # shows what changes, and asks
  pipglr config apply --yes - < config.toml
  pipglr config apply             # the text that waits, after an interruption")]
    Apply {
        /// The file with the whole configuration, or - for standard input [default: the unsaved text]
        #[arg(value_name = "FILE|-")]
        file: Option<PathBuf>,
        /// Do not ask the image's gitlab-runner whether it takes it: for where its lint is wrong
        #[arg(long)]
        without_lint: bool,
        /// What is agreed to beforehand.
        #[command(flatten)]
        consent: ConsentArgs,
    },
    /// List the versions that are stored, and what each changed
    #[command(after_help = "\
Examples:
  pipglr config history")]
    History,
    /// Discard an unsaved text, else go back to the version before
    #[command(after_help = "\
Examples:
  pipglr config undo
  pipglr config undo --yes --now  # asks nothing, ends running jobs")]
    Undo {
        /// What is agreed to beforehand.
        #[command(flatten)]
        consent: ConsentArgs,
    },
}

/// What is agreed to beforehand.
#[derive(Debug, clap::Args)]
pub struct ConsentArgs {
    /// Do it without asking for confirmation
    #[arg(long)]
    yes: bool,
    /// End running jobs instead of waiting for them
    #[arg(long)]
    now: bool,
    /// Make the container again, also where gitlab-runner takes the change while it runs
    #[arg(long)]
    recreate: bool,
}

impl From<ConsentArgs> for Consent {
    fn from(args: ConsentArgs) -> Self {
        let wish = Wish { now: args.now, recreate: args.recreate };
        Self { yes: args.yes, wish, interactive: is_interactive(), without_lint: false }
    }
}

/// Does it.
///
/// # Errors
/// What the verb says.
pub fn run(verb: Verb, context: &Context) -> Result<Exit> {
    let tone = context.tone;
    match verb {
        // A file needs no podman: it may be for another machine.
        Verb::Lint { file: Some(file), json } => {
            // Root, who has no container, has its files looked at as well.
            let known = context.container().map(|target| known(&*target.host)).unwrap_or_default();
            lint(&known, &file, json, tone)
        }
        Verb::Lint { file: None, json } => lint_stored(&context.target()?, json, tone),
        Verb::Show { reveal } => show(&context.target()?, reveal),
        Verb::Apply { file, without_lint, consent } => {
            apply(&context.target()?, file.as_deref(), Consent { without_lint, ..consent.into() }, tone)
        }
        Verb::History => history(&context.target()?),
        Verb::Undo { consent } => undo(&context.target()?, consent.into(), tone),
    }
}

/// Prints what is wrong with a file, or with standard input (`-`): `file:line:column: severity: message`, the hint
/// below. Ends with 3 where there is an error; warnings alone end with 0, since gitlab-runner takes the file.
///
/// # Errors
/// The file cannot be read.
pub fn lint(known: &lint::Context, file: &Path, json: bool, tone: Tone) -> Result<Exit> {
    let (bytes, name) = read(file)?;
    report(&bytes, &name, known, json, tone)
}

/// Prints the same of the configuration that is stored, with what the editor knows of this host.
///
/// # Errors
/// There is none, podman has lost it, or it cannot be read.
pub fn lint_stored(target: &Target, json: bool, tone: Tone) -> Result<Exit> {
    let (host, container) = (&*target.host, &target.name);
    let standing = change::read_standing(target)?;
    if let Some(notice) = change::notice(&standing) {
        complain!("note: {notice}");
    }
    let Some(text) = standing.held.text() else { return Err(change::absent(&standing)) };
    let known = reader::reader(host, container, podman::container(host, container)?.as_ref(), text);
    report(text.expose(), "config.toml", &known, json, tone)
}

/// What lint is to know of a text that may come from elsewhere: whether limits of jobs hold here.
fn known(host: &dyn Host) -> lint::Context {
    lint::Context { controllers: limits::controllers_given(host), ..lint::Context::default() }
}

fn report(bytes: &[u8], name: &str, context: &lint::Context, json: bool, tone: Tone) -> Result<Exit> {
    let findings = lint::lint_bytes(bytes, context);
    if json {
        print_json(&findings)?;
    } else {
        for finding in &findings {
            let (word, color) = match finding.severity {
                Severity::Error => ("error", 31),
                Severity::Warning => ("warning", 33),
            };
            let place = format!("{name}:{}:{}", finding.line, finding.column);
            say!("{place}: {}: {}", tone.paint(word, color), finding.message);
            if !finding.hint.is_empty() {
                say!("    {}", finding.hint);
            }
        }
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        match (errors, findings.len() - errors) {
            (0, 0) => say!("{name}: nothing is wrong."),
            (errors, warnings) => say!("{name}: {}, {}.", count(errors, "error"), count(warnings, "warning")),
        }
    }
    let found = findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if found { Exit::Found } else { Exit::Done })
}

/// A file, or standard input for `-`, and its name for messages.
fn read(file: &Path) -> Result<(Vec<u8>, String)> {
    let stdin = file.as_os_str() == "-";
    let name = if stdin { "standard input".to_owned() } else { file.display().to_string() };
    let read = if stdin { named_file::read_stdin() } else { named_file::read(file, named_file::MOST) };
    let bytes = read.map_err(|e| {
        Problem::usage(format!("{name} cannot be read: {e}."), "Name the configuration file, or - for standard input.")
    })?;
    Ok((bytes, name))
}

/// Prints the secret; its tokens only with `reveal`.
///
/// # Errors
/// There is none, podman has lost it, or it cannot be read.
pub fn show(target: &Target, reveal: bool) -> Result<Exit> {
    let standing = change::read_standing(target)?;
    if let Some(notice) = change::notice(&standing) {
        complain!("note: {notice}");
    }
    let Some(text) = standing.held.text() else { return Err(change::absent(&standing)) };
    if reveal {
        // Byte for byte: somebody saves it.
        print_bytes(text.expose());
    } else {
        say!("{}", lines(&secrets::mask(&String::from_utf8_lossy(text.expose()))));
    }
    Ok(Exit::Done)
}

/// Each line without what a terminal would obey.
fn lines(text: &str) -> String {
    text.lines().map(crate::text::sanitize::sanitize).collect::<Vec<_>>().join("\n")
}

/// Lists the versions that were applied, the newest first.
///
/// # Errors
/// podman fails, or the history cannot be read.
pub fn history(target: &Target) -> Result<Exit> {
    let standing = change::read_standing(target)?;
    if let Some(notice) = change::notice(&standing) {
        complain!("note: {notice}");
    }
    let versions = versions::listed(standing.history.versions(), standing.held.text(), true);
    if versions.is_empty() {
        complain!("There is none yet: a version is kept when pipglr replaces it.");
    }
    for Listed { version, words, stored, .. } in versions {
        let now = if stored.is_some() { "   the secret as it is now" } else { "" };
        say!("{:.0}  {}  {words}{now}", version.at, version.path.display());
    }
    Ok(Exit::Done)
}

/// Applies a text: a file's, standard input's (`-`), or without either the one that was kept.
///
/// # Errors
/// The text cannot be read or has errors, another one is kept, or the change fails.
pub fn apply(target: &Target, file: Option<&Path>, consent: Consent, tone: Tone) -> Result<Exit> {
    let stdin = file == Some(Path::new("-"));
    let (new, standing) = match file {
        Some(path) => (Secret::new(read(path)?.0), None),
        None => {
            let standing = change::read_standing(target)?;
            (waiting(target, &standing, consent.wish)?, Some(standing))
        }
    };
    let standing = || match standing.map_or_else(|| change::read_standing(target), Ok)? {
        standing if !standing.was_stored() && standing.kept.is_none() => Err(change::absent(&standing)),
        standing => Ok(standing),
    };
    review::lint(&new, &known(&*target.host))?;
    let offer = if consent.without_lint {
        change::offer_unlinted(target, standing()?, &new, consent.wish)
    } else {
        change::offer(target, standing, &new, consent.wish)
    }?;
    review::run(target, offer, consent.with_stdin(stdin), tone)
}

/// The text that waits to be applied: one that was kept, or the secret, where the runner does not work with it.
fn waiting(target: &Target, standing: &Standing, wish: Wish) -> Result<Secret> {
    if let Some(kept) = &standing.kept {
        return Ok(kept.text.clone());
    }
    match standing.held.text() {
        // With the tokens that GitLab has renewed it is another text.
        Some(text)
            if wish.recreate || change::stale(target, standing)? > 0 || !change::is_in_force(target, standing)? =>
        {
            Ok(text.clone())
        }
        _ => Err(Problem::usage(
            "No text waits to be applied.",
            "Name the file with the new configuration: `pipglr config apply FILE`, or `-` for standard input.",
        )),
    }
}

/// Goes back: discards an unsaved text, else applies the version before, else rebuilds a lost secret.
///
/// # Errors
/// There is nothing to go back to, or the change fails.
pub fn undo(target: &Target, consent: Consent, tone: Tone) -> Result<Exit> {
    let standing = change::read_standing(target)?;
    match change::undo(target, &standing)? {
        Undo::Drop(kept) => {
            say!("{} was not applied. What differs from the secret is this:\n", kept.path.display());
            review::show_diff(standing.held.text(), &kept.text, tone);
            consent.ask("Drop it?")?;
            change::discard(target, &kept, &Printer::new(true))?;
            say!("It is dropped; the secret is as it was.");
            Ok(Exit::Done)
        }
        Undo::Back(text, from) => {
            if let Some(notice) = change::notice(&standing) {
                say!("{notice}.\n");
            }
            say!("back to {from}");
            review::run(target, change::offer_old(target, standing, &text, from, consent.wish)?, consent, tone)
        }
    }
}

/// Returns whether somebody sits at the terminal, to be asked.
pub fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}
