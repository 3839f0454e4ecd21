//! The person's own editor (`$VISUAL`, `$EDITOR`) on a private file in memory, for both faces.

use crate::host::state;
use crate::host::{Cmd, Host};
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use std::path::{Path, PathBuf};

/// `$VISUAL`, else `$EDITOR`, else vi.
///
/// # Errors
/// What is set there is no command.
pub fn words() -> Result<Vec<String>> {
    let named = ["VISUAL", "EDITOR"].iter().filter_map(|name| std::env::var(name).ok()).find(|v| !v.trim().is_empty());
    let words = shlex::split(&named.unwrap_or_else(|| "vi".into())).unwrap_or_default();
    if words.is_empty() {
        return Err(Problem::usage("EDITOR is not a command.", "Set it to one: `EDITOR=nano pipglr edit --plain`."));
    }
    Ok(words)
}

/// The file that is lent, 0600 in a folder of its own: in memory where there is such a place, else in the state folder.
/// The same each time, so that what was cut off is found again.
pub fn file(host: &dyn Host) -> PathBuf {
    std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute() && path.is_dir())
        .unwrap_or_else(|| host.user().state.join("work"))
        .join("pipglr-edit/config.toml")
}

/// Runs the editor on the terminal, and reads what it made of the text.
///
/// # Errors
/// The file cannot be written, or the editor fails; what was written is still in the file then.
pub fn run(host: &dyn Host, editor: &[String], file: &Path, text: &Secret) -> Result<Secret> {
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

/// Removes the file and its folder.
///
/// # Errors
/// They are still there, with the tokens in them.
pub fn discard(host: &dyn Host, file: &Path) -> Result<()> {
    let folder = file.parent().unwrap_or(file);
    host.remove(folder).map_err(|e| {
        Problem::new(format!("{} could not be removed: {e}.", folder.display()), "Remove it: there are tokens in it.")
    })
}
