//! `pipglr edit` without a screen of ours: the person's own editor, on a private file in memory.

use super::change::{self as changing, Consent};
use super::{Printer, Tone, config, prompt};
use crate::apply::{Sudo, apply};
use crate::change::{self, Standing};
use crate::host::state::{self, Lock};
use crate::host::{Cmd, Host};
use crate::problem::{Exit, Problem, Result};
use crate::secret::Secret;
use crate::steps::Setup;
use std::path::{Path, PathBuf};

/// Edits, and puts the text to work.
///
/// # Errors
/// There is no terminal or no configuration, the editor fails, or the change does.
pub fn run(setup: &Setup, tone: Tone) -> Result<Exit> {
    let host = &*setup.host;
    if !config::person() {
        return Err(Problem::usage(
            "An editor needs a terminal.",
            "Use `pipglr config show` and `pipglr config apply`.",
        ));
    }
    let standing = change::look(setup)?;
    let Some(mut text) = standing.kept.as_ref().map(|kept| &kept.text).or(standing.held.text()).cloned() else {
        return config::show(setup, false); // says why there is nothing to edit
    };
    if let Some(notice) = change::notice(&standing) {
        say!("{notice}. That text is opened.");
    }
    let editor = editor()?;
    let folder = folder(host);
    let file = folder.join("config.toml");
    if let Ok(left) = host.read(&file)
        && left != text.expose()
        && prompt::yes("A text of an edit that was cut off is there. Go on with it?")?
    {
        text = Secret::new(left);
    }
    loop {
        text = edited(host, &editor, &file, &text)?;
        match changing::check(setup, &text) {
            Ok(()) => break,
            Err(problem) if problem.exit == Exit::Found => {
                say!("{problem}\n");
                if !prompt::yes("Edit it again?")? {
                    keep(setup, &standing, &text)?;
                    discard(host, &folder);
                    return Ok(Exit::Found);
                }
            }
            Err(problem) => {
                keep(setup, &standing, &text)?;
                discard(host, &folder);
                return Err(problem);
            }
        }
    }
    let consent = Consent { person: true, ..Consent::default() };
    let done = changing::run(setup, &standing, &text, consent, tone);
    // A no to the question: the work is kept all the same.
    if done.as_ref().is_err_and(|problem| problem.exit == Exit::Interrupted) {
        keep(setup, &change::look(setup)?, &text)?;
    }
    discard(host, &folder);
    done
}

/// `$VISUAL`, else `$EDITOR`, else vi.
pub(crate) fn editor() -> Result<Vec<String>> {
    let named = ["VISUAL", "EDITOR"].iter().filter_map(|name| std::env::var(name).ok()).find(|v| !v.trim().is_empty());
    let words = shlex::split(&named.unwrap_or_else(|| "vi".into())).unwrap_or_default();
    if words.is_empty() {
        return Err(Problem::usage("EDITOR is not a command.", "Set it to one: `EDITOR=nano pipglr edit --plain`."));
    }
    Ok(words)
}

/// A folder in memory where there is one, else in the state folder; the same each time, so that what was cut off is
/// found again.
pub(crate) fn folder(host: &dyn Host) -> PathBuf {
    std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute() && path.is_dir())
        .unwrap_or_else(|| host.user().state.join("work"))
        .join("pipglr-edit")
}

pub(crate) fn edited(host: &dyn Host, editor: &[String], file: &Path, text: &Secret) -> Result<Secret> {
    host.write(file, text.expose()).map_err(|e| state::cannot_write(file, &e))?;
    let words = editor[1..].iter().cloned().chain([file.to_string_lossy().into_owned()]);
    let code = host.run_on_terminal(&Cmd::new(&editor[0], words))?;
    let read = host.read(file);
    match (code, read) {
        (0, Ok(bytes)) => Ok(Secret::new(bytes)),
        (code, Ok(bytes)) if bytes == text.expose() => {
            Err(Problem::new(format!("{} ended with exit code {code}.", editor[0]), "Nothing was changed."))
        }
        (code, _) => Err(Problem::new(
            format!("{} ended with exit code {code}.", editor[0]),
            format!("What was written is in {}; `pipglr edit --plain` goes on with it.", file.display()),
        )),
    }
}

fn keep(setup: &Setup, standing: &Standing, text: &Secret) -> Result<()> {
    if standing.held.text() == Some(text) {
        return Ok(());
    }
    let _lock = Lock::take(&*setup.host, "edit")?;
    apply(&*setup.host, &change::keep(setup, standing, text), &setup.vault, Sudo::Silent, &Printer::new(true))?;
    let path = state::work_file(&*setup.host);
    say!("The text is kept in {}: `pipglr edit` goes on with it, `pipglr config undo` drops it.", path.display());
    Ok(())
}

pub(crate) fn discard(host: &dyn Host, folder: &Path) {
    if let Err(e) = host.remove(folder) {
        eprintln!("{} could not be removed: {e}. Remove it: there are tokens in it.", folder.display());
    }
}
