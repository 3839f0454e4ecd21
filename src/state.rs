//! What the host itself cannot say, in the state folder: the text on its way to the secret, and the answers so far.

use crate::answers::Answers;
use crate::host::Host;
use crate::host::state_folder::{self, cannot_write};
use crate::problem::{Problem, Result};
use std::io;
use std::path::PathBuf;

/// Returns where the configuration is between the first registration and the moment its secret was read back.
pub fn work_file(host: &dyn Host) -> PathBuf {
    state_folder::work(host).join("config.toml")
}

/// Returns the work file; `None` where there is none.
///
/// # Errors
/// It is there and cannot be read. That is not the same as none: a new one would take the place of its tokens.
pub fn read_work(host: &dyn Host) -> Result<Option<Vec<u8>>> {
    let path = work_file(host);
    match host.read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Problem::new(
            format!("{} cannot be read: {e}.", path.display()),
            "It holds the runners registered so far. Make it readable for you, then go on.",
        )),
    }
}

/// Returns the answers of an earlier, interrupted run; none where there was none or its file cannot be read as answers:
/// it holds only what can be asked again.
pub fn load_answers(host: &dyn Host) -> Answers {
    let path = state_folder::answers(host);
    let text = host.read(&path).unwrap_or_default();
    Answers::parse(&String::from_utf8_lossy(&text), "setup.toml").unwrap_or_default()
}

/// Keeps the answers for the next run; not where nothing is to be changed.
///
/// # Errors
/// The state folder cannot be written.
pub fn save_answers(host: &dyn Host, answers: &Answers) -> Result<()> {
    if host.settings().read_only {
        return Ok(());
    }
    let path = state_folder::answers(host);
    let text = toml::to_string(answers)
        .map_err(|e| Problem::new(format!("The answers cannot be written: {e}."), "Report this as a bug."))?;
    host.write(&path, text.as_bytes()).map_err(|e| cannot_write(&path, &e))
}

/// Returns whether pipglr has changed nothing for this user yet.
pub fn is_new(host: &dyn Host) -> bool {
    host.read(&host.user().state.join("commands.log")).is_err_and(|e| e.kind() == io::ErrorKind::NotFound)
}
