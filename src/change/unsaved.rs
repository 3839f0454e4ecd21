//! Texts that nobody saved: what was typed when pipglr was ended, what an editor made that is no configuration, what met
//! another's change. Each is a file of its own in `work/`, so that none is ever written over, and none needs the lock.
//!
//! Nothing applies one by itself: `edit` opens it, and the work file is where a text is on its way.

use crate::host::Host;
use crate::host::state_folder;
use crate::problem::Result;
use crate::secret::Secret;
use crate::state;
use std::path::PathBuf;

/// A name that no shell and no `scp` takes for something else; in the order of time.
const TIME: &str = "%Y-%m-%dT%H-%M-%S.%3fZ";

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsaved {
    /// Its file.
    pub path: PathBuf,
    /// Its text.
    pub text: Secret,
}

/// Returns the texts, the oldest first. What cannot be read, or is no text, is passed over.
pub fn texts(host: &dyn Host) -> Vec<Unsaved> {
    let ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("unsaved-") && name.ends_with(".toml")
    };
    let mut paths = host.list(&folder(host)).unwrap_or_default();
    paths.retain(ours);
    paths.sort();
    let read = |path: PathBuf| Some(Unsaved { text: host.read(&path).ok().map(Secret::new)?, path });
    paths.into_iter().filter_map(read).filter(|unsaved| std::str::from_utf8(unsaved.text.expose()).is_ok()).collect()
}

/// Saves a text under a name of its own, and gives its file; where it is in `work/` already, that one.
///
/// # Errors
/// It cannot be written.
pub fn save(host: &dyn Host, text: &Secret) -> Result<PathBuf> {
    if state::read_work(host).is_ok_and(|work| work.as_deref() == Some(text.expose())) {
        return Ok(state::work_file(host));
    }
    if let Some(there) = texts(host).into_iter().find(|there| there.text == *text) {
        return Ok(there.path);
    }
    let end = if std::str::from_utf8(text.expose()).is_ok() { "toml" } else { "bin" };
    write(host, text, end)
}

/// Writes bytes that may be no configuration at all, under a name of their own with this ending.
///
/// # Errors
/// They cannot be written.
pub fn write(host: &dyn Host, bytes: &Secret, end: &str) -> Result<PathBuf> {
    let name = format!("unsaved-{}.{}", host.now().strftime(TIME), std::process::id());
    let free = |path: &PathBuf| host.read(path).is_err();
    let paths = (0..).map(|n: u32| if n == 0 { format!("{name}.{end}") } else { format!("{name}.{n}.{end}") });
    let path = paths.map(|name| folder(host).join(name)).find(free).unwrap_or_else(|| folder(host).join(&name));
    host.write(&path, bytes.expose()).map_err(|e| state_folder::cannot_write(&path, &e))?;
    Ok(path)
}

/// Removes one that is saved elsewhere by now, or not wanted; where its file has another text meanwhile it stays.
pub fn forget(host: &dyn Host, unsaved: &Unsaved) {
    if host.read(&unsaved.path).is_ok_and(|text| text == unsaved.text.expose()) {
        let _ = host.remove(&unsaved.path); // it is offered once more: nothing is lost by that
    }
}

fn folder(host: &dyn Host) -> PathBuf {
    state_folder::work(host)
}
