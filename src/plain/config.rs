//! `pipglr config`: the configuration without a screen.

use super::change::{self as changing, Consent};
use super::{Printer, Tone};
use crate::apply::{Sudo, apply};
use crate::change::{self, Held, Standing, Undo};
use crate::config::secrets;
use crate::host::state::Lock;
use crate::plan::{Action, Plan};
use crate::problem::{Exit, Problem, Result};
use crate::secret::Secret;
use crate::steps::Setup;
use std::io::{IsTerminal, Read, Write};
use std::path::Path;

/// Prints the secret; its tokens only with `reveal`.
///
/// # Errors
/// There is none, podman has lost it, or it cannot be read.
pub fn show(setup: &Setup, reveal: bool) -> Result<Exit> {
    let standing = change::look(setup)?;
    if let Some(notice) = change::notice(&standing) {
        eprintln!("note: {notice}");
    }
    let Some(text) = standing.held.text() else { return Err(absent(&standing)) };
    if reveal {
        // Byte for byte: somebody saves it.
        std::io::stdout().lock().write_all(text.expose()).map_err(|e| Problem::new(format!("{e}."), "Try again."))?;
    } else {
        print!("{}", lines(&secrets::mask(&String::from_utf8_lossy(text.expose()))));
    }
    Ok(Exit::Done)
}

/// Each line without what a terminal would obey.
fn lines(text: &str) -> String {
    text.lines().map(|line| crate::logs::sanitize::sanitize(line) + "\n").collect()
}

fn absent(standing: &Standing) -> Problem {
    let advice = match (&standing.held, change::notice(standing)) {
        (_, Some(notice)) => format!("{notice}."),
        (Held::Missing, None) => {
            "`pipglr setup` makes it. Where a container still runs with it: `pipglr config undo`.".into()
        }
        (_, None) => "`pipglr status` looks at it.".into(),
    };
    Problem::new("There is no configuration to be read: podman has no secret config.toml.", advice)
}

/// Lists the versions that were put to work, the newest first.
///
/// # Errors
/// podman fails, or the history cannot be read.
pub fn history(setup: &Setup) -> Result<Exit> {
    let standing = change::look(setup)?;
    if let Some(notice) = change::notice(&standing) {
        eprintln!("note: {notice}");
    }
    let versions = standing.history.versions();
    if versions.is_empty() {
        eprintln!("There is none yet: a version is kept when pipglr replaces it.");
    }
    for version in versions.iter().rev() {
        let now = if standing.held.text() == Some(&version.text) { "   the secret as it is now" } else { "" };
        println!("{:.0}  {}{now}", version.at, version.path.display());
    }
    Ok(Exit::Done)
}

/// Puts a text to work: a file's, standard input's (`-`), or without either the one that was kept.
///
/// # Errors
/// The text cannot be read or has errors, another one is kept, or the change fails.
pub fn apply_file(setup: &Setup, file: Option<&Path>, consent: Consent, tone: Tone) -> Result<Exit> {
    let standing = change::look(setup)?;
    let stdin = file == Some(Path::new("-"));
    let new = match (file, &standing.kept) {
        (Some(path), _) => read(setup, path)?,
        (None, Some(kept)) => kept.text.clone(),
        (None, None) => {
            return Err(Problem::usage(
                "No text is kept that could be put to work.",
                "Name the file with the new configuration: `pipglr config apply FILE`, or `-` for standard input.",
            ));
        }
    };
    // What somebody left there to be put to work is not written over.
    if let Some(kept) = standing.kept.as_ref().filter(|kept| kept.text != new) {
        return Err(Problem::new(
            format!("Another text is kept in {}; nothing was changed.", kept.path.display()),
            "`pipglr config apply` without a file puts that one to work, `pipglr config undo` drops it. Then try again.",
        ));
    }
    if standing.held == Held::Missing && standing.kept.is_none() && standing.history.is_empty() {
        return Err(absent(&standing));
    }
    changing::run(setup, standing, &new, consent.with_stdin(stdin), tone)
}

fn read(setup: &Setup, path: &Path) -> Result<Secret> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        setup.host.read(path)
    };
    bytes.map(Secret::new).map_err(|e| {
        Problem::usage(format!("{} cannot be read: {e}.", path.display()), "Name the file with the new configuration.")
    })
}

/// Goes back: drops a kept text, else puts the version before to work, else rebuilds a lost secret.
///
/// # Errors
/// There is nothing to go back to, or the change fails.
pub fn undo(setup: &Setup, consent: Consent, tone: Tone) -> Result<Exit> {
    let standing = change::look(setup)?;
    match change::undo(setup, &standing)? {
        Undo::Drop(kept) => {
            println!("{} was not put to work. It differs from the secret:\n", kept.path.display());
            changing::show_diff(standing.held.text(), &kept.text, tone);
            consent.ask("Drop it?")?;
            let _lock = Lock::take(&*setup.host, "config undo")?;
            let plan = Plan::from(vec![Action::Remove(kept.path)]);
            apply(&*setup.host, &plan, &setup.vault, Sudo::Silent, &Printer::new(true))?;
            println!("It is dropped; the secret is as it was.");
            Ok(Exit::Done)
        }
        Undo::Back(text, from) => {
            if let Some(notice) = change::notice(&standing) {
                println!("{notice}.\n");
            }
            println!("back to {from}");
            changing::run(setup, standing, &text, consent, tone)
        }
    }
}

/// Whether a person sits there.
pub fn person() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}
