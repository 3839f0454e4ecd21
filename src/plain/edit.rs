//! `pipglr edit` without a screen of ours: the person's own editor, on a private file in memory.

use super::change::{self as changing, Consent};
use super::{Printer, Tone, config, prompt};
use crate::apply::{Sudo, apply};
use crate::change::{self, Standing, own_editor};
use crate::host::Host;
use crate::host::state::{self, Lock};
use crate::problem::{Exit, Problem, Result};
use crate::secret::Secret;
use crate::steps::Setup;
use std::path::Path;

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
    let editor = own_editor::words()?;
    let file = own_editor::file(host);
    if let Ok(left) = host.read(&file)
        && left != text.expose()
        && prompt::yes("A text of an edit that was cut off is there. Go on with it?")?
    {
        text = Secret::new(left);
    }
    loop {
        text = own_editor::run(host, &editor, &file, &text)?;
        match changing::check(setup, &text) {
            Ok(()) => break,
            Err(problem) if problem.exit == Exit::Found => {
                say!("{problem}\n");
                if !prompt::yes("Edit it again?")? {
                    keep(setup, &standing, &text)?;
                    discard(host, &file);
                    return Ok(Exit::Found);
                }
            }
            Err(problem) => {
                keep(setup, &standing, &text)?;
                discard(host, &file);
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
    discard(host, &file);
    done
}

fn keep(setup: &Setup, standing: &Standing, text: &Secret) -> Result<()> {
    if standing.held.text() == Some(text) {
        return Ok(());
    }
    let _lock = Lock::take(&*setup.host, "edit")?;
    apply(&*setup.host, &change::keep(setup, standing, text), &setup.wants.vault, Sudo::Silent, &Printer::new(true))?;
    let path = state::work_file(&*setup.host);
    say!("The text is kept in {}: `pipglr edit` goes on with it, `pipglr config undo` drops it.", path.display());
    Ok(())
}

fn discard(host: &dyn Host, file: &Path) {
    if let Err(problem) = own_editor::discard(host, file) {
        complain!("{problem}");
    }
}
